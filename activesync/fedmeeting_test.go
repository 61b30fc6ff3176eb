package activesync

import (
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestFedMeeting answers and forwards what is in a calendar that the server keeps: nothing there changes for it, and an
// invitation of somebody else that stays as it is may be handed on.
func TestFedMeeting(t *testing.T) {
	once(t)
	for _, version := range []Version{V141, V161} {
		r := newRig(t)
		var c store.Collection
		var kept []store.Record
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
			c, err = tx.CreateCollection(store.Collection{Name: "Fairs", Class: store.Calendar, Source: "https://example.test/days.ics"})
			return err
		}))
		for _, lines := range []string{forwarded, "SUMMARY:Fair\nDTSTART;VALUE=DATE:20260905"} {
			raw := strings.Replace(string(vevent(lines)), "UID:u1", "UID:"+string('a'+rune(len(kept))), 1)
			item, err := eventClass{}.ingest(t.Context(), r.st, []byte(raw))
			must(t, err)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				rec, err := tx.Add(c.ID, item)
				kept = append(kept, rec)
				return err
			}))
		}
		for _, rec := range kept {
			for _, response := range []int{1, 2, 3} {
				a := r.do(call{cmd: "MeetingResponse", version: version, body: answerTo(response, itemID(rec.Collection, rec.UID))})
				if got := a.value("MeetingResponse:Status"); got != "2" {
					t.Errorf("%s: answer %d: status %s", version, response, got)
				}
			}
		}
		if version >= V160 {
			r.do(call{cmd: "SmartForward", version: version, body: forwardBody("f1", kept[0], "", "olga@example.org")})
			n := len(r.queued())
			r.do(call{cmd: "SmartForward", version: version, body: forwardBody("f2", kept[1], "", "olga@example.org")})
			if n == 0 || len(r.queued()) != n {
				t.Errorf("%s: %d messages, and then %d", version, n, len(r.queued()))
			}
		}
		var now []store.Record
		must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
			for rec, err := range tx.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
				if err != nil {
					return err
				}
				now = append(now, rec)
			}
			return nil
		}))
		if !slices.EqualFunc(now, kept, func(a, b store.Record) bool { return a.Item.Blob == b.Item.Blob && a.UID == b.UID }) {
			t.Errorf("%s: the calendar has changed", version)
		}
	}
}

// TestLentUnknownClass: what says of itself that it is something which nobody here knows is private.
func TestLentUnknownClass(t *testing.T) {
	once(t)
	l := newLentRig(t, store.MainCal, mayEdit)
	l.keep("u1", monday+"\nCLASS:X-SECRET")
	l.keep("u2", strings.ReplaceAll(monday, "Review", "Lunch")+"\nCLASS:public")
	a := l.told("phone1", V161)
	if strings.Contains(a.dump, "Review") || !strings.Contains(a.dump, "Lunch") {
		t.Errorf("shown:\n%s", a.dump)
	}
}

// TestForwardOrganizers forwards a meeting whose organizer claims to have several addresses: nobody is told of it there.
func TestForwardOrganizers(t *testing.T) {
	o := newEventRig(t)
	rec := o.keepEvent([]byte(strings.ReplaceAll(string(vevent(forwarded)), "mailto:boss@example.org", "mailto:boss@example.org,paul@example.org")))
	o.do(call{cmd: "SmartForward", version: V161, body: forwardBody("f1", rec, "", "fritz@example.org")})
	queue := o.queued()
	if len(queue) != 1 || queue[0].Recipient != "fritz@example.org" {
		t.Errorf("sent %+v", queue)
	}
}

// TestLentUnreadable: what is too large to be read may be private, and stays.
func TestLentUnreadable(t *testing.T) {
	once(t)
	l := newLentRig(t, store.MainCal, mayEdit)
	rec := l.keep("u1", monday+"\nCLASS:PRIVATE\nCOMMENT:"+strings.Repeat("x", maxObject))
	l.told("phone1", V161)
	a := l.told("phone1", V161, deleteLines(itemID(rec.Collection, rec.UID))...)
	if len(a.commands("Add")) != 1 || l.lines() == "" {
		t.Errorf("deleted:\n%s", a.dump)
	}
}
