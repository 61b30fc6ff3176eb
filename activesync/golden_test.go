package activesync

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gannetmail/gannet/store"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/golden")

// TestGolden sends the requests of testdata/golden, each at all versions that its comment names, and compares
// the answers. A file has lines "cmd: …", "versions: …" and optionally "query: …", "mime: …" in its comment,
// the request under the name "request", and an answer under the versions that give it.
//
// With a line "key: c1" the device has begun to synchronise that collection, with "key: tree" it knows the
// folders: KEY in the request is the key that it was given. In answers the random part of keys is left out.
//
// The store holds two messages: lunch, UID 1 of the Inbox, and one with a file, UID 2.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	must(t, err)
	comment := goldenComment(string(archive.Comment))
	wants := map[string]string{}
	c, request := call{cmd: comment["cmd"]}, ""
	for _, f := range archive.Files {
		if f.Name == "request" {
			request = string(f.Data)
		}
		for name := range strings.FieldsSeq(f.Name) {
			wants[name] = string(f.Data)
		}
	}
	if c.query, err = url.ParseQuery(comment["query"]); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name := range strings.FieldsSeq(comment["versions"]) {
		version, ok := ParseVersion(name)
		if !ok {
			t.Fatalf("no version %q", name)
		}
		r := newRig(t)
		r.deliver(store.Inbox, lunch)
		r.deliver(store.Inbox, withFile)
		c.version = version
		c.body = strings.ReplaceAll(request, "KEY", r.goldenKey(version, comment["key"]))
		a := r.do(c)
		got[name] = epoch.ReplaceAllString(a.dump, "k")
		if a.dump == "" {
			got[name] = fmt.Sprintf("HTTP %d, %d bytes\n", a.code, len(a.body))
		}
		if got[name] != wants[name] && !*update {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", name, got[name], wants[name])
		}
	}
	if *update {
		must(t, os.WriteFile(path, rewritten(archive, strings.Fields(comment["versions"]), got), 0o644))
	}
}

// epoch is the random part of a key.
var epoch = regexp.MustCompile(`k[0-9a-f]{16}`)

// goldenKey lets the device begin, and returns the key that it was given.
func (r *rig) goldenKey(v Version, what string) string {
	switch what {
	case "":
		return ""
	case "tree":
		return r.do(call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}).value("FolderHierarchy:SyncKey")
	}
	return r.prime(r.t, call{version: v}, what)
}

// goldenComment reads "key: value" lines.
func goldenComment(s string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(s) {
		if key, value, ok := strings.Cut(line, ":"); ok {
			m[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return m
}

// rewritten puts the answers into the archive, equal ones of versions that follow each other only once.
func rewritten(a *txtar.Archive, versions []string, got map[string]string) []byte {
	out := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if f.Name == "request" {
			out.Files = append(out.Files, f)
		}
	}
	for _, v := range versions {
		n := len(out.Files)
		if n > 0 && out.Files[n-1].Name != "request" && string(out.Files[n-1].Data) == got[v] {
			out.Files[n-1].Name += " " + v
			continue
		}
		out.Files = append(out.Files, txtar.File{Name: v, Data: []byte(got[v])})
	}
	return txtar.Format(out)
}
