package activesync

import (
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

const (
	halfHour = 30 * time.Minute
	oneDay   = 24 * time.Hour
)

// An eventSpan is when an event takes place: instants, or days as midnights in UTC, the end behind the last day.
type eventSpan struct {
	start, end time.Time
	allDay     bool
}

// spanOf is when a component of the event takes place, and the zone in which it starts: that of the user for days,
// floating times, and zones that are not known.
func (v *eventView) spanOf(c *calendar.Component) (eventSpan, *calendar.Zone, error) {
	start := c.Start()
	if start.IsZero() {
		start = c.RecurrenceID()
	}
	if start.IsZero() {
		return eventSpan{}, nil, calendar.ErrUnclear
	}
	if isAllDay(c) {
		s := eventSpan{start: day(start.Wall), allDay: true}
		s.end = s.start.Add(max(oneDay, c.Duration().Truncate(oneDay)))
		if end := c.End(); !end.IsZero() {
			s.end = later(day(end.Wall), s.start.Add(oneDay))
		}
		return s, v.home, nil
	}
	at, zone := v.resolve(start)
	s := eventSpan{start: at, end: at.Add(c.Duration())}
	if end := c.End(); !end.IsZero() {
		s.end, _ = v.resolve(end)
		s.end = later(s.end, at)
	}
	return s, zone, nil
}

// isAllDay reports whether a component is about whole days: some programs write midnights and say so in a property of
// their own.
func isAllDay(c *calendar.Component) bool {
	start, end := c.Start(), c.End()
	if start.IsZero() {
		start = c.RecurrenceID()
	}
	midnights := start.Wall.Equal(day(start.Wall)) && !end.IsZero() && end.Wall.Equal(day(end.Wall)) && end.Wall.After(start.Wall)
	return start.Form == calendar.Date || midnights && start.Form != calendar.UTC && strings.EqualFold(c.Text("X-MICROSOFT-CDO-ALLDAYEVENT"), "TRUE")
}

// resolve returns the instant of a moment and its zone.
func (v *eventView) resolve(m calendar.Moment) (time.Time, *calendar.Zone) {
	at, zone, err := v.object.Resolve(m, v.home)
	if err != nil {
		return v.home.Instant(m.Wall), v.home
	}
	return at, zone
}

// told is a point in time as the device has it: of days, from 16.0 on the day itself, before that the user's midnight.
// MS-ASCAL, StartTime.
func (v *eventView) told(t time.Time, allDay bool) *time.Time {
	if allDay && v.version < V160 {
		t = v.home.Instant(t)
	}
	return &t
}

// day is the midnight before a clock reading.
func day(wall time.Time) time.Time { return wall.Truncate(oneDay) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// zoneYear is the year whose rules count: that of the event, of a series that runs the present one.
func (v *eventView) zoneYear() int {
	year := v.span.start.Year()
	if v.rule != nil {
		year = max(year, v.now.Year())
		if !v.rule.Until.IsZero() {
			year = max(v.span.start.Year(), min(year, v.rule.Until.Year()))
		}
	}
	return year
}

// An eventClock is how the points in time of an event are written.
type eventClock struct {
	form calendar.Form // not Date
	tzid string
	zone *calendar.Zone
}

// clock is how the event is written; false: it is about days, or new.
func (v *eventView) clock() (eventClock, bool) {
	m := v.master.Start()
	if m.IsZero() || v.span.allDay {
		return eventClock{}, false
	}
	return eventClock{form: m.Form, tzid: m.TZID, zone: v.zone}, true
}

// clockIn is how an event in a zone is written.
func clockIn(zone *calendar.Zone) eventClock {
	switch {
	case zone == nil || zone.IANA() == "UTC" || zone.IANA() == "Etc/UTC":
		return eventClock{form: calendar.UTC}
	case zone.IANA() != "":
		return eventClock{form: calendar.Zoned, tzid: zone.IANA(), zone: zone}
	}
	return eventClock{form: calendar.Zoned, tzid: zone.Name(), zone: zone}
}

// moment writes an instant. One that clocks show a second time is written in UTC: a zone would name the first.
func (k eventClock) moment(t time.Time) calendar.Moment {
	if k.form == calendar.UTC {
		return calendar.InstantOf(t)
	}
	wall := k.zone.Wall(t)
	if k.form == calendar.Floating {
		return calendar.WallOf(wall, "")
	}
	if !k.zone.Instant(wall).Equal(t.Truncate(time.Second)) {
		return calendar.InstantOf(t)
	}
	return calendar.WallOf(wall, k.tzid)
}

// moments write when an event takes place.
func (k eventClock) moments(s eventSpan) (start, end calendar.Moment) {
	if s.allDay {
		return calendar.DateOf(s.start), calendar.DateOf(s.end)
	}
	return k.moment(s.start), k.moment(s.end)
}

// dayOf is the day that a device means by a point in time: that of its digits if they are a midnight, as all devices
// write it from 16.0 on and some before; otherwise the nearest midnight in the zone that it names. Some write the
// midnight of another zone: of the user's it counts. MS-ASCAL, AllDayEvent.
func dayOf(t time.Time, named, home *calendar.Zone) time.Time {
	if t.Equal(day(t)) {
		return t
	}
	for _, zone := range []*calendar.Zone{named, home} {
		if wall := zone.Wall(t); wall.Equal(day(wall)) {
			return wall
		}
	}
	return named.Wall(t).Round(oneDay)
}
