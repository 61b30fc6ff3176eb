package activesync

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestGoldenMatrix fails when a command that is served has no golden answer at a version that it has. A file counts for
// the versions that it names in its comment; a command whose success has no document has its golden refusals.
func TestGoldenMatrix(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	must(t, err)
	has := map[string]int{}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		must(t, err)
		comment := goldenComment(string(archive.Comment))
		for version := range strings.FieldsSeq(comment["versions"]) {
			has[comment["cmd"]+" "+version]++
		}
	}
	covered, unserved := 0, []string{}
	for i := range commands {
		c := &commands[i]
		if c.run == nil {
			unserved = append(unserved, c.name)
			continue
		}
		for _, v := range AllVersions {
			switch {
			case !c.in(v):
			case has[fmt.Sprint(c.name, " ", v)] == 0:
				t.Errorf("%s has no golden answer at %v", c.name, v)
			default:
				covered++
			}
		}
	}
	t.Logf("%d files, %d of command and version; not served: %s", len(files), covered, strings.Join(unserved, ", "))
}
