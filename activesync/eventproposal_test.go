package activesync

import (
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// TestEventProposals tells the organizer which times an attendee would prefer: from 16.1 on, of the series and of an
// occurrence; it goes when the meeting is moved. MS-ASCAL, ProposedStartTime, ProposedEndTime.
func TestEventProposals(t *testing.T) {
	const paul = "ATTENDEE;PARTSTAT=TENTATIVE;X-GANNET-REPLIED=20260820T080000Z;X-GANNET-PROPOSED=20260902T080000Z/20260902T090000Z:mailto:paul@example.org\n"
	const raw = "SUMMARY:Review\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nX-GANNET-PLACE:{\"City\":\"Hamburg\"}\n" +
		"ORGANIZER:mailto:rita@example.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:olga@example.org\n" + paul
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(raw))
		a := o.told("phone1", v)
		added := a.commands("Add")
		if len(added) != 1 {
			t.Fatalf("at %s:\n%s", v, a.dump)
		}
		want := 0
		if v >= V161 {
			want = 1
		}
		for _, line := range []string{`MeetingResponse:ProposedStartTime "20260902T080000Z"`, `MeetingResponse:ProposedEndTime "20260902T090000Z"`} {
			if n := strings.Count(a.dump, line); n != want {
				t.Errorf("%d times %s at %s:\n%s", n, line, v, a.dump)
			}
		}
		id := added[0].get("AirSync:ServerId")
		o.told("phone1", v, changeLines(id, `Calendar:Subject "Review 2"`)...)
		o.has("X-GANNET-PROP")
		if v < V160 {
			continue
		}
		for _, q := range o.queued() {
			if _, text := o.sentMeeting(q); strings.Contains(text, "X-GANNET-") {
				t.Errorf("what is the organizer's own leaves the house:\n%s", text)
			}
		}
		o.told("phone1", v, changeLines(id, `Calendar:StartTime "20260902T080000Z"`, `Calendar:EndTime "20260902T090000Z"`)...)
		o.has("!X-GANNET-PROP", "DTSTART;TZID=Europe/Berlin:20260902T100000")
	}
}

// sentMeeting reads the calendar part of a message in the queue, as it is on the wire.
func (r *rig) sentMeeting(q store.Queued) (o *calendar.Object, text string) {
	r.t.Helper()
	raw := r.bytes(q.Blob)
	s, err := mail.Parse(strings.NewReader(raw))
	must(r.t, err)
	o, err = scheduling.ReadPart(s, strings.NewReader(raw), s.SchedulingPart())
	must(r.t, err)
	return o, unfolded(o.Bytes())
}
