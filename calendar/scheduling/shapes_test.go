package scheduling

import (
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestShapes lists answers as other programs write them, to what rita organizes with carol and otto.
func TestShapes(t *testing.T) {
	meeting := message{organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carol@outside.test", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:otto@example.test"}}
	answer := func(method string, lines ...string) message {
		event := append([]string{"BEGIN:VCALENDAR", "METHOD:" + method, "PRODID:Other Server 2010", "VERSION:2.0", "BEGIN:VEVENT", "UID:" + uid,
			"DTSTART:20260829T100000Z", "DTEND:20260829T110000Z", "SEQUENCE:0", "DTSTAMP:20260802T080000Z"}, lines...)
		return message{method: method, outer: strings.Join(append(event, "END:VEVENT", "END:VCALENDAR", ""), "\r\n")}
	}
	tests := map[string]struct {
		message
		want string
	}{
		"Exchange proposes: no organizer, no attendee": {answer("COUNTER", "COMMENT;LANGUAGE=en-US:\\n"), "0 20260828T100000Z carol=TENTATIVE otto=NEEDS-ACTION"},
		"Exchange answers: no organizer": {answer("REPLY", "ATTENDEE;PARTSTAT=DECLINED;CN=Carol:MAILTO:carol@outside.test"),
			"0 20260828T100000Z carol=DECLINED otto=NEEDS-ACTION"},
		"an answer of nobody": {answer("REPLY"), "0 20260828T100000Z carol=NEEDS-ACTION otto=NEEDS-ACTION"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.put(r.rita, meeting)
			r.deliver(tt.message)
			o := r.event(r.rita)
			if got := says(o); got != tt.want {
				t.Errorf("in the calendar: %s\nwant: %s", got, tt.want)
			}
			who, _ := o.Master().Attendee(carol)
			if start, _, ok := who.Proposed(); ok != (tt.method == "COUNTER") || ok && start.Format("20060102T150405Z") != "20260829T100000Z" {
				t.Errorf("proposed: %v %v", start, ok)
			}
		})
	}
}

// TestDeclined: what was declined is not placed when it is delivered again, in whatever version; a change is.
func TestDeclined(t *testing.T) {
	r := newRig(t)
	invitation := message{seq: 1}
	r.deliver(invitation)
	err := r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		at, err := Find(tx, uid)
		if err != nil {
			return err
		}
		if err := Declined(tx, r.rita.ID, nil, r.event(r.rita)); err != nil {
			return err
		}
		return tx.Remove(at.Collection, at.UID)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []message{invitation, {}, {method: "CANCEL", seq: 1}} {
		r.deliver(m)
		if r.event(r.rita) != nil {
			t.Fatalf("%+v is placed again", m)
		}
	}
	r.deliver(message{seq: 2, start: "20260829T100000Z", stamp: "20260802T080000Z"})
	if got := says(r.event(r.rita)); got != "2 20260829T100000Z tentative rita=NEEDS-ACTION" {
		t.Errorf("changed: %s", got)
	}
}

// TestSeriesAndOccurrence: the series is answered, and of one occurrence something else is said in the same message.
func TestSeriesAndOccurrence(t *testing.T) {
	r := newRig(t)
	r.put(r.rita, message{organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carol@outside.test"}, lines: []string{"RRULE:FREQ=DAILY;COUNT=3"}})
	part := func(status string, lines ...string) string {
		return strings.Join(append(append([]string{"BEGIN:VEVENT", "UID:" + uid, "DTSTAMP:20260802T080000Z", "SEQUENCE:0", "ORGANIZER:mailto:" + rita,
			"ATTENDEE;PARTSTAT=" + status + ":mailto:" + carol}, lines...), "END:VEVENT", ""), "\r\n")
	}
	r.deliver(message{method: "REPLY", outer: "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + part("ACCEPTED", "DTSTART:20260828T100000Z", "RRULE:FREQ=DAILY;COUNT=3") +
		part("DECLINED", "RECURRENCE-ID:20260829T100000Z", "DTSTART:20260829T100000Z") + "END:VCALENDAR\r\n"})
	if got := says(r.event(r.rita)); got != "0 20260828T100000Z carol=ACCEPTED; 0 20260829T100000Z carol=DECLINED" {
		t.Errorf("in the calendar: %s", got)
	}
}

// TestAnswerToOlderVersion: phones up to ActiveSync 14.1 are not told the SEQUENCE. Their answers hold if they tell of the
// time that is stored, and are later than it.
func TestAnswerToOlderVersion(t *testing.T) {
	tests := map[string]struct {
		message
		want string
	}{
		"same time":    {message{stamp: "20260804T080000Z"}, "carol=ACCEPTED"},
		"another time": {message{stamp: "20260804T080000Z", start: "20260827T100000Z"}, "carol=NEEDS-ACTION"},
		"crossing":     {message{stamp: "20260802T080000Z"}, "carol=NEEDS-ACTION"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.put(r.rita, message{seq: 2, stamp: "20260803T080000Z", organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carol@outside.test"}})
			m := tt.message
			m.method, m.organizer, m.attendees = "REPLY", rita, []string{"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@outside.test"}
			r.deliver(m)
			if got, want := says(r.event(r.rita)), "2 20260828T100000Z "+tt.want; got != want {
				t.Errorf("in the calendar: %s\nwant: %s", got, want)
			}
		})
	}
}

// TestRelayedOrganizer: an organizer whose address in the object is a relay's, as iCloud writes it, changes his meeting by the
// address beside it; nobody else does.
func TestRelayedOrganizer(t *testing.T) {
	r := newRig(t)
	organized := func(m message) message {
		m.outer = strings.Replace(m.text()[strings.Index(m.text(), "BEGIN:VCAL"):], "ORGANIZER:mailto:"+carol, "ORGANIZER;EMAIL="+carol+":mailto:2_relay@relay.test", 1)
		return m
	}
	r.deliver(organized(message{}))
	moved := message{seq: 1, stamp: "20260802T080000Z", start: "20260829T100000Z", from: ulf}
	r.deliver(organized(moved))
	if got := says(r.event(r.rita)); got != placed {
		t.Errorf("moved by somebody else: %s", got)
	}
	moved.from = carol
	r.deliver(organized(moved))
	if got := says(r.event(r.rita)); got != "1 20260829T100000Z tentative rita=NEEDS-ACTION" {
		t.Errorf("moved: %s", got)
	}
}
