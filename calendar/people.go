package calendar

import (
	"slices"
	"strings"
)

// A Participant is the organizer or an attendee with all that is said of it. RFC 5545, sections 3.8.4.1 and 3.8.4.3.
type Participant struct {
	Attendee
	Role          string   // CHAIR, REQ-PARTICIPANT (also if not said), OPT-PARTICIPANT, NON-PARTICIPANT
	Kind          string   // CUTYPE: INDIVIDUAL (also if not said), GROUP, RESOURCE, ROOM, UNKNOWN
	SentBy        string   // address of who acts for it
	Email         string   // EMAIL: the address it writes as, where Address is a relay's, as iCloud's are; not written
	DelegatedTo   []string // addresses
	DelegatedFrom []string // addresses
	Members       []string // addresses of the groups by which it was invited

	property *Property // nil: made here
}

// Organizer is who calls the meeting; false: nobody does.
func (c *Component) Organizer() (Participant, bool) {
	if p := c.Get("ORGANIZER"); p != nil {
		return participantOf(p), true
	}
	return Participant{}, false
}

// SetOrganizer sets who calls the meeting. What the property said besides, it still says.
func (c *Component) SetOrganizer(who Participant) {
	if who.property == nil {
		who.property = c.Get("ORGANIZER")
	}
	c.Set(who.write("ORGANIZER"))
}

// answers reports whether an invitation is sent to who. Exchange and phones say of a room or a thing that it does not take
// part, and invite it.
func (who Participant) answers() bool {
	return who.Role != "NON-PARTICIPANT" || who.Kind == "ROOM" || who.Kind == "RESOURCE"
}

// Attendees are all that are invited, in their order.
func (c *Component) Attendees() []Participant {
	var list []Participant
	for p := range c.All("ATTENDEE") {
		list = append(list, participantOf(p))
	}
	return list
}

// Attendee returns the one with an address, in whatever case; false: it is not invited.
func (c *Component) Attendee(address string) (Participant, bool) {
	for p := range c.All("ATTENDEE") {
		if sameAddress(calendarAddress(p), address) {
			return participantOf(p), true
		}
	}
	return Participant{}, false
}

// SetAttendee puts who in the place of the attendee with that address, or behind the others. What the property said
// besides, it still says.
func (c *Component) SetAttendee(who Participant) {
	for p := range c.All("ATTENDEE") {
		if sameAddress(calendarAddress(p), who.Address) {
			if who.property == nil {
				who.property = p
			}
			if q := who.write("ATTENDEE"); !q.Equal(p) {
				c.Replace(p, q)
			}
			return
		}
	}
	c.Add(who.write("ATTENDEE"))
}

// RemoveAttendee takes out who has that address.
func (c *Component) RemoveAttendee(address string) {
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		return it.prop != nil && it.prop.prop.Name == "ATTENDEE" && sameAddress(calendarAddress(it.prop), address)
	})
}

// KeepAttendees takes out those for whom keep is false and returns the others.
func (c *Component) KeepAttendees(keep func(Participant) bool) []Participant {
	var kept []Participant
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		if it.prop == nil || it.prop.prop.Name != "ATTENDEE" {
			return false
		}
		who := participantOf(it.prop)
		if !keep(who) {
			return true
		}
		kept = append(kept, who)
		return false
	})
	return kept
}

// sameAddress compares addresses without regard to case.
func sameAddress(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

func participantOf(p *Property) Participant {
	addresses := func(name string) []string {
		var list []string
		for _, value := range p.ParamValues(name) {
			if a := addressOf(value); a != "" {
				list = append(list, a)
			}
		}
		return list
	}
	return Participant{
		Attendee: Attendee{
			Name: strings.TrimSpace(p.Param("CN")), Address: calendarAddress(p),
			Status: strings.ToUpper(p.Param("PARTSTAT")), RSVP: strings.EqualFold(p.Param("RSVP"), "TRUE"),
		},
		Role: orElse(strings.ToUpper(p.Param("ROLE")), "REQ-PARTICIPANT"), Kind: orElse(strings.ToUpper(p.Param("CUTYPE")), "INDIVIDUAL"),
		SentBy: addressOf(p.Param("SENT-BY")), Email: addressOf(p.Param("EMAIL")), DelegatedTo: addresses("DELEGATED-TO"), DelegatedFrom: addresses("DELEGATED-FROM"),
		Members: addresses("MEMBER"), property: p,
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// write makes a property, from the one that was read if there was one: only what differs is changed.
func (who Participant) write(name string) *Property {
	p := who.property
	if p == nil {
		p = NewProperty(name, "mailto:"+who.Address)
	}
	was := participantOf(p)
	if !sameAddress(was.Address, who.Address) {
		p = p.WithValue("mailto:"+who.Address).WithParam("EMAIL", list1("")...)
	}
	set := func(param, before, now, unsaid string) {
		if before != now {
			p = p.WithParam(param, list1(strings.TrimPrefix(now, unsaid))...)
		}
	}
	set("CN", was.Name, who.Name, "\x00")
	if name == "ATTENDEE" {
		set("CUTYPE", was.Kind, orElse(who.Kind, "INDIVIDUAL"), "INDIVIDUAL")
		set("ROLE", was.Role, orElse(who.Role, "REQ-PARTICIPANT"), "\x00")
		set("PARTSTAT", was.Status, who.Status, "\x00")
		if was.RSVP != who.RSVP {
			p = p.WithParam("RSVP", list1(map[bool]string{true: "TRUE"}[who.RSVP])...)
		}
		p = writeAddresses(p, "DELEGATED-TO", was.DelegatedTo, who.DelegatedTo)
		p = writeAddresses(p, "DELEGATED-FROM", was.DelegatedFrom, who.DelegatedFrom)
		p = writeAddresses(p, "MEMBER", was.Members, who.Members)
	}
	if was.SentBy != who.SentBy {
		p = writeAddresses(p, "SENT-BY", nil, list1(who.SentBy))
	}
	return p
}

// list1 is a list of one, empty for "".
func list1(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func writeAddresses(p *Property, param string, was, now []string) *Property {
	if slices.Equal(was, now) {
		return p
	}
	var values []string
	for _, a := range now {
		values = append(values, "mailto:"+a)
	}
	return p.WithParam(param, values...)
}
