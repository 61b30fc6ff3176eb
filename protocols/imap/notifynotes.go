package imap

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// readNotes reads the annotations that the session sees of each of its own mailboxes, and of the server (0).
func (s *session) readNotes(t *tree) (map[store.CollectionID]annotations, error) {
	all := make(map[store.CollectionID]annotations)
	err := s.view(s.acct.ID, func(r store.Reader) error {
		ids := []store.CollectionID{0}
		for _, m := range t.sorted {
			if m.selectable() && m.owner == s.acct.ID {
				ids = append(ids, m.c.ID)
			}
		}
		for _, id := range ids {
			list, err := r.Annotations(id)
			if err != nil {
				return err
			}
			for _, a := range list {
				if all[id] == nil {
					all[id] = annotations{}
				}
				all[id][a.Name] = sha256.Sum256(a.Value)
			}
		}
		return nil
	})
	return all, err
}

// tellNotes tells which annotations changed, RFC 5465 sections 5.6 and 5.7.
func (s *session) tellNotes(t *tree) error {
	if s.subs.notes == nil {
		return nil
	}
	now, err := s.readNotes(t)
	if err != nil {
		return err
	}
	was := s.subs.notes
	s.subs.notes = now
	if names := changedNames(was[0], now[0]); s.subs.asks(wire.ServerMetadataChange) {
		s.putNotes("", names)
	}
	for _, m := range t.sorted {
		g := s.groupOf(m)
		if g != nil && m.selectable() && m.owner == s.acct.ID && slices.Contains(g.Events, wire.MailboxMetadataChange) {
			s.putNotes(m.name, changedNames(was[m.c.ID], now[m.c.ID]))
		}
	}
	return nil
}

// changedNames are the names whose values differ, sorted.
func changedNames(was, now annotations) (names []string) {
	for name, value := range now {
		if old, is := was[name]; !is || old != value {
			names = append(names, name)
		}
	}
	for name := range was {
		if _, is := now[name]; !is {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

// putNotes writes METADATA without values, RFC 5464 section 4.4.2.
func (s *session) putNotes(mailbox string, names []string) {
	if len(names) == 0 {
		return
	}
	s.w.Raw("* METADATA ")
	s.w.Mailbox(mailbox)
	for _, name := range names {
		s.w.Byte(' ')
		s.w.Astring(name)
	}
	s.w.CRLF()
}
