package activesync

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/wbxml"
)

// vevent is an event with these lines.
func vevent(lines string) []byte {
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\nBEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\n" + strings.TrimSpace(lines) + "\nEND:VEVENT\nEND:VCALENDAR\n"
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

// saying is the command of a device that says this of an event, as children of ApplicationData.
func saying(t testing.TB, f objectForm, op string, said ...string) objectCommand {
	t.Helper()
	commands := changeLines("c1:1", said...)
	if op == "Add" {
		commands = addLines("n1", said...)
	}
	var doc bytes.Buffer
	must(t, wbxml.Undump(&doc, strings.NewReader(syncOne("c1", "1", append([]string{"AirSync:Commands"}, commands...)))))
	return commandIn(t, doc.Bytes(), f)
}

// shownEvent is what a device is told.
func shownEvent(t testing.TB, raw []byte, f objectForm) *wire.Event {
	t.Helper()
	data, err := eventClass{}.show(raw, f)
	must(t, err)
	return data.(*wire.Event)
}

// TestEventTimes makes events of what devices say of their times. MS-ASCAL, StartTime, EndTime, AllDayEvent.
func TestEventTimes(t *testing.T) {
	berlin, utc := zoneLine(t, "Europe/Berlin", 2026), zoneLine(t, "Etc/UTC", 2026)
	start := func(s string) string { return `Calendar:StartTime "` + s + `"` }
	end := func(s string) string { return `Calendar:EndTime "` + s + `"` }
	const allDay = `Calendar:AllDayEvent "1"`
	for _, row := range []struct {
		name    string
		version Version
		said    []string
		want    string // lines; empty: refused
	}{
		{"in its zone", V141, []string{berlin, start("20260901T080000Z"), end("20260901T090000Z")}, "DTSTART;TZID=Europe/Berlin:20260901T100000 DTEND;TZID=Europe/Berlin:20260901T110000"},
		{"in UTC", V141, []string{utc, start("20260901T080000Z"), end("20260901T090000Z")}, "DTSTART:20260901T080000Z"},
		{"without a zone, the user's", V161, []string{start("20260901T080000Z"), end("20260901T090000Z")}, "DTSTART;TZID=Europe/Berlin:20260901T100000"},
		{"the hour that clocks show twice", V141, []string{berlin, start("20261025T013000Z"), end("20261025T020000Z")}, "DTSTART:20261025T013000Z"},
		{"days as midnights of their zone", V141, []string{berlin, allDay, start("20260821T220000Z"), end("20260822T220000Z")}, "DTSTART;VALUE=DATE:20260822 DTEND;VALUE=DATE:20260823"},
		{"days as dates", V141, []string{utc, allDay, start("20260822T000000Z"), end("20260823T000000Z")}, "DTSTART;VALUE=DATE:20260822 DTEND;VALUE=DATE:20260823"},
		{"days from 16.0 on", V161, []string{allDay, start("20260822T000000Z"), end("20260824T000000Z")}, "DTSTART;VALUE=DATE:20260822 DTEND;VALUE=DATE:20260824"},
		{"midnights in another zone than the one named", V141, []string{zoneLine(t, "America/New_York", 2026), allDay, start("20260821T220000Z"), end("20260822T220000Z")}, "DTSTART;VALUE=DATE:20260822"},
		{"days an hour off", V141, []string{berlin, allDay, start("20260821T230000Z"), end("20260822T230000Z")}, "DTSTART;VALUE=DATE:20260822 DTEND;VALUE=DATE:20260823"},
		{"a day that ends when it begins", V141, []string{berlin, allDay, start("20260821T220000Z"), end("20260821T220000Z")}, "DTSTART;VALUE=DATE:20260822 DTEND;VALUE=DATE:20260823"},
		{"an end before the start", V141, []string{berlin, start("20260901T090000Z"), end("20260901T080000Z")}, "DTSTART;TZID=Europe/Berlin:20260901T100000 DTEND;TZID=Europe/Berlin:20260901T110000"},
		{"no times", V141, []string{berlin}, "DTSTART;TZID=Europe/Berlin:20260822T123000 DTEND;TZID=Europe/Berlin:20260822T130000"},
		{"no start, an end to come", V141, []string{berlin, end("20260901T080000Z")}, "DTSTART;TZID=Europe/Berlin:20260822T123000"},
		{"no start, an end that was", V141, []string{berlin, end("20260801T080000Z")}, ""},
		{"no end, a start to come", V141, []string{berlin, start("20260901T080000Z")}, ""},
		{"no end, a start that was", V141, []string{berlin, start("20260801T080000Z")}, "DTEND;TZID=Europe/Berlin:20260822T130000"},
		{"a start that is none", V141, []string{berlin, start("tomorrow")}, ""},
		{"attendees that are none", V141, []string{berlin, start("20260901T080000Z"), end("20260901T090000Z"), `Calendar:MeetingStatus "1"`, "Calendar:Attendees", ">Calendar:Attendee",
			`>>Calendar:Email "Paul; <x>"`, `>>Calendar:Name "Paul"`, ">Calendar:Attendee", `>>Calendar:Name "nobody"`}, "mailto:Paul%3B%20%3Cx%3E"},
	} {
		out, err := eventClass{}.change(nil, saying(t, eventForm(row.version), "Add", row.said...))
		var status *statusError
		if row.want == "" {
			if !errors.As(err, &status) || status.status != syncConversion {
				t.Errorf("%s: %v\n%s", row.name, err, out.raw)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		text := strings.ReplaceAll(string(out.raw), "\r\n ", "")
		for line := range strings.FieldsSeq(row.want) {
			if !strings.Contains(text, line) {
				t.Errorf("%s: no %s in\n%s", row.name, line, out.raw)
			}
		}
	}
}

// TestEventChanges changes an event as devices do.
func TestEventChanges(t *testing.T) {
	const single = "SUMMARY:a\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nX-OTHER:kept\n"
	const series = single + "RRULE:FREQ=DAILY;COUNT=10\nEXDATE;TZID=Europe/Berlin:20260903T100000\n"
	const foreign = single + "ORGANIZER:mailto:boss@example.org\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:rita@example.test\nATTENDEE:mailto:x@example.org\n"
	berlin := zoneLine(t, "Europe/Berlin", 2026)
	whole := []string{berlin, `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "a"`}
	daily := []string{"Calendar:Recurrence", `>Calendar:Type "0"`, `>Calendar:Interval "1"`, `>Calendar:Occurrences "10"`}
	exception := func(said ...string) []string {
		list := append([]string{"Calendar:Exceptions", ">Calendar:Exception"}, said...)
		return append(append(append([]string{}, whole...), daily...), list...)
	}
	for _, row := range []struct {
		name    string
		version Version
		old     string
		said    []string
		want    string // a line each; with ! it is not there
	}{
		{"a subject alone", V141, single + "LOCATION:here", []string{`Calendar:Subject "b"`}, "SUMMARY:b|LOCATION:here|X-OTHER:kept|DTSTART;TZID=Europe/Berlin:20260901T100000"},
		{"all but the place", V141, single + "LOCATION:here", whole, "!LOCATION|SUMMARY:a"},
		{"all but the place at 16", V161, single + "LOCATION:here", whole, "LOCATION:here"},
		{"all but the rule", V141, series, whole, "!RRULE:FREQ=DAILY|!EXDATE"},
		{"rule as it was", V141, series, append(append([]string{}, whole...), daily...), "RRULE:FREQ=DAILY;COUNT=10|EXDATE;TZID=Europe/Berlin:20260903T100000"},
		{"empty rule at 16", V161, series, []string{"Calendar:Recurrence"}, "!RRULE:FREQ=DAILY|!EXDATE|SUMMARY:a"},
		{"a later end at 16", V161, series, []string{"Calendar:Recurrence", `>Calendar:Occurrences "20"`}, "RRULE:FREQ=DAILY;COUNT=20|EXDATE"},
		{"another pattern", V161, series, []string{"Calendar:Recurrence", `>Calendar:Type "1"`, `>Calendar:DayOfWeek "4"`}, "RRULE:FREQ=WEEKLY;BYDAY=TU|!EXDATE"},
		{"another start of a series", V161, series, []string{`Calendar:StartTime "20260901T100000Z"`}, "DTSTART;TZID=Europe/Berlin:20260901T120000|DTEND;TZID=Europe/Berlin:20260901T130000|!EXDATE"},
		{"an occurrence less", V141, series, exception(`>>Calendar:Deleted "1"`, `>>Calendar:ExceptionStartTime "20260905T080000Z"`), "EXDATE;TZID=Europe/Berlin:20260905T100000|EXDATE;TZID=Europe/Berlin:20260903T100000"},
		{"an occurrence by its day", V141, series, exception(`>>Calendar:Deleted "1"`, `>>Calendar:ExceptionStartTime "20260905T173000Z"`), "EXDATE;TZID=Europe/Berlin:20260905T100000"},
		{"an occurrence that is back", V141, series, exception(`>>Calendar:ExceptionStartTime "20260903T080000Z"`, `>>Calendar:Subject "c"`), "!EXDATE|RECURRENCE-ID;TZID=Europe/Berlin:20260903T100000|SUMMARY:c|X-OTHER:kept"},
		{"an occurrence elsewhere", V141, series, exception(`>>Calendar:ExceptionStartTime "20260904T080000Z"`, `>>Calendar:StartTime "20260904T120000Z"`), "RECURRENCE-ID;TZID=Europe/Berlin:20260904T100000|DTSTART;TZID=Europe/Berlin:20260904T140000|DTEND;TZID=Europe/Berlin:20260904T150000"},
		{"somebody else's meeting", V141, foreign, append([]string{`Calendar:MeetingStatus "3"`, `Calendar:OrganizerEmail "rita@example.test"`, "Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "y@example.org"`, `>>Calendar:Name "Y"`}, whole...),
			"ORGANIZER:mailto:boss@example.org|ATTENDEE:mailto:x@example.org|!y@example.org"},
		{"no attendees of a meeting", V121, strings.Replace(foreign, "boss@example.org", rita, 1), append([]string{`Calendar:MeetingStatus "1"`, "Calendar:Attendees"}, whole...), "ATTENDEE:mailto:x@example.org"},
		{"no meeting any more", V141, strings.Replace(foreign, "boss@example.org", rita, 1), append([]string{`Calendar:MeetingStatus "0"`}, whole...), "!x@example.org"},
		{"an end of a reminder", V141, single + "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\nBEGIN:VALARM\nACTION:EMAIL\nTRIGGER:-PT5M\nEND:VALARM", whole, "!ACTION:DISPLAY|ACTION:EMAIL"},
		{"another zone", V141, single, []string{zoneLine(t, "Asia/Kolkata", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`}, "DTSTART;TZID=Asia/|20260901T133000"},
		{"a place with a position", V161, single, []string{"AirSyncBase:Location", `>AirSyncBase:DisplayName "Pier"`, `>AirSyncBase:City "Hamburg"`, `>AirSyncBase:Latitude "53.54"`, `>AirSyncBase:Longitude "9.98"`}, "LOCATION:Pier|GEO:53.54;9.98|Hamburg"},
	} {
		out, err := eventClass{}.change(vevent(row.old), saying(t, eventForm(row.version), "Change", row.said...))
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		text := strings.ReplaceAll(string(out.raw), "\r\n ", "")
		for line := range strings.SplitSeq(row.want, "|") {
			if without, ok := strings.CutPrefix(line, "!"); strings.Contains(text, without) == ok {
				t.Errorf("%s: %s\n%s", row.name, line, out.raw)
			}
		}
	}
}

// TestEventShown looks at what is told at one version and not at another, and at series for which there are no words.
func TestEventShown(t *testing.T) {
	days := vevent("DTSTART;VALUE=DATE:20260822\nDTEND;VALUE=DATE:20260823")
	old, now := shownEvent(t, days, eventForm(V141)), shownEvent(t, days, eventForm(V161))
	if !old.Start.Equal(time.Date(2026, 8, 21, 22, 0, 0, 0, time.UTC)) || old.TimeZone == nil {
		t.Errorf("days at 14.1: %v", old.Start)
	}
	if !now.Start.Equal(time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)) || now.TimeZone != nil {
		t.Errorf("days at 16.1: %v", now.Start)
	}
	elsewhere := vevent("DTSTART:20260822T080000Z\nDTEND:20260822T090000Z\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE")
	if a, b := shownEvent(t, elsewhere, eventForm(V141)), shownEvent(t, elsewhere, eventForm(V161)); *a.Busy != 2 || *b.Busy != 4 {
		t.Errorf("working elsewhere: %d, %d", *a.Busy, *b.Busy)
	}
	for _, rule := range []string{"FREQ=HOURLY;INTERVAL=5", "FREQ=NEVER"} {
		ev := shownEvent(t, vevent("SUMMARY:a\nDTSTART:20260101T080000Z\nDTEND:20260101T090000Z\nRRULE:"+rule), eventForm(V141))
		if ev.Recurrence != nil || len(ev.Exceptions) > 0 {
			t.Errorf("%s is told as %+v", rule, ev.Recurrence)
		}
		if rule == "FREQ=HOURLY;INTERVAL=5" && !ev.Start.Equal(time.Date(2026, 8, 22, 11, 0, 0, 0, time.UTC)) {
			t.Errorf("next of %s: %v", rule, ev.Start)
		}
	}
	long := shownEvent(t, vevent("DTSTART:20260101T080000Z\nRRULE:FREQ=DAILY;COUNT=1500"), eventForm(V141))
	if r := long.Recurrence; r == nil || r.Occurrences != 0 || !r.Until.Equal(time.Date(2030, 2, 8, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("a count that is too high: %+v", r)
	}
}

// TestEventZones keeps days and series where they are in every zone, on devices of both kinds. The zones are those from
// the last to the first of a day, those of odd offsets, and some whose rules are hard.
func TestEventZones(t *testing.T) {
	for _, name := range []string{
		"Etc/GMT+12", "Pacific/Pago_Pago", "Pacific/Marquesas", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Atlantic/Azores",
		"Etc/UTC", "Europe/London", "Africa/Casablanca", "Europe/Berlin", "Asia/Beirut", "Europe/Istanbul", "Asia/Kathmandu", "Asia/Kolkata",
		"Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
	} {
		zone, ok := calendar.LoadZone(name)
		if !ok {
			t.Fatal(name)
		}
		location, err := time.LoadLocation(name)
		must(t, err)
		for _, version := range []Version{V141, V161} {
			f := eventForm(version)
			f.zone = location
			for _, date := range []string{"20260101", "20260329", "20261025", "20180211", "20181104"} {
				raw := vevent("SUMMARY:day\nDTSTART;VALUE=DATE:" + date + "\nRRULE:FREQ=WEEKLY;UNTIL=20301231")
				out, err := eventClass{}.change(nil, echo(t, shownEvent(t, raw, f), f, wbxml.AirSyncAdd))
				if err != nil || !bytes.Contains(out.raw, []byte("DTSTART;VALUE=DATE:"+date+"\r\n")) || !bytes.Contains(out.raw, []byte("UNTIL=20301231;")) {
					t.Errorf("the day %s in %s at %s: %v\n%s", date, name, version, err, out.raw)
				}
				raw = vevent("SUMMARY:series\nDTSTART;TZID=" + name + ":" + date + "T150000\nDTEND;TZID=" + name + ":" + date + "T160000\nRRULE:FREQ=WEEKLY;COUNT=60")
				o, _, err := calendar.ReadObject(string(raw))
				must(t, err)
				out, err = eventClass{}.change(nil, echo(t, shownEvent(t, raw, f), f, wbxml.AirSyncAdd))
				must(t, err)
				p, _, err := calendar.ReadObject(string(out.raw))
				must(t, err)
				if a, b := startsOf(o, zone), startsOf(p, zone); a != b {
					t.Errorf("series from %s in %s at %s:\n%s\n%s\n%s", date, name, version, a, b, out.raw)
				}
			}
		}
	}
}

// startsOf lists when an event takes place.
func startsOf(o *calendar.Object, in *calendar.Zone) string {
	var list []string
	for oc, err := range o.Occurrences(time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, in) {
		if err != nil {
			return err.Error()
		}
		list = append(list, oc.Start.Format("0102T15"))
	}
	return strings.Join(list, " ")
}

// FuzzEvent shows events of any content and takes them back.
func FuzzEvent(f *testing.F) {
	for _, lines := range []string{
		"DTSTART:20260101T080000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260102T080000Z", "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;UNTIL=2030",
		"DTSTART;TZID=Europe/Berlin:20261025T023000\nDURATION:-PT1H\nATTENDEE:mailto:a@b\nORGANIZER:x", "RECURRENCE-ID:20260101\nGEO:1;2",
	} {
		f.Add(vevent(lines), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, late bool) {
		form := eventForm(V141)
		if late {
			form = eventForm(V161)
		}
		data, err := eventClass{}.show(raw, form)
		if err != nil {
			return
		}
		if _, err := (eventClass{}).change(raw, echo(t, data, form, wbxml.AirSyncChange)); err != nil {
			t.Errorf("it is not taken back: %v", err)
		}
	})
}
