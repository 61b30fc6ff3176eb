package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// search returns the UIDs of what alice finds, newest first.
func search(e *env, q store.Query) (found []store.UID) {
	e.Helper()
	e.read(e.alice.ID, func(r store.Reader) error {
		list, err := collect(r.Search(q, store.WantItem))
		found = uids(list)
		return err
	})
	return found
}

func testSearchWords(e *env) {
	texts := []store.Text{
		1: {Subject: "Quarterly Report", From: "Ann Lee ann@lee.test", To: "alice@example.test", Body: "Numbers are up, see the café budget.", Attachments: "report-2026.pdf"},
		2: {Subject: "Re: Quarterly report", From: "Björn Ångström", To: "bob@example.test", Body: "Thanks! The BUDGET looks fine."},
		3: {Subject: "Lunch", From: "Ann", To: "list@example.test", Body: "Pizza or naïve sushi? " + strings.Repeat("lorem ipsum ", 2000) + " needle"},
	}
	for i, t := range texts[1:] {
		e.add(e.in.ID, store.NewItem{Received: day(i), Text: t})
	}
	huge := "start " + strings.Repeat("x1 ", 300_000) + " hidden"
	e.add(e.in.ID, store.NewItem{Received: day(9), Text: store.Text{Body: huge}})
	tests := []struct {
		name  string
		terms []store.Term
		want  []store.UID
	}{
		{"word", []store.Term{{Words: "budget"}}, []store.UID{2, 1}},
		{"case and accents", []store.Term{{Words: "CAFE"}}, []store.UID{1}},
		{"accents asked for", []store.Term{{Words: "Naive"}}, []store.UID{3}},
		{"folded name", []store.Term{{Field: store.FromField, Words: "bjorn angstrom"}}, []store.UID{2}},
		{"all words, any order", []store.Term{{Words: "report quarterly"}}, []store.UID{2, 1}},
		{"words in different fields", []store.Term{{Words: "ann budget"}}, []store.UID{1}},
		{"phrase", []store.Term{{Words: "quarterly report", Phrase: true}}, []store.UID{2, 1}},
		{"phrase the other way", []store.Term{{Words: "report quarterly", Phrase: true}}, nil},
		{"prefix", []store.Term{{Words: "numb", Prefix: true}}, []store.UID{1}},
		{"no prefix", []store.Term{{Words: "numb"}}, nil},
		{"field", []store.Term{{Field: store.SubjectField, Words: "budget"}}, nil},
		{"to", []store.Term{{Field: store.ToField, Words: "bob"}}, []store.UID{2}},
		{"address", []store.Term{{Words: "ann@lee.test"}}, []store.UID{1}},
		{"attachment", []store.Term{{Field: store.AttachmentField, Words: "report-2026.pdf"}}, []store.UID{1}},
		{"not", []store.Term{{Words: "report"}, {Words: "thanks", Not: true}}, []store.UID{1}},
		{"only not", []store.Term{{Words: "report", Not: true}}, []store.UID{4, 3}},
		{"two nots", []store.Term{{Words: "lunch", Not: true}, {Words: "x1", Not: true}}, []store.UID{2, 1}},
		{"two terms", []store.Term{{Field: store.FromField, Words: "ann"}, {Field: store.BodyField, Words: "pizza"}}, []store.UID{3}},
		{"empty", []store.Term{{Words: "  "}}, []store.UID{4, 3, 2, 1}},
		{"not everything", []store.Term{{Words: "", Not: true}}, nil},
		{"signs only", []store.Term{{Words: `"*^:()-{}`}}, []store.UID{4, 3, 2, 1}},
		{"FTS words", []store.Term{{Words: "NOT AND OR NEAR"}}, nil},
		{"injected", []store.Term{{Words: `budget" OR scope:"a2`}}, nil},
		{"late in a body", []store.Term{{Words: "needle"}}, []store.UID{3}},
		{"start of a huge body", []store.Term{{Words: "start"}}, []store.UID{4}},
		{"beyond the bound", []store.Term{{Words: "hidden"}}, nil},
		{"the account is no word", []store.Term{{Words: fmt.Sprintf("a%d", e.alice.ID)}}, nil},
	}
	for _, tt := range tests {
		if got := search(e, store.Query{Terms: tt.terms}); !slices.Equal(got, tt.want) {
			e.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := collect(r.Search(store.Query{Terms: []store.Term{{Words: strings.Repeat("word ", 5000)}}}, store.WantEntry))
		e.is(err, store.Invalid, "a query of 5000 words")
		_, err = collect(r.Search(store.Query{Collections: []store.CollectionID{999}}, store.WantEntry))
		e.is(err, store.NotFound, "an unknown collection")
		return nil
	})
}

func testSearchCJK(e *env) {
	for i, s := range []string{
		1: "東京都の天気は晴れです", 2: "京都の寺", 3: "我们明天在北京开会", 4: "서울에서 회의가 있습니다", 5: "ﾃｽﾄ ＡＢＣ", 6: "香水", 7: "Meeting東京office",
	} {
		if i > 0 {
			e.add(e.in.ID, store.NewItem{Received: day(i), Text: store.Text{Body: s}})
		}
	}
	tests := []struct {
		words  string
		phrase bool
		want   []store.UID
	}{
		{"東京", false, []store.UID{7, 1}}, {"京都", false, []store.UID{2, 1}}, {"東京都", false, []store.UID{1}}, {"京都の寺", false, []store.UID{2}},
		{"天気", false, []store.UID{1}}, {"晴れ", false, []store.UID{1}}, {"北京", false, []store.UID{3}}, {"开会", false, []store.UID{3}}, {"京开", false, []store.UID{3}},
		{"北会", false, nil}, {"서울", false, []store.UID{4}}, {"회의", false, []store.UID{4}}, {"テスト", false, []store.UID{5}}, {"abc", false, []store.UID{5}},
		{"水", false, []store.UID{6}}, {"香", false, []store.UID{6}}, {"都", false, []store.UID{2, 1}}, {"東京office", false, []store.UID{7}},
		{"meeting東", false, []store.UID{7}}, {"東京 meeting", false, []store.UID{7}}, {"東京 meeting", true, nil}, {"서울에서 회의", true, []store.UID{4}},
	}
	for _, tt := range tests {
		if got := search(e, store.Query{Terms: []store.Term{{Words: tt.words, Phrase: tt.phrase}}}); !slices.Equal(got, tt.want) {
			e.Errorf("%s: %v; want %v", tt.words, got, tt.want)
		}
	}
}

func testSearchFilters(e *env) {
	other := e.folder("Other", 0)
	cal := Role(e, e.s, e.alice.ID, store.MainCal)
	t := store.Text{Body: "word"}
	refs := store.Refs{MessageID: "a@x", Subject: "s"}
	one := e.add(e.in.ID, store.NewItem{Received: day(1), Text: t, Refs: refs})
	e.add(e.in.ID, store.NewItem{Received: day(2), Text: t, Flags: store.Seen})
	e.add(e.in.ID, store.NewItem{Received: day(3), Text: t, Flags: store.Seen | store.Flagged, Refs: store.Refs{MessageID: "b@x", References: []string{"a@x"}, Subject: "s"}})
	e.add(other.ID, store.NewItem{Received: day(4), Text: t})
	e.add(cal.ID, store.NewItem{Received: day(5), Text: t})
	tests := []struct {
		name string
		q    store.Query
		want int
	}{
		{"all", store.Query{}, 5},
		{"class", store.Query{Class: store.Mail}, 4},
		{"another class", store.Query{Class: store.Calendar}, 1},
		{"collection", store.Query{Collections: []store.CollectionID{e.in.ID}}, 3},
		{"two collections", store.Query{Collections: []store.CollectionID{other.ID, e.in.ID}}, 4},
		{"no collections", store.Query{Collections: []store.CollectionID{}}, 0},
		{"since", store.Query{Since: day(3)}, 3},
		{"before", store.Query{Before: day(3)}, 2},
		{"between", store.Query{Since: day(2), Before: day(3).Add(1)}, 2},
		{"seen", store.Query{With: store.Seen}, 2},
		{"unseen", store.Query{Without: store.Seen}, 3},
		{"seen, not flagged", store.Query{With: store.Seen, Without: store.Flagged}, 1},
		{"thread", store.Query{Thread: one.Item.Thread}, 2},
		{"thread and seen", store.Query{Thread: one.Item.Thread, With: store.Seen}, 1},
		{"everything", store.Query{Class: store.Mail, Collections: []store.CollectionID{e.in.ID}, Since: day(1), Before: day(4), With: store.Seen, Without: store.Draft, Thread: one.Item.Thread}, 1},
	}
	for _, tt := range tests {
		for _, terms := range [][]store.Term{nil, {{Words: "word"}}} {
			tt.q.Terms = terms
			if got := search(e, tt.q); len(got) != tt.want {
				e.Errorf("%s, terms %v: %v; want %d", tt.name, terms, got, tt.want)
			}
		}
	}
}

func testSearchOrder(e *env) {
	other := e.folder("Other", 0)
	for i := range 60 {
		c := e.in.ID
		if i%3 == 0 {
			c = other.ID
		}
		e.add(c, store.NewItem{Received: day((i * 37) % 20), Text: store.Text{Body: "word"}})
	}
	for _, terms := range [][]store.Term{nil, {{Words: "word"}}} {
		e.read(e.alice.ID, func(r store.Reader) error {
			list, err := collect(r.Search(store.Query{Terms: terms}, store.WantEntry))
			if len(list) != 60 {
				e.Errorf("%d results of 60", len(list))
			}
			for i := 1; i < len(list); i++ {
				if list[i].Entry.Received.After(list[i-1].Entry.Received) {
					e.Fatalf("terms %v: %v comes behind %v", terms, list[i].Entry.Received, list[i-1].Entry.Received)
				}
			}
			n := 0
			for range r.Search(store.Query{Terms: terms}, store.WantEntry) { // left early
				if n++; n == 5 {
					break
				}
			}
			return err
		})
	}
}

func testSearchFollows(e *env) {
	other := e.folder("Other", 0)
	word := store.Query{Terms: []store.Term{{Words: "otter"}}}
	rec := e.add(e.in.ID, store.NewItem{Text: store.Text{Subject: "Otter"}})
	for i := range 40 { // so that some texts are indexed and some are not
		e.add(e.in.ID, store.NewItem{Text: store.Text{Subject: fmt.Sprintf("badger %d", i)}})
	}
	if got := search(e, word); len(got) != 1 {
		e.Errorf("found %v", got)
	}
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Move(e.in.ID, rec.UID, other.ID); return err })
	if got := search(e, store.Query{Terms: word.Terms, Collections: []store.CollectionID{other.ID}}); len(got) != 1 {
		e.Errorf("after a move: %v", got)
	}
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(other.ID, 1) })
	if got := search(e, word); got != nil {
		e.Errorf("after its removal: %v", got)
	}
	if got := search(e, store.Query{Terms: []store.Term{{Words: "badger"}}}); len(got) != 40 {
		e.Errorf("%d badgers of 40", len(got))
	}
	e.read(e.bob.ID, func(r store.Reader) error {
		list, err := collect(r.Search(store.Query{Terms: []store.Term{{Words: "badger"}}}, store.WantEntry))
		if len(list) != 0 {
			e.Errorf("bob finds alice's %d badgers", len(list))
		}
		return err
	})
}

func testSearchUpdate(e *env) {
	e.write(e.alice.ID, func(tx store.Tx) error {
		if _, err := tx.Add(e.in.ID, store.NewItem{Blob: e.stage(), Text: store.Text{Subject: "lynx"}}); err != nil {
			return err
		}
		list, err := collect(tx.Search(store.Query{Terms: []store.Term{{Words: "lynx"}}}, store.WantEntry))
		if len(list) != 1 {
			e.Errorf("a transaction finds %d of its own", len(list))
		}
		for rec := range tx.Search(store.Query{Terms: []store.Term{{Words: "lynx"}}}, store.WantEntry) {
			if err := tx.Remove(rec.Collection, rec.UID); err != nil {
				return err
			}
		}
		list, err = collect(tx.Search(store.Query{Terms: []store.Term{{Words: "lynx"}}}, store.WantEntry))
		if len(list) != 0 {
			e.Errorf("a transaction finds what it removed: %v", list)
		}
		return err
	})
}
