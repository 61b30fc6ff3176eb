package calendar

import (
	"slices"
	"strings"
	"time"
)

// ownPrefix begins the properties and parameters in which this program remembers something. They are never sent.
const ownPrefix = "X-GANNET-"

// outgoing makes the object of a message: the components for which keep is true, all if it is nil. What belongs to the
// owner of the calendar is left out: alarms, categories, what the event makes of his time, what he remembers of others.
func outgoing(o *Object, method string, keep func(*Component) bool, now time.Time) *Object {
	out := &Object{calendar: NewComponent(VCalendar)}
	out.calendar.Add(NewProperty("VERSION", "2.0"))
	out.calendar.Add(NewProperty("PRODID", ProductID))
	out.calendar.Add(NewProperty("METHOD", method))
	for z := range o.calendar.Children(VTimezone) {
		out.calendar.AddChild(z.Clone())
	}
	for c := range o.Components() {
		if keep == nil || keep(c) {
			d := c.Clone()
			withoutOwn(d)
			d.SetStamp(now)
			if d.Get("SEQUENCE") == nil { // as good as 0; but whoever reads it need not know that
				d.setValue("SEQUENCE", "0")
			}
			if d.name == VEvent && d.Get("TRANSP") == nil && (method == "REQUEST" || method == "CANCEL") { // as Outlook, Google and Apple do
				d.setValue("TRANSP", "OPAQUE")
			}
			out.Add(d)
		}
	}
	out.DefineZones(now)
	return out
}

func withoutOwn(c *Component) {
	c.RemoveAlarms()
	busy := c.Busy()
	c.Remove("CATEGORIES", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MOZ-LASTACK", "X-MOZ-SNOOZE-TIME", "X-MOZ-GENERATION", "REQUEST-STATUS")
	if busy == OutOfOffice || busy == Elsewhere || busy == Tentative && c.Status() != "TENTATIVE" {
		c.setValue("X-MICROSOFT-CDO-INTENDEDSTATUS", busyNames[busy])
	}
	c.items = slices.DeleteFunc(c.items, func(it item) bool { return it.prop != nil && strings.HasPrefix(it.prop.prop.Name, ownPrefix) })
	for i, it := range c.items {
		if it.prop != nil {
			c.items[i].prop = it.prop.withoutOwn()
		}
	}
}

// withoutOwn is the property without the parameters that are never sent.
func (p *Property) withoutOwn() *Property {
	for _, name := range p.order {
		if strings.HasPrefix(name, ownPrefix) {
			return p.WithParam(name).withoutOwn()
		}
	}
	return p
}

// An Answer is what an attendee says to an invitation.
type Answer struct {
	Status     string   // ACCEPTED, TENTATIVE, DECLINED, DELEGATED
	Occurrence Moment   // its zero value: the whole
	Comment    string   // may be empty
	Delegates  []string // of DELEGATED: addresses of those who come instead
	Name       string   // of me, for an answer to what me was not invited to; may be empty
}

// Reply answers an invitation: it returns the object as me has it now, and what is to be sent, REPLY to the organizer
// and REQUEST to delegates. It leaves o as it is. The error wraps [ErrUnclear]: there is no organizer, or me is that,
// or there is no such occurrence. RFC 5546, section 3.2.3.
func Reply(o *Object, me Identity, answer Answer, now time.Time) (*Object, []Message, error) {
	organizer, ok := o.first().Organizer()
	if !ok || organizer.Address == "" || me.Is(organizer.Address) || me.address() == "" {
		return nil, nil, unclear("nobody to answer to")
	}
	o = o.Clone()
	var parts []*Component
	if answer.Occurrence.IsZero() {
		for c := range o.Components() {
			parts = append(parts, c)
		}
	} else {
		c, ok := o.Detach(answer.Occurrence)
		if !ok {
			return nil, nil, unclear("no occurrence at %v", answer.Occurrence)
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return nil, nil, unclear("nothing to answer")
	}
	for _, c := range parts {
		who := self(c, me, answer.Name)
		who.Status, who.RSVP, who.DelegatedTo = answer.Status, false, answer.Delegates
		c.SetAttendee(who)
		addDelegates(c, who)
	}
	said := parts[:1]
	if m := o.Master(); m != nil && answer.Occurrence.IsZero() {
		said = []*Component{m}
	}
	reply := outgoing(o, "REPLY", func(c *Component) bool { return slices.Contains(said, c) }, now)
	for c := range reply.Components() {
		answerOnly(c, me, answer.Comment)
	}
	send := []Message{{Method: "REPLY", To: []string{organizer.Address}, Object: reply}}
	if answer.Status == "DELEGATED" && len(answer.Delegates) > 0 {
		handed := outgoing(o, "REQUEST", func(c *Component) bool { return slices.Contains(parts, c) }, now)
		send = append(send, Message{Method: "REQUEST", To: slices.Clone(answer.Delegates), Object: handed})
	}
	return o, send, nil
}

// self is me as attendee of a component, also if me was not invited.
func self(c *Component, me Identity, name string) Participant {
	for _, a := range c.Attendees() {
		if me.Is(a.Address) {
			return a
		}
	}
	return Participant{Attendee: Attendee{Address: me.address(), Name: name}, Role: "OPT-PARTICIPANT"}
}

// answered are the properties of an answer. RFC 5546, section 3.2.3.
var answered = []string{
	"UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "SEQUENCE", "RECURRENCE-ID", "ORGANIZER", "ATTENDEE", "SUMMARY",
	"LOCATION", "RRULE", "X-MICROSOFT-CDO-ALLDAYEVENT",
}

// answerOnly leaves of a component what belongs into an answer of me.
func answerOnly(c *Component, me Identity, comment string) {
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		switch {
		case it.child != nil, !slices.Contains(answered, it.prop.prop.Name):
			return true
		}
		return it.prop.prop.Name == "ATTENDEE" && !me.Is(calendarAddress(it.prop))
	})
	c.SetText("COMMENT", comment)
}

// Counter proposes other times to the organizer, for the whole or one occurrence. Times are written in the zone that
// the meeting has. The error is as that of [Reply]. RFC 5546, section 3.2.7.
func Counter(o *Object, me Identity, answer Answer, start, end, now time.Time) (*Object, Message, error) {
	o, send, err := Reply(o, me, answer, now)
	if err != nil {
		return nil, Message{}, err
	}
	m := send[0]
	m.Method = "COUNTER"
	m.Object.SetMethod("COUNTER")
	for c := range m.Object.Components() {
		from := c.Start()
		if from.Form == Zoned {
			if _, zone, err := m.Object.Resolve(from, nil); err == nil {
				c.SetTimes(WallOf(zone.Wall(start), from.TZID), WallOf(zone.Wall(end), from.TZID))
				continue
			}
		}
		if from.Form == Date && start.Equal(startOfDay(start)) && end.Equal(startOfDay(end)) {
			c.SetTimes(DateOf(start), DateOf(end))
			continue
		}
		c.SetTimes(InstantOf(start), InstantOf(end))
	}
	return o, m, nil
}

// DeclineCounter tells an attendee that what he proposed is not wanted. o is the organizer's object. RFC 5546, section
// 3.2.8.
func DeclineCounter(o *Object, to string, occurrence Moment, comment string, now time.Time) Message {
	o = o.Clone()
	about := o.Master()
	if !occurrence.IsZero() {
		if c, ok := o.Detach(occurrence); ok {
			about = c
		}
	}
	out := outgoing(o, "DECLINECOUNTER", func(c *Component) bool { return c == about }, now)
	for c := range out.Components() {
		answerOnly(c, Identity{to}, comment)
	}
	return Message{Method: "DECLINECOUNTER", To: []string{to}, Object: out}
}

// Refresh asks the organizer of an object, of which not more may be known than a message about it, to tell it again.
// RFC 5546, section 3.2.6.
func Refresh(o *Object, me Identity, now time.Time) Message {
	organizer, _ := o.first().Organizer()
	out := NewObject(o.Kind(), o.UID())
	out.SetMethod("REFRESH")
	c := out.first()
	c.SetStamp(now)
	c.SetOrganizer(organizer)
	c.SetAttendee(Participant{Attendee: Attendee{Address: me.address()}, Role: "REQ-PARTICIPANT"})
	return Message{Method: "REFRESH", To: []string{organizer.Address}, Object: out}
}
