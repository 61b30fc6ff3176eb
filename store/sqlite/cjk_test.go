package sqlite

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
)

func TestCut(t *testing.T) {
	fields := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	tests := []struct{ in, text, query string }{
		{"", "", ""},
		{"plain words, café", "plain words, café", "plain words, café"},
		{"東京都", "東京 京都 都", "東京 京都"},
		{"水", "水", "水"},
		{"香水", "香水 水", "香水"},
		{"Meeting東京office", "Meeting 東京 京 office", "Meeting 東京 京 office"},
		{"東京 大阪", "東京 京 大阪 阪", "東京 京 大阪"},
		{"ＡＢＣ", "ABC", "ABC"},
		{"ﾃｽﾄ", "テス スト ト", "テス スト"},
		{"データベース", "デー ータ タベ ベー ース ス", "デー ータ タベ ベー ース"},
		{"한국어", "한국 국어 어", "한국 국어"},
		{"人々", "人々 々", "人々"},
		{"𠀋𠮷", "𠀋𠮷 𠮷", "𠀋𠮷"},
	}
	for _, tt := range tests {
		if got := fields(cutText(tt.in)); got != tt.text {
			t.Errorf("cutText(%q) = %q; want %q", tt.in, got, tt.text)
		}
		if got, _ := cutQuery(tt.in); fields(got) != tt.query {
			t.Errorf("cutQuery(%q) = %q; want %q", tt.in, fields(got), tt.query)
		}
	}
	for in, want := range map[string]bool{"水": true, "香水": false, "a水": true, "水a": false, "": false, "a": false} {
		if _, single := cutQuery(in); single != want {
			t.Errorf("cutQuery(%q) ends in a single character: %v; want %v", in, single, want)
		}
	}
}

func TestIndexable(t *testing.T) {
	for max := range 12 {
		got, cut := indexable("aé東b", max)
		if cut != (max < len("aé東b")) {
			t.Errorf("at %d bytes: cut is %v", max, cut)
		}
		if len(got) > 2*max+2 || !utf8.ValidString(got) {
			t.Errorf("at %d bytes: %q", max, got)
		}
	}
	if got, _ := indexable("\x80\x80\x80", 2); len(got) > 8 {
		t.Errorf("no start of a character: %q", got)
	}
}

// FuzzSearch gives any words to the query language: never an error of SQLite, and what a text
// contains as a word of letters is found in it.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"hello", `a" OR b`, "NEAR(a b)", "東京都", "水", "x*", "^a", "-a", "a:b", "(", "{a}", "\x00", "é́", "ﬁ", "ſ", "İ", "ß"} {
		f.Add(s, true, false, uint8(0))
		f.Add(s, false, true, uint8(2))
	}
	c, err := openConn("file::memory:?_mutex=no")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.close() })
	p, err := builtin()
	if err != nil {
		f.Fatal(err)
	}
	if err := p.create(c, "memory"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, words string, phrase, prefix bool, field uint8) {
		m, err := matchAll([]store.Term{{Words: words, Phrase: phrase, Prefix: prefix, Field: store.Field(field % 6)}, {Words: words, Not: field > 5}})
		if err != nil {
			return // too long
		}
		if _, err := c.exists("SELECT 1 FROM fts WHERE fts MATCH ? LIMIT 1", m.expression(1)); err != nil {
			t.Fatalf("words %q make %s: %v", words, m.expression(1), err)
		}
		if !utf8.ValidString(words) || strings.ContainsRune(words, 0) || len(words) > 100 {
			return
		}
		m, err = matchAll([]store.Term{{Words: words}})
		if err != nil || m.empty() {
			return
		}
		err = inTransaction(c, func() error {
			if err := c.exec("DELETE FROM fts WHERE rowid = 1"); err != nil {
				return err
			}
			body, _ := indexable("before "+words+" after", maxBodyText)
			return insertText(c, pendingText{key: 1, account: 1, fields: [6]string{4: body}})
		})
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.exists("SELECT 1 FROM fts WHERE fts MATCH ?", m.expression(1))
		if err != nil || !found {
			t.Errorf("a text with %q is not found by it: %s, %v", words, m.expression(1), err)
		}
	})
}
