package wire

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads the dialogues in testdata: lines of a client, each of which ends with CRLF. Lines that begin with "= "
// are what was understood; the first of a block begins with one "+" for each literal that was asked for in the block.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) == 0 {
		t.Fatal("no dialogues")
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := dialogue(t, string(want), strings.Contains(name, "utf8"))
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Fatalf("line %d:\n got %s\nwant %s", i+1, a[i], b[i])
				}
			}
			if len(a) != len(b) {
				t.Fatalf("%d lines, want %d", len(a), len(b))
			}
		})
	}
}

// dialogue runs every block of client lines, blocks being parted by what was understood, through one reader each.
func dialogue(t *testing.T, text string, utf8 bool) string {
	var out, block strings.Builder
	flush := func() {
		if block.Len() == 0 {
			return
		}
		r := NewReader(strings.NewReader(block.String()), Limits{})
		r.UTF8 = utf8
		asked := ""
		r.Continue = func(size int64) error { asked += " +"; return nil }
		for _, line := range converse(t, r) {
			out.WriteString("=" + asked + " " + line + "\n")
			asked = ""
		}
		block.Reset()
	}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "="):
			flush()
		case strings.HasPrefix(line, "#"):
			flush()
			out.WriteString(line + "\n")
		default:
			block.WriteString(line + "\r\n")
			out.WriteString(line + "\n")
			if !strings.HasSuffix(line, "}") {
				continue
			}
		}
	}
	flush()
	return out.String()
}
