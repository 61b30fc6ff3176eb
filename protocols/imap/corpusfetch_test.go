package imap

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
)

func (f *fetcher) append(b []byte) {
	f.t.Helper()
	f.do(fmt.Sprintf("APPEND INBOX ~{%d+}\r\n%s", len(b), b))
}

// value is what a FETCH of one item gives.
func (f *fetcher) value(uid int, item string) (value []byte, missing bool) {
	f.t.Helper()
	lines := f.do(fmt.Sprintf("UID FETCH %d (%s)", uid, item))
	if len(lines) != 1 {
		f.t.Fatalf("%s: %d lines", item, len(lines))
	}
	at := bytes.IndexAny(lines[0], "]>")
	rest := lines[0][at+1:]
	if i := bytes.IndexByte(rest, ' '); i >= 0 {
		rest = rest[i+1:]
	}
	rest = bytes.TrimSuffix(rest, []byte(")\r\n"))
	switch {
	case bytes.Equal(rest, []byte("NIL")):
		return nil, true
	case bytes.Equal(rest, []byte(`""`)):
		return []byte{}, false
	}
	_, literal, found := bytes.Cut(rest, []byte("}\r\n"))
	if !found {
		f.t.Fatalf("%s: %.200q", item, rest)
	}
	return literal, false
}

func (f *fetcher) want(what string, uid int, item string, want []byte) {
	f.t.Helper()
	got, missing := f.value(uid, item)
	if missing || !bytes.Equal(got, want) {
		f.t.Errorf("%s: %s is %d bytes (missing: %v), want %d", what, item, len(got), missing, len(want))
	}
}

// TestCorpusFetch stores every message of the corpus and fetches it back: whole, in random ranges, each part raw and
// decoded, header and text of embedded messages.
func TestCorpusFetch(t *testing.T) {
	files := corpusFiles(t)
	f := newFetcher(t)
	f.do("SELECT INBOX")
	decoded := pythonParts(t, files)
	compared, same := 0, 0
	for i, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 {
			f.append([]byte("\r\n"))
			continue
		}
		f.append(b)
		uid := i + 1
		base := filepath.Base(name)
		f.want(base, uid, "BODY.PEEK[]", b)
		f.want(base, uid, "BINARY.PEEK[]", b)
		random := rand.New(rand.NewPCG(uint64(i), 1))
		for range 3 {
			offset, count := random.IntN(len(b)), 1+random.IntN(len(b)+10)
			f.want(base, uid, fmt.Sprintf("BODY.PEEK[]<%d.%d>", offset, count), b[offset:min(len(b), offset+count)])
		}
		s, err := mail.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		f.want(base, uid, "BODY.PEEK[HEADER]", b[:s.Root.Header.End()])
		f.want(base, uid, "BODY.PEEK[TEXT]", b[s.Root.Header.End():])
		walkParts(s.Root, func(p *mail.Part) {
			if p.Derived() || strings.HasSuffix(p.ID, "TEXT") {
				return
			}
			raw := b[p.Body.Offset:p.Body.End()]
			f.want(base, uid, "BODY.PEEK["+p.ID+"]", raw)
			f.want(base, uid, "BODY.PEEK["+p.ID+".MIME]", b[p.Header.Offset:p.Header.End()])
			if m := p.Message; m != nil && m.Root != nil && !m.Root.Derived() {
				f.want(base, uid, "BODY.PEEK["+p.ID+".HEADER]", b[m.Root.Header.Offset:m.Root.Header.End()])
				f.want(base, uid, "BODY.PEEK["+p.ID+".TEXT]", b[m.Root.Header.End():p.Body.End()])
			}
			if p.Message != nil || p.Type == "multipart" || !knownEncodings[p.Encoding] {
				return
			}
			content, err := io.ReadAll(s.OpenPart(bytes.NewReader(b), p))
			if err != nil {
				t.Fatal(err)
			}
			f.want(base, uid, "BINARY.PEEK["+p.ID+"]", content)
			if want, is := decoded[name][p.ID]; is {
				if compared++; want == fmt.Sprintf("%x", sha256.Sum256(content)) {
					same++
				} else {
					t.Logf("%s: part %s decodes otherwise in Python", base, p.ID)
				}
			}
		})
	}
	t.Logf("%d messages; Python decodes %d of %d parts alike", len(files), same, compared)
	if compared > 0 && same*100 < compared*98 {
		t.Errorf("Python decodes only %d of %d parts alike", same, compared)
	}
}

func walkParts(p *mail.Part, visit func(*mail.Part)) {
	if p == nil {
		return
	}
	visit(p)
	for _, c := range p.Children {
		walkParts(c, visit)
	}
	if p.Message != nil {
		walkParts(p.Message.Root, visit)
	}
}

// decoder prints, for each file named on its input, the hashes of the decoded leaves by section, if nothing is wrong with
// the message.
const decoder = `
import sys, json, email, hashlib
def defects(m):
    return len(m.defects) + (sum(defects(c) for c in m.get_payload()) if isinstance(m.get_payload(), list) else 0)
def walk(m, prefix, out):
    if m.get_content_maintype() == 'multipart' and isinstance(m._payload, list):
        for i, c in enumerate(m._payload):
            part(c, prefix + str(i + 1), out)
    else:
        part(m, prefix + '1', out)
def part(m, name, out):
    if m.get_content_type() == 'message/rfc822' and isinstance(m._payload, list):
        walk(m._payload[0], name + '.', out)
    elif isinstance(m._payload, list):
        if m.get_content_maintype() == 'multipart':
            walk(m, name + '.', out)
    elif m.get('content-transfer-encoding', '').strip().lower() in ('base64', 'quoted-printable'):
        b = m.get_payload(decode=True)
        if not m.defects:
            out[name] = hashlib.sha256(b).hexdigest()
for name in sys.stdin:
    out = {}
    try:
        with open(name.rstrip('\n'), 'rb') as f:
            m = email.message_from_bytes(f.read())
        if defects(m) == 0:
            walk(m, '', out)
    except Exception:
        out = {}
    print(json.dumps(out))
`

// pythonParts asks Python for the decoded parts of the messages; nothing without Python.
func pythonParts(t *testing.T, files []string) map[string]map[string]string {
	python, err := exec.LookPath("python3")
	if err != nil {
		return nil
	}
	cmd := exec.Command(python, "-c", decoder)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for _, name := range files {
		var parts map[string]string
		if err := dec.Decode(&parts); err != nil {
			t.Fatal(err)
		}
		all[name] = parts
	}
	return all
}
