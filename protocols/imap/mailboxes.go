package imap

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// Every LIST, SELECT or STATUS reads the tree of an account, so that its size is bounded.
const (
	maxMailboxes = 10_000 // that one session can see
	maxPath      = 1000   // bytes of a name, with the names above it
)

var (
	errReserved = errors.New("reserved name") // not for mailboxes of one's own
	errTooMany  = errors.New("too many mailboxes")
)

// place is where a mailbox is to be: in whose account, below what, and which levels are to be made.
type place struct {
	owner  store.AccountID
	parent store.CollectionID // 0: top of the tree
	levels []string           // the last is the mailbox itself
	above  *mailbox           // the parent; nil at the top
}

// placeOf finds out where a name would be. It is an error if it is there, or may not be.
func (t *tree) placeOf(acct store.AccountID, name string) (place, error) {
	switch {
	case name == "" || strings.HasPrefix(name, delimiter) || strings.Contains(name, delimiter+delimiter):
		return place{}, fmt.Errorf("name %q: %w", name, store.Invalid)
	case name == othersRoot:
		return place{}, errReserved
	case len(name) > maxPath:
		return place{}, fmt.Errorf("name of %d bytes: %w", len(name), errTooMany)
	}
	if m := t.byName[name]; m != nil && (m.selectable() || isOthers(name)) {
		return place{}, fmt.Errorf("mailbox %q: %w", name, store.Exists)
	}
	p := place{owner: acct}
	for rest := name; ; {
		at := strings.LastIndex(rest, delimiter)
		p.levels = append([]string{rest[at+1:]}, p.levels...)
		if at < 0 {
			break
		}
		rest = rest[:at]
		if m := t.byName[rest]; m != nil && m.selectable() {
			p.owner, p.parent, p.above = m.owner, m.c.ID, m
			break
		}
	}
	switch {
	case !isOthers(name):
		return p, nil
	case p.above == nil:
		return place{}, errDenied // nobody can make a mailbox for another at the top of the tree
	case p.above.rights&store.MayCreate == 0:
		return place{}, errDenied
	}
	return p, nil
}

// make creates the levels of a place within a transaction of its owner, and returns the last one.
func (s *session) make(tx store.Tx, p place, role store.Role) (c store.Collection, err error) {
	if p.above != nil {
		if err := s.allowed(tx, p.above, store.MayCreate); err != nil {
			return c, err
		}
	}
	parent := p.parent
	for i, name := range p.levels {
		n := store.Collection{Parent: parent, Name: name, Class: store.Mail}
		if i == len(p.levels)-1 {
			n.Role = role
		}
		if c, err = tx.CreateCollection(n); err != nil {
			return c, fmt.Errorf("create mailbox: %w", err)
		}
		parent = c.ID
	}
	return c, nil
}

// create is CREATE, RFC 9051 section 6.3.4, with a special use (RFC 6154).
func create(s *session, _ wire.Command) reply {
	a, err := s.r.Create()
	if err != nil {
		return malformed(err)
	}
	role, r := s.roleOf(a.Use)
	if !r.good() {
		return r
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("create", err)
	}
	given := strings.TrimSuffix(a.Mailbox, delimiter)
	name := canonical(given)
	p, err := t.placeOf(s.acct.ID, name)
	if err == nil && len(t.sorted)+len(p.levels) > maxMailboxes {
		err = errTooMany
	}
	if err != nil {
		return s.unmade(err)
	}
	var c store.Collection
	err = s.update(p.owner, func(tx store.Tx) error {
		if role != "" {
			if _, err := tx.CollectionByRole(role); err == nil {
				return errUseTaken
			} else if !isNotFound(err) {
				return err
			}
		}
		if c, err = s.make(tx, p, role); err != nil {
			return err
		}
		return s.forget(tx, name)
	})
	if err != nil {
		return s.unmade(err)
	}
	s.tellNormal(&mailbox{name: name, subscribed: p.owner == s.acct.ID}, name != given, given)
	if !s.offers("OBJECTID") {
		return ok("created")
	}
	return okCode("MAILBOXID ("+mailboxID(c.ID)+")", "created")
}

// tellNormal tells a client of IMAP4rev2 the name that a mailbox has where it differs from the one that the client knows,
// RFC 9051 section 6.3.9.7.
func (s *session) tellNormal(m *mailbox, differs bool, known string) {
	if differs && s.enabled.rev2 {
		s.putList(m, "", known)
	}
}

// errUseTaken is of a special use that another mailbox has.
var errUseTaken = errors.New("special use is taken")

// unmade is failed, with words for what can be wrong with a name.
func (s *session) unmade(err error) reply {
	switch {
	case errors.Is(err, errTooMany):
		return no("LIMIT", fmt.Sprintf("%d mailboxes at most, each with a name of %d bytes at most", maxMailboxes, maxPath))
	case errors.Is(err, errReserved):
		return no("CANNOT", "this name is for what others share with you")
	case errors.Is(err, errUseTaken):
		return no("USEATTR", "another mailbox has this use")
	case errors.Is(err, store.Exists):
		return no("ALREADYEXISTS", "a mailbox, or another folder of yours, has this name")
	case errors.Is(err, store.Invalid):
		return no("CANNOT", "a name has 1 to 255 bytes between its slashes, and no control characters")
	}
	return s.failed("change mailboxes", err)
}

// roleOf is the role of a special use that a client wants.
func (s *session) roleOf(use []string) (store.Role, reply) {
	switch {
	case len(use) == 0:
		return "", reply{kind: wire.OK}
	case !s.offers("CREATE-SPECIAL-USE"):
		return "", bad("CREATE-SPECIAL-USE is not offered")
	case len(use) > 1:
		return "", no("USEATTR", "a mailbox has one special use at most")
	}
	for role, name := range uses {
		if strings.EqualFold(name, use[0]) {
			return role, reply{kind: wire.OK}
		}
	}
	return "", no("USEATTR", "that use is not for mailboxes here")
}

// forget drops a name from those that are subscribed without being there: the new mailbox is subscribed itself.
func (s *session) forget(tx store.Tx, name string) error {
	if acct, err := tx.Account(); err != nil || acct.ID != s.acct.ID {
		return err
	}
	if err := tx.Unsubscribe(name); err != nil && !isNotFound(err) && !errors.Is(err, store.Invalid) {
		return err
	}
	return nil
}

// deleteMailbox is DELETE, RFC 9051 section 6.3.5.
func deleteMailbox(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("delete", err)
	}
	m, err := t.find(name, store.MayRemove)
	switch {
	case errors.Is(err, errNoSelect):
		return no("HASCHILDREN", "delete the mailboxes below it first")
	case err != nil:
		return s.failed("delete", err)
	case m.c.Role != "":
		return no("CANNOT", "this mailbox is part of every account")
	case m.children:
		return no("HASCHILDREN", "delete the mailboxes below it first")
	}
	err = s.update(m.owner, func(tx store.Tx) error { return s.remove(tx, m) })
	if errors.Is(err, errHasChildren) {
		return no("HASCHILDREN", "delete the mailboxes below it first")
	}
	if err != nil {
		return s.failed("delete", err)
	}
	if s.sel != nil && s.sel.c == m.c.ID {
		s.deselect()
		s.w.Status("", wire.OK, "CLOSED", "the mailbox is deleted")
	}
	return ok("deleted")
}

var errHasChildren = errors.New("has children")

// remove removes a mailbox without children within a transaction of its owner. Its name stays subscribed: RFC 9051
// section 6.3.7 wants that of servers.
func (s *session) remove(tx store.Tx, m *mailbox) error {
	if err := s.allowed(tx, m, store.MayRemove); err != nil {
		return err
	}
	all, err := tx.Collections(0)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Parent == m.c.ID {
			return errHasChildren
		}
	}
	if err := tx.RemoveCollection(m.c.ID); err != nil {
		return err
	}
	if m.owner != s.acct.ID || !m.c.Subscribed {
		return nil
	}
	if err := tx.Subscribe(m.name); err != nil && !errors.Is(err, store.TooLarge) && !errors.Is(err, store.Invalid) {
		return err
	}
	return nil
}

// rename is RENAME, RFC 9051 section 6.3.6.
func rename(s *session, _ wire.Command) reply {
	from, to, err := s.r.Rename()
	if err != nil {
		return malformed(err)
	}
	givenFrom, givenTo := from, strings.TrimSuffix(to, delimiter)
	from, to = canonical(from), canonical(givenTo)
	t, err := s.tree()
	if err != nil {
		return s.failed("rename", err)
	}
	m, err := t.find(from, store.MayRemove)
	if err != nil {
		return s.failed("rename", err)
	}
	p, r := s.destination(t, m, from, to)
	if !r.good() {
		return r
	}
	if m.c.Role == store.Inbox {
		return s.emptyInbox(m, p, to)
	}
	if err := s.update(m.owner, func(tx store.Tx) error { return s.relocate(tx, m, p, to) }); err != nil {
		return s.unmade(err)
	}
	if s.sel != nil && (s.sel.name == from || strings.HasPrefix(s.sel.name, from+delimiter)) {
		s.sel.name = to + s.sel.name[len(from):]
	}
	s.tellNormal(&mailbox{name: to, subscribed: m.subscribed}, from != givenFrom || to != givenTo, givenFrom)
	return ok("renamed")
}

// destination finds out where a mailbox is to be renamed to, and whether it may be.
func (s *session) destination(t *tree, m *mailbox, from, to string) (place, reply) {
	if strings.HasPrefix(to, from+delimiter) && m.c.Role != store.Inbox {
		return place{}, no("CANNOT", "a mailbox can't be below itself")
	}
	p, err := t.placeOf(s.acct.ID, to)
	switch {
	case err != nil:
		return p, s.unmade(err)
	case len(p.levels) > 1 && len(t.sorted)+len(p.levels)-1 > maxMailboxes:
		return p, s.unmade(errTooMany)
	case p.owner != m.owner:
		return p, no("CANNOT", "a mailbox can't be moved to another account: copy its messages")
	case m.c.Role == store.Inbox && m.owner != s.acct.ID:
		return p, no("CANNOT", "an Inbox stays")
	}
	return p, reply{kind: wire.OK}
}

// relocate gives a mailbox its new name within a transaction of its owner.
func (s *session) relocate(tx store.Tx, m *mailbox, p place, to string) error {
	if err := s.allowed(tx, m, store.MayRemove); err != nil {
		return err
	}
	last := len(p.levels) - 1
	parent := p.parent
	if last > 0 {
		above := p
		above.levels = p.levels[:last]
		c, err := s.make(tx, above, "")
		if err != nil {
			return err
		}
		parent = c.ID
	} else if p.above != nil {
		if err := s.allowed(tx, p.above, store.MayCreate); err != nil {
			return err
		}
	}
	if _, err := tx.UpdateCollection(m.c.ID, parent, p.levels[last]); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	return s.forget(tx, to)
}

// emptyInbox is RENAME of INBOX: its messages go to a new mailbox, and it stays.
func (s *session) emptyInbox(m *mailbox, p place, to string) reply {
	if m.c.Total > maxAtOnce {
		return no("LIMIT", fmt.Sprintf("the Inbox has more than %d messages: move them in parts", maxAtOnce))
	}
	err := s.update(m.owner, func(tx store.Tx) error {
		c, err := s.make(tx, p, "")
		if err != nil {
			return err
		}
		notes, err := tx.Annotations(m.c.ID) // they are copied, RFC 5464 section 4.1
		if err != nil {
			return err
		}
		for _, n := range notes {
			n.Collection = c.ID
			if err := tx.PutAnnotation(n); err != nil {
				return err
			}
		}
		for rec, err := range tx.ByUID(m.c.ID, 1, store.MaxUID, store.WantEntry) {
			if err == nil {
				_, err = tx.Move(m.c.ID, rec.UID, c.ID)
			}
			if err != nil {
				return err
			}
		}
		return s.forget(tx, to)
	})
	if err != nil {
		return s.unmade(err)
	}
	return ok("the Inbox is empty, its messages are in the new mailbox")
}

// subscribe is SUBSCRIBE, RFC 9051 section 6.3.7.
func subscribe(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	m, err := s.find(name, store.MayLookup)
	if err != nil {
		return s.failed("subscribe", err)
	}
	err = s.update(s.acct.ID, func(tx store.Tx) error {
		if m.owner == s.acct.ID {
			return tx.SetSubscribed(m.c.ID, true)
		}
		return tx.Subscribe(m.name)
	})
	if errors.Is(err, store.TooLarge) {
		return no("LIMIT", "too many names are subscribed")
	}
	if err != nil {
		return s.failed("subscribe", err)
	}
	return ok("subscribed")
}

// unsubscribe is UNSUBSCRIBE, RFC 9051 section 6.3.8.
func unsubscribe(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("unsubscribe", err)
	}
	name = canonical(name)
	err = s.update(s.acct.ID, func(tx store.Tx) error {
		if m := t.byName[name]; m != nil && m.selectable() && m.owner == s.acct.ID {
			if err := tx.SetSubscribed(m.c.ID, false); err != nil {
				return err
			}
		}
		return s.forget(tx, name)
	})
	if err != nil {
		return s.failed("unsubscribe", err)
	}
	return ok("unsubscribed")
}
