package clients

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maildir is a folder of a program's own store.
type maildir struct{ Dir string }

// newMaildir makes an empty Maildir in a directory that exists.
func newMaildir(t *testing.T, dir string) maildir {
	t.Helper()
	for _, name := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return maildir{dir}
}

// kept is a message in a Maildir.
type kept struct {
	Path  string
	Flags string // letters, sorted: D, F, P, R, S, T
	Raw   []byte
}

// all reads every message.
func (m maildir) all(t *testing.T) []kept {
	t.Helper()
	var list []kept
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(m.Dir, sub))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			k := kept{Path: filepath.Join(m.Dir, sub, e.Name())}
			if k.Raw, err = os.ReadFile(k.Path); err != nil {
				t.Fatal(err)
			}
			_, k.Flags, _ = strings.Cut(e.Name(), ":2,")
			list = append(list, k)
		}
	}
	return list
}

// contents are the bytes of every message.
func (m maildir) contents(t *testing.T) [][]byte {
	t.Helper()
	var list [][]byte
	for _, k := range m.all(t) {
		list = append(list, k.Raw)
	}
	return list
}

// put writes a message with flags.
func (m maildir) put(t *testing.T, name, flags string, raw []byte) {
	t.Helper()
	tmp := filepath.Join(m.Dir, "tmp", name)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(m.Dir, "cur", name+":2,"+flags)); err != nil {
		t.Fatal(err)
	}
}

// flag gives a message these flags instead of the ones it has.
func (m maildir) flag(t *testing.T, k kept, flags string) {
	t.Helper()
	letters := []rune(flags)
	slices.Sort(letters)
	base, _, _ := strings.Cut(filepath.Base(k.Path), ":2,")
	if err := os.Rename(k.Path, filepath.Join(m.Dir, "cur", base+":2,"+string(letters))); err != nil {
		t.Fatal(err)
	}
}
