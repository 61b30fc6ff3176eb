package activesync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// A blobShelf is a store of which only blobs are asked for.
type blobShelf struct {
	store.Store
	blobs map[store.BlobID][]byte
	fail  error // of OpenBlob
}

type memoryBlob struct {
	*bytes.Reader
	id store.BlobID
}

func (memoryBlob) Close() error       { return nil }
func (b memoryBlob) ID() store.BlobID { return b.id }

func (s *blobShelf) OpenBlob(_ context.Context, id store.BlobID) (store.Blob, error) {
	raw, ok := s.blobs[id]
	switch {
	case s.fail != nil:
		return nil, s.fail
	case !ok:
		return nil, store.NotFound
	}
	return memoryBlob{bytes.NewReader(raw), id}, nil
}

// emailRig returns a handler on one message, and the message's record.
func emailRig(t testing.TB, raw []byte) (*Handler, store.Record) {
	t.Helper()
	s, err := mail.Parse(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	summary, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	r := store.Record{Item: store.Item{ID: 9, Account: 1, Class: store.Mail, Size: int64(len(raw)), Summary: summary, Thread: 3}}
	return &Handler{Options: Options{
		Store: &blobShelf{blobs: map[store.BlobID][]byte{{}: raw}}, Hostname: "mx.example.test", Log: slog.New(slog.DiscardHandler),
	}}, r
}

// written renders a message and writes it, and returns its dump.
func written(t testing.TB, h *Handler, r store.Record, f emailForm) string {
	t.Helper()
	m, err := h.renderEmail(t.Context(), r, f)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	var raw bytes.Buffer
	e := wbxml.NewEncoder(&raw)
	e.Start(wbxml.AirSyncApplicationData)
	m.Write(e, uint8(f.version))
	e.End()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := wbxml.Dump(&text, &raw, wbxml.DumpOptions{}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// body returns the first Body of a dump.
func bodyOf(t testing.TB, dump string) *node {
	t.Helper()
	n := parseDump(t, dump).at("AirSyncBase:Body")
	if n == nil {
		t.Fatalf("no body in\n%s", dump)
	}
	return n
}

const twoForms = `From: uwe@example.test
To: rita@example.test
Bcc: eva@example.test
Subject: x
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Größe: one two three
--b
Content-Type: text/html; charset=utf-8

<p>Größe: <b>one</b> two three</p>
--b--
`

func pref(kind int, size int64) wire.BodyPreference {
	return wire.BodyPreference{Type: kind, Truncation: size, Whole: size < 0}
}

// TestBodyChoice lists what a device gets for what it asks.
func TestBodyChoice(t *testing.T) {
	plain := "Größe: one two three"
	html := `<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><p>Größe: <b>one</b> two three</p>`
	all := func(p wire.BodyPreference) wire.BodyPreference { p.AllOrNone = true; return p }
	tests := []struct {
		name      string
		options   wire.Options
		kind      string
		data      string
		truncated bool
	}{
		{"nothing asked", wire.Options{}, "1", plain, false},
		{"plain", wire.Options{Bodies: []wire.BodyPreference{pref(1, -1)}}, "1", plain, false},
		{"cut inside a character", wire.Options{Bodies: []wire.BodyPreference{pref(1, 3)}}, "1", "Gr", true},
		{"both: the native one", wire.Options{Bodies: []wire.BodyPreference{pref(1, 500), pref(2, 5000)}}, "2", html, false},
		{"rich text only", wire.Options{Bodies: []wire.BodyPreference{pref(3, -1)}}, "1", plain, false},
		{"size nothing", wire.Options{Bodies: []wire.BodyPreference{pref(1, 0)}}, "1", "", true},
		{"all of HTML or else plain", wire.Options{Bodies: []wire.BodyPreference{all(pref(2, 25)), pref(1, 9)}}, "1", "Größe: ", true},
		{"all or none of neither", wire.Options{Bodies: []wire.BodyPreference{all(pref(2, 5)), all(pref(1, 5))}}, "2", "", true},
		{"MIME, not supported", wire.Options{Bodies: []wire.BodyPreference{pref(4, -1), pref(1, -1)}}, "1", plain, false},
		{"MIME for S/MIME only", wire.Options{MIMESupport: 1, Bodies: []wire.BodyPreference{pref(4, -1), pref(1, -1)}}, "1", plain, false},
		{"MIME", wire.Options{MIMESupport: 2, Bodies: []wire.BodyPreference{pref(4, -1), pref(1, -1)}}, "4",
			crlf(strings.Replace(twoForms, "Bcc: eva@example.test\n", "", 1)), false},
		{"MIME, cut", wire.Options{MIMESupport: 2, Bodies: []wire.BodyPreference{pref(4, 10)}}, "4", "From: uwe@", true},
		{"MIME, cut by MIMETruncation", wire.Options{MIMESupport: 2, MIMETruncation: new(int), Bodies: []wire.BodyPreference{pref(4, -1)}}, "4", "", true},
	}
	h, r := emailRig(t, []byte(crlf(twoForms)))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := bodyOf(t, written(t, h, r, emailForm{version: V141, options: test.options}))
			if b.get("AirSyncBase:Type") != test.kind || b.get("AirSyncBase:Data") != test.data || (b.at("AirSyncBase:Truncated") != nil) != test.truncated {
				t.Errorf("got %s %q %v", b.get("AirSyncBase:Type"), b.get("AirSyncBase:Data"), b.at("AirSyncBase:Truncated") != nil)
			}
			if order := []string{"AirSyncBase:Type", "AirSyncBase:EstimatedDataSize"}; b.kids[0].name != order[0] || b.kids[1].name != order[1] {
				t.Errorf("order of elements: %v, %v", b.kids[0].name, b.kids[1].name)
			}
		})
	}
}

// TestMIME lists what is changed of a message that goes out as it is.
func TestMIME(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"bare line feeds", "Subject: x\n\nbody\n", "Subject: x\r\n\r\nbody\r\n"},
		{"Bcc folded", "Bcc: a@b.test,\r\n c@d.test\r\nSubject: x\r\n\r\nbcc: stays\r\n", "Subject: x\r\n\r\nbcc: stays\r\n"},
		{"Latin-1", "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xf6\xdfe\r\n",
			"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nR3L232UNCg==\r\n"},
		{"Latin-1 in a part", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xf6\r\n--b\r\n\r\nplain\r\n--b--\r\n",
			"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n9g==\r\n\r\n--b\r\n\r\nplain\r\n--b--\r\n"},
		{"UTF-8", "Content-Transfer-Encoding: 8bit\r\n\r\nGröße\r\n", "Content-Transfer-Encoding: 8bit\r\n\r\nGröße\r\n"},
	}
	options := wire.Options{MIMESupport: 2, Bodies: []wire.BodyPreference{pref(4, -1)}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, r := emailRig(t, []byte(test.in))
			b := bodyOf(t, written(t, h, r, emailForm{version: V141, options: options}))
			if got := b.get("AirSyncBase:Data"); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if got := b.get("AirSyncBase:EstimatedDataSize"); got != fmt.Sprint(len(test.want)) && !strings.HasPrefix(test.name, "Latin") {
				t.Errorf("size %s of %d", got, len(test.want))
			}
		})
	}
}

// TestSMIMENeverCut checks that half of a signed message is not sent.
func TestSMIMENeverCut(t *testing.T) {
	signed := "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n"
	h, r := emailRig(t, []byte(signed))
	options := wire.Options{MIMESupport: 1, Bodies: []wire.BodyPreference{pref(4, 20)}}
	b := bodyOf(t, written(t, h, r, emailForm{version: V141, options: options}))
	if b.get("AirSyncBase:Type") != "4" || b.get("AirSyncBase:Truncated") != "1" || b.get("AirSyncBase:Data") != "" {
		t.Errorf("cut: %+v", b)
	}
	options.Bodies[0] = pref(4, 2000)
	b = bodyOf(t, written(t, h, r, emailForm{version: V141, options: options}))
	if b.get("AirSyncBase:Data") != signed {
		t.Errorf("whole: %q", b.get("AirSyncBase:Data"))
	}
}

// TestQuietReader checks that a message whose bytes end in an error is cut there.
func TestQuietReader(t *testing.T) {
	source := io.MultiReader(strings.NewReader("half"), &failing{})
	if got, err := io.ReadAll(quietReader{source}); string(got) != "half" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("disk") }

func TestFileReference(t *testing.T) {
	for _, part := range []string{"1", "2.1", "2~1", "2.TEXT"} {
		item, got, ok := parseFileReference(fileReference(77, part))
		if !ok || item != 77 || got != part {
			t.Errorf("%q: %d %q %v", part, item, got, ok)
		}
	}
	for _, bad := range []string{"", "i1", "i1:", "1:1", "i01:1", "ix:1"} {
		if _, _, ok := parseFileReference(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestIDs(t *testing.T) {
	if c, uid, ok := parseItemID(itemID(12, 345)); !ok || c != 12 || uid != 345 {
		t.Errorf("item id: %d %d %v", c, uid, ok)
	}
	for _, bad := range []string{"", "c1", "c1:", "c1:0", "c01:1", "c1:01", "c1:4294967296", "x1:1", "c-1:1", "0:1"} {
		if _, _, ok := parseItemID(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
	key := syncKey{epoch: 1<<63 + 5, generation: 77}
	if got, ok := parseSyncKey(key.String()); !ok || got != key {
		t.Errorf("%v: %v %v", key, got, ok)
	}
	for _, bad := range []string{"", "0", "k", "k0-1", "k000000000000000f-0", "k000000000000000f-01", "k000000000000000F-1", "000000000000000f-1"} {
		if _, ok := parseSyncKey(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
}
