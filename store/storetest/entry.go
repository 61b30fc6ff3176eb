package storetest

import (
	"iter"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store"
)

// sequences are all the ways to walk to rec, an entry of collection c.
func sequences(r store.Reader, c store.CollectionID, rec store.Record) map[string]iter.Seq2[store.Record, error] {
	return map[string]iter.Seq2[store.Record, error]{
		"Changes": r.Changes(c, store.Place{}, store.WantItem),
		"Newest":  r.Newest(c, store.Age{}, store.Age{}, store.WantItem),
		"ByUID":   r.ByUID(c, 1, store.MaxUID, store.WantItem),
		"Thread":  r.Thread(rec.Item.Thread, store.WantItem),
		"Search":  r.Search(store.Query{Terms: []store.Term{{Words: "doomed"}}}, store.WantItem),
		"filter":  r.Search(store.Query{Thread: rec.Item.Thread}, store.WantItem),
		"all":     r.Search(store.Query{}, store.WantItem),
	}
}

func testEveryWrite(e *env) {
	other := e.folder("Other", 0)
	n := store.NewItem{Blob: e.stage(), Refs: store.Refs{MessageID: "a@x"}}
	rec := e.add(e.in.ID, n)
	steps := []struct {
		what string
		do   func(store.Tx) (store.Record, error)
	}{
		{"mark", func(tx store.Tx) (store.Record, error) {
			return tx.Mark(e.in.ID, rec.UID, store.FlagChange{Add: store.Seen})
		}},
		{"replace", func(tx store.Tx) (store.Record, error) { return tx.Replace(e.in.ID, rec.UID, n) }},
		{"copy", func(tx store.Tx) (store.Record, error) { return tx.Copy(e.in.ID, rec.UID, other.ID) }},
		{"move", func(tx store.Tx) (store.Record, error) { return tx.Move(e.in.ID, rec.UID, other.ID) }},
	}
	for _, s := range steps {
		before := e.modSeq()
		var got store.Record
		e.write(e.alice.ID, func(tx store.Tx) (err error) { got, err = s.do(tx); return err })
		if s.what == "replace" {
			rec = got
		}
		if e.modSeq() != before+1 || got.ModSeq != before+1 {
			e.Errorf("%s: modseq %d, entry at %d; want %d", s.what, e.modSeq(), got.ModSeq, before+1)
		}
		list := e.changes(got.Collection, store.After(before))
		if !slices.ContainsFunc(list, func(r store.Record) bool { return r.Entry == got.Entry }) {
			e.Errorf("%s: the journal after %d is %v; want %+v in it", s.what, before, list, got.Entry)
		}
		if c := e.collection(got.Collection); c.Changed != before+1 {
			e.Errorf("%s: the collection was changed at %d; want %d", s.what, c.Changed, before+1)
		}
	}
}

func testCommitOrder(e *env) {
	done := make(chan struct{})
	b := e.stage()
	go func() {
		defer close(done)
		for range 100 {
			e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Add(e.in.ID, store.NewItem{Blob: b}); return err })
		}
	}()
	var place store.Place
	var seen []store.UID
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for _, rec := range e.changes(e.in.ID, place) {
			seen = append(seen, rec.UID)
			place = rec.Place()
		}
	}
	if len(seen) != 100 || !slices.IsSorted(seen) {
		e.Errorf("a reader that goes on where it stood saw %d entries of 100, sorted: %v", len(seen), slices.IsSorted(seen))
	}
}

func testUIDs(e *env) {
	other := e.folder("Other", 0)
	a := e.add(e.in.ID, store.NewItem{})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, a.UID) })
	b := e.add(e.in.ID, store.NewItem{})
	if b.UID <= a.UID {
		e.Errorf("UID %d after a removed %d", b.UID, a.UID)
	}
	if err := e.s.Prune(e.Context(), time.Now().Add(time.Hour)); err != nil {
		e.Fatalf("prune: %v", err)
	}
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Move(e.in.ID, b.UID, other.ID); return err })
	back := e.changes(other.ID, store.Place{})[0]
	var again store.Record
	e.write(e.alice.ID, func(tx store.Tx) (err error) { again, err = tx.Move(other.ID, back.UID, e.in.ID); return err })
	if again.UID <= b.UID {
		e.Errorf("UID %d after a moved %d", again.UID, b.UID)
	}
	if c := e.collection(e.in.ID); c.UIDNext != again.UID+1 {
		e.Errorf("UIDNEXT %d; want %d", c.UIDNext, again.UID+1)
	}
	e.refused(store.NotFound, e.alice.ID, "the old UID", func(tx store.Tx) error { return tx.Remove(e.in.ID, b.UID) })
}

func testMove(e *env) {
	other := e.folder("Other", 0)
	rec := e.add(e.in.ID, store.NewItem{Flags: store.Flagged, Keywords: []string{"k"}, Summary: []byte("sum")})
	before := e.modSeq()
	e.refused(store.Invalid, e.alice.ID, "within a collection", func(tx store.Tx) error {
		_, err := tx.Move(e.in.ID, rec.UID, e.in.ID)
		return err
	})
	var moved store.Record
	e.write(e.alice.ID, func(tx store.Tx) (err error) { moved, err = tx.Move(e.in.ID, rec.UID, other.ID); return err })
	if moved.Item.ID != rec.Item.ID || moved.Collection != other.ID || moved.Created != before+1 || !moved.Entry.Received.Equal(rec.Entry.Received) {
		e.Errorf("moved record %+v of %+v", moved, rec)
	}
	if moved.Item.Stamps != rec.Item.Stamps {
		e.Errorf("a move changed the stamps from %v to %v", rec.Item.Stamps, moved.Item.Stamps)
	}
	old := e.changes(e.in.ID, store.After(before))
	if len(old) != 1 || !old[0].Removed || old[0].UID != rec.UID || old[0].Since(before) != store.Removed || old[0].Entry.Item != rec.Item.ID {
		e.Errorf("journal of the source: %+v", old)
	}
	if old[0].Item.ID != 0 {
		e.Errorf("a tombstone has an item: %+v", old[0].Item)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		got, err := r.RecordByItem(rec.Item.ID, store.WantSummary)
		if got.Entry != moved.Entry || string(got.Item.Summary) != "sum" || got.Item.Flags != store.Flagged {
			e.Errorf("by item: %+v; want %+v", got, moved)
		}
		return err
	})
	if a, b := e.collection(e.in.ID), e.collection(other.ID); a.Total != 0 || a.Size != 0 || b.Total != 1 || b.Unread != 1 || b.Size != rec.Item.Size {
		e.Errorf("counters after a move: %+v, %+v", a, b)
	}
}

func testPrune(e *env) {
	var recs []store.Record
	for range 5 {
		recs = append(recs, e.add(e.in.ID, store.NewItem{}))
	}
	start := e.modSeq()
	for _, rec := range recs[:3] {
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
	}
	if err := e.s.Prune(e.Context(), time.Now().Add(-time.Hour)); err != nil {
		e.Fatalf("prune: %v", err)
	}
	if got := e.changes(e.in.ID, store.After(start)); len(got) != 3 {
		e.Errorf("young tombstones were pruned: %v", got)
	}
	if err := e.s.Prune(e.Context(), time.Now().Add(time.Hour)); err != nil {
		e.Fatalf("prune: %v", err)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		a, err := r.Account()
		if a.Floor != start+3 {
			e.Errorf("floor %d; want %d", a.Floor, start+3)
		}
		_, stale := collect(r.Changes(e.in.ID, store.After(start+2), store.WantEntry))
		e.is(stale, store.Stale, "a memory below the floor")
		for _, p := range []store.Place{{}, store.After(a.Floor)} {
			if _, err := collect(r.Changes(e.in.ID, p, store.WantEntry)); err != nil {
				e.Errorf("changes after %v: %v", p, err)
			}
		}
		return err
	})
	if got := e.changes(e.in.ID, store.Place{}); len(got) != 2 {
		e.Errorf("%d live entries after Prune; want 2", len(got))
	}
	if n := e.modSeq(); n != start+3 {
		e.Errorf("Prune moved modseq to %d", n)
	}
}

// testPrunePlace prunes tombstones of a transaction that a reader stands inside of.
func testPrunePlace(e *env) {
	var recs []store.Record
	for range 4 {
		recs = append(recs, e.add(e.in.ID, store.NewItem{}))
	}
	e.write(e.alice.ID, func(tx store.Tx) error {
		for _, rec := range recs {
			if err := tx.Remove(e.in.ID, rec.UID); err != nil {
				return err
			}
		}
		return nil
	})
	if err := e.s.Prune(e.Context(), time.Now().Add(time.Hour)); err != nil {
		e.Fatalf("prune: %v", err)
	}
	at := e.modSeq()
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := collect(r.Changes(e.in.ID, store.Place{ModSeq: at, UID: recs[1].UID}, store.WantEntry))
		e.is(err, store.Stale, "a place in the middle of what was pruned")
		_, err = collect(r.Changes(e.in.ID, store.Place{ModSeq: at, UID: recs[3].UID}, store.WantEntry))
		return err
	})
}

func testPlace(e *env) {
	e.write(e.alice.ID, func(tx store.Tx) error {
		for range 10 {
			if _, err := tx.Add(e.in.ID, store.NewItem{Blob: e.stage()}); err != nil {
				return err
			}
		}
		return nil
	})
	var got []store.UID
	var p store.Place
	for {
		window := e.list(func(r store.Reader) iter.Seq2[store.Record, error] {
			return func(yield func(store.Record, error) bool) {
				n := 0
				for rec, err := range r.Changes(e.in.ID, p, store.WantEntry) {
					if n++; n > 3 || !yield(rec, err) {
						return
					}
				}
			}
		})
		if len(window) == 0 {
			break
		}
		got = append(got, uids(window)...)
		p = window[len(window)-1].Place()
	}
	if want := []store.UID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}; !slices.Equal(got, want) {
		e.Errorf("windows of three: %v; want %v", got, want)
	}
}

func testChanges(e *env) {
	a, b := e.add(e.in.ID, store.NewItem{}), e.add(e.in.ID, store.NewItem{})
	start := e.modSeq()
	c := e.add(e.in.ID, store.NewItem{})
	e.write(e.alice.ID, func(tx store.Tx) error {
		_, err := tx.Mark(e.in.ID, a.UID, store.FlagChange{Add: store.Seen})
		return err
	})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, b.UID) })
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, c.UID) })
	got := e.changes(e.in.ID, store.After(start))
	ops := map[store.UID]store.Op{}
	for i, rec := range got {
		ops[rec.UID] = rec.Since(start)
		if i > 0 && !got[i-1].Place().Less(rec.Place()) {
			e.Errorf("journal order: %v before %v", got[i-1].Place(), rec.Place())
		}
	}
	if len(got) != 3 || ops[a.UID] != store.Changed || ops[b.UID] != store.Removed || ops[c.UID] != store.Unchanged {
		e.Errorf("changes: %v", ops)
	}
	if all := e.changes(e.in.ID, store.Place{}); len(all) != 1 || all[0].UID != a.UID {
		e.Errorf("from the zero place: %v; want the live entry only", all)
	}
}

func testNewest(e *env) {
	days := []int{3, 1, 2, 2, 5, 4}
	for _, d := range days {
		e.add(e.in.ID, store.NewItem{Received: day(d)})
	}
	newest := func(before, since store.Age) []store.UID {
		return uids(e.list(func(r store.Reader) iter.Seq2[store.Record, error] {
			return r.Newest(e.in.ID, before, since, store.WantItem)
		}))
	}
	tests := []struct {
		name          string
		before, since store.Age
		want          []store.UID
	}{
		{"all", store.Age{}, store.Age{}, []store.UID{5, 6, 1, 4, 3, 2}},
		{"before an entry", store.Age{Received: day(3), UID: 1}, store.Age{}, []store.UID{4, 3, 2}},
		{"before one of two of a moment", store.Age{Received: day(2), UID: 4}, store.Age{}, []store.UID{3, 2}},
		{"since a moment", store.Age{}, store.Age{Received: day(3)}, []store.UID{5, 6, 1}},
		{"between", store.Age{Received: day(4), UID: 6}, store.Age{Received: day(2), UID: 4}, []store.UID{1, 4}},
		{"nothing", store.Age{Received: day(0)}, store.Age{}, nil},
	}
	for _, tt := range tests {
		if got := newest(tt.before, tt.since); !slices.Equal(got, tt.want) {
			e.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
	old := e.add(e.in.ID, store.NewItem{Received: time.Date(1969, 7, 20, 20, 17, 40, 123456789, time.FixedZone("", 3600))})
	if want := time.Date(1969, 7, 20, 19, 17, 40, 123e6, time.UTC); !old.Entry.Received.Equal(want) || old.Entry.Received.Location() != time.UTC {
		e.Errorf("arrival %v; want %v", old.Entry.Received, want)
	}
	if got := newest(store.Age{}, store.Age{}); got[len(got)-1] != old.UID {
		e.Errorf("an entry from before 1970 is not the oldest: %v", got)
	}
}

func testByUID(e *env) {
	for range 6 {
		e.add(e.in.ID, store.NewItem{})
	}
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, 3) })
	tests := []struct {
		lo, hi store.UID
		want   []store.UID
	}{
		{1, store.MaxUID, []store.UID{1, 2, 4, 5, 6}}, {2, 4, []store.UID{2, 4}}, {3, 3, nil}, {6, 6, []store.UID{6}}, {5, 2, nil}, {7, 9, nil},
	}
	for _, tt := range tests {
		got := uids(e.list(func(r store.Reader) iter.Seq2[store.Record, error] {
			return r.ByUID(e.in.ID, tt.lo, tt.hi, store.WantEntry)
		}))
		if !slices.Equal(got, tt.want) {
			e.Errorf("%d to %d: %v; want %v", tt.lo, tt.hi, got, tt.want)
		}
	}
}

func testWant(e *env) {
	added := e.add(e.in.ID, store.NewItem{
		Received: day(1), Flags: store.Seen | store.Draft, Keywords: []string{"b", "a"}, Summary: []byte("sum"),
	})
	if added.Item.Class != store.Mail || added.Item.Account != e.alice.ID || added.Item.Thread == 0 || !added.Item.Received.Equal(day(1)) {
		e.Errorf("added: %+v", added)
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		for _, want := range []store.Want{store.WantEntry, store.WantItem, store.WantSummary} {
			expect := added
			switch want {
			case store.WantEntry:
				expect.Item = store.Item{}
			case store.WantItem:
				expect.Item.Summary = nil
			}
			got, err := r.Record(e.in.ID, added.UID, want)
			if err != nil || !equal(got, expect) {
				e.Errorf("want %d: %+v, %v; want %+v", want, got, err, expect)
			}
			byItem, err := r.RecordByItem(added.Item.ID, want)
			if err != nil || !equal(byItem, expect) {
				e.Errorf("by item, want %d: %+v, %v; want %+v", want, byItem, err, expect)
			}
		}
		return nil
	})
}

// testWalkAndWrite marks, moves and removes entries inside of loops over them.
func testWalkAndWrite(e *env) {
	other := e.folder("Other", 0)
	for range 300 {
		e.add(e.in.ID, store.NewItem{Blob: Stage(e, e.s, []byte("same"))})
	}
	steps, moved := 0, 0
	e.write(e.alice.ID, func(tx store.Tx) error {
		for rec, err := range tx.Changes(e.in.ID, store.Place{}, store.WantItem) {
			if err != nil {
				return err
			}
			steps++
			if _, err := tx.Mark(e.in.ID, rec.UID, store.FlagChange{Add: store.Seen}); err != nil {
				return err
			}
		}
		for rec, err := range tx.ByUID(e.in.ID, 1, store.MaxUID, store.WantEntry) {
			if err != nil {
				return err
			}
			if _, err := tx.Move(e.in.ID, rec.UID, other.ID); err != nil {
				return err
			}
			moved++
		}
		return nil
	})
	if steps != 300 || moved != 300 || e.collection(other.ID).Total != 300 || e.collection(other.ID).Unread != 0 {
		e.Errorf("%d marked, %d moved of 300; then %+v", steps, moved, e.collection(other.ID))
	}
}
