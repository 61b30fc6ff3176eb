package scheduling

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// maxDeclined is how many occurrences of a series that is taken are declined one by one: each is a message.
const maxDeclined = 20

// maxWishes is how many occurrences a meeting may have within the horizon.
const maxWishes = 5000

// A wish is the time that one occurrence wants.
type wish struct {
	calendar.Occurrence
	against string // why it cannot be had; empty: it can
	taken   bool   // because others have it
}

// decide answers an invitation: the whole of it, or occurrences of what is known.
func (b *booking) decide(ctx context.Context) error {
	b.sayKind()
	until := b.resource.Until(b.now)
	wishes, err := b.wishes(until)
	switch {
	case errors.Is(err, calendar.ErrTooMuch):
		return b.declineAll("It takes place too often.")
	case err != nil:
		return err
	}
	if err := b.compare(ctx, wishes); err != nil {
		return err
	}
	if b.message.Master() == nil || b.message.Method() == "ADD" {
		return b.decideSome(wishes)
	}
	return b.decideAll(wishes, until)
}

// compare finds out which wishes others are in the way of, in the time that they are in: what is at other times is not read.
func (b *booking) compare(ctx context.Context, wishes []wish) error {
	from, to := b.now, b.now.Add(time.Second)
	for i, w := range wishes {
		if i == 0 || w.Start.Before(from) {
			from = w.Start
		}
		if i == 0 || w.End.After(to) {
			to = w.End
		}
	}
	free, changed, err := calendar.Bookings(ctx, b.s.store, b.acct, from, to, b.zone, b.me, b.booked())
	if err != nil {
		return err
	}
	b.seen = changed
	taken := free.Periods()
	for i := range wishes {
		if w := &wishes[i]; w.against == "" && overlaps(taken, w.Occurrence) {
			w.against, w.taken = "It is taken already:", true
		}
	}
	return nil
}

// booked is what the meeting itself takes of the time, by its name in the main calendar.
func (b *booking) booked() (own store.UID) {
	if b.place != nil {
		own = b.place.UID
	}
	return own
}

// sayKind says in the meeting what the attendee is who answers. RFC 5545, section 3.2.3.
func (b *booking) sayKind() {
	kind := map[string]string{calendar.Room: "ROOM", calendar.Equipment: "RESOURCE"}[b.resource.Kind]
	for c := range b.object.Components() {
		for _, who := range c.Attendees() {
			if b.me.Is(who.Address) && (who.Kind == "" || who.Kind == "INDIVIDUAL") {
				who.Kind = kind
				c.SetAttendee(who)
			}
		}
	}
}

// wishes lists what is not over of what the meeting wants, as far as the resource can be had. The error is
// calendar.ErrTooMuch, also for more than maxWishes, or says that its times are not clear.
func (b *booking) wishes(until time.Time) ([]wish, error) {
	longest := time.Duration(b.resource.Longest) * time.Minute
	var list []wish
	for oc, err := range b.object.Occurrences(b.now, until, b.zone) {
		if err != nil {
			return nil, err
		}
		if oc.Component.Cancelled() {
			continue
		}
		w := wish{Occurrence: oc}
		took := oc.End.Sub(oc.Start)
		if oc.AllDay { // a day on which clocks are put back is one
			took = oc.Zone.Wall(oc.End).Sub(oc.Zone.Wall(oc.Start))
		}
		if longest > 0 && took > longest {
			w.against = "It can be had for at most " + span(longest) + "."
		}
		if list = append(list, w); len(list) > maxWishes {
			return nil, calendar.ErrTooMuch
		}
	}
	return list, nil
}

// overlaps reports whether any of the periods, which are in order and apart, is at the time of an occurrence.
func overlaps(taken []calendar.Period, oc calendar.Occurrence) bool {
	i, _ := slices.BinarySearchFunc(taken, oc.Start, func(p calendar.Period, at time.Time) int {
		if p.End.After(at) {
			return 1
		}
		return -1
	})
	return i < len(taken) && taken[i].Start.Before(oc.End)
}

// decideAll answers a meeting, or a series, as a whole. Of a series a share may be taken already: those occurrences are
// declined one by one.
func (b *booking) decideAll(wishes []wish, until time.Time) error {
	if len(wishes) == 0 {
		return b.decideNothing(until)
	}
	var against []wish
	for _, w := range wishes {
		if w.against != "" && !w.taken {
			return b.declineAll(w.against)
		}
		if w.taken {
			against = append(against, w)
		}
	}
	n := len(against)
	if n > 0 && (!b.object.Recurs() || n > maxDeclined || n == len(wishes) || 100*n > b.resource.Share*len(wishes)) {
		return b.declineAll(takenText(against))
	}
	return b.accept(against)
}

// decideNothing answers a meeting that takes no time from now to the horizon. One that is over changes nothing for others.
func (b *booking) decideNothing(until time.Time) error {
	later := false
	for _, err := range b.object.Occurrences(until, time.Time{}, b.zone) {
		later = err == nil
		break
	}
	switch {
	case later:
		return b.declineAll("It can be had until " + until.UTC().Format(dayForm) + ".")
	case b.stored == nil:
		return b.declineAll("The time is over.")
	}
	return b.accept(nil)
}

// accept takes the meeting but for those occurrences that others have.
func (b *booking) accept(against []wish) error {
	var before []calendar.Moment // declined until now
	for _, c := range b.object.Overrides() {
		if statusOf(c, b.me) == "DECLINED" {
			before = append(before, c.RecurrenceID())
		}
	}
	known := b.out.What == calendar.Updated && len(against)+len(before) == 0 && b.knownAsAccepted()
	if err := b.answer("ACCEPTED", calendar.Moment{}, ""); err != nil {
		return err
	}
	for _, w := range against {
		if err := b.answer("DECLINED", w.ID, takenText([]wish{w})); err != nil {
			return err
		}
	}
	for _, id := range before {
		if !slices.ContainsFunc(against, func(w wish) bool { return w.ID == id }) {
			if err := b.answer("ACCEPTED", id, ""); err != nil {
				return err
			}
		}
	}
	if known {
		b.send = nil
	}
	own(b.object)
	return nil
}

// knownAsAccepted reports whether the organizer has the answer already and says so.
func (b *booking) knownAsAccepted() bool {
	for c := range b.message.Components() {
		if statusOf(c, b.me) != "ACCEPTED" {
			return false
		}
	}
	return true
}

// declineAll refuses the meeting, and frees what it had.
func (b *booking) declineAll(why string) error {
	if err := b.answer("DECLINED", calendar.Moment{}, why); err != nil {
		return err
	}
	b.object, b.forget = nil, newRefusal(b.message)
	return nil
}

// decideSome answers the occurrences that a message tells of, each by itself.
func (b *booking) decideSome(wishes []wish) error {
	for said := range b.message.Components() {
		id := said.RecurrenceID()
		if id.IsZero() { // a further date, which is told by its start
			id = said.Start()
		}
		c := b.object.Override(id)
		status, why := "ACCEPTED", ""
		for _, w := range wishes {
			if w.against != "" && (c != nil && w.Component == c || w.ID == id) {
				status, why = "DECLINED", w.against
				if w.taken {
					why = takenText([]wish{w})
				}
				break
			}
		}
		if c != nil && c.Cancelled() {
			continue
		}
		if err := b.answer(status, id, why); err != nil {
			return err
		}
	}
	own(b.object)
	return nil
}

// answer writes an answer into the meeting and the message that tells of it.
func (b *booking) answer(status string, id calendar.Moment, why string) error {
	o, send, err := calendar.Reply(b.object, b.me, calendar.Answer{Status: status, Occurrence: id, Comment: why, Name: b.account.Display}, b.now)
	if err != nil {
		return err
	}
	b.object, b.send = o, append(b.send, send...)
	return nil
}
