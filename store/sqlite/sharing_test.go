package sqlite

import (
	"context"
	"errors"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// share leaves something in each table of what accounts share and note: a grant on c to an account (0:
// everyone), annotations and a subscription.
func share(tx store.Tx, c store.CollectionID, to store.AccountID) error {
	return errors.Join(
		tx.PutGrant(store.Grant{Collection: c, Grantee: to, Rights: store.MayLookup | store.MayRead}),
		tx.PutAnnotation(store.Annotation{Collection: c, Name: "/a", Value: []byte("v")}),
		tx.PutAnnotation(store.Annotation{Name: "/b", Value: []byte("v")}),
		setOwn(tx),
		tx.Subscribe("name"),
		tx.SetSubscribed(c, false),
	)
}

// setOwn puts a setting of the transaction's account.
func setOwn(tx store.Tx) error {
	a, err := tx.Account()
	if err != nil {
		return err
	}
	return tx.PutSetting(a.ID, "s", []byte("v"))
}

// unshare takes back what share did.
func unshare(tx store.Tx, c store.CollectionID, to store.AccountID) error {
	return errors.Join(
		tx.PutGrant(store.Grant{Collection: c, Grantee: to}),
		tx.PutAnnotation(store.Annotation{Collection: c, Name: "/a"}),
		tx.PutAnnotation(store.Annotation{Name: "/b"}),
		tx.Unsubscribe("name"),
		tx.SetSubscribed(c, true),
	)
}

// TestRemovedAccountLeavesNothing removes accounts that share with each other: all their rows go.
func TestRemovedAccountLeavesNothing(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	b, bobs := newAccount(t, s, "bob@example.test")
	newAccount(t, s, "carol@example.test")
	if err := addBytes(s, a, in, []byte("x")); err != nil {
		t.Fatal(err)
	}
	update(t, s, a.ID, func(tx store.Tx) error { return share(tx, in.ID, b.ID) })
	update(t, s, b.ID, func(tx store.Tx) error {
		note := store.Annotation{Collection: in.ID, Name: "/c", Value: []byte("v")}
		return errors.Join(share(tx, bobs.ID, a.ID), share(tx, bobs.ID, 0), tx.PutAnnotation(note))
	})
	for _, acct := range []store.AccountID{a.ID, b.ID} {
		update(t, s, 0, func(tx store.Tx) error { return tx.RemoveAccount(acct) })
		checkClean(t, s)
		idle(t, s)
		checkClean(t, s)
		onWriter(t, s, func(c *conn) error {
			n, err := c.number(`SELECT (SELECT count(*) FROM account WHERE purge = 1) + (SELECT count(*) FROM collection WHERE account = ?)
				+ (SELECT count(*) FROM item WHERE account = ?) + (SELECT count(*) FROM thread_ref WHERE account = ?)`, acct, acct, acct)
			if n != 0 {
				t.Errorf("%d rows of account %d are left", n, acct)
			}
			return err
		})
	}
	onWriter(t, s, func(c *conn) error {
		n, err := c.number(`SELECT (SELECT count(*) FROM acl) + (SELECT count(*) FROM annotation) + (SELECT count(*) FROM subscription) + (SELECT count(*) FROM setting)`)
		if n != 0 {
			t.Errorf("%d rows of removed accounts are left", n)
		}
		return err
	})
}

// TestRemoveOwnAccount goes on in a transaction that has removed its own account: nothing may be added
// to what is to be purged.
func TestRemoveOwnAccount(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	b := stage(t, s, []byte("x"))
	update(t, s, a.ID, func(tx store.Tx) error {
		if err := tx.RemoveAccount(a.ID); err != nil {
			return err
		}
		_, collection := tx.CreateCollection(store.Collection{Name: "x", Class: store.Mail})
		_, queued := tx.Enqueue(b, store.Queued{Recipient: "x@y.test"})
		for what, err := range map[string]error{
			"grant":        tx.PutGrant(store.Grant{Collection: in.ID, Rights: store.MayRead}),
			"annotation":   tx.PutAnnotation(store.Annotation{Name: "/a", Value: []byte("v")}),
			"subscription": tx.Subscribe("name"),
			"setting":      tx.PutSetting(a.ID, "x", []byte("v")),
			"device":       tx.PutDevice(store.Device{ID: "d"}),
			"collection":   collection,
			"queue":        queued,
		} {
			if !errors.Is(err, store.NotFound) {
				t.Errorf("%s: %v; want NotFound", what, err)
			}
		}
		return nil
	})
	idle(t, s)
}

// unshareAll makes the writes of sharing that the fault tests' steps do not.
func unshareAll(t *testing.T, s *Store, a store.Account, in, other store.Collection) {
	t.Helper()
	update(t, s, a.ID, func(tx store.Tx) error {
		if err := share(tx, other.ID, 0); err != nil {
			return err
		}
		return unshare(tx, other.ID, 0)
	})
}

// TestMigrateSharing takes a store of the first version, with marked entries in it, to this one.
func TestMigrateSharing(t *testing.T) {
	p, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/" + FileName
	c := openFile(t, path)
	first := plan{schema: p.steps[0].sql, steps: p.steps[:1]}
	if err := first.create(c, path); err != nil {
		t.Fatal(err)
	}
	if err := c.exec(firstVersion); err != nil {
		t.Fatal(err)
	}
	c.close()
	s := openAt(t, path, Options{}) // and checked at the end
	view(t, s, 1, func(r store.Reader) error {
		list, err := r.Collections(0)
		if len(list) != 2 || !list[0].Subscribed || list[0].Deleted != 2 || list[0].DeletedSize != 6 || list[1].Deleted != 0 {
			t.Errorf("collections %+v", list)
		}
		for rec, err := range r.ByUID(1, 1, store.MaxUID, store.WantEntry) {
			if err != nil || rec.Saved.Year() < 2026 || rec.Received.Year() != 1970 {
				t.Errorf("entry %+v, %v", rec, err)
			}
		}
		return err
	})
	update(t, s, 1, func(tx store.Tx) error { _, err := tx.Move(1, 2, 2); return err })
	if err := s.Check(context.Background(), true, func(p string) { t.Errorf("check: %s", p) }); err != nil {
		t.Error(err)
	}
}

// firstVersion is an account with an Inbox of four messages, one of them removed, in the tables of
// version 1. Flags: 8 is Deleted, 9 Deleted and Seen.
const firstVersion = `
INSERT INTO domain VALUES ('example.test', 1);
INSERT INTO account (id, name, domain, created, used, modseq) VALUES (1, 'alice@example.test', 'example.test', 1, 9, 5);
INSERT INTO collection (id, account, parent, name, class, role, uidvalidity, uidnext, created, modseq, changed, total, unread, size)
	VALUES (1, 1, 0, 'Inbox', 1, 'inbox', 1, 5, 1, 1, 5, 3, 2, 9), (2, 1, 0, 'Archive', 1, 'archive', 2, 1, 1, 1, 1, 0, 0, 0);
INSERT INTO blob VALUES (1, x'2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae', 3, 65536, 3);
INSERT INTO chunk VALUES (1 << 20, 0, CAST('foo' AS BLOB));
INSERT INTO item (id, account, class, blob, size, received, flags, keywords, thread, follow, content_at, read_at, follow_at,
		verb_at, labels_at, other_at, search_key)
	SELECT value, 1, 1, (SELECT hash FROM blob), 3, value, iif(value = 1, 0, 7 + value - 1), '', value, '', 2, 2, 2, 2, 2, 2, value
	FROM json_each('[1, 2, 3]');
INSERT INTO fts (rowid, scope, body) SELECT id, 'a1', 'foo' FROM item;
INSERT INTO entry (collection, uid, item, created, modseq, received) SELECT 1, id, id, 2, 2, received FROM item;
INSERT INTO entry VALUES (1, 4, 9, 2, 5, 1, 1, 1);
`
