package calendar

import (
	"io"
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

// messageLimits are those of the calendar part of a message.
var messageLimits = Limits{Bytes: 1 << 20, Line: 1 << 20, Properties: 20_000, Depth: 16, Problems: 10}

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
	f, err := Decode(r, messageLimits)
	if err != nil {
		return nil, err
	}
	object := f.Calendars[0]
	event := mainEvent(object)
	if event == nil {
		return nil, unclear("no event")
	}
	in := &Invitation{Method: strings.ToUpper(object.Text("METHOD")), UID: event.Text("UID")}
	if in.Method == "" {
		in.Method = strings.ToUpper(method)
	}
	if in.UID == "" || len(in.UID) > 1024 {
		return nil, unclear("UID of %d bytes", len(in.UID))
	}
	in.describe(event)
	if err := in.place(event, newZoneSet(object)); err != nil {
		return nil, err
	}
	in.remind(event)
	return in, nil
}

// mainEvent is the event that a message is about: the series if it is there, else the first.
func mainEvent(object *Component) *Component {
	var first *Component
	for c := range object.Children(VEvent) {
		if c.Get("RECURRENCE-ID") == nil {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}

// describe reads what does not depend on time.
func (in *Invitation) describe(event *Component) {
	in.Summary, in.Location = event.Text("SUMMARY"), event.Text("LOCATION")
	in.Sequence, in.Sensitivity = event.Sequence(), event.Sensitivity()
	in.Busy = busyOf(event)
	in.DisallowCounter = strings.EqualFold(event.Text("X-MICROSOFT-DISALLOW-COUNTER"), "TRUE")
	organizer, _ := event.Organizer()
	in.Organizer = organizer.Attendee
	for _, who := range event.Attendees() {
		in.Attendees = append(in.Attendees, who.Attendee)
	}
}

// busyOf says what the organizer means the event to make of the attendees' time.
func busyOf(event *Component) Busy {
	switch strings.ToUpper(event.Text("X-MICROSOFT-CDO-INTENDEDSTATUS")) {
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
	if strings.EqualFold(event.Text("TRANSP"), "TRANSPARENT") {
		return Free
	}
	return Occupied
}

// maxStretch bounds how long before or after an event its reminder may be.
const maxStretch = 10 * 366 * 24 * time.Hour

// remind reads the first alarm that has a time. RFC 5545, section 3.8.6.3.
func (in *Invitation) remind(event *Component) {
	for alarm := range event.Children(VAlarm) {
		p := alarm.Get("TRIGGER")
		if p == nil {
			continue
		}
		if m, ok := ParseMoment(p.prop.Value); ok && m.Form == UTC {
			in.setReminder(in.Start.Sub(m.Wall))
			return
		}
		before, ok := parseDuration(p.prop.Value)
		if !ok {
			continue
		}
		if strings.EqualFold(p.Param("RELATED"), "END") {
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
