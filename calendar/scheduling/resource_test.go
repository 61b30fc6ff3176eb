package scheduling

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const pier = "pier@example.test"

// A hall is a rig with a room.
type hall struct {
	*rig
	pier store.Account
}

func newHall(t *testing.T, change func(*calendar.Resource)) *hall {
	t.Helper()
	h := &hall{rig: newRig(t)}
	h.pier = storetest.Account(t, h.st, pier)
	res := calendar.NewResource(calendar.Room)
	if change != nil {
		change(&res)
	}
	err := h.st.Update(t.Context(), 0, func(tx store.Tx) error { return calendar.WriteResource(tx, h.pier.ID, res) })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A want is a message to the room; zero fields have working defaults.
type want struct {
	message
	uid     string // meeting-1@outside.test
	outside bool   // it comes from elsewhere
}

// text writes the message.
func (w want) text() string {
	if w.organizer == "" {
		w.organizer = rita
	}
	if w.from == "" {
		w.from = w.organizer
	}
	if w.attendees == nil {
		w.attendees = []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + pier}
	}
	text := w.message.text()
	if w.uid != "" {
		text = strings.ReplaceAll(text, "UID:"+uid, "UID:"+w.uid)
	}
	return text
}

// ask delivers to the room.
func (h *hall) ask(w want) error {
	h.t.Helper()
	author := h.rita.ID
	if w.outside {
		author = 0
	}
	in, err := mail.Ingest(h.t.Context(), h.st, strings.NewReader(w.text()), 64<<20)
	if err != nil {
		return err
	}
	defer in.Blob.Release()
	m := mail.Incoming{Ingested: in, Author: author, Sender: w.from}
	return h.mail.Deliver(h.t.Context(), m, []mail.Recipient{{Address: pier, Account: h.pier.ID}})[0]
}

// bookings lists what is in the room's calendar.
func (h *hall) bookings() []string {
	h.t.Helper()
	var list []string
	c := storetest.Role(h.t, h.st, h.pier.ID, store.MainCal)
	var places []*Place
	err := h.st.View(h.t.Context(), h.pier.ID, func(r store.Reader) error {
		for rec, err := range r.ByUID(c.ID, 1, 1<<32-1, store.WantItem) {
			if err != nil {
				return err
			}
			places = append(places, &Place{c.ID, rec.UID, rec.Item.Blob})
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range places {
		o, err := p.Read(h.t.Context(), h.st)
		if err != nil {
			h.t.Fatal(err)
		}
		list = append(list, says(o))
	}
	return list
}

// answers lists what the room has said: to whom, subject, and for an occurrence which.
func (h *hall) answers() []string {
	h.t.Helper()
	var list []string
	to, texts := h.queue()
	for i, text := range texts {
		sum, err := mail.Parse(strings.NewReader(text))
		if err != nil {
			h.t.Fatal(err)
		}
		o, err := ReadPart(sum, strings.NewReader(text), sum.SchedulingPart())
		if err != nil {
			h.t.Fatal(err)
		}
		words := []string{strings.Split(to[i], "@")[0], o.Method()}
		for c := range o.Components() {
			for _, who := range c.Attendees() {
				words = append(words, who.Status)
			}
			if id := c.RecurrenceID(); !id.IsZero() {
				words = append(words, id.String())
			}
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

// TestResource lists what is asked of a room, what it answers and what is in its calendar then. Now is 2026-08-20.
func TestResource(t *testing.T) {
	const (
		yes, no = "rita REPLY ACCEPTED", "rita REPLY DECLINED"
		first   = "0 20260828T100000Z pier=ACCEPTED"
	)
	other := want{uid: "m2", message: message{organizer: otto, author: 1}}
	at := func(w want, start string) want { w.start = start; return w }
	later := func(w want, seq, day int) want {
		w.seq, w.stamp = seq, fmt.Sprintf("202608%02dT080000Z", day)
		return w
	}
	with := func(w want, lines ...string) want { w.lines = append(w.lines, lines...); return w }
	cancel := func(w want) want { w.method = "CANCEL"; return later(w, w.seq+1, 5) }
	daily := func(w want, n int) want { return with(w, fmt.Sprint("RRULE:FREQ=DAILY;COUNT=", n)) }
	tests := map[string]struct {
		change  func(*calendar.Resource)
		asked   []want
		answers []string
		has     []string
		inbox   int64
	}{
		"free":                   {nil, []want{{}}, []string{yes}, []string{first}, 0},
		"twice delivered":        {nil, []want{{}, {}}, []string{yes}, []string{first}, 0},
		"taken":                  {nil, []want{{}, other}, []string{yes, "otto REPLY DECLINED"}, []string{first}, 0},
		"taken, twice delivered": {nil, []want{{}, other, other}, []string{yes, "otto REPLY DECLINED"}, []string{first}, 0},
		"taken, asked again when it is free": {nil, []want{{}, other, cancel(want{}), later(other, 0, 6)},
			[]string{yes, "otto REPLY DECLINED", "otto REPLY ACCEPTED"}, []string{first}, 0},
		"next to each other": {nil, []want{{}, at(other, "20260828T110000Z")}, []string{yes, "otto REPLY ACCEPTED"},
			[]string{first, "0 20260828T110000Z pier=ACCEPTED"}, 0},
		"partly taken":                 {nil, []want{{}, at(other, "20260828T103000Z")}, []string{yes, "otto REPLY DECLINED"}, []string{first}, 0},
		"free time of others is taken": {nil, []want{with(want{}, "TRANSP:TRANSPARENT"), other}, []string{yes, "otto REPLY DECLINED"}, []string{first}, 0},
		"moved within its own time": {nil, []want{{}, at(later(want{}, 1, 3), "20260828T103000Z")}, []string{yes, yes},
			[]string{"1 20260828T103000Z pier=ACCEPTED"}, 0},
		"moved to where it is taken": {nil, []want{{}, at(other, "20260829T100000Z"), at(later(want{}, 1, 3), "20260829T100000Z")},
			[]string{yes, "otto REPLY ACCEPTED", no}, []string{"0 20260829T100000Z pier=ACCEPTED"}, 0},
		"an old version after the refusal": {nil, []want{at(other, "20260829T100000Z"), at(later(want{}, 1, 3), "20260829T100000Z"), {}},
			[]string{"otto REPLY ACCEPTED", no}, []string{"0 20260829T100000Z pier=ACCEPTED"}, 0},
		"an old version after a new one": {nil, []want{at(later(want{}, 1, 3), "20260829T100000Z"), {}}, []string{yes}, []string{"1 20260829T100000Z pier=ACCEPTED"}, 0},
		"another text": {nil, []want{{}, with(later(want{message: message{attendees: []string{"ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + pier}}}, 0, 3), "LOCATION:x")},
			[]string{yes}, []string{first}, 0},
		"cancelled":                  {nil, []want{{}, cancel(want{}), at(other, "20260828T100000Z")}, []string{yes, "otto REPLY ACCEPTED"}, []string{first}, 0},
		"cancelled before it came":   {nil, []want{cancel(want{}), {}}, nil, nil, 0},
		"cancelled, and called anew": {nil, []want{{}, cancel(want{}), later(want{}, 2, 6)}, []string{yes, yes}, []string{"2 20260828T100000Z pier=ACCEPTED"}, 0},
		"cancelled by somebody else": {nil, []want{{}, cancel(want{message: message{from: otto}})}, []string{yes}, []string{first}, 1},
		"over":                       {nil, []want{at(want{}, "20260810T100000Z")}, []string{no}, nil, 0},
		"behind the horizon":         {nil, []want{at(want{}, "20270901T100000Z")}, []string{no}, nil, 0},
		"too long":                   {func(r *calendar.Resource) { r.Longest = 59 }, []want{{}}, []string{no}, nil, 0},
		"a series":                   {nil, []want{daily(want{}, 3), at(other, "20260830T100000Z")}, []string{yes, "otto REPLY DECLINED"}, []string{first}, 0},
		"a series without end":       {nil, []want{with(want{}, "RRULE:FREQ=DAILY"), at(other, "20270701T100000Z")}, []string{yes, "otto REPLY DECLINED"}, []string{first}, 0},
		"a series of which one is taken": {nil, []want{at(other, "20260830T100000Z"), daily(want{}, 5)},
			[]string{"otto REPLY ACCEPTED", no}, []string{"0 20260830T100000Z pier=ACCEPTED"}, 0},
		"a series of which one may be taken": {func(r *calendar.Resource) { r.Share = 20 }, []want{at(other, "20260830T100000Z"), daily(want{}, 5)},
			[]string{"otto REPLY ACCEPTED", yes, no + " 20260830T100000Z"},
			[]string{"0 20260830T100000Z pier=ACCEPTED", first + "; 0 20260830T100000Z pier=DECLINED"}, 0},
		"a series of which more are taken than may be": {func(r *calendar.Resource) { r.Share = 20 }, []want{at(other, "20260830T100000Z"), daily(want{}, 4)},
			[]string{"otto REPLY ACCEPTED", no}, []string{"0 20260830T100000Z pier=ACCEPTED"}, 0},
		"one of a series moved": {nil, []want{daily(want{}, 3), with(at(later(want{}, 1, 3), "20260829T150000Z"), "RECURRENCE-ID:20260829T100000Z"), at(other, "20260829T100000Z")},
			[]string{yes, yes + " 20260829T100000Z", "otto REPLY ACCEPTED"},
			[]string{first + "; 1 20260829T150000Z pier=ACCEPTED", "0 20260829T100000Z pier=ACCEPTED"}, 0},
		"one of a series moved to where it is taken": {nil, []want{at(other, "20260829T150000Z"), daily(want{}, 3),
			with(at(later(want{}, 1, 3), "20260829T150000Z"), "RECURRENCE-ID:20260829T100000Z"), at(want{uid: "m3"}, "20260829T100000Z")},
			[]string{"otto REPLY ACCEPTED", yes, no + " 20260829T100000Z", yes},
			[]string{"0 20260829T150000Z pier=ACCEPTED", first + "; 1 20260829T150000Z pier=DECLINED", "0 20260829T100000Z pier=ACCEPTED"}, 0},
		"one of a series cancelled": {nil, []want{daily(want{}, 3), with(at(cancel(want{}), "20260829T100000Z"), "RECURRENCE-ID:20260829T100000Z"), at(other, "20260829T100000Z")},
			[]string{yes, "otto REPLY ACCEPTED"}, []string{first, "0 20260829T100000Z pier=ACCEPTED"}, 0},
		"one of a series alone": {nil, []want{with(want{}, "RECURRENCE-ID:20260828T100000Z"), other}, []string{yes + " 20260828T100000Z", "otto REPLY DECLINED"}, []string{first}, 0},
		"a further date": {nil, []want{daily(want{}, 2), with(at(later(want{message: message{method: "ADD"}}, 1, 3), "20260830T100000Z"), "X-A:b"), at(other, "20260830T100000Z")},
			[]string{yes, yes + " 20260830T100000Z", "otto REPLY DECLINED"}, []string{"1 20260828T100000Z pier=ACCEPTED; 1 20260830T100000Z pier=ACCEPTED"}, 0},
		"a further date of what is not known": {nil, []want{{message: message{method: "ADD"}}}, []string{"rita REFRESH "}, nil, 0},
		"invited by nobody":                   {nil, []want{{message: message{attendees: []string{"ATTENDEE:mailto:otto@example.test"}}}}, []string{yes}, []string{"0 20260828T100000Z otto= pier=ACCEPTED"}, 0},
		"from outside":                        {nil, []want{{outside: true, message: message{organizer: carol}}}, nil, nil, 1},
		"from outside, allowed": {func(r *calendar.Resource) { r.Outside = true }, []want{{outside: true, message: message{organizer: carol}}},
			[]string{"carol REPLY ACCEPTED"}, []string{first}, 0},
		"in another's name":               {func(r *calendar.Resource) { r.Outside = true }, []want{{outside: true, message: message{organizer: ulf, from: carol}}}, nil, nil, 1},
		"in the name of somebody here":    {func(r *calendar.Resource) { r.Outside = true }, []want{{outside: true}}, nil, nil, 1},
		"an answer":                       {nil, []want{{message: message{method: "REPLY", organizer: pier, from: rita, attendees: []string{"ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + rita}}}}, nil, nil, 1},
		"its own":                         {nil, []want{{message: message{organizer: pier, from: rita}}}, nil, nil, 1},
		"published":                       {nil, []want{{message: message{method: "PUBLISH"}}}, nil, nil, 1},
		"every second":                    {nil, []want{with(want{}, "RRULE:FREQ=SECONDLY")}, []string{no}, nil, 0},
		"every hour":                      {nil, []want{with(want{}, "RRULE:FREQ=HOURLY")}, []string{no}, nil, 0},
		"what cannot be understood":       {nil, []want{{message: message{start: "yesterday"}}}, nil, nil, 1},
		"not in the calendar of a person": {func(r *calendar.Resource) { *r = calendar.Resource{} }, []want{{}}, nil, []string{"0 20260828T100000Z tentative pier=NEEDS-ACTION"}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, tt.change)
			for _, w := range tt.asked {
				if err := h.ask(w); err != nil {
					t.Fatal(err)
				}
			}
			if got := h.answers(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.answers) {
				t.Errorf("answers %q\nwant %q", got, tt.answers)
			}
			if got := h.bookings(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.has) {
				t.Errorf("calendar %q\nwant %q", got, tt.has)
			}
			inbox, trash := storetest.Role(t, h.st, h.pier.ID, store.Inbox), storetest.Role(t, h.st, h.pier.ID, store.Trash)
			if inbox.Total != tt.inbox || trash.Total != int64(len(tt.asked))-tt.inbox || trash.Unread != 0 {
				t.Errorf("%d in the Inbox, %d in Trash, %d of these unread", inbox.Total, trash.Total, trash.Unread)
			}
		})
	}
}

// TestResourceText: a refusal tells when, and nothing of whose or what.
func TestResourceText(t *testing.T) {
	h := newHall(t, nil)
	for _, w := range []want{
		{message: message{lines: []string{"CLASS:PRIVATE", "DESCRIPTION:About wages", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM"}}},
		{uid: "m2", message: message{organizer: otto, lines: []string{"LOCATION:x"}}},
	} {
		if err := h.ask(w); err != nil {
			t.Fatal(err)
		}
	}
	_, texts := h.queue()
	for _, line := range []string{"has declined:", "It is taken already:", "Friday, 28 August 2026, 10:00 to 11:00 (UTC)", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(texts[1], line) {
			t.Errorf("the text does not say %q:\n%s", line, texts[1])
		}
	}
	if strings.Contains(texts[1], "rita") || strings.Contains(texts[1], "wages") {
		t.Errorf("the text says too much:\n%s", texts[1])
	}
	o := h.event(h.pier)
	if m := o.Master(); m.Summary() != rita || m.Get("DESCRIPTION") != nil || len(m.Alarms()) > 0 {
		t.Errorf("in the calendar:\n%s", o.Bytes())
	}
}

// TestResourceAtOnce asks for the same hour many times at once: one gets it, and everybody is answered.
func TestResourceAtOnce(t *testing.T) {
	const n = 12
	h := newHall(t, nil)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = h.ask(want{uid: fmt.Sprint("m", i)}) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	yes, no := 0, 0
	for _, a := range h.answers() {
		switch a {
		case "rita REPLY ACCEPTED":
			yes++
		case "rita REPLY DECLINED":
			no++
		}
	}
	if got := h.bookings(); yes != 1 || no != n-1 || len(got) != 1 {
		t.Errorf("%d accepted, %d declined, in the calendar %q", yes, no, got)
	}
}

// TestResourceMeanwhile changes the calendar while a message is looked at: it is not decided about another calendar.
func TestResourceMeanwhile(t *testing.T) {
	h := newHall(t, nil)
	h.change = func(mail.Incoming) {
		h.change = nil
		if err := h.ask(want{uid: "m2"}); err != nil {
			t.Error(err)
		}
	}
	if err := h.ask(want{message: message{start: "20260828T103000Z"}}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q", h.answers()); got != `["rita REPLY ACCEPTED" "rita REPLY DECLINED"]` {
		t.Error(got)
	}
	h.change = func(mail.Incoming) { // the same once more
		h.change = nil
		if err := h.ask(want{uid: "m3"}); err != nil {
			t.Error(err)
		}
	}
	if err := h.ask(want{uid: "m3"}); err != nil {
		t.Fatal(err)
	}
	if n := len(h.answers()); n != 3 {
		t.Errorf("%d answers to three meetings", n)
	}
	n := 0
	h.change = func(mail.Incoming) { // for ever
		n++
		f := h.change
		h.change = nil
		defer func() { h.change = f }()
		if err := h.ask(want{uid: fmt.Sprint("again", n), message: message{start: time.Date(2026, 9, 1, n, 0, 0, 0, time.UTC).Format("20060102T150405Z")}}); err != nil {
			t.Error(err)
		}
	}
	if err := h.ask(want{uid: "m9"}); err == nil {
		t.Error("delivered without a decision")
	}
}
