package main

import (
	"context"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/wbxml"
)

// A sink is another mail server: what it is given it keeps.
type sink struct {
	mu    sync.Mutex
	taken []sunkMail
}

// sunkMail is a message and to whom it was addressed, as the envelope says.
type sunkMail struct {
	to  []string
	raw string
}

// NewSession implements smtp.Backend.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }

type sinkSession struct {
	*sink
	to []string
}

func (s *sinkSession) Reset()                             { s.to = nil }
func (*sinkSession) Logout() error                        { return nil }
func (*sinkSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt implements smtp.Session.
func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *sinkSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, sunkMail{slices.Sorted(slices.Values(s.to)), string(raw)})
	return err
}

// sinkCommand is `sink`: it starts another mail server and sets $SINK to its address.
func sinkCommand(ts *testscript.TestScript, _ bool, _ []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	s := &sink{}
	serverOf(ts).sink = s
	server := smtp.NewServer(s)
	server.Domain = "outside.test"
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(ln) }) // ends with Close
	ts.Defer(func() { server.Close(); serving.Wait() })
	ts.Setenv("SINK", ln.Addr().String())
}

// sunkMessage waits for the N-th message that the other server is given.
func sunkMessage(ts *testscript.TestScript, number string) (message sunkMail) {
	n, err := strconv.Atoi(number)
	ts.Check(err)
	s := serverOf(ts).sink
	until(ts, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.taken) >= n {
			message = s.taken[n-1]
		}
		return len(s.taken) >= n
	}, number+" messages outside")
	return message
}

// rsvpCommand is `rsvp N FROM ATTENDEE STATUS`: FROM, who is outside, answers the N-th message that the other server was
// given in the name of ATTENDEE. It sets the time of the answer to now.
func rsvpCommand(ts *testscript.TestScript, _ bool, args []string) {
	raw := sunkMessage(ts, args[0]).raw
	sum, err := mail.Parse(strings.NewReader(raw))
	ts.Check(err)
	invitation, err := scheduling.ReadPart(sum, strings.NewReader(raw), sum.SchedulingPart())
	ts.Check(err)
	invitation.SetMethod("")
	_, list, err := calendar.Reply(invitation, calendar.Identity{args[2]}, calendar.Answer{Status: args[3]}, time.Now())
	ts.Check(err)
	local, domain, _ := strings.Cut(args[1], "@")
	var text strings.Builder
	letter := scheduling.Letter{Message: list[0], From: mail.Address{Local: local, Domain: domain}, Hostname: "outside.test", Now: time.Now()}
	ts.Check(letter.Write(&text))
	plain := strings.ReplaceAll(text.String(), "\r\n", "\n")
	ts.Check(deliverOverSMTP(trusting(ts), "", ts.Getenv("SMTP"), args[1], list[0].To, plain))
}

// until waits for what must come.
func until(ts *testscript.TestScript, there func() bool, what string) {
	for deadline := time.Now().Add(patience); !there(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s: did not come; the server's log:\n%s", what, serverOf(ts).out)
		}
	}
}

// meetingCommand is `meeting LOGIN:PASSWORD DEVICE VERSION WHAT…`, what a person does on a phone:
//
//	show WORDS…              waits until the calendar says just these lines: see eventLine
//	inbox SUBJECT            waits until the Inbox has a message with that subject
//	invite UID TITLE START END [daily:TIMES] [room:]ADDRESS…   makes a meeting; up to 14.1 the phone would write the invitations itself
//	move TITLE START END     changes its times
//	delete TITLE             deletes it
//	letter SUBJECT           prints the message, as sunk does
//	edit TITLE[@INSTANCE] WHAT=VALUE…   changes it: start, end, title, place, add, remove
//	drop TITLE@INSTANCE      takes one occurrence out of the series
//	write METHOD TITLE[@INSTANCE] TO…   the phone writes about the event by itself, as they do up to 14.1
//	stance N TITLE[@INSTANCE] [COMMENT]   answers the event in the calendar, or one occurrence of it
//	answer N SUBJECT [COMMENT]   answers the invitation in the Inbox: 1 yes, 2 maybe, 3 no
//	propose SUBJECT START END    answers maybe, and proposes other times
func meetingCommand(ts *testscript.TestScript, _ bool, args []string) {
	onPhone(ts, "meeting", args, (*meetingPhone).playMeeting)
}

func (p *meetingPhone) playMeeting(ctx context.Context, what string, rest []string) {
	ts := p.ts
	p.fetch(ctx)
	switch what {
	case "show":
		p.show(ctx, rest)
	case "inbox":
		p.message(ctx, rest[0])
	case "invite":
		p.invite(ctx, rest)
	case "move":
		p.change(ctx, p.event(rest[0]), asclient.El(wbxml.CalendarStartTime, rest[1]), asclient.El(wbxml.CalendarEndTime, rest[2]))
	case "delete":
		p.command(ctx, asclient.Delete(p.event(rest[0]).ID))
	case "answer":
		p.answer(ctx, rest)
	case "letter":
		p.letter(ctx, rest[0])
	case "edit":
		p.edit(ctx, rest)
	case "drop":
		p.drop(ctx, rest[0])
	case "write":
		p.write(ctx, rest)
	case "stance":
		p.stance(ctx, rest)
	case "propose":
		p.reply(ctx, asclient.MeetingAnswer{Response: asclient.Tentative, ID: p.message(ctx, rest[0]).ID, Send: true, Start: rest[1], End: rest[2]})
	default:
		ts.Fatalf("meeting: what is %q?", what)
	}
}

// onPhone lets a person do something on a phone, as `VERB LOGIN:PASSWORD DEVICE VERSION WHAT…` says, and looks that the phone
// was told nothing that it must not be.
func onPhone(ts *testscript.TestScript, verb string, args []string, play func(*meetingPhone, context.Context, string, []string)) {
	if len(args) < 4 {
		ts.Fatalf("usage: %s LOGIN:PASSWORD DEVICE VERSION WHAT…", verb)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p := meetingPhoneOf(ctx, ts, args)
	play(p, ctx, args[3], args[4:])
	for _, v := range p.Violations {
		ts.Fatalf("%s", v)
	}
}

// A meetingPhone is a phone with a calendar.
type meetingPhone struct {
	*asclient.Client
	ts              *testscript.TestScript
	user            string
	inbox, calendar *asclient.Folder
	written         map[string]int // up to 14.1: how often invitations to an event were written, by UID
	sent            int            // messages that it wrote by itself
}

// meetingPhoneOf returns the phone that meeting is told of. One that was there before goes on where it was.
func meetingPhoneOf(ctx context.Context, ts *testscript.TestScript, args []string) *meetingPhone {
	s := serverOf(ts)
	if p := s.meeting[args[1]]; p != nil {
		return p
	}
	p := &meetingPhone{ts: ts, Client: newPhone(ts, args[0], args[1]), user: strings.Split(args[0], ":")[0]}
	p.Version = args[2]
	ts.Check(p.Setup(ctx))
	p.inbox, p.calendar = p.FolderByType(asclient.TypeInbox), p.FolderByType(asclient.TypeCalendar)
	if p.calendar == nil {
		ts.Fatalf("there is no calendar")
	}
	if s.meeting == nil {
		s.meeting = map[string]*meetingPhone{}
	}
	s.meeting[args[1]] = p
	return p
}

// fetch brings mail and calendar up to date.
func (p *meetingPhone) fetch(ctx context.Context) {
	for _, f := range []*asclient.Folder{p.inbox, p.calendar} {
		_, err := p.SyncFully(ctx, asclient.SyncFolder{Folder: f})
		p.ts.Check(err)
	}
}

func (p *meetingPhone) show(ctx context.Context, want []string) {
	slices.Sort(want)
	var got []string
	deadline := time.Now().Add(patience / 2)
	for {
		got = nil
		for _, item := range p.calendar.Items {
			got = append(got, eventLine(item))
		}
		if slices.Sort(got); slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			p.ts.Fatalf("the calendar says\n%s\nwant\n%s\nthe server's log:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), serverOf(p.ts).out)
		}
		time.Sleep(20 * time.Millisecond)
		p.fetch(ctx)
	}
}

func (p *meetingPhone) message(ctx context.Context, subject string) (found *asclient.Item) {
	until(p.ts, func() bool {
		for _, item := range p.inbox.Items {
			if item.Value(wbxml.EmailSubject) == subject {
				found = item
				return true
			}
		}
		p.fetch(ctx)
		return false
	}, subject)
	return found
}

func (p *meetingPhone) event(title string) *asclient.Item {
	for _, item := range p.calendar.Items {
		if item.Value(wbxml.CalendarSubject) == title {
			return item
		}
	}
	p.ts.Fatalf("no event %q in the calendar", title)
	return nil
}

func (p *meetingPhone) invite(ctx context.Context, args []string) {
	data := asclient.El(wbxml.AirSyncApplicationData,
		asclient.El(wbxml.CalendarStartTime, args[2]), asclient.El(wbxml.CalendarSubject, args[1]), asclient.El(wbxml.CalendarEndTime, args[3]),
		asclient.El(wbxml.CalendarBusyStatus, 2), asclient.El(wbxml.CalendarAllDayEvent, 0), asclient.El(wbxml.CalendarMeetingStatus, 1))
	add := func(n *asclient.Node) { data.Children = append(data.Children, n) }
	if !p.AtLeast("16.0") {
		add(asclient.El(wbxml.CalendarUID, args[0]))
		add(asclient.El(wbxml.CalendarOrganizerEmail, p.user))
	}
	people := asclient.El(wbxml.CalendarAttendees)
	for _, addr := range args[4:] {
		if times, ok := strings.CutPrefix(addr, "daily:"); ok {
			add(asclient.El(wbxml.CalendarRecurrence, asclient.El(wbxml.CalendarType, 0), asclient.El(wbxml.CalendarInterval, 1), asclient.El(wbxml.CalendarOccurrences, times)))
			continue
		}
		addr, isRoom := strings.CutPrefix(addr, "room:")
		people.Children = append(people.Children, asclient.El(wbxml.CalendarAttendee,
			asclient.El(wbxml.CalendarEmail, addr), asclient.El(wbxml.CalendarName, addr), asclient.El(wbxml.CalendarAttendeeType, map[bool]int{true: 3, false: 1}[isRoom])))
	}
	add(people)
	p.command(ctx, asclient.El(wbxml.AirSyncAdd, asclient.El(wbxml.AirSyncClientId, args[0]), data))
}

func (p *meetingPhone) change(ctx context.Context, item *asclient.Item, said ...any) {
	p.command(ctx, asclient.El(wbxml.AirSyncChange, asclient.El(wbxml.AirSyncServerId, item.ID), asclient.El(wbxml.AirSyncApplicationData, said...)))
}

// command sends one command on the calendar.
func (p *meetingPhone) command(ctx context.Context, command *asclient.Node) {
	result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: p.calendar, Commands: []*asclient.Node{command}}}})
	p.ts.Check(err)
	f := result.Folders[p.calendar.ID]
	if f.Status != 1 {
		p.ts.Fatalf("status %d", f.Status)
	}
	for _, r := range f.Responses {
		if s := r.Value(wbxml.AirSyncStatus); s != "1" {
			p.ts.Fatalf("refused: %v", r)
		}
	}
}

func (p *meetingPhone) answer(ctx context.Context, args []string) {
	n, err := strconv.Atoi(args[0])
	p.ts.Check(err)
	a := asclient.MeetingAnswer{Response: n, ID: p.message(ctx, args[1]).ID, Send: p.AtLeast("16.0")}
	if len(args) > 2 {
		a.Comment = args[2]
	}
	p.reply(ctx, a)
}

func (p *meetingPhone) reply(ctx context.Context, a asclient.MeetingAnswer) {
	a.Folder = p.inbox.ID
	_, err := p.AnswerMeeting(ctx, a)
	p.ts.Check(err)
}
