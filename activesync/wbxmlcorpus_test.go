package activesync

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

// wbxmlAnswers are what the requests of the corpus are answered with at 14.1, by folder and file: the HTTP code, and the
// statuses of the answer in the order in which they stand. Keys and ids in the captures belong to their own servers, so
// many are not known here.
var wbxmlAnswers = map[string]string{
	"activesync/activesync-001-settings_device_information.wbxml": "200 1 1",
	"activesync/activesync-001.wbxml":                             "200 1",
	"activesync/activesync-002-settings_user_information.wbxml":   "200 1 2",
	"activesync/activesync-003-settings_device_password.wbxml":    "200 1 2",
	"activesync/activesync-003.wbxml":                             "200 1 1 1",
	"activesync/activesync-004-settings_oof.wbxml":                "200 1 1",
	"activesync/activesync-005.wbxml":                             "200 1 5",
	"activesync/activesync-008.wbxml":                             "200 1 1",
	"activesync/activesync-010-provision-eas.wbxml":               "200 1 1",
	"activesync/activesync-010.wbxml":                             "200 12",
	"activesync/activesync-011-provision-wap.wbxml":               "200 1 3",
	"activesync/activesync-012.wbxml":                             "200 12",
	"activesync/activesync-014.wbxml":                             "200 7",
	"activesync/activesync-016.wbxml":                             "200 2",
	"activesync/activesync-018.wbxml":                             "200 1 15",
	"activesync/activesync-020-folder_sync_initial_request.wbxml": "200 1",
	"activesync/activesync-030-sendmail-request.wbxml":            "200",
	"activesync/activesync-031-sendmail-request.wbxml":            "200",
	"activesync/activesync-032-formatted-base64.wbxml":            "200",
	"airsync/airsync-001.wbxml":                                   "200 12",
	"airsync/airsync-002-search_query_for_exchange.wbxml":         "200 1 1",
	"wbxml_samples/request-120.wbxml":                             "200 7",
}

// wbxmlFragments are pieces of documents without a header, as one library keeps them; package wbxml decodes them.
const wbxmlFragments = "horde-activesync"

// TestWBXMLCorpus decodes every document of the corpus and sends those that are requests, at every version that has the
// command: each must have a well-formed answer, and at 14.1 the one that wbxmlAnswers says.
func TestWBXMLCorpus(t *testing.T) {
	once(t)
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "wbxml")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus:", err)
	}
	decoded, sent := 0, 0
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".wbxml" || strings.Contains(path, wbxmlFragments) {
			return err
		}
		decoded++
		name := filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(path)
			must(t, err)
			if sendWBXML(t, name, raw) {
				sent++
			}
		})
		return nil
	}))
	t.Logf("%d documents decoded, %d of them are requests and were answered", decoded, sent)
	if decoded == 0 || sent == 0 {
		t.Error("the corpus has nothing of that")
	}
}

// sendWBXML decodes a document, sends it if it is a request, and reports whether it is.
func sendWBXML(t *testing.T, name string, raw []byte) bool {
	var dump strings.Builder
	err := wbxml.Dump(&dump, bytes.NewReader(raw), wbxml.DumpOptions{})
	if err != nil && !errors.Is(err, wbxml.ErrTrailing) { // one device sent its root element twice
		t.Fatal(err)
	}
	doc := parseDump(t, dump.String())
	cmd := requested(doc)
	if cmd == nil {
		return false
	}
	for _, v := range AllVersions {
		if !cmd.in(v) {
			continue
		}
		r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
		r.deliver("inbox", lunch)
		req := r.request(call{cmd: cmd.name, version: v, body: "Ping:Ping\n"})
		req.Body, req.ContentLength = readCloser{bytes.NewReader(raw)}, int64(len(raw))
		a := r.send(req) // which fails if the answer cannot be decoded
		got := strings.TrimSpace(fmt.Sprint(a.code, " ", strings.Join(statuses(a.dump), " ")))
		if a.code >= 500 && a.code != 501 || a.dump != "" && parseDump(t, a.dump).name != cmd.root.String() {
			t.Errorf("%v: %s\n%s", v, got, a.dump)
		}
		if want := wbxmlAnswers[name]; v == V141 && got != want {
			t.Errorf("%s at %v is answered with %q, want %q\n%s", cmd.name, v, got, want, a.dump)
		}
	}
	return true
}

// readCloser is a body.
type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// requested is the command that a document asks for, nil for an answer: answers have a Status where requests have none.
func requested(doc *node) *command {
	if doc.at("AirSync:Collections", "AirSync:Collection", "AirSync:Status") != nil {
		return nil
	}
	for i := range commands {
		if c := &commands[i]; c.root != 0 && c.root.String() == doc.name && c.run != nil {
			if space, _, _ := strings.Cut(doc.name, ":"); doc.at(c.status.String()) != nil || doc.at(space+":Response") != nil {
				return nil
			}
			return c
		}
	}
	return nil
}

// statuses are the values of all elements of that name.
func statuses(dump string) (list []string) {
	for line := range strings.Lines(dump) {
		if tag, value, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasSuffix(tag, ":Status") {
			list = append(list, strings.Trim(value, `"`))
		}
	}
	return list
}
