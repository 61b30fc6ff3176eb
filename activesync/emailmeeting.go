package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
)

// classMeeting begins the class of every message about a meeting.
const classMeeting = "IPM.Schedule.Meeting."

// ordinaryMessage makes a message about a meeting an ordinary one.
func ordinaryMessage(m *wire.Email) {
	m.MessageClass, m.ContentClass = "IPM.Note", "urn:content-classes:message"
}

// meeting fills in what a message says of a meeting. A message of which that cannot be told for sure, and the organizer's own
// copy, is an ordinary message: clients break on a class without its MeetingRequest, or offer to accept one's own
// invitation. MS-ASEMAIL, MeetingRequest.
func (b *bodySource) meeting(m *rendered, mine *ownAddresses) error {
	if !strings.HasPrefix(m.MessageClass, classMeeting) {
		return nil
	}
	part := b.summary.MeetingPart()
	if part == nil || b.own {
		ordinaryMessage(&m.Email)
		return nil
	}
	blob, err := b.open()
	if err != nil {
		return err
	}
	in, err := readMeeting(b.summary, blob, part)
	if err == nil {
		m.Meeting, err = meetingRequest(b.ctx, in, mine)
	}
	if errors.Is(err, calendar.ErrUnclear) {
		b.handler.Log.LogAttrs(b.ctx, slog.LevelDebug, "invitation is shown as a message",
			slog.Int64("item", int64(b.record.Item.ID)), slog.Any("reason", err))
		ordinaryMessage(&m.Email)
		return nil
	}
	if err == nil {
		m.Attachments = withoutCalendars(m.Attachments, b.summary)
	}
	return err
}

// readMeeting reads the calendar part of a message.
func readMeeting(s *mail.Summary, ra io.ReaderAt, part *mail.Part) (*calendar.Invitation, error) {
	content := s.OpenPart(ra, part)
	if part.Type == "text" {
		content = s.TextReader(ra, part)
	}
	return calendar.ReadInvitation(content, part.Method)
}

// withoutCalendars leaves out the files that say again what MeetingRequest says. list is that of the message.
func withoutCalendars(list []wire.Attachment, s *mail.Summary) []wire.Attachment {
	calendars := s.CalendarParts()
	var kept []wire.Attachment
	for i, p := range s.Attachments() {
		if !slices.Contains(calendars, p) {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// Kinds of a message about a meeting. MS-ASEMAIL, MeetingMessageType.
const (
	meetingSilent = 0
	meetingFirst  = 1
	meetingUpdate = 2
)

// Types of what it is about. MS-ASEMAIL, InstanceType. An instance that is all that the user was invited to, 4, is
// told by who knows the calendar.
const (
	instanceSingle    = 0
	instanceSeries    = 1
	instanceException = 3
)

// maxLocation bounds Location. MS-ASEMAIL, Location.
const maxLocation = 32 << 10

// meetingRequest says in ActiveSync's words what an invitation says.
func meetingRequest(ctx context.Context, in *calendar.Invitation, mine *ownAddresses) (*wire.MeetingRequest, error) {
	zone := in.Zone.Block(in.WallStart.Year())
	m := &wire.MeetingRequest{
		AllDay: in.AllDay, Start: in.Start, End: in.End, Stamp: in.Stamp,
		Location: firstBytes(in.Location, maxLocation), Organizer: organizerText(in.Organizer),
		RecurrenceID: in.Occurrence, Sensitivity: int(in.Sensitivity), BusyStatus: int(in.Busy), TimeZone: zone[:],
		GlobalObjID: calendar.GlobalID(in.UID, in.OccurrenceDay), UID: in.UID, DisallowProposal: in.DisallowCounter,
	}
	if in.HasReminder {
		m.Reminder = &in.Reminder
	}
	switch {
	case !in.Occurrence.IsZero():
		m.Instance = instanceException
	case in.Rule != nil:
		m.Instance = instanceSeries
		recurrence, err := recurrenceOf(in.Rule, in.WallStart)
		if err != nil {
			return nil, err
		}
		m.Recurrence = recurrence
	}
	switch in.Method {
	case "REQUEST":
		m.Message = meetingUpdate
		if in.Sequence == 0 {
			m.Message = meetingFirst
		}
		var err error
		if m.ResponseRequested, err = answerWanted(ctx, in, mine); err != nil {
			return nil, fmt.Errorf("own addresses: %w", err)
		}
	case "COUNTER":
		m.ProposedStart, m.ProposedEnd = in.Start, in.End
	}
	return m, nil
}

// answerWanted reports whether the organizer wants an answer: of the user, or of anybody if the user was invited
// by a list or by another name.
func answerWanted(ctx context.Context, in *calendar.Invitation, mine *ownAddresses) (bool, error) {
	anybody := false
	for _, a := range in.Attendees {
		anybody = anybody || a.RSVP
		local, domain, _ := strings.Cut(a.Address, "@")
		found, err := mine.has(ctx, mail.Address{Local: local, Domain: domain})
		if found || err != nil {
			return a.RSVP, err
		}
	}
	return anybody, nil
}

// organizerText is the organizer as in a header.
func organizerText(a calendar.Attendee) string {
	local, domain, ok := strings.Cut(a.Address, "@")
	if !ok {
		return firstBytes(a.Name, 1024)
	}
	return firstBytes(mail.Address{Name: a.Name, Local: local, Domain: domain}.Display(), 2048)
}

// firstBytes cuts s at a character's border.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
