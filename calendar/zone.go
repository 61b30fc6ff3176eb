package calendar

import (
	"slices"
	"strings"
	"time"

	// Zones must be known on machines that have no list of their own.
	_ "time/tzdata"
)

// A Zone tells which instant a clock on the wall means. It comes from a VTIMEZONE or has a name of the IANA list.
// A nil Zone is UTC.
type Zone struct {
	name        string
	location    *time.Location // nil: observances
	observances []observance
}

// Name is the TZID that the zone was given.
func (z *Zone) Name() string {
	if z == nil {
		return "UTC"
	}
	return z.name
}

// namedZone finds a zone of the IANA list. Some programs put a path before the name.
func namedZone(tzid string) *Zone {
	name := strings.Trim(tzid, "/ ")
	for {
		if name != "" && name != "Local" && !strings.HasPrefix(name, ".") {
			if location, err := time.LoadLocation(name); err == nil {
				return &Zone{name: tzid, location: location}
			}
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
		return wall.Add(-time.Duration(offsetByObservances(z.observances, wall)) * time.Second)
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

// A change is one time that clocks are changed.
type change struct {
	wall     time.Time // what clocks show just before
	from, to int       // offsets in seconds
}

// changes lists when the offset changes in a year, in order.
func (z *Zone) changes(year int) []change {
	switch {
	case z == nil:
		return nil
	case z.location == nil:
		return changesByObservances(z.observances, year)
	}
	var list []change
	at := time.Date(year, time.January, 1, 0, 0, 0, 0, z.location)
	for {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.Year() != year {
			return list
		}
		from, to := z.offsetAt(end.Add(-time.Second)), z.offsetAt(end)
		if from != to {
			list = append(list, change{wall: end.UTC().Add(time.Duration(from) * time.Second), from: from, to: to})
		}
		at = end
	}
}

// base is the offset with which a year begins, in seconds.
func (z *Zone) base(year int) int {
	first := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case z == nil:
		return 0
	case z.location == nil:
		return offsetByObservances(z.observances, first)
	}
	return z.offsetAt(first)
}

// zones finds the zones of one object.
type zones struct {
	known map[string]*Zone // by TZID as written in VTIMEZONE; nil: one that is unclear
	usual string           // X-WR-TIMEZONE, in which floating times are meant
}

func readZones(object *component) zones {
	z := zones{known: map[string]*Zone{}, usual: object.text("X-WR-TIMEZONE")}
	for c := range object.all("VTIMEZONE") {
		name := c.text("TZID")
		observances, ok := readObservances(c)
		if !ok || name == "" {
			continue
		}
		z.known[name] = &Zone{name: name, observances: observances}
	}
	return z
}

// find returns the zone of a TZID: as the object defines it, else that of the IANA list. Floating times are in the
// zone that the calendar names for itself.
func (z zones) find(tzid string) (*Zone, error) {
	tzid = strings.TrimSpace(tzid)
	if tzid == "" {
		tzid = z.usual
	}
	if zone := z.known[unescape(tzid)]; zone != nil {
		return zone, nil
	}
	if zone := namedZone(tzid); zone != nil && tzid != "" {
		return zone, nil
	}
	return nil, unclear("zone %.60q is not known", tzid)
}

// resolve returns the instant of a moment and its zone, nil for UTC and for days.
func (z zones) resolve(m moment) (time.Time, *Zone, error) {
	if m.utc || m.date {
		return m.wall, nil, nil
	}
	zone, err := z.find(m.tzid)
	if err != nil {
		return time.Time{}, nil, err
	}
	return zone.Instant(m.wall), zone, nil
}

// sortChanges brings changes into the order of time.
func sortChanges(list []change) {
	slices.SortFunc(list, func(a, b change) int { return a.wall.Compare(b.wall) })
}
