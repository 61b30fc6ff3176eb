package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// hold keeps the writer inside of a transaction until release is called.
func hold(t *testing.T, s *Store, acct store.AccountID) (release func()) {
	t.Helper()
	started, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), acct, func(store.Tx) error {
			close(started)
			<-end
			return nil
		})
	}()
	<-started
	return sync.OnceFunc(func() {
		close(end)
		if err := <-done; err != nil {
			t.Errorf("the holding update: %v", err)
		}
	})
}

// TestBusy fills the queue: who comes then waits for a place, and is Busy when its context ends.
func TestBusy(t *testing.T) {
	s := openTest(t, Options{QueueLimit: 4})
	a, _ := newAccount(t, s, "alice@example.test")
	release := hold(t, s, a.ID)
	defer release()
	noop := func(store.Tx) error { return nil }
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.Update(context.Background(), a.ID, noop); err != nil {
				t.Errorf("queued update: %v", err)
			}
		})
	}
	for len(s.writer.queue) < 4 {
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(context.Background())
	late := make(chan error)
	go func() { late <- s.Update(ctx, a.ID, noop) }()
	cancel()
	if err := <-late; !errors.Is(err, store.Busy) && !errors.Is(err, context.Canceled) {
		t.Errorf("update without a place: %v; want Busy", err)
	}
	waiting := make(chan error)
	go func() { waiting <- s.Update(context.Background(), a.ID, noop) }()
	release()
	if err := <-waiting; err != nil {
		t.Errorf("update that waited for a place: %v", err)
	}
	wg.Wait()
}

// TestAbandon ends the context of a queued caller: it returns at once and its function never runs.
func TestAbandon(t *testing.T) {
	s := openTest(t, Options{})
	a, _ := newAccount(t, s, "alice@example.test")
	release := hold(t, s, a.ID)
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	ran := false
	left := make(chan error)
	go func() { left <- s.Update(ctx, a.ID, func(store.Tx) error { ran = true; return nil }) }()
	for len(s.writer.queue) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("abandoned update: %v", err)
	}
	release()
	update(t, s, a.ID, func(store.Tx) error { return nil })
	if ran {
		t.Error("an abandoned function ran")
	}
}

// TestGoexit has a function end its goroutine, as a test's FailNow does. It fails alone.
func TestGoexit(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	b := stage(t, s, []byte("x"))
	add := func(tx store.Tx) error { _, err := tx.Add(in.ID, store.NewItem{Blob: b}); return err }
	errs := s.UpdateAll(context.Background(), []store.Work{
		{Account: a.ID, Do: add},
		{Account: a.ID, Do: func(tx store.Tx) error {
			if err := add(tx); err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		}},
		{Account: a.ID, Do: add},
	})
	if errs[0] != nil || !errors.Is(errs[1], store.Internal) || errs[2] != nil {
		t.Errorf("UpdateAll = %v", errs)
	}
	update(t, s, a.ID, add)
	view(t, s, a.ID, func(r store.Reader) error {
		c, err := r.Collection(in.ID)
		if c.Total != 3 {
			t.Errorf("%d entries; want 3", c.Total)
		}
		return err
	})
}

// TestBatch counts commits: callers who wait together share one.
func TestBatch(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	b := stage(t, s, []byte("x"))
	idle(t, s)
	commits := 0
	onWriter(t, s, func(c *conn) error {
		c.inject = func(query string) error {
			if query == "COMMIT" {
				commits++
			}
			return nil
		}
		return nil
	})
	release := hold(t, s, a.ID)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			err := s.Update(context.Background(), a.ID, func(tx store.Tx) error { _, err := tx.Add(in.ID, store.NewItem{Blob: b}); return err })
			if err != nil {
				t.Errorf("update: %v", err)
			}
		})
	}
	for len(s.writer.queue) < 100 {
		runtime.Gosched()
	}
	release()
	wg.Wait()
	onWriter(t, s, func(c *conn) error { c.inject = nil; return nil })
	if commits > 20 {
		t.Errorf("%d commits for 100 callers who waited together", commits)
	}
}

// TestLogStaysShort writes much more than the log may hold.
func TestLogStaysShort(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	onWriter(t, s, func(*conn) error { s.copier.long = 250; return nil }) // 1 MB; at four the writer acts itself
	var longest int64
	for i := range 160 { // 40 MB
		if err := addBytes(s, a, in, noise(256<<10, i)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(s.Path() + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, info.Size())
	}
	if longest > 16<<20 {
		t.Errorf("the log grew to %d MB", longest>>20)
	}
}

// TestBackupUnderLoad copies a store that is being written to; the copy is one moment of it.
func TestBackupUnderLoad(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	if err := addBytes(s, a, in, noise(4<<20, 0)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := addBytes(s, a, in, []byte(strings.Repeat(string(rune('a'+w)), i+1))); err != nil {
					t.Errorf("add: %v", err)
					return
				}
			}
		})
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "copy.db")
	err := s.Backup(context.Background(), path, nil)
	ctx, cancel := context.WithCancel(context.Background())
	interrupted := s.Backup(ctx, filepath.Join(dir, "interrupted.db"), func(done, total int64) { cancel() })
	close(stop)
	wg.Wait()
	if err != nil {
		t.Fatalf("backup: %v", err)
	}
	if !errors.Is(interrupted, context.Canceled) {
		t.Errorf("interrupted backup: %v", interrupted)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("files after an interrupted backup: %v", left)
	}
	c := openAt(t, path, Options{}) // checked when the test ends
	dump(t, c, a.ID)
	if err := s.Backup(context.Background(), filepath.Join(dir, "none", "x.db"), nil); err == nil {
		t.Error("a backup into a folder that does not exist")
	}
}
