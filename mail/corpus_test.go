package mail

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// corpusDir is where the messages of other projects lie, outside this repository; the test is skipped without them.
func corpusDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GANNET_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpus")
	}
	dir = filepath.Join(dir, "mail")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no corpus beside the repository")
	}
	return dir
}

func corpusFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(corpusDir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// corpusMessages calls f for every message of the corpus: the files that its table lists, and what the mboxes hold.
func corpusMessages(t testing.TB, f func(name string, msg []byte)) {
	t.Helper()
	dir := corpusDir(t)
	table, err := os.Open(filepath.Join(dir, "FEATURES.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	lines := bufio.NewScanner(table)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		path, _, _ := strings.Cut(lines.Text(), "\t")
		if path, ok := strings.CutPrefix(path, "mail/"); ok {
			f(path, corpusFile(t, path))
		}
	}
	_ = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && (strings.Contains(path, ".mbox") || strings.HasSuffix(path, ".mboxrd")) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, msg := range splitMbox(b) {
				f(path, msg)
			}
		}
		return nil
	})
}

// splitMbox cuts an mbox at its From lines, which stay.
func splitMbox(b []byte) [][]byte {
	var list [][]byte
	for len(b) > 0 {
		i := bytes.Index(b[1:], []byte("\n\nFrom "))
		if i < 0 {
			return append(list, b)
		}
		list = append(list, b[:i+3])
		b = b[i+3:]
	}
	return list
}

// checkMessage holds for every message whatsoever.
func checkMessage(t testing.TB, name string, msg []byte) {
	t.Helper()
	s, err := Parse(bytes.NewReader(msg))
	if err != nil {
		t.Fatalf("%s: Parse: %v", name, err)
	}
	if s.Size != int64(len(msg)) {
		t.Errorf("%s: Size = %d, want %d", name, s.Size, len(msg))
	}
	code, _ := s.MarshalBinary()
	again, err := UnmarshalSummary(code)
	if err != nil {
		t.Fatalf("%s: UnmarshalSummary: %v", name, err)
	}
	if !reflect.DeepEqual(s, again) {
		t.Errorf("%s: the summary changed on its way through its encoding", name)
	}
	if limit := 64<<10 + 2*len(msg); len(code) > limit {
		t.Errorf("%s: summary of %d bytes for a message of %d", name, len(code), len(msg))
	}
	ra := bytes.NewReader(msg)
	ids := make(map[string]bool)
	s.Root.walk(func(p *Part) bool {
		checkPart(t, name, again, p, ra, int64(len(msg)))
		if ids[p.ID] {
			t.Errorf("%s: two parts have the ID %q", name, p.ID)
		}
		ids[p.ID] = true
		return true
	})
	checkTexts(t, name, again, ra)
}

func checkPart(t testing.TB, name string, s *Summary, p *Part, ra io.ReaderAt, size int64) {
	t.Helper()
	if !p.Derived() && (p.Body.Offset < 0 || p.Body.Length < 0 || p.Body.End() > size || p.Header.End() > p.Body.Offset) {
		t.Errorf("%s: part %s: header %v, body %v in %d bytes", name, p.ID, p.Header, p.Body, size)
	}
	n, err := io.Copy(io.Discard, s.OpenPart(ra, p))
	if err != nil {
		t.Errorf("%s: part %s: %v", name, p.ID, err)
	}
	if n != p.DecodedSize {
		t.Errorf("%s: part %s (%s, %s): DecodedSize = %d, read %d", name, p.ID, p.MediaType(), p.Encoding, p.DecodedSize, n)
	}
	if !utf8.ValidString(p.FileName()) {
		t.Errorf("%s: part %s: file name %q", name, p.ID, p.FileName())
	}
}

func checkTexts(t testing.TB, name string, s *Summary, ra io.ReaderAt) {
	t.Helper()
	for _, want := range []BodyType{Plain, HTML} {
		full, err := s.Text(ra, want, -1)
		if err != nil {
			t.Errorf("%s: Text(%d): %v", name, want, err)
		}
		if full.Truncated || int64(len(full.Data)) != full.Size || !utf8.Valid(full.Data) || bytes.IndexByte(full.Data, 0) >= 0 {
			t.Errorf("%s: Text(%d): truncated %v, size %d of %d, valid %v", name, want, full.Truncated, len(full.Data), full.Size, utf8.Valid(full.Data))
		}
		for _, limit := range []int64{0, 1, 100, 512} {
			b, err := s.Text(ra, want, limit)
			switch {
			case err != nil:
				t.Errorf("%s: Text(%d, %d): %v", name, want, limit, err)
			case int64(len(b.Data)) > limit || b.Size != full.Size || !bytes.HasPrefix(full.Data, b.Data):
				t.Errorf("%s: Text(%d, %d): %d bytes, size %d, want %d", name, want, limit, len(b.Data), b.Size, full.Size)
			case !utf8.Valid(b.Data) || b.Truncated != (int64(len(b.Data)) < b.Size):
				t.Errorf("%s: Text(%d, %d): valid %v, truncated %v", name, want, limit, utf8.Valid(b.Data), b.Truncated)
			}
		}
	}
}

func TestCorpus(t *testing.T) {
	n, total := 0, 0
	corpusMessages(t, func(name string, msg []byte) {
		n++
		total += len(msg)
		checkMessage(t, name, msg)
	})
	if n < 7000 {
		t.Errorf("only %d messages in the corpus", n)
	}
	t.Logf("%d messages, %d bytes", n, total)
}
