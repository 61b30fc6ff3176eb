package wbxml

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An event is a token with its whole value.
type event struct {
	Kind Kind
	Tag  Tag
	Data string
}

func (e event) String() string {
	if e.Kind == Text || e.Kind == Opaque {
		return fmt.Sprintf("%v %v %.200q", e.Kind, e.Tag, e.Data)
	}
	return fmt.Sprintf("%v %v", e.Kind, e.Tag)
}

// readEvents decodes the whole document.
func readEvents(r io.Reader, lim Limits) ([]event, error) {
	var events []event
	d := NewDecoder(r, lim)
	for {
		tok, err := d.Next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		ev := event{Kind: tok.Kind, Tag: tok.Tag}
		if tok.Kind == Text || tok.Kind == Opaque {
			value, err := io.ReadAll(d.Value())
			if err != nil {
				return events, err
			}
			ev.Data = string(value)
		}
		events = append(events, ev)
	}
}

// writeEvents encodes the events; text goes through Text.
func writeEvents(w io.Writer, events []event) error {
	e := NewEncoder(w)
	for _, ev := range events {
		switch ev.Kind {
		case Start:
			e.Start(ev.Tag)
		case End:
			e.End()
		case Text:
			e.Text(ev.Data)
		case Opaque:
			e.Opaque([]byte(ev.Data))
		}
	}
	return e.Close()
}

// undump returns the document that the dump describes.
func undump(t testing.TB, dump string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Undump(&out, strings.NewReader(dump)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// dump returns the dump of the document.
func dump(t testing.TB, doc []byte) string {
	t.Helper()
	var out strings.Builder
	if err := Dump(&out, bytes.NewReader(doc), DumpOptions{}); err != nil {
		t.Fatalf("dump of %x: %v", doc, err)
	}
	return out.String()
}

// corpus returns the path of something in the shared corpus, or skips the test.
func corpus(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no corpus: %v", err)
	}
	return path
}

// firstDifference describes where two lists of events part.
func firstDifference(got, want []event) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("event %d: got %v, want %v", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("got %d events, want %d", len(got), len(want))
}
