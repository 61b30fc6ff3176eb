package sqlite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
)

const collectionColumns = "id, account, parent, name, class, role, uidvalidity, uidnext, created, modseq, changed, removed, " +
	"total, unread, size, deleted, deleted_size, subscribed, source"

func scanCollection(r *rows) store.Collection {
	return store.Collection{
		ID: store.CollectionID(r.int()), Account: store.AccountID(r.int()), Parent: store.CollectionID(r.int()),
		Name: r.text(), Class: store.Class(r.int()), Role: store.Role(r.text()),
		UIDValidity: uint32(r.int()), UIDNext: store.UID(r.int()),
		Created: r.modSeq(), ModSeq: r.modSeq(), Changed: r.modSeq(), Removed: r.bool(),
		Total: r.int(), Unread: r.int(), Size: r.int(), Deleted: r.int(), DeletedSize: r.int(), Subscribed: r.bool(), Source: r.text(),
	}
}

// Collections implements [store.Reader].
func (r *reader) Collections(since store.ModSeq) ([]store.Collection, error) {
	var list []store.Collection
	scan := func(row *rows) { list = append(list, scanCollection(row)) }
	if since == 0 {
		err := r.c.all(scan, "SELECT "+collectionColumns+" FROM collection WHERE account = ? AND removed = 0 ORDER BY id", r.acct)
		return sortTree(list), err
	}
	floor, err := r.floor()
	if err != nil {
		return nil, err
	}
	if since < floor {
		return nil, fmt.Errorf("collections since %d: %w", since, store.Stale)
	}
	err = r.c.all(scan, "SELECT "+collectionColumns+" FROM collection WHERE account = ? AND modseq > ? ORDER BY id", r.acct, since)
	return sortTree(list), err
}

func (r *reader) floor() (store.ModSeq, error) {
	if r.tx != nil {
		return r.tx.row.floor, nil
	}
	n, err := r.c.number("SELECT floor FROM account WHERE id = ?", r.acct)
	return store.ModSeq(n), err
}

// sortTree puts parents before their children, then the lower ID first.
func sortTree(list []store.Collection) []store.Collection {
	parent := make(map[store.CollectionID]store.CollectionID, len(list))
	for _, c := range list {
		parent[c.ID] = c.Parent
	}
	depth := make(map[store.CollectionID]int, len(list))
	for _, c := range list {
		n := 0
		for p, ok := parent[c.Parent]; ok && n <= len(list); p, ok = parent[p] {
			n++
		}
		depth[c.ID] = n
	}
	slices.SortStableFunc(list, func(a, b store.Collection) int {
		return cmp.Or(cmp.Compare(depth[a.ID], depth[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// Collection implements [store.Reader].
func (r *reader) Collection(id store.CollectionID) (c store.Collection, err error) {
	found, err := r.c.one(func(row *rows) { c = scanCollection(row) },
		"SELECT "+collectionColumns+" FROM collection WHERE id = ? AND account = ? AND removed = 0", id, r.acct)
	if err == nil && !found {
		err = notFound("collection %d", id)
	}
	return c, err
}

// CollectionByRole implements [store.Reader].
func (r *reader) CollectionByRole(role store.Role) (c store.Collection, err error) {
	found, err := r.c.one(func(row *rows) { c = scanCollection(row) },
		"SELECT "+collectionColumns+" FROM collection WHERE account = ? AND role = ? AND removed = 0 AND role <> ''", r.acct, role)
	if err == nil && !found {
		err = notFound("collection with role %q", role)
	}
	return c, err
}

// live checks that id is a live collection of the account.
func (r *reader) live(id store.CollectionID) error {
	found, err := r.c.exists("SELECT 1 FROM collection WHERE id = ? AND account = ? AND removed = 0", id, r.acct)
	if err == nil && !found {
		err = notFound("collection %d", id)
	}
	return err
}

const maxDepth = 100 // of the tree; the deepest path that a client may build

func checkName(name string) error {
	if name == "" || len(name) > 255 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool {
		return r == '/' || unicode.IsControl(r)
	}) {
		return invalid("collection name %q", name)
	}
	return nil
}

// checkPlace checks that a collection may be named name below parent; id is its own, 0 if it is new.
func (t *tx) checkPlace(id, parent store.CollectionID, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	for p, depth := parent, 0; p != 0; depth++ {
		if p == id || depth == maxDepth {
			return invalid("collection %d below %d", id, parent)
		}
		c, err := t.Collection(p)
		if err != nil {
			return err
		}
		p = c.Parent
	}
	taken, err := t.c.exists(`SELECT 1 FROM collection
		WHERE account = ? AND parent = ? AND name = ? AND removed = 0 AND id <> ?`, t.acct, parent, name, id)
	if err == nil && taken {
		err = fmt.Errorf("collection name %q: %w", name, store.Exists)
	}
	return err
}

// CreateCollection implements [store.Tx].
func (t *tx) CreateCollection(c store.Collection) (store.Collection, error) {
	if err := t.mine(); err != nil {
		return store.Collection{}, err
	}
	if c.Class.String() == "" || len(c.Role) > 32 || len(c.Source) > store.MaxSource {
		return store.Collection{}, invalid("collection of class %d, role %q, source of %d bytes", c.Class, c.Role, len(c.Source))
	}
	if err := t.checkPlace(0, c.Parent, c.Name); err != nil {
		return store.Collection{}, err
	}
	if c.Role != "" {
		taken, err := t.c.exists("SELECT 1 FROM collection WHERE account = ? AND role = ? AND removed = 0 AND role <> ''", t.acct, c.Role)
		if err != nil {
			return store.Collection{}, err
		}
		if taken {
			return store.Collection{}, fmt.Errorf("role %q: %w", c.Role, store.Exists)
		}
	}
	last, err := t.c.number("SELECT max(uidvalidity) FROM collection WHERE account = ?", t.acct)
	if err != nil {
		return store.Collection{}, err
	}
	c.Account = t.acct
	c.UIDValidity = max(uint32(t.s.now().Unix()), uint32(last)+1)
	id, err := insertCollection(t.c, c, t.mark())
	if err != nil {
		return store.Collection{}, err
	}
	if err := t.inheritGrants(id, c.Parent); err != nil {
		return store.Collection{}, err
	}
	return t.Collection(id)
}

func insertCollection(c *conn, n store.Collection, at store.ModSeq) (store.CollectionID, error) {
	id, err := c.insert(`INSERT INTO collection (account, parent, name, class, role, uidvalidity, created, modseq, changed, source)
		VALUES (?, ?, ?, ?, ?, ?, ?7, ?7, ?7, ?8)`, n.Account, n.Parent, n.Name, n.Class, n.Role, n.UIDValidity, at, n.Source)
	return store.CollectionID(id), err
}

// UpdateCollection implements [store.Tx].
func (t *tx) UpdateCollection(id, parent store.CollectionID, name string) (store.Collection, error) {
	c, err := t.Collection(id)
	if err != nil || c.Parent == parent && c.Name == name {
		return c, err
	}
	if err := t.checkPlace(id, parent, name); err != nil {
		return store.Collection{}, err
	}
	if err := t.wakeGuests("id = ?", id); err != nil {
		return store.Collection{}, err
	}
	c.Parent, c.Name, c.ModSeq = parent, name, t.mark()
	err = t.c.exec("UPDATE collection SET parent = ?, name = ?, modseq = ? WHERE id = ?", parent, name, c.ModSeq, id)
	return c, err
}

// RemoveCollection implements [store.Tx]. What is inside is out of sight at once and deleted by the
// writer afterwards, in steps.
func (t *tx) RemoveCollection(id store.CollectionID) error {
	if err := t.live(id); err != nil {
		return err
	}
	doomed, err := t.subtree(id)
	if err != nil {
		return err
	}
	for _, c := range doomed {
		if c.Role != "" {
			return invalid("removal of collection %d with role %q", c.ID, c.Role)
		}
	}
	for _, c := range doomed {
		t.use(-c.Size)
		if err := t.wakeGuests("id = ?", c.ID); err != nil {
			return err
		}
		err := t.c.exec(`UPDATE collection SET removed = 1, removed_at = ?, purge = 1, modseq = ?3, changed = ?3,
			total = 0, unread = 0, size = 0, deleted = 0, deleted_size = 0 WHERE id = ?2`, t.s.now(), c.ID, t.mark())
		if err != nil {
			return err
		}
		if err := t.unshare(c.ID); err != nil {
			return err
		}
	}
	t.fx.chores |= chorePurge
	return nil
}

// subtree returns a collection and all below it.
func (t *tx) subtree(id store.CollectionID) (list []store.Collection, err error) {
	err = t.c.all(func(r *rows) { list = append(list, scanCollection(r)) },
		`WITH RECURSIVE below(b) AS (
			VALUES (?2) UNION SELECT c.id FROM below JOIN collection c ON c.account = ?1 AND c.parent = b AND c.removed = 0
		) SELECT `+collectionColumns+` FROM collection WHERE id IN below`, t.acct, id)
	return list, err
}
