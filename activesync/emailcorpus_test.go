package activesync

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gannetmail/gannet/activesync/wire"
)

// TestCorpus renders every real message at four versions in every form, within limits. With -short it is every fiftieth.
func TestCorpus(t *testing.T) {
	once(t)
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	every, n, done := 1, 0, 0
	if testing.Short() {
		every = 50
	}
	err := filepath.WalkDir(filepath.Join(root, "mail"), func(path string, info fs.DirEntry, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		messages := [][]byte{raw}
		if bytes.HasPrefix(raw, []byte("From ")) {
			messages = bytes.Split(raw, []byte("\n\nFrom "))
		}
		for i, one := range messages {
			if n++; n%every == 0 {
				renderAll(t, fmt.Sprintf("%s, %d", path, i), one)
				done++
			}
		}
		return nil
	})
	must(t, err)
	t.Logf("%d of %d messages", done, n)
}

// renderAll renders a message in every form and looks at what comes out.
func renderAll(t *testing.T, name string, raw []byte) {
	h, r := emailRig(t, raw)
	for _, v := range []Version{V25, V121, V141, V161} {
		for kind := wire.BodyText; kind <= wire.BodyMIME; kind++ {
			options := wire.Options{Bodies: []wire.BodyPreference{pref(kind, 2000)}, BodyParts: []wire.BodyPreference{pref(wire.BodyHTML, 1000)}}
			if kind == wire.BodyMIME {
				options.MIMESupport = 2
			}
			if v < V120 {
				options.Truncation, options.MIMETruncation = new(int), new(int)
				*options.Truncation, *options.MIMETruncation = 3, 1 // 2,048 and 4,096
			}
			dump := written(t, h, r, emailForm{version: v, options: options})
			if !utf8.ValidString(dump) {
				t.Errorf("%s at %v, type %d: bad document", name, v, kind)
			}
			checkForm(t, fmt.Sprintf("%s at %v, type %d", name, v, kind), parseDump(t, dump), v)
		}
	}
}

// checkForm checks the limits of a rendered message.
func checkForm(t *testing.T, name string, n *node, v Version) {
	t.Helper()
	size := func(n *node, tag string) int {
		i, err := strconv.Atoi(n.get(tag))
		if err != nil {
			t.Errorf("%s: %s is %q", name, tag, n.get(tag))
		}
		return i
	}
	if v < V120 {
		data, whole := n.get("Email:Body"), "Email:BodySize"
		if n.at("Email:MIMEData") != nil {
			data, whole = n.get("Email:MIMEData"), "Email:MIMESize"
		}
		if len(data) > 4096 || size(n, whole) < len(data) {
			t.Errorf("%s: %d bytes of %d", name, len(data), size(n, whole))
		}
		if n.at("AirSyncBase:Body") != nil || n.at("Email2:ConversationId") != nil {
			t.Errorf("%s: elements of later versions", name)
		}
		return
	}
	for tag, limit := range map[string]int{"AirSyncBase:Body": 2000, "AirSyncBase:BodyPart": 1000} {
		b := n.at(tag)
		if b == nil && (tag == "AirSyncBase:Body" || v >= V141) {
			t.Errorf("%s: no %s", name, tag)
		}
		if b == nil {
			continue
		}
		data, whole := b.get("AirSyncBase:Data"), size(b, "AirSyncBase:EstimatedDataSize")
		if len(data) > limit || whole < len(data) || b.get("AirSyncBase:Truncated") == "0" {
			t.Errorf("%s: %s has %d bytes of %d", name, tag, len(data), whole)
		}
	}
	if class := n.get("Email:MessageClass"); strings.HasPrefix(class, classMeeting) != (n.at("Email:MeetingRequest") != nil) {
		t.Errorf("%s: class %s", name, class)
	}
}

// FuzzRender renders any bytes as a message: nothing breaks, and what comes out keeps to its limits.
func FuzzRender(f *testing.F) {
	for _, message := range []string{
		lunch, withFile, twoForms, voiceMail, answered, invitation("REQUEST", "RRULE:FREQ=WEEKLY;BYDAY=FR"), invitation("COUNTER"),
		"Subject: Gr\xf6\xdfe\n\n\xff", "Content-Type: multipart/signed; boundary=b\n\n--b\n\n\x1b$B\n--b--",
	} {
		f.Add([]byte(crlf(message)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { renderAll(t, "fuzz", raw) })
}
