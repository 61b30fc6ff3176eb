package sqlite

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestEveryConnection reads back what a commit's durability hangs on.
func TestEveryConnection(t *testing.T) {
	s := openTest(t, Options{Readers: 3})
	conns := map[string]*conn{}
	for _, p := range []*pool{s.readers, s.chunks} {
		for range 3 {
			c, err := p.get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer p.put(c)
			conns["reader "+string(rune('a'+len(conns)))] = c
		}
	}
	verify := func(name string, c *conn, queryOnly int64) {
		for pragma, want := range map[string]int64{"synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000, "query_only": queryOnly} {
			if got, err := c.number("PRAGMA " + pragma); got != want || err != nil {
				t.Errorf("%s: %s = %d, %v; want %d", name, pragma, got, err, want)
			}
		}
		var mode string
		if _, err := c.one(func(r *rows) { mode = r.text() }, "PRAGMA journal_mode"); mode != "wal" {
			t.Errorf("%s: journal_mode = %s, %v", name, mode, err)
		}
	}
	if len(conns) != 6 {
		t.Fatalf("%d connections", len(conns))
	}
	for name, c := range conns {
		verify(name, c, 1)
		if err := c.exec("DELETE FROM item"); err == nil {
			t.Errorf("%s can write", name)
		}
	}
	onWriter(t, s, func(c *conn) error {
		verify("writer", c, 0)
		if n, _ := c.number("PRAGMA wal_autocheckpoint"); n != 0 {
			t.Errorf("the writer checkpoints by itself after %d pages", n)
		}
		return nil
	})
}

const lockPath = "GANNET_LOCK_PATH"

// TestLockChild is the second process of TestLock.
func TestLockChild(t *testing.T) {
	path := os.Getenv(lockPath)
	if path == "" {
		t.Skip("run by TestLock")
	}
	_, err := Open(context.Background(), path, Options{})
	if !errors.Is(err, store.Busy) {
		t.Fatalf("second process: %v; want Busy", err)
	}
	t.Logf("refused: %v", err)
}

func TestLock(t *testing.T) {
	s := openTest(t, Options{})
	if _, err := Open(context.Background(), s.Path(), Options{}); !errors.Is(err, store.Busy) {
		t.Errorf("second Open: %v; want Busy", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockChild$", "-test.v")
	cmd.Env = append(os.Environ(), lockPath+"="+s.Path())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "in use by process") {
		t.Errorf("second process: %v\n%s", err, out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(context.Background(), s.Path(), Options{})
	if err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	again.Close()
}

func TestOpenPaths(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir, Options{})
	if want := filepath.Join(dir, FileName); s.Path() != want {
		t.Errorf("path %q; want %q", s.Path(), want)
	}
	odd := filepath.Join(t.TempDir(), "ünï %20 ?#&=.db")
	s = openAt(t, odd, Options{})
	if _, err := os.Stat(odd); err != nil {
		t.Errorf("a file with odd letters: %v", err)
	}
	if _, err := Open(context.Background(), filepath.Join(dir, "missing", "x.db"), Options{}); err == nil {
		t.Error("a folder that does not exist is no error")
	}
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), text, Options{}); !errors.Is(err, store.Damaged) {
		t.Errorf("a text file: %v; want Damaged", err)
	}
}

// TestReopen closes and opens a store; all is there, and large uploads that nothing refers to are gone.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, in := newAccount(t, s, "alice@example.test")
	big := make([]byte, 2<<20)
	if err := addBytes(s, a, in, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	w, err := s.NewBlob(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(big); err != nil {
		t.Fatal(err)
	}
	big[0] = 1
	if _, err := stageBytes(s, big); err != nil {
		t.Fatal(err)
	}
	before := dump(t, s, a.ID)
	if unreferenced(t, s) != 2 {
		t.Errorf("%d staged blobs; want 2", unreferenced(t, s))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path, Options{})
	if after := dump(t, s, a.ID); after != before {
		t.Errorf("after opening again: %s\nbefore: %s", after, before)
	}
	idle(t, s)
	if n := unreferenced(t, s); n != 0 {
		t.Errorf("%d staged blobs are left", n)
	}
	var chunks int64
	onWriter(t, s, func(c *conn) (err error) { chunks, err = c.number("SELECT count(*) FROM chunk"); return err })
	if chunks != 1 {
		t.Errorf("%d chunks; want 1", chunks)
	}
}
