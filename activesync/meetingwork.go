package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// work makes the event as the answer leaves it, and what the organizer is sent, and stages both.
func (m *meetingAnswer) work(ctx context.Context) error {
	o, occurrence, err := m.subject()
	if err != nil {
		return err
	}
	answer := calendar.Answer{Status: m.status, Occurrence: occurrence, Comment: m.comment, Name: m.q.account.Display}
	var messages []calendar.Message
	if m.proposes {
		var counter calendar.Message
		o, counter, err = calendar.Counter(o, m.me, answer, m.start, m.end, m.q.now)
		messages = append(messages, counter)
	} else {
		o, messages, err = calendar.Reply(o, m.me, answer, m.q.now)
	}
	if err != nil {
		return err
	}
	if err := m.stageEvent(ctx, o, occurrence); err != nil || !m.send {
		return err
	}
	for _, message := range messages {
		if err := m.stageLetter(ctx, message); err != nil {
			return err
		}
	}
	return nil
}

// subject is the meeting as it is before the answer, and which occurrence of it is answered.
func (m *meetingAnswer) subject() (o *calendar.Object, occurrence calendar.Moment, err error) {
	o = m.event
	if m.message != nil {
		out, err := calendar.Receive(m.event, m.message, m.me, m.q.now)
		if err != nil {
			return nil, occurrence, err
		}
		if o = out.Object; o == nil {
			return nil, occurrence, fail(meetingInvalid, errors.New(out.Reason))
		}
		occurrence = soleOccurrence(m.message)
	} else if !m.instance.IsZero() {
		if occurrence, err = m.occurrence(o); err != nil {
			return nil, occurrence, err
		}
	}
	switch c := about(o, occurrence); {
	case c == nil:
		return nil, occurrence, fail(meetingInvalid, errors.New("no such meeting"))
	case c.Cancelled():
		return nil, occurrence, fail(meetingInvalid, errors.New("the meeting is cancelled"))
	case m.proposes && c.Text("X-MICROSOFT-DISALLOW-COUNTER") == "TRUE":
		return nil, occurrence, fail(meetingInvalid, errors.New("the organizer wants no proposals"))
	}
	return o, occurrence, nil
}

// about is the component that an answer is about; an occurrence that does not differ is the series.
func about(o *calendar.Object, occurrence calendar.Moment) *calendar.Component {
	if !occurrence.IsZero() {
		if c := o.Override(occurrence); c != nil {
			return c
		}
	}
	if c := o.Master(); c != nil {
		return c
	}
	for c := range o.Components() {
		return c
	}
	return nil
}

// soleOccurrence is the occurrence to which somebody is invited; zero: to the whole, or to several.
func soleOccurrence(message *calendar.Object) calendar.Moment {
	over := message.Overrides()
	if message.Master() != nil || len(over) != 1 {
		return calendar.Moment{}
	}
	return over[0].RecurrenceID()
}

// occurrence finds the occurrence that the device names by its original start.
func (m *meetingAnswer) occurrence(o *calendar.Object) (calendar.Moment, error) {
	if !o.Recurs() {
		return calendar.Moment{}, fail(statusNoRecurrence, errors.New("an occurrence of what takes place once"))
	}
	v, err := newEventView(o, m.h.objectForm(m.q, wire.Options{}, false))
	if err != nil {
		return calendar.Moment{}, err
	}
	id := v.occurrenceOf(m.instance)
	if !v.takesPlace(id) {
		return calendar.Moment{}, fail(meetingInvalid, errors.New("no such occurrence"))
	}
	return id, nil
}

// stageEvent stages what the calendar is to hold: nothing, or not the occurrence, of what was declined.
func (m *meetingAnswer) stageEvent(ctx context.Context, o *calendar.Object, occurrence calendar.Moment) (err error) {
	if m.status == meetingStats[wire.MeetingDecline] {
		if occurrence.IsZero() || o.Master() == nil && len(o.Overrides()) < 2 {
			return nil
		}
		if c := o.Override(occurrence); c != nil {
			occurrence = c.RecurrenceID()
			o.Remove(c)
		}
		if master := o.Master(); master != nil {
			master.Exclude(occurrence)
		}
	}
	replied := calendar.NewProperty(exchangeReplied, calendar.InstantOf(m.q.now).String())
	for c := range o.Components() {
		if occurrence.IsZero() || o.Override(occurrence) == c {
			c.Set(replied)
		}
	}
	scheduling.Settle(o, m.me)
	if m.item, err = calendar.Ingest(ctx, m.h.Store, o.Bytes()); err != nil {
		return fmt.Errorf("stage event: %w", err)
	}
	return nil
}

// stageLetter stages a message to the organizer, with its copy for Sent.
func (m *meetingAnswer) stageLetter(ctx context.Context, message calendar.Message) error {
	letter := scheduling.Letter{
		Message: message, From: scheduling.Author(m.q.account.Display, m.me, message), Hostname: m.h.Hostname,
		Zone: objectForm{zone: m.h.home(m.q)}.userZone(), Now: m.q.now,
	}
	in, err := mail.IngestFrom(ctx, m.h.Store, m.h.Limits.MaxMessage, letter.Write)
	if err != nil {
		return fmt.Errorf("stage answer: %w", err)
	}
	out := &outgoing{staged: []*mail.Ingested{in}}
	out.Ingested, out.SentCopy, out.Sender, out.Recipients = in, in, m.q.account.Name, message.To
	m.out = append(m.out, out)
	return nil
}

// commit makes the answer durable.
func (m *meetingAnswer) commit(tx store.Tx) error {
	if err := m.unchanged(tx); err != nil {
		return err
	}
	memory := &meetingMemory{}
	switch {
	case m.item.Blob != nil:
		r, err := scheduling.Put(tx, m.place, m.item)
		if err != nil {
			return err
		}
		if m.calendarID, err = m.eventID(tx, r); err != nil {
			return err
		}
		memory.Event = r.Item.Blob.String()
	default:
		if m.place != nil {
			if err := tx.Remove(m.place.Collection, m.place.UID); err != nil {
				return fmt.Errorf("remove event: %w", err)
			}
		}
		if err := scheduling.Declined(tx, m.q.account.ID, m.message, m.event); err != nil {
			return err
		}
	}
	if m.message != nil {
		if err := discard(tx, m.record); err != nil {
			return err
		}
	}
	for _, o := range m.out {
		if err := m.h.Mail.SendTx(tx, m.q.account.ID, o.Outgoing); err != nil {
			return err
		}
	}
	memory.CalendarID = m.calendarID
	if err := memory.save(tx, m.q.device.ID, m.asked, m.q.now); err != nil {
		return err
	}
	return m.q.touch(tx)
}

// unchanged reports, as mail.ErrCalendarChanged, that the event or the invitation is not what it was.
func (m *meetingAnswer) unchanged(tx store.Tx) error {
	r, err := tx.Record(m.record.Collection, m.record.UID, store.WantItem)
	if isGone(err) || err == nil && r.Item.Blob != m.record.Item.Blob {
		return mail.ErrCalendarChanged
	} else if err != nil {
		return err
	}
	if m.message == nil {
		return nil
	}
	now, err := scheduling.Find(tx, m.uid)
	if err != nil {
		return err
	}
	if !m.place.Same(now) {
		return mail.ErrCalendarChanged
	}
	return nil
}

// eventID is the id by which the device knows the event.
func (m *meetingAnswer) eventID(tx store.Tx, r store.Record) (string, error) {
	uid := r.UID
	if m.place != nil {
		st, _, err := readState(tx, m.q.device.ID, r.Collection)
		if err != nil {
			return "", err
		}
		if st != nil && r.UID == m.place.UID {
			uid = st.name(r.UID)
		}
	}
	return itemID(r.Collection, uid), nil
}

// discard moves an invitation that was answered to Deleted Items. One that is there already, or that has nowhere to go,
// stays.
func discard(tx store.Tx, r store.Record) error {
	trash, err := tx.CollectionByRole(store.Trash)
	if isGone(err) || err == nil && trash.ID == r.Collection {
		return nil
	}
	if err == nil {
		_, err = tx.Move(r.Collection, r.UID, trash.ID)
	}
	if err != nil {
		return fmt.Errorf("move invitation: %w", err)
	}
	return nil
}
