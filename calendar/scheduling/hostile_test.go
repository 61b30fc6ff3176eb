package scheduling

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const evil = "evil@evil.test"

// TestForgedDelegates: who comes in another's place is what that one says.
func TestForgedDelegates(t *testing.T) {
	meeting := message{organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@outside.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:otto@example.test"}}
	reply := func(from, line, stamp string) message {
		return message{method: "REPLY", organizer: rita, from: from, stamp: stamp, attendees: []string{line}}
	}
	const untouched = "0 20260828T100000Z carol=ACCEPTED otto=ACCEPTED"
	comes := reply(ulf, `ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:carol@outside.test":mailto:`+ulf, "20260803T080000Z")
	sends := reply(carol, `ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:`+ulf+`":mailto:`+carol, "20260802T080000Z")
	var crowd []string
	for i := range 5000 {
		crowd = append(crowd, fmt.Sprintf(`"mailto:victim%d@elsewhere.test"`, i))
	}
	for name, tt := range map[string]struct {
		messages []message
		want     string
	}{
		"sent":    {[]message{sends, comes}, "0 20260828T100000Z carol=DELEGATED otto=ACCEPTED ulf=ACCEPTED"},
		"unsent":  {[]message{comes}, untouched},
		"forged":  {[]message{reply(evil, `ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:otto@example.test","mailto:carol@outside.test":mailto:`+evil, "20260802T080000Z")}, untouched},
		"a crowd": {[]message{reply(carol, "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="+strings.Join(crowd, ",")+":mailto:"+carol, "20260802T080000Z")}, "0 20260828T100000Z carol=DELEGATED otto=ACCEPTED"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.put(r.rita, meeting)
			for _, m := range tt.messages {
				r.deliver(m)
			}
			if got := says(r.event(r.rita)); got != tt.want {
				t.Errorf("in the calendar: %s\nwant: %s", got, tt.want)
			}
		})
	}
}

// TestAnswerOfThousands: somebody known answers for all whom he makes up.
func TestAnswerOfThousands(t *testing.T) {
	r := newRig(t)
	r.put(r.rita, message{organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:" + carol}})
	m := message{method: "REPLY", organizer: rita, stamp: "20260802T080000Z"}
	for i := range maxAttendees {
		m.attendees = append(m.attendees, fmt.Sprintf(`ATTENDEE;PARTSTAT=ACCEPTED;SENT-BY="mailto:carol@outside.test":mailto:a%d@outside.test`, i))
	}
	r.deliver(m)
	if got := says(r.event(r.rita)); got != "0 20260828T100000Z carol=NEEDS-ACTION" {
		t.Errorf("in the calendar: %.200s", got)
	}
}

// TestColleague cancels what a colleague has booked: that is for those to whom she lends her calendar to write.
func TestColleague(t *testing.T) {
	for name, rights := range map[string]store.Rights{"nobody": 0, "who reads": store.MayLookup | store.MayRead, "who writes": store.AllRights} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, nil)
			if err := h.ask(want{}); err != nil {
				t.Fatal(err)
			}
			c := storetest.Role(t, h.st, h.rita.ID, store.MainCal)
			err := h.st.Update(t.Context(), h.rita.ID, func(tx store.Tx) error {
				return tx.PutGrant(store.Grant{Collection: c.ID, Grantee: h.otto.ID, Rights: rights})
			})
			if err != nil {
				t.Fatal(err)
			}
			text := want{message: message{method: "CANCEL", from: otto, organizer: rita, seq: 1, stamp: "20260805T080000Z"}}.text()
			text = strings.ReplaceAll(text, "ORGANIZER:", `ORGANIZER;SENT-BY="mailto:otto@example.test":`)
			in, err := mail.Ingest(t.Context(), h.st, strings.NewReader(text), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Blob.Release()
			m := mail.Incoming{Ingested: in, Author: h.otto.ID, Sender: otto}
			if err := h.mail.Deliver(t.Context(), m, []mail.Recipient{{Address: pier, Account: h.pier.ID}})[0]; err != nil {
				t.Fatal(err)
			}
			if kept := len(h.bookings()) == 1; kept == (rights == store.AllRights) {
				t.Errorf("still booked: %v", kept)
			}
		})
	}
}

// TestOccurrencesByTheHundred: a room does not write hundreds of answers to one message.
func TestOccurrencesByTheHundred(t *testing.T) {
	for _, n := range []int{maxAsked, maxAsked + 1} {
		h := newHall(t, nil)
		var b strings.Builder
		b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n")
		for i := range n {
			s := time.Date(2026, 9, 1, i, 0, 0, 0, time.UTC).Format("20060102T150405Z")
			fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:many\r\nDTSTAMP:20260801T080000Z\r\nRECURRENCE-ID:%[1]s\r\nDTSTART:%[1]s\r\nDURATION:PT1H\r\n"+
				"ORGANIZER:mailto:%[2]s\r\nATTENDEE:mailto:%[3]s\r\nEND:VEVENT\r\n", s, rita, pier)
		}
		b.WriteString("END:VCALENDAR\r\n")
		if err := h.ask(want{message: message{outer: b.String()}}); err != nil {
			t.Fatal(err)
		}
		if to, _ := h.queue(); len(to) != n%(maxAsked+1) {
			t.Errorf("%d occurrences, %d answers", n, len(to))
		}
	}
}

// TestLongDay has the room for a whole day that has 25 hours where the room is.
func TestLongDay(t *testing.T) {
	h := newHall(t, nil)
	err := h.st.Update(t.Context(), 0, func(tx store.Tx) error { return calendar.WriteHome(tx, h.pier.ID, "Europe/Berlin") })
	if err != nil {
		t.Fatal(err)
	}
	text := want{}.text()
	text = strings.ReplaceAll(text, "DTSTART:20260828T100000Z\r\nDURATION:PT1H", "DTSTART;VALUE=DATE:20261025\r\nDTEND;VALUE=DATE:20261026")
	if err := h.ask(want{message: message{outer: text[strings.Index(text, "BEGIN:VCALENDAR"):]}}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(h.answers(), ", "); got != "rita REPLY ACCEPTED" {
		t.Errorf("answers: %s", got)
	}
}
