package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

// New opens an empty store for a test: a real one, in the test's temporary folder. When the test ends
// the store is checked and closed; what [store.Store.Check] finds fails the test.
func New(t testing.TB) *sqlite.Store { return Open(t, sqlite.Options{}) }

// Open is [New] with options.
func Open(t testing.TB, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), sqlite.FileName), o)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { closeChecked(t, s) })
	return s
}

// closeChecked checks and closes a store, unless the test closed it already.
func closeChecked(t testing.TB, s store.Store) {
	t.Helper()
	err := s.Check(context.Background(), true, func(problem string) { t.Errorf("store check: %s", problem) })
	if err != nil && !errors.Is(err, store.Closed) {
		t.Errorf("store check: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close store: %v", err)
	}
}

// Account adds an account, and its domain if that is missing.
func Account(t testing.TB, s store.Store, name string) store.Account {
	t.Helper()
	var a store.Account
	err := s.Update(context.Background(), 0, func(tx store.Tx) error {
		_, domain, _ := strings.Cut(name, "@")
		if err := tx.CreateDomain(domain); err != nil && !errors.Is(err, store.Exists) {
			return err
		}
		var err error
		a, err = tx.CreateAccount(store.Account{Name: name})
		return err
	})
	if err != nil {
		t.Fatalf("create account %s: %v", name, err)
	}
	return a
}

// Role returns the account's collection with a role.
func Role(t testing.TB, s store.Store, acct store.AccountID, role store.Role) store.Collection {
	t.Helper()
	var c store.Collection
	err := s.View(context.Background(), acct, func(r store.Reader) (err error) {
		c, err = r.CollectionByRole(role)
		return err
	})
	if err != nil {
		t.Fatalf("collection with role %s: %v", role, err)
	}
	return c
}

// Stage stages bytes as a blob; it is released when the test ends.
func Stage(t testing.TB, s store.Store, data []byte) store.Staged {
	t.Helper()
	w, err := s.NewBlob(context.Background())
	if err != nil {
		t.Fatalf("new blob: %v", err)
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		t.Fatalf("write blob: %v", err)
	}
	b, err := w.Finish()
	if err != nil {
		t.Fatalf("finish blob: %v", err)
	}
	t.Cleanup(b.Release)
	return b
}

// Add puts a new item with the given bytes into a collection; n.Blob is set here.
func Add(t testing.TB, s store.Store, acct store.AccountID, c store.CollectionID, data []byte, n store.NewItem) store.Record {
	t.Helper()
	n.Blob = Stage(t, s, data)
	var rec store.Record
	err := s.Update(context.Background(), acct, func(tx store.Tx) (err error) {
		rec, err = tx.Add(c, n)
		return err
	})
	if err != nil {
		t.Fatalf("add: %v", err)
	}
	return rec
}
