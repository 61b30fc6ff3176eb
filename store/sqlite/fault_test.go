package sqlite

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// failAt makes the n-th statement of the writer from now on fail as on a full disk; hit tells whether
// that happened. also runs in the writer, and its statements do not count.
func failAt(t testing.TB, s *Store, n int, matching string, also ...func()) (hit *atomic.Bool) {
	t.Helper()
	hit = new(atomic.Bool)
	onWriter(t, s, func(c *conn) error {
		for _, fn := range also {
			fn()
		}
		armed := false
		c.inject = func(query string) error {
			if !armed { // this very transaction ends first
				armed = query == "COMMIT"
				return nil
			}
			if !strings.Contains(query, matching) || strings.HasPrefix(query, "ROLLBACK") || hit.Load() {
				return nil
			}
			if n--; n >= 0 {
				return nil
			}
			hit.Store(true)
			return fmt.Errorf("injected: %w", syscall.ENOSPC)
		}
		return nil
	})
	return hit
}

// work is what the fault tests do: every kind of write, each step from the same state.
func work(s *Store, a store.Account, in, other store.Collection, small, big []byte) []struct {
	name string
	do   func() error
} {
	ctx := context.Background()
	tx := func(fn func(store.Tx) error) func() error { return func() error { return s.Update(ctx, a.ID, fn) } }
	server := func(fn func(store.Tx) error) func() error { return func() error { return s.Update(ctx, 0, fn) } }
	add := func(data []byte) func() error {
		return func() error {
			b, err := stageBytes(s, data)
			if err != nil {
				return err
			}
			defer b.Release()
			return s.Update(ctx, a.ID, func(tx store.Tx) error {
				_, err := tx.Add(in.ID, store.NewItem{
					Blob: b, Summary: []byte("s"), Text: store.Text{Subject: "word"},
					Refs: store.Refs{MessageID: "new@x", References: []string{"m@x", "z@x"}},
				})
				return err
			})
		}
	}
	return []struct {
		name string
		do   func() error
	}{
		{"add small", add(small)},
		{"add big", add(big)},
		{"mark", tx(func(tx store.Tx) error {
			_, err := tx.Mark(in.ID, 1, store.FlagChange{Add: store.Answered | store.Deleted, AddKeywords: []string{"k"}})
			return err
		})},
		{"move", tx(func(tx store.Tx) error { _, err := tx.Move(in.ID, 1, other.ID); return err })},
		{"copy", tx(func(tx store.Tx) error { _, err := tx.Copy(in.ID, 1, other.ID); return err })},
		{"replace", func() error {
			b, err := stageBytes(s, small)
			if err != nil {
				return err
			}
			defer b.Release()
			return s.Update(ctx, a.ID, func(tx store.Tx) error { _, err := tx.Replace(in.ID, 1, store.NewItem{Blob: b}); return err })
		}},
		{"remove", tx(func(tx store.Tx) error { return tx.Remove(in.ID, 1) })},
		{"create collection", tx(func(tx store.Tx) error {
			_, err := tx.CreateCollection(store.Collection{Name: "new", Class: store.Mail})
			return err
		})},
		{"rename collection", tx(func(tx store.Tx) error { _, err := tx.UpdateCollection(other.ID, 0, "renamed"); return err })},
		{"create collection below", tx(func(tx store.Tx) error {
			_, err := tx.CreateCollection(store.Collection{Name: "new", Class: store.Mail, Parent: other.ID})
			return err
		})},
		{"share", tx(func(tx store.Tx) error { return errors.Join(share(tx, in.ID, 0), tx.Subscribe("other")) })},
		{"unshare", tx(func(tx store.Tx) error { return unshare(tx, other.ID, 0) })},
		{"remove collection", tx(func(tx store.Tx) error { return tx.RemoveCollection(other.ID) })},
		{"device", tx(func(tx store.Tx) error {
			if err := tx.PutDevice(store.Device{ID: "e", Created: time.UnixMilli(1), Seen: time.UnixMilli(1)}); err != nil {
				return err
			}
			return tx.PutState("d", "k", []byte("v"))
		})},
		{"remove device", tx(func(tx store.Tx) error { return tx.RemoveDevice("d") })},
		{"queue", tx(func(tx store.Tx) error {
			if err := tx.Dequeue(1); err != nil {
				return err
			}
			b, err := tx.Blob(sha256.Sum256(small))
			if err != nil {
				return err
			}
			_, err = tx.Enqueue(b, store.Queued{Recipient: "x@y.test"})
			return err
		})},
		{"create account", server(func(tx store.Tx) error {
			_, err := tx.CreateAccount(store.Account{Name: "new@example.test"})
			return err
		})},
		{"another account", server(func(tx store.Tx) error {
			made, err := tx.CreateAccount(store.Account{Name: "other@example.test"})
			if err != nil {
				return err
			}
			other, err := tx.TxOf(made.ID)
			if err != nil {
				return err
			}
			c, err := other.CreateCollection(store.Collection{Name: "lent", Class: store.Calendar})
			if err != nil {
				return err
			}
			return errors.Join(
				other.PutGrant(store.Grant{Collection: c.ID, Grantee: a.ID, Rights: store.MayRead}),
				other.PutGrant(store.Grant{Collection: c.ID, Rights: store.MayLookup}))
		})},
		{"alias", server(func(tx store.Tx) error {
			return tx.PutAlias(store.Alias{Address: "n@example.test", Accounts: []store.AccountID{a.ID}})
		})},
		{"credential", server(func(tx store.Tx) error {
			_, err := tx.PutCredential(store.Credential{Account: a.ID, Kind: store.MainPassword, Hash: "h"})
			return err
		})},
		{"remove account", server(func(tx store.Tx) error {
			b, err := tx.CreateAccount(store.Account{Name: "gone@example.test"})
			if err != nil {
				return err
			}
			return tx.RemoveAccount(b.ID)
		})},
		{"prune", func() error { return s.Prune(ctx, time.Now().Add(time.Hour)) }},
	}
}

// TestFaultEveryStatement lets each statement of each kind of write fail in turn. The write is refused
// as Full, nothing of it is seen, and the next one goes well.
func TestFaultEveryStatement(t *testing.T) {
	small, big := []byte("small enough"), noise(600_000, 1)
	names := work(nil, store.Account{}, store.Collection{}, store.Collection{}, nil, nil)
	for k := range names {
		t.Run(names[k].name, func(t *testing.T) {
			s := openTest(t, Options{noChores: true}) // their statements shall not be counted
			a, in := newAccount(t, s, "alice@example.test")
			other := seedFault(t, s, a, in, small)
			before := dump(t, s, a.ID)
			modSeq, _ := s.ModSeq(a.ID)
			for n := 0; !t.Failed(); n++ {
				hit := failAt(t, s, n, "")
				err := work(s, a, in, other, small, big)[k].do()
				if !hit.Load() {
					if err != nil || n < 5 {
						t.Errorf("without a fault: %v, after %d statements", err, n)
					}
					return
				}
				if !errors.Is(err, store.Full) {
					t.Errorf("statement %d: %v; want Full", n, err)
				}
				if names[k].name == "prune" { // which may have done some steps
					before = dump(t, s, a.ID)
				}
				if after := dump(t, s, a.ID); after != before {
					t.Errorf("statement %d: the failed write left traces\nbefore: %s\nafter: %s", n, before, after)
				}
				if now, _ := s.ModSeq(a.ID); now != modSeq {
					t.Errorf("statement %d: modseq in memory %d; was %d", n, now, modSeq)
				}
				checkClean(t, s)
			}
		})
	}
}

// seedFault fills an account with something for each step, and returns another collection.
func seedFault(t *testing.T, s *Store, a store.Account, in store.Collection, small []byte) (other store.Collection) {
	t.Helper()
	b := stage(t, s, small)
	update(t, s, a.ID, func(tx store.Tx) (err error) {
		if other, err = tx.CreateCollection(store.Collection{Name: "other", Class: store.Mail}); err != nil {
			return err
		}
		for range 3 {
			n := store.NewItem{Blob: b, Summary: []byte("s"), Text: store.Text{Body: "word"}, Refs: store.Refs{MessageID: "m@x"}}
			if _, err := tx.Add(in.ID, n); err != nil {
				return err
			}
		}
		if err := tx.Remove(in.ID, 3); err != nil {
			return err
		}
		if err := tx.PutDevice(store.Device{ID: "d"}); err != nil {
			return err
		}
		if err := tx.PutState("d", "old", []byte("v")); err != nil {
			return err
		}
		if err := share(tx, other.ID, 0); err != nil {
			return err
		}
		_, err = tx.Enqueue(b, store.Queued{Recipient: "x@y.test"})
		return err
	})
	return other
}

// TestFaultCommit lets the commit of a batch fail: everybody in it is told, nobody waiting is woken,
// and the next batch goes well.
func TestFaultCommit(t *testing.T) {
	s := openTest(t, Options{noChores: true})
	a, in := newAccount(t, s, "alice@example.test")
	b := stage(t, s, []byte("x"))
	before := dump(t, s, a.ID)
	modSeq, err := s.ModSeq(a.ID)
	if err != nil {
		t.Fatal(err)
	}
	failAt(t, s, 0, "COMMIT")
	work := make([]store.Work, 10)
	for i := range work {
		work[i] = store.Work{Account: a.ID, Do: func(tx store.Tx) error {
			if i == 4 {
				return errors.New("own error")
			}
			_, err := tx.Add(in.ID, store.NewItem{Blob: b})
			return err
		}}
	}
	for i, err := range s.UpdateAll(context.Background(), work) {
		if i == 4 && err.Error() != "own error" || i != 4 && !errors.Is(err, store.Full) {
			t.Errorf("piece %d: %v", i, err)
		}
	}
	if after := dump(t, s, a.ID); after != before {
		t.Errorf("the failed commit left traces: %s", after)
	}
	if n, _ := s.ModSeq(a.ID); n != modSeq {
		t.Errorf("modseq in memory is %d; want %d", n, modSeq)
	}
	update(t, s, a.ID, work[0].Do)
	if n, _ := s.ModSeq(a.ID); n != modSeq+1 {
		t.Errorf("modseq after the next commit is %d; want %d", n, modSeq+1)
	}
}

// TestFaultSwallowed has a closure go on after an error of the disk: it must not be committed.
func TestFaultSwallowed(t *testing.T) {
	s := openTest(t, Options{noChores: true})
	a, in := newAccount(t, s, "alice@example.test")
	b := stage(t, s, []byte("x"))
	failAt(t, s, 0, "INSERT INTO entry")
	err := s.Update(context.Background(), a.ID, func(tx store.Tx) error {
		if _, err := tx.Add(in.ID, store.NewItem{Blob: b}); err == nil {
			t.Error("the injected fault did not show")
		}
		return nil
	})
	if !errors.Is(err, store.Full) {
		t.Errorf("a swallowed fault: %v; want Full", err)
	}
}

// TestFullDatabase lets SQLite itself run out of pages, again and again, under concurrent writers.
func TestFullDatabase(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	var acked atomic.Int64
	for round := range 5 {
		onWriter(t, s, func(c *conn) error {
			pages, err := c.number("PRAGMA page_count")
			if err == nil {
				_, err = c.number(fmt.Sprintf("PRAGMA max_page_count = %d", pages+30))
			}
			return err
		})
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					err := addBytes(s, a, in, fmt.Appendf(nil, "%d/%d/%d %s", round, w, i, strings.Repeat("filler ", i)))
					if errors.Is(err, store.Full) {
						return
					}
					if err != nil {
						t.Errorf("add: %v; want Full", err)
						return
					}
					acked.Add(1)
				}
			})
		}
		wg.Wait()
		onWriter(t, s, func(c *conn) error { _, err := c.number("PRAGMA max_page_count = 1073741823"); return err })
		if err := addBytes(s, a, in, fmt.Appendf(nil, "round %d", round)); err != nil {
			t.Fatalf("when space returned: %v", err)
		}
		acked.Add(1)
	}
	view(t, s, a.ID, func(r store.Reader) error {
		c, err := r.Collection(in.ID)
		if c.Total != acked.Load() {
			t.Errorf("%d entries; %d were acknowledged", c.Total, acked.Load())
		}
		return err
	})
}

func addBytes(s *Store, a store.Account, in store.Collection, data []byte) error {
	b, err := stageBytes(s, data)
	if err != nil {
		return err
	}
	defer b.Release()
	return s.Update(context.Background(), a.ID, func(tx store.Tx) error {
		_, err := tx.Add(in.ID, store.NewItem{Blob: b, Text: store.Text{Body: string(data)}, Summary: data})
		return err
	})
}

// TestFullDisk fills a real, small file system, where the machine lets a test mount one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("cannot mount a file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	s := openAt(t, dir, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	acked := int64(0)
	var err error
	for i := 0; err == nil; i++ {
		if err = addBytes(s, a, in, noise(40_000, i)); err == nil {
			acked++
		}
	}
	if !errors.Is(err, store.Full) || acked == 0 {
		t.Errorf("after %d messages: %v; want Full", acked, err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=30m"); err != nil {
		t.Fatalf("grow the file system: %v", err)
	}
	if err := addBytes(s, a, in, []byte("space")); err != nil {
		t.Errorf("when space returned: %v", err)
	}
	view(t, s, a.ID, func(r store.Reader) error {
		c, err := r.Collection(in.ID)
		if c.Total != acked+1 {
			t.Errorf("%d entries; %d were acknowledged", c.Total, acked+1)
		}
		return err
	})
}
