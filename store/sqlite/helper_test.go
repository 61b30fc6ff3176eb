package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// openTest opens a new store that is checked when the test ends.
func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), FileName), o)
}

func openAt(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		checkClean(t, s)
		s.Close()
	})
	return s
}

// checkClean fails the test for each problem; a store that is closed already was checked before.
func checkClean(t testing.TB, s *Store) {
	t.Helper()
	if s.readers.closed() {
		return
	}
	if err := s.Check(context.Background(), true, func(p string) { t.Errorf("check: %s", p) }); err != nil {
		t.Errorf("check: %v", err)
	}
}

func (p *pool) closed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shut
}

// newAccount adds an account and returns it with its inbox.
func newAccount(t testing.TB, s *Store, name string) (a store.Account, in store.Collection) {
	t.Helper()
	update(t, s, 0, func(tx store.Tx) (err error) {
		_, domain, _ := strings.Cut(name, "@")
		if err := tx.CreateDomain(domain); err != nil && !errors.Is(err, store.Exists) {
			return err
		}
		a, err = tx.CreateAccount(store.Account{Name: name})
		return err
	})
	view(t, s, a.ID, func(r store.Reader) (err error) {
		in, err = r.CollectionByRole(store.Inbox)
		return err
	})
	return a, in
}

func update(t testing.TB, s *Store, acct store.AccountID, fn func(store.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), acct, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t testing.TB, s *Store, acct store.AccountID, fn func(store.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), acct, fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// stageBytes stages a blob; the caller releases it.
func stageBytes(s *Store, data []byte) (store.Staged, error) {
	w, err := s.NewBlob(context.Background())
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	return w.Finish()
}

func stage(t testing.TB, s *Store, data []byte) store.Staged {
	t.Helper()
	b, err := stageBytes(s, data)
	if err != nil {
		t.Fatalf("stage: %v", err)
	}
	t.Cleanup(b.Release)
	return b
}

// onWriter runs fn on the writer's connection, in its goroutine, in a piece of its own.
func onWriter(t testing.TB, s *Store, fn func(c *conn) error) {
	t.Helper()
	if err := s.writer.inner(context.Background(), 0, fn); err != nil {
		t.Fatalf("on the writer's connection: %v", err)
	}
}

// idle waits until the writer has no chore left.
func idle(t testing.TB, s *Store) {
	t.Helper()
	for {
		for s.writer.chores.due.Load() != 0 {
			if t.Context().Err() != nil {
				t.Fatal("the writer has chores still")
			}
			time.Sleep(time.Millisecond) // nothing tells when
		}
		onWriter(t, s, func(*conn) error { return nil }) // the step that was running has ended
		if s.writer.chores.due.Load() == 0 {
			return
		}
	}
}

// noise returns n bytes that do not compress, others for each seed.
func noise(n, seed int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	r.Read(b)
	return b
}

// dump is all that an account and the queue show, as text.
func dump(t testing.TB, s *Store, acct store.AccountID) string {
	t.Helper()
	var b strings.Builder
	view(t, s, acct, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, a)
		list, err := r.Collections(0)
		if err != nil {
			return err
		}
		for _, c := range list {
			fmt.Fprintln(&b, c)
			grants, err := r.Grants(c.ID)
			if err != nil {
				return err
			}
			notes, err := r.Annotations(c.ID)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, grants, notes)
			for rec, err := range r.Changes(c.ID, store.After(a.Floor), store.WantSummary) {
				if err != nil {
					return err
				}
				fmt.Fprintln(&b, rec)
			}
		}
		for _, v := range []func() (any, error){
			func() (any, error) { return r.Subscriptions() },
			func() (any, error) { return r.Annotations(0) },
			func() (any, error) { return r.SettingNames(acct, "") },
			func() (any, error) { return r.Devices() },
			func() (any, error) { return r.StateKeys("d", "") },
			func() (any, error) { return r.Queue(0, 1000) },
			func() (any, error) { return r.Accounts() },
			func() (any, error) { return r.Aliases(0) },
			func() (any, error) { return r.Domains() },
			func() (any, error) { return r.Credentials(acct) },
		} {
			x, err := v()
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, x)
		}
		return nil
	})
	return b.String()
}
