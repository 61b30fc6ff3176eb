package activesync

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// newEventRig is a rig whose device asks for rita's calendar.
func newEventRig(t *testing.T) *objectRig {
	return newRig(t).objects(store.MainCal)
}

// zoneLine is the Timezone of a zone.
func zoneLine(t *testing.T, name string, year int) string {
	t.Helper()
	z, ok := calendar.LoadZone(name)
	if !ok {
		t.Fatal(name)
	}
	block := z.Block(year)
	return fmt.Sprintf("Calendar:Timezone %q", base64.StdEncoding.EncodeToString(block[:]))
}

// events lists the events in the store.
func (o *objectRig) events() (list []string) {
	for _, rec := range o.records(store.MainCal) {
		list = append(list, strings.ReplaceAll(o.bytes(rec.Item.Blob), "\r\n", "\n"))
	}
	return list
}

// has reports whether the only event has all of these lines.
func (o *objectRig) has(lines ...string) {
	o.t.Helper()
	list := o.events()
	if len(list) != 1 {
		o.t.Fatalf("%d events", len(list))
	}
	for _, line := range lines {
		if without, ok := strings.CutPrefix(line, "!"); ok == strings.Contains(list[0], strings.TrimPrefix(line, "!")) {
			o.t.Errorf("%q (%t)\n%s", without, ok, list[0])
		}
	}
}

// TestEventStory writes a meeting in New York at one version, reads it at all others, and changes it there.
func TestEventStory(t *testing.T) {
	for _, version := range []Version{V25, V120, V121, V140, V141} {
		o := newEventRig(t)
		a := o.told("phone1", version, addLines("n1", zoneLine(t, "America/New_York", 2026), `Calendar:AllDayEvent "0"`,
			`Calendar:StartTime "20260901T140000Z"`, `Calendar:EndTime "20260901T150000Z"`, `Calendar:DtStamp "20260822T101500Z"`,
			`Calendar:Subject "Review"`, `Calendar:UID "040000008200E00074C5B7101A82E00800000000"`, `Calendar:Location "Room 7"`,
			`Calendar:Reminder "15"`, `Calendar:BusyStatus "2"`, `Calendar:Sensitivity "2"`, `Calendar:MeetingStatus "1"`,
			"Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "olga@example.org"`, `>>Calendar:Name "Olga"`)...)
		added, status := a.one(t)
		if status != "1" {
			t.Fatalf("at %s:\n%s", version, a.dump)
		}
		id := added.get("AirSync:ServerId")
		o.has("DTSTART;TZID=America/New_York:20260901T100000", "DTEND;TZID=America/New_York:20260901T110000", "BEGIN:VTIMEZONE",
			"SUMMARY:Review", "LOCATION:Room 7", "TRIGGER:-PT15M", "CLASS:PRIVATE", "ORGANIZER;CN=Rita:mailto:rita@example.test",
			"ATTENDEE;CN=Olga;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "UID:040000008200E00074C5B7101A82E00800000000")
		if n := len(o.queued()); n != 0 {
			t.Errorf("%d invitations at %s, where the device sends them", n, version)
		}
		if len(a.commands("Change"))+len(o.told("phone1", version).commands("Change")) != 1 {
			t.Errorf("the device that named no organizer is not told of it:\n%s", a.dump)
		}
		for _, other := range []Version{V25, V121, V141, V160, V161} {
			device := "tablet" + strings.ReplaceAll(other.String(), ".", "")
			shown := o.told(device, other).commands("Add")
			if len(shown) != 1 {
				t.Fatalf("%d events at %s", len(shown), other)
			}
			data := shown[0].at("AirSync:ApplicationData")
			for name, want := range map[string]string{
				"Calendar:Subject": "Review", "Calendar:StartTime": "20260901T140000Z", "Calendar:EndTime": "20260901T150000Z",
				"Calendar:Reminder": "15", "Calendar:MeetingStatus": "1", "Calendar:OrganizerEmail": rita, "Calendar:Sensitivity": "2",
				"Calendar:AllDayEvent": "0",
			} {
				if got := data.get(name); got != want {
					t.Errorf("%s at %s: %q, want %q", name, other, got, want)
				}
			}
			if data.at("Calendar:Attendees", "Calendar:Attendee").get("Calendar:Email") != "olga@example.org" {
				t.Errorf("attendees at %s: %+v", other, data)
			}
			place := data.get("Calendar:Location")
			if other >= V160 {
				place = data.get("AirSyncBase:Location", "AirSyncBase:DisplayName")
			}
			if place != "Room 7" {
				t.Errorf("place at %s: %q", other, place)
			}
		}
		o.told("tablet161", V161, changeLines(id, `Calendar:Subject "Review 2"`, `Calendar:Reminder ""`)...)
		o.has("SUMMARY:Review 2", "!TRIGGER", "LOCATION:Room 7", "CLASS:PRIVATE")
	}
}

// TestEventInvitations lets the server invite, from 16.0 on: one message for what concerns the others, none for what
// does not.
func TestEventInvitations(t *testing.T) {
	o := newEventRig(t)
	sent := 0
	expect := func(what, method string, to ...string) {
		t.Helper()
		all := o.queued()
		var got []string
		text := ""
		for _, q := range all[sent:] {
			got = append(got, q.Recipient)
			text = o.bytes(q.Blob)
		}
		sent = len(all)
		slices.Sort(got)
		if !slices.Equal(got, to) {
			t.Errorf("%s: sent to %q, want %q", what, got, to)
		}
		if method != "" && !strings.Contains(text, "method="+method) {
			t.Errorf("%s: no %s in\n%s", what, method, text)
		}
	}
	meeting := addLines("n1", zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`,
		`Calendar:Subject "Review"`, `Calendar:ClientUid "0123456789ABCDEF0123456789ABCDEF"`, "Calendar:Recurrence", `>Calendar:Type "0"`,
		`>Calendar:Occurrences "5"`, "Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "olga@example.org"`, `>>Calendar:Name "Olga"`,
		">Calendar:Attendee", `>>Calendar:Email "paul@example.org"`, `>>Calendar:Name "Paul"`)
	a := o.told("phone1", V161, meeting...)
	added, _ := a.one(t)
	id := added.get("AirSync:ServerId")
	if added.get("AirSync:ApplicationData", "Calendar:UID") == "" {
		t.Errorf("no UID:\n%s", a.dump)
	}
	expect("a new meeting", "REQUEST", "olga@example.org", "paul@example.org")
	o.told("phone1", V161, changeLines(id, `Calendar:Reminder "10"`)...)
	expect("a reminder", "")
	o.told("phone1", V161, changeLines(id, "AirSyncBase:Location", `>AirSyncBase:DisplayName "Room 9"`)...)
	expect("a place", "REQUEST", "olga@example.org", "paul@example.org")
	o.told("phone1", V161, changeLines(id, "Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "olga@example.org"`, `>>Calendar:Name "Olga"`)...)
	expect("somebody less", "CANCEL", "paul@example.org")
	instance := `>>AirSyncBase:InstanceId "20260903T080000Z"`
	o.told("phone1", V161, slices.Concat(changeLines(id, `Calendar:Subject "Review in short"`), []string{instance})...)
	expect("one occurrence", "REQUEST", "olga@example.org")
	o.has("RECURRENCE-ID;TZID=Europe/Berlin:20260903T100000", "SUMMARY:Review in short")
	gone := `>>AirSyncBase:InstanceId "20260904T080000Z"`
	o.told("phone1", V161, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id), gone)
	expect("one occurrence less", "CANCEL", "olga@example.org")
	o.has("EXDATE;TZID=Europe/Berlin:20260904T100000")
	o.told("phone1", V161, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
	expect("no meeting", "CANCEL", "olga@example.org")
	if len(o.events()) != 0 {
		t.Error("the meeting is still there")
	}
	if n := len(o.records(store.Sent)); n != 6 {
		t.Errorf("%d messages in Sent Items", n)
	}
}
