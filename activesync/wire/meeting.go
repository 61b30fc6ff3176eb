package wire

import (
	"io"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxAnswers is how many meetings one MeetingResponse may answer. MS-ASCMD, Request (MeetingResponse).
const MaxAnswers = 100

// MaxComment is how much of a comment is read, in bytes.
const MaxComment = 64 << 10

// What a MeetingAnswer says. MS-ASCMD, UserResponse.
const (
	MeetingAccept    = 1
	MeetingTentative = 2
	MeetingDecline   = 3
)

// A MeetingAnswer is the answer to one meeting. MS-ASCMD, Request (MeetingResponse). Times are as sent.
type MeetingAnswer struct {
	Response     int // MeetingAccept and so on; 0: none that is a number was given
	CollectionID string
	RequestID    string // of an invitation or of an event
	LongID       string // instead of both
	Instance     string // original start of the occurrence that is meant; empty: the whole

	Send                       bool // the organizer is to be told; from 16.0 on
	Comment                    string
	CommentHTML                bool
	ProposedStart, ProposedEnd string // from 16.1 on; empty: absent
}

// ReadMeetingResponse reads a request.
func ReadMeetingResponse(body io.Reader) ([]MeetingAnswer, error) {
	r, _, err := newReader(body, wbxml.MeetingResponseMeetingResponse)
	if err != nil {
		return nil, err
	}
	var list []MeetingAnswer
	err = r.each(func(tag wbxml.Tag) error {
		if tag != wbxml.MeetingResponseRequest {
			return nil
		}
		if len(list) == MaxAnswers {
			return r.fail("too many answers")
		}
		var a MeetingAnswer
		err := r.meetingAnswer(&a)
		list = append(list, a)
		return err
	})
	if err == nil && len(list) == 0 {
		err = r.fail("nothing is answered")
	}
	return list, err
}

func (r *reader) meetingAnswer(a *MeetingAnswer) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.MeetingResponseUserResponse:
			var s string
			err := r.short(&s, maxID)
			a.Response, _ = strconv.Atoi(strings.TrimSpace(s))
			return err
		case wbxml.MeetingResponseCollectionId:
			return r.short(&a.CollectionID, maxID)
		case wbxml.MeetingResponseRequestId:
			return r.short(&a.RequestID, maxID)
		case wbxml.SearchLongId:
			return r.short(&a.LongID, maxID)
		case wbxml.MeetingResponseInstanceId:
			return r.short(&a.Instance, maxID)
		case wbxml.MeetingResponseSendResponse:
			a.Send = true
			return r.sendResponse(a)
		}
		return nil
	})
}

func (r *reader) sendResponse(a *MeetingAnswer) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncBaseBody:
			return r.comment(a)
		case wbxml.MeetingResponseProposedStartTime:
			return r.short(&a.ProposedStart, maxID)
		case wbxml.MeetingResponseProposedEndTime:
			return r.short(&a.ProposedEnd, maxID)
		}
		return nil
	})
}

// comment reads what is said to the organizer; what is beyond MaxComment is left out.
func (r *reader) comment(a *MeetingAnswer) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncBaseType:
			var kind int
			err := r.number(&kind)
			a.CommentHTML = kind == BodyHTML
			return err
		case wbxml.AirSyncBaseData:
			content := r.d.Content()
			text, err := io.ReadAll(io.LimitReader(content, MaxComment))
			if err != nil {
				return err
			}
			a.Comment = strings.ToValidUTF8(string(text), "")
			if _, err = io.Copy(io.Discard, content); err == nil {
				r.depth--
			}
			return err
		}
		return nil
	})
}

// A MeetingResult tells what became of a MeetingAnswer.
type MeetingResult struct {
	RequestID  string // empty: absent
	Status     int
	CalendarID string // of the event; empty: absent
	Instance   string // empty: absent
}

// WriteMeetingResponse writes an answer.
func WriteMeetingResponse(e *wbxml.Encoder, list []MeetingResult) {
	e.Start(wbxml.MeetingResponseMeetingResponse)
	for _, m := range list {
		e.Start(wbxml.MeetingResponseResult)
		if m.RequestID != "" {
			e.Elem(wbxml.MeetingResponseRequestId, m.RequestID)
		}
		e.Elem(wbxml.MeetingResponseStatus, strconv.Itoa(m.Status))
		if m.CalendarID != "" {
			e.Elem(wbxml.MeetingResponseCalendarId, m.CalendarID)
		}
		if m.Instance != "" {
			e.Elem(wbxml.MeetingResponseInstanceId, m.Instance)
		}
		e.End()
	}
	e.End()
}
