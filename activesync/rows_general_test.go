package activesync

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gannetmail/gannet/store"
)

// The tests of files rows_*_test.go hold single rules of MS-ASCMD and its sisters that no story of another file comes by.

// goldenAnswers are the answers of testdata/golden, by file and version; the requests stand under version 0.
func goldenAnswers(t *testing.T) map[string]map[Version]string {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	must(t, err)
	all := map[string]map[Version]string{}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		must(t, err)
		of := map[Version]string{}
		for _, f := range archive.Files {
			if f.Name == "request" {
				of[0] = string(f.Data)
			}
			for name := range strings.FieldsSeq(f.Name) {
				if v, ok := ParseVersion(name); ok {
					of[v] = string(f.Data)
				}
			}
		}
		all[filepath.Base(path)] = of
	}
	return all
}

// TestRowsVersions: no golden answer has an element that its version does not know, but to a request that has one itself.
// Strict clients drop such answers. Which version knows what stands beside each tag of package wbxml.
func TestRowsVersions(t *testing.T) {
	beyond := tagVersions(t)
	for name, answers := range goldenAnswers(t) {
		for v, dump := range answers {
			if v == 0 || beyond(answers[0], v) != "" {
				continue
			}
			if tag := beyond(dump, v); tag != "" {
				t.Errorf("%s: %v is told %s", name, v, tag)
			}
		}
	}
}

// tagVersions reads which versions know which tags, and returns what finds a tag in a dump that a version does not know.
func tagVersions(t *testing.T) func(dump string, v Version) string {
	t.Helper()
	since := map[string]string{}
	line := regexp.MustCompile(`(?m)^\s(\w+)\s+Tag = 0x\w+ // ([^,]+),`)
	head := regexp.MustCompile(`Code Page \d+: (\w+)`)
	for _, file := range []string{"pages_0_6.go", "pages_7_15.go", "pages_16_25.go"} {
		source, err := os.ReadFile("../wbxml/" + file)
		must(t, err)
		for _, page := range strings.Split(string(source), "// MS-ASWBXML, ")[1:] {
			name := head.FindStringSubmatch(page)[1]
			for _, m := range line.FindAllStringSubmatch(page, -1) {
				since[name+":"+strings.TrimPrefix(m[1], name)] = m[2]
			}
		}
	}
	if len(since) < 600 {
		t.Fatalf("only %d tags", len(since))
	}
	return func(dump string, v Version) string {
		for text := range strings.Lines(dump) {
			tag, _, _ := strings.Cut(strings.TrimSpace(text), " ")
			if strings.HasPrefix(tag, "HTTP") || tag == "" {
				continue
			}
			from, to, ended := strings.Cut(strings.TrimSuffix(since[tag], " only"), "-")
			first, ok := ParseVersion(from)
			last := V161
			if strings.HasSuffix(since[tag], "only") {
				if last = first; ended {
					last, _ = ParseVersion(to)
				}
			}
			if !ok || v < first || v > last {
				return fmt.Sprintf("%s, which is of %q", tag, since[tag])
			}
		}
		return ""
	}
}

// TestRowsIDs: ids and keys are at most 64 characters of the safe alphabet, and no two differ by case only.
func TestRowsIDs(t *testing.T) {
	id := regexp.MustCompile(`:(?:ServerId|SyncKey|CollectionId|DstMsgId|ParentId|LongId|FileReference|ConversationId) "([^"]*)"`)
	safe := regexp.MustCompile(`^[A-Za-z0-9:_{}-]{1,64}$`)
	seen := map[string]string{}
	for name, answers := range goldenAnswers(t) {
		for v, dump := range answers {
			if v == 0 {
				continue
			}
			for _, m := range id.FindAllStringSubmatch(dump, -1) {
				if !safe.MatchString(m[1]) {
					t.Errorf("%s at %v: id %q", name, v, m[1])
				}
				if other, ok := seen[strings.ToLower(m[1])]; ok && other != m[1] {
					t.Errorf("%q and %q differ by case only", other, m[1])
				}
				seen[strings.ToLower(m[1])] = m[1]
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d ids", len(seen))
	}
}

// TestRowsReadWhole: a request is read to its end before anything of it is done, so one that breaks the schema does
// nothing.
func TestRowsReadWhole(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(2)
		archive := collectionID(r.folder(store.Archive).ID)
		key := r.whole(t, call{version: v}, inbox, r.prime(t, call{version: v}, inbox))
		good := strconv.Quote(inbox + ":1")
		tests := map[string]string{
			"Sync": syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + good, ">AirSync:Delete"}),
			"MoveItems": lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+good, ">>Move:SrcFldId "+strconv.Quote(inbox),
				">>Move:DstFldId "+strconv.Quote(archive), ">Move:Move", ">>Move:SrcMsgId "+good),
		}
		if v >= V120 {
			tests["ItemOperations"] = lines("ItemOperations:ItemOperations", ">ItemOperations:EmptyFolderContents", ">>AirSync:CollectionId "+strconv.Quote(inbox),
				">ItemOperations:EmptyFolderContents")
			tests["Settings"] = lines("Settings:Settings", ">Settings:Oof", ">>Settings:Set", `>>>Settings:OofState "1"`, ">Settings:Oof", ">>Settings:Set", `>>>Settings:OofState "0"`)
		}
		for cmd, body := range tests {
			a := r.do(call{cmd: cmd, version: v, body: body})
			if got := a.outcome(); slices.Contains([]string{"1", "HTTP 200", "HTTP 500"}, got) {
				t.Errorf("%s: %s\n%s", cmd, got, a.dump)
			}
		}
		if n := len(r.records(store.Inbox)); n != 2 {
			t.Errorf("%d messages left of 2", n)
		}
		if o := r.oof(); o.State != 0 {
			t.Errorf("oof %+v", o)
		}
	})
}
