package activesync

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// goldenEvents are the events that a golden file may name.
var goldenEvents = map[string]string{
	"meeting": "SUMMARY:Review\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\n" +
		"RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261231T090000Z\nEXDATE;TZID=Europe/Berlin:20260903T100000\n" +
		"ORGANIZER;CN=Rita:mailto:rita@example.test\nATTENDEE;CN=Olga;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:olga@example.org\n" +
		"ATTENDEE;CUTYPE=ROOM;PARTSTAT=NEEDS-ACTION:mailto:room7@example.org\nLOCATION:Room 7\nGEO:53.54;9.98\n" +
		"X-GANNET-PLACE:{\"City\":\"Hamburg\"}\nCATEGORIES:Work,Blue\nCLASS:PRIVATE\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\n" +
		"DESCRIPTION:What we did.\nCONFERENCE;VALUE=URI:https://meet.example.org/1\n" +
		"BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID;TZID=Europe/Berlin:20260908T100000\nSUMMARY:Review in short\n" +
		"DTSTART;TZID=Europe/Berlin:20260908T120000\nDTEND;TZID=Europe/Berlin:20260908T121500\nORGANIZER;CN=Rita:mailto:rita@example.test\n" +
		"ATTENDEE;CN=Olga;PARTSTAT=DECLINED;RSVP=TRUE:mailto:olga@example.org",
	"files":    planFile + "\nORGANIZER:mailto:rita@example.test\nATTENDEE;PARTSTAT=TENTATIVE;X-GANNET-PROPOSED=20260902T080000Z/20260902T090000Z:mailto:paul@example.org",
	"wordless": "SUMMARY:Rent\nDTSTART;VALUE=DATE:20260801\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=5",
	"orphan":   orphan,
	"days":     "SUMMARY:Fair\nDTSTART;VALUE=DATE:20260905\nDTEND;VALUE=DATE:20260908\nTRANSP:TRANSPARENT",
}

// keepEvent puts an event into rita's calendar.
func (r *rig) keepEvent(raw []byte) store.Record {
	r.t.Helper()
	item, err := eventClass{}.ingest(r.t.Context(), r.st, raw)
	must(r.t, err)
	var rec store.Record
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
		rec, err = tx.Add(r.folder(store.MainCal).ID, item)
		return err
	}))
	return rec
}

// TestEventFilter: a filter by date leaves out what has ended before, and never a series that goes on.
func TestEventFilter(t *testing.T) {
	o := newEventRig(t)
	for i, lines := range []string{
		"SUMMARY:long ago\nDTSTART:20260101T080000Z\nDTEND:20260101T090000Z",
		"SUMMARY:series that ended\nDTSTART:20260101T080000Z\nRRULE:FREQ=DAILY;COUNT=10",
		"SUMMARY:lately\nDTSTART:20260815T080000Z\nDTEND:20260815T090000Z",
		"SUMMARY:series that goes on\nDTSTART:20200101T080000Z\nRRULE:FREQ=YEARLY",
		"SUMMARY:series that will end\nDTSTART:20200101T080000Z\nRRULE:FREQ=DAILY;UNTIL=20270101T080000Z",
		"SUMMARY:to come\nDTSTART:20270101T080000Z\nDTEND:20270101T090000Z",
	} {
		o.keepEvent(bytes.Replace(vevent(lines), []byte("UID:u1"), fmt.Appendf(nil, "UID:u%d", i), 1))
	}
	o.keys["phone1"] = o.prime(t, call{}, o.folder, "AirSync:Options", `>AirSync:FilterType "4"`)
	var got []string
	for _, c := range o.told("phone1", V141).commands("Add") {
		got = append(got, c.get("AirSync:ApplicationData", "Calendar:Subject"))
	}
	if all := strings.Join(got, ", "); len(got) != 4 || strings.Contains(all, "ago") || strings.Contains(all, "ended") {
		t.Errorf("told %s", all)
	}
}

// BenchmarkShowEvents shows what a device gets that has 5,000 events.
func BenchmarkShowEvents(b *testing.B) {
	raw := vevent(goldenEvents["meeting"])
	f := eventForm(V161)
	for b.Loop() {
		for range 5000 {
			if _, err := (eventClass{}).show(raw, f); err != nil {
				b.Fatal(err)
			}
		}
	}
}
