package calendar

import (
	"io"
	"net/url"
	"strings"
	"time"
)

// Sensitivity is how private an event is. The numbers are Exchange's.
type Sensitivity uint8

// The degrees. RFC 5545, section 3.8.1.3: PUBLIC, X-PERSONAL, PRIVATE, CONFIDENTIAL.
const (
	Public Sensitivity = iota
	Personal
	Private
	Confidential
)

// Busy is what an event makes of its time. The numbers are Exchange's.
type Busy uint8

// The kinds.
const (
	Free Busy = iota
	Tentative
	Occupied
	OutOfOffice
	Elsewhere
)

// An Invitation is what a message says of one meeting. All instants are UTC. RFC 5546, section 3.2.
type Invitation struct {
	Method   string // REQUEST, CANCEL, REPLY, COUNTER …
	UID      string
	Sequence int
	Stamp    time.Time

	AllDay     bool      // Start and End are midnights: UTC if Zone is nil, else in the zone
	Start, End time.Time // End is not before Start
	WallStart  time.Time // what clocks at the organizer's show at Start; its location is UTC
	Zone       *Zone     // in which Start was given; nil: UTC, or days
	Rule       *Rule     // nil: a single meeting, or one of a series
	Occurrence time.Time // RECURRENCE-ID: the original start of one meeting of a series; zero: none

	OccurrenceDay time.Time // of Occurrence in the zone, as a midnight in UTC

	Summary   string
	Location  string
	Organizer Attendee
	Attendees []Attendee

	Reminder        time.Duration // before the start; see HasReminder
	HasReminder     bool
	Sensitivity     Sensitivity
	Busy            Busy
	DisallowCounter bool // no other times may be proposed
}

// An Attendee is somebody who takes part, or the organizer.
type Attendee struct {
	Name    string
	Address string // as in mail, without scheme; empty: none was given
	Status  string // PARTSTAT in upper case
	RSVP    bool   // an answer is asked for
}

// ReadInvitation reads the calendar part of a message, in UTF-8. method is what its Content-Type says, which counts if
// the part has none. The error wraps [ErrUnclear], or is r's.
func ReadInvitation(r io.Reader, method string) (*Invitation, error) {
	object, err := parseObject(r)
	if err != nil {
		return nil, err
	}
	event := mainEvent(object)
	if event == nil {
		return nil, unclear("no event")
	}
	in := &Invitation{Method: strings.ToUpper(object.text("METHOD")), UID: event.text("UID")}
	if in.Method == "" {
		in.Method = strings.ToUpper(method)
	}
	if in.UID == "" || len(in.UID) > 1024 {
		return nil, unclear("UID of %d bytes", len(in.UID))
	}
	in.describe(event)
	if err := in.place(event, readZones(object)); err != nil {
		return nil, err
	}
	in.remind(event)
	return in, nil
}

// mainEvent is the event that a message is about: the series if it is there, else the first.
func mainEvent(object *component) *component {
	var first *component
	for c := range object.all("VEVENT") {
		if c.get("RECURRENCE-ID") == nil {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}

// describe reads what does not depend on time.
func (in *Invitation) describe(event *component) {
	in.Summary, in.Location = event.text("SUMMARY"), event.text("LOCATION")
	in.Sequence, _ = number(event.text("SEQUENCE"), 0, 1<<30)
	switch strings.ToUpper(event.text("CLASS")) {
	case "PRIVATE":
		in.Sensitivity = Private
	case "CONFIDENTIAL":
		in.Sensitivity = Confidential
	case "X-PERSONAL":
		in.Sensitivity = Personal
	}
	in.Busy = busyOf(event)
	in.DisallowCounter = strings.EqualFold(event.text("X-MICROSOFT-DISALLOW-COUNTER"), "TRUE")
	for i := range event.props {
		switch p := &event.props[i]; p.name {
		case "ORGANIZER":
			in.Organizer = attendeeOf(p)
		case "ATTENDEE":
			in.Attendees = append(in.Attendees, attendeeOf(p))
		}
	}
}

// busyOf says what the organizer means the event to make of the attendees' time.
func busyOf(event *component) Busy {
	switch strings.ToUpper(event.text("X-MICROSOFT-CDO-INTENDEDSTATUS")) {
	case "FREE":
		return Free
	case "TENTATIVE":
		return Tentative
	case "OOF":
		return OutOfOffice
	case "WORKINGELSEWHERE":
		return Elsewhere
	case "BUSY":
		return Occupied
	}
	if strings.EqualFold(event.text("TRANSP"), "TRANSPARENT") {
		return Free
	}
	return Occupied
}

// attendeeOf reads an ORGANIZER or ATTENDEE. RFC 5545, sections 3.8.4.1 and 3.8.4.3.
func attendeeOf(p *property) Attendee {
	a := Attendee{
		Name:   strings.TrimSpace(p.param("CN")),
		Status: strings.ToUpper(p.param("PARTSTAT")),
		RSVP:   strings.EqualFold(p.param("RSVP"), "TRUE"),
	}
	address := strings.TrimSpace(p.value)
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
		if plain, err := url.PathUnescape(address); err == nil {
			address = plain
		}
	} else if email := p.param("EMAIL"); email != "" {
		address = email
	}
	if address = strings.TrimSpace(address); strings.Contains(address, "@") && !strings.ContainsAny(address, " <>\"\r\n") {
		a.Address = address
	}
	return a
}

// maxStretch bounds how long before or after an event its reminder may be.
const maxStretch = 10 * 366 * 24 * time.Hour

// remind reads the first alarm that has a time. RFC 5545, section 3.8.6.3.
func (in *Invitation) remind(event *component) {
	for alarm := range event.all("VALARM") {
		p := alarm.get("TRIGGER")
		if p == nil {
			continue
		}
		if m, ok := parseMomentValue(p.value); ok && m.utc {
			in.setReminder(in.Start.Sub(m.wall))
			return
		}
		before, ok := parseDuration(p.value)
		if !ok {
			continue
		}
		if strings.EqualFold(p.param("RELATED"), "END") {
			before += in.End.Sub(in.Start)
		}
		in.setReminder(-before)
		return
	}
}

// setReminder takes over a reminder that comes before the start, or at it.
func (in *Invitation) setReminder(before time.Duration) {
	if before >= 0 && before < maxStretch {
		in.Reminder, in.HasReminder = before, true
	}
}
