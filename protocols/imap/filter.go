package imap

import (
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// matches reports whether a filter of NOTIFY (RFC 5465 section 6) or ESEARCH (RFC 7377 section 2.2) names a mailbox.
func (s *session) matches(f *wire.Filter, m *mailbox) bool {
	switch f.Kind {
	case wire.FilterSelected, wire.FilterSelectedDelayed:
		return s.sel != nil && s.sel.c == m.c.ID
	case wire.FilterInboxes: // where mail is delivered
		return m.owner == s.acct.ID && (m.c.Role == store.Inbox || m.c.Role == store.Junk)
	case wire.FilterPersonal:
		return m.owner == s.acct.ID
	case wire.FilterSubscribed:
		return m.subscribed
	case wire.FilterSubtree:
		return anyName(f.Mailboxes, func(top string) bool { return m.name == top || strings.HasPrefix(m.name, top+delimiter) })
	case wire.FilterSubtreeOne:
		return anyName(f.Mailboxes, func(top string) bool {
			below, is := strings.CutPrefix(m.name, top+delimiter)
			return m.name == top || is && !strings.Contains(below, delimiter)
		})
	case wire.FilterMailboxes:
		return anyName(f.Mailboxes, func(name string) bool { return m.name == name })
	}
	return false
}

// maxNamed bounds how many filters one command may have, and names in them: each is held against every mailbox, by NOTIFY
// after every change.
const maxNamed = 1000

// weight is what a filter counts for maxNamed.
func weight(f *wire.Filter) int { return 1 + len(f.Mailboxes) }

func anyName(names []string, is func(string) bool) bool {
	for _, n := range names {
		if is(canonical(n)) {
			return true
		}
	}
	return false
}
