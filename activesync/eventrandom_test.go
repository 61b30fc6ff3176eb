package activesync

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/wbxml"
)

// eventZones are zones from −12 to +14 hours, with all that zones do: no summer time, half hours, half an hour of summer
// time, one that ends in Ramadan, and zones that gave it up.
var eventZones = []string{
	"Etc/GMT+12", "Pacific/Pago_Pago", "America/St_Johns", "America/Sao_Paulo", "America/New_York", "UTC", "Europe/London", "Europe/Berlin",
	"Africa/Casablanca", "Europe/Istanbul", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia",
	"Pacific/Kiritimati",
}

// A dice makes events at random.
type dice struct{ *rand.Rand }

func (d dice) of(list ...string) string { return list[d.IntN(len(list))] }

// rule makes a rule that devices have words for.
func (d dice) rule(start time.Time, allDay bool) string {
	day := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}[start.Weekday()]
	rule := d.of(
		"FREQ=DAILY", "FREQ=WEEKLY;BYDAY="+day, "FREQ=WEEKLY;BYDAY="+strings.Join(slices.Compact(slices.Sorted(slices.Values([]string{day, "FR", "MO"}))), ","),
		fmt.Sprintf("FREQ=MONTHLY;BYMONTHDAY=%d", start.Day()), fmt.Sprintf("FREQ=MONTHLY;BYDAY=%d%s", (start.Day()-1)/7+1, day),
		fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%d", start.Month(), start.Day()),
	)
	if strings.Contains(rule, "BYDAY=5") {
		rule = "FREQ=MONTHLY;BYDAY=-1" + day // a fifth is the last in Exchange's words
	}
	if start.Day() > 28 && strings.Contains(rule, "BYMONTHDAY") {
		rule = "FREQ=DAILY" // months differ
	}
	rule += fmt.Sprintf(";INTERVAL=%d", 1+d.IntN(3))
	switch d.IntN(3) {
	case 0:
		rule += fmt.Sprintf(";COUNT=%d", 2+d.IntN(30))
	case 1:
		last := start.AddDate(0, 0, 10+d.IntN(700))
		if allDay {
			rule += ";UNTIL=" + last.Format("20060102")
		} else {
			rule += ";UNTIL=" + last.Format("20060102T150405Z")
		}
	}
	return rule
}

// event makes an event.
func (d dice) event() string {
	zone := d.of(eventZones...)
	wall := time.Date(2025+d.IntN(3), time.Month(1+d.IntN(12)), 1+d.IntN(28), d.IntN(24), 15*d.IntN(4), 0, 0, time.UTC)
	allDay := d.IntN(3) == 0
	moment := func(name string, t time.Time) string {
		switch {
		case allDay:
			return name + ";VALUE=DATE:" + t.Format("20060102")
		case zone == "UTC":
			return name + ":" + t.Format("20060102T150405Z")
		}
		return name + ";TZID=" + zone + ":" + t.Format("20060102T150405")
	}
	length := time.Duration(1+d.IntN(90)) * 15 * time.Minute
	if allDay {
		length = time.Duration(1+d.IntN(4)) * 24 * time.Hour
	}
	common := func(t time.Time, title string) []string {
		return []string{"DTSTAMP:20250101T000000Z", moment("DTSTART", t), moment("DTEND", t.Add(length)), "SUMMARY:" + title}
	}
	lines := append([]string{"BEGIN:VEVENT", "UID:random@example.test"}, common(wall, d.of("Lunch", "Ärzte\\, Praxis", "会議"))...)
	lines = append(lines, "X-OTHER;P=q:kept", "LOCATION:"+d.of("Room 1", "Zürich"), "CLASS:"+d.of("PUBLIC", "PRIVATE"), "TRANSP:"+d.of("OPAQUE", "TRANSPARENT"))
	if d.IntN(2) == 0 {
		lines = append(lines, "CATEGORIES:a,b", "DESCRIPTION:first\\nsecond")
	}
	if d.IntN(2) == 0 {
		lines = append(lines, "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", fmt.Sprintf("TRIGGER:-PT%dM", 5*d.IntN(20)), "END:VALARM")
	}
	if d.IntN(3) == 0 {
		return object(append(lines, "END:VEVENT")...)
	}
	rule := d.rule(wall, allDay)
	lines = append(lines, "RRULE:"+rule)
	var overrides []string
	if strings.HasPrefix(rule, "FREQ=DAILY") {
		step := int(rule[len("FREQ=DAILY;INTERVAL=")] - '0')
		lines = append(lines, moment("EXDATE", wall.AddDate(0, 0, step)))
		if d.IntN(2) == 0 {
			id := wall.AddDate(0, 0, 2*step)
			later := id
			if !allDay {
				later = later.Add(time.Hour)
			}
			overrides = append(append([]string{"BEGIN:VEVENT", "UID:random@example.test", moment("RECURRENCE-ID", id)}, common(later, "Another")...), "END:VEVENT")
		}
	}
	return object(append(append(lines, "END:VEVENT"), overrides...)...)
}

// object is a calendar with the lines, as Gannet writes it.
func object(lines ...string) string {
	text := strings.Join(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"}, lines...), "END:VCALENDAR", ""), "\r\n")
	o, _, err := calendar.ReadObject(text)
	if err != nil {
		panic(err)
	}
	o.DefineZones(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	return string(o.Bytes())
}

// whens lists when an event takes place in four years, and under which title.
func whens(t *testing.T, raw []byte) string {
	t.Helper()
	o, _, err := calendar.ReadObject(string(raw))
	must(t, err)
	home, _ := calendar.LoadZone("Europe/Berlin")
	var list []string
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for oc, err := range o.Occurrences(from, from.AddDate(4, 0, 0), home) {
		must(t, err)
		list = append(list, oc.Start.Format(time.RFC3339)+" "+oc.End.Format(time.RFC3339)+" "+oc.Component.Summary())
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// TestRandomEvents shows random events to devices. What comes back as it was shown changes no byte; another subject
// changes the subject; and an event that a device makes of all that it was told of another one takes place at the same
// times, under the same titles, and is shown as that, to devices of the other version too.
func TestRandomEvents(t *testing.T) {
	for seed := range uint64(400) {
		raw := []byte(dice{rand.New(rand.NewPCG(seed, 77))}.event())
		for _, v := range []Version{V25, V141, V161} {
			f := eventForm(v)
			f.whole = true
			data, err := eventClass{}.show(raw, f)
			must(t, err)
			out, err := eventClass{}.change(raw, echo(t, data, f, wbxml.AirSyncChange))
			must(t, err)
			if !bytes.Equal(out.raw, raw) {
				t.Fatalf("seed %d at %s: the same makes\n%s", seed, v, lineDiff(string(raw), string(out.raw)))
			}
			data, err = eventClass{}.show(raw, f) // a body is read once
			must(t, err)
			made, err := eventClass{}.change(nil, echo(t, data, f, wbxml.AirSyncAdd))
			must(t, err)
			if was, is := whens(t, raw), whens(t, made.raw); was != is {
				t.Fatalf("seed %d at %s:\n%s\nof\n%s\n%s", seed, v, lineDiff(was, is), raw, made.raw)
			}
			for _, other := range []Version{V141, V161} {
				if v < V141 {
					continue // it has no words for an occurrence without the reminder of the series
				}
				if was, is := dumpOfEvent(t, raw, other), dumpOfEvent(t, made.raw, other); was != is {
					t.Fatalf("seed %d made at %s, shown at %s:\n%s\n%s\n%s", seed, v, other, lineDiff(was, is), raw, made.raw)
				}
			}
		}
	}
}

// dumpOfEvent is what a device is told of an event, without its names and its stamp.
func dumpOfEvent(t *testing.T, raw []byte, v Version) string {
	t.Helper()
	data, err := eventClass{}.show(raw, eventForm(v))
	must(t, err)
	ev := data.(*wire.Event)
	ev.UID, ev.Stamp = nil, nil
	for i := range ev.Exceptions {
		ev.Exceptions[i].Stamp = nil
	}
	var doc bytes.Buffer
	e := wbxml.NewEncoder(&doc)
	e.Start(wbxml.AirSyncApplicationData)
	ev.Write(e, uint8(v))
	e.End()
	must(t, e.Close())
	var text strings.Builder
	must(t, wbxml.Dump(&text, bytes.NewReader(doc.Bytes()), wbxml.DumpOptions{}))
	return text.String()
}
