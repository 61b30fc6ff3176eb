package imap

import (
	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// thread is THREAD and UID THREAD, RFC 5256.
func thread(s *session, c wire.Command) reply {
	a, err := s.r.Thread()
	if err != nil {
		return malformed(err)
	}
	switch {
	case a.Algorithm != "REFERENCES" && a.Algorithm != "ORDEREDSUBJECT", !s.offers("THREAD=" + a.Algorithm):
		return bad("only REFERENCES and ORDEREDSUBJECT are offered")
	case s.enabled.uidOnly && (!c.UID || hasNumbers(a.Program)):
		return reply{kind: wire.BAD, code: "UIDREQUIRED", text: "only UIDs are used in this session"}
	}
	if r := s.answerable(&wire.Return{}, false, a.Program); !r.good() {
		return r
	}
	threads, err := query.Thread(s.ctx, s.queryable(c), a.Algorithm, a.Program)
	if err != nil {
		return s.failed("thread", err)
	}
	s.w.Raw("* THREAD")
	if len(threads) > 0 {
		s.w.Byte(' ')
	}
	for i := range threads {
		s.w.Byte('(')
		s.putThread(c, &threads[i])
		s.w.Byte(')')
	}
	s.w.CRLF()
	return ok("threaded")
}

// putThread writes a message and what answers it: one answer in line, several each in parentheses. A node without a
// message, of UID 0, holds together answers to what is not here.
func (s *session) putThread(c wire.Command, n *query.Node) {
	for {
		if n.UID != 0 {
			number := n.UID
			if !c.UID {
				number = s.sel.seen.Seq(n.UID)
			}
			s.w.Number(uint64(number))
		}
		if len(n.Replies) != 1 {
			break
		}
		if n.UID != 0 {
			s.w.Byte(' ')
		}
		n = &n.Replies[0]
	}
	if len(n.Replies) > 0 && n.UID != 0 {
		s.w.Byte(' ')
	}
	for i := range n.Replies {
		s.w.Byte('(')
		s.putThread(c, &n.Replies[i])
		s.w.Byte(')')
	}
}
