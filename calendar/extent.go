package calendar

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// An extent is what the store keeps of an event beside its bytes, so that who asks for free time need not read those of
// events at other times, nor of those that say enough here. As stored it is extentForm, start, length, busy and whether
// it is plain, as varints, and behind them the [condensed] text. What is stored otherwise, or not at all, is no loss:
// then the event itself is read.
type extent struct {
	start, end int64 // seconds since 1970, no occurrence is outside of them
	busy       Busy
	plain      bool   // it makes busy of this time for everybody: nobody who may have declined is invited, it does not recur, and the zone of who asks does not matter
	text       string // what it says of time; "": too much, its bytes must be read
}

const (
	extentForm = 1
	maxExtent  = 2000 // bytes of the text
	everBefore = -1 << 40
	everAfter  = 1 << 40
	// anywhere is more than clocks differ on earth, either way.
	anywhere = 2 * 24 * time.Hour
)

// summary is the extent as it is stored, nil for what takes no time.
func (o *Object) summary() []byte {
	if o.Kind() != VEvent {
		return nil
	}
	s := extent{start: everBefore, end: everAfter}
	m := o.Master()
	switch recurs := o.Recurs(); {
	case o.free():
		s.busy, s.plain = Free, true
	case recurs:
		if first, ok := o.firstDay(); ok {
			s.start = first.Add(-anywhere).Unix()
		}
	case m != nil:
		s.single(o, m)
	}
	if !s.plain {
		s.text = o.condensed()
	}
	return s.bytes()
}

func (s *extent) bytes() []byte {
	plain := int64(0)
	if s.plain {
		plain = 1
	}
	b := []byte{extentForm}
	for _, n := range []int64{s.start, s.end - s.start, int64(s.busy), plain} {
		b = binary.AppendVarint(b, n)
	}
	return append(b, s.text...)
}

// readExtent reads what summary returned; false: it is something else.
func readExtent(raw []byte) (s extent, ok bool) {
	if len(raw) == 0 || raw[0] != extentForm {
		return s, false
	}
	raw = raw[1:]
	var n [4]int64
	for i := range n {
		v, size := binary.Varint(raw)
		if size <= 0 {
			return s, false
		}
		n[i], raw = v, raw[size:]
	}
	return extent{start: n[0], end: n[0] + n[1], busy: Busy(n[2]), plain: n[3] == 1, text: string(raw)}, true
}

// free reports whether no occurrence takes time, of whoever it is.
func (o *Object) free() bool {
	for c := range o.Components() {
		if c.Busy() != Free && !c.Cancelled() {
			return false
		}
	}
	return true
}

// firstDay is a day before which no occurrence starts, wherever one is; false: that is not easily told.
func (o *Object) firstDay() (time.Time, bool) {
	var first time.Time
	for c := range o.Components() {
		start := c.Start()
		if start.IsZero() {
			start = c.RecurrenceID()
		}
		if start.IsZero() || c.Get("RDATE") != nil || c.ThisAndFuture() {
			return first, false
		}
		if first.IsZero() || start.Wall.Before(first) {
			first = start.Wall
		}
	}
	return first, !first.IsZero()
}

// single fills in the extent of an event that does not recur.
func (s *extent) single(o *Object, m *Component) {
	begin, _, err := o.Resolve(m.Start(), nil)
	if err != nil {
		return
	}
	for oc, err := range o.Occurrences(begin.Add(-time.Second), time.Time{}, nil) {
		if err != nil {
			return
		}
		s.start, s.end, s.busy = oc.Start.Unix(), oc.End.Unix(), m.Busy()
		if start, end := m.Start().Form, m.End().Form; start < UTC || end == Date || end == Floating {
			s.start, s.end = oc.Start.Add(-anywhere).Unix(), oc.End.Add(anywhere).Unix()
			return
		}
		s.plain = m.Get("ATTENDEE") == nil
		return
	}
}

// Properties of which [Object.condensed] keeps the value as it is and those parameters that say something of time.
var ofTime = []string{
	"DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "EXRULE", "RDATE", "EXDATE",
	"TRANSP", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS",
}

// ofRevision are the properties by which the later of two components about one occurrence is known.
var ofRevision = []string{"SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "CREATED"}

// condensed writes those parts of an event that [FreeBusy.Add] looks at, "" if they are too much. [readCondensed] makes
// an object of it that takes the same time.
func (o *Object) condensed() string {
	keep := ofTime
	c := NewComponent(VCalendar)
	if all := slices.Collect(o.Components()); len(all) > 1 {
		keep = slices.Concat(ofTime, ofRevision)
	}
	size := 0
	for whole := range o.Components() {
		part := NewComponent(VEvent)
		for p := range whole.Properties() {
			if q := condense(p, keep); q != nil {
				part.items = append(part.items, item{prop: q})
				if size += len(p.prop.Value); size > maxExtent {
					return ""
				}
			}
		}
		c.AddChild(part)
	}
	if !o.defineZones(c) {
		return ""
	}
	text := string(c.Bytes())
	if len(text) > maxExtent {
		return ""
	}
	if again, err := readCondensed(text); err != nil || !again.calendar.Equal(c) {
		return "" // something that does not survive being written
	}
	return text
}

// condense leaves of a property what says something of time, nil if nothing does.
func condense(p *Property, keep []string) *Property {
	switch name := p.prop.Name; name {
	case "ATTENDEE":
		status := strings.ToUpper(p.Param("PARTSTAT"))
		address := calendarAddress(p)
		if status == "ACCEPTED" || address == "" { // as if not invited: the time is taken all the same
			return nil
		}
		q := NewProperty(name, address)
		q.setParam("PARTSTAT", list1(status))
		return q
	case "ORGANIZER":
		return NewProperty(name, calendarAddress(p))
	default:
		if !slices.Contains(keep, name) {
			return nil
		}
		q := NewProperty(name, p.prop.Value)
		for _, param := range []string{"TZID", "RANGE"} {
			if v := p.Param(param); v != "" {
				q.setParam(param, []string{v})
			}
		}
		return q
	}
}

// defineZones puts the definitions into a condensed calendar that are needed for its zones to be those of the object.
// False: with them there are others still.
func (o *Object) defineZones(c *Component) bool {
	var definitions []*Component
	bare := newZoneSet(NewComponent(VCalendar))
	for _, id := range tzidsOf(slices.Collect(c.Children(VEvent))) {
		whole, err := o.Zones().Find(id)
		if err != nil {
			return false
		}
		if z, err := bare.Find(id); err == nil && z.location != nil && z.location == whole.location {
			continue
		}
		z := o.Zones().definitions[strings.TrimSpace(id)]
		if z == nil {
			return false
		}
		definitions = append(definitions, z)
	}
	for _, z := range definitions {
		c.AddChild(z)
	}
	return true
}

// readCondensed reads what condensed returned.
func readCondensed(text string) (*Object, error) {
	f, err := Decode(strings.NewReader(text), ObjectLimits)
	if err != nil {
		return nil, err
	}
	return &Object{calendar: f.Calendars[0]}, nil
}
