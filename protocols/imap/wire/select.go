package wire

// Select is the arguments of SELECT and EXAMINE, RFC 9051 section 6.3.2.
type Select struct {
	Mailbox   string
	CondStore bool    // RFC 7162 section 3.1.8
	QResync   *Resync // RFC 7162 section 3.2.5
}

// Resync is what a client remembers of a mailbox.
type Resync struct {
	UIDValidity uint32
	ModSeq      uint64
	Known       Set // UIDs it knows; empty: all up to UIDNEXT
	// Sample pairs sequence numbers with UIDs, in ascending order, as many of the one as of the other.
	SampleSeqs, SampleUIDs Set
}

// Select reads the arguments of SELECT or EXAMINE and the end of the command.
func (r *Reader) Select() (Select, error) {
	var s Select
	r.Space()
	s.Mailbox = r.Mailbox()
	if r.More() {
		r.list(false, func() {
			switch r.word() {
			case "CONDSTORE":
				s.CondStore = true
			case "QRESYNC":
				r.Space()
				s.QResync = r.resync()
			default:
				r.fail("an unknown parameter of SELECT")
			}
		})
	}
	return s, r.End()
}

// resync reads (uidvalidity modseq [uids] [(seqs uids)]).
func (r *Reader) resync() *Resync {
	q := new(Resync)
	r.expect('(', "an opening parenthesis")
	q.UIDValidity = r.NZNumber()
	r.Space()
	if q.ModSeq = r.Number64(); q.ModSeq == 0 {
		r.fail("a modification sequence of zero")
	}
	more := r.accept(' ')
	if more && r.peek() != '(' {
		q.Known = r.Known()
		more = r.accept(' ')
	}
	if more {
		r.expect('(', "an opening parenthesis")
		q.SampleSeqs = r.Known()
		r.Space()
		q.SampleUIDs = r.Known()
		r.expect(')', "a closing parenthesis")
		if r.err == nil && q.SampleSeqs.Len() != q.SampleUIDs.Len() {
			r.fail("as many sequence numbers as UIDs")
		}
	}
	r.expect(')', "a closing parenthesis")
	return q
}

// Create is the arguments of CREATE, RFC 9051 section 6.3.4 and RFC 6154 section 3.
type Create struct {
	Mailbox string
	Use     []string // special uses as sent: \Sent
}

// Create reads the arguments of CREATE and the end of the command.
func (r *Reader) Create() (Create, error) {
	var c Create
	r.Space()
	c.Mailbox = r.Mailbox()
	if r.More() {
		r.list(true, func() {
			if r.word() != "USE" {
				r.fail("an unknown parameter of CREATE")
			}
			r.Space()
			r.list(true, func() {
				r.expect('\\', "a special use")
				c.Use = append(c.Use, `\`+r.Atom())
			})
		})
	}
	return c, r.End()
}

// Name reads the one mailbox of DELETE, SUBSCRIBE, UNSUBSCRIBE and others, and the end of the command.
func (r *Reader) Name() (string, error) {
	r.Space()
	name := r.Mailbox()
	return name, r.End()
}

// Rename reads the two mailboxes of RENAME and the end of the command.
func (r *Reader) Rename() (from, to string, err error) {
	r.Space()
	from = r.Mailbox()
	r.Space()
	to = r.Mailbox()
	return from, to, r.End()
}
