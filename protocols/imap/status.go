package imap

import (
	"slices"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// status is STATUS, RFC 9051 section 6.3.11.
func status(s *session, _ wire.Command) reply {
	a, err := s.r.Status()
	if err != nil {
		return malformed(err)
	}
	if r := s.statable(a.Items); !r.good() {
		return r
	}
	m, err := s.find(a.Mailbox, store.MayRead)
	if err != nil {
		return s.failed("status", err)
	}
	if err := s.putStatus(m, a.Items); err != nil {
		return s.failed("status", err)
	}
	return ok("status")
}

// statable refuses items that this session is not offered.
func (s *session) statable(items []wire.StatusItem) reply {
	of := map[wire.StatusItem]string{
		wire.StatusHighestModSeq: "CONDSTORE", wire.StatusMailboxID: "OBJECTID", wire.StatusAppendLimit: "APPENDLIMIT",
		wire.StatusDeletedStorage: "QUOTA=RES-STORAGE",
	}
	for _, i := range items {
		if name := of[i]; name != "" && !s.offers(name) {
			return bad(name + " is not offered")
		}
	}
	if slices.Contains(items, wire.StatusHighestModSeq) {
		s.enabled.condstore = true // RFC 7162 section 3.1
	}
	return reply{kind: wire.OK}
}

// putStatus writes the STATUS of a mailbox.
func (s *session) putStatus(m *mailbox, items []wire.StatusItem) error {
	s.w.Raw("* STATUS ")
	s.w.Mailbox(m.name)
	s.w.Raw(" (")
	for i, item := range items {
		if i > 0 {
			s.w.Byte(' ')
		}
		s.w.Raw(item.String())
		s.w.Byte(' ')
		if item == wire.StatusMailboxID {
			s.w.Raw("(" + mailboxID(m.c.ID) + ")")
			continue
		}
		n, err := s.statusOf(m, item)
		if err != nil {
			s.w.Raw("0)\r\n")
			return err
		}
		s.w.Number(n)
	}
	s.w.Raw(")\r\n")
	return nil
}

func (s *session) statusOf(m *mailbox, item wire.StatusItem) (uint64, error) {
	switch item {
	case wire.StatusMessages:
		return uint64(m.c.Total), nil
	case wire.StatusRecent:
		return s.recentOf(m)
	case wire.StatusUIDNext:
		return uint64(m.c.UIDNext), nil
	case wire.StatusUIDValidity:
		return uint64(m.c.UIDValidity), nil
	case wire.StatusUnseen:
		return uint64(m.c.Unread), nil
	case wire.StatusDeleted:
		return uint64(m.c.Deleted), nil
	case wire.StatusSize:
		return uint64(m.c.Size), nil
	case wire.StatusHighestModSeq:
		return uint64(modSeq(m.c.Changed)), nil
	case wire.StatusAppendLimit:
		return uint64(s.server.o.Mail.MaxSize()), nil
	case wire.StatusDeletedStorage:
		return uint64(m.c.DeletedSize+1023) / 1024, nil // RFC 9208 section 4.1.4
	}
	return 0, nil
}

// recentOf counts the messages that no session has had as \Recent.
func (s *session) recentOf(m *mailbox) (uint64, error) {
	b := s.server.boxes.hold(m.c.ID)
	defer s.server.boxes.drop(b)
	switch above := b.recentAbove(m.c.UIDNext, false); {
	case above == 0:
		return uint64(m.c.Total), nil
	case above+1 >= uint32(m.c.UIDNext):
		return 0, nil
	default:
		seen, err := s.lookInto(m)
		if err != nil {
			return 0, err
		}
		return uint64(seen.Len() - seen.Rank(above)), nil
	}
}
