package sqlite

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/gannetmail/gannet/store"
)

func TestFindWords(t *testing.T) {
	s := openTest(t, Options{})
	a, _ := newAccount(t, s, "alice@example.test")
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	onWriter(t, s, func(c *conn) error {
		v := newVocabulary()
		for step := range 100 {
			p := pendingText{account: int64(a.ID)}
			for range 400 {
				w := fmt.Sprintf("w%x", r.IntN(1<<18))
				all = append(all, w)
				p.fields[4] += w + " "
			}
			if v.learn(p) {
				t.Error("a word is too long")
			}
			if step == 50 { // of a step that fails nothing is known
				v.saved(false)
				v.learn(p)
			}
			if err := v.save(c); err != nil {
				return err
			}
			v.saved(true)
			v.learn(p)
			if n := len(v.fresh[int64(a.ID)]); n > 4 { // two words may want one slot
				t.Errorf("%d of 400 words are not known again", n)
			}
			clear(v.fresh)
		}
		blocks, err := c.number("SELECT count(*) FROM vocabulary WHERE account = ?", a.ID)
		if blocks > 20 {
			t.Errorf("%d blocks are left", blocks)
		}
		return err
	})
	slices.Sort(all)
	all = slices.Compact(all)
	for _, tt := range []struct {
		piece string
		where wordPattern
		want  func(s, piece string) bool
	}{
		{"a7", inside, strings.Contains}, {"a7", atEnd, strings.HasSuffix}, {"wa7", atBegin, strings.HasPrefix}, {"zzz", inside, strings.Contains},
		{all[7], inside, strings.Contains}, {"w", inside, strings.Contains},
	} {
		want := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return !tt.want(w, tt.piece) })
		var got []string
		onWriter(t, s, func(c *conn) (err error) { got, err = findWords(c, int64(a.ID), tt.piece, tt.where); return err })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d words; want %d", tt.piece, len(got), len(want))
		}
		onWriter(t, s, func(c *conn) (err error) { got, err = findWords(c, int64(a.ID)+1, tt.piece, tt.where); return err })
		if len(got) != 0 {
			t.Errorf("another account has %d words with %s", len(got), tt.piece)
		}
	}
}

// The words of a removed account go with it.
func TestVocabularyPurged(t *testing.T) {
	s := openTest(t, Options{})
	a, in := newAccount(t, s, "alice@example.test")
	if err := addBytes(s, a, in, []byte("some words")); err != nil {
		t.Fatal(err)
	}
	idle(t, s)
	words := func() (n int64) {
		onWriter(t, s, func(c *conn) (err error) { n, err = c.number("SELECT count(*) FROM vocabulary"); return err })
		return n
	}
	if words() == 0 {
		t.Error("no words were learned")
	}
	update(t, s, 0, func(tx store.Tx) error { return tx.RemoveAccount(a.ID) })
	idle(t, s)
	if n := words(); n != 0 {
		t.Errorf("%d blocks are left", n)
	}
}

// The tokenizer makes the same words of a prepared text as nextWord does, whatever stands in it.
func TestTokenizer(t *testing.T) {
	c := openFile(t, t.TempDir()+"/x.db")
	err := c.exec(`CREATE VIRTUAL TABLE f USING fts5(x, tokenize = 'unicode61 remove_diacritics 2'); CREATE VIRTUAL TABLE v USING fts5vocab(f, 'instance')`)
	if err != nil {
		t.Fatal(err)
	}
	const perRow = 512
	want := map[int64][]string{}
	err = inTransaction(c, func() error {
		for first := rune(0); first <= unicode.MaxRune; first += perRow {
			var b strings.Builder
			for r := first; r < first+perRow; r++ {
				if r != 0 {
					b.WriteString("a" + string(r) + "b ")
				}
			}
			text, _ := indexable(b.String(), 1<<20)
			if err := c.exec("INSERT INTO f (rowid, x) VALUES (?, ?)", int64(first)+1, text); err != nil {
				return err
			}
			for word := ""; text != ""; {
				if word, text = nextWord(text); word != "" {
					want[int64(first)+1] = append(want[int64(first)+1], word)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int64][]string{}
	err = c.all(func(r *rows) { k := r.int(); got[k] = append(got[k], r.text()) }, "SELECT doc, term FROM v ORDER BY doc, offset")
	if err != nil {
		t.Fatal(err)
	}
	for k, words := range want {
		if !slices.Equal(got[k], words) {
			t.Errorf("from %U on the tokenizer finds other words than nextWord", k-1)
		}
	}
}
