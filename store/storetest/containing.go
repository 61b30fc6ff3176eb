package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
)

// Pieces that texts of testContaining are made of.
var scraps = []string{
	"Gannet", "gannets", "ORGANNETWORK", "net", "Straße", "strasse", "café", "cafe\u0301", "東京都", "京都", "水", "データ", "naïve",
	"x", "42", "3.14", "foo@bar.example", "so\u00adft", "ﬁne", "İstanbul", "Ωmega", "<p>", "--", "a\tb", "\u200bzero", "привет", "ПРИВЕТ",
	"great🤔", "🤔", "हिन्दी", "ｶﾞｯｺｳ", "한국어", "½", "Ὀδυσσεύς", "שָׁלוֹם", "東京office", "\u19b0\u1cf2", "֎arm", "a\u0378b", "&nbsp;", "ſ", "ー",
}

func randomText(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(6) {
		b.WriteString(scraps[random.IntN(len(scraps))])
		b.WriteString([]string{" ", "", "-", "  ", "\n"}[random.IntN(5)])
	}
	return b.String()
}

// textOf is what Containing looks at.
func textOf(t store.Text, f store.Field) []string {
	all := map[store.Field]string{
		store.SubjectField: t.Subject, store.FromField: t.From, store.ToField: t.To, store.BodyField: t.Body,
		store.AttachmentField: t.Attachments, store.HeaderField: t.Headers,
	}
	if f != store.AnyField {
		return []string{all[f]}
	}
	var list []string
	for _, s := range all {
		list = append(list, s)
	}
	return list
}

func contains(t store.Text, f store.Field, needle string) bool {
	for _, s := range textOf(t, f) {
		if strings.Contains(fold.String(s), fold.String(needle)) {
			return true
		}
	}
	return false
}

// testContaining compares with a walk through all texts: none that has the needle is missed, and what is sure has it.
func testContaining(e *env) {
	random := rand.New(rand.NewPCG(5, 6))
	texts := map[store.UID]store.Text{}
	make := func() store.Text {
		return store.Text{
			Subject: randomText(random), From: randomText(random), To: randomText(random), Body: randomText(random),
			Attachments: randomText(random), Headers: randomText(random), Partial: random.IntN(8) == 0,
		}
	}
	for range 120 {
		text := make()
		texts[e.add(e.in.ID, store.NewItem{Text: text}).UID] = text
	}
	other := e.folder("Other", 0)
	e.add(other.ID, store.NewItem{Text: store.Text{Body: "gannet"}})
	for uid := store.UID(1); uid <= 20; uid++ {
		if uid%2 == 0 {
			e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, uid) })
			delete(texts, uid)
			continue
		}
		n := store.NewItem{Blob: e.stage(), Text: make()}
		var now store.Record
		e.write(e.alice.ID, func(tx store.Tx) (err error) { now, err = tx.Replace(e.in.ID, uid, n); return err })
		delete(texts, uid)
		texts[now.UID] = n.Text
	}
	e.compareContaining(random, texts, 30)
	e.indexed(other.ID)
	e.compareContaining(random, texts, 400)
	for uid := store.UID(21); uid <= 60; uid++ { // the index has these
		if uid%3 == 0 {
			e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Move(e.in.ID, uid, other.ID); return err })
			delete(texts, uid)
			continue
		}
		n := store.NewItem{Blob: e.stage(), Text: make()}
		var now store.Record
		e.write(e.alice.ID, func(tx store.Tx) (err error) { now, err = tx.Replace(e.in.ID, uid, n); return err })
		delete(texts, uid)
		texts[now.UID] = n.Text
	}
	e.compareContaining(random, texts, 200)
	e.foreign(texts)
	for _, needle := range []string{"", " ", "--", "<", "net", "NET", "gan", "e", "京", "都", "東京", "3.1", "r@b", "soft", "ss", "i", "ω"} {
		for f := store.AnyField; f <= store.HeaderField; f++ {
			e.containing(texts, f, needle)
		}
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		for _, err := range r.Containing(e.in.ID+1000, store.AnyField, "x") {
			e.is(err, store.NotFound, "another collection")
		}
		return nil
	})
}

func (e *env) compareContaining(random *rand.Rand, texts map[store.UID]store.Text, n int) {
	for range n {
		whole := []rune(scraps[random.IntN(len(scraps))] + []string{" ", "", "-"}[random.IntN(3)] + scraps[random.IntN(len(scraps))])
		from := random.IntN(len(whole))
		needle := string(whole[from : from+1+random.IntN(min(7, len(whole)-from))])
		e.containing(texts, store.Field(random.IntN(int(store.HeaderField)+1)), needle)
	}
}

// foreign puts words into another account: what alice is told does not depend on them.
func (e *env) foreign(texts map[store.UID]store.Text) {
	Add(e, e.s, e.bob.ID, Role(e, e.s, e.bob.ID, store.Inbox).ID, []byte("x"), store.NewItem{Text: store.Text{Body: "foreignword gannet東京"}})
	for _, needle := range []string{"foreign", "reignwo", "gannet", "東京"} {
		e.containing(texts, store.BodyField, needle)
		e.containing(texts, store.AnyField, needle)
	}
}

// containing checks one answer.
func (e *env) containing(texts map[store.UID]store.Text, f store.Field, needle string) {
	e.read(e.alice.ID, func(r store.Reader) error {
		hits, last := map[store.UID]bool{}, store.UID(0)
		for h, err := range r.Containing(e.in.ID, f, needle) {
			if err != nil {
				return fmt.Errorf("containing %q: %w", needle, err)
			}
			text, there := texts[h.UID]
			switch {
			case !there || h.UID <= last:
				e.Errorf("%q in field %d: UID %d behind %d (there: %v)", needle, f, h.UID, last, there)
			case h.Sure && !contains(text, f, needle):
				e.Errorf("%q in field %d: sure of %+v", needle, f, text)
			}
			hits[h.UID], last = true, h.UID
		}
		for uid, text := range texts {
			if !hits[uid] && (text.Partial || contains(text, f, needle)) {
				e.Errorf("%q in field %d: misses %+v", needle, f, text)
			}
		}
		return nil
	})
}

// indexed waits until the index knows a text of c with the word gannet for sure.
func (e *env) indexed(c store.CollectionID) {
	for until := time.Now().Add(30 * time.Second); ; {
		sure := false
		e.read(e.alice.ID, func(r store.Reader) error {
			for h, err := range r.Containing(c, store.BodyField, "gannet") {
				sure = h.Sure
				return err
			}
			return nil
		})
		if sure {
			return
		}
		if time.Now().After(until) {
			e.Fatal("the text is not indexed in time")
		}
		time.Sleep(time.Millisecond)
	}
}
