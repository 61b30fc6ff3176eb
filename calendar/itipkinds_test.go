package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// message is an iTIP message about one component. RFC 5546, sections 3.2, 3.4 and 3.5.
func itipMessage(t *testing.T, method, kind string, lines ...string) *Object {
	t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nMETHOD:" + method + "\r\nBEGIN:" + kind + "\r\nUID:kinds@example.test\r\n" +
		strings.Join(lines, "\r\n") + "\r\nEND:" + kind + "\r\nEND:VCALENDAR\r\n"
	o, _, err := ReadObject(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestMethodsOfKinds gives every method about every kind of component to whom it is for.
func TestMethodsOfKinds(t *testing.T) {
	now := time.Date(2026, 8, 22, 10, 0, 0, 0, time.UTC)
	otto, rita := Identity{"otto@example.test"}, Identity{"rita@example.test"}
	const organizer, attendee = "ORGANIZER:mailto:otto@example.test", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:rita@example.test"
	start := map[string]string{VEvent: "DTSTART:20260901T080000Z", VTodo: "DUE:20260901T080000Z", VJournal: "DTSTART:20260901T080000Z"}
	for _, kind := range []string{VEvent, VTodo, VJournal} {
		stored := func(seq int) *Object {
			o := itipMessage(t, "REQUEST", kind, "DTSTAMP:20260801T080000Z", fmt.Sprint("SEQUENCE:", seq), start[kind], organizer, attendee, "SUMMARY:one")
			o.SetMethod("")
			return o
		}
		said := func(method string, more ...string) *Object {
			return itipMessage(t, method, kind, append([]string{"DTSTAMP:20260802T080000Z", start[kind], organizer}, more...)...)
		}
		for _, row := range []struct {
			message *Object
			stored  *Object
			me      Identity
			what    Happening
			has     string
		}{
			{said("PUBLISH", "SEQUENCE:0"), nil, rita, Placed, "UID:kinds"},
			{said("REQUEST", "SEQUENCE:0", attendee), nil, rita, Placed, "UID:kinds"},
			{said("REQUEST", "SEQUENCE:0", attendee, "SUMMARY:two"), stored(0), rita, Updated, "SUMMARY:two"},
			{itipMessage(t, "REQUEST", kind, "DTSTAMP:20260802T080000Z", "SEQUENCE:1", strings.Replace(start[kind], "0901", "0902", 1), organizer, attendee), stored(0), rita, Rescheduled, "20260902"},
			{said("REQUEST", "SEQUENCE:0", attendee, "SUMMARY:old"), stored(4), rita, Ignored, "SUMMARY:one"},
			{said("CANCEL", "SEQUENCE:1", attendee), stored(0), rita, CancelledAll, "STATUS:CANCELLED"},
			{said("REPLY", "SEQUENCE:0", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:rita@example.test"), stored(0), otto, Answered, "PARTSTAT=ACCEPTED"},
			{said("REPLY", "SEQUENCE:0", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:uwe@example.test"), stored(0), otto, Joined, "uwe@example.test"},
			{said("REFRESH", attendee), stored(0), otto, Asked, "UID:kinds"},
			{itipMessage(t, "ADD", kind, "DTSTAMP:20260802T080000Z", "SEQUENCE:1", "DTSTART:20260910T080000Z", organizer, attendee), stored(0), rita, Updated, "RDATE:20260910T080000Z"},
			{itipMessage(t, "ADD", kind, "DTSTAMP:20260802T080000Z", "SEQUENCE:1", "DUE:20260910T080000Z", organizer, attendee), stored(0), rita, Ignored, "SUMMARY:one"},
			{said("DECLINECOUNTER", "SEQUENCE:0", attendee), stored(0), rita, ProposalDeclined, "SUMMARY:one"},
		} {
			out, err := Receive(row.stored, row.message, row.me, now)
			if err != nil {
				t.Errorf("%s of %s: %v", row.message.Method(), kind, err)
				continue
			}
			if out.What != row.what || out.Object == nil || !strings.Contains(string(out.Object.Bytes()), row.has) {
				t.Errorf("%s of %s: %d (%s), want %d", row.message.Method(), kind, out.What, out.Reason, row.what)
			}
		}
	}
	counter := itipMessage(t, "COUNTER", VEvent, "DTSTAMP:20260802T080000Z", "SEQUENCE:0", "DTSTART:20260901T100000Z", "DTEND:20260901T110000Z", organizer,
		"ATTENDEE;PARTSTAT=TENTATIVE:mailto:rita@example.test")
	meeting := itipMessage(t, "REQUEST", VEvent, "DTSTAMP:20260801T080000Z", "SEQUENCE:0", start[VEvent], "DTEND:20260901T090000Z", organizer, attendee)
	if out, err := Receive(meeting, counter, otto, now); err != nil || out.What != Proposed || out.Start.Hour() != 10 {
		t.Errorf("COUNTER: %v, %+v", err, out)
	}
	for _, method := range []string{"PUBLISH", "REQUEST", "REPLY"} {
		busy := itipMessage(t, method, VFreeBusy, "DTSTAMP:20260802T080000Z", "DTSTART:20260901T000000Z", "DTEND:20260902T000000Z", organizer)
		if out, err := Receive(nil, busy, rita, now); err != nil || out.What != Ignored || out.Changed {
			t.Errorf("%s of VFREEBUSY: %v, %+v", method, err, out)
		}
	}
	for _, method := range []string{"", "PROPOSE"} {
		if _, err := Receive(nil, itipMessage(t, method, VEvent, "DTSTAMP:20260802T080000Z", start[VEvent], organizer), rita, now); err == nil {
			t.Errorf("method %q is known", method)
		}
	}
}
