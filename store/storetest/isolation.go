package storetest

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/gannetmail/gannet/store"
)

func testIsolation(e *env) {
	bobIn := Role(e, e.s, e.bob.ID, store.Inbox)
	rec := Add(e, e.s, e.bob.ID, bobIn.ID, []byte("bob's"), store.NewItem{Text: store.Text{Subject: "doomed"}, Refs: store.Refs{MessageID: "m@x"}})
	mine := e.add(e.in.ID, store.NewItem{})
	e.write(e.bob.ID, func(tx store.Tx) error { return tx.PutDevice(store.Device{ID: "bobs"}) })
	n := store.NewItem{Blob: e.stage()}

	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Collection(bobIn.ID)
		e.is(err, store.NotFound, "Collection")
		_, err = r.Record(bobIn.ID, rec.UID, store.WantItem)
		e.is(err, store.NotFound, "Record")
		_, err = r.RecordByItem(rec.Item.ID, store.WantItem)
		e.is(err, store.NotFound, "RecordByItem")
		_, err = collect(r.Search(store.Query{Collections: []store.CollectionID{bobIn.ID}}, store.WantItem))
		e.is(err, store.NotFound, "Search in bob's collection")
		_, err = r.Grants(bobIn.ID)
		e.is(err, store.NotFound, "Grants")
		_, err = r.Annotations(bobIn.ID)
		e.is(err, store.NotFound, "Annotations")
		_, err = r.Device("bobs")
		e.is(err, store.NotFound, "Device")
		_, err = r.State("bobs", "k")
		e.is(err, store.NotFound, "State")
		for what, seq := range sequences(r, bobIn.ID, rec) {
			list, _ := collect(seq)
			for _, got := range list {
				if got.Collection == bobIn.ID || got.Item.Account == e.bob.ID {
					e.Errorf("%s shows %+v", what, got)
				}
			}
		}
		for _, what := range []string{"Changes", "Newest", "ByUID"} {
			_, err := collect(sequences(r, bobIn.ID, rec)[what])
			e.is(err, store.NotFound, what)
		}
		return nil
	})
	writes := map[string]func(tx store.Tx) error{
		"CreateCollection below": func(tx store.Tx) error {
			_, err := tx.CreateCollection(store.Collection{Name: "x", Class: store.Mail, Parent: bobIn.ID})
			return err
		},
		"UpdateCollection": func(tx store.Tx) error { _, err := tx.UpdateCollection(bobIn.ID, 0, "x"); return err },
		"UpdateCollection to": func(tx store.Tx) error {
			_, err := tx.UpdateCollection(e.in.ID, bobIn.ID, "x")
			return err
		},
		"RemoveCollection": func(tx store.Tx) error { return tx.RemoveCollection(bobIn.ID) },
		"Add":              func(tx store.Tx) error { _, err := tx.Add(bobIn.ID, n); return err },
		"Replace":          func(tx store.Tx) error { _, err := tx.Replace(bobIn.ID, rec.UID, n); return err },
		"Move from":        func(tx store.Tx) error { _, err := tx.Move(bobIn.ID, rec.UID, e.in.ID); return err },
		"Move to":          func(tx store.Tx) error { _, err := tx.Move(e.in.ID, mine.UID, bobIn.ID); return err },
		"Copy from":        func(tx store.Tx) error { _, err := tx.Copy(bobIn.ID, rec.UID, e.in.ID); return err },
		"Copy to":          func(tx store.Tx) error { _, err := tx.Copy(e.in.ID, mine.UID, bobIn.ID); return err },
		"Remove":           func(tx store.Tx) error { return tx.Remove(bobIn.ID, rec.UID) },
		"Mark": func(tx store.Tx) error {
			_, err := tx.Mark(bobIn.ID, rec.UID, store.FlagChange{Add: store.Seen})
			return err
		},
		"SetSubscribed": func(tx store.Tx) error { return tx.SetSubscribed(bobIn.ID, false) },
		"PutGrant": func(tx store.Tx) error {
			return tx.PutGrant(store.Grant{Collection: bobIn.ID, Rights: store.MayRead})
		},
		"PutAnnotation": annotate(bobIn.ID, "/private/comment", []byte("x")),
		"RemoveDevice":  func(tx store.Tx) error { return tx.RemoveDevice("bobs") },
		"PutState":      func(tx store.Tx) error { return tx.PutState("bobs", "k", []byte("v")) },
	}
	for what, fn := range writes {
		e.refused(store.NotFound, e.alice.ID, what, fn)
	}
	if c := Role(e, e.s, e.bob.ID, store.Inbox); c.Total != 1 || c.Changed != rec.ModSeq {
		e.Errorf("bob's inbox after all that: %+v", c)
	}
}

func testServerAccount(e *env) {
	e.refused(store.Invalid, 0, "a collection of the server's", func(tx store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: "x", Class: store.Mail})
		return err
	})
	e.refused(store.Invalid, 0, "a device of the server's", func(tx store.Tx) error { return tx.PutDevice(store.Device{ID: "x"}) })
	e.refused(store.Invalid, 0, "a subscription of the server's", func(tx store.Tx) error { return tx.Subscribe("x") })
	e.refused(store.Invalid, 0, "an annotation of the server's", annotate(0, "/shared/comment", []byte("x")))
	e.refused(store.NotFound, 0, "alice's collection", func(tx store.Tx) error { return tx.RemoveCollection(e.in.ID) })
	e.read(0, func(r store.Reader) error {
		list, err := r.Collections(0)
		if len(list) != 0 {
			e.Errorf("collections of the server: %v", list)
		}
		_, err = r.Resolve("")
		e.is(err, store.NotFound, "the empty address")
		return nil
	})
}

func testBackup(e *env) {
	for i := range 20 {
		e.add(e.in.ID, store.NewItem{Blob: Stage(e, e.s, noise(10_000*i, uint64(i)))})
	}
	path := filepath.Join(e.TempDir(), "copy.db")
	var steps int
	var last, all int64
	err := e.s.Backup(e.Context(), path, func(done, total int64) { steps++; last, all = done, total })
	if err != nil || steps == 0 || last != all || all == 0 {
		e.Fatalf("backup: %v, %d steps, %d of %d", err, steps, last, all)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() < 1_000_000 {
		e.Errorf("backup: %v, %v", info, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		e.Fatal(err)
	}
	e.is(e.s.Backup(e.Context(), path, nil), store.Exists, "a backup onto a file")
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		e.Errorf("the file changed: %v", err)
	}
}
