package sqlite

import (
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestFaultChores lets each statement of the writer's own work fail in turn: indexing, purging,
// deleting bytes. It is done again, and the store is sound in between and at the end.
func TestFaultChores(t *testing.T) {
	s := openTest(t, Options{noChores: true})
	a, in := newAccount(t, s, "alice@example.test")
	resume := func() { onWriter(t, s, func(*conn) error { s.writer.chores.retry = time.Time{}; return nil }) }
	hits := 0
	for n := range 60 {
		makeChores(t, s, a, in)
		hit := failAt(t, s, n, "", func() { s.writer.chores.retry = time.Time{} })
		for s.writer.chores.due.Load() != 0 && !hit.Load() {
			time.Sleep(time.Millisecond) // nothing tells when
		}
		if hit.Swap(true) { // no later statement shall fail
			hits++
		}
		checkClean(t, s)
		resume() // not in a second, as after a true error
		idle(t, s)
		checkClean(t, s)
		if left := unreferenced(t, s); left != 0 {
			t.Errorf("statement %d: %d blobs are left", n, left)
		}
		view(t, s, a.ID, func(r store.Reader) error {
			found := 0
			for _, err := range r.Search(store.Query{Terms: []store.Term{{Words: "kept"}}}, store.WantEntry) {
				if err != nil {
					return err
				}
				found++
			}
			if found != n+1 {
				t.Errorf("statement %d: search finds %d of %d", n, found, n+1)
			}
			return nil
		})
		if t.Failed() {
			return
		}
		onWriter(t, s, func(c *conn) error {
			c.inject = nil
			s.writer.chores.retry = time.Now().Add(time.Hour)
			return nil
		})
	}
	if hits < 30 {
		t.Errorf("only %d of the chores' statements failed", hits)
	}
}

// makeChores adds a message that stays, and leaves behind something for each chore.
func makeChores(t *testing.T, s *Store, a store.Account, in store.Collection) {
	t.Helper()
	n := int(s.now().UnixNano())
	if err := addBytes(s, a, in, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	big, err := stageBytes(s, noise(500_000, n))
	if err != nil {
		t.Fatal(err)
	}
	defer big.Release()
	update(t, s, a.ID, func(tx store.Tx) error {
		c, err := tx.CreateCollection(store.Collection{Name: "doomed", Class: store.Mail})
		if err != nil {
			return err
		}
		for range 2 {
			if _, err := tx.Add(c.ID, store.NewItem{Blob: big, Text: store.Text{Body: "doomed"}, Refs: store.Refs{MessageID: "d@x"}}); err != nil {
				return err
			}
		}
		if err := tx.Remove(c.ID, 1); err != nil {
			return err
		}
		return tx.RemoveCollection(c.ID)
	})
}
