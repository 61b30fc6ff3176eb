package storetest

import (
	"time"

	"github.com/gannetmail/gannet/store"
)

// testDeletedCounters follows what a collection counts of entries marked Deleted.
func testDeletedCounters(e *env) {
	other := e.folder("Other", 0)
	counts := func(what string, c store.CollectionID, n, size int64) {
		e.Helper()
		if got := e.collection(c); got.Deleted != n || got.DeletedSize != size {
			e.Errorf("%s: collection %d counts %d deleted, %d bytes; want %d, %d", what, c, got.Deleted, got.DeletedSize, n, size)
		}
	}
	do := func(fn func(store.Tx) (store.Record, error)) (rec store.Record) {
		e.Helper()
		e.write(e.alice.ID, func(tx store.Tx) (err error) { rec, err = fn(tx); return err })
		return rec
	}
	sized := func(n int) store.NewItem { return store.NewItem{Blob: Stage(e, e.s, text(n, uint64(n)))} }
	n := sized(1000)
	n.Flags = store.Deleted | store.Seen
	rec := e.add(e.in.ID, n)
	e.add(e.in.ID, sized(200))
	counts("added", e.in.ID, 1, 1000)
	marked := do(func(tx store.Tx) (store.Record, error) {
		return tx.Mark(e.in.ID, 2, store.FlagChange{Add: store.Deleted})
	})
	counts("marked", e.in.ID, 2, 1200)
	marked = do(func(tx store.Tx) (store.Record, error) { return tx.Replace(e.in.ID, marked.UID, sized(50)) })
	counts("replaced by less", e.in.ID, 2, 1050)
	marked = do(func(tx store.Tx) (store.Record, error) { return tx.Replace(e.in.ID, marked.UID, sized(3000)) })
	counts("replaced by more", e.in.ID, 2, 4000)
	copied := do(func(tx store.Tx) (store.Record, error) { return tx.Copy(e.in.ID, rec.UID, other.ID) })
	counts("copied", other.ID, 1, 1000)
	moved := do(func(tx store.Tx) (store.Record, error) { return tx.Move(e.in.ID, marked.UID, other.ID) })
	counts("moved from", e.in.ID, 1, 1000)
	counts("moved to", other.ID, 2, 4000)
	do(func(tx store.Tx) (store.Record, error) {
		return tx.Mark(other.ID, copied.UID, store.FlagChange{Remove: store.Deleted})
	})
	counts("unmarked", other.ID, 1, 3000)
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(other.ID, moved.UID) })
	counts("removed", other.ID, 0, 0)

	start := e.modSeq()
	do(func(tx store.Tx) (store.Record, error) { return tx.Copy(e.in.ID, rec.UID, other.ID) })
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(other.ID) })
	e.read(e.alice.ID, func(r store.Reader) error {
		list, err := r.Collections(start)
		if len(list) != 1 || !list[0].Removed || list[0].Deleted != 0 || list[0].DeletedSize != 0 {
			e.Errorf("the tombstone: %+v", list)
		}
		return err
	})
}

// testSaved follows when an entry came into its collection.
func testSaved(e *env) {
	other := e.folder("Other", 0)
	// during runs an update at a moment that is another millisecond than all before and behind it, and
	// checks that its entry was saved in it.
	during := func(what string, fn func(store.Tx) (store.Record, error)) (rec store.Record) {
		e.Helper()
		start := nextMilli()
		e.write(e.alice.ID, func(tx store.Tx) (err error) { rec, err = fn(tx); return err })
		if rec.Saved.Before(start) || rec.Saved.After(time.Now()) || rec.Saved.Location() != time.UTC {
			e.Errorf("%s: saved at %v; want between %v and now, UTC", what, rec.Saved, start)
		}
		nextMilli()
		return rec
	}
	same := func(what string, rec store.Record, at time.Time) {
		e.Helper()
		list := e.changes(rec.Collection, store.After(0))
		for _, got := range list {
			if got.UID == rec.UID && !got.Saved.Equal(at) {
				e.Errorf("%s: saved at %v; want %v", what, got.Saved, at)
			}
		}
	}
	rec := during("add", func(tx store.Tx) (store.Record, error) {
		return tx.Add(e.in.ID, store.NewItem{Blob: e.stage(), Received: day(-1000)})
	})
	same("added", rec, rec.Saved)
	var got store.Record
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		got, err = tx.Mark(e.in.ID, rec.UID, store.FlagChange{Add: store.Deleted})
		return err
	})
	if !got.Saved.Equal(rec.Saved) {
		e.Errorf("a change moved the time of saving from %v to %v", rec.Saved, got.Saved)
	}
	same("changed", rec, rec.Saved)
	rec = during("replace", func(tx store.Tx) (store.Record, error) {
		return tx.Replace(e.in.ID, rec.UID, store.NewItem{Blob: e.stage()})
	})
	same("replaced", rec, rec.Saved)
	copied := during("copy", func(tx store.Tx) (store.Record, error) { return tx.Copy(e.in.ID, rec.UID, other.ID) })
	moved := during("move", func(tx store.Tx) (store.Record, error) { return tx.Move(e.in.ID, rec.UID, other.ID) })
	same("the copy", copied, copied.Saved)
	same("the moved one", moved, moved.Saved)
	same("what was left behind", rec, rec.Saved)
	if !moved.Entry.Received.Equal(day(-1000)) {
		e.Errorf("a move changed the arrival to %v", moved.Entry.Received)
	}
}

// nextMilli waits until the clock shows another millisecond, and returns it.
func nextMilli() time.Time {
	for start := time.Now().UnixMilli(); ; {
		if now := time.Now().UnixMilli(); now != start {
			return time.UnixMilli(now)
		}
	}
}
