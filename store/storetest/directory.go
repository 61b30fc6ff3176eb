package storetest

import (
	"slices"

	"github.com/gannetmail/gannet/store"
)

func testDomains(e *env) {
	e.refused(store.Exists, 0, "a known domain", func(tx store.Tx) error { return tx.CreateDomain("example.test") })
	for _, bad := range []string{"", "UPPER.test", "bücher.test", "a b", "x@y.test", "dot.test."} {
		e.refused(store.Invalid, 0, "domain "+bad, func(tx store.Tx) error { return tx.CreateDomain(bad) })
	}
	e.write(0, func(tx store.Tx) error { return tx.CreateDomain("another.test") })
	e.read(e.alice.ID, func(r store.Reader) error {
		list, err := r.Domains()
		if len(list) != 2 || list[0].Name != "another.test" || list[0].Created.IsZero() {
			e.Errorf("domains %v", list)
		}
		return err
	})
	e.refused(store.Invalid, 0, "removal of a domain in use", func(tx store.Tx) error { return tx.RemoveDomain("example.test") })
	e.write(0, func(tx store.Tx) error { return tx.RemoveDomain("another.test") })
	e.refused(store.NotFound, 0, "a second removal", func(tx store.Tx) error { return tx.RemoveDomain("another.test") })
}

func testAccounts(e *env) {
	create := func(name string) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.CreateAccount(store.Account{Name: name}); return err }
	}
	e.refused(store.Exists, 0, "a taken name", create("alice@example.test"))
	e.refused(store.NotFound, 0, "an unknown domain", create("x@nowhere.test"))
	for _, bad := range []string{"", "x", "@example.test", "Upper@example.test", "x@EXAMPLE.test"} {
		e.refused(store.Invalid, 0, "name "+bad, create(bad))
	}
	a := e.alice
	if a.ID == 0 || a.Created.IsZero() || a.ModSeq == 0 || a.Floor != 0 || a.Used != 0 {
		e.Errorf("account %+v", a)
	}
	e.read(a.ID, func(r store.Reader) error {
		list, err := r.Collections(0)
		for i, c := range list {
			want := store.DefaultCollections[i]
			if c.Name != want.Name || c.Class != want.Class || c.Role != want.Role || c.UIDValidity == 0 {
				e.Errorf("collection %d: %+v; want %+v", i, c, want)
			}
		}
		if len(list) != len(store.DefaultCollections) {
			e.Errorf("%d collections", len(list))
		}
		return err
	})
	a.Display, a.Quota, a.Disabled = "Alice Ä", 12345, true
	a.Used, a.ModSeq, a.Name = 999, 999, "ignored@example.test"
	e.write(0, func(tx store.Tx) error { return tx.UpdateAccount(a) })
	e.read(e.bob.ID, func(r store.Reader) error {
		got, err := r.AccountByID(a.ID)
		want := e.alice
		want.Display, want.Quota, want.Disabled = a.Display, a.Quota, true
		if got != want {
			e.Errorf("account %+v; want %+v", got, want)
		}
		list, err := r.Accounts()
		if len(list) != 2 || list[0] != want || list[1].ID != e.bob.ID {
			e.Errorf("accounts %+v", list)
		}
		_, missing := r.AccountByID(0)
		e.is(missing, store.NotFound, "account 0")
		return err
	})
	e.refused(store.NotFound, 0, "an unknown account", func(tx store.Tx) error { return tx.UpdateAccount(store.Account{ID: 99}) })
	e.refused(store.Invalid, 0, "a negative quota", func(tx store.Tx) error { return tx.UpdateAccount(store.Account{ID: e.bob.ID, Quota: -1}) })
}

func testRemoveAccount(e *env) {
	shared := Stage(e, e.s, text(50_000, 1))
	bob := Role(e, e.s, e.bob.ID, store.Inbox)
	var only store.BlobID
	for i := range 150 {
		n := store.NewItem{Blob: shared, Refs: store.Refs{MessageID: string(rune('a'+i%20)) + "@x"}, Text: store.Text{Body: "word"}}
		if i%2 == 0 {
			n.Blob = e.stage()
			only = n.Blob.ID()
		}
		e.add(e.in.ID, n)
	}
	e.write(e.bob.ID, func(tx store.Tx) error { _, err := tx.Add(bob.ID, store.NewItem{Blob: shared}); return err })
	e.write(e.alice.ID, func(tx store.Tx) error {
		if err := tx.PutDevice(store.Device{ID: "d"}); err != nil {
			return err
		}
		if err := tx.PutState("d", "k", []byte("v")); err != nil {
			return err
		}
		if err := tx.Remove(e.in.ID, 7); err != nil {
			return err
		}
		_, err := tx.Enqueue(shared, store.Queued{Recipient: "x@y.test"})
		return err
	})
	e.write(0, func(tx store.Tx) error {
		if err := tx.PutAlias(store.Alias{Address: "a@example.test", Accounts: []store.AccountID{e.alice.ID}}); err != nil {
			return err
		}
		if err := tx.PutAlias(store.Alias{Address: "all@example.test", Accounts: []store.AccountID{e.alice.ID, e.bob.ID}}); err != nil {
			return err
		}
		_, err := tx.PutCredential(store.Credential{Account: e.alice.ID, Kind: store.MainPassword, Hash: "h"})
		return err
	})
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(e.alice.ID) })
	e.is(e.s.View(e.Context(), e.alice.ID, func(store.Reader) error { return nil }), store.NotFound, "view of a removed account")
	e.refused(store.NotFound, 0, "a second removal", func(tx store.Tx) error { return tx.RemoveAccount(e.alice.ID) })
	e.read(0, func(r store.Reader) error {
		_, err := r.Resolve("a@example.test")
		e.is(err, store.NotFound, "an alias of it")
		to, err := r.Resolve("all@example.test")
		if !slices.Equal(to, []store.AccountID{e.bob.ID}) {
			e.Errorf("a shared alias leads to %v, %v", to, err)
		}
		q, err := r.Queue(0, 10)
		if len(q) != 0 {
			e.Errorf("its mail is queued: %v", q)
		}
		_, err = r.Credentials(e.alice.ID)
		e.is(err, store.NotFound, "its credentials")
		return nil
	})
	again := Account(e, e.s, "alice@example.test") // the name is free at once, the ID is not used again
	if again.ID == e.alice.ID {
		e.Error("an account ID was used again")
	}
	e.gone(only, nil)
	o, err := e.s.OpenBlob(e.Context(), shared.ID())
	if err != nil {
		e.Fatalf("what bob has too: %v", err)
	}
	o.Close()
}

func testAliases(e *env) {
	put := func(address string, to ...store.AccountID) func(store.Tx) error {
		return func(tx store.Tx) error { return tx.PutAlias(store.Alias{Address: address, Accounts: to}) }
	}
	e.write(0, put("info@example.test", e.bob.ID, e.alice.ID, e.bob.ID))
	e.write(0, put("al@example.test", e.alice.ID))
	e.write(0, put("@example.test", e.bob.ID))
	e.refused(store.Exists, 0, "an account's name", put("alice@example.test", e.bob.ID))
	e.refused(store.NotFound, 0, "an unknown domain", put("x@nowhere.test", e.bob.ID))
	e.refused(store.NotFound, 0, "an unknown account", put("x@example.test", 99))
	for _, bad := range []string{"", "@", "x", "X@example.test", "@EXAMPLE.test"} {
		e.refused(store.Invalid, 0, "alias "+bad, put(bad, e.bob.ID))
	}
	e.refused(store.Exists, 0, "an account named as an alias", func(tx store.Tx) error {
		_, err := tx.CreateAccount(store.Account{Name: "info@example.test"})
		return err
	})
	both := []store.AccountID{e.alice.ID, e.bob.ID}
	e.read(e.alice.ID, func(r store.Reader) error {
		for address, want := range map[string][]store.AccountID{
			"alice@example.test": {e.alice.ID}, "info@example.test": both, "al@example.test": {e.alice.ID},
			"anything@example.test": {e.bob.ID}, "x@nowhere.test": nil, "": nil, "@example.test": {e.bob.ID},
		} {
			got, err := r.Resolve(address)
			if !slices.Equal(got, want) || want == nil && err == nil {
				e.Errorf("%q leads to %v, %v; want %v", address, got, err, want)
			}
		}
		all, err := r.Aliases(0)
		if len(all) != 3 || all[0].Address != "@example.test" || all[2].Address != "info@example.test" || !slices.Equal(all[2].Accounts, both) {
			e.Errorf("aliases %v", all)
		}
		mine, err := r.Aliases(e.alice.ID)
		if len(mine) != 2 || mine[0].Address != "al@example.test" || !slices.Equal(mine[1].Accounts, both) {
			e.Errorf("alice's aliases %v", mine)
		}
		return err
	})
	e.write(0, put("info@example.test", e.bob.ID))
	e.write(0, put("@example.test"))
	e.read(0, func(r store.Reader) error {
		to, err := r.Resolve("info@example.test")
		if !slices.Equal(to, []store.AccountID{e.bob.ID}) {
			e.Errorf("a replaced alias leads to %v", to)
		}
		_, gone := r.Resolve("anything@example.test")
		e.is(gone, store.NotFound, "a removed catch-all")
		return err
	})
}

func testCredentials(e *env) {
	main := store.Credential{Account: e.alice.ID, Kind: store.MainPassword, Hash: "$argon2id$1", SCRAM: "SCRAM-SHA-256$…", Created: day(1)}
	app := store.Credential{Account: e.alice.ID, Kind: store.AppPassword, Name: "Phone", Hash: "h", Scopes: []string{"eas", "imap"}, Created: day(2)}
	put := func(c store.Credential) (id store.CredentialID) {
		e.Helper()
		e.write(0, func(tx store.Tx) (err error) { id, err = tx.PutCredential(c); return err })
		return id
	}
	app.ID = put(app)
	main.ID = put(main)
	list := func() (l []store.Credential) {
		e.read(e.alice.ID, func(r store.Reader) (err error) { l, err = r.Credentials(e.alice.ID); return err })
		return l
	}
	same := func(a, b store.Credential) bool {
		scopes := slices.Equal(a.Scopes, b.Scopes)
		a.Scopes, b.Scopes = nil, nil
		return scopes && a.ID == b.ID && a.Account == b.Account && a.Kind == b.Kind && a.Name == b.Name && a.Hash == b.Hash &&
			a.SCRAM == b.SCRAM && a.Created.Equal(b.Created) && a.Used.Equal(b.Used)
	}
	if l := list(); len(l) != 2 || !same(l[0], main) || !same(l[1], app) {
		e.Errorf("credentials %+v", l)
	}
	bad := func(kind store.Kind, what string, c store.Credential) {
		e.Helper()
		e.refused(kind, 0, what, func(tx store.Tx) error { _, err := tx.PutCredential(c); return err })
	}
	bad(store.Exists, "a second main password", store.Credential{Account: e.alice.ID, Kind: store.MainPassword})
	bad(store.Exists, "a taken name", store.Credential{Account: e.alice.ID, Kind: store.AppPassword, Name: "Phone"})
	bad(store.Invalid, "no kind", store.Credential{Account: e.alice.ID, Name: "x"})
	bad(store.Invalid, "no name", store.Credential{Account: e.alice.ID, Kind: store.AppPassword})
	bad(store.NotFound, "an unknown account", store.Credential{Account: 99, Kind: store.MainPassword})
	bad(store.NotFound, "an unknown one", store.Credential{ID: 99, Account: e.bob.ID, Kind: store.MainPassword})
	main.Hash, app.Used = "$argon2id$2", day(5)
	put(main)
	e.write(0, func(tx store.Tx) error { return tx.UseCredential(app.ID, day(5)) })
	if l := list(); len(l) != 2 || !same(l[0], main) || !same(l[1], app) {
		e.Errorf("credentials %+v", l)
	}
	e.write(0, func(tx store.Tx) error { return tx.RemoveCredential(app.ID) })
	e.refused(store.NotFound, 0, "a second removal", func(tx store.Tx) error { return tx.RemoveCredential(app.ID) })
	e.refused(store.NotFound, 0, "use of a removed one", func(tx store.Tx) error { return tx.UseCredential(app.ID, day(1)) })
	if l := list(); len(l) != 1 {
		e.Errorf("credentials %+v", l)
	}
}
