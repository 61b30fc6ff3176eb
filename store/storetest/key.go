package storetest

import (
	"strings"

	"github.com/gannetmail/gannet/store"
)

// testKeys names objects: a key is in a collection once, and leads to its entry.
func testKeys(e *env) {
	cal, other := Role(e, e.s, e.alice.ID, store.MainCal), e.calendar("Other")
	add := func(c store.CollectionID, key string) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.Add(c, store.NewItem{Blob: e.stage(), Key: key}); return err }
	}
	find := func(c store.CollectionID, key string, want store.UID) {
		e.Helper()
		e.read(e.alice.ID, func(r store.Reader) error {
			rec, err := r.RecordByKey(c, key, store.WantItem)
			if want == 0 {
				e.is(err, store.NotFound, "key "+key)
				return nil
			}
			if rec.UID != want || rec.Key != key || rec.Item.ID == 0 {
				e.Errorf("key %q is %+v; want UID %d", key, rec, want)
			}
			return err
		})
	}
	e.write(e.alice.ID, add(cal.ID, "a"))
	e.write(e.alice.ID, add(cal.ID, "A"))
	e.write(e.alice.ID, add(cal.ID, ""))
	e.write(e.alice.ID, add(cal.ID, ""))
	e.write(e.alice.ID, add(other.ID, "a"))
	find(cal.ID, "a", 1)
	find(cal.ID, "A", 2)
	find(cal.ID, "", 0)
	find(cal.ID, "b", 0)
	find(other.ID, "a", 1)
	e.refused(store.Exists, e.alice.ID, "the key again", add(cal.ID, "a"))
	e.refused(store.Invalid, e.alice.ID, "a long key", add(cal.ID, strings.Repeat("x", store.MaxKey+1)))
	e.refused(store.Exists, e.alice.ID, "a move onto it", func(tx store.Tx) error { _, err := tx.Move(other.ID, 1, cal.ID); return err })
	e.refused(store.Exists, e.alice.ID, "a copy beside it", func(tx store.Tx) error { _, err := tx.Copy(cal.ID, 1, cal.ID); return err })
	e.refused(store.Exists, e.alice.ID, "another's key", func(tx store.Tx) error {
		_, err := tx.Replace(cal.ID, 2, store.NewItem{Blob: e.stage(), Key: "a"})
		return err
	})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(cal.ID, 1) })
	find(cal.ID, "a", 0)
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Move(other.ID, 1, cal.ID); return err })
	find(cal.ID, "a", 5)
	find(other.ID, "a", 0)
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Copy(cal.ID, 5, other.ID); return err })
	find(other.ID, "a", 2)
	e.write(e.alice.ID, func(tx store.Tx) error {
		_, err := tx.Replace(cal.ID, 5, store.NewItem{Blob: e.stage(), Key: "c"})
		return err
	})
	find(cal.ID, "a", 0)
	find(cal.ID, "c", 5)
	e.read(e.bob.ID, func(r store.Reader) error {
		_, err := r.RecordByKey(cal.ID, "c", store.WantItem)
		e.is(err, store.NotFound, "somebody else's key")
		return nil
	})
}

// testReplaceObject replaces what is no message: its entry stays, unless its place in the order changes.
func testReplaceObject(e *env) {
	cal := Role(e, e.s, e.alice.ID, store.MainCal)
	rec := e.add(cal.ID, store.NewItem{Key: "k", Received: day(2), Text: store.Text{Subject: "walrus"}, Keywords: []string{"w"}})
	replace := func(n store.NewItem) (got store.Record) {
		n.Blob = Stage(e, e.s, text(700, 7))
		e.write(e.alice.ID, func(tx store.Tx) (err error) { got, err = tx.Replace(cal.ID, rec.UID, n); return err })
		return got
	}
	for _, received := range []store.NewItem{{}, {Received: day(2)}} {
		got := replace(received)
		want := rec
		want.ModSeq, want.Item.Stamps[0], want.Item.Blob, want.Item.Size = got.ModSeq, got.ModSeq, got.Item.Blob, 700
		if !equal(got, want) || got.ModSeq == rec.ModSeq {
			e.Errorf("replaced %+v; want %+v", got, want)
		}
		rec = got
	}
	moved := replace(store.NewItem{Received: day(9), Text: store.Text{Subject: "penguin"}})
	if moved.UID != rec.UID+1 || moved.Item.ID != rec.Item.ID || moved.Key != "k" || !moved.Received.Equal(day(9)) || !moved.Item.Received.Equal(day(9)) ||
		moved.Item.Keywords[0] != "w" {
		e.Errorf("with another time: %+v", moved)
	}
	if c := e.collection(cal.ID); c.Total != 1 || c.Size != 700 {
		e.Errorf("collection %+v", c)
	}
	if search(e, store.Query{Terms: []store.Term{{Words: "walrus"}}}) != nil || len(search(e, store.Query{Terms: []store.Term{{Words: "penguin"}}})) != 1 {
		e.Error("search finds the old words, or not the new ones")
	}
}

func (e *env) calendar(name string) (c store.Collection) {
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: name, Class: store.Calendar})
		return err
	})
	return c
}
