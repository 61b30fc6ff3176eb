package storetest

import (
	"math/rand/v2"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// testBulk compares what is read in bulk with what ByUID tells, over pieces with and without holes.
func testBulk(e *env) {
	const n = 2300 // more than two pieces of any engine's
	random := rand.New(rand.NewPCG(1, 2))
	b := e.stage()
	e.write(e.alice.ID, func(tx store.Tx) error {
		for i := range n {
			item := store.NewItem{Blob: b, Flags: store.Flags(random.IntN(int(store.AllFlags) + 1))}
			if i%7 == 0 {
				item.Keywords = []string{"with space", "line\nend", "ä\"\\", "z"}
			}
			if _, err := tx.Add(e.in.ID, item); err != nil {
				return err
			}
		}
		return nil
	})
	check := func(what string) {
		e.read(e.alice.ID, func(r store.Reader) error {
			compareMarks(e, r, what)
			compareUIDs(e, r, what)
			return nil
		})
	}
	check("full")
	e.write(e.alice.ID, func(tx store.Tx) error {
		for uid := store.UID(1); uid <= n; uid++ {
			if uid < 900 && uid%3 == 0 || uid > 1500 && uid < 2100 || uid == n {
				if err := tx.Remove(e.in.ID, uid); err != nil {
					return err
				}
			}
		}
		return nil
	})
	check("with holes")
	e.read(e.alice.ID, func(r store.Reader) error {
		for _, err := range r.Marks(e.in.ID+1000, 1, 9) {
			e.is(err, store.NotFound, "another collection")
		}
		for _, err := range r.UIDs(e.in.ID + 1000) {
			e.is(err, store.NotFound, "another collection")
		}
		return nil
	})
}

func compareMarks(e *env, r store.Reader, what string) {
	for _, span := range [][2]store.UID{{1, store.MaxUID}, {0, 5}, {400, 1700}, {999, 1001}, {2300, store.MaxUID}, {7, 3}, {store.MaxUID, store.MaxUID}} {
		var want []store.Record
		for rec, err := range r.ByUID(e.in.ID, span[0], span[1], store.WantItem) {
			if err != nil {
				e.Fatalf("%s: %v", what, err)
			}
			want = append(want, rec)
		}
		n := 0
		for m, err := range r.Marks(e.in.ID, span[0], span[1]) {
			if err != nil {
				e.Fatalf("%s: marks: %v", what, err)
			}
			if n >= len(want) {
				e.Fatalf("%s, %v: too many marks", what, span)
			}
			if w := want[n]; m.UID != w.UID || m.ModSeq != w.ModSeq || m.Flags != w.Item.Flags || !slices.Equal(m.Keywords, w.Item.Keywords) {
				e.Fatalf("%s: marks %+v; want those of %+v", what, m, w)
			}
			n++
		}
		if n != len(want) {
			e.Errorf("%s, %v: %d marks; want %d", what, span, n, len(want))
		}
	}
}

func compareUIDs(e *env, r store.Reader, what string) {
	var want, got []store.UID
	for rec, err := range r.ByUID(e.in.ID, 1, store.MaxUID, store.WantEntry) {
		if err != nil {
			e.Fatalf("%s: %v", what, err)
		}
		want = append(want, rec.UID)
	}
	last := store.UID(0)
	for span, err := range r.UIDs(e.in.ID) {
		if err != nil {
			e.Fatalf("%s: UIDs: %v", what, err)
		}
		if span.First > span.Last || last != 0 && span.First <= last+1 {
			e.Errorf("%s: range %v behind %d", what, span, last)
		}
		last = span.Last
		for uid := span.First; uid <= span.Last; uid++ {
			got = append(got, uid)
		}
	}
	if !slices.Equal(got, want) {
		e.Errorf("%s: %d UIDs; want %d", what, len(got), len(want))
	}
}
