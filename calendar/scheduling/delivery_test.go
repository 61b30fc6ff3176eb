package scheduling

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const placed = "0 20260828T100000Z tentative rita=NEEDS-ACTION"

// TestInvited lists what messages that rita receives do to a calendar in which the meeting is not.
func TestInvited(t *testing.T) {
	tests := map[string]struct {
		message
		want string
	}{
		"known":                                  {message{}, placed},
		"unknown":                                {message{from: ulf, organizer: ulf}, "nothing"},
		"unknown, in the name of somebody known": {message{from: ulf}, "nothing"},
		"known, handed on":                       {message{organizer: ulf}, placed},
		"junk":                                   {message{junk: true}, "nothing"},
		"an address of ours from outside":        {message{from: otto, organizer: otto}, "nothing"},
		"not invited, but known":                 {message{attendees: []string{"ATTENDEE:mailto:ulf@elsewhere.test"}}, "0 20260828T100000Z tentative ulf="},
		"by alias":                               {message{attendees: []string{"ATTENDEE;PARTSTAT=ACCEPTED:mailto:Sales+x@example.test"}}, "0 20260828T100000Z Sales+x=ACCEPTED"},
		"free time stays free":                   {message{lines: []string{"TRANSP:TRANSPARENT"}}, "0 20260828T100000Z rita=NEEDS-ACTION"},
		"in one's own name":                      {message{organizer: rita}, "nothing"},
		"cancelled before it was known":          {message{method: "CANCEL"}, "nothing"},
		"an answer to nothing":                   {message{method: "REPLY", organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@outside.test"}}, "nothing"},
		"published":                              {message{method: "PUBLISH"}, "nothing"},
		"rubbish":                                {message{outer: "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"}, "nothing"},
		"empty":                                  {message{outer: "\r\n"}, "nothing"},
		"without organizer":                      {message{outer: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTART:20260828T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}, "nothing"},
		"a task":                                 {message{outer: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTODO\r\nUID:" + uid + "\r\nORGANIZER:mailto:carol@outside.test\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"}, "nothing"},
		"a UID that is no key":                   {message{outer: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:" + strings.Repeat("x", 2000) + "\r\nORGANIZER:mailto:carol@outside.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}, "nothing"},
		"too large":                              {message{lines: []string{"DESCRIPTION:" + strings.Repeat("x", maxPart)}}, "nothing"},
		"too many":                               {message{attendees: many(maxAttendees + 1)}, "nothing"},
		"a further date of a series that is unknown": {message{method: "ADD"}, "nothing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.deliver(tt.message)
			if got := says(r.event(r.rita)); got != tt.want {
				t.Errorf("in the calendar: %s\nwant: %s", got, tt.want)
			}
			box := storetest.Role(t, r.st, r.rita.ID, store.Inbox)
			if tt.junk {
				box = storetest.Role(t, r.st, r.rita.ID, store.Junk)
			}
			if box.Total != 1 {
				t.Errorf("%d messages delivered", box.Total)
			}
			to, _ := r.queue()
			if want := map[bool]int{true: 1}[tt.method == "ADD"]; len(to) != want {
				t.Errorf("%d messages go out, want %d", len(to), want)
			}
		})
	}
}

func many(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("ATTENDEE:mailto:a%d@x.test", i))
	}
	return lines
}

// TestInvitedHere: who submits to this server is known.
func TestInvitedHere(t *testing.T) {
	r := newRig(t)
	r.deliver(message{from: otto, organizer: otto, author: r.otto.ID})
	if got := says(r.event(r.rita)); got != placed {
		t.Error(got)
	}
}

// TestUpdates lists rows of messages and what the calendar says after them.
func TestUpdates(t *testing.T) {
	moved := message{seq: 1, stamp: "20260802T080000Z", start: "20260829T100000Z"}
	retitled := message{stamp: "20260802T080000Z", lines: []string{"LOCATION:Pier 7"}}
	cancel := message{method: "CANCEL", seq: 1, stamp: "20260803T080000Z"}
	forged := moved
	forged.from = ulf
	agent, stranger := moved, moved
	agent.from, agent.organizer = "helper@outside.test", `carol@outside.test`
	agent.lines = nil
	stranger.organizer = ulf
	tests := map[string]struct {
		messages []message
		want     string
	}{
		"twice":                       {[]message{{}, {}}, placed},
		"moved":                       {[]message{{}, moved}, "1 20260829T100000Z tentative rita=NEEDS-ACTION"},
		"moved, out of order":         {[]message{moved, {}}, "1 20260829T100000Z tentative rita=NEEDS-ACTION"},
		"moved twice by one message":  {[]message{{}, moved, moved}, "1 20260829T100000Z tentative rita=NEEDS-ACTION"},
		"same sequence, later stamp":  {[]message{{}, retitled}, placed},
		"cancelled":                   {[]message{{}, cancel}, "1 20260828T100000Z CANCELLED rita=NEEDS-ACTION"},
		"cancelled, then the old one": {[]message{{}, cancel, {}}, "1 20260828T100000Z CANCELLED rita=NEEDS-ACTION"},
		"cancelled, then the new one": {[]message{{}, cancel, {seq: 2, stamp: "20260804T080000Z"}}, "2 20260828T100000Z tentative rita=NEEDS-ACTION"},
		"moved by somebody else":      {[]message{{}, forged}, placed},
		"moved by an agent unnamed":   {[]message{{}, agent}, placed},
		"taken over":                  {[]message{{}, stranger}, placed},
		"cancelled by somebody else":  {[]message{{}, {method: "CANCEL", seq: 1, stamp: "20260803T080000Z", from: ulf}}, placed},
		"one of a series": {[]message{{lines: []string{"RRULE:FREQ=DAILY;COUNT=3"}}, {method: "CANCEL", seq: 1, stamp: "20260803T080000Z",
			start: "20260829T100000Z", lines: []string{"RECURRENCE-ID:20260829T100000Z"}}}, placed},
		"proposal declined": {[]message{{}, {method: "DECLINECOUNTER"}}, placed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for _, m := range tt.messages {
				r.deliver(m)
			}
			if got := says(r.event(r.rita)); got != tt.want {
				t.Errorf("in the calendar: %s\nwant: %s", got, tt.want)
			}
			if int(r.inbox()) != len(tt.messages) {
				t.Errorf("%d messages delivered", r.inbox())
			}
		})
	}
}

// TestAnswers lists answers to what rita organizes with carol and otto.
func TestAnswers(t *testing.T) {
	meeting := message{organizer: rita, attendees: []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carol@outside.test",
		"ATTENDEE;PARTSTAT=NEEDS-ACTION;SENT-BY=\"mailto:desk@example.test\":mailto:otto@example.test"}}
	reply := func(who, status string, change func(*message)) message {
		m := message{method: "REPLY", organizer: rita, stamp: "20260802T080000Z", attendees: []string{"ATTENDEE;PARTSTAT=" + status + ":mailto:" + who}}
		if change != nil {
			change(&m)
		}
		return m
	}
	const untouched = "0 20260828T100000Z carol=NEEDS-ACTION otto=NEEDS-ACTION"
	tests := map[string]struct {
		messages []message
		want     string
	}{
		"accepted":          {[]message{reply(carol, "ACCEPTED", nil)}, "0 20260828T100000Z carol=ACCEPTED otto=NEEDS-ACTION"},
		"twice":             {[]message{reply(carol, "ACCEPTED", nil), reply(carol, "ACCEPTED", nil)}, "0 20260828T100000Z carol=ACCEPTED otto=NEEDS-ACTION"},
		"out of order":      {[]message{reply(carol, "DECLINED", func(m *message) { m.stamp = "20260803T080000Z" }), reply(carol, "ACCEPTED", nil)}, "0 20260828T100000Z carol=DECLINED otto=NEEDS-ACTION"},
		"in another's name": {[]message{reply(otto, "DECLINED", nil)}, untouched},
		"in both names": {[]message{reply(carol, "ACCEPTED", func(m *message) {
			m.attendees = append(m.attendees, "ATTENDEE;PARTSTAT=DECLINED:mailto:otto@example.test")
		})}, "0 20260828T100000Z carol=ACCEPTED otto=NEEDS-ACTION"},
		"from here, unproven": {[]message{reply(otto, "ACCEPTED", func(m *message) { m.from = otto })}, untouched},
		"from here":           {[]message{reply(otto, "ACCEPTED", func(m *message) { m.from, m.author = otto, 1 })}, "0 20260828T100000Z carol=NEEDS-ACTION otto=ACCEPTED"},
		"by an agent": {[]message{reply(carol, "TENTATIVE", func(m *message) {
			m.from, m.attendees = "desk@outside.test", []string{`ATTENDEE;PARTSTAT=TENTATIVE;SENT-BY="mailto:desk@outside.test":mailto:carol@outside.test`}
		})}, "0 20260828T100000Z carol=TENTATIVE otto=NEEDS-ACTION"},
		"by an agent elsewhere": {[]message{reply(carol, "TENTATIVE", func(m *message) {
			m.from, m.attendees = ulf, []string{`ATTENDEE;PARTSTAT=TENTATIVE;SENT-BY="mailto:ulf@elsewhere.test":mailto:carol@outside.test`}
		})}, untouched},
		"nobody invited":      {[]message{reply(ulf, "ACCEPTED", func(m *message) { m.from = ulf })}, untouched},
		"to an older version": {[]message{reply(carol, "ACCEPTED", func(m *message) { m.seq = 0 })}, "0 20260828T100000Z carol=ACCEPTED otto=NEEDS-ACTION"},
		"another time":        {[]message{reply(carol, "TENTATIVE", func(m *message) { m.method, m.start = "COUNTER", "20260829T100000Z" })}, "0 20260828T100000Z carol=TENTATIVE otto=NEEDS-ACTION"},
	}
	for name, tt := range tests {
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
	t.Run("asked again", func(t *testing.T) {
		r := newRig(t)
		r.put(r.rita, meeting)
		r.deliver(reply(carol, "NEEDS-ACTION", func(m *message) { m.method = "REFRESH" }))
		r.deliver(reply(carol, "NEEDS-ACTION", func(m *message) { m.method, m.from = "REFRESH", ulf }))
		r.deliver(reply(ulf, "NEEDS-ACTION", func(m *message) { m.method, m.from = "REFRESH", ulf }))
		to, texts := r.queue()
		if len(to) != 1 || to[0] != carol || !strings.Contains(texts[0], "method=REQUEST") || !strings.Contains(texts[0], "Auto-Submitted: auto-generated") {
			t.Errorf("%q %s", to, texts)
		}
	})
}

// TestMeanwhile changes the calendar while a message is looked at: it is looked at again, and is delivered whatever
// happens.
func TestMeanwhile(t *testing.T) {
	for _, times := range []int{1, 2, 100} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			r := newRig(t)
			r.deliver(message{})
			n := 0
			r.change = func(mail.Incoming) {
				if n++; n <= times {
					o := r.event(r.rita)
					o.Master().SetCategories([]string{fmt.Sprint("c", n)})
					r.store(r.rita, o)
				}
			}
			r.deliver(message{seq: 1, stamp: "20260802T080000Z"})
			o := r.event(r.rita)
			if applied := o.Master().Sequence() == 1; applied != (times < 3) || len(o.Master().Categories()) != 1 {
				t.Errorf("applied: %v, %v", applied, o.Master().Categories())
			}
			if r.inbox() != 2 || n > 3 {
				t.Errorf("%d messages, %d tries", r.inbox(), n)
			}
		})
	}
}

// TestPanic: what fails in the change of the calendar keeps no mail away.
func TestPanic(t *testing.T) {
	r := newRig(t)
	r.change = func(mail.Incoming) { panic("broken") }
	r.deliver(message{})
	if r.inbox() != 1 || r.event(r.rita) != nil {
		t.Error("not delivered")
	}
}
