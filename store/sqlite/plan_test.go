package sqlite

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestPlans asks SQLite how it would run every statement of the engine's reads and writes: none may
// walk a table that grows with mailboxes, or sort what it could read in order.
func TestPlans(t *testing.T) {
	s := openTest(t, Options{})
	seen := map[string]bool{}
	a, in := newAccount(t, s, "alice@example.test")
	onWriter(t, s, func(c *conn) error {
		c.inject = func(query string) error { seen[query] = true; return nil }
		return nil
	})
	other := exercise(t, s, a, in)
	onWriter(t, s, func(c *conn) error { c.inject = nil; return nil })
	c, err := s.readers.get(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c.inject = func(query string) error { seen[query] = true; return nil }
	s.readers.put(c)
	for range 2 * cap(s.readers.idle) { // so that the watched connection is among those used
		read(t, s, a, in, other)
	}
	plans := openFile(t, s.Path())
	for query := range seen {
		for _, step := range explain(t, plans, query) {
			if problem := slow(query, step); problem != "" {
				t.Errorf("%s: %s\n%s", problem, step, query)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d statements were seen", len(seen))
	}
}

func explain(t *testing.T, c *conn, query string) (steps []string) {
	t.Helper()
	if !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, strings.ToUpper(strings.Fields(query)[0])) {
		return nil
	}
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = int64(1)
	}
	err := c.all(func(r *rows) { _, _, _ = r.int(), r.int(), r.int(); steps = append(steps, r.text()) }, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("explain %s: %v", query, err)
	}
	return steps
}

// slow says what is wrong with a step of a plan. Tables of the directory are short, and a conversation
// or one step's worth of rows may be sorted.
func slow(query, step string) string {
	fields := strings.Fields(step)
	big := []string{"e", "i", "s", "entry", "item", "summary", "chunk", "blob", "thread_ref", "device_state", "queue", "acl", "annotation", "subscription", "setting"}
	switch {
	case fields[0] == "SCAN" && len(fields) > 1 && slices.Contains(big, fields[1]) && !walksInOrder(query, step):
		return "walks a whole table"
	case strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY") && !strings.Contains(query, "i.thread = ?") && !strings.Contains(query, "k.value") &&
		!strings.Contains(query, "FROM device") && !strings.Contains(query, "FROM alias") && !strings.Contains(query, "FROM collection") &&
		!strings.Contains(query, "FROM credential"):
		return "sorts"
	}
	return ""
}

// walksInOrder allows a walk along an index that a LIMIT ends.
func walksInOrder(query, step string) bool {
	return strings.Contains(step, "USING") && strings.Contains(query, "LIMIT") || strings.Contains(step, "blob_unreferenced")
}

// exercise makes every kind of write.
func exercise(t *testing.T, s *Store, a store.Account, in store.Collection) store.Collection {
	t.Helper()
	small, big := []byte("small enough"), make([]byte, 600_000)
	other := seedFault(t, s, a, in, small)
	for _, w := range work(s, a, in, other, small, big) {
		if err := w.do(); err != nil {
			switch w.name {
			case "copy", "replace", "remove": // of what was moved before
			default:
				t.Fatalf("%s: %v", w.name, err)
			}
		}
	}
	update(t, s, a.ID, func(tx store.Tx) (err error) {
		if other, err = tx.CreateCollection(store.Collection{Name: "another", Class: store.Mail}); err != nil {
			return err
		}
		b, err := tx.Blob(firstBlob(tx, in))
		if err != nil {
			return err
		}
		if _, err := tx.Copy(in.ID, 2, other.ID); err != nil {
			return err
		}
		now, err := tx.Replace(in.ID, 2, store.NewItem{Blob: b})
		if err != nil {
			return err
		}
		return tx.Remove(in.ID, now.UID)
	})
	unshareAll(t, s, a, in, other)
	update(t, s, 0, func(tx store.Tx) error {
		b, err := tx.CreateAccount(store.Account{Name: "bob@example.test"})
		if err != nil {
			return err
		}
		return tx.RemoveAccount(b.ID)
	})
	return other
}

func firstBlob(tx store.Tx, in store.Collection) (id store.BlobID) {
	for rec := range tx.ByUID(in.ID, 1, store.MaxUID, store.WantItem) {
		return rec.Item.Blob
	}
	return id
}

// read makes every kind of read.
func read(t *testing.T, s *Store, a store.Account, in, other store.Collection) {
	t.Helper()
	view(t, s, a.ID, func(r store.Reader) error {
		for _, want := range []store.Want{store.WantEntry, store.WantItem, store.WantSummary} {
			for _, seq := range []iter.Seq2[store.Record, error]{
				r.Changes(in.ID, store.After(1<<40), want), r.Newest(in.ID, store.Age{}, store.Age{}, want),
				r.ByUID(in.ID, 1, 5, want), r.Thread(1, want), r.Search(store.Query{}, want), r.Search(store.Query{Thread: 1}, want),
				r.Search(store.Query{Terms: []store.Term{{Words: "word"}}}, want),
			} {
				for _, err := range seq {
					if err != nil {
						return err
					}
				}
			}
			if _, err := r.RecordByItem(1, want); err == nil {
				return nil
			}
		}
		for _, err := range r.Marks(in.ID, 1, 5) {
			if err != nil {
				return err
			}
		}
		for _, err := range r.UIDs(in.ID) {
			if err != nil {
				return err
			}
		}
		for _, f := range []func() error{
			func() error { _, err := r.Account(); return err },
			func() error { _, err := r.Collections(0); return err },
			func() error { _, err := r.Collections(1 << 40); return err },
			func() error { _, err := r.CollectionByRole(store.Inbox); return err },
			func() error {
				_, err := r.RecordByKey(in.ID, "k", store.WantEntry)
				if errors.Is(err, store.NotFound) {
					return nil
				}
				return err
			},
			func() error { _, err := r.Devices(); return err },
			func() error { _, err := r.StateKeys("d", "x"); return err },
			func() error { _, err := r.QueueDue(time.Now(), 10); return err },
			func() error { _, err := r.Queue(0, 10); return err },
			func() error { _, err := r.QueueNext(); return err },
			func() error { _, err := r.Resolve("alice@example.test"); return err },
			func() error { _, err := r.Aliases(a.ID); return err },
			func() error { _, err := r.Grants(in.ID); return err },
			func() error { _, err := r.Shared(); return err },
			func() error { _, err := r.Subscriptions(); return err },
			func() error { _, err := r.Annotations(in.ID); return err },
			func() error { _, err := r.SettingNames(a.ID, "x"); return err },
		} {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
}
