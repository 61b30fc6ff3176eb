package calendar

import (
	"strings"
	"time"
)

// place reads when the event is: all of it, or an error.
func (in *Invitation) place(event *component, z zones) error {
	start := event.get("DTSTART")
	if start == nil {
		return unclear("no start")
	}
	from, err := parseMoment(start)
	if err != nil {
		return err
	}
	if in.Start, in.Zone, err = z.resolve(from); err != nil {
		return err
	}
	in.WallStart, in.AllDay = from.wall, from.date
	if err := in.placeEnd(event, z, from); err != nil {
		return err
	}
	if !in.AllDay && wholeDays(event, in.WallStart, in.End.Sub(in.Start)) {
		in.AllDay = true
	}
	if in.Stamp, err = stampOf(event); err != nil {
		return err
	}
	if err := in.placeOccurrence(event, z); err != nil {
		return err
	}
	return in.placeSeries(event)
}

// placeEnd reads where the event ends: at DTEND, or after DURATION, or where RFC 5545, section 3.6.1, says.
func (in *Invitation) placeEnd(event *component, z zones, from moment) error {
	switch end, duration := event.get("DTEND"), event.get("DURATION"); {
	case end != nil:
		to, err := parseMoment(end)
		if err != nil {
			return err
		}
		if to.date != from.date {
			return unclear("a day and a time")
		}
		if in.End, _, err = z.resolve(to); err != nil {
			return err
		}
	case duration != nil:
		d, ok := parseDuration(duration.value)
		if !ok {
			return unclear("duration %.40q", duration.value)
		}
		in.End = in.Start.Add(d)
	case from.date:
		in.End = in.Start.AddDate(0, 0, 1)
	default:
		in.End = in.Start
	}
	if in.AllDay && in.End.Equal(in.Start) { // some write the last day instead of the one after it
		in.End = in.Start.AddDate(0, 0, 1)
	}
	if in.End.Before(in.Start) || in.End.Sub(in.Start) > maxDuration {
		return unclear("ends %v after it starts", in.End.Sub(in.Start))
	}
	return nil
}

// wholeDays reports whether an event with times is meant to be one of days: Exchange writes it so.
func wholeDays(event *component, wall time.Time, length time.Duration) bool {
	return strings.EqualFold(event.text("X-MICROSOFT-CDO-ALLDAYEVENT"), "TRUE") &&
		wall.Equal(startOfDay(wall)) && length >= 23*time.Hour
}

// stampOf is when the event was last said so. MS-ASEMAIL demands DtStamp; what lacks it counts as said at its start.
func stampOf(event *component) (time.Time, error) {
	for _, name := range []string{"DTSTAMP", "LAST-MODIFIED", "CREATED"} {
		p := event.get(name)
		if p == nil {
			continue
		}
		if m, err := parseMoment(p); err == nil {
			return m.wall, nil // UTC by the specification
		}
	}
	p := event.get("DTSTART")
	m, err := parseMoment(p)
	return m.wall, err
}

// placeOccurrence reads which meeting of a series the event is.
func (in *Invitation) placeOccurrence(event *component, z zones) error {
	p := event.get("RECURRENCE-ID")
	if p == nil {
		return nil
	}
	if strings.EqualFold(p.param("RANGE"), "THISANDFUTURE") {
		return unclear("many meetings of a series")
	}
	m, err := parseMoment(p)
	if err != nil {
		return err
	}
	if in.Occurrence, _, err = z.resolve(m); err != nil {
		return err
	}
	in.OccurrenceDay = startOfDay(m.wall)
	return nil
}

// placeSeries reads the rule of a series.
func (in *Invitation) placeSeries(event *component) error {
	if event.get("RECURRENCE-ID") != nil {
		return nil
	}
	if event.get("RDATE") != nil || event.get("EXRULE") != nil {
		return unclear("a series with single dates")
	}
	p := event.get("RRULE")
	if p == nil {
		return nil
	}
	rule, err := parseRule(p.value)
	if err != nil {
		return err
	}
	rule.resolveUntil(in.WallStart, in.AllDay && in.Zone == nil, in.Zone)
	in.Rule = rule
	return nil
}
