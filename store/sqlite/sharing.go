package sqlite

import (
	"maps"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// Grants implements [store.Reader].
func (r *reader) Grants(c store.CollectionID) (list []store.Grant, err error) {
	if err := r.live(c); err != nil {
		return nil, err
	}
	err = r.c.all(func(row *rows) {
		list = append(list, store.Grant{Collection: c, Grantee: store.AccountID(row.int()), Rights: store.Rights(row.int())})
	}, "SELECT grantee, rights FROM acl WHERE collection = ? ORDER BY grantee", c)
	return list, err
}

// Shared implements [store.Reader]. The owners come by ID.
func (r *reader) Shared() ([]store.Shared, error) {
	if r.acct == 0 {
		return nil, nil // what everyone may see is for people
	}
	owned := make(map[store.AccountID][]store.Collection)
	rights := make(map[store.CollectionID]store.Rights)
	err := r.c.all(func(row *rows) {
		granted, c := store.Rights(row.int()), scanCollection(row)
		if _, twice := rights[c.ID]; !twice {
			owned[c.Account] = append(owned[c.Account], c)
		}
		rights[c.ID] |= granted
	}, "SELECT rights, "+collectionColumns+` FROM acl JOIN collection ON id = collection
		WHERE grantee IN (0, ?1) AND account <> ?1 AND removed = 0 AND account IN (SELECT id FROM account WHERE disabled = 0)`, r.acct)
	var list []store.Shared
	for _, owner := range slices.Sorted(maps.Keys(owned)) {
		for _, c := range sortTree(owned[owner]) {
			list = append(list, store.Shared{Collection: c, Rights: rights[c.ID]})
		}
	}
	return list, err
}

// reachable checks that a live collection is the account's own or shared with it.
func (r *reader) reachable(id store.CollectionID) error {
	found, err := r.c.exists(`SELECT 1 FROM collection c JOIN account a ON a.id = c.account
		WHERE c.id = ?1 AND c.removed = 0 AND (c.account = ?2 OR a.disabled = 0
			AND EXISTS (SELECT 1 FROM acl g WHERE g.collection = c.id AND g.grantee IN (0, ?2)))`, id, r.acct)
	if err == nil && !found {
		err = notFound("collection %d", id)
	}
	return err
}

// PutGrant implements [store.Tx].
func (t *tx) PutGrant(g store.Grant) error {
	c, err := t.Collection(g.Collection)
	if err != nil {
		return err
	}
	if g.Rights&^(store.AllRights|store.MaySeeTimes) != 0 || g.Grantee == t.acct {
		return invalid("rights %#x of account %d on collection %d", int64(g.Rights), g.Grantee, g.Collection)
	}
	if g.Grantee != 0 {
		if _, err := t.AccountByID(g.Grantee); err != nil {
			return err
		}
	}
	have, err := t.c.number("SELECT rights FROM acl WHERE collection = ? AND grantee = ?", g.Collection, g.Grantee)
	if err != nil || store.Rights(have) == g.Rights {
		return err
	}
	t.mark()
	if err := t.wakeGuest(c.Class, g.Grantee); err != nil {
		return err
	}
	if g.Rights == 0 {
		return t.c.exec("DELETE FROM acl WHERE collection = ? AND grantee = ?", g.Collection, g.Grantee)
	}
	return t.c.exec(`INSERT INTO acl (collection, grantee, rights) VALUES (?1, ?2, ?3)
		ON CONFLICT (collection, grantee) DO UPDATE SET rights = ?3`, g.Collection, g.Grantee, g.Rights)
}

// inheritGrants gives a new collection what its parent was granted.
func (t *tx) inheritGrants(id, parent store.CollectionID) error {
	if parent == 0 {
		return nil
	}
	err := t.c.exec(`INSERT INTO acl (collection, grantee, rights)
		SELECT ?, grantee, rights FROM acl WHERE collection = ?`, id, parent)
	if err != nil {
		return err
	}
	return t.wakeGuests("id = ?", id)
}

// wakeGuests has everybody look again to whom one of the collections that the condition names was granted.
func (t *tx) wakeGuests(condition string, arg any) error {
	type guest struct {
		class store.Class
		id    store.AccountID
	}
	var guests []guest
	err := t.c.all(func(row *rows) { guests = append(guests, guest{store.Class(row.int()), store.AccountID(row.int())}) },
		"SELECT DISTINCT class, grantee FROM collection JOIN acl ON collection = id WHERE removed = 0 AND "+condition, arg)
	if err != nil {
		return err
	}
	for _, g := range guests {
		if err := t.wakeGuest(g.class, g.id); err != nil {
			return err
		}
	}
	return nil
}

// wakeGuest has a grantee look again at what was granted to it. That wakes everyone for what is granted to everyone, so it
// is left out for mail: any account may share its mail so.
func (t *tx) wakeGuest(class store.Class, grantee store.AccountID) error {
	if grantee == 0 {
		t.fx.shared = t.fx.shared || class != store.Mail
		return nil
	}
	guest, err := t.of(grantee)
	if err == nil {
		guest.mark()
	}
	return err
}

// unshare deletes what others have on a collection that is removed: their rights and annotations.
func (t *tx) unshare(id store.CollectionID) error {
	if err := t.c.exec("DELETE FROM acl WHERE collection = ?", id); err != nil {
		return err
	}
	return t.c.exec("DELETE FROM annotation WHERE collection = ?", id)
}
