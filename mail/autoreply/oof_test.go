package autoreply

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/store"
)

func TestSaveAndLoad(t *testing.T) {
	r := newRig(t)
	if got := r.oof(r.alice); got != (Oof{}) {
		t.Errorf("before anything was set: %+v", got)
	}
	o := away("<b>gone</b> & \"away\"\r\nÜ")
	o.Messages[Known] = Message{HTML: true, Text: "<p>kept though not enabled"}
	o.Start, o.End = r.now, r.now.Add(time.Hour) // of no schedule
	r.set(r.alice, o)
	got := r.oof(r.alice)
	if !got.Since.Equal(r.now) {
		t.Errorf("since %v", got.Since)
	}
	o.Start, o.End, o.Since = time.Time{}, time.Time{}, got.Since
	if diff := cmp.Diff(o, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := r.oof(r.bob); got != (Oof{}) {
		t.Errorf("somebody else's: %+v", got)
	}
}

// TestActivation: Since changes when answering begins, and only then.
func TestActivation(t *testing.T) {
	r := newRig(t)
	last := time.Time{}
	step := func(what string, o Oof, fresh bool) {
		t.Helper()
		r.set(r.alice, o)
		since := r.oof(r.alice).Since
		if since.Equal(last) == fresh {
			t.Errorf("%s: since %v after %v", what, since, last)
		}
		last = since
		r.now = r.now.Add(time.Hour)
	}
	o := away("gone")
	step("on", o, true)
	o.Messages[Internal].Text = "other"
	step("another text", o, false)
	step("off", Oof{}, false)
	step("on again", o, true)
	o.State, o.Start, o.End = Scheduled, r.now, r.now.Add(5*time.Hour)
	step("scheduled", o, true)
	o.End = o.End.Add(time.Hour)
	step("a later end", o, false)
	o.Start = o.Start.Add(time.Hour)
	step("another start", o, true)
	r.now = o.End
	o.State = On
	step("on after the schedule ended", o, true)
	r.now = last.Add(-time.Hour) // the clock goes back
	step("off", Oof{}, false)
	r.now = last.Add(-time.Hour)
	step("on at an earlier time", o, true)
}

func TestSaveRefuses(t *testing.T) {
	r := newRig(t)
	long := away("")
	long.Messages[Known].Text = strings.Repeat("x", MaxMessage+1)
	backwards := away("")
	backwards.State, backwards.Start, backwards.End = Scheduled, r.now, r.now
	nowhere := away("")
	nowhere.State = Scheduled
	binary := away("\xff")
	for name, tt := range map[string]struct {
		o    Oof
		want error
	}{
		"too long": {long, store.TooLarge}, "ends as it begins": {backwards, store.Invalid}, "no times": {nowhere, store.Invalid},
		"not UTF-8": {binary, store.Invalid}, "no such state": {Oof{State: 3}, store.Invalid},
	} {
		err := r.st.Update(t.Context(), 0, func(tx store.Tx) error { return Save(tx, r.alice.ID, tt.o, r.now) })
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v; want %v", name, err, tt.want)
		}
	}
	full := away("")
	for a := range full.Messages { // as long as may be, in characters that JSON writes in two bytes
		full.Messages[a].Text = strings.Repeat("\"", MaxMessage)
	}
	if err := r.st.Update(t.Context(), 0, func(tx store.Tx) error { return Save(tx, r.alice.ID, full, r.now) }); !errors.Is(err, store.TooLarge) {
		t.Errorf("three long texts of quotes: %v; want TooLarge", err)
	}
}

func TestDamagedSetting(t *testing.T) {
	r := newRig(t)
	for _, raw := range []string{"", "{", `{"version":2,"state":"on"}`, `{"version":1,"state":"perhaps"}`, `{"version":1,"state":"scheduled"}`} {
		r.update(func(tx store.Tx) error { return tx.PutSetting(r.alice.ID, setting, []byte(raw)) })
		err := r.st.View(t.Context(), r.alice.ID, func(v store.Reader) error {
			_, err := Load(v, r.alice.ID)
			return err
		})
		if !errors.Is(err, store.Damaged) {
			t.Errorf("%q: %v; want Damaged", raw, err)
		}
		if r.answers(note()) {
			t.Errorf("%q: answered", raw)
		}
	}
	if n := r.inbox(r.alice); n != 5 {
		t.Errorf("%d messages; want 5: a damaged setting stops no mail", n)
	}
	r.set(r.alice, away("gone"))
	if !r.answers(note()) {
		t.Error("a damaged setting cannot be replaced")
	}
}

func TestForm(t *testing.T) {
	text := Message{Text: "a < b\r\nsee https://example.test/"}
	if got := text.Form(true); !strings.Contains(got, `a &lt; b<br>`) || !strings.Contains(got, `<a href="https://example.test/">`) || !strings.HasPrefix(got, "<html>") {
		t.Errorf("as HTML: %q", got)
	}
	html := Message{HTML: true, Text: "<div>one</div><div>two &amp; three</div>"}
	if got := html.Form(false); got != "one\r\ntwo & three" {
		t.Errorf("as text: %q", got)
	}
	if text.Form(false) != text.Text || html.Form(true) != html.Text || (Message{}).Form(true) != "" {
		t.Error("what was given is changed")
	}
}

func FuzzDecode(f *testing.F) {
	raw, err := encode(away("gone"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"version":1,"state":"scheduled","start":"2026-09-01T08:00:00Z","end":"2026-09-02T08:00:00Z"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := decode(raw)
		if err != nil {
			return
		}
		again, err := encode(o)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decode(again); err != nil || !cmp.Equal(o, back) {
			t.Errorf("%+v became %+v, %v", o, back, err)
		}
	})
}
