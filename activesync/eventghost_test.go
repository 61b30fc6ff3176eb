package activesync

import (
	"slices"
	"testing"
)

// TestEventGhosts: what a device leaves out of a whole event stays if it does not manage it, and is gone if it does; the
// place is never left out by oversight, exceptions that it does not list stay, and from 16.0 on all that is left out stays.
// MS-ASCMD, Supported; MS-ASCAL, Exceptions, Location.
func TestEventGhosts(t *testing.T) {
	const raw = "SUMMARY:a\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nLOCATION:here\nCATEGORIES:Work\nCLASS:PRIVATE\n" +
		"RRULE:FREQ=DAILY;COUNT=10\nEXDATE;TZID=Europe/Berlin:20260903T100000\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID;TZID=Europe/Berlin:20260905T100000\nSUMMARY:other\n" +
		"DTSTART;TZID=Europe/Berlin:20260905T120000\nDTEND;TZID=Europe/Berlin:20260905T130000"
	daily := []string{"Calendar:Recurrence", `>Calendar:Type "0"`, `>Calendar:Interval "1"`, `>Calendar:Occurrences "10"`}
	some := []string{"AirSync:Supported", ">Calendar:Subject", ">Calendar:Reminder"}
	series := []string{"CATEGORIES:Work", "CLASS:PRIVATE", "RRULE:FREQ=DAILY;COUNT=10", "EXDATE;TZID=Europe/Berlin:20260903T100000", "SUMMARY:other"}
	for _, v := range AllVersions {
		whole := []string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "b"`}
		for _, row := range []struct {
			name      string
			supported []string
			said      []string
			want      []string // up to 14.1
		}{
			{"all is managed", nil, whole, []string{"SUMMARY:b", "!CATEGORIES", "!CLASS:PRIVATE", "!FREQ=DAILY;COUNT", "!EXDATE", "!TRIGGER", "!LOCATION"}},
			{"the rule is said", nil, slices.Concat(whole, daily), []string{"SUMMARY:b", "!CATEGORIES:Work", "RRULE:FREQ=DAILY;COUNT=10", "EXDATE;TZID=Europe/Berlin:20260903T100000", "SUMMARY:other"}},
			{"an exception is listed", nil, slices.Concat(whole, daily, []string{"Calendar:Exceptions", ">Calendar:Exception", `>>Calendar:Deleted "1"`, `>>Calendar:ExceptionStartTime "20260907T080000Z"`}),
				[]string{"EXDATE;TZID=Europe/Berlin:20260903T100000", "EXDATE;TZID=Europe/Berlin:20260907T100000", "SUMMARY:other"}},
			{"some is managed", some, whole, append([]string{"SUMMARY:b", "!TRIGGER", "!LOCATION"}, series...)},
			{"a subject alone", some, []string{`Calendar:Subject "b"`}, append([]string{"SUMMARY:b", "TRIGGER", "LOCATION:here"}, series...)},
		} {
			if v >= V160 && row.name == "an exception is listed" {
				continue // it says so in a command of its own
			}
			t.Log(row.name, v)
			o := newEventRig(t)
			o.keepEvent(vevent(raw))
			o.keys["phone1"] = o.prime(t, call{version: v}, o.folder, row.supported...)
			id := o.told("phone1", v).commands("Add")[0].get("AirSync:ServerId")
			if a := o.told("phone1", v, changeLines(id, row.said...)...); a.status() != "1" && len(a.body) > 0 {
				t.Errorf("%s at %s:\n%s", row.name, v, a.dump)
			}
			want := row.want
			if v >= V160 {
				want = append([]string{"SUMMARY:b", "TRIGGER", "LOCATION:here"}, series...)
			}
			o.has(want...)
		}
	}
}
