package activesync

import (
	"strconv"
	"strings"
	"testing"
)

// orphan is one occurrence of somebody else's series, to which alone rita is invited.
const orphan = "RECURRENCE-ID;TZID=Europe/Berlin:20260901T100000\nSUMMARY:one\nDTSTART;TZID=Europe/Berlin:20260901T120000\nDTEND;TZID=Europe/Berlin:20260901T130000\n" +
	"ORGANIZER:mailto:boss@example.org\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:rita@example.test"

const second = orphan + "\nEND:VEVENT\nBEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID;TZID=Europe/Berlin:20260910T100000\nSUMMARY:two\n" +
	"DTSTART;TZID=Europe/Berlin:20260910T100000\nDTEND;TZID=Europe/Berlin:20260910T110000\nORGANIZER:mailto:boss@example.org\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:rita@example.test"

// TestEventOrphan shows an occurrence without its series, lets a device change and answer it, and takes it away.
// MS-ASAIRS, InstanceId; MS-ASEMAIL, InstanceType.
func TestEventOrphan(t *testing.T) {
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(orphan))
		a := o.told("phone1", v)
		data := a.commands("Add")[0].at("AirSync:ApplicationData")
		id := a.commands("Add")[0].get("AirSync:ServerId")
		if data.get("Calendar:StartTime") != "20260901T100000Z" || data.at("Calendar:Recurrence") != nil {
			t.Errorf("at %s:\n%s", v, a.dump)
		}
		instance := ""
		if v >= V160 {
			instance = "20260901T080000Z"
		}
		if got := data.get("AirSyncBase:InstanceId"); got != instance {
			t.Errorf("InstanceId %q at %s, want %q", got, v, instance)
		}
		o.told("phone1", v, changeLines(id, `Calendar:Subject "other"`, `Calendar:Reminder "5"`)...)
		o.has("SUMMARY:other", "RECURRENCE-ID;TZID=Europe/Berlin:20260901T100000", "TRIGGER:-PT5M")
		if v >= V160 {
			change := append(changeLines(id, `Calendar:Reminder "7"`), `>>AirSyncBase:InstanceId "20260901T080000Z"`)
			if _, status := o.told("phone1", v, change...).one(t); status != "1" {
				t.Errorf("by its InstanceId: status %s", status)
			}
			o.has("TRIGGER:-PT7M", "RECURRENCE-ID")
		}
		request := []string{}
		if v >= V141 {
			request = append(request, `    MeetingResponse:InstanceId "20260901T080000Z"`)
		}
		if r := o.do(call{cmd: "MeetingResponse", version: v, body: answerTo(1, id, request...)}); r.value("MeetingResponse:Status") != "1" {
			t.Errorf("answered at %s:\n%s", v, r.dump)
		}
		o.has("PARTSTAT=ACCEPTED", "SUMMARY:other")
		o.told("phone1", v)
		gone := []string{">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(id)}
		if v >= V160 {
			gone = append(gone, `>>AirSyncBase:InstanceId "20260901T080000Z"`)
		}
		o.told("phone1", v, gone...)
		if n := len(o.events()); n != 0 {
			t.Errorf("%d events at %s", n, v)
		}
	}
}

// TestEventOrphans: several occurrences without their series are all shown, and one of them is declined or taken away
// without the others.
func TestEventOrphans(t *testing.T) {
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(second))
		a := o.told("phone1", v)
		id := a.commands("Add")[0].get("AirSync:ServerId")
		for _, start := range []string{`Calendar:StartTime "20260901T100000Z"`, `Calendar:StartTime "20260910T080000Z"`} {
			if !strings.Contains(a.dump, start) {
				t.Errorf("no %s at %s:\n%s", start, v, a.dump)
			}
		}
		original := `"20260910T080000Z"` // of the second place, nine days behind the first
		switch {
		case v >= V160:
			o.told("phone1", v, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id), ">>AirSyncBase:InstanceId "+original)
		case v >= V141:
			if r := o.do(call{cmd: "MeetingResponse", version: v, body: answerTo(3, id, "    MeetingResponse:InstanceId "+original)}); r.value("MeetingResponse:Status") != "1" {
				t.Errorf("declined at %s:\n%s", v, r.dump)
			}
		default:
			o.told("phone1", v, changeLines(id, "Calendar:Exceptions", ">Calendar:Exception", `>>Calendar:Deleted "1"`, ">>Calendar:ExceptionStartTime "+original)...)
		}
		o.has("SUMMARY:one", "!SUMMARY:two")
	}
}
