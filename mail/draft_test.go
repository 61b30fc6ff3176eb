package mail

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

var draftDate = time.Date(2026, 8, 22, 10, 15, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func draftFile(name, typ, content string) DraftFile {
	return DraftFile{Name: name, Type: typ, Content: io.NewSectionReader(strings.NewReader(content), 0, int64(len(content)))}
}

// newDraft writes a new draft and parses it.
func newDraft(t *testing.T, e DraftEdit) (Original, string, []int64) {
	t.Helper()
	var out bytes.Buffer
	e.Date = draftDate
	files, err := NewDraft(&out, Address{Name: "Alice", Local: "alice", Domain: "example.test"}, "mx.example.test", e)
	return parsed(t, out.String(), files, err)
}

func editDraft(t *testing.T, old Original, e DraftEdit) (Original, string, []int64) {
	t.Helper()
	var out bytes.Buffer
	files, err := EditDraft(&out, old, e)
	return parsed(t, out.String(), files, err)
}

func parsed(t *testing.T, text string, files []int64, err error) (Original, string, []int64) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Defects {
		t.Errorf("defect %d at %d of\n%s", d.Kind, d.Offset, text)
	}
	return Original{s, strings.NewReader(text)}, text, files
}

// listed names the attachments, with their content.
func listed(t *testing.T, m Original) []string {
	t.Helper()
	var list []string
	for _, p := range m.Summary.Attachments() {
		content, err := io.ReadAll(m.Summary.OpenPart(m.Bytes, p))
		if err != nil {
			t.Fatal(err)
		}
		name := p.DisplayName() + "=" + string(content)
		if p.Inline {
			name = "inline " + name
		}
		list = append(list, name)
	}
	return list
}

func shown(t *testing.T, m Original, want BodyType) string {
	t.Helper()
	b, err := m.Summary.Text(m.Bytes, want, -1)
	if err != nil {
		t.Fatal(err)
	}
	return string(b.Data)
}

func addresses(list []Address) string {
	var all []string
	for _, a := range list {
		all = append(all, a.Display())
	}
	return strings.Join(all, "|")
}

// htmlCharsetMark is what HTML gets before it when it is shown.
const htmlCharsetMark = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">"

func TestNewDraft(t *testing.T) {
	m, text, files := newDraft(t, DraftEdit{
		To: ptr(`Bob Smith <bob@example.test>; carl@example.test`), Cc: ptr("Jürgen, half, \"Meier, Otto\" <otto@bücher.example>"),
		Bcc: ptr("eve@example.test;"), ReplyTo: ptr(""), Subject: ptr("Grüße\r\nX-Evil: 1"), Importance: ptr(ImportanceHigh),
		Text: &DraftText{HTML: true, Content: strings.NewReader("<p>Schöne <img src=\"cid:pic@1\"></p>\n--=_x\n")},
		Add: []DraftFile{
			draftFile("menu.pdf", "application/pdf", "%PDF\x00\xff"),
			{Name: "b.png", Type: "image/png", ContentID: "pic@1", Inline: true, Content: draftFile("", "", "PNG").Content},
			draftFile("über\n1.txt", "nonsense", "txt"),
			draftFile("m.eml", "message/rfc822", "Subject: inner\r\n\r\nhö\r\n"),
			draftFile("bad.eml", "message/rfc822", "Subject: inner\r\n\r\n"+strings.Repeat("x", 2000)),
		},
	})
	e := m.Summary.Envelope
	for _, check := range []struct{ name, got, want string }{
		{"From", addresses(e.From), `"Alice" <alice@example.test>`},
		{"To", addresses(e.To), `"Bob Smith" <bob@example.test>|carl@example.test`},
		{"Cc", addresses(e.Cc), `Jürgen|half|"Meier, Otto" <otto@xn--bcher-kva.example>`},
		{"Bcc", addresses(e.Bcc), "eve@example.test"},
		{"Reply-To", addresses(e.ReplyTo), ""},
		{"Subject", e.Subject, "Grüße  X-Evil: 1"},
		{"HTML", strings.TrimPrefix(shown(t, m, HTML), htmlCharsetMark), "<p>Schöne <img src=\"cid:pic@1\"></p>\r\n--=_x\r\n"},
		{"Date", e.Date.String(), draftDate.String()},
	} {
		if strings.TrimSpace(check.got) != strings.TrimSpace(check.want) {
			t.Errorf("%s: %q, want %q\n%s", check.name, check.got, check.want, text)
		}
	}
	if m.Summary.Importance != ImportanceHigh || !strings.HasSuffix(e.MessageID, "@mx.example.test") {
		t.Errorf("importance %d, id %s", m.Summary.Importance, e.MessageID)
	}
	want := []string{"inline b.png=PNG", "menu.pdf=%PDF\x00\xff", "über 1.txt=txt", "m.eml=Subject: inner\r\n\r\nhö\r\n",
		"bad.eml=Subject: inner\r\n\r\n" + strings.Repeat("x", 2000)}
	if got := listed(t, m); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q\n%s", got, want, text)
	}
	for i, name := range []string{"menu.pdf", "b.png", "über 1.txt", "m.eml", "bad.eml"} {
		if p := m.Summary.PartAt(files[i]); p == nil || p.DisplayName() != name {
			t.Errorf("file %d is not %s but %+v\n%s", i, name, p, text)
		}
	}
}

func TestNewDraftEmpty(t *testing.T) {
	m, text, files := newDraft(t, DraftEdit{})
	if got := shown(t, m, Plain); got != "" || len(files) != 0 || len(m.Summary.Attachments()) != 0 {
		t.Errorf("text %q, files %v\n%s", got, files, text)
	}
	m, text, _ = newDraft(t, DraftEdit{Add: []DraftFile{draftFile("a.txt", "text/plain", "a")}})
	if got := listed(t, m); !slices.Equal(got, []string{"a.txt=a"}) {
		t.Errorf("files %q\n%s", got, text)
	}
}

const keptHead = "From: Alice <alice@example.test>\r\n" +
	"X-Unknown:  keeps\r\n\t its  folding\r\n" +
	"In-Reply-To: <before@example.test>\r\nReferences: <first@example.test>\r\n <before@example.test>\r\n" +
	"Thread-Index: AdX=\r\n"

// TestEditDraftHeader: with no word about text and files, all else stays to the byte.
func TestEditDraftHeader(t *testing.T) {
	raw := wire(richOriginal)
	raw = keptHead + "Subject: old\r\nX-Priority: 1\r\n" + raw[strings.Index(raw, "MIME-Version"):]
	s, err := Parse(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	old := Original{s, strings.NewReader(raw)}
	_, text, _ := editDraft(t, old, DraftEdit{Subject: ptr("new"), To: ptr("bob@example.test"), Importance: ptr(ImportanceNormal)})
	want := strings.Replace(raw, "Subject: old\r\nX-Priority: 1\r\n", "Subject: new\r\n", 1)
	want = strings.Replace(want, "boundary=outer\r\n", "boundary=outer\r\nTo: bob@example.test\r\n", 1)
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if _, text, _ = editDraft(t, old, DraftEdit{}); text != raw {
		t.Errorf("nothing changed:\n%s", text)
	}
}

// TestEditDraftFiles removes and adds files without a new text.
func TestEditDraftFiles(t *testing.T) {
	old := message(t, richOriginal)
	files := old.Summary.Attachments()
	inside := "<html><head><title>T</title><style>p{color:red}</style></head><body class=x><p>See <img src=\"cid:pic@1\"></p><script>bad()</script></body></html>"
	for name, test := range map[string]struct {
		edit DraftEdit
		want []string
		raw  []string
	}{
		"add":        {DraftEdit{Add: []DraftFile{draftFile("a.txt", "text/plain", "a")}}, []string{"inline pic", "menu.pdf", "a.txt"}, []string{"boundary=inner", "\r\n\r\niVBORw0KGgo=", "name=menu.pdf\r\nContent-Disposition: attachment; filename=menu.pdf"}},
		"remove":     {DraftEdit{Remove: files[1:]}, []string{"inline pic"}, []string{"boundary=inner"}},
		"remove pic": {DraftEdit{Remove: files[:1]}, []string{"menu.pdf"}, nil},
		"both":       {DraftEdit{Remove: files, Add: []DraftFile{draftFile("a.txt", "text/plain", "a")}}, []string{"a.txt"}, nil},
	} {
		m, text, added := editDraft(t, old, test.edit)
		var got []string
		for _, f := range listed(t, m) {
			got = append(got, strings.TrimSuffix(strings.Split(f, "=")[0], ".png"))
		}
		for i := range got {
			if strings.HasPrefix(got[i], "inline ") {
				got[i] = "inline pic"
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: files %q, want %q\n%s", name, got, test.want, text)
		}
		for _, raw := range append(test.raw, inside) {
			if !strings.Contains(text, raw) {
				t.Errorf("%s: %q is missing in\n%s", name, raw, text)
			}
		}
		if len(added) == 1 && m.Summary.PartAt(added[0]).DisplayName() != "a.txt" {
			t.Errorf("%s: the added file is not where it should be", name)
		}
	}
}

// TestEditDraftWraps adds a file to messages that are not multipart/mixed, and takes files away that are all
// there is.
func TestEditDraftWraps(t *testing.T) {
	add := DraftEdit{Add: []DraftFile{draftFile("a.txt", "text/plain", "a")}}
	m, text, _ := editDraft(t, message(t, plainOriginal), add)
	if got := shown(t, m, Plain); got != "Um zwölf?\r\n> earlier\r\n" || !slices.Equal(listed(t, m), []string{"a.txt=a"}) {
		t.Errorf("%q %q in\n%s", got, listed(t, m), text)
	}
	lone := message(t, "Subject: s\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n")
	m, text, _ = editDraft(t, lone, DraftEdit{Remove: lone.Summary.Attachments()})
	if got := shown(t, m, Plain); got != "" || len(listed(t, m)) != 0 {
		t.Errorf("%q %q in\n%s", got, listed(t, m), text)
	}
	m, text, _ = editDraft(t, lone, DraftEdit{Text: &DraftText{Content: strings.NewReader("words")}})
	if got := shown(t, m, Plain); got != "words" || len(listed(t, m)) != 1 {
		t.Errorf("%q %q in\n%s", got, listed(t, m), text)
	}
	mixed := message(t, "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--b--\n")
	m, text, _ = editDraft(t, mixed, DraftEdit{Remove: mixed.Summary.Attachments()})
	if len(listed(t, m)) != 0 {
		t.Errorf("%q in\n%s", listed(t, m), text)
	}
	lost := message(t, "Subject: s\nContent-Type: multipart/mixed; boundary=nowhere\n\nwords\n")
	var out strings.Builder
	if _, err := EditDraft(&out, lost, add); err != nil || !strings.Contains(out.String(), "words") {
		t.Errorf("a draft whose boundary never occurs: %v\n%s", err, &out)
	}
	uu := message(t, "Subject: s\n\nhello\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n")
	m, text, _ = editDraft(t, uu, DraftEdit{Remove: uu.Summary.Attachments()})
	if got := shown(t, m, Plain); !strings.Contains(got, "hello") || !strings.Contains(got, "bye") || len(listed(t, m)) != 0 {
		t.Errorf("%q %q in\n%s", got, listed(t, m), text)
	}
}

// TestEditDraftText replaces the text: files stay, pictures stay with the HTML.
func TestEditDraftText(t *testing.T) {
	old := message(t, richOriginal)
	before := listed(t, old)
	m, text, _ := editDraft(t, old, DraftEdit{Text: &DraftText{HTML: true, Content: strings.NewReader("<b>new</b><img src=cid:pic@1>")}})
	if got := shown(t, m, HTML); !strings.Contains(got, "<b>new</b>") || strings.Contains(text, "See ") || !slices.Equal(listed(t, m), before) {
		t.Errorf("%q %q in\n%s", got, listed(t, m), text)
	}
	m, text, _ = editDraft(t, old, DraftEdit{Text: &DraftText{Content: strings.NewReader("plain")}, Remove: old.Summary.Attachments()[:1]})
	if got := shown(t, m, Plain); got != "plain" || len(listed(t, m)) != 1 || m.Summary.Native() != Plain {
		t.Errorf("%q %q in\n%s", got, listed(t, m), text)
	}
	m, text, _ = editDraft(t, m, DraftEdit{Remove: m.Summary.Attachments(), Text: &DraftText{Content: strings.NewReader("")}})
	if m.Summary.Root.Type != "text" || m.Summary.Envelope.MessageID != "picture@example.test" {
		t.Errorf("all gone:\n%s", text)
	}
	if _, err := EditDraft(io.Discard, Original{m.Summary, strings.NewReader("no header")}, DraftEdit{}); !errors.Is(err, ErrHeader) {
		t.Errorf("without a header: %v", err)
	}
}

// TestDraftStreams: a large file costs no memory of its size.
func TestDraftStreams(t *testing.T) {
	const size = 32 << 20
	e := DraftEdit{Add: []DraftFile{{Name: "big", Content: io.NewSectionReader(zeros{}, 0, size)}}}
	allocated := testing.AllocsPerRun(1, func() {
		if _, err := NewDraft(io.Discard, Address{Local: "a", Domain: "b.test"}, "mx.test", e); err != nil {
			t.Fatal(err)
		}
		e.Add[0].Content.Seek(0, io.SeekStart)
	})
	if allocated > 1000 {
		t.Errorf("%v allocations", allocated)
	}
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}
