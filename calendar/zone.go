package calendar

import (
	"strings"
	"sync"
	"time"

	// Zones must be known on machines that have no list of their own.
	_ "time/tzdata"
)

// A Zone tells which instant a clock on the wall means. It comes from a VTIMEZONE or has a name of the IANA list.
// A nil Zone is UTC. What zones mean never changes, and they may be used by several goroutines.
type Zone struct {
	name        string
	location    *time.Location // nil: observances
	observances []observance
	years       years // of observances, that were looked at
}

// Name is the TZID that the zone was given.
func (z *Zone) Name() string {
	if z == nil {
		return "UTC"
	}
	return z.name
}

// IANA is the name of the zone in the IANA list, "" for one that is only defined by rules.
func (z *Zone) IANA() string {
	switch {
	case z == nil:
		return "UTC"
	case z.location == nil:
		return ""
	}
	return z.location.String()
}

// LoadZone returns the zone with a name of the IANA list; false: there is none. A path may stand before the name, as
// some programs write it.
func LoadZone(name string) (*Zone, bool) {
	if z := namedZone(name); z != nil {
		return z, true
	}
	return nil, false
}

// locations are the zones of the IANA list that were asked for. They are read once: they never change while the
// program runs, and there are some hundreds of them.
var locations sync.Map // string: *time.Location

// loadLocation is time.LoadLocation without the zones of the machine.
func loadLocation(name string) *time.Location {
	if known, ok := locations.Load(name); ok {
		return known.(*time.Location)
	}
	if name == "" || name == "Local" || name == "localtime" || name == "posixrules" || name[0] == '.' {
		return nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	locations.Store(name, location)
	return location
}

// namedZone finds a zone of the IANA list. Some programs put a path before the name.
func namedZone(tzid string) *Zone {
	name := strings.Trim(tzid, "/ ")
	for {
		if location := loadLocation(name); location != nil {
			return &Zone{name: tzid, location: location}
		}
		_, rest, more := strings.Cut(name, "/")
		if !more || !strings.HasPrefix(tzid, "/") {
			return nil
		}
		name = rest
	}
}

// Instant returns the instant at which clocks show wall, whose location does not matter. Of two it is the first; a
// time that clocks skip counts as if they had not been put forward. RFC 5545, section 3.3.5.
func (z *Zone) Instant(wall time.Time) time.Time {
	wall = civil(wall)
	switch {
	case z == nil:
		return wall
	case z.location == nil:
		reading := wall.Unix()
		s := z.span(reading)
		offset, _ := s.offset(reading)
		return wall.Add(-time.Duration(offset) * time.Second)
	}
	first := wall.Add(-time.Duration(z.offsetAt(wall.Add(-24*time.Hour))) * time.Second)
	if z.shows(first, wall) {
		return first
	}
	later := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, z.location)
	if z.shows(later, wall) {
		return later.UTC()
	}
	return first
}

// Wall returns what clocks show at an instant; its location is time.UTC.
func (z *Zone) Wall(t time.Time) time.Time {
	switch {
	case z == nil:
		return civil(t.UTC())
	case z.location != nil:
		return civil(t.In(z.location))
	}
	at := t.Unix()
	s := z.span(at)
	return time.Unix(at+int64(s.offsetAtInstant(at)), 0).UTC()
}

// offsetAt is the offset of the named zone at t, in seconds.
func (z *Zone) offsetAt(t time.Time) int {
	_, offset := t.In(z.location).Zone()
	return offset
}

// shows reports whether clocks show wall at t.
func (z *Zone) shows(t, wall time.Time) bool { return civil(t.In(z.location)).Equal(wall) }

// civil is what a clock shows as a time in UTC.
func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func daysIn(year int, month time.Month) int {
	return dayNumber(year, int(month)+1, 1) - dayNumber(year, int(month), 1)
}
