package activesync

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// Values of AttendeeStatus and AttendeeType. MS-ASCAL.
const (
	attendeeUnknown   = 0
	attendeeTentative = 2
	attendeeAccepted  = 3
	attendeeDeclined  = 4
	attendeeSilent    = 5

	attendeeRequired = 1
	attendeeOptional = 2
	attendeeResource = 3
)

// statusParts are the PARTSTATs of AttendeeStatus.
var statusParts = map[int]string{
	attendeeTentative: "TENTATIVE", attendeeAccepted: "ACCEPTED", attendeeDeclined: "DECLINED", attendeeSilent: "NEEDS-ACTION",
}

// statusOfPart is the AttendeeStatus of a PARTSTAT.
func statusOfPart(partStat string) int {
	for status, name := range statusParts {
		if strings.EqualFold(name, partStat) {
			return status
		}
	}
	return attendeeUnknown
}

// responseOf is the ResponseType of an attendee.
func responseOf(p *calendar.Property) int {
	if status := statusOfPart(param(p, "PARTSTAT")); status != attendeeUnknown {
		return status
	}
	return attendeeSilent
}

// typeOf is the AttendeeType of an attendee.
func typeOf(p *calendar.Property) int {
	switch kind := strings.ToUpper(p.Param("CUTYPE")); {
	case kind == "RESOURCE", kind == "ROOM":
		return attendeeResource
	case strings.EqualFold(p.Param("ROLE"), "OPT-PARTICIPANT"), strings.EqualFold(p.Param("ROLE"), "NON-PARTICIPANT"):
		return attendeeOptional
	}
	return attendeeRequired
}

// param is a parameter of a property that may not be there.
func param(p *calendar.Property, name string) string {
	if p == nil {
		return ""
	}
	return p.Param(name)
}

// mailOf is the mail address of an attendee or organizer, as it was written; empty: it has none.
func mailOf(p *calendar.Property) string {
	if p == nil {
		return ""
	}
	value := strings.TrimSpace(p.Value())
	if scheme, rest, ok := strings.Cut(value, ":"); ok {
		if !strings.EqualFold(scheme, "mailto") {
			return strings.TrimSpace(p.Param("EMAIL"))
		}
		value = rest
	}
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	return strings.TrimSpace(value)
}

// mailURI writes an address. RFC 6068.
func mailURI(address string) string {
	if strings.ContainsAny(address, " \t\r\n\"<>%?;,") {
		address = strings.ReplaceAll(url.PathEscape(address), "%40", "@")
	}
	return "mailto:" + address
}

// attendees are those of a component without the organizer and those without address, never nil.
func (v *eventView) attendees(c *calendar.Component) []wire.EventAttendee {
	list := []wire.EventAttendee{}
	organizer := strings.ToLower(mailOf(c.Get("ORGANIZER")))
	people := c.Attendees()
	for i, p := range slices.Collect(c.All("ATTENDEE")) {
		address := mailOf(p)
		if address == "" || strings.ToLower(address) == organizer {
			continue
		}
		a := wire.EventAttendee{Email: address, Name: p.Param("CN"), Status: statusOfPart(p.Param("PARTSTAT")), Type: typeOf(p)}
		if a.Name == "" {
			a.Name = address
		}
		if start, end, ok := people[i].Proposed(); ok {
			a.ProposedStart, a.ProposedEnd = start, end
		}
		list = append(list, a)
	}
	return list
}

// ownAttendee is the user as one of those who are invited, nil if that is not so.
func (v *eventView) ownAttendee(c *calendar.Component) *calendar.Property {
	for p := range c.All("ATTENDEE") {
		if address := mailOf(p); address != "" && v.mine(address) {
			return p
		}
	}
	return nil
}

// organizes reports whether the event is the user's own.
func (f objectForm) organizes(c *calendar.Component) bool {
	p := c.Get("ORGANIZER")
	return p == nil || mailOf(p) != "" && f.mine(mailOf(p))
}

// anyAsked reports whether anybody is asked for an answer.
func anyAsked(c *calendar.Component) bool {
	for p := range c.All("ATTENDEE") {
		if strings.EqualFold(p.Param("RSVP"), "TRUE") {
			return true
		}
	}
	return false
}

// changeAttendees makes those who are invited what the device says, and keeps what it does not know of them: what they
// have answered, who sent them. shown are those that it was shown.
func (e *eventEdit) changeAttendees(c *calendar.Component, said, shown []wire.EventAttendee) {
	if sameAttendees(said, shown, e.c.version) {
		return
	}
	if !e.c.organizes(c) {
		e.tell = true
		return
	}
	wanted := map[string]bool{}
	for _, a := range said {
		if a.Email == "" {
			continue // Outlook writes some with a name only
		}
		key := strings.ToLower(a.Email)
		if wanted[key] || strings.EqualFold(a.Email, mailOf(c.Get("ORGANIZER"))) {
			continue
		}
		wanted[key] = true
		i := slices.IndexFunc(shown, func(s wire.EventAttendee) bool { return strings.EqualFold(s.Email, a.Email) })
		if i < 0 {
			c.Add(newAttendee(a, e.c.version, e.asks()))
			continue
		}
		e.changeAttendee(c, a, shown[i])
	}
	for _, s := range shown {
		if !wanted[strings.ToLower(s.Email)] {
			removeAttendee(c, s.Email)
		}
	}
}

// asks reports whether those who are invited are asked for an answer.
func (e *eventEdit) asks() bool { return e.said.ResponseRequested == nil || *e.said.ResponseRequested }

// changeAttendee changes what differs of somebody who is invited already.
func (e *eventEdit) changeAttendee(c *calendar.Component, said, shown wire.EventAttendee) {
	p := findAttendee(c, said.Email)
	q := p
	if said.Name != "" && said.Name != shown.Name {
		q = q.WithParam("CN", said.Name)
	}
	if said.Type != 0 && said.Type != shown.Type {
		q = withType(q, said.Type)
	}
	if e.c.version >= V120 && e.c.version < V160 && said.Status != shown.Status && statusParts[said.Status] != "" {
		q = q.WithParam("PARTSTAT", statusParts[said.Status])
	}
	if q != p {
		c.Replace(p, q)
	}
}

func findAttendee(c *calendar.Component, address string) *calendar.Property {
	for p := range c.All("ATTENDEE") {
		if strings.EqualFold(mailOf(p), address) {
			return p
		}
	}
	return nil
}

func removeAttendee(c *calendar.Component, address string) {
	for p := findAttendee(c, address); p != nil; p = findAttendee(c, address) {
		c.Replace(p, nil)
	}
}

// newAttendee writes somebody who is invited.
func newAttendee(a wire.EventAttendee, version Version, asked bool) *calendar.Property {
	p := calendar.NewProperty("ATTENDEE", mailURI(a.Email))
	if a.Name != "" && !strings.EqualFold(a.Name, a.Email) {
		p = p.WithParam("CN", a.Name)
	}
	p = withType(p, max(a.Type, attendeeRequired))
	status := "NEEDS-ACTION"
	if s := statusParts[a.Status]; s != "" && version < V160 {
		status = s
	}
	p = p.WithParam("PARTSTAT", status)
	if asked {
		p = p.WithParam("RSVP", "TRUE")
	}
	return p
}

// withType sets the type of an attendee.
func withType(p *calendar.Property, kind int) *calendar.Property {
	switch kind {
	case attendeeResource:
		if typeOf(p) != attendeeResource {
			p = p.WithParam("CUTYPE", "RESOURCE")
		}
		return p.WithParam("ROLE", "NON-PARTICIPANT")
	case attendeeOptional:
		p = p.WithParam("ROLE", "OPT-PARTICIPANT")
	default:
		p = p.WithParam("ROLE", "REQ-PARTICIPANT")
	}
	if typeOf(p) == attendeeResource {
		p = p.WithParam("CUTYPE")
	}
	return p
}

// sameAttendees reports whether a device says of those who are invited what it was shown. What versions do not have
// does not count.
func sameAttendees(said, shown []wire.EventAttendee, version Version) bool {
	if len(said) != len(shown) {
		return false
	}
	for i, a := range said {
		s := shown[i]
		if !strings.EqualFold(a.Email, s.Email) || a.Name != s.Name && a.Name != "" {
			return false
		}
		if version >= V120 && (a.Type != 0 && a.Type != s.Type || version < V160 && a.Status != s.Status) {
			return false
		}
	}
	return true
}

// changeOrganizer sees to it that a meeting has an organizer. iOS says that an event is a meeting of the user's and
// leaves out who that is. Somebody else's meeting, which a device adds from a message, keeps its organizer.
func (e *eventEdit) changeOrganizer(c *calendar.Component) {
	meeting := c.Get("ATTENDEE") != nil
	organizer := c.Get("ORGANIZER")
	switch {
	case organizer == nil && e.shown == nil && e.received():
		c.Add(organizerOf(*e.said.OrganizerEmail, stringOf(e.said.OrganizerName)))
	case organizer == nil && meeting && (e.shown == nil || len(*e.shown.Attendees) == 0):
		c.Add(organizerOf(e.c.user.Addr(), e.c.user.Name))
		e.tell = e.tell || e.c.version < V160 && (e.said.OrganizerEmail == nil || !e.c.mine(*e.said.OrganizerEmail))
	case organizer != nil && !meeting && e.c.organizes(c):
		c.Remove("ORGANIZER")
	}
}

// received reports whether the device says that the meeting is somebody else's.
func (e *eventEdit) received() bool {
	s := e.said.MeetingStatus
	return e.said.OrganizerEmail != nil && *e.said.OrganizerEmail != "" && s != nil && *s&meetingReceived != 0 && !e.c.mine(*e.said.OrganizerEmail)
}

func organizerOf(address, name string) *calendar.Property {
	p := calendar.NewProperty("ORGANIZER", mailURI(address))
	if name != "" && !strings.EqualFold(name, address) {
		p = p.WithParam("CN", name)
	}
	return p
}

func stringOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
