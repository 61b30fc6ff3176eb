package calendar

import (
	"strings"
	"time"
)

// A ZoneSet finds zones by the names that one calendar uses. It is not safe for use by several goroutines.
type ZoneSet struct {
	definitions map[string]*Component
	found       map[string]*Zone // nil: looked for and not found
	usual       string           // X-WR-TIMEZONE
}

func newZoneSet(c *Component) *ZoneSet {
	s := &ZoneSet{definitions: map[string]*Component{}, found: map[string]*Zone{}, usual: c.Text("X-WR-TIMEZONE")}
	for z := range c.Children(VTimezone) {
		if id := z.Text("TZID"); id != "" && s.definitions[id] == nil {
			s.definitions[id] = z
		}
	}
	return s
}

// Find returns the zone of a TZID. A name of the IANA list is that zone, whatever the calendar says of it. Another
// name is the zone that the calendar defines, unless it is a name of Windows whose zone does the same in our days: then
// it is that one, so that it follows when governments change their minds. What is not defined is found by its name:
// that of Windows, or one such as "(UTC+01:00) Amsterdam, Berlin". The error wraps [ErrUnclear].
func (s *ZoneSet) Find(tzid string) (*Zone, error) {
	tzid = strings.TrimSpace(tzid)
	z, known := s.found[tzid]
	if !known && len(s.found) < maxZones {
		z = s.find(tzid)
		s.found[tzid] = z
	}
	if z == nil {
		return nil, unclear("zone %.60q is not known", tzid)
	}
	return z, nil
}

func (s *ZoneSet) find(tzid string) *Zone {
	if z := namedZone(tzid); z != nil {
		return z
	}
	byName := zoneByOtherName(tzid)
	definition := s.definitions[tzid]
	if definition == nil {
		definition = s.definitions[unescape(tzid)]
	}
	if definition == nil {
		return byName
	}
	observances, ok := readObservances(definition)
	if !ok {
		return byName
	}
	defined := &Zone{name: tzid, observances: observances}
	if byName == nil { // programs on the library libical say which zone theirs is
		byName = zoneCalled(tzid, definition.Text("X-LIC-LOCATION"))
	}
	if byName != nil && agrees(defined, byName, comparedYear) {
		return byName
	}
	return defined
}

// maxZones bounds how many zones of one calendar are looked for.
const maxZones = 500

// comparedYear is one by whose rules definitions are compared with names: no program rewrites its definitions often.
const comparedYear = 2024

// Resolve returns the instant of a moment, and its zone: in for days and floating times, nil for UTC.
func (s *ZoneSet) Resolve(m Moment, in *Zone) (time.Time, *Zone, error) {
	switch m.Form {
	case NoForm:
		return time.Time{}, nil, unclear("no date")
	case UTC:
		return m.Wall, nil, nil
	case Zoned:
		zone, err := s.Find(m.TZID)
		if err != nil {
			return time.Time{}, nil, err
		}
		return zone.Instant(m.Wall), zone, nil
	}
	return in.Instant(m.Wall), in, nil
}

// inMessage is Resolve for what somebody else wrote: days are midnights in UTC, and a floating time is one in the zone
// that the calendar names for itself, or unclear.
func (s *ZoneSet) inMessage(m Moment) (time.Time, *Zone, error) {
	if m.Form == Floating {
		m.Form, m.TZID = Zoned, s.usual
	}
	return s.Resolve(m, nil)
}

// agrees reports whether two zones have the same offsets and changes in a year.
func agrees(a, b *Zone, year int) bool {
	x, y := a.spanOf(year), b.spanOf(year)
	cx, cy := x.inYear(), y.inYear()
	ox, _ := x.offset(x.lo)
	oy, _ := y.offset(y.lo)
	if ox != oy || len(cx) != len(cy) {
		return false
	}
	for i := range cx {
		if cx[i] != cy[i] {
			return false
		}
	}
	return true
}
