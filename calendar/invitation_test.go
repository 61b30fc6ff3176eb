package calendar

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// object wraps lines of an event into an invitation.
func object(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n" + strings.ReplaceAll(berlin, "\n", "\r\n") +
		"BEGIN:VEVENT\r\nUID:u@example.test\r\nDTSTAMP:20260801T080000Z\r\n" + strings.Join(lines, "\r\n") +
		"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func read(t testing.TB, lines ...string) *Invitation {
	t.Helper()
	in, err := ReadInvitation(strings.NewReader(object(lines...)), "")
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestReadInvitation(t *testing.T) {
	in := read(t,
		`DTSTART;TZID=Somewhere:20260828T100000`, `DTEND;TZID=Somewhere:20260828T113000`,
		`SUMMARY:Harbour\, north`, `LOCATION:Pier 7\nleft `, ` of the crane`, `SEQUENCE:3`,
		`ORGANIZER;CN="Otto, head of boats":MAILTO:otto@example.test`,
		`ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION;CN=Rita:mailto:rita@example.test`,
		`CLASS:PRIVATE`, `TRANSP:TRANSPARENT`, `X-MICROSOFT-DISALLOW-COUNTER:TRUE`,
		`BEGIN:VALARM`, `TRIGGER:-PT15M`, `ACTION:DISPLAY`, `END:VALARM`)
	if in.Method != "REQUEST" || in.UID != "u@example.test" || in.Sequence != 3 || in.Summary != "Harbour, north" ||
		in.Location != "Pier 7\nleft of the crane" {
		t.Errorf("texts: %+v", in)
	}
	if in.Organizer != (Attendee{Name: "Otto, head of boats", Address: "otto@example.test"}) {
		t.Errorf("organizer %+v", in.Organizer)
	}
	if len(in.Attendees) != 1 || in.Attendees[0] != (Attendee{Name: "Rita", Address: "rita@example.test", Status: "NEEDS-ACTION", RSVP: true}) {
		t.Errorf("attendees %+v", in.Attendees)
	}
	if got := fmt.Sprintln(in.Start.Format(time.RFC3339), in.End.Format(time.RFC3339), in.AllDay, in.Zone.Name()); got != "2026-08-28T08:00:00Z 2026-08-28T09:30:00Z false Somewhere\n" {
		t.Errorf("when: %s", got)
	}
	if in.Sensitivity != Private || in.Busy != Free || !in.DisallowCounter || !in.HasReminder || in.Reminder != 15*time.Minute {
		t.Errorf("marks: %+v", in)
	}
	if !in.Stamp.Equal(time.Date(2026, 8, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("stamp %v", in.Stamp)
	}
}

func TestWhen(t *testing.T) {
	tests := []struct {
		name, lines, start, end string
		allDay                  bool
	}{
		{"UTC", "DTSTART:20260828T100000Z|DTEND:20260828T110000Z", "2026-08-28T10:00:00Z", "2026-08-28T11:00:00Z", false},
		{"a zone of the IANA list", "DTSTART;TZID=America/New_York:20260828T100000|DURATION:PT45M", "2026-08-28T14:00:00Z", "2026-08-28T14:45:00Z", false},
		{"a day", "DTSTART;VALUE=DATE:20260828", "2026-08-28T00:00:00Z", "2026-08-29T00:00:00Z", true},
		{"days", "DTSTART;VALUE=DATE:20260828|DTEND;VALUE=DATE:20260830", "2026-08-28T00:00:00Z", "2026-08-30T00:00:00Z", true},
		{"a day that ends where it starts", "DTSTART;VALUE=DATE:20260828|DTEND;VALUE=DATE:20260828", "2026-08-28T00:00:00Z", "2026-08-29T00:00:00Z", true},
		{"Exchange's day", "DTSTART;TZID=Somewhere:20260828T000000|DTEND;TZID=Somewhere:20260829T000000|X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "2026-08-27T22:00:00Z", "2026-08-28T22:00:00Z", true},
		{"no end", "DTSTART:20260828T100000Z", "2026-08-28T10:00:00Z", "2026-08-28T10:00:00Z", false},
		{"two zones", "DTSTART;TZID=Europe/London:20260828T100000|DTEND;TZID=America/New_York:20260828T100000", "2026-08-28T09:00:00Z", "2026-08-28T14:00:00Z", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := read(t, strings.Split(tt.lines, "|")...)
			if in.Start.Format(time.RFC3339) != tt.start || in.End.Format(time.RFC3339) != tt.end || in.AllDay != tt.allDay {
				t.Errorf("%v to %v, %v", in.Start, in.End, in.AllDay)
			}
		})
	}
}

func TestUnclear(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"no component":      "Dear all,\r\nsee below: the plan\r\n",
		"no event":          "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
		"no start":          object("SUMMARY:x"),
		"floating":          object("DTSTART:20260828T100000"),
		"unknown zone":      object("DTSTART;TZID=Middle-earth:20260828T100000"),
		"the machine's":     object("DTSTART;TZID=Local:20260828T100000"),
		"no date":           object("DTSTART:tomorrow"),
		"no such day":       object("DTSTART:20260230T100000Z"),
		"ends early":        object("DTSTART:20260828T100000Z", "DTEND:20260827T100000Z"),
		"day and time":      object("DTSTART;VALUE=DATE:20260828", "DTEND:20260829T100000Z"),
		"hourly":            object("DTSTART:20260828T100000Z", "RRULE:FREQ=HOURLY"),
		"single dates":      object("DTSTART:20260828T100000Z", "RRULE:FREQ=DAILY", "RDATE:20260901T120000Z"),
		"this and future":   object("DTSTART:20260828T100000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260828T100000Z"),
		"duration of weeks": object("DTSTART:20260828T100000Z", "DURATION:P99999999W"),
		"too long":          object("DTSTART:20260828T100000Z") + strings.Repeat(" ", 1<<20),
		"too deep":          strings.Repeat("BEGIN:X\r\n", 99),
	} {
		if in, err := ReadInvitation(strings.NewReader(text), "REQUEST"); !errors.Is(err, ErrUnclear) {
			t.Errorf("%s: %+v, %v", name, in, err)
		}
	}
}

func TestSeries(t *testing.T) {
	in := read(t, "DTSTART;TZID=Somewhere:20260828T100000", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,MO;WKST=SU;UNTIL=20261231T225959Z")
	if in.Rule == nil || in.Rule.Freq != Weekly || in.Rule.Interval != 2 || len(in.Rule.ByDay) != 2 || in.Rule.WeekStart != time.Sunday ||
		in.Rule.Until.Format(time.RFC3339) != "2026-12-31T22:59:59Z" {
		t.Errorf("rule %+v", in.Rule)
	}
	in = read(t, "DTSTART;TZID=Somewhere:20260828T100000", "RRULE:FREQ=DAILY;UNTIL=20261231")
	if got := in.Rule.Until.Format(time.RFC3339); got != "2026-12-31T09:00:00Z" {
		t.Errorf("until a day: %s", got)
	}
	in = read(t, "DTSTART;TZID=Somewhere:20260904T120000", "RECURRENCE-ID;TZID=Somewhere:20260904T100000")
	if in.Rule != nil || in.Occurrence.Format(time.RFC3339) != "2026-09-04T08:00:00Z" || in.OccurrenceDay.Day() != 4 {
		t.Errorf("occurrence %+v", in)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT15M": 15 * time.Minute, "-P1DT2H": -26 * time.Hour, "P2W": 14 * 24 * time.Hour, "+PT30S": 30 * time.Second, "PT0S": 0,
	} {
		if d, ok := parseDuration(text); !ok || d != want {
			t.Errorf("%s: %v %v", text, d, ok)
		}
	}
	for _, bad := range []string{"", "P", "15M", "PT", "PTM", "P1H", "P99999999999D"} {
		if d, ok := parseDuration(bad); ok && bad != "PT" {
			t.Errorf("%q is read as %v", bad, d)
		}
	}
}

// TestCorpus reads the events of real programs: what is told must make sense, nothing may break.
func TestCorpus(t *testing.T) {
	root := corpus(t, "ical")
	clear, unclear := 0, 0
	reasons := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ics") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		in, err := ReadInvitation(strings.NewReader(string(raw)), "")
		switch {
		case errors.Is(err, ErrUnclear):
			unclear++
			reasons[strings.SplitN(err.Error()+"::", ":", 3)[1]]++
			return nil
		case err != nil:
			t.Errorf("%s: %v", path, err)
			return nil
		}
		if clear++; in.End.Before(in.Start) || in.UID == "" || in.Stamp.IsZero() {
			t.Errorf("%s: %+v", path, in)
		}
		in.Zone.Block(in.Start.Year())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events told, %d unclear: %v", clear, unclear, reasons)
}

func FuzzReadInvitation(f *testing.F) {
	f.Add(object("DTSTART;TZID=Somewhere:20260828T100000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"))
	f.Add("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\nDTSTART;VALUE=DATE:20260828\nEND")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := ReadInvitation(strings.NewReader(text), "REQUEST")
		if err != nil {
			return
		}
		if in.End.Before(in.Start) || in.UID == "" {
			t.Errorf("%+v", in)
		}
		in.Zone.Block(in.Start.Year())
	})
}
