package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

func testCreateCollection(e *env) {
	before := e.modSeq()
	c := e.folder("Work", 0)
	want := store.Collection{
		ID: c.ID, Account: e.alice.ID, Name: "Work", Class: store.Mail, UIDValidity: c.UIDValidity, UIDNext: 1,
		Created: before + 1, ModSeq: before + 1, Changed: before + 1, Subscribed: true,
	}
	if c != want || c.UIDValidity == 0 {
		e.Errorf("created %+v; want %+v", c, want)
	}
	if got := e.collection(c.ID); got != want {
		e.Errorf("read %+v; want %+v", got, want)
	}
	create := func(c store.Collection) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.CreateCollection(c); return err }
	}
	e.refused(store.Exists, e.alice.ID, "the same name", create(store.Collection{Name: "Work", Class: store.Mail}))
	e.refused(store.Exists, e.alice.ID, "the same role", create(store.Collection{Name: "In", Class: store.Mail, Role: store.Inbox}))
	e.refused(store.NotFound, e.alice.ID, "an unknown parent", create(store.Collection{Name: "X", Class: store.Mail, Parent: 999}))
	e.refused(store.Invalid, e.alice.ID, "no class", create(store.Collection{Name: "X"}))
	e.write(e.alice.ID, create(store.Collection{Name: "Work", Class: store.Mail, Parent: c.ID})) // not a sibling
	e.write(e.alice.ID, create(store.Collection{Name: "work", Class: store.Mail}))               // compared exactly

	fed := store.Collection{Name: "Fed", Class: store.Calendar, Source: "https://cal.example/a.ics"}
	e.write(e.alice.ID, func(tx store.Tx) (err error) { fed, err = tx.CreateCollection(fed); return err })
	if got := e.collection(fed.ID); got.Source != "https://cal.example/a.ics" || !got.Fed() || c.Fed() {
		e.Errorf("a collection with a source: %+v", got)
	}
	e.refused(store.Invalid, e.alice.ID, "a source too long", create(store.Collection{Name: "L", Class: store.Calendar, Source: strings.Repeat("x", store.MaxSource+1)}))

	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(c.ID) })
	again := e.folder("Work", 0)
	if again.ID <= c.ID || again.UIDValidity <= c.UIDValidity {
		e.Errorf("a name used again has ID %d, UIDVALIDITY %d; before %d, %d", again.ID, again.UIDValidity, c.ID, c.UIDValidity)
	}
}

func testCollectionNames(e *env) {
	for _, name := range []string{"", "a/b", "tab\tin it", "\x00", "caf\xe9", strings.Repeat("x", 256), "line\u0085"} {
		e.refused(store.Invalid, e.alice.ID, "name "+name, func(tx store.Tx) error {
			_, err := tx.CreateCollection(store.Collection{Name: name, Class: store.Mail})
			return err
		})
	}
	for _, name := range []string{" ", ".", "INBOX", "Entwürfe", "受信箱", strings.Repeat("x", 255), "a\\b*%"} {
		if c := e.folder(name, 0); c.Name != name {
			e.Errorf("name %q became %q", name, c.Name)
		}
	}
}

func testMoveCollection(e *env) {
	a := e.folder("A", 0)
	b := e.folder("B", a.ID)
	c := e.folder("C", b.ID)
	move := func(id, parent store.CollectionID, name string) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.UpdateCollection(id, parent, name); return err }
	}
	e.refused(store.Invalid, e.alice.ID, "below itself", move(a.ID, a.ID, "A"))
	e.refused(store.Invalid, e.alice.ID, "below its grandchild", move(a.ID, c.ID, "A"))
	e.refused(store.NotFound, e.alice.ID, "below nothing", move(a.ID, 999, "A"))
	e.refused(store.NotFound, e.alice.ID, "nothing", move(999, 0, "A"))
	e.refused(store.Invalid, e.alice.ID, "without a name", move(a.ID, 0, ""))
	e.refused(store.Exists, e.alice.ID, "onto a sibling", move(c.ID, 0, "A"))

	before := e.modSeq()
	e.write(e.alice.ID, move(c.ID, b.ID, "C"))
	if e.modSeq() != before {
		e.Error("an identical update moved modseq")
	}
	e.write(e.alice.ID, move(c.ID, 0, "Γ"))
	got := e.collection(c.ID)
	if got.Name != "Γ" || got.Parent != 0 || got.ModSeq != before+1 || got.Changed != c.Changed || got.Created != c.Created {
		e.Errorf("moved collection: %+v", got)
	}
}

func testRemoveCollection(e *env) {
	a := e.folder("A", 0)
	b := e.folder("B", a.ID)
	rec := e.add(b.ID, store.NewItem{Refs: store.Refs{MessageID: "m@x"}, Text: store.Text{Subject: "doomed"}})
	e.refused(store.Invalid, e.alice.ID, "one with a role", func(tx store.Tx) error { return tx.RemoveCollection(e.in.ID) })
	e.refused(store.NotFound, e.alice.ID, "nothing", func(tx store.Tx) error { return tx.RemoveCollection(999) })
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(a.ID) })
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Collection(b.ID)
		e.is(err, store.NotFound, "the sub-collection")
		_, err = r.Record(b.ID, rec.UID, store.WantEntry)
		e.is(err, store.NotFound, "an entry inside")
		_, err = r.RecordByItem(rec.Item.ID, store.WantEntry)
		e.is(err, store.NotFound, "an item inside")
		_, err = collect(r.Changes(b.ID, store.Place{}, store.WantEntry))
		e.is(err, store.NotFound, "changes inside")
		for what, seq := range sequences(r, b.ID, rec) {
			if list, _ := collect(seq); len(list) != 0 {
				e.Errorf("%s finds %v", what, list)
			}
		}
		acct, err := r.Account()
		if acct.Used != 0 {
			e.Errorf("the account still uses %d bytes", acct.Used)
		}
		return err
	})
	e.refused(store.NotFound, e.alice.ID, "a second time", func(tx store.Tx) error { return tx.RemoveCollection(a.ID) })
}

func testCollectionChanges(e *env) {
	a := e.folder("A", 0)
	b := e.folder("B", 0)
	start := e.modSeq()
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(a.ID, 0, "A2"); return err })
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(b.ID) })
	e.add(e.in.ID, store.NewItem{}) // changes the inside, not the tree
	var got []store.Collection
	e.read(e.alice.ID, func(r store.Reader) (err error) {
		got, err = r.Collections(start)
		return err
	})
	if len(got) != 2 || got[0].ID != a.ID || got[0].Since(start) != store.Changed || got[1].ID != b.ID || got[1].Since(start) != store.Removed {
		e.Errorf("changes since %d: %+v", start, got)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		all, err := r.Collections(0)
		if slices.ContainsFunc(all, func(c store.Collection) bool { return c.Removed || c.ID == b.ID }) {
			e.Errorf("the live tree has a tombstone: %+v", all)
		}
		return err
	})
	if err := e.s.Prune(e.Context(), time.Now().Add(time.Hour)); err != nil {
		e.Fatalf("prune: %v", err)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Collections(start)
		e.is(err, store.Stale, "changes since before the floor")
		a, err := r.Account()
		if err != nil {
			return err
		}
		if _, err := r.Collections(a.Floor); err != nil {
			e.Errorf("changes since the floor: %v", err)
		}
		return nil
	})
}

func testCollectionOrder(e *env) {
	late := e.folder("Late", 0)
	child := e.folder("Child", e.in.ID)
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(child.ID, late.ID, "Child"); return err })
	parent := e.folder("Parent", 0)
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(late.ID, parent.ID, "Late"); return err })
	for _, since := range []store.ModSeq{0, 1} {
		e.read(e.alice.ID, func(r store.Reader) error {
			list, err := r.Collections(since)
			seen := map[store.CollectionID]bool{}
			for _, c := range list {
				if slices.ContainsFunc(list, func(p store.Collection) bool { return p.ID == c.Parent }) && !seen[c.Parent] {
					e.Errorf("since %d: collection %d comes before its parent %d", since, c.ID, c.Parent)
				}
				seen[c.ID] = true
			}
			return err
		})
	}
}
