package storetest

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// mark changes the only entry of alice's inbox.
func (e *env) mark(f store.FlagChange) (rec store.Record) {
	e.Helper()
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		rec, err = tx.Mark(e.in.ID, 1, f)
		return err
	})
	return rec
}

func testFacets(e *env) {
	e.add(e.in.ID, store.NewItem{})
	follow := &store.Follow{Type: "Follow up", DueDate: day(3)}
	tests := []struct {
		name   string
		change store.FlagChange
		want   store.Facets
	}{
		{"seen", store.FlagChange{Add: store.Seen}, store.ReadFlag},
		{"flagged", store.FlagChange{Add: store.Flagged}, store.FollowUp},
		{"answered", store.FlagChange{Add: store.Answered}, store.Verb},
		{"forwarded later", store.FlagChange{Add: store.Forwarded, VerbTime: day(5)}, store.Verb},
		{"deleted", store.FlagChange{Add: store.Deleted}, store.Other},
		{"keyword", store.FlagChange{AddKeywords: []string{"x"}}, store.Labels},
		{"follow-up", store.FlagChange{SetFollow: &follow}, store.FollowUp},
		{"several", store.FlagChange{Remove: store.Seen | store.Deleted, SetKeywords: &[]string{}}, store.ReadFlag | store.Other | store.Labels},
	}
	for _, tt := range tests {
		before := e.modSeq()
		rec := e.mark(tt.change)
		if got := rec.Item.ChangedSince(before); got != tt.want || rec.ModSeq != before+1 {
			e.Errorf("%s: facets %b at %d; want %b at %d", tt.name, got, rec.ModSeq, tt.want, before+1)
		}
		e.read(e.alice.ID, func(r store.Reader) error {
			read, err := r.Record(e.in.ID, 1, store.WantItem)
			if !equal(read, rec) {
				e.Errorf("%s: read %+v; want %+v", tt.name, read, rec)
			}
			return err
		})
	}
	if rec := e.mark(store.FlagChange{}); !rec.Item.VerbTime.Equal(day(5)) {
		e.Errorf("verb time %v; want %v", rec.Item.VerbTime, day(5))
	}
	if c := e.collection(e.in.ID); c.Unread != 1 {
		e.Errorf("%d unread; want 1", c.Unread)
	}
	e.refused(store.Invalid, e.alice.ID, "an unknown flag", func(tx store.Tx) error {
		_, err := tx.Mark(e.in.ID, 1, store.FlagChange{Add: 1 << 15})
		return err
	})
	e.refused(store.NotFound, e.alice.ID, "an unknown entry", func(tx store.Tx) error {
		_, err := tx.Mark(e.in.ID, 2, store.FlagChange{Add: store.Seen})
		return err
	})
}

func testIdentical(e *env) {
	follow := &store.Follow{Type: "x"}
	e.add(e.in.ID, store.NewItem{Flags: store.Seen, Keywords: []string{"a", "b"}})
	e.mark(store.FlagChange{Add: store.Answered, SetFollow: &follow})
	before := e.modSeq()
	var none *store.Follow
	for i, f := range []store.FlagChange{
		{}, {Add: store.Seen}, {Remove: store.Flagged}, {Add: store.Answered}, {AddKeywords: []string{"A"}},
		{RemoveKeywords: []string{"z"}}, {SetKeywords: &[]string{"b", "a", "B"}}, {SetFollow: &follow},
	} {
		if rec := e.mark(f); rec.ModSeq != before {
			e.Errorf("change %d moved the entry to %d", i, rec.ModSeq)
		}
	}
	if e.modSeq() != before {
		e.Errorf("modseq moved from %d to %d", before, e.modSeq())
	}
	if rec := e.mark(store.FlagChange{SetFollow: &none}); rec.Item.Follow != nil || rec.ModSeq != before+1 {
		e.Errorf("cleared follow-up: %+v", rec)
	}
}

func testKeywords(e *env) {
	rec := e.add(e.in.ID, store.NewItem{Keywords: []string{"Work", "alpha", "WORK", "Ärger"}})
	check := func(what string, got, want []string) {
		e.Helper()
		if !slices.Equal(got, want) {
			e.Errorf("%s: %q; want %q", what, got, want)
		}
	}
	check("added", rec.Item.Keywords, []string{"Work", "alpha", "Ärger"})
	check("more", e.mark(store.FlagChange{AddKeywords: []string{"ärger", "Zoo"}, RemoveKeywords: []string{"WORK"}}).Item.Keywords, []string{"Zoo", "alpha", "Ärger"})
	check("set", e.mark(store.FlagChange{SetKeywords: &[]string{"zoo"}, AddKeywords: []string{"ignored"}}).Item.Keywords, []string{"zoo"})
	check("none", e.mark(store.FlagChange{RemoveKeywords: []string{"ZOO"}}).Item.Keywords, nil)
	for _, bad := range []string{"", strings.Repeat("x", 256)} {
		e.refused(store.Invalid, e.alice.ID, "keyword", func(tx store.Tx) error {
			_, err := tx.Mark(e.in.ID, 1, store.FlagChange{AddKeywords: []string{bad}})
			return err
		})
		e.refused(store.Invalid, e.alice.ID, "keyword", func(tx store.Tx) error {
			_, err := tx.Add(e.in.ID, store.NewItem{Blob: e.stage(), Keywords: []string{bad}})
			return err
		})
	}
}

func testFollow(e *env) {
	e.add(e.in.ID, store.NewItem{Flags: store.Flagged})
	f := &store.Follow{
		Type: "for Follow Up", Subject: "Ruf an", StartDate: day(1), UTCStartDate: day(1).Add(-time.Hour), DueDate: day(2),
		UTCDueDate: day(2), ReminderSet: true, ReminderTime: day(1), OrdinalDate: day(0), SubOrdinalDate: "5555",
	}
	rec := e.mark(store.FlagChange{SetFollow: &f})
	if !reflect.DeepEqual(rec.Item.Follow, f) {
		e.Errorf("follow-up %+v; want %+v", rec.Item.Follow, f)
	}
	done := &store.Follow{Complete: true, CompleteTime: day(4), DateCompleted: day(4)}
	if rec = e.mark(store.FlagChange{SetFollow: &done}); rec.Item.Flags&store.Flagged != 0 {
		e.Error("what is complete is still flagged")
	}
	if rec = e.mark(store.FlagChange{Add: store.Flagged}); rec.Item.Follow != nil && rec.Item.Follow.Complete {
		e.Error("what is flagged anew is still complete")
	}
}

func testConflict(e *env) {
	rec := e.add(e.in.ID, store.NewItem{})
	seen := rec.ModSeq
	changed := e.mark(store.FlagChange{Add: store.Flagged, UnchangedSince: &seen})
	e.refused(store.Conflict, e.alice.ID, "a change based on an old state", func(tx store.Tx) error {
		_, err := tx.Mark(e.in.ID, rec.UID, store.FlagChange{Add: store.Seen, UnchangedSince: &seen})
		return err
	})
	if again := e.mark(store.FlagChange{Add: store.Seen, UnchangedSince: &changed.ModSeq}); again.Item.Flags != store.Flagged|store.Seen {
		e.Errorf("flags %b", again.Item.Flags)
	}
}
