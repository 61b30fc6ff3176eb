package storetest

import (
	"errors"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// grant gives rights on one of alice's collections.
func (e *env) grant(c store.CollectionID, to store.AccountID, r store.Rights) {
	e.Helper()
	e.write(e.alice.ID, func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: c, Grantee: to, Rights: r})
	})
}

// grants reads what others may do with one of alice's collections.
func (e *env) grants(c store.CollectionID) (list []store.Grant) {
	e.Helper()
	e.read(e.alice.ID, func(r store.Reader) (err error) { list, err = r.Grants(c); return err })
	return list
}

// shared reads what an account was given.
func (e *env) shared(acct store.AccountID) (list []store.Shared) {
	e.Helper()
	e.read(acct, func(r store.Reader) (err error) { list, err = r.Shared(); return err })
	return list
}

// quiet checks that fn moves alice's ModSeq by one, or not at all, and nothing of her collections.
func (e *env) quiet(what string, moves bool, fn func(store.Tx) error) {
	e.Helper()
	before, c := e.modSeq(), e.collection(e.in.ID)
	e.write(e.alice.ID, fn)
	want := before
	if moves {
		want++
	}
	if n := e.modSeq(); n != want {
		e.Errorf("%s: modseq went from %d to %d; want %d", what, before, n, want)
	}
	if now := e.collection(e.in.ID); now.ModSeq != c.ModSeq || now.Changed != c.Changed {
		e.Errorf("%s: the collection is at %d, %d; before %d, %d", what, now.ModSeq, now.Changed, c.ModSeq, c.Changed)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		list, err := r.Collections(before)
		if len(list) != 0 {
			e.Errorf("%s: the tree changed: %+v", what, list)
		}
		return err
	})
}

func testGrants(e *env) {
	carol := Account(e, e.s, "carol@example.test")
	put := func(to store.AccountID, r store.Rights) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.PutGrant(store.Grant{Collection: e.in.ID, Grantee: to, Rights: r})
		}
	}
	if got := e.grants(e.in.ID); len(got) != 0 {
		e.Errorf("a new account's inbox is shared: %v", got)
	}
	e.quiet("a grant", true, put(carol.ID, store.MayLookup|store.MayRead))
	e.quiet("a grant to a second account", true, put(e.bob.ID, store.AllRights|store.MaySeeTimes))
	e.quiet("a grant to everyone", true, put(0, store.MayLookup))
	e.quiet("the same again", false, put(0, store.MayLookup))
	e.quiet("other rights", true, put(carol.ID, store.MayPost))
	want := []store.Grant{
		{Collection: e.in.ID, Grantee: 0, Rights: store.MayLookup},
		{Collection: e.in.ID, Grantee: e.bob.ID, Rights: store.AllRights | store.MaySeeTimes},
		{Collection: e.in.ID, Grantee: carol.ID, Rights: store.MayPost},
	}
	if got := e.grants(e.in.ID); !slices.Equal(got, want) {
		e.Errorf("grants %v; want %v", got, want)
	}
	e.quiet("a withdrawal", true, put(e.bob.ID, 0))
	e.quiet("a withdrawal of what is not there", false, put(e.bob.ID, 0))
	if got := e.grants(e.in.ID); !slices.Equal(got, []store.Grant{want[0], want[2]}) {
		e.Errorf("grants after a withdrawal: %v", got)
	}
	e.refused(store.Invalid, e.alice.ID, "a grant to oneself", put(e.alice.ID, store.MayRead))
	e.refused(store.Invalid, e.alice.ID, "an unknown right", put(e.bob.ID, store.MaySeeTimes<<1))
	e.refused(store.NotFound, e.alice.ID, "an unknown account", put(999, store.MayRead))
	e.refused(store.NotFound, e.bob.ID, "another account's collection", put(carol.ID, store.MayRead))
	e.refused(store.NotFound, 0, "the server's", put(e.bob.ID, store.MayRead))
	gone := e.folder("Gone", 0)
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(gone.ID) })
	e.refused(store.NotFound, e.alice.ID, "a removed collection", func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: gone.ID, Grantee: e.bob.ID, Rights: store.MayRead})
	})
	e.write(e.alice.ID, func(tx store.Tx) error { // seen in its own transaction
		if err := put(e.bob.ID, store.MayInsert)(tx); err != nil {
			return err
		}
		list, err := tx.Grants(e.in.ID)
		if len(list) != 3 || list[1].Rights != store.MayInsert {
			e.Errorf("grants inside of the transaction: %v", list)
		}
		return err
	})
	err := e.s.Update(e.Context(), e.alice.ID, func(tx store.Tx) error { return errors.Join(put(0, 0)(tx), errStop) })
	if got := e.grants(e.in.ID); len(got) != 3 {
		e.Errorf("grants after an undone update (%v): %v", err, got)
	}
}

func testGrantsInherited(e *env) {
	top := e.folder("Top", 0)
	e.grant(top.ID, e.bob.ID, store.MayLookup|store.MayRead)
	e.grant(top.ID, 0, store.MayPost)
	child := e.folder("Child", top.ID)
	want := []store.Grant{
		{Collection: child.ID, Grantee: 0, Rights: store.MayPost},
		{Collection: child.ID, Grantee: e.bob.ID, Rights: store.MayLookup | store.MayRead},
	}
	if got := e.grants(child.ID); !slices.Equal(got, want) {
		e.Errorf("a new child's grants: %v; want %v", got, want)
	}
	if got := e.grants(e.folder("Beside", 0).ID); len(got) != 0 {
		e.Errorf("grants of one at the top: %v", got)
	}
	e.grant(top.ID, 0, 0)
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(child.ID, e.in.ID, "Moved"); return err })
	if got := e.grants(child.ID); !slices.Equal(got, want) { // its own from now on
		e.Errorf("a moved child's grants: %v; want %v", got, want)
	}
}

func testShared(e *env) {
	carol := Account(e, e.s, "carol@example.test")
	late := e.folder("Late", 0)
	parent := e.folder("Parent", 0)
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(late.ID, parent.ID, "Late"); return err })
	e.add(late.ID, store.NewItem{Flags: store.Deleted})
	carols := Role(e, e.s, carol.ID, store.Archive)
	e.write(carol.ID, func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: carols.ID, Grantee: e.bob.ID, Rights: store.MayRead})
	})
	e.grant(late.ID, e.bob.ID, store.MayRead)
	e.grant(late.ID, 0, store.MayLookup|store.MayPost)
	e.grant(parent.ID, 0, store.MayLookup)

	all := store.MayLookup | store.MayPost
	want := []store.Shared{
		{Collection: e.collection(parent.ID), Rights: store.MayLookup},
		{Collection: e.collection(late.ID), Rights: all | store.MayRead},
		{Collection: Role(e, e.s, carol.ID, store.Archive), Rights: store.MayRead},
	}
	if got := e.shared(e.bob.ID); !slices.Equal(got, want) {
		e.Errorf("shared with bob: %+v; want %+v", got, want)
	}
	if got := e.shared(carol.ID); len(got) != 2 || got[0] != want[0] || got[1].Rights != all {
		e.Errorf("shared with carol: %+v", got)
	}
	for _, acct := range []store.AccountID{e.alice.ID, 0} {
		if got := e.shared(acct); len(got) != 0 {
			e.Errorf("shared with account %d: %+v", acct, got)
		}
	}
	disable := func(a store.Account, on bool) {
		a.Disabled = on
		e.write(0, func(tx store.Tx) error { return tx.UpdateAccount(a) })
	}
	disable(e.alice, true)
	if got := e.shared(e.bob.ID); !slices.Equal(got, want[2:]) {
		e.Errorf("shared by a disabled account: %+v", got)
	}
	disable(e.alice, false)
	disable(e.bob, true) // who is disabled may be read for
	if got := e.shared(e.bob.ID); !slices.Equal(got, want) {
		e.Errorf("shared with bob: %+v; want %+v", got, want)
	}
}

// testSharedScope proves that a grant does not open another account's data to one's own transactions.
func testSharedScope(e *env) {
	e.add(e.in.ID, store.NewItem{})
	e.grant(e.in.ID, e.bob.ID, store.AllRights)
	e.read(e.bob.ID, func(r store.Reader) error {
		_, err := r.Collection(e.in.ID)
		e.is(err, store.NotFound, "Collection")
		_, err = r.Record(e.in.ID, 1, store.WantEntry)
		e.is(err, store.NotFound, "Record")
		_, err = r.Grants(e.in.ID)
		e.is(err, store.NotFound, "Grants")
		return nil
	})
	for what, fn := range map[string]func(store.Tx) error{
		"Remove":           func(tx store.Tx) error { return tx.Remove(e.in.ID, 1) },
		"RemoveCollection": func(tx store.Tx) error { return tx.RemoveCollection(e.in.ID) },
		"SetSubscribed":    func(tx store.Tx) error { return tx.SetSubscribed(e.in.ID, false) },
		"PutGrant":         func(tx store.Tx) error { return tx.PutGrant(store.Grant{Collection: e.in.ID, Rights: store.MayRead}) },
	} {
		e.refused(store.NotFound, e.bob.ID, what, fn)
	}
}

func testGrantsRemoved(e *env) {
	carol := Account(e, e.s, "carol@example.test")
	top := e.folder("Top", 0)
	below := e.folder("Below", top.ID)
	for _, c := range []store.CollectionID{e.in.ID, top.ID, below.ID} {
		e.grant(c, e.bob.ID, store.MayRead)
		e.grant(c, carol.ID, store.MayRead)
		e.grant(c, 0, store.MayLookup)
	}
	bobs := Role(e, e.s, e.bob.ID, store.Inbox)
	e.write(e.bob.ID, func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: bobs.ID, Grantee: e.alice.ID, Rights: store.MayRead})
	})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(top.ID) })
	if got := e.shared(e.bob.ID); len(got) != 1 || got[0].ID != e.in.ID {
		e.Errorf("shared after the removal of collections: %+v", got)
	}
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(carol.ID) })
	if got := e.grants(e.in.ID); len(got) != 2 {
		e.Errorf("grants after the removal of a grantee: %v", got)
	}
	e.refused(store.NotFound, e.alice.ID, "a grant to a removed account", func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: e.in.ID, Grantee: carol.ID, Rights: store.MayRead})
	})
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(e.bob.ID) })
	if got := e.shared(e.alice.ID); len(got) != 0 {
		e.Errorf("shared by a removed account: %+v", got)
	}
}
