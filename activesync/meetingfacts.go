package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// meetingFacts are what is known of the meeting that is answered.
type meetingFacts struct {
	record  store.Record      // what the device names: an invitation or an event
	message *calendar.Object  // of an invitation
	place   *scheduling.Place // of the event; nil: it is in no calendar
	event   *calendar.Object  // as it is in the calendar; nil: it is not
	uid     string
	me      calendar.Identity
}

// gather finds what is answered. done says that the same answer was carried out before and nothing has changed since.
//
// Some clients answer events of the calendar at every version, so both are looked for. What is gone may have been
// answered by the request that is repeated.
func (m *meetingAnswer) gather(ctx context.Context) (done bool, err error) {
	var memory *meetingMemory
	err = m.h.Store.View(ctx, m.q.account.ID, func(r store.Reader) (err error) {
		if memory, err = loadMeeting(r, m.q.device.ID, m.asked); err != nil {
			return err
		}
		if m.record, err = m.find(r); err == nil || !isGone(err) || memory == nil {
			return err
		}
		m.calendarID, done = memory.CalendarID, true
		return nil
	})
	if done || err != nil {
		return done, err
	}
	if err := m.read(ctx); err != nil {
		return false, err
	}
	err = m.h.Store.View(ctx, m.q.account.ID, func(r store.Reader) (err error) {
		if m.message != nil {
			if m.place, err = scheduling.Find(r, m.uid); err != nil {
				return err
			}
		}
		m.me, err = scheduling.Identify(r, m.q.account, m.message, m.event)
		return err
	})
	if err == nil && m.message != nil && m.place != nil {
		m.event, err = m.place.Read(ctx, m.h.Store)
	}
	if err != nil {
		return false, err
	}
	if memory != nil && memory.holds(m.place) {
		m.calendarID = memory.CalendarID
		return true, nil
	}
	return false, nil
}

// find returns what the device names.
func (m *meetingAnswer) find(r store.Reader) (store.Record, error) {
	a := &m.asked
	record, err := findItem(r, m.q.device.ID, a.CollectionID, a.RequestID, a.LongID, store.WantSummary)
	if isGone(err) && a.LongID == "" {
		record, err = findItem(r, m.q.device.ID, "", a.RequestID, "", store.WantSummary)
	}
	if err != nil {
		return record, err
	}
	c, err := r.Collection(record.Collection)
	if err == nil && c.Fed() {
		err = fail(meetingInvalid, errKept)
	}
	return record, err
}

// errKept says that something is in a folder whose content the server keeps: nobody else changes it.
var errKept = errors.New("in a folder that the server keeps")

// read reads the invitation or the event.
func (m *meetingAnswer) read(ctx context.Context) (err error) {
	switch m.record.Item.Class {
	case store.Calendar:
		m.place = &scheduling.Place{Collection: m.record.Collection, UID: m.record.UID, Blob: m.record.Item.Blob}
		if m.event, err = m.place.Read(ctx, m.h.Store); err != nil {
			return err
		}
		m.uid = m.event.UID()
		return nil
	case store.Mail:
		return m.readInvitation(ctx)
	}
	return fail(meetingInvalid, fmt.Errorf("an answer to an item of class %v", m.record.Item.Class))
}

func (m *meetingAnswer) readInvitation(ctx context.Context) error {
	summary, err := mail.UnmarshalSummary(m.record.Item.Summary)
	if err != nil {
		return fmt.Errorf("summary of invitation: %w", err)
	}
	part := summary.MeetingPart()
	if part == nil || part.Method != "REQUEST" {
		return fail(meetingInvalid, errors.New("an answer to what is no invitation"))
	}
	if !m.instance.IsZero() {
		return fail(meetingInvalid, errors.New("an occurrence of an invitation"))
	}
	b, err := m.h.Store.OpenBlob(ctx, m.record.Item.Blob)
	if err != nil {
		return fmt.Errorf("open invitation: %w", err)
	}
	defer b.Close()
	if m.message, err = scheduling.ReadPart(summary, b, part); err != nil {
		return err
	}
	m.uid = m.message.UID()
	return nil
}
