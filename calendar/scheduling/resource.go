package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A booking is what becomes of a message to a room or a thing.
type booking struct {
	*consideration
	s      *Service
	out    calendar.Outcome
	object *calendar.Object // as the calendar is to have it; nil: not at all
	send   []calendar.Message
	again  bool // the message was refused before
	keep   bool // what is in the calendar stays as it is
	forget *refusal
	seen   store.ModSeq // what the calendar was changed by when it was asked what is taken; 0: it was not asked
}

// forResource reports whether a message is one that a resource decides about by itself. All others are those of anybody.
func (c *consideration) forResource() bool {
	switch c.message.Method() {
	case "REQUEST", "ADD", "CANCEL":
		return c.resource.Is()
	}
	return false
}

// book decides about a message to a resource. Nil without an error: it is mail, and refused says why.
func (s *Service) book(ctx context.Context, c *consideration) (*mail.CalendarChange, error) {
	if c.refused = c.strange(); c.refused != "" {
		return nil, nil
	}
	b := &booking{consideration: c, s: s}
	var err error
	if b.again, err = s.refusedBefore(ctx, c); err != nil {
		return nil, err
	}
	if b.again {
		b.refused, b.keep = "refused before", true
		return b.stage(ctx)
	}
	if b.out, err = calendar.Receive(c.stored, c.message, c.me, c.now); err != nil {
		return nil, err
	}
	b.object = b.out.Object
	switch {
	case c.message.Method() == "CANCEL":
		b.cancel()
	case !b.out.Changed:
		b.keep, b.send, b.refused = true, b.out.Send, b.out.Reason
	default:
		if err := b.decide(ctx); err != nil {
			return nil, err
		}
	}
	return b.stage(ctx)
}

// strange says why a message is nothing to decide about; empty: it is. Only the organizer may have a resource, so that
// nobody is answered who has not asked.
func (c *consideration) strange() string {
	organizer, ok := organizerOf(c.message)
	switch {
	case !ok || organizer.Address == "":
		return "no organizer"
	case c.m.Author == 0 && !c.resource.Outside:
		return "the resource is for people here"
	case !c.speaksFor(organizer):
		c.forged = true
		return "the author is not the organizer"
	case c.message.Master() == nil && len(slices.Collect(c.message.Components())) > maxAsked:
		return "too many occurrences at once"
	}
	return c.unbelievable()
}

// maxAsked is how many occurrences of a series a message may tell of one by one: each is answered.
const maxAsked = 50

// cancel frees what was taken. A meeting that is not known yet is remembered, so that its invitation does nothing when it
// comes behind.
func (b *booking) cancel() {
	switch {
	case b.out.What == calendar.CancelledAll, b.stored == nil && b.message.Master() != nil:
		b.object, b.forget = nil, newRefusal(b.message)
	case !b.out.Changed:
		b.keep, b.refused = true, b.out.Reason
	default:
		own(b.object)
	}
}

// own makes of a meeting what a resource keeps of it: its time is taken whatever the organizer makes of his, nobody is
// reminded, and of what is private only who has it.
func own(o *calendar.Object) {
	for c := range o.Components() {
		c.RemoveAlarms()
		c.Remove("ATTACH")
		if !c.Cancelled() {
			c.SetBusy(calendar.Occupied)
		}
		if c.Sensitivity() < calendar.Private {
			continue
		}
		if who, ok := c.Organizer(); ok {
			c.SetSummary(nameOf(who))
		}
		c.Remove("DESCRIPTION", "X-ALT-DESC", "STYLED-DESCRIPTION", "COMMENT", "CONFERENCE", "URL", "CATEGORIES")
	}
}

// stage prepares the change. The message has done what it is for then.
func (b *booking) stage(ctx context.Context) (_ *mail.CalendarChange, err error) {
	change := &mail.CalendarChange{Done: true}
	defer func() {
		if err != nil {
			for _, held := range change.Held {
				held.Release()
			}
		}
	}()
	var item store.NewItem
	if !b.keep && b.object != nil {
		if item, err = calendar.Ingest(ctx, b.s.store, b.object.Bytes()); err != nil {
			return nil, fmt.Errorf("stage booking: %w", err)
		}
		change.Held = append(change.Held, item.Blob)
	}
	for _, m := range b.send {
		blob, err := b.s.letter(ctx, b.consideration, m)
		if err != nil {
			return nil, err
		}
		change.Held = append(change.Held, blob)
		change.Send = append(change.Send, mail.CalendarAnswer{Blob: blob, To: m.To})
	}
	change.Apply = func(tx store.Tx) error { return b.apply(tx, item) }
	return change, nil
}

// apply makes the change, if the calendar is the one that it was decided about.
func (b *booking) apply(tx store.Tx, item store.NewItem) error {
	now, err := Find(tx, b.uid)
	if err != nil {
		return err
	}
	if !b.place.Same(now) {
		return mail.ErrCalendarChanged
	}
	if refused, err := b.refusedIn(tx); err != nil {
		return err
	} else if refused != b.again { // the same message came meanwhile, or a later one
		return mail.ErrCalendarChanged
	}
	if b.seen != 0 {
		c, err := tx.CollectionByRole(store.MainCal)
		if err != nil {
			return fmt.Errorf("calendar of the resource: %w", err)
		}
		if c.Changed != b.seen {
			return mail.ErrCalendarChanged
		}
	}
	switch {
	case b.keep:
	case item.Blob != nil:
		if _, err := Put(tx, now, item); err != nil {
			return err
		}
	case now != nil:
		if err := tx.Remove(now.Collection, now.UID); err != nil && !errors.Is(err, store.NotFound) {
			return fmt.Errorf("free the resource: %w", err)
		}
	}
	return b.forget.note(tx, b.acct)
}
