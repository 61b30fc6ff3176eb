package activesync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// Statuses of one answer. MS-ASCMD, Status (MeetingResponse).
const (
	meetingOK      = 1
	meetingInvalid = 2 // no invitation, or one's own; the device does not ask again
	meetingMailbox = 3
	meetingServer  = 4
)

// maxMeetingTries is how often an answer is worked out anew because the calendar was changed meanwhile.
const maxMeetingTries = 3

// meetingResponse answers MeetingResponse. Each answer is a transaction of its own: the event, the invitation that goes to
// Deleted Items, what the organizer is sent, and what is remembered in case the device did not hear the result.
//
// Up to 14.1 the device tells the organizer; from 16.0 on the server does, if it is asked to. MS-ASCMD, SendResponse.
func (h *Handler) meetingResponse(ctx context.Context, q *request, w *answer) error {
	asked, err := wire.ReadMeetingResponse(q.body)
	if err != nil {
		return err
	}
	results := make([]wire.MeetingResult, 0, len(asked))
	for _, a := range asked {
		result, err := h.answerMeeting(ctx, q, a)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	wire.WriteMeetingResponse(w.encoder(), results)
	return nil
}

// answerMeeting carries out one answer. The error is the context's.
func (h *Handler) answerMeeting(ctx context.Context, q *request, a wire.MeetingAnswer) (wire.MeetingResult, error) {
	result := wire.MeetingResult{RequestID: a.RequestID, Instance: a.Instance}
	var err error
	for range maxMeetingTries {
		m := &meetingAnswer{h: h, q: q, asked: a}
		err = m.run(ctx)
		m.release()
		if result.CalendarID = m.calendarID; !errors.Is(err, mail.ErrCalendarChanged) {
			break
		}
	}
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	if result.Status = meetingStatus(err); err != nil {
		q.log.Info("meeting not answered", "request_id", a.RequestID, "long_id", a.LongID, "status", result.Status, "error", err)
	}
	return result, nil
}

// meetingStatus is what the device is told of an error.
func meetingStatus(err error) int {
	var status *statusError
	switch {
	case err == nil:
		return meetingOK
	case errors.As(err, &status):
		return status.status
	case errors.Is(err, store.NotFound), errors.Is(err, calendar.ErrUnclear):
		return meetingInvalid
	case errors.Is(err, store.OverQuota), errors.Is(err, store.Full), errors.Is(err, store.TooLarge):
		return meetingMailbox
	}
	return meetingServer
}

// meetingStats are the answers in iCalendar's words.
var meetingStats = map[int]string{
	wire.MeetingAccept: "ACCEPTED", wire.MeetingTentative: "TENTATIVE", wire.MeetingDecline: "DECLINED",
}

// check reads what the answer says, but for what it is about.
func (m *meetingAnswer) check() error {
	a := &m.asked
	if m.status = meetingStats[a.Response]; m.status == "" {
		return fail(meetingInvalid, fmt.Errorf("answer %d", a.Response))
	}
	if a.RequestID == "" && a.LongID == "" {
		return fail(meetingInvalid, errors.New("nothing is answered"))
	}
	if a.Instance != "" {
		if m.q.version < V141 {
			return fail(meetingInvalid, errors.New("an occurrence before 14.1"))
		}
		var ok bool
		if m.instance, ok = wire.ParseTime(a.Instance); !ok {
			return fail(statusInvalidDateTime, errors.New("time of the occurrence"))
		}
	}
	m.send = a.Send && m.q.version >= V160
	if m.comment = a.Comment; a.CommentHTML {
		m.comment = mail.HTMLToText(a.Comment)
	}
	return m.checkProposal()
}

func (m *meetingAnswer) checkProposal() error {
	from, to := m.asked.ProposedStart, m.asked.ProposedEnd
	if from == "" && to == "" || !m.send || m.q.version < V161 {
		return nil
	}
	var okFrom, okTo bool
	m.start, okFrom = wire.ParseTime(from)
	m.end, okTo = wire.ParseTime(to)
	switch {
	case from == "" || to == "":
		return fail(meetingInvalid, errors.New("half a proposal"))
	case !okFrom || !okTo:
		return fail(statusInvalidDateTime, errors.New("proposed times"))
	case m.end.Before(m.start):
		return fail(meetingInvalid, errors.New("a proposal that ends before it begins"))
	}
	m.proposes = true
	return nil
}

// A meetingAnswer is one answer being carried out.
type meetingAnswer struct {
	h     *Handler
	q     *request
	asked wire.MeetingAnswer

	status     string // PARTSTAT
	instance   time.Time
	send       bool
	comment    string
	proposes   bool
	start, end time.Time

	meetingFacts
	item store.NewItem // the event as it becomes; its Blob is nil if there is to be none
	out  []*outgoing

	calendarID string
}

func (m *meetingAnswer) release() {
	if m.item.Blob != nil {
		m.item.Blob.Release()
	}
	for _, o := range m.out {
		o.release()
	}
}

// run carries the answer out; mail.ErrCalendarChanged: it has to be begun anew.
func (m *meetingAnswer) run(ctx context.Context) error {
	if err := m.check(); err != nil {
		return err
	}
	done, err := m.gather(ctx)
	if done || err != nil {
		return err
	}
	if err := m.work(ctx); err != nil {
		return err
	}
	return m.h.Store.Update(ctx, m.q.account.ID, m.commit)
}
