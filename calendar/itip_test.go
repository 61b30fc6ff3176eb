package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	otto = Identity{"otto@example.test", "head@example.test"}
	rita = Identity{"rita@example.test"}
)

// A calendarOf is the side of one person in a test: what he has of one meeting.
type calendarOf struct {
	me     Identity
	object *Object
}

// clockOfTests gives each step its own minute.
type clockOfTests struct{ minutes int }

func (c *clockOfTests) now() time.Time {
	c.minutes++
	return time.Date(2026, 8, 1, 8, c.minutes, 0, 0, time.UTC)
}

// get gives a message to a person, over the wire.
func (p *calendarOf) get(t *testing.T, m Message, now time.Time) Outcome {
	t.Helper()
	wire, problems, err := ReadObject(string(m.Object.Bytes()))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v\n%s", err, problems, m.Object.Bytes())
	}
	out, err := Receive(p.object, wire, p.me, now)
	if err != nil {
		t.Fatal(err)
	}
	if out.Changed {
		p.object = out.Object
	}
	return out
}

// edit changes the organizer's object and announces it.
func (p *calendarOf) edit(now time.Time, change func(*Object)) []Message {
	changed := p.object.Clone()
	change(changed)
	var send []Message
	p.object, send = Announce(p.object, changed, p.me, now)
	return send
}

func meeting(t *testing.T, lines ...string) *Object {
	return event(t, append([]string{
		"DTSTART;TZID=Europe/Berlin:20260828T100000", "DTEND;TZID=Europe/Berlin:20260828T110000", "SUMMARY:Boats",
		"ORGANIZER;CN=Otto:mailto:otto@example.test", "ATTENDEE;CN=Rita;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:Rita@example.test",
		"ATTENDEE;CN=Sam;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:sam@example.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:otto@example.test",
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM",
	}, lines...)...)
}

func describe(list []Message) string {
	var all []string
	for _, m := range list {
		parts := 0
		var ids []string
		for c := range m.Object.Components() {
			parts++
			if id := c.RecurrenceID(); !id.IsZero() {
				ids = append(ids, id.String())
			}
		}
		all = append(all, fmt.Sprintf("%s to %s seq %d%v", m.Method, strings.ToLower(strings.Join(m.To, "+")), m.Object.first().Sequence(), ids))
	}
	return strings.Join(all, "; ")
}

func statusOf(o *Object, who string) string {
	a, _ := o.Master().Attendee(who)
	return a.Status
}

// TestMeeting plays a meeting from both sides.
func TestMeeting(t *testing.T) {
	var clock clockOfTests
	o, r := &calendarOf{me: otto}, &calendarOf{me: rita}
	var send []Message
	step := func(want string) {
		t.Helper()
		if got := describe(send); got != want {
			t.Fatalf("\nsends %s\nwant  %s", got, want)
		}
	}
	o.object, send = Announce(nil, meeting(t), otto, clock.now())
	o.object.SetMethod("")
	step("REQUEST to rita@example.test+sam@example.test seq 0[]")
	invitation := send[0]
	if strings.Contains(string(invitation.Object.Bytes()), "VALARM") || !strings.Contains(string(invitation.Object.Bytes()), "BEGIN:VTIMEZONE") {
		t.Errorf("invitation:\n%s", invitation.Object.Bytes())
	}
	if out := r.get(t, invitation, clock.now()); out.What != Placed || out.Uninvited || r.object.Method() != "" {
		t.Fatalf("invitation: %+v", out)
	}
	if out := r.get(t, invitation, clock.now()); out.What != Ignored || out.Reason != "known already" {
		t.Errorf("invitation again: %+v", out)
	}

	r.object.Master().SetReminder(time.Hour)
	accept := func(status string) []Message {
		t.Helper()
		object, send, err := Reply(r.object, rita, Answer{Status: status, Comment: "see you"}, clock.now())
		if err != nil {
			t.Fatal(err)
		}
		r.object = object
		return send
	}
	send = accept("ACCEPTED")
	step("REPLY to otto@example.test seq 0[]")
	first := send[0]
	if out := o.get(t, first, clock.now()); out.What != Answered || out.Who.Name != "Rita" || out.Comment != "see you" || statusOf(o.object, rita[0]) != "ACCEPTED" {
		t.Errorf("answer: %+v, %s", out, o.object.Bytes())
	}
	if out := o.get(t, first, clock.now()); out.What != Ignored || out.Reason != "known already" {
		t.Errorf("answer again: %+v", out)
	}
	second := accept("DECLINED")[0]
	third := accept("TENTATIVE")[0]
	if o.get(t, third, clock.now()).What != Answered || o.get(t, second, clock.now()).Reason != "older than the latest answer" || statusOf(o.object, rita[0]) != "TENTATIVE" {
		t.Errorf("answers in the wrong order: %s", statusOf(o.object, rita[0]))
	}

	// What does not move the meeting keeps the answers.
	send = o.edit(clock.now(), func(c *Object) { c.Master().SetLocation("Pier 7") })
	step("REQUEST to rita@example.test+sam@example.test seq 1[]")
	located := send[0]
	if out := r.get(t, located, clock.now()); out.What != Updated || statusOf(r.object, rita[0]) != "TENTATIVE" || r.object.Master().Location() != "Pier 7" {
		t.Errorf("place: %+v", out)
	}
	if before, ok := r.object.Reminder(r.object.Master(), nil); !ok || before != time.Hour {
		t.Errorf("the attendee's alarm is lost: %s", r.object.Bytes())
	}
	// What moves it asks again.
	send = o.edit(clock.now(), func(c *Object) {
		start := c.Master().Start().Add(time.Hour)
		c.Master().SetTimes(start, start.Add(time.Hour))
	})
	step("REQUEST to rita@example.test+sam@example.test seq 2[]")
	if out := r.get(t, send[0], clock.now()); out.What != Rescheduled || statusOf(r.object, rita[0]) != "NEEDS-ACTION" || statusOf(o.object, rita[0]) != "NEEDS-ACTION" {
		t.Errorf("moved: %+v", out)
	}
	if out := r.get(t, located, clock.now()); out.Reason != "older than what is stored" {
		t.Errorf("an older message: %+v", out)
	}
	if out := o.get(t, third, clock.now()); out.What != Ignored {
		t.Errorf("an older answer: %+v", out)
	}
	// Another time is proposed and declined.
	start := time.Date(2026, 8, 28, 12, 0, 0, 0, time.UTC)
	object, counter, err := Counter(r.object, rita, Answer{Status: "TENTATIVE", Comment: "later?"}, start, start.Add(time.Hour), clock.now())
	if err != nil {
		t.Fatal(err)
	}
	r.object = object
	if out := o.get(t, counter, clock.now()); out.What != Proposed || !out.Start.Equal(start) || !out.End.Equal(start.Add(time.Hour)) || out.Comment != "later?" {
		t.Errorf("proposal: %+v", out)
	}
	who, _ := o.object.Master().Attendee(rita[0])
	if from, _, ok := who.Proposed(); !ok || !from.Equal(start) {
		t.Errorf("the proposal is not remembered: %s", o.object.Bytes())
	}
	decline := DeclineCounter(o.object, "rita@example.test", Moment{}, "no", clock.now())
	if out := r.get(t, decline, clock.now()); out.What != ProposalDeclined || out.Comment != "no" {
		t.Errorf("proposal declined: %+v", out)
	}
	// She accepts after all; then the proposal comes once more.
	object, accepted, err := Reply(r.object, rita, Answer{Status: "ACCEPTED"}, clock.now())
	if err != nil {
		t.Fatal(err)
	}
	r.object = object
	o.get(t, accepted[0], clock.now())
	if out := o.get(t, counter, clock.now()); out.What != Ignored || statusOf(o.object, rita[0]) != "ACCEPTED" {
		t.Errorf("a proposal of before her answer: %+v", out)
	}
	// Sam goes, Tom comes.
	send = o.edit(clock.now(), func(c *Object) {
		c.Master().RemoveAttendee("sam@example.test")
		c.Master().SetAttendee(Participant{Attendee: Attendee{Address: "tom@example.test"}})
	})
	step("CANCEL to sam@example.test seq 3[]; REQUEST to tom@example.test seq 3[]")
	if s := string(send[1].Object.Bytes()); strings.Contains(s, "X-GANNET") || strings.Contains(s, "sam@") {
		t.Errorf("what is nobody's business is sent:\n%s", s)
	}
	if got := describe(o.edit(clock.now(), func(c *Object) { c.Master().SetCategories([]string{"boats"}) })); got != "" {
		t.Errorf("a category is told: %s", got)
	}
	// All is over.
	_, send = Announce(o.object, nil, otto, clock.now())
	step("CANCEL to rita@example.test+tom@example.test seq 4[]")
	if out := r.get(t, send[0], clock.now()); out.What != CancelledAll || !r.object.Master().Cancelled() {
		t.Errorf("cancelled: %+v", out)
	}
	if out := r.get(t, send[0], clock.now()); out.What != Ignored {
		t.Errorf("cancelled again: %+v", out)
	}
}

// TestSeriesOfMeetings changes occurrences of a series.
func TestSeriesOfMeetings(t *testing.T) {
	var clock clockOfTests
	o, r := &calendarOf{me: otto}, &calendarOf{me: rita}
	var send []Message
	o.object, send = Announce(nil, meeting(t, "RRULE:FREQ=WEEKLY;COUNT=10"), otto, clock.now())
	o.object.SetMethod("")
	r.get(t, send[0], clock.now())
	id := WallOf(time.Date(2026, 9, 11, 10, 0, 0, 0, time.UTC), "Europe/Berlin")
	utc := InstantOf(time.Date(2026, 9, 18, 8, 0, 0, 0, time.UTC))
	occurrences := func(o *Object) int { return len(starts(t, o, "2026-01-01", "2027-01-01", 99)) }

	// One occurrence is declined.
	object, send, err := Reply(r.object, rita, Answer{Status: "DECLINED", Occurrence: utc}, clock.now())
	if err != nil || describe(send) != "REPLY to otto@example.test seq 0[20260918T100000]" {
		t.Fatal(describe(send), err)
	}
	r.object = object
	if out := o.get(t, send[0], clock.now()); out.What != Answered || len(out.Occurrences) != 1 || statusOf(o.object, rita[0]) != "NEEDS-ACTION" {
		t.Errorf("one declined: %+v", out)
	}
	over := o.object.Override(utc)
	if a, _ := over.Attendee(rita[0]); a.Status != "DECLINED" || over.Get("RRULE") != nil || over.Start() != o.object.likeStart(utc) {
		t.Errorf("override:\n%s", over.Bytes())
	}
	if occurrences(o.object) != 10 || occurrences(r.object) != 10 {
		t.Errorf("%d and %d occurrences", occurrences(o.object), occurrences(r.object))
	}
	// One is moved.
	send = o.edit(clock.now(), func(c *Object) {
		over, ok := c.Detach(id)
		if !ok {
			t.Fatal("no occurrence")
		}
		over.SetTimes(over.Start().Add(2*time.Hour), over.End().Add(2*time.Hour))
	})
	if got := describe(send); got != "REQUEST to rita@example.test+sam@example.test seq 1[20260911T100000]" {
		t.Fatal(got)
	}
	moved := send[0]
	if out := r.get(t, moved, clock.now()); out.What != Updated || len(out.Occurrences) != 1 {
		t.Errorf("one moved: %+v", out)
	}
	if list := starts(t, r.object, "2026-09-11", "2026-09-12", 9); !slices.Equal(list, []string{"2026-09-11T10:00Z"}) || occurrences(r.object) != 10 {
		t.Errorf("moved to %v", list)
	}
	// One is taken out.
	gone := WallOf(time.Date(2026, 9, 25, 10, 0, 0, 0, time.UTC), "Europe/Berlin")
	send = o.edit(clock.now(), func(c *Object) { c.Master().Exclude(gone) })
	if got := describe(send); got != "CANCEL to rita@example.test+sam@example.test seq 1[20260925T100000]" {
		t.Fatal(got)
	}
	if out := r.get(t, send[0], clock.now()); out.What != CancelledSome || occurrences(r.object) != 9 {
		t.Errorf("one cancelled: %+v", out)
	}
	// Who knows nothing of the series has the one.
	s := &calendarOf{me: Identity{"sam@example.test"}}
	if out := s.get(t, moved, clock.now()); out.What != Placed || s.object.Master() != nil || occurrences(s.object) != 1 {
		t.Errorf("one alone: %+v", out)
	}
	// The whole is moved: what differed is told again.
	send = o.edit(clock.now(), func(c *Object) { c.Master().SetRule(&Rule{Freq: Weekly, Interval: 1, Count: 12}) })
	if out := r.get(t, send[0], clock.now()); out.What != Rescheduled || occurrences(r.object) != 11 || len(r.object.Overrides()) != len(o.object.Overrides()) {
		t.Errorf("series changed: %+v\n%s", out, r.object.Bytes())
	}
	// It ends earlier, as Google tells it.
	end := outgoing(o.object, "CANCEL", func(c *Component) bool { return c.RecurrenceID().IsZero() }, clock.now())
	end.first().Remove("RRULE", "EXDATE")
	end.first().SetSequence(9)
	end.first().Set(NewProperty("RECURRENCE-ID", "20261009T100000", "TZID", "Europe/Berlin", "RANGE", "THISANDFUTURE"))
	if out := r.get(t, Message{Object: end}, clock.now()); out.What != CancelledSome || occurrences(r.object) != 5 {
		t.Errorf("ended early: %+v, %d", out, occurrences(r.object))
	}
}

func TestDelegates(t *testing.T) {
	var clock clockOfTests
	o, r, d := &calendarOf{me: otto}, &calendarOf{me: rita}, &calendarOf{me: Identity{"dora@example.test"}}
	var send []Message
	o.object, send = Announce(nil, meeting(t), otto, clock.now())
	o.object.SetMethod("")
	r.get(t, send[0], clock.now())
	object, send, err := Reply(r.object, rita, Answer{Status: "DELEGATED", Delegates: []string{"dora@example.test"}}, clock.now())
	if err != nil || describe(send) != "REPLY to otto@example.test seq 0[]; REQUEST to dora@example.test seq 0[]" {
		t.Fatal(describe(send), err)
	}
	r.object = object
	if out := d.get(t, send[1], clock.now()); out.What != Placed || out.Uninvited {
		t.Errorf("handed on: %+v", out)
	}
	_, answer, err := Reply(d.object, d.me, Answer{Status: "ACCEPTED"}, clock.now())
	if err != nil {
		t.Fatal(err)
	}
	// The delegate is faster.
	if out := o.get(t, answer[0], clock.now()); out.What != Answered || statusOf(o.object, "dora@example.test") != "ACCEPTED" {
		t.Errorf("delegate: %+v\n%s", out, o.object.Bytes())
	}
	if out := o.get(t, send[0], clock.now()); out.What != Answered || statusOf(o.object, rita[0]) != "DELEGATED" || statusOf(o.object, "dora@example.test") != "ACCEPTED" {
		t.Errorf("delegated: %+v\n%s", out, o.object.Bytes())
	}
	// Who was not invited at all.
	p := &calendarOf{me: Identity{"pete@example.test"}}
	invitation := outgoing(o.object, "REQUEST", nil, clock.now())
	if out := p.get(t, Message{Object: invitation}, clock.now()); out.What != Placed || !out.Uninvited {
		t.Errorf("uninvited: %+v", out)
	}
	_, answer, err = Reply(p.object, p.me, Answer{Status: "ACCEPTED", Name: "Pete"}, clock.now())
	if err != nil {
		t.Fatal(err)
	}
	if out := o.get(t, answer[0], clock.now()); out.What != Joined || out.Who.Address != "pete@example.test" {
		t.Errorf("joined: %+v", out)
	}
	// Who wants to be told again.
	if out := o.get(t, Refresh(r.object, rita, clock.now()), clock.now()); out.What != Asked || describe(out.Send) != "REQUEST to rita@example.test seq 0[]" {
		t.Errorf("refresh: %+v", out)
	}
	if out := o.get(t, Refresh(r.object, Identity{"eve@example.test"}, clock.now()), clock.now()); out.What != Ignored {
		t.Errorf("refresh of who is not invited: %+v", out)
	}
}

func TestStrangers(t *testing.T) {
	var clock clockOfTests
	o, r := &calendarOf{me: otto}, &calendarOf{me: rita}
	var send []Message
	o.object, send = Announce(nil, meeting(t), otto, clock.now())
	r.get(t, send[0], clock.now())
	forged := func(method string, change func(*Component)) Message {
		out := outgoing(r.object, method, nil, clock.now())
		out.first().SetSequence(5)
		change(out.first())
		return Message{Object: out}
	}
	eve := Participant{Attendee: Attendee{Address: "eve@example.test"}}
	for _, tt := range []struct {
		to     *calendarOf
		m      Message
		reason string
	}{
		{r, forged("CANCEL", func(c *Component) { c.SetOrganizer(eve) }), "another organizer"},
		{r, forged("REQUEST", func(c *Component) { c.SetOrganizer(eve) }), "another organizer"},
		{o, forged("REQUEST", func(*Component) {}), "the organizer is the owner of this calendar"},
		{r, forged("REPLY", func(*Component) {}), "the owner of this calendar is not the organizer"},
		{&calendarOf{me: rita}, forged("CANCEL", func(*Component) {}), "the meeting is not known"},
		{&calendarOf{me: otto}, forged("REPLY", func(*Component) {}), "the meeting is not known"},
		{&calendarOf{me: rita, object: event(t, "DTSTART:20260828T100000Z", "SUMMARY:private")}, forged("REQUEST", func(*Component) {}), "what is stored is no meeting"},
	} {
		if out := tt.to.get(t, tt.m, clock.now()); out.What != Ignored || out.Changed || out.Reason != tt.reason {
			t.Errorf("%s: %+v, want %s", tt.m.Object.Method(), out, tt.reason)
		}
	}
	out := (&calendarOf{me: rita}).get(t, forged("ADD", func(*Component) {}), clock.now())
	if out.What != Ignored || len(out.Send) != 1 || out.Send[0].Method != "REFRESH" {
		t.Errorf("ADD to what is not known: %+v", out)
	}
	hijacked := r.object.Clone()
	hijacked.Master().SetOrganizer(Participant{Attendee: Attendee{Address: "rita@example.test"}})
	if _, send := Announce(r.object, hijacked, rita, clock.now()); len(send) > 0 {
		t.Errorf("an attendee who makes himself the organizer sends %s", describe(send))
	}
	if _, _, err := Reply(o.object, otto, Answer{Status: "ACCEPTED"}, clock.now()); err == nil {
		t.Error("the organizer answers himself")
	}
}

func TestAdd(t *testing.T) {
	var clock clockOfTests
	r := &calendarOf{me: rita}
	_, send := Announce(nil, meeting(t, "RRULE:FREQ=WEEKLY;COUNT=2"), otto, clock.now())
	r.get(t, send[0], clock.now())
	add := outgoing(send[0].Object, "ADD", nil, clock.now())
	c := add.first()
	c.Remove("RRULE")
	c.SetSequence(1)
	c.SetSummary("once more")
	c.SetTimes(c.Start().Add(100*time.Hour), c.End().Add(100*time.Hour))
	if out := r.get(t, Message{Object: add}, clock.now()); out.What != Updated || len(starts(t, r.object, "2026-01-01", "2027-01-01", 9)) != 3 {
		t.Errorf("added: %+v\n%s", out, r.object.Bytes())
	}
	if out := r.get(t, Message{Object: add}, clock.now()); out.What != Ignored {
		t.Errorf("added again: %+v", out)
	}
}

// TestReceiveCorpus gives every message of the corpus to somebody who knows nothing, and again to whoever knows it.
func TestReceiveCorpus(t *testing.T) {
	now := time.Date(2026, 8, 1, 8, 0, 0, 0, time.UTC)
	what := map[string]int{}
	eachCorpus(t, func(path string, raw []byte) {
		f, err := Decode(strings.NewReader(string(raw)), Limits{})
		if err != nil {
			return
		}
		for _, o := range f.Objects() {
			if o.Method() == "" {
				continue
			}
			out, err := Receive(nil, o, rita, now)
			what[fmt.Sprint(o.Method(), " ", out.What, " ", err != nil)]++
			if err != nil || out.Object == nil {
				continue
			}
			again, err := Receive(out.Object, o, rita, now)
			if err != nil || again.Changed && o.Master() != nil && o.Kind() != VFreeBusy {
				t.Errorf("%s: again %+v, %v", path, again, err)
			}
		}
	})
	t.Log(what)
}

func FuzzReceive(f *testing.F) {
	one := string(meeting(&testing.T{}, "RRULE:FREQ=WEEKLY;COUNT=10").Bytes())
	f.Add(one, one)
	f.Add(one, strings.NewReplacer("METHOD:REQUEST", "METHOD:CANCEL", "SUMMARY:", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260904T080000Z\r\nSEQUENCE:3\r\nX:").Replace(one))
	f.Add(one, strings.NewReplacer("METHOD:REQUEST", "METHOD:REPLY", "SUMMARY:", "RECURRENCE-ID:20260904T080000Z\r\nX:").Replace(one))
	f.Fuzz(func(t *testing.T, stored, message string) {
		now := time.Date(2026, 8, 1, 8, 0, 0, 0, time.UTC)
		a, _, err := ReadObject(stored)
		if err != nil {
			return
		}
		b, _, err := ReadObject(message)
		if err != nil {
			return
		}
		before := string(a.Bytes())
		for _, me := range []Identity{otto, rita} {
			out, err := Receive(a, b, me, now)
			if string(a.Bytes()) != before {
				t.Fatal("what is stored was changed")
			}
			if err == nil && out.Changed && out.Object.UID() != a.UID() {
				t.Errorf("another UID: %q", out.Object.UID())
			}
			Announce(a, b, me, now)
		}
	})
}
