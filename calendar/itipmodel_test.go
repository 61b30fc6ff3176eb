package calendar

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// seen is what takes place in somebody's calendar, as text.
func seen(t *testing.T, o *Object) string {
	t.Helper()
	var list []string
	for oc, err := range o.Occurrences(instant(t, "2026-08-01"), instant(t, "2027-01-01"), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if !oc.Component.Cancelled() {
			list = append(list, fmt.Sprint(oc.Start.Format("0102T1504"), " ", oc.End.Sub(oc.Start), " ", oc.Component.Summary(), " ", oc.Component.Location()))
		}
	}
	return strings.Join(list, "\n")
}

// randomEdit changes a series as an organizer may.
func randomEdit(rng *rand.Rand, o *Object, n int) string {
	master := o.Master()
	id := master.Start().Add(time.Duration(rng.IntN(8)) * 7 * 24 * time.Hour)
	switch rng.IntN(8) {
	case 0:
		master.SetSummary(fmt.Sprint("summary ", n))
		return "rename"
	case 1:
		d := time.Duration(rng.IntN(5)-2) * time.Hour
		master.SetTimes(master.Start().Add(d), master.End().Add(d))
		for _, over := range o.Overrides() { // as ActiveSync has it: exceptions go when the pattern moves
			o.Remove(over)
		}
		master.Remove("EXDATE")
		return "move all"
	case 2, 3:
		if over, ok := o.Detach(id); ok {
			over.SetTimes(over.Start().Add(time.Hour), over.End().Add(2*time.Hour))
			return "move " + id.String()
		}
	case 4:
		if over, ok := o.Detach(id); ok {
			over.SetLocation(fmt.Sprint("room ", n))
			return "place " + id.String()
		}
	case 5, 6:
		if over := o.Override(id); over != nil {
			o.Remove(over)
		}
		master.Exclude(id)
		return "without " + id.String()
	case 7:
		master.SetRule(&Rule{Freq: Weekly, Interval: 1, Count: 5 + rng.IntN(6), WeekStart: time.Monday})
		return "length"
	}
	return "nothing"
}

// TestMeetingsConverge plays random changes of a series. An attendee who gets every message, some of them twice, sees
// after each what the organizer sees; one who gets them in any order and then asks again does so in the end,
// unless a series was moved away and back: then nothing tells him that what he heard of an occurrence is no longer true. (For
// the same reason an old message may bring back an occurrence that was cancelled and then restored: about one story in
// a thousand.)
func TestMeetingsConverge(t *testing.T) {
	const seeds = 100
	differ := 0
	for seed := range uint64(seeds) {
		rng := rand.New(rand.NewPCG(5546, seed))
		var clock clockOfTests
		o, r, late := &calendarOf{me: otto}, &calendarOf{me: rita}, &calendarOf{me: rita}
		var send, all []Message
		o.object, send = Announce(nil, meeting(t, "RRULE:FREQ=WEEKLY;COUNT=9"), otto, clock.now())
		o.object.SetMethod("")
		var story []string
		for n := range 8 {
			for _, m := range send {
				if !setOf(m.To)["rita@example.test"] {
					continue
				}
				all = append(all, m)
				r.get(t, m, clock.now())
				if rng.IntN(4) == 0 {
					if out := r.get(t, all[rng.IntN(len(all))], clock.now()); out.What == Rescheduled {
						t.Fatalf("seed %d, %v: an old message moves the meeting", seed, story)
					}
				}
			}
			if a, b := seen(t, o.object), seen(t, r.object); a != b {
				t.Fatalf("seed %d: after %v the organizer sees\n%s\nthe attendee\n%s\n%s\n%s", seed, story, a, b, o.object.Bytes(), r.object.Bytes())
			}
			send = o.edit(clock.now(), func(c *Object) { story = append(story, randomEdit(rng, c, n)) })
			for _, m := range send {
				story = append(story, m.Method)
			}
		}
		for _, i := range rng.Perm(len(all)) {
			late.get(t, all[i], clock.now())
		}
		if late.object == nil {
			continue
		}
		out := o.get(t, Refresh(late.object, rita, clock.now()), clock.now())
		late.get(t, out.Send[0], clock.now())
		if a, b := seen(t, o.object), seen(t, late.object); a != b {
			t.Logf("seed %d: after %v in another order, and asked again, the organizer sees\n%s\nthe attendee\n%s", seed, story, a, b)
			differ++
		}
	}
	if differ > seeds/50 {
		t.Errorf("%d of %d differ", differ, seeds)
	}
}
