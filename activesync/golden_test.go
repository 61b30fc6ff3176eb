package activesync

import (
	"bytes"
	"cmp"
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
// the answers. A file has lines "cmd: …", "versions: …" and optionally "query: …" in its comment,
// the request under the name "request", or a bare message under "message", and an answer under the versions that give
// it.
//
// With a line "key: c1" the device has begun to synchronise that collection, with "key: tree" it knows the
// folders: KEY in the request is the key that it was given. In answers the random part of keys is left out.
//
// The store holds two messages: lunch, UID 1 of the Inbox, and one with a file, UID 2. With a line "mail: …" it holds those
// of goldenMail instead. With a line "card: yes" the address book holds goldenCard.
func TestGolden(t *testing.T) {
	once(t)
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
		switch f.Name {
		case "request":
			request = string(f.Data)
		case "message":
			c.mime = crlf(string(f.Data))
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
		for _, name := range strings.Fields(cmp.Or(comment["mail"], "lunch file")) {
			if goldenMail[name] == "" {
				t.Fatalf("no message %q", name)
			}
			r.deliver(store.Inbox, goldenMail[name])
		}
		if comment["card"] != "" {
			r.keepCard(goldenCard)
		}
		for name := range strings.FieldsSeq(comment["events"]) {
			r.keepEvent(bytes.ReplaceAll(vevent(goldenEvents[name]), []byte("UID:u1"), []byte("UID:"+name)))
		}
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

// goldenMail are the messages that a golden file may name.
var goldenMail = map[string]string{
	"lunch": lunch, "file": withFile, "voice": voiceMail, "answer": answered,
	"invitation": invitation("REQUEST", "SEQUENCE:1", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=6", "BEGIN:VALARM", "TRIGGER:-PT10M", "END:VALARM"),
	"day": strings.NewReplacer(";TZID=Europe/Berlin:20260828T100000", ";VALUE=DATE:20260828",
		";TZID=Europe/Berlin:20260828T110000", ";VALUE=DATE:20260829").Replace(invitation("CANCEL", "RECURRENCE-ID;VALUE=DATE:20260828")),
	"signed": "From: otto@example.test\nTo: rita@example.test\nSubject: Signed\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nAll is well.\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--b--\n",
	"report": "From: mailer-daemon@example.test\nTo: rita@example.test\nSubject: Not delivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nNobody there.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.test\n\nFinal-Recipient: rfc822; eva@x.test\nAction: failed\nStatus: 5.1.1\n--b--\n",
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
		if f.Name == "request" || f.Name == "message" {
			out.Files = append(out.Files, f)
		}
	}
	for _, v := range versions {
		n := len(out.Files)
		if n > 0 && out.Files[n-1].Name != "request" && out.Files[n-1].Name != "message" && string(out.Files[n-1].Data) == got[v] {
			out.Files[n-1].Name += " " + v
			continue
		}
		out.Files = append(out.Files, txtar.File{Name: v, Data: []byte(got[v])})
	}
	return txtar.Format(out)
}
