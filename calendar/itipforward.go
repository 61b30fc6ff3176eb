package calendar

import (
	"strings"
	"time"
)

// Forward hands a meeting, or one occurrence of a series, on to others, with what me says of it. An attendee hands on the
// invitation as he has it: the organizer and who is invited stay, and so does the revision. Who organizes the meeting, or
// has an event that nobody organizes, invites them: then the object that is returned is another. Nothing given is changed.
// The error wraps [ErrUnclear]: there is no such occurrence, the meeting does not take place, or me has no address.
// RFC 5546, section 3.2.2.
func Forward(o *Object, me Identity, occurrence Moment, to []Attendee, comment string, now time.Time) (*Object, []Message, error) {
	changed := o.Clone()
	keep := func(*Component) bool { return true }
	if !occurrence.IsZero() {
		part, ok := changed.Detach(occurrence)
		if !ok {
			return nil, nil, unclear("no occurrence at %v", occurrence)
		}
		keep = func(c *Component) bool { return c == part }
	}
	for c := range changed.Components() {
		if keep(c) && c.Cancelled() && (c.RecurrenceID().IsZero() || !occurrence.IsZero()) {
			return nil, nil, unclear("what does not take place is not handed on")
		}
	}
	if me.address() == "" {
		return nil, nil, unclear("nobody hands it on")
	}
	if hasOrganizer(o) && !organizes(o, me) {
		message := Message{Method: "REQUEST", Object: outgoing(changed, "REQUEST", keep, now)}
		for _, who := range to {
			message.To = append(message.To, who.Address)
		}
		stampAs(message.Object, changed)
		return o, said([]Message{message}, comment), nil
	}
	for c := range changed.Components() {
		if keep(c) {
			invite(c, me, to)
		}
	}
	changed, messages := Announce(o, changed, me, now)
	return changed, said(messages, comment), nil
}

// stampAs gives the parts of a message the stamps that they have, so that what the organizer says later is newer.
func stampAs(message, has *Object) {
	for c := range message.Components() {
		if was := has.counterpart(c); was != nil && !was.Stamp().IsZero() {
			c.SetStamp(was.Stamp())
		}
	}
}

// invite adds attendees to a component that me organizes.
func invite(c *Component, me Identity, to []Attendee) {
	if _, ok := c.Organizer(); !ok {
		c.SetOrganizer(Participant{Attendee: Attendee{Address: me.address()}})
	}
	for _, who := range to {
		if _, known := c.Attendee(who.Address); known || me.Is(who.Address) {
			continue
		}
		who.Status, who.RSVP = "NEEDS-ACTION", true
		c.SetAttendee(Participant{Attendee: who, Role: "REQ-PARTICIPANT"})
	}
}

// said adds a comment to messages.
func said(list []Message, comment string) []Message {
	if comment = strings.TrimSpace(comment); comment == "" {
		return list
	}
	for _, m := range list {
		for c := range m.Object.Components() {
			c.SetText("COMMENT", comment)
		}
	}
	return list
}
