package mail

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answerOf makes a message that answers another.
func answerOf(kind, body string) []byte {
	return []byte("Subject: Re: s\r\nIn-Reply-To: <a@b.test>\r\nContent-Type: " + kind + "; charset=utf-8\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n"))
}

func TestUnique(t *testing.T) {
	tests := []struct{ name, kind, body, want string }{
		{"below", "text/plain", "Gladly.\n\nOn Mon, 3 Aug 2026, Otto wrote:\n> Shall we?\n> Otto\n", "Gladly."},
		{"introduced in two lines", "text/plain", "Gladly.\n\nOn Mon, 3 Aug 2026 at 10:00 Otto Head of Boats\n<otto@example.test> wrote:\n> Shall we?\n", "Gladly."},
		{"in between", "text/plain", "> Noon?\nYes.\n> Where?\nHere.\n", "Yes. Here."},
		{"Outlook's", "text/plain", "Gladly.\n\n-----Original Message-----\nFrom: Otto\nSent: Monday\n\nShall we?\n", "Gladly."},
		{"a rule that is one's own", "text/plain", "Gladly.\n________________\nRita, harbour office\n> x\n", "Gladly. ________________ Rita, harbour office"},
		{"nothing else", "text/plain", "> Shall we?\n", "Shall we?"},
		{"nothing quoted", "text/plain", "Gladly.\n", "Gladly."},
		{"cite", "text/html", `<html><body><p>Gladly.</p><p>On Mon, <a href="x">otto@example.test</a> wrote:</p><blockquote type="cite">Shall <b>we</b>?</blockquote><p>Rita</p></body></html>`, "Gladly. Rita"},
		{"Gmail's", "text/html", `<div dir="ltr">Gladly.</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Otto wrote:<br></div><blockquote class="gmail_quote">Shall we?</blockquote></div>`, "Gladly."},
		{"Gmail's forward stays", "text/html", `<div>See below.</div><div class="gmail_quote">---------- Forwarded message ---------<br>From: Otto<br>Shall we?</div>`, "See below. ---------- Forwarded message --------- From: Otto Shall we?"},
		{"Outlook's on the web", "text/html", `<body><div>Gladly.</div><hr><div id="divRplyFwdMsg"><b>From:</b> Otto<br></div><div>Shall we?</div></body>`, "Gladly."},
		{"Outlook's own", "text/html", `<body><div>Gladly.<div style="border:none; border-top:solid #B5C4DF 1.0pt; padding:3.0pt 0 0 0"><p><b>From:</b> Otto<br><b>Sent:</b> Monday</p></div><p>Shall we?</p></div></body>`, "Gladly."},
		{"a quotation that is one's own", "text/html", `<p>As he said:</p><blockquote>Shall we?</blockquote>`, "As he said: Shall we?"},
		{"nothing else in HTML", "text/html", `<blockquote type="cite">Shall we?</blockquote>&nbsp;`, "Shall we?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := answerOf(tt.kind, tt.body)
			body, err := parse(t, raw).Unique(bytes.NewReader(raw), -1)
			if err != nil || body.Type != HTML || body.Truncated || body.Size != int64(len(body.Data)) {
				t.Fatalf("%+v, %v", body, err)
			}
			if got := shownText(t, body.Data); got != tt.want {
				t.Errorf("shows %q, want %q\n%s", got, tt.want, body.Data)
			}
		})
	}
}

// shownText is the text that HTML shows, blanks collapsed.
func shownText(t testing.TB, html []byte) string {
	t.Helper()
	raw := append([]byte("Content-Type: text/html; charset=utf-8\r\n\r\n"), html...)
	text, err := parse(t, raw).Text(bytes.NewReader(raw), Plain, -1)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(strings.Join(strings.Fields(strings.ReplaceAll(string(text.Data), ">", " ")), " "), " \u00a0")
}

func TestUniqueLimits(t *testing.T) {
	raw := answerOf("text/html", `<p>Gr&uuml;ße and more</p><blockquote type="cite">Shall we?</blockquote>`)
	s := parse(t, raw)
	whole, _ := s.Unique(bytes.NewReader(raw), -1)
	for limit := range whole.Size {
		cut, err := s.Unique(bytes.NewReader(raw), limit)
		if err != nil || !cut.Truncated || int64(len(cut.Data)) > limit || cut.Size != whole.Size || !bytes.HasPrefix(whole.Data, cut.Data) {
			t.Errorf("limit %d: %q %v %d, %v", limit, cut.Data, cut.Truncated, cut.Size, err)
		}
	}
	first := bytes.Replace(raw, []byte("In-Reply-To"), []byte("X-Other"), 1)
	if body, _ := parse(t, first).Unique(bytes.NewReader(first), -1); !bytes.Contains(body.Data, []byte("Shall we?")) {
		t.Errorf("of a message that answers none: %s", body.Data)
	}
}

// TestUniqueCorpus compares with what others take for the new text of real messages: where there is a file beside it
// that says so, nothing of that may be lost.
func TestUniqueCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "mail", "nylas-html")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	files, shorter, lost := 0, 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		stripped := strings.TrimSuffix(path, ".html") + "_stripped.html"
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".html") {
			return err
		}
		want, err := os.ReadFile(stripped)
		if err != nil {
			return nil // it is the stripped one
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		own := ownHTML(doc)
		if own == nil {
			return nil
		}
		shorter++
		if missing(shownText(t, own), shownText(t, want)) > 5 {
			t.Logf("%s: loses of what is new: %.300q of %.300q", path, shownText(t, own), shownText(t, want))
			lost++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents, %d without quotations now, %d lose something", files, shorter, lost)
	if lost > 1 {
		t.Errorf("%d of %d documents lose what is new", lost, shorter)
	}
}

// missing counts the words of want that have lacks.
func missing(have, want string) (n int) {
	words := map[string]int{}
	for w := range strings.FieldsSeq(have) {
		words[w]++
	}
	for w := range strings.FieldsSeq(want) {
		if words[w]--; words[w] < 0 {
			n++
		}
	}
	return n
}

// TestUniqueOfMuch goes through what would take hours if each piece were compared with all before it.
func TestUniqueOfMuch(t *testing.T) {
	const n = 200_000
	quote := `<div class="gmail_quote">q</div>`
	for name, tt := range map[string]struct {
		own       func([]byte) []byte
		doc, want string
	}{
		"ends without beginnings": {ownHTML, "own" + quote + strings.Repeat("<b>", n) + strings.Repeat("</i>", n), "own"},
		"nested":                  {ownHTML, "own" + strings.Repeat("<b><i>", n) + strings.Repeat("</b>", n) + quote, "own"},
		"blank lines":             {ownLines, "own\r\n" + strings.Repeat("\r\n", n) + strings.Repeat(">\r\n", n), "own"},
		"long line":               {ownLines, "own " + strings.Repeat("x", n) + "\r\n" + strings.Repeat(">\r\n", n), "own x"},
		"quotations":              {ownLines, "own\r\n" + strings.Repeat("\r\nOn 1 May, you wrote:\r\n> q\r\n", n/4), "own"},
	} {
		if got := string(tt.own([]byte(tt.doc))); !strings.HasPrefix(got, tt.want) || strings.Contains(got, ">\r\n>") || strings.Contains(got, "quote") {
			t.Errorf("%s: %.60q", name, got)
		}
	}
}

func FuzzOwnHTML(f *testing.F) {
	f.Add([]byte(`<p>x</p><blockquote type=cite>y</blockquote>`))
	f.Add([]byte(`<div id=divRplyFwdMsg><b>From:`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		ownHTML(doc)
		ownLines(doc)
	})
}
