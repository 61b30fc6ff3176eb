package wbxml

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the bytes in testdata from the meaning beside them")

// A section is a file of a txtar archive: the line "-- name --" and what follows.
type section struct{ name, data string }

// readSections returns the comment before the first section, and the sections.
func readSections(t *testing.T, path string) (comment string, sections []section) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		name, isName := strings.CutPrefix(line, "-- ")
		switch {
		case isName:
			sections = append(sections, section{name: strings.TrimSuffix(name, " --\n")})
		case len(sections) == 0:
			comment += line
		default:
			sections[len(sections)-1].data += line
		}
	}
	return comment, sections
}

// TestGolden checks the documents in testdata: the bytes mean what the dump says, and the dump becomes
// those bytes.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("golden documents: %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { testGolden(t, name) })
	}
}

func testGolden(t *testing.T, path string) {
	rewritten, sections := readSections(t, path)
	for i := 0; i+1 < len(sections); i += 2 {
		meaning, wire := sections[i], sections[i+1]
		encoded := undump(t, meaning.data)
		if *update {
			wire.data = hexLines(encoded)
		}
		doc := unhex(t, wire.data)
		if got := dump(t, doc); got != meaning.data {
			t.Errorf("%s means\n%s\nwant\n%s", wire.name, got, meaning.data)
		}
		if !bytes.Equal(encoded, doc) {
			t.Errorf("%s becomes\n%s\nwant\n%s", meaning.name, hexLines(encoded), wire.data)
		}
		rewritten += "-- " + meaning.name + " --\n" + meaning.data + "-- " + wire.name + " --\n" + wire.data
	}
	if *update {
		if err := os.WriteFile(path, []byte(rewritten), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// hexLines returns b in hexadecimal, 24 bytes a line.
func hexLines(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		n := min(24, len(b))
		fmt.Fprintf(&out, "% x\n", b[:n])
		b = b[n:]
	}
	return out.String()
}
