package wire

import "time"

// Append reads the messages of APPEND, RFC 9051 section 6.3.12, with MULTIAPPEND (RFC 3502), CATENATE (RFC 4469) and
// UTF8 (RFC 6855 section 4), or the one of REPLACE (RFC 8508):
//
//	a := r.Append(max)
//	for m := a.Next(); m != nil; m = a.Next() {
//		if m.Catenate {
//			for p := a.Part(); p != nil; p = a.Part() { … p.URL or p.Literal … }
//		} else { … m.Literal … }
//	}
//	err := r.End()
//
// Literals are streamed. To refuse, call [Reader.Abandon] instead of reading on.
type Append struct {
	Mailbox string
	Replace uint32 // of REPLACE: sequence number or UID of the message to go, which may be [Star]

	r      *Reader
	limit  int64
	count  int
	inner  bool // within the parentheses of CATENATE
	first  bool // no part was read there
	single bool // REPLACE
	close  bool // the parenthesis behind a UTF8 literal is due
}

// Appended is one message of APPEND.
type Appended struct {
	Flags    []string
	Date     time.Time // zero: not given
	UTF8     bool      // UTF8 (~{n}): headers in UTF-8
	Literal  *Literal  // nil when Catenate
	Catenate bool
}

// Part is a piece of a message of CATENATE.
type Part struct {
	URL     string   // of IMAP, RFC 5092; empty: Literal
	Literal *Literal // nil: URL
	UTF8    bool
}

// Append reads the mailbox of APPEND. Each literal may have up to limit bytes.
func (r *Reader) Append(limit int64) *Append {
	r.Space()
	return &Append{Mailbox: r.Mailbox(), r: r, limit: limit}
}

// Replace reads the number and the mailbox of REPLACE or UID REPLACE.
func (r *Reader) Replace(limit int64) *Append {
	r.Space()
	n := r.seqNumber()
	a := r.Append(limit)
	a.Replace, a.single = n, true
	if r.err == nil && r.peek() != ' ' {
		r.fail("expected a message")
	}
	return a
}

// Next reads up to the data of the next message. It returns nil at the end and after a mistake, which End tells apart.
func (a *Append) Next() *Appended {
	r := a.r
	a.finish()
	if a.inner {
		r.fail("parts of CATENATE that were not read")
	}
	if a.count > 0 && !r.More() || r.err != nil {
		return nil
	}
	if a.count == 0 {
		r.Space()
	}
	if a.count++; a.count > 1 && a.single {
		r.fail("a second message of REPLACE")
	}
	r.line, r.kept = 0, 0 // nothing of the message before is held here; however many follow, each has the limits anew
	m := new(Appended)
	if r.peek() == '(' {
		m.Flags = r.Flags()
		r.Space()
	}
	if r.peek() == '"' {
		m.Date = r.DateTime()
		r.Space()
	}
	if c := r.peek(); c != '{' && c != '~' {
		switch r.word() {
		case "UTF8":
			m.UTF8 = true
		case "CATENATE":
			m.Catenate = true
		default:
			r.fail("expected a message")
		}
		r.Space()
	}
	switch {
	case m.Catenate:
		r.expect('(', "an opening parenthesis")
		a.inner, a.first = true, true
	case m.UTF8:
		m.Literal = a.utf8Literal()
	default:
		m.Literal = r.Literal(a.limit, true)
	}
	if r.err != nil {
		return nil
	}
	return m
}

// Part reads up to the data of the next part of a message of CATENATE, and returns nil after the last.
func (a *Append) Part() *Part {
	r := a.r
	a.finish()
	if r.err != nil || !a.inner {
		return nil
	}
	if !a.first {
		if r.accept(')') {
			a.inner = false
			return nil
		}
		r.Space()
	}
	a.first = false
	p := new(Part)
	switch r.word() {
	case "URL":
		r.Space()
		if p.URL = r.Astring(); p.URL == "" {
			r.fail("an empty URL")
		}
	case "TEXT":
		r.Space()
		p.Literal = r.Literal(a.limit, true)
	case "UTF8":
		p.UTF8 = true
		r.Space()
		p.Literal = a.utf8Literal()
	default:
		r.fail("expected TEXT or URL")
	}
	if r.err != nil {
		return nil
	}
	return p
}

func (a *Append) utf8Literal() *Literal {
	a.r.expect('(', "an opening parenthesis")
	if a.r.peek() != '~' {
		a.r.fail("expected a binary literal")
	}
	a.close = true
	return a.r.Literal(a.limit, true)
}

// finish reads what stands behind the literal before.
func (a *Append) finish() {
	if a.close {
		a.close = false
		a.r.expect(')', "a closing parenthesis")
	}
}
