package archive

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is the folder of mail that others wrote; the test is skipped where there is none.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("GANNET_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	dir = filepath.Join(dir, "mail")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus: ", err)
	}
	return dir
}

// TestCorpusMbox compares an mboxrd of thousands of real messages with the sums of the originals.
func TestCorpusMbox(t *testing.T) {
	dir := filepath.Join(corpus(t), "spamassassin-public")
	index, err := os.ReadFile(filepath.Join(dir, "messages.tsv"))
	if err != nil {
		t.Skip("no index: ", err)
	}
	want := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		want[cells[0]] = append(want[cells[0]], cells[6])
	}
	for name, sums := range want {
		compareSums(t, filepath.Join(dir, name), sums)
	}
}

// compareSums reads an mbox and compares the SHA-256 of each message.
func compareSums(t *testing.T, file string, want []string) {
	s, err := Open(Mbox, file, Options{LineEnds: AsIs})
	if err != nil {
		t.Fatal(err)
	}
	_, all := readAll(t, s)
	for _, got := range all {
		if len(got) != len(want) {
			t.Errorf("%s: %d messages, want %d", file, len(got), len(want))
			continue
		}
		for i, k := range got {
			if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(k.Bytes))); sum != want[i] {
				t.Errorf("%s: message %d differs", file, i)
			}
		}
	}
}

// TestCorpusFiles reads all Maildirs, mboxes and .eml files that there are, as bytes: none may be lost.
func TestCorpusFiles(t *testing.T) {
	for _, form := range []Form{Maildir, Mbox, EML} {
		s, err := Open(form, corpus(t), Options{LineEnds: AsIs})
		if err != nil {
			t.Fatal(err)
		}
		folders, err := s.Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		number := 0
		for _, f := range folders {
			var all []Message
			for m, err := range s.Messages(t.Context(), f) {
				if err != nil {
					t.Fatal(f.Native, err)
				}
				all = append(all, m)
			}
			err := s.Read(t.Context(), f, all, func(i int, r io.Reader, err error) error {
				if err != nil {
					return err
				}
				n, err := io.Copy(io.Discard, r)
				if number++; form != Mbox && n != all[i].Size {
					t.Errorf("%s: %s has %d bytes, %d were read", f.Native, all[i].Name, all[i].Size, n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("%s: %d folders, %d messages", form, len(folders), number)
	}
}
