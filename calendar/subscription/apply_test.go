package subscription

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// bomb answers with much that is little when compressed.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	defer z.Close()
	zeros := make([]byte, 1<<20)
	for range 64 {
		if _, err := z.Write(zeros); err != nil {
			return
		}
	}
}

// TestUnchanged fetches what says the same: nothing is written that anybody would hear of.
func TestUnchanged(t *testing.T) {
	for _, tagged := range []bool{true, false} {
		p := newPublisher(t, calendarOf(high, low))
		p.tagged = tagged
		r := newRig(t, p)
		sub := r.subscribe()
		before := r.modseq()
		r.refresh(sub.Collection, Changes{})
		if p.asked != 2 || p.unasked != map[bool]int{true: 1, false: 0}[tagged] {
			t.Errorf("asked %d times, %d unchanged", p.asked, p.unasked)
		}
		// Another stamp, and another program.
		p.publish(strings.NewReplacer("20300101T", "20300102T", "-//Tides//EN", "-//Tides 2//EN").Replace(calendarOf(low+"|LAST-MODIFIED:20300102T000000Z", high)))
		r.refresh(sub.Collection, Changes{})
		if after := r.modseq(); after != before {
			t.Errorf("modseq %d, was %d", after, before)
		}
		if got := strings.Join(r.outcomes, " "); got != "unchanged unchanged" {
			t.Errorf("outcomes %q", got)
		}
	}
}

// TestLastModified asks under the condition of a date when there is no ETag.
func TestLastModified(t *testing.T) {
	const date = "Tue, 01 Jan 2030 00:00:00 GMT"
	p := newPublisher(t, calendarOf(high))
	p.header = map[string]string{"Last-Modified": date}
	r := newRig(t, p)
	sub := r.subscribe()
	p.say(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("If-Modified-Since") != date {
			t.Errorf("asked without the date: %v", q.Header)
		}
		w.WriteHeader(http.StatusNotModified)
	})
	r.refresh(sub.Collection, Changes{})
}

// TestOneChange wants exactly one entry in the journal for one event that changed, and one for one that went.
func TestOneChange(t *testing.T) {
	p := newPublisher(t, calendarOf(high, low))
	r := newRig(t, p)
	sub := r.subscribe()
	before := r.modseq()
	p.publish(calendarOf(strings.Replace(high, "High water", "Spring tide", 1), low))
	r.refresh(sub.Collection, Changes{Changed: 1})
	changed := r.since(sub.Collection, before)
	if len(changed) != 1 || changed[0].Removed || changed[0].Key != "high" {
		t.Errorf("journal %+v", changed)
	}
	r.want(sub.Collection, "high Spring tide 20300601T040000Z", "low Low water 20300601T100000Z")
	before = r.modseq()
	p.publish(calendarOf(low))
	sub = r.refresh(sub.Collection, Changes{Removed: 1})
	if gone := r.since(sub.Collection, before); len(gone) != 1 || !gone[0].Removed {
		t.Errorf("journal %+v", gone)
	}
	if sub.Events != 1 || sub.Changed != r.now {
		t.Errorf("subscription %+v", sub)
	}
}

// since lists the entries of a folder that changed.
func (r *rig) since(c store.CollectionID, n store.ModSeq) (list []store.Record) {
	r.Helper()
	r.must(r.st.View(context.Background(), r.acct.ID, func(v store.Reader) error {
		for record, err := range v.Changes(c, store.After(n), store.WantEntry) {
			if err != nil {
				return err
			}
			list = append(list, record)
		}
		return nil
	}))
	return list
}

// TestBroken publishes what must not change anything.
func TestBroken(t *testing.T) {
	p := newPublisher(t, calendarOf(high, low))
	r := newRig(t, p)
	sub := r.subscribe()
	before := r.modseq()
	for _, body := range []string{
		calendarOf(), "", "<html>", calendarOf(high)[:60], strings.TrimSuffix(calendarOf(high), "END:VCALENDAR\r\n"),
		strings.ReplaceAll(calendarOf(high), "VEVENT", "VTODO"),
	} {
		p.publish(body)
		_, _, err := r.Refresh(context.Background(), r.acct.ID, sub.Collection)
		if err == nil {
			t.Errorf("%q was taken", body)
		}
	}
	list, err := r.List(context.Background(), r.acct.ID)
	r.must(err)
	if st := list[0]; st.Fails != 6 || st.Error == "" || !st.Next.After(r.now) || r.modseq() != before {
		t.Errorf("status %+v, modseq %d, was %d", st, r.modseq(), before)
	}
	p.publish(calendarOf(high))
	if st := r.refresh(sub.Collection, Changes{Removed: 1}); st.Fails != 0 || st.Error != "" {
		t.Errorf("status %+v", st)
	}
}

// TestBadEvents leaves out what cannot be shown, tells it, and keeps what was there before.
func TestBadEvents(t *testing.T) {
	p := newPublisher(t, calendarOf(high, low))
	r := newRig(t, p)
	sub := r.subscribe()
	task := strings.ReplaceAll(strings.TrimPrefix(calendarOf("UID:task"), "BEGIN:VCALENDAR\r\n"), "VEVENT", "VTODO")
	p.publish(strings.Replace(calendarOf(
		strings.Replace(high, "20300601T040000Z", "soon", 1), low+"|DESCRIPTION:x", "UID:new|SUMMARY:no start",
		"UID:nowhere|DTSTART;TZID=Atlantis:20300601T100000", "UID:rule|DTSTART:20300601T100000Z|RRULE:FREQ=SOMETIMES", "UID:good|DTSTART:20300601",
	), "END:VCALENDAR\r\n", task, 1))
	sub = r.refresh(sub.Collection, Changes{Added: 1, Changed: 1})
	r.want(sub.Collection, "good  20300601", "high High water 20300601T040000Z", "low Low water 20300601T100000Z")
	want := []Refusal{{7, "DTSTART: no date"}, {17, "event without DTSTART"}}
	if sub.Refused != 4 || sub.Skipped != 1 || len(sub.Told) != 4 || !slices.Equal(sub.Told[:2], want) {
		t.Errorf("status %+v", sub.Status)
	}
}

// TestUIDs has events without UIDs, with others each time, and with one for all.
func TestUIDs(t *testing.T) {
	without := func(s string) string { _, rest, _ := strings.Cut(s, "|"); return rest }
	p := newPublisher(t, calendarOf(without(high), without(low), without(low)))
	r := newRig(t, p)
	sub := r.subscribe()
	if got := r.events(sub.Collection); len(got) != 2 || !strings.HasPrefix(got[0], "urn:uuid:") {
		t.Errorf("events %v", got)
	}
	p.publish(calendarOf(without(low)+"|DESCRIPTION:Take boots", without(high)))
	r.refresh(sub.Collection, Changes{Changed: 1})

	p = newPublisher(t, calendarOf(high, low))
	r = newRig(t, p)
	sub = r.subscribe()
	before := r.modseq()
	for i := range 3 {
		p.publish(calendarOf(fmt.Sprintf("UID:%d-a|%s", i, without(high)), fmt.Sprintf("UID:%d-b|%s", i, without(low))))
		r.refresh(sub.Collection, Changes{})
	}
	if r.modseq() != before {
		t.Error("other UIDs changed something")
	}
	p.publish(calendarOf("UID:x|"+without(high), "UID:y|"+strings.Replace(without(low), "Low", "Lowest", 1)))
	r.refresh(sub.Collection, Changes{Added: 1, Removed: 1})

	same := func(s string) string { return "UID:tide|" + without(s) }
	p.publish(calendarOf(same(high), same(low), same(strings.Replace(low, "Low water", "Mud", 1))))
	r.refresh(sub.Collection, Changes{Added: 2, Removed: 1})
	if got := r.events(sub.Collection); len(got) != 3 {
		t.Errorf("events %v", got)
	}
	r.refresh(sub.Collection, Changes{})

	// A later version is none of several appointments.
	p.publish(calendarOf(same(high), same(strings.Replace(low, "040000", "050000", 1))+"|SEQUENCE:1"))
	r.refresh(sub.Collection, Changes{Added: 1, Removed: 3})
	if got := r.events(sub.Collection); len(got) != 1 || !strings.HasPrefix(got[0], "tide Low") {
		t.Errorf("events %v", got)
	}
}

// TestSeries keeps a series, its exceptions and its zone together, and makes nobody a guest.
func TestSeries(t *testing.T) {
	zone := "BEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	body := calendarOf(
		"UID:series|DTSTART;TZID=Here:20300601T100000|RRULE:FREQ=DAILY;COUNT=5|SUMMARY:Watch|ORGANIZER:mailto:otto@example.test|"+
			"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:rita@example.test|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM", high,
		"UID:series|RECURRENCE-ID;TZID=Here:20300603T100000|DTSTART;TZID=Here:20300603T110000|SUMMARY:Late watch|ATTENDEE:mailto:rita@example.test")
	p := newPublisher(t, strings.Replace(body, "END:VCALENDAR\r\n", zone+"END:VCALENDAR\r\n", 1))
	r := newRig(t, p)
	sub := r.subscribe()
	var series *calendar.Object
	for _, o := range r.objects(sub.Collection) {
		if o.UID() == "series" {
			series = o
		}
	}
	if series == nil || len(series.Overrides()) != 1 {
		t.Fatalf("series %v", series)
	}
	text := string(series.Bytes())
	for _, no := range []string{"ATTENDEE", "ORGANIZER", "VALARM", "METHOD"} {
		if strings.Contains(text, no) {
			t.Errorf("%s was kept:\n%s", no, text)
		}
	}
	if !strings.Contains(text, "TZOFFSETTO:+0100") {
		t.Errorf("no zone:\n%s", text)
	}
	p.publish(strings.Replace(p.body, "-PT5M", "-PT9M", 1))
	r.refresh(sub.Collection, Changes{})
	p.publish(strings.Replace(p.body, "20300603T110000", "20300603T120000", 1))
	r.refresh(sub.Collection, Changes{Changed: 1})
}

// A failingStore fails writes after some have been made.
type failingStore struct {
	store.Store
	left int
}

var errPulled = errors.New("the plug was pulled")

// Update implements store.Store.
func (f *failingStore) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	if f.left--; f.left < 0 {
		return errPulled
	}
	return f.Store.Update(ctx, acct, fn)
}

// TestInterrupted ends the process after each write in turn. The next one ends what was begun, even if by then the
// publisher is back at what it had said before, and says that this is unchanged.
func TestInterrupted(t *testing.T) {
	var first, second []string
	for i := range 260 {
		first = append(first, fmt.Sprintf("UID:%d|DTSTART:20300601T040000Z|SUMMARY:a", i))
		second = append(second, fmt.Sprintf("UID:%d|DTSTART:20300601T040000Z|SUMMARY:b", i+130))
	}
	for writes := range 8 {
		for _, back := range []bool{false, true} {
			p := newPublisher(t, calendarOf(first...))
			p.tagged = true
			r := newRig(t, p)
			sub := r.subscribe()
			p.publish(calendarOf(second...))
			r.restart(&failingStore{r.st, writes})
			_, _, err := r.Refresh(context.Background(), r.acct.ID, sub.Collection)
			if err == nil {
				break // that was enough for all of it
			}
			want := second
			if back {
				p.publish(calendarOf(first...))
				want = first
			}
			r.restart(r.st)
			_, _, err = r.Refresh(context.Background(), r.acct.ID, sub.Collection)
			r.must(err)
			got := r.events(sub.Collection)
			if len(got) != len(want) || !strings.HasSuffix(got[0], map[bool]string{true: "a 20300601T040000Z", false: "b 20300601T040000Z"}[back]) {
				t.Errorf("after %d writes, back %v: %d events, the first %q", writes, back, len(got), got[0])
			}
		}
	}
}

// TestInterruptedAtFirst ends the process after each write of the first fetch: the folder is filled by the next one.
func TestInterruptedAtFirst(t *testing.T) {
	for writes := 1; ; writes++ {
		p := newPublisher(t, tides(450, 1, "a"))
		r := newRig(t, p)
		r.restart(&failingStore{r.st, writes})
		_, err := r.Subscribe(context.Background(), r.acct.ID, p.URL, "Tides")
		if err == nil {
			if writes < 4 {
				t.Errorf("all was done by %d writes", writes)
			}
			return
		}
		r.restart(r.st)
		r.must(r.load(context.Background()))
		at, wait := r.due.pop(&r.Service.mu, r.now)
		if wait != 0 {
			t.Fatalf("after %d writes nothing is due", writes)
		}
		r.turn(context.Background(), at)
		if sub, err := r.one(context.Background(), at); err != nil || sub.Events != 450 || sub.Error != "" {
			t.Errorf("after %d writes %+v, %v", writes, sub, err)
		}
	}
}
