package wire

// StatusItem is what STATUS asks for.
type StatusItem uint8

// The items of STATUS, RFC 9051 section 6.3.11 and the extensions.
const (
	StatusMessages StatusItem = iota + 1
	StatusRecent              // of IMAP4rev1
	StatusUIDNext
	StatusUIDValidity
	StatusUnseen
	StatusDeleted        // RFC 9051
	StatusSize           // RFC 8438
	StatusHighestModSeq  // RFC 7162
	StatusMailboxID      // RFC 8474
	StatusAppendLimit    // RFC 7889
	StatusDeletedStorage // RFC 9208
)

var statusNames = [...]string{
	StatusMessages: "MESSAGES", StatusRecent: "RECENT", StatusUIDNext: "UIDNEXT", StatusUIDValidity: "UIDVALIDITY",
	StatusUnseen: "UNSEEN", StatusDeleted: "DELETED", StatusSize: "SIZE", StatusHighestModSeq: "HIGHESTMODSEQ",
	StatusMailboxID: "MAILBOXID", StatusAppendLimit: "APPENDLIMIT", StatusDeletedStorage: "DELETED-STORAGE",
}

// String is the item's name on the wire.
func (i StatusItem) String() string {
	if int(i) < len(statusNames) {
		return statusNames[i]
	}
	return ""
}

// Status is the arguments of STATUS.
type Status struct {
	Mailbox string
	Items   []StatusItem // in the order asked, each once
}

// Status reads the arguments of STATUS and the end of the command.
func (r *Reader) Status() (Status, error) {
	var s Status
	r.Space()
	s.Mailbox = r.Mailbox()
	r.Space()
	s.Items = r.statusItems()
	return s, r.End()
}

func (r *Reader) statusItems() []StatusItem {
	var items []StatusItem
	var seen uint32
	r.list(false, func() {
		name := r.word()
		for i := StatusMessages; int(i) < len(statusNames); i++ {
			if statusNames[i] == name {
				if seen&(1<<i) == 0 {
					items = append(items, i)
				}
				seen |= 1 << i
				return
			}
		}
		r.fail("an unknown item of STATUS")
	})
	return items
}
