package archive

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gannetmail/gannet/store"
)

const dateLine = "From a@b.example Mon Jan  1 10:00:00 2024\n"

var dateThere = time.Date(2024, 1, 1, 10, 0, 0, 0, time.UTC)

// TestMboxVariants reads what others write.
func TestMboxVariants(t *testing.T) {
	cl := func(n, body string) string { return dateLine + "Content-Length: " + n + "\n\n" + body + "\n" }
	for _, c := range []struct {
		name, file string
		options    Options
		want       []string
	}{
		{"mboxrd", dateLine + "A: 1\n\n>From x\n>>From y\n\n" + dateLine + "A: 2\n\n", Options{},
			[]string{"A: 1\r\n\r\nFrom x\r\n>From y\r\n", "A: 2\r\n"}},
		{"asked not to", dateLine + "A: 1\n\n>From x\n\n", Options{Quoting: QuotingNone, LineEnds: AsIs}, []string{"A: 1\n\n>From x\n"}},
		{"not rd", dateLine + "A: 1\n\nwords\nFrom x\n>From y\n\n" + dateLine + "A: 2\n\nz\n", Options{LineEnds: AsIs},
			[]string{"A: 1\n\nwords\nFrom x\n>From y\n", "A: 2\n\nz\n"}},
		{"no date", dateLine + "A: 1\n\nwords\n\nFrom now on\n\nend\n", Options{LineEnds: AsIs}, []string{"A: 1\n\nwords\n\nFrom now on\n\nend\n"}},
		{"mboxcl2", cl("51", "x\n\n"+dateLine+"end..\n") + cl("2", "y\n"), Options{LineEnds: AsIs},
			[]string{"Content-Length: 51\n\nx\n\n" + dateLine + "end..\n", "Content-Length: 2\n\ny\n"}},
		{"wrong length", cl("5000", "x\n") + cl("2", "y\n"), Options{LineEnds: AsIs},
			[]string{"Content-Length: 5000\n\nx\n", "Content-Length: 2\n\ny\n"}},
		{"length that hides another message", dateLine + "A: 1\n\nx\n\n" + cl("64", "x\n") + dateLine + "A: 3\n\nz\n", Options{LineEnds: AsIs},
			[]string{"A: 1\n\nx\n", "Content-Length: 64\n\nx\n", "A: 3\n\nz\n"}},
		{"crlf", strings.ReplaceAll(dateLine+"A: 1\n\nx\n\n"+dateLine+"A: 2\n\ny\n\n", "\n", "\r\n"), Options{},
			[]string{"A: 1\r\n\r\nx\r\n", "A: 2\r\n\r\ny\r\n"}},
		{"no last line end", dateLine + "A: 1\n\nx", Options{}, []string{"A: 1\r\n\r\nx"}},
		{"empty lines first", "\n\n" + dateLine + "A: 1\n\nx\n", Options{}, []string{"A: 1\r\n\r\nx\r\n"}},
		{"the same twice", strings.Repeat(dateLine+"A: 1\n\nx\n\n", 3), Options{}, slices.Repeat([]string{"A: 1\r\n\r\nx\r\n"}, 3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Old mail.mbox")
			write(t, file, c.file)
			s, err := Open(Mbox, file, c.options)
			if err != nil {
				t.Fatal(err)
			}
			folders, all := readAll(t, s)
			var got []string
			for _, k := range all["Old mail"] {
				if !k.Received.Equal(dateThere) {
					t.Errorf("received %v", k.Received)
				}
				got = append(got, k.Bytes)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || len(folders) != 1 {
				t.Errorf("%d folders (-want +got):\n%s", len(folders), diff)
			}
		})
	}
}

func TestMboxMarks(t *testing.T) {
	for _, c := range []struct {
		head string
		want kept
	}{
		{"Status: RO\nX-Status: AF\nX-Keywords: $Label1 work\n", kept{Flags: store.Seen | store.Answered | store.Flagged, Keywords: []string{"$Label1", "work"}}},
		{"Status: O\nX-Status: DT\n", kept{Flags: store.Deleted | store.Draft}},
		{"X-Mozilla-Status: 1003\nX-Mozilla-Keys: $label2 $MDNSent\n", kept{Flags: store.Seen | store.Answered | store.Forwarded | store.MDNSent, Keywords: []string{"$label2"}}},
	} {
		file := filepath.Join(t.TempDir(), "m")
		write(t, file, dateLine+c.head+"\nx\n")
		s, err := Open(Mbox, file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, all := readAll(t, s)
		c.want.Received, c.want.Bytes = dateThere, strings.ReplaceAll(c.head+"\nx\n", "\n", "\r\n")
		if diff := cmp.Diff([]kept{c.want}, all["m"]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.head, diff)
		}
	}
}

// TestMboxKeys wants a message to keep its key when marks change and messages before it go.
func TestMboxKeys(t *testing.T) {
	dir := t.TempDir()
	keys := func(name, text string) (keys []string, refused int) {
		file := filepath.Join(dir, name)
		write(t, file, text)
		s, err := Open(Mbox, file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		folders, err := s.Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for m, err := range s.Messages(t.Context(), folders[0]) {
			if err != nil {
				t.Fatal(err)
			}
			if m.Refused != "" {
				refused++
			}
			keys = append(keys, m.Key)
		}
		return keys, refused
	}
	before, _ := keys("a", dateLine+"A: 1\n\nx\n\n"+dateLine+"A: 2\n\ny\n")
	after, _ := keys("b", dateLine+"A: 2\nStatus: RO\nX-UID: 7\n\ny\n\n")
	if after[0] != before[1] || before[0] == before[1] {
		t.Errorf("keys %q, then %q", before, after)
	}
	if _, refused := keys("c", dateLine+"X-Mozilla-Status: 0009\n\nx\n"); refused != 1 {
		t.Error("a message that was removed in Thunderbird is taken")
	}
}

// TestMboxFolders finds the folders of Thunderbird and Apple Mail.
func TestMboxFolders(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Inbox", "Work.sbd/Clients", "Work", "Old.mbox/mbox", "kept.mbox"} {
		write(t, filepath.Join(dir, name), dateLine+"A: 1\n\nx\n")
	}
	write(t, filepath.Join(dir, "Inbox.msf"), "// <!-- index -->")
	write(t, filepath.Join(dir, "Empty.mbox"), "")
	s, err := Open(Mbox, dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	folders, _ := readAll(t, s)
	var got []string
	for _, f := range folders {
		got = append(got, f.String())
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"Empty", "Inbox", "Old", "Work", "Work/Clients", "kept"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err = Open(Mbox, filepath.Join(dir, "nothing"), Options{}); err == nil {
		t.Error("a source that is not there was opened")
	}
	s, err = Open(Mbox, filepath.Join(dir, "Inbox.msf"), Options{})
	if err == nil {
		_, err = s.Folders(t.Context())
	}
	if err == nil {
		t.Error("a file that is no mbox was read")
	}
}

// TestMaildir reads Maildir++ and nested Maildirs as Dovecot and others leave them.
func TestMaildir(t *testing.T) {
	dir := t.TempDir()
	put := func(name string) {
		write(t, filepath.Join(dir, name), "A: 1\n\nx\n")
		if err := os.Chtimes(filepath.Join(dir, name), dateThere, dateThere); err != nil {
			t.Fatal(err)
		}
	}
	put("new/1700000000.1.host")
	put("cur/1600000000.2.host,S=9:2,FRSab")
	put("cur/1600000001.3.host:2,DPT")
	put("cur/.hidden")
	put("tmp/1600000000.9.host")
	put(".Entw&APw-rfe.Alt&-neu/cur/1.host;2,S")
	put("Lists/go/cur/1.host:2,")
	write(t, filepath.Join(dir, dovecotKeywords), "0 $Label1\n1 two words\n")
	s, err := Open(Maildir, dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, got := readAll(t, s)
	one := func(flags store.Flags, words ...string) kept {
		return kept{flags, words, dateThere, "A: 1\r\n\r\nx\r\n"}
	}
	want := map[string][]kept{
		"INBOX":            {one(store.Seen|store.Flagged|store.Answered, "$Label1", "two words"), one(store.Draft | store.Forwarded | store.Deleted), one(0)},
		"Entwürfe/Alt&neu": {one(store.Seen)},
		"Lists/go":         {one(0)},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestEML(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.EML"), "A: 1\r\n\r\nx\r\n")
	write(t, filepath.Join(dir, "sub/b.eml"), "A: 1\n\ny")
	write(t, filepath.Join(dir, "sub/c.txt"), "no message")
	s, err := Open(EML, dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	folders, got := readAll(t, s)
	if len(folders) != 2 || got["top folder"][0].Bytes != "A: 1\r\n\r\nx\r\n" || got["sub"][0].Bytes != "A: 1\r\n\r\ny" {
		t.Errorf("%v: %v", folders, got)
	}
	if s, err = Open(EML, filepath.Join(dir, "sub/b.eml"), Options{}); err != nil {
		t.Fatal(err)
	}
	if _, got = readAll(t, s); len(got["top folder"]) != 1 {
		t.Errorf("a single file: %v", got)
	}
}

// TestSortedNames reads a folder in several windows.
func TestSortedNames(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 25 {
		name := string(rune('a' + i))
		write(t, filepath.Join(dir, name), "")
		want = append(want, name)
	}
	f, err := openFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 2, 7, 24, 25, 26, 100} {
		var got []string
		for n, err := range sortedNames(t.Context(), f, []string{"."}, size, func(name string) string { return name }) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, n.name)
		}
		if !slices.Equal(want, got) {
			t.Errorf("windows of %d: %q", size, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"Entwürfe", "A&B", "日本語", "plain", "Mixed ü and &", "😀 smile", ""} {
		if got := decodeName(encodeName(name)); got != name {
			t.Errorf("%q became %q by way of %q", name, got, encodeName(name))
		}
	}
	for in, want := range map[string]string{"R&D": "R&D", "x&AB-": "x&AB-", "Größe": "Größe", "&Jjo-!": "☺!"} {
		if got := decodeName(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	got := CleanPath([]string{"a/b\x00", " ", strings.Repeat("ü", 200), "bad\xff"})
	if diff := cmp.Diff([]string{"a_b", strings.Repeat("ü", 127), "bad\uFFFD"}, got); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]store.Role{"INBOX": store.Inbox, "Gesendet": store.Sent, "Entwürfe": store.Drafts, "Holiday": ""} {
		if got := RoleOf(name); got != want {
			t.Errorf("role of %q: %q", name, got)
		}
	}
}

// TestLinks wants a person's folder to lead nobody to another's files.
func TestLinks(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "cur", "secret"), "Subject: secret\n\nx\n")
	write(t, filepath.Join(outside, "box"), dateLine+"Subject: secret\n\nx\n")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cur", "own"), "Subject: own\n\nx\n")
	write(t, filepath.Join(dir, "own.eml"), "Subject: own\n\nx\n")
	write(t, filepath.Join(dir, "own.mbox"), dateLine+"Subject: own\n\nx\n")
	for name, to := range map[string]string{
		"cur/link": "cur/secret", "link.eml": "cur/secret", "link.mbox": "box", ".Dir": "", "Dir": "",
	} {
		if err := os.Symlink(filepath.Join(outside, to), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "cur", "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, form := range []Form{Maildir, Mbox, EML} {
		s, err := Open(form, dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		folders, err := s.Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		for _, f := range folders {
			for m, err := range s.Messages(t.Context(), f) {
				if err != nil {
					t.Fatal(err)
				}
				if m.Refused != "" {
					continue
				}
				err := s.Read(t.Context(), f, []Message{m}, func(_ int, r io.Reader, err error) error {
					if err != nil {
						return err
					}
					text, err := io.ReadAll(r)
					if read++; !strings.Contains(string(text), "own") {
						t.Errorf("%s: read %q", form, text)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if read != 1 {
			t.Errorf("%s: %d messages were read", form, read)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
