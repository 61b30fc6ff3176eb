package imap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
)

// corpusDir is where messages of other projects lie, outside this repository; tests skip without them.
func corpusDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GANNET_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "mail")); err != nil {
		t.Skip("no corpus beside the repository")
	}
	return dir
}

// corpusFiles are the messages that the corpus's table lists.
func corpusFiles(t testing.TB) []string {
	t.Helper()
	dir := corpusDir(t)
	table, err := os.ReadFile(filepath.Join(dir, "mail", "FEATURES.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, line := range strings.Split(string(table), "\n") {
		if path, _, _ := strings.Cut(line, "\t"); strings.HasPrefix(path, "mail/") {
			files = append(files, filepath.Join(dir, path))
		}
	}
	return files
}

func bodyOf(t testing.TB, name string) (node, *mail.Summary) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := mail.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return parseBody(t, AppendBody(nil, s.Root, true, false)), s
}

// TestCorpusForm reads what was made of every message by the grammar: both texts, in both encodings.
func TestCorpusForm(t *testing.T) {
	for _, name := range corpusFiles(t) {
		n, s := bodyOf(t, name)
		for _, utf8 := range []bool{false, true} {
			parseBody(t, AppendBody(nil, s.Root, true, utf8))
			in := &items{t, string(AppendEnvelope(nil, &s.Envelope, utf8))}
			if list, ok := in.next().([]any); !ok || len(list) != 10 || in.s != "" {
				t.Errorf("%s: envelope of %d", name, len(list))
			}
		}
		if n.Type == "/" {
			t.Errorf("%s: no type", name)
		}
	}
}

// duck is a node of the trees that wildduck's tests expect.
type duck struct {
	ChildNodes   []duck
	Message      *duck
	Size         int64
	ParsedHeader struct {
		Type struct{ Value string } `json:"content-type"`
	}
}

func (d *duck) shape() string {
	typ := d.ParsedHeader.Type.Value
	if typ == "" {
		typ = "text/plain"
	}
	switch {
	case d.Message != nil:
		return typ + "[" + d.Message.shape() + "]"
	case len(d.ChildNodes) > 0:
		var inner []string
		for i := range d.ChildNodes {
			inner = append(inner, d.ChildNodes[i].shape())
		}
		return typ + "(" + strings.Join(inner, ", ") + ")"
	}
	return fmt.Sprint(typ, " ", d.Size)
}

func (n *node) shape() string {
	var inner []string
	for i := range n.Inner {
		inner = append(inner, n.Inner[i].shape())
	}
	switch {
	case strings.HasPrefix(n.Type, "multipart/"):
		return n.Type + "(" + strings.Join(inner, ", ") + ")"
	case len(inner) > 0:
		return n.Type + "[" + inner[0] + "]"
	}
	return fmt.Sprint(n.Type, " ", n.Size)
}

// messages lists the sizes of the embedded messages.
func (d *duck) messages(sizes []int64) []int64 {
	if d.Message != nil {
		sizes = d.Message.messages(append(sizes, d.Size))
	}
	for i := range d.ChildNodes {
		sizes = d.ChildNodes[i].messages(sizes)
	}
	return sizes
}

func (n *node) messages(sizes []int64) []int64 {
	if strings.HasPrefix(n.Type, "message/") && len(n.Inner) > 0 {
		sizes = append(sizes, n.Size)
	}
	for i := range n.Inner {
		sizes = n.Inner[i].messages(sizes)
	}
	return sizes
}

// TestWildduck compares types, nesting and sizes with the trees that wildduck expects.
func TestWildduck(t *testing.T) {
	trees, _ := filepath.Glob(filepath.Join(corpusDir(t), "mail", "wildduck", "imap-core", "test", "fixtures", "*.json"))
	if len(trees) == 0 {
		t.Skip("no trees in the corpus")
	}
	for _, name := range trees {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var want duck
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		b, err = os.ReadFile(strings.TrimSuffix(name, ".json") + ".eml")
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		s, err := mail.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		got := parseBody(t, AppendBody(nil, s.Root, true, false))
		if g, w := got.shape(), want.shape(); g != w {
			t.Errorf("%s:\n got %s\nwant %s", filepath.Base(name), g, w)
			continue
		}
		g, w := got.messages(nil), want.messages(nil)
		for i := range g {
			if g[i] != w[i] {
				t.Errorf("%s: message %d of %d bytes, want %d", filepath.Base(name), i, g[i], w[i])
			}
		}
	}
}

// oracle prints, for each file named on its input, the shape of the message and the number of defects Python noted.
const oracle = `
import sys, json, email
def shape(m):
    typ = m.get_content_type()
    p = m._payload # not get_payload, which decodes what is not ASCII
    if typ == 'message/rfc822' and isinstance(p, list) and len(p) == 1:
        return typ + '[' + shape(p[0]) + ']'
    if m.get_content_maintype() == 'multipart' and isinstance(p, list):
        return typ + '(' + ', '.join(shape(c) for c in p) + ')'
    if m.get_content_maintype() == 'message':
        return typ # Python looks into kinds that have no structure for IMAP
    return typ + ' %d' % len(p.encode('utf-8', 'surrogateescape') if p else b'')
def defects(m):
    return len(m.defects) + (sum(defects(c) for c in m.get_payload()) if isinstance(m.get_payload(), list) else 0)
for name in sys.stdin:
    try:
        with open(name.rstrip('\n'), 'rb') as f:
            m = email.message_from_bytes(f.read())
        print(json.dumps([defects(m), shape(m)]))
    except Exception as e:
        print(json.dumps([99, type(e).__name__]))
`

// TestPython compares with Python's parser where that one finds nothing wrong: types, nesting, sizes of the leaves. What
// differs is logged: types that are none (which Python keeps, or makes text), boundaries that stand twice, nesting
// beyond mail.MaxDepth.
func TestPython(t *testing.T) {
	files := corpusFiles(t)
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	cmd := exec.Command(python, "-c", oracle)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d answers for %d files", len(lines), len(files))
	}
	compared, same := 0, 0
	for i, line := range lines {
		var answer [2]any
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		if answer[0] != 0.0 {
			continue
		}
		want := answer[1]
		compared++
		n, _ := bodyOf(t, files[i])
		if got := pythonShape(&n); got == want {
			same++
		} else {
			t.Logf("%s:\n got %.300s\nwant %.300v", filepath.Base(files[i]), got, want)
		}
	}
	t.Logf("%d of %d the same", same, compared)
	if compared-same > compared/100 {
		t.Errorf("%d of %d differ", compared-same, compared)
	}
}

func pythonShape(n *node) string {
	var inner []string
	for i := range n.Inner {
		inner = append(inner, pythonShape(&n.Inner[i]))
	}
	switch {
	case strings.HasPrefix(n.Type, "multipart/"):
		return n.Type + "(" + strings.Join(inner, ", ") + ")"
	case len(inner) > 0:
		return n.Type + "[" + inner[0] + "]"
	}
	if strings.HasPrefix(n.Type, "message/") {
		return n.Type
	}
	return fmt.Sprint(n.Type, " ", n.Size)
}
