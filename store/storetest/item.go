package storetest

import (
	"reflect"
	"time"

	"github.com/gannetmail/gannet/store"
)

// equal compares records as values; times by moment.
func equal(a, b store.Record) bool {
	norm := func(r *store.Record) {
		r.Entry.Received, r.Item.Received = r.Entry.Received.UTC(), r.Item.Received.UTC()
		if r.Item.VerbTime.IsZero() {
			r.Item.VerbTime = time.Time{}
		}
	}
	norm(&a)
	norm(&b)
	return reflect.DeepEqual(a, b)
}

func testCopy(e *env) {
	other := e.folder("Other", 0)
	rec := e.add(e.in.ID, store.NewItem{
		Received: day(2), Flags: store.Seen | store.Answered, Keywords: []string{"k"}, Summary: []byte("sum"),
		Refs: store.Refs{MessageID: "m@x"}, Text: store.Text{Subject: "zebra"},
	})
	for _, dst := range []store.CollectionID{other.ID, e.in.ID} { // a copy beside the original is one more
		var c store.Record
		e.write(e.alice.ID, func(tx store.Tx) (err error) { c, err = tx.Copy(e.in.ID, rec.UID, dst); return err })
		if c.Item.ID == rec.Item.ID || c.Item.Blob != rec.Item.Blob || c.Item.Flags != rec.Item.Flags ||
			c.Item.Thread != rec.Item.Thread || !c.Item.Received.Equal(day(2)) || string(c.Item.Summary) != "sum" {
			e.Errorf("copy %+v of %+v", c, rec)
		}
		e.read(e.alice.ID, func(r store.Reader) error {
			got, err := r.Record(dst, c.UID, store.WantSummary)
			if !equal(got, c) {
				e.Errorf("read %+v; want %+v", got, c)
			}
			return err
		})
	}
	words := func() int { return len(search(e, store.Query{Terms: []store.Term{{Words: "zebra"}}})) }
	if n := words(); n != 3 {
		e.Errorf("search finds %d of three copies", n)
	}
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
	if n := words(); n != 2 {
		e.Errorf("search finds %d of two copies left", n)
	}
	e.write(e.alice.ID, func(tx store.Tx) error {
		_, err := tx.Replace(other.ID, 1, store.NewItem{Blob: e.stage(), Text: store.Text{Subject: "giraffe"}})
		return err
	})
	if n := words(); n != 1 {
		e.Errorf("search finds %d copies after one got other words; want 1", n)
	}
}

func testReplace(e *env) {
	rec := e.add(e.in.ID, store.NewItem{
		Received: day(2), Flags: store.Draft, Keywords: []string{"k"}, Summary: []byte("old"), Text: store.Text{Body: "walrus"},
		Refs: store.Refs{MessageID: "d@x", Subject: "s"},
	})
	n := store.NewItem{
		Blob: Stage(e, e.s, make([]byte, 5000)), Received: day(9), Flags: store.Seen, Keywords: []string{"no"},
		Summary: []byte("new"), Text: store.Text{Body: "penguin"}, Refs: store.Refs{MessageID: "d@x", Subject: "s"},
	}
	var got store.Record
	e.write(e.alice.ID, func(tx store.Tx) (err error) { got, err = tx.Replace(e.in.ID, rec.UID, n); return err })
	want := rec
	want.ModSeq, want.Created, want.UID, want.Saved = rec.ModSeq+1, rec.ModSeq+1, rec.UID+1, got.Saved
	want.Item.Blob, want.Item.Size, want.Item.Summary = n.Blob.ID(), 5000, []byte("new")
	want.Item.Stamps[0] = want.ModSeq
	if !equal(got, want) {
		e.Errorf("replaced %+v; want %+v", got, want)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Record(e.in.ID, rec.UID, store.WantEntry)
		e.is(err, store.NotFound, "the old UID")
		read, err := r.Record(e.in.ID, got.UID, store.WantSummary)
		if !equal(read, want) {
			e.Errorf("read %+v; want %+v", read, want)
		}
		a, err := r.Account()
		if a.Used != 5000 {
			e.Errorf("account uses %d bytes; want 5000", a.Used)
		}
		return err
	})
	if list := e.changes(e.in.ID, store.After(rec.ModSeq)); len(list) != 2 || list[0].UID != rec.UID || !list[0].Removed || list[1].UID != got.UID {
		e.Errorf("the journal says %+v", list)
	}
	if c := e.collection(e.in.ID); c.Size != 5000 || c.Total != 1 || c.UIDNext != got.UID+1 {
		e.Errorf("collection %+v", c)
	}
	if search(e, store.Query{Terms: []store.Term{{Words: "walrus"}}}) != nil || len(search(e, store.Query{Terms: []store.Term{{Words: "penguin"}}})) != 1 {
		e.Error("search finds the old words, or not the new ones")
	}
	e.refused(store.NotFound, e.alice.ID, "nothing", func(tx store.Tx) error { _, err := tx.Replace(e.in.ID, 99, n); return err })
}

func testRemove(e *env) {
	rec := e.add(e.in.ID, store.NewItem{Summary: []byte("s"), Text: store.Text{Subject: "doomed"}})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Record(e.in.ID, rec.UID, store.WantItem)
		e.is(err, store.NotFound, "the record")
		_, err = r.RecordByItem(rec.Item.ID, store.WantItem)
		e.is(err, store.NotFound, "the item")
		for what, seq := range sequences(r, e.in.ID, rec) {
			if list, err := collect(seq); len(list) != 0 || err != nil {
				e.Errorf("%s finds %v, %v", what, list, err)
			}
		}
		return nil
	})
	e.refused(store.NotFound, e.alice.ID, "a second time", func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
}

func testQuota(e *env) {
	e.write(0, func(tx store.Tx) error {
		a := e.alice
		a.Quota = 1000
		return tx.UpdateAccount(a)
	})
	add := func(b store.Staged) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.Add(e.in.ID, store.NewItem{Blob: b}); return err }
	}
	big, small := Stage(e, e.s, make([]byte, 600)), Stage(e, e.s, make([]byte, 400))
	e.write(e.alice.ID, add(big))
	e.refused(store.OverQuota, e.alice.ID, "add", add(big))
	e.refused(store.OverQuota, e.alice.ID, "copy", func(tx store.Tx) error { _, err := tx.Copy(e.in.ID, 1, e.in.ID); return err })
	e.write(e.alice.ID, add(small)) // exactly full
	e.refused(store.OverQuota, e.alice.ID, "replace by more", func(tx store.Tx) error {
		_, err := tx.Replace(e.in.ID, 2, store.NewItem{Blob: big})
		return err
	})
	var now store.UID
	e.write(e.alice.ID, func(tx store.Tx) error { // a failed write inside of a transaction that goes on
		_, err := tx.Add(e.in.ID, store.NewItem{Blob: big})
		e.is(err, store.OverQuota, "add")
		replaced, err := tx.Replace(e.in.ID, 1, store.NewItem{Blob: small})
		now = replaced.UID
		return err
	})
	e.write(0, func(tx store.Tx) error {
		a := e.alice
		a.Quota = 10
		return tx.UpdateAccount(a)
	})
	e.write(e.alice.ID, func(tx store.Tx) error { // over by far: less and the same are still allowed
		replaced, err := tx.Replace(e.in.ID, now, store.NewItem{Blob: small})
		now = replaced.UID
		return err
	})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, now) })
	e.read(e.alice.ID, func(r store.Reader) error {
		a, err := r.Account()
		if a.Used != 400 {
			e.Errorf("account uses %d bytes; want 400", a.Used)
		}
		return err
	})
}
