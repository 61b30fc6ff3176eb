package archive

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gannetmail/gannet/store"
)

// kept is a message with its bytes, as it goes in and must come out.
type kept struct {
	Flags    store.Flags
	Keywords []string
	Received time.Time
	Bytes    string
}

// sample is what an account may hold: all marks, odd names and ends.
func sample() (folders []Folder, messages map[string][]kept) {
	at := time.Date(2021, 3, 4, 5, 6, 7, 123e6, time.UTC)
	many := []string{}
	for i := range 40 {
		many = append(many, fmt.Sprintf("word%02d", i))
	}
	folders = []Folder{
		{Path: []string{"Inbox"}, Role: store.Inbox},
		{Path: []string{"Sent Items"}, Role: store.Sent},
		{Path: []string{"Projekte"}},
		{Path: []string{"Projekte", "Größe & Form. v2"}},
		{Path: []string{"Projekte", "größe & form. v2"}},
		{Path: []string{"..", "a:b\\c"}},
		{Path: []string{"Leer"}},
	}
	bodies := []string{
		"Subject: one\r\n\r\nHello\r\n", "Subject: two\n\nbare\n", "Subject: open\r\n\r\nno end", "Subject: only head\r\n", "Subject: head\r\n\r\n",
		"X\r\n\r\nFrom here\r\n>From there\r\n>>From x\r\n\r\nFrom a@b Mon Jan  1 00:00:00 2024\r\nSubject: inner\r\n\r\n",
		"Status: RO\r\nX-Status: F\r\nContent-Length: 3\r\n\r\nabcdef\r\n\r\n\r\n", "cr\r", "\r\n", "\n", "From x@y Mon Jan  1 00:00:00 2024\n\nFrom z\n",
		"Subject: long\r\n\r\n" + strings.Repeat("x", pieceSize-18) + "\r\n" + strings.Repeat("y", 3*pieceSize) + "\nend",
		"Subject: one\r\n\r\nHello\r\n", "X-Gannet-Export: {\"id\":\"1\"}\r\nStatus: \r\nA: \r\nB: \r\n\r\ntext\r\n", "a\x00b\xff\r\n\r\n",
	}
	messages = map[string][]kept{}
	for i, f := range folders[:6] {
		for j, b := range bodies {
			k := kept{Flags: store.Flags(i*31+j*7) & store.AllFlags, Received: at.Add(time.Duration(i*100-j) * time.Minute), Bytes: b}
			switch j {
			case 1:
				k.Keywords = []string{"Red Category", "größer", "Forwarded", "$Label1"}
			case 2:
				k.Keywords = many
			case 3:
				k.Keywords = []string{"$Label1"}
			}
			messages[f.String()] = append(messages[f.String()], k)
		}
	}
	return folders, messages
}

// readAll reads a source.
func readAll(t *testing.T, s Source) ([]Folder, map[string][]kept) {
	t.Helper()
	folders, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]kept{}
	for i, f := range folders {
		var list []Message
		keys := map[string]bool{}
		for m, err := range s.Messages(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			if m.Refused != "" {
				t.Errorf("%v: %s refused: %s", f, m.Name, m.Refused)
				continue
			}
			if keys[m.Key] {
				t.Errorf("%v: key %q comes twice", f, m.Key)
			}
			keys[m.Key] = true
			list = append(list, m)
		}
		if f.Count != len(list) {
			t.Errorf("%v: count %d, %d came", f, f.Count, len(list))
		}
		err := s.Read(t.Context(), f, list, func(i int, r io.Reader, err error) error {
			if err != nil {
				return err
			}
			b, err := io.ReadAll(r)
			all[f.String()] = append(all[f.String()], kept{list[i].Flags, list[i].Keywords, list[i].Received.UTC(), string(b)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		folders[i].Native, folders[i].Count = "", 0
	}
	return folders, all
}

// TestRoundTrip exports into each form and reads it again: nothing may be lost.
func TestRoundTrip(t *testing.T) {
	for _, form := range []Form{Maildir, Mbox, EML} {
		t.Run(string(form), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			target, err := NewTarget(form, dir, AsIs)
			if err != nil {
				t.Fatal(err)
			}
			folders, messages := sample()
			for n, f := range folders {
				if err := target.Folder(f); err != nil {
					t.Fatal(err)
				}
				for i, k := range messages[f.String()] {
					m := Message{Flags: k.Flags, Keywords: k.Keywords, Received: k.Received}
					if err := target.Message(m, fmt.Sprintf("%d.%04d", n, i), strings.NewReader(k.Bytes)); err != nil {
						t.Fatal(err)
					}
				}
				broken := io.MultiReader(strings.NewReader("Subject: gone\r\n\r\n"), failing{})
				if err := target.Message(Message{}, "9999", broken); err == nil {
					t.Error("a message that could not be read was written")
				}
			}
			if err := target.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := NewTarget(form, dir, AsIs); err == nil {
				t.Error("a target that is not empty was taken")
			}
			source, err := Open(form, dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			gotFolders, got := readAll(t, source)
			byPath := func(a, b Folder) int { return slices.Compare(a.Path, b.Path) }
			slices.SortFunc(folders, byPath)
			slices.SortFunc(gotFolders, byPath)
			if diff := cmp.Diff(folders, gotFolders); diff != "" {
				t.Errorf("folders (-want +got):\n%s", diff)
			}
			for name, want := range messages {
				if diff := cmp.Diff(want, got[name], cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s (-want +got):\n%.4000s", name, diff)
				}
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestReadOneByte reads through small buffers.
func TestReadOneByte(t *testing.T) {
	for _, text := range []string{"a\nb\n", "a\r\nb\n", "\n", "", "x", "a\n\r\n\r\r\n", strings.Repeat("z", 40000) + "\nq\n"} {
		whole, err := io.ReadAll(lineEnds{}.reader(strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		var slow bytes.Buffer
		r, b := lineEnds{}.reader(strings.NewReader(text)), make([]byte, 1)
		for {
			n, err := r.Read(b)
			slow.Write(b[:n])
			if err == io.EOF {
				break
			}
		}
		if slow.String() != string(whole) {
			t.Errorf("%.20q: %.40q and %.40q", text, whole, slow.String())
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
