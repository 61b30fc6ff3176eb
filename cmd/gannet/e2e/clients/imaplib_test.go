package clients

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// writeAll writes each letter into a file of a directory.
func writeAll(t *testing.T, dir string, letters []letter) {
	t.Helper()
	for _, l := range letters {
		if err := os.WriteFile(filepath.Join(dir, l.Name), l.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestImaplib(t *testing.T) {
	python := find(t, "/usr/bin/python3", "python3")
	h := newHost(t)
	python.on(h)
	letters := slices.Concat(write("imap", someLetters, ordinary, unusual, exact), corpus(t, withoutNUL))
	letters = append(letters, huge("huge-0000-attachment", hugeSize))
	source, target := python.dir(t, "source"), python.dir(t, "target")
	writeAll(t, source, letters)
	script, err := filepath.Abs("testdata/imap.py")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(python.run(t, script, h.CA, h.Port("imap"), h.Port("imaps"), alice, password, bob, source, target))
	readBack(t, target, letters)
}

// readBack wants each letter in a file of a directory.
func readBack(t *testing.T, dir string, letters []letter) {
	t.Helper()
	for _, l := range letters {
		got, err := os.ReadFile(filepath.Join(dir, l.Name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := identical(got, l.Raw); diff != "" {
			t.Errorf("%s: %s", l.Name, diff)
		}
	}
}

// NUL must not be in a literal, only in one of 8-bit bytes, which few programs write.
const (
	withNUL    = true
	withoutNUL = false
)

// corpus are messages that other people wrote, if they are here.
func corpus(t *testing.T, nul bool) []letter {
	t.Helper()
	dir := os.Getenv("GANNET_CORPUS")
	if dir == "" {
		dir = filepath.Join(moduleRoot, "..", "shared", "corpus")
	}
	var paths []string
	err := filepath.WalkDir(filepath.Join(dir, "mail"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".eml" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Log("no corpus here: only our own messages are used (GANNET_CORPUS names its folder)")
	}
	var letters []letter
	for i := 0; i < len(paths); i += corpusStride {
		raw, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		if nul || !bytes.Contains(raw, []byte{0}) {
			letters = append(letters, letter{Name: fmt.Sprintf("corpus-%04d-message", i), Raw: raw})
		}
	}
	return letters
}
