package calendar

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// bySummary is the free time that one object leaves, by what the store keeps of it; opened: the object itself was read.
func bySummary(t *testing.T, o *Object, start, end time.Time, in *Zone, me Identity) (free *FreeBusy, opened bool) {
	t.Helper()
	free = NewFreeBusy(start, end)
	text, done := free.takeExtent(o.summary())
	switch {
	case done:
		return free, false
	case text == "":
		o, opened = o.Clone(), true
	default:
		var err error
		if o, err = readCondensed(text); err != nil {
			t.Fatal(err)
		}
	}
	_ = free.Add(o, in, me)
	return free, opened
}

// sameTime checks for some windows, zones and people that both ways make the same of an object; it reports whether the
// object itself had to be read.
func sameTime(t *testing.T, what string, o *Object, around time.Time) (opened bool) {
	t.Helper()
	for _, zone := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"} {
		in, _ := LoadZone(zone)
		for _, me := range []Identity{nil, {"a@example.test"}, {"nobody@example.test", "b@example.test"}} {
			for _, w := range [][2]time.Duration{{-30 * 24, 30 * 24}, {0, 1}, {-14, 0}, {1, 48}, {-20 * 24, -5 * 24}, {24 * 300, 24 * 400}} {
				start, end := around.Add(w[0]*time.Hour), around.Add(w[1]*time.Hour)
				slow := NewFreeBusy(start, end)
				_ = slow.Add(o, in, me) // what is added before an error counts
				quick, read := bySummary(t, o, start, end, in, me)
				opened = opened || read
				if a, b := slow.Periods(), quick.Periods(); !slices.Equal(a, b) {
					t.Fatalf("%s: from %v to %v in %s, for %v: %v by the object, %v by its summary\n%s", what, start, end, zone, me, a, b, o.Bytes())
				}
			}
		}
	}
	return opened
}

// TestExtentCorpus compares both ways to free time for all events of the corpus.
func TestExtentCorpus(t *testing.T) {
	all, opened := 0, 0
	eachCorpus(t, func(path string, raw []byte) {
		f, err := Decode(strings.NewReader(string(raw)), Limits{})
		if err != nil {
			return
		}
		for _, o := range f.Objects()[:min(len(f.Objects()), 10)] {
			if o.Kind() != VEvent {
				continue
			}
			around := o.first().Start().Wall
			if around.IsZero() {
				around = time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
			}
			all++
			if sameTime(t, filepath.Base(path), o, around) {
				opened++
			}
		}
	})
	t.Logf("of %d events %d had to be read", all, opened)
}

// An eventMaker makes random events.
type eventMaker struct{ *rand.Rand }

func (m eventMaker) pick(of ...string) string { return of[m.IntN(len(of))] }

// moment writes a moment around the end of March 2026.
func (m eventMaker) moment(name string) string {
	at := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC).Add(time.Duration(m.IntN(20*48)-480) * 30 * time.Minute)
	switch m.IntN(6) {
	case 0:
		return name + ";VALUE=DATE:" + at.Format("20060102")
	case 1:
		return name + ":" + at.Format("20060102T150405")
	case 2:
		return name + ":" + at.Format("20060102T150405Z")
	}
	return name + ";TZID=" + m.pick("Europe/Berlin", "Europe/Berlin", "Own", "W. Europe Standard Time", "Elsewhere", "Australia/Lord_Howe") + ":" + at.Format("20060102T150405")
}

// component writes the lines of one event; more say that it recurs, or which occurrence it is about.
func (m eventMaker) component(more ...string) []string {
	lines := append([]string{"BEGIN:VEVENT", "UID:x", fmt.Sprintf("DTSTAMP:202601%02dT000000Z", 1+m.IntN(20)), "SUMMARY:A, b"}, more...)
	if m.IntN(20) > 0 {
		lines = append(lines, m.moment("DTSTART"))
	}
	switch m.IntN(4) {
	case 0:
		lines = append(lines, m.moment("DTEND"))
	case 1, 2:
		lines = append(lines, "DURATION:"+m.pick("PT30M", "PT5H", "P1D", "P3D", "-PT5M", "x"))
	}
	for _, line := range []string{
		m.pick("TRANSP:TRANSPARENT", "TRANSP:OPAQUE"), m.pick("STATUS:TENTATIVE", "STATUS:CANCELLED", "STATUS:CONFIRMED"),
		"X-MICROSOFT-CDO-BUSYSTATUS:" + m.pick("FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"),
		"ORGANIZER;CN=x:mailto:" + m.pick("a", "b", "c") + "@example.test", "SEQUENCE:" + m.pick("0", "1", "2"),
	} {
		if m.IntN(4) == 0 {
			lines = append(lines, line)
		}
	}
	for range max(0, m.IntN(5)-2) {
		lines = append(lines, "ATTENDEE"+m.pick("", ";PARTSTAT=accepted", ";PARTSTAT=DECLINED", ";PARTSTAT=TENTATIVE;CN=\"B, c\"", ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE")+
			":"+m.pick("mailto:a@example.test", "MAILTO:B%40example.test", "mailto:c%25d@example.test", "urn:x"))
	}
	return append(lines, "END:VEVENT")
}

func (m eventMaker) series() []string {
	lines := []string{"RRULE:FREQ=" + m.pick("DAILY", "WEEKLY;BYDAY=MO,SU", "MONTHLY;BYMONTHDAY=29", "HOURLY;INTERVAL=7", "odd") + m.pick("", ";COUNT=5", ";UNTIL=20260405T100000Z", ";UNTIL=20260405")}
	for _, name := range []string{"EXDATE", "RDATE", "EXDATE", "RDATE"} {
		if m.IntN(4) == 0 {
			lines = append(lines, m.moment(name))
		}
	}
	if m.IntN(6) == 0 {
		lines = append(lines, "EXRULE:FREQ=DAILY;INTERVAL=2")
	}
	return lines
}

func (m eventMaker) object() string {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VTIMEZONE", "TZID:Own", "BEGIN:STANDARD", "DTSTART:19700101T000000",
		"TZOFFSETFROM:+0330", "TZOFFSETTO:" + m.pick("+0330", "-1145"), "END:STANDARD", "END:VTIMEZONE"}
	switch m.IntN(3) {
	case 0:
		lines = append(lines, m.component()...)
	case 1:
		lines = append(lines, m.component(m.series()...)...)
	case 2:
		if m.IntN(5) > 0 {
			lines = append(lines, m.component(m.series()...)...)
		}
		for range 1 + m.IntN(3) {
			lines = append(lines, m.component(m.moment("RECURRENCE-ID"+m.pick("", "", ";RANGE=THISANDFUTURE")))...)
		}
	}
	return strings.Join(append(lines, "END:VCALENDAR", ""), "\r\n")
}

// TestExtentRandom compares both ways to free time for random events.
func TestExtentRandom(t *testing.T) {
	m := eventMaker{rand.New(rand.NewPCG(5545, 6))}
	opened, n := 0, 250
	for range n {
		o, _, err := ReadObject(m.object())
		if err != nil {
			t.Fatal(err)
		}
		if sameTime(t, "random", o, time.Date(2026, 3, 29, m.IntN(24), 0, 0, 0, time.UTC)) {
			opened++
		}
	}
	t.Logf("of %d events %d had to be read", n, opened)
}

// TestExtentOld checks that what the store keeps otherwise is passed over.
func TestExtentOld(t *testing.T) {
	o := NewObject(VEvent, "x")
	o.Master().SetStart(InstantOf(time.Date(2026, 3, 29, 8, 0, 0, 0, time.UTC)))
	whole := o.summary()
	for _, raw := range [][]byte{nil, {}, []byte(`{"s":1,"e":2,"p":true}`), whole[:3], {extentForm}} {
		if text, done := NewFreeBusy(time.Unix(0, 0), time.Unix(9, 0)).takeExtent(raw); text != "" || done {
			t.Errorf("%q: %q, %v", raw, text, done)
		}
	}
}
