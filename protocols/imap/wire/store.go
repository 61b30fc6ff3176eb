package wire

// StoreMode is what STORE does with the flags.
type StoreMode uint8

// The modes of STORE.
const (
	StoreReplace StoreMode = iota // FLAGS
	StoreAdd                      // +FLAGS
	StoreRemove                   // -FLAGS
)

// Store is the arguments of STORE and UID STORE, RFC 9051 section 6.4.6.
type Store struct {
	Set            SeqSet
	Mode           StoreMode
	Silent         bool
	Flags          []string
	UnchangedSince uint64 // RFC 7162 section 3.1.3, when Conditional; 0 then fails for every message that has a modseq
	Conditional    bool
}

// Store reads the arguments of STORE and the end of the command.
func (r *Reader) Store() (Store, error) {
	var s Store
	r.Space()
	s.Set = r.SeqSet()
	r.Space()
	if r.peek() == '(' {
		r.list(false, func() {
			if r.word() != "UNCHANGEDSINCE" {
				r.fail("an unknown modifier of STORE")
			}
			r.Space()
			s.UnchangedSince, s.Conditional = r.Number64(), true
		})
		r.Space()
	}
	switch {
	case r.accept('+'):
		s.Mode = StoreAdd
	case r.accept('-'):
		s.Mode = StoreRemove
	}
	switch r.word() {
	case "FLAGS":
	case "FLAGS.SILENT":
		s.Silent = true
	default:
		r.fail("expected FLAGS")
	}
	r.Space()
	if r.peek() == '(' {
		s.Flags = r.Flags()
		return s, r.End()
	}
	s.Flags = append(s.Flags, r.Flag())
	for r.More() {
		s.Flags = append(s.Flags, r.Flag())
	}
	return s, r.End()
}

// Copy is the arguments of COPY, MOVE and their UID forms, RFC 9051 sections 6.4.7 and 6.4.8.
type Copy struct {
	Set     SeqSet
	Mailbox string
}

// Copy reads the arguments of COPY or MOVE and the end of the command.
func (r *Reader) Copy() (Copy, error) {
	var c Copy
	r.Space()
	c.Set = r.SeqSet()
	r.Space()
	c.Mailbox = r.Mailbox()
	return c, r.End()
}
