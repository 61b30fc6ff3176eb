package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// eventLine tells of an event: title, start, MeetingStatus and BusyStatus, place, who has answered what and proposes what
// time, and which occurrences differ or do not take place.
func eventLine(item *asclient.Item) string {
	words := []string{
		item.Value(wbxml.CalendarSubject), item.Value(wbxml.CalendarStartTime),
		"status=" + item.Value(wbxml.CalendarMeetingStatus), "busy=" + item.Value(wbxml.CalendarBusyStatus),
	}
	if place := placeOf(item.Data); place != "" {
		words = append(words, "at="+place)
	}
	words = append(words, answersOf(item.Data)...)
	for _, x := range item.Data.Find(wbxml.CalendarExceptions).All(wbxml.CalendarException) {
		id := x.Value(wbxml.CalendarExceptionStartTime) + x.Value(wbxml.AirSyncBaseInstanceId)
		if x.Value(wbxml.CalendarDeleted) == "1" {
			words = append(words, "-"+id)
			continue
		}
		differs := []string{x.Value(wbxml.CalendarStartTime)}
		if differs[0] == "" {
			differs[0] = id
		}
		if s := x.Value(wbxml.CalendarMeetingStatus); s != "" && s != item.Value(wbxml.CalendarMeetingStatus) {
			differs = append(differs, "status="+s)
		}
		if place := placeOf(x); place != "" {
			differs = append(differs, "at="+place)
		}
		if x.Find(wbxml.CalendarAttendees) != nil {
			differs = append(differs, answersOf(x)...)
		}
		words = append(words, id+"("+strings.Join(differs, " ")+")")
	}
	return strings.Join(words, " ")
}

func placeOf(n *asclient.Node) string {
	return n.Value(wbxml.CalendarLocation) + n.Value(wbxml.AirSyncBaseLocation, wbxml.AirSyncBaseDisplayName)
}

func answersOf(n *asclient.Node) (words []string) {
	for _, who := range n.Find(wbxml.CalendarAttendees).All(wbxml.CalendarAttendee) {
		name, _, _ := strings.Cut(who.Value(wbxml.CalendarEmail), "@")
		if who.Value(wbxml.CalendarAttendeeType) == "3" {
			name += "(room)"
		}
		word := name + "=" + who.Value(wbxml.CalendarAttendeeStatus)
		if at := who.Value(wbxml.MeetingResponseProposedStartTime); at != "" {
			word += ">" + at
		}
		words = append(words, word)
	}
	return words
}

// edit changes an event, or one occurrence.
func (p *meetingPhone) edit(ctx context.Context, args []string) {
	title, instance, _ := strings.Cut(args[0], "@")
	item := p.event(title)
	people := item.Data.Find(wbxml.CalendarAttendees)
	var said []any
	for _, arg := range args[1:] {
		what, value, _ := strings.Cut(arg, "=")
		switch what {
		case "start":
			said = append(said, asclient.El(wbxml.CalendarStartTime, value))
		case "end":
			said = append(said, asclient.El(wbxml.CalendarEndTime, value))
		case "title":
			said = append(said, asclient.El(wbxml.CalendarSubject, value))
		case "place":
			if p.AtLeast("16.0") {
				said = append(said, asclient.El(wbxml.AirSyncBaseLocation, asclient.El(wbxml.AirSyncBaseDisplayName, value)))
			} else {
				said = append(said, asclient.El(wbxml.CalendarLocation, value))
			}
		case "add", "remove":
			people = withAttendee(people, value, what == "add")
			said = append(said, people)
		default:
			p.ts.Fatalf("meeting edit: what is %q?", arg)
		}
	}
	switch {
	case instance == "":
		p.change(ctx, item, said...)
	case p.AtLeast("16.0"):
		p.command(ctx, asclient.El(wbxml.AirSyncChange, asclient.El(wbxml.AirSyncServerId, item.ID), asclient.El(wbxml.AirSyncBaseInstanceId, instance),
			asclient.El(wbxml.AirSyncApplicationData, said...)))
	default:
		said = append([]any{asclient.El(wbxml.CalendarExceptionStartTime, instance)}, said...)
		p.change(ctx, item, p.wholeWith(item, asclient.El(wbxml.CalendarException, said...))...)
	}
}

// wholeWith is all that a phone up to 14.1 says of a series, with one more exception.
func (p *meetingPhone) wholeWith(item *asclient.Item, exception *asclient.Node) (said []any) {
	exceptions := asclient.El(wbxml.CalendarExceptions)
	for _, n := range item.Data.Children {
		switch n.Tag {
		case wbxml.CalendarExceptions:
			exceptions.Children = slices.Clone(n.Children)
		case wbxml.CalendarResponseType, wbxml.CalendarAppointmentReplyTime, wbxml.CalendarDisallowNewTimeProposal, wbxml.AirSyncBaseNativeBodyType:
		default:
			said = append(said, n)
		}
	}
	exceptions.Children = append(exceptions.Children, exception)
	return append(said, exceptions)
}

// withAttendee is a list of people with somebody, or without.
func withAttendee(people *asclient.Node, addr string, with bool) *asclient.Node {
	list := asclient.El(wbxml.CalendarAttendees)
	for _, who := range people.All(wbxml.CalendarAttendee) {
		if with || who.Value(wbxml.CalendarEmail) != addr {
			list.Children = append(list.Children, who)
		}
	}
	if with {
		list.Children = append(list.Children, asclient.El(wbxml.CalendarAttendee,
			asclient.El(wbxml.CalendarEmail, addr), asclient.El(wbxml.CalendarName, addr), asclient.El(wbxml.CalendarAttendeeType, 1)))
	}
	return list
}

// drop takes one occurrence away.
func (p *meetingPhone) drop(ctx context.Context, what string) {
	title, instance, _ := strings.Cut(what, "@")
	item := p.event(title)
	if p.AtLeast("16.0") {
		p.command(ctx, asclient.El(wbxml.AirSyncDelete, asclient.El(wbxml.AirSyncServerId, item.ID), asclient.El(wbxml.AirSyncBaseInstanceId, instance)))
		return
	}
	gone := asclient.El(wbxml.CalendarException, asclient.El(wbxml.CalendarDeleted, 1), asclient.El(wbxml.CalendarExceptionStartTime, instance))
	p.change(ctx, item, p.wholeWith(item, gone)...)
}

// stance answers an event in the calendar.
func (p *meetingPhone) stance(ctx context.Context, args []string) {
	title, instance, _ := strings.Cut(args[1], "@")
	if instance != "" {
		at, err := time.Parse("20060102T150405Z", instance)
		p.ts.Check(err)
		instance = at.Format("2006-01-02T15:04:05.000Z")
	}
	a := asclient.MeetingAnswer{ID: p.event(title).ID, Folder: p.calendar.ID, Instance: instance, Send: p.AtLeast("16.0")}
	_, err := fmt.Sscan(args[0], &a.Response)
	p.ts.Check(err)
	if len(args) > 2 {
		a.Comment = args[2]
	}
	_, err = p.AnswerMeeting(ctx, a)
	p.ts.Check(err)
}

// letter prints a message of the Inbox as it arrived.
func (p *meetingPhone) letter(ctx context.Context, subject string) {
	item, err := p.FetchItem(ctx, p.inbox, p.message(ctx, subject).ID, asclient.BodyPreference{Type: 4})
	p.ts.Check(err)
	tellLetter(p.ts, item.Value(wbxml.AirSyncBaseBody, wbxml.AirSyncBaseData))
}

// write writes a message about an event and sends it as mail, as phones do up to 14.1. They know neither the SEQUENCE nor
// who answered before: what they count is their own invitations.
func (p *meetingPhone) write(ctx context.Context, args []string) {
	method, status, _ := strings.Cut(args[0], ":")
	title, instance, _ := strings.Cut(args[1], "@")
	item, to := p.event(title), args[2:]
	uid := item.Value(wbxml.CalendarUID)
	if p.written == nil {
		p.written = map[string]int{}
	}
	from, until := item.Value(wbxml.CalendarStartTime), item.Value(wbxml.CalendarEndTime)
	lines := []string{"BEGIN:VCALENDAR", "METHOD:" + method, "PRODID:phone", "VERSION:2.0", "BEGIN:VEVENT", "UID:" + uid, "SUMMARY:" + title,
		"DTSTAMP:" + time.Now().UTC().Format("20060102T150405Z"), fmt.Sprint("SEQUENCE:", p.written[uid])}
	switch {
	case instance != "":
		lines = append(lines, "RECURRENCE-ID:"+instance)
		from, until = instance, instance
	case item.Data.Find(wbxml.CalendarRecurrence) != nil:
		lines = append(lines, "RRULE:FREQ=DAILY;COUNT="+item.Value(wbxml.CalendarRecurrence, wbxml.CalendarOccurrences))
	}
	lines = append(lines, "DTSTART:"+from, "DTEND:"+until)
	if method == "REPLY" {
		lines = append(lines, "ORGANIZER:mailto:"+item.Value(wbxml.CalendarOrganizerEmail), "ATTENDEE;PARTSTAT="+status+":mailto:"+p.user)
	} else {
		p.written[uid]++
		lines = append(lines, "ORGANIZER:mailto:"+p.user)
		for _, who := range to {
			lines = append(lines, "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"+who)
		}
	}
	lines = append(lines, "END:VEVENT", "END:VCALENDAR", "")
	head := []string{"From: <" + p.user + ">", "To: <" + strings.Join(to, ">, <") + ">", "Subject: " + strings.ToLower(method) + ": " + title, "MIME-Version: 1.0",
		"Content-Type: multipart/alternative; boundary=b", "", "--b", "Content-Type: text/plain; charset=utf-8", "", "About " + title, "--b",
		"Content-Type: text/calendar; charset=utf-8; method=" + method, ""}
	text := strings.Join(append(head, lines...), "\r\n") + "--b--\r\n"
	p.sent++
	p.ts.Check(p.SendMail(ctx, asclient.Outgoing{MIME: []byte(text), ClientID: fmt.Sprint(p.DeviceID, p.sent), Save: true}))
}
