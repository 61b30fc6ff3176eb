package activesync

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/wbxml"
)

// TestEventStatuses looks at what is refused, what is taken in part, and what a device may not say and is not listened to.
// MS-ASCAL; MS-ASCMD, Common Status Codes, 184.
func TestEventStatuses(t *testing.T) {
	berlin := []string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Review"`, `Calendar:UID "review-1@example.test"`}
	daily := slices.Concat(berlin, []string{"Calendar:Recurrence", `>Calendar:Type "0"`, `>Calendar:Occurrences "5"`, "Calendar:Exceptions"})
	exception := func(v Version, at string, said ...string) []string {
		tag := "Calendar:ExceptionStartTime"
		if v >= V160 {
			tag = "AirSyncBase:InstanceId"
		}
		return append([]string{">Calendar:Exception", `>>` + tag + ` "` + at + `"`}, said...)
	}
	for _, v := range AllVersions {
		good := exception(v, "20260902T080000Z", `>>Calendar:Subject "In short"`)
		for _, row := range []struct {
			name     string
			said     []string
			old, now string // status up to 14.1, and from 16.0 on
			want     []string
		}{
			{"an occurrence that there is", slices.Concat(daily, good), "1", "1", []string{"SUMMARY:In short"}},
			{"a busy status that there is not", slices.Concat(daily, good, exception(v, "20260903T080000Z", `>>Calendar:BusyStatus "9"`)), "6", "184", []string{"SUMMARY:Review", "SUMMARY:In short"}},
			{"an occurrence without its start", slices.Concat(daily, good, []string{">Calendar:Exception", `>>Calendar:Subject "When?"`}), "6", "184", []string{"SUMMARY:In short", "!When"}},
			{"an occurrence that there is not", slices.Concat(daily, good, exception(v, "20270203T080000Z", `>>Calendar:Subject "Late"`)), "1", "184", []string{"SUMMARY:In short"}},
			{"a rule that there is not", slices.Concat(berlin, []string{"Calendar:Recurrence", `>Calendar:Type "4"`}), "6", "6", nil},
			{"a text that is a message", slices.Concat(berlin, textLines(4, "Subject: x")), "6", "6", nil},
			{"what the server says", slices.Concat(berlin, []string{`Calendar:DtStamp "20200101T000000Z"`, `Calendar:OrganizerName "Boss"`, `Calendar:ResponseType "3"`}), "1", "1", []string{"SUMMARY:Review", "!Boss", "!20200101T000000Z"}},
		} {
			if v < V120 && row.name == "a text that is a message" {
				continue
			}
			o := newEventRig(t)
			want := row.old
			if v >= V160 {
				want = row.now
			}
			a := o.ask("phone1", v, addLines("n1", row.said...)...)
			if again := o.told("phone1", v, addLines("n1", row.said...)...); again.dump != a.dump {
				t.Errorf("%s at %s, repeated:\n%s\nnot\n%s", row.name, v, again.dump, a.dump)
			}
			added, status := a.one(t)
			if status != want || (added.get("AirSync:ServerId") == "") != (want == "6") {
				t.Errorf("%s at %s: status %s, want %s\n%s", row.name, v, status, want, a.dump)
			}
			if want == "6" {
				if n := len(o.events()); n != 0 {
					t.Errorf("%s at %s: %d events", row.name, v, n)
				}
				continue
			}
			o.has(row.want...)
			told := len(a.commands("Change")) + len(o.told("phone1", v).commands("Change"))
			if (want == "184") != (told > 0) {
				t.Errorf("%s at %s: told %d times what became of it", row.name, v, told)
			}
		}
	}
}

// TestEventClientUID: iOS ends its ClientUid with NUL. Row 95. The same ClientUid is the same event.
func TestEventClientUID(t *testing.T) {
	said := []string{`Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Review"`, `Calendar:ClientUid "0123456789ABCDEF0123456789ABCDEF"`}
	for _, v := range []Version{V160, V161} {
		o := newEventRig(t)
		first, _ := o.told("phone1", v, addLines("n1", said...)...).one(t)
		second, status := o.told("phone1", v, addLines("n2", said...)...).one(t)
		if status != "1" || first.get("AirSync:ServerId") != second.get("AirSync:ServerId") {
			t.Errorf("status %s, %s and %s", status, first.get("AirSync:ServerId"), second.get("AirSync:ServerId"))
		}
		o.has("UID:0123456789ABCDEF0123456789ABCDEF\n")
		c := saying(t, eventForm(v), "Add", said...)
		wire.Find(c.Properties, wbxml.CalendarClientUid).Text += "\x00"
		out, err := eventClass{}.change(nil, c)
		if must(t, err); !strings.Contains(string(out.raw), "UID:0123456789ABCDEF0123456789ABCDEF\r\n") {
			t.Errorf("with NUL:\n%s", out.raw)
		}
	}
}

// TestEventReminderOfNothing: a reminder at the start stays one, and none stays none. Row 93.
func TestEventReminderOfNothing(t *testing.T) {
	for _, v := range AllVersions {
		o := newEventRig(t)
		said := []string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Review"`, `Calendar:Reminder "0"`}
		added, _ := o.told("phone1", v, addLines("n1", said...)...).one(t)
		o.has("TRIGGER:-PT0M")
		shown := o.told("phone2", v).commands("Add")[0].at("AirSync:ApplicationData")
		if r := shown.at("Calendar:Reminder"); r == nil || r.text != "0" {
			t.Errorf("told at %s: %+v", v, shown)
		}
		o.told("phone1", v, changeLines(added.get("AirSync:ServerId"), append(said[:4:4], `Calendar:Subject "Review 2"`, `Calendar:Reminder "0"`)...)...)
		o.has("TRIGGER:-PT0M", "SUMMARY:Review 2")
	}
}

// TestEventElementOrder: some clients double events whose elements come in another order than they expect: Timezone comes
// first, and the rest as the schema of the class has it. Row 102.
func TestEventElementOrder(t *testing.T) {
	order := []string{"Calendar:Timezone", "Calendar:DtStamp", "Calendar:StartTime", "Calendar:Subject", "Calendar:UID", "Calendar:OrganizerName",
		"Calendar:OrganizerEmail", "Calendar:Attendees", "Calendar:Location", "AirSyncBase:Location", "Calendar:EndTime", "AirSyncBase:Body", "Calendar:Body",
		"Calendar:Sensitivity", "Calendar:BusyStatus", "Calendar:AllDayEvent", "Calendar:Reminder", "Calendar:Categories", "Calendar:MeetingStatus",
		"Calendar:Recurrence", "Calendar:Exceptions"}
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(goldenEvents["meeting"]))
		last := -1
		for i, child := range o.told("phone1", v).commands("Add")[0].at("AirSync:ApplicationData").kids {
			at := slices.Index(order, child.name)
			if i == 0 && at != 0 || at >= 0 && at < last {
				t.Errorf("at %s %s is at %d", v, child.name, i)
			}
			last = max(last, at)
		}
	}
}

// TestEventZoneByRules: names that fit no rules, as Android sends them, do not count: the rules do. Row 99.
func TestEventZoneByRules(t *testing.T) {
	zone, _ := calendar.LoadZone("Europe/Berlin")
	rules := zone.Block(2026)
	odd := rules
	for i, r := range "Pacific Standard Time" {
		odd[4+2*i] = byte(r)
	}
	named := strconv.Quote(base64.StdEncoding.EncodeToString(odd[:]))
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.told("phone1", v, addLines("n1", "Calendar:Timezone "+named, `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Review"`)...)
		o.has("DTSTART;TZID=Europe/Berlin:20260901T100000")
		shown := o.told("phone2", v).commands("Add")[0].get("AirSync:ApplicationData", "Calendar:Timezone")
		if shown != base64.StdEncoding.EncodeToString(rules[:]) {
			t.Errorf("told at %s: %s", v, shown)
		}
	}
}

// TestEventAnswerComplete: from 16.0 on a device is told every element of the class that a meeting has something for. Row
// F1.
func TestEventAnswerComplete(t *testing.T) {
	raw := strings.Replace(goldenEvents["meeting"], "DESCRIPTION", "ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME=a.txt:YQ==\nX-MICROSOFT-ONLINEMEETINGCONFLINK:conf:1\nDESCRIPTION", 1)
	for _, v := range []Version{V160, V161} {
		o := newEventRig(t)
		o.keepEvent(vevent(raw))
		data := o.told("phone1", v).commands("Add")[0].at("AirSync:ApplicationData")
		for _, name := range []string{"Timezone", "DtStamp", "StartTime", "EndTime", "Subject", "UID", "OrganizerName", "OrganizerEmail", "Attendees", "Sensitivity",
			"BusyStatus", "AllDayEvent", "Reminder", "Categories", "MeetingStatus", "Recurrence", "Exceptions", "DisallowNewTimeProposal", "ResponseRequested",
			"ResponseType", "OnlineMeetingConfLink", "OnlineMeetingExternalLink"} {
			if data.at("Calendar:"+name) == nil {
				t.Errorf("no %s at %s", name, v)
			}
		}
		for _, name := range []string{"Location", "Body", "NativeBodyType", "Attachments"} {
			if data.at("AirSyncBase:"+name) == nil {
				t.Errorf("no %s at %s", name, v)
			}
		}
	}
}

// TestEventZoneOfOccurrence: a Timezone in a change of one occurrence is not refused and changes nothing of the series. Row
// F2.
func TestEventZoneOfOccurrence(t *testing.T) {
	for _, v := range []Version{V160, V161} {
		o := newEventRig(t)
		o.keepEvent(vevent("SUMMARY:a\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nRRULE:FREQ=DAILY;COUNT=5"))
		id := o.told("phone1", v).commands("Add")[0].get("AirSync:ServerId")
		change := changeLines(id, zoneLine(t, "Asia/Tokyo", 2026), `Calendar:StartTime "20260903T090000Z"`, `Calendar:EndTime "20260903T100000Z"`)
		if _, status := o.told("phone1", v, append(change, `>>AirSyncBase:InstanceId "20260903T080000Z"`)...).one(t); status != "1" {
			t.Errorf("status %s at %s", status, v)
		}
		o.has("DTSTART;TZID=Europe/Berlin:20260901T100000", "RECURRENCE-ID;TZID=Europe/Berlin:20260903T100000", "DTSTART;TZID=Europe/Berlin:20260903T110000", "!Tokyo")
	}
}
