package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gannetmail/gannet/store"
)

// Names of mailboxes: the path in the account's tree, the Inbox as INBOX; what others share lies under their address in
// a tree of its own, RFC 2342.
const (
	delimiter   = "/"
	inbox       = "INBOX"
	othersRoot  = "Other Users"
	othersStart = othersRoot + delimiter
)

// mailbox is a name in the tree that a session sees.
type mailbox struct {
	name       string
	owner      store.AccountID
	c          store.Collection // ID 0: only a step to what lies below
	rights     store.Rights
	children   bool // that this session may look up
	subscribed bool
	lost       bool // subscribed, and no mailbox
}

func (m *mailbox) selectable() bool { return m.c.ID != 0 }

// visible reports whether a session may know that a mailbox is there, RFC 4314 section 4.
func (m *mailbox) visible() bool { return m.rights&store.MayLookup != 0 }

// hidden reports whether a session is not to know of a mailbox that is there.
func (m *mailbox) hidden() bool { return m.selectable() && !m.visible() }

// shown reports whether LIST names a mailbox: a hidden one is only when the session may look up something below it.
func (m *mailbox) shown() bool { return !m.hidden() || m.children }

// isStep reports whether there is no mailbox of the name as far as the session knows.
func (m *mailbox) isStep() bool { return !m.selectable() || m.hidden() }

// tree is all that a session may know of, by name.
type tree struct {
	at     store.ModSeq // of the session's account
	byName map[string]*mailbox
	sorted []*mailbox // parents before children
	lost   []string   // names that are subscribed and no mailbox
}

// canonical brings a name into the form that the tree has: INBOX in upper case, and Unicode in normalisation form C, which
// RFC 9051 section 5.1 wants of names whatever form a client, or another program, writes.
func canonical(name string) string {
	name = norm.NFC.String(name)
	if len(name) >= len(inbox) && strings.EqualFold(name[:len(inbox)], inbox) &&
		(len(name) == len(inbox) || name[len(inbox):len(inbox)+1] == delimiter) {
		name = inbox + name[len(inbox):]
	}
	return name
}

// isOthers reports whether a name lies in the tree of what others share.
func isOthers(name string) bool { return name == othersRoot || strings.HasPrefix(name, othersStart) }

// readTree reads the names of own mailboxes and of those that others share.
func readTree(r store.Reader, acct store.AccountID) (*tree, error) {
	a, err := r.Account()
	if err != nil {
		return nil, err
	}
	own, err := r.Collections(0)
	if err != nil {
		return nil, err
	}
	t := &tree{at: a.ModSeq, byName: make(map[string]*mailbox, len(own))}
	names := map[store.CollectionID]string{}
	for _, c := range own {
		if c.Class != store.Mail {
			continue
		}
		name := norm.NFC.String(c.Name)
		if c.Role == store.Inbox {
			name = inbox
		}
		if parent, is := names[c.Parent]; is {
			name = parent + delimiter + name
		} else if canonical(name) == inbox && c.Role != store.Inbox || isOthers(name) {
			name += " (folder)" // a folder of that name that another program made
		}
		names[c.ID] = name
		t.add(&mailbox{name: name, owner: acct, c: c, rights: store.AllRights, subscribed: c.Subscribed})
	}
	if err := t.addShared(r); err != nil {
		return nil, err
	}
	further, err := r.Subscriptions()
	if err != nil {
		return nil, err
	}
	for _, name := range further {
		if m := t.byName[name]; m != nil {
			m.subscribed = true
		} else {
			t.lost = append(t.lost, name)
		}
	}
	t.finish()
	return t, nil
}

// addShared adds what others share, and the steps that lead there.
func (t *tree) addShared(r store.Reader) error {
	shared, err := r.Shared()
	if err != nil {
		return err
	}
	names := map[store.CollectionID]string{}
	owners := map[store.AccountID]string{}
	for _, s := range shared {
		if s.Class != store.Mail {
			continue
		}
		owner, known := owners[s.Account]
		if !known {
			a, err := r.AccountByID(s.Account)
			if err != nil {
				return fmt.Errorf("owner of a shared mailbox: %w", err)
			}
			owner = othersStart + a.Name
			owners[s.Account] = owner
		}
		name := norm.NFC.String(s.Name)
		if s.Role == store.Inbox {
			name = inbox
		}
		if parent, is := names[s.Parent]; is {
			name = parent + delimiter + name
		} else {
			name = owner + delimiter + name
		}
		names[s.ID] = name
		t.add(&mailbox{name: name, owner: s.Account, c: s.Collection, rights: s.Rights})
	}
	return nil
}

// add puts a mailbox into the tree. Of two with one name, which siblings can't have, the second keeps its number.
func (t *tree) add(m *mailbox) {
	if _, taken := t.byName[m.name]; taken {
		m.name = fmt.Sprintf("%s (%d)", m.name, m.c.ID)
	}
	t.byName[m.name] = m
}

// finish adds the steps that lead to visible mailboxes and sorts.
func (t *tree) finish() {
	for _, m := range t.all() {
		if !m.visible() {
			continue
		}
		for name := m.name; ; {
			at := strings.LastIndex(name, delimiter)
			if at < 0 {
				break
			}
			name = name[:at]
			parent := t.byName[name]
			if parent == nil {
				parent = &mailbox{name: name}
				t.byName[name] = parent
			}
			parent.children = true
		}
	}
	t.sorted = t.all()
	slices.SortFunc(t.sorted, func(a, b *mailbox) int { return compareNames(a.name, b.name) })
}

func (t *tree) all() []*mailbox {
	list := make([]*mailbox, 0, len(t.byName))
	for _, m := range t.byName {
		list = append(list, m)
	}
	return list
}

// compareNames orders names for LIST: INBOX first, what others share last, children right behind their parent.
func compareNames(a, b string) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	return slices.Compare(strings.Split(a, delimiter), strings.Split(b, delimiter))
}

func rank(name string) int {
	switch {
	case name == inbox || strings.HasPrefix(name, inbox+delimiter):
		return 0
	case isOthers(name):
		return 2
	}
	return 1
}

// tree reads the tree that the session sees.
func (s *session) tree() (t *tree, err error) {
	err = s.view(s.acct.ID, func(r store.Reader) error {
		t, err = readTree(r, s.acct.ID)
		return err
	})
	return t, err
}

// view runs fn on a snapshot of an account's data.
func (s *session) view(acct store.AccountID, fn func(store.Reader) error) error {
	return s.server.o.Store.View(s.ctx, acct, fn)
}

// update runs fn in the writer.
func (s *session) update(acct store.AccountID, fn func(store.Tx) error) error {
	return s.server.o.Store.Update(s.ctx, acct, fn)
}

// find returns the mailbox of a name with which the session may do what it needs; the error is store.NotFound when there is
// none, or none that it may know of (RFC 4314 section 6), errNoSelect for a step that leads to others, and errDenied
// without the rights.
func (s *session) find(name string, need store.Rights) (*mailbox, error) {
	t, err := s.tree()
	if err != nil {
		return nil, err
	}
	return t.find(name, need)
}

func (t *tree) find(name string, need store.Rights) (*mailbox, error) {
	m := t.byName[canonical(name)]
	switch {
	case m == nil:
		return nil, fmt.Errorf("mailbox %q: %w", name, store.NotFound)
	case !m.selectable():
		return nil, errNoSelect
	case m.rights&need == need:
		return m, nil
	case !m.visible():
		return nil, fmt.Errorf("mailbox %q: %w", name, store.NotFound)
	}
	return nil, errDenied
}

// rightsOn reads, within a transaction of the owner's account, what the session may do with a collection now.
func (s *session) rightsOn(r store.Reader, owner store.AccountID, c store.CollectionID) (store.Rights, error) {
	if owner == s.acct.ID {
		return store.AllRights, nil
	}
	grants, err := r.Grants(c)
	if err != nil {
		return 0, err
	}
	var rights store.Rights
	for _, g := range grants {
		if g.Grantee == 0 || g.Grantee == s.acct.ID {
			rights |= g.Rights
		}
	}
	return rights, nil
}

// allowed is store.View and store.Update's guard: within the transaction of the owner's account it fails with errDenied
// unless the session has the rights.
func (s *session) allowed(r store.Reader, m *mailbox, need store.Rights) error {
	rights, err := s.rightsOn(r, m.owner, m.c.ID)
	if err != nil {
		return err
	}
	if rights&need != need {
		return errDenied
	}
	return nil
}

// fresh runs fn on a snapshot that is no older than what other sessions have read.
func (s *session) fresh(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	for {
		err := s.server.o.Store.View(ctx, acct, fn)
		if !errors.Is(err, errBehind) {
			return err
		}
	}
}
