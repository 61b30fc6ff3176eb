package calendar

import (
	"strings"
	"time"
)

// zones finds the zones of one object.
type zones struct {
	known map[string]*Zone // by TZID as written in VTIMEZONE; nil: one that is unclear
	usual string           // X-WR-TIMEZONE, in which floating times are meant
}

func readZones(object *component) zones {
	z := zones{known: map[string]*Zone{}, usual: object.text("X-WR-TIMEZONE")}
	for c := range object.all("VTIMEZONE") {
		name := c.text("TZID")
		observances, ok := readObservances(c.converted())
		if !ok || name == "" {
			continue
		}
		z.known[name] = &Zone{name: name, observances: observances}
	}
	return z
}

// converted is the component in the form of objects.
func (c *component) converted() *Component {
	d := NewComponent(c.name)
	for _, p := range c.props {
		q := NewProperty(p.name, p.value)
		for _, x := range p.params {
			q.setParam(x.name, []string{x.value})
		}
		d.Add(q)
	}
	for _, child := range c.children {
		d.AddChild(child.converted())
	}
	return d
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
