package calendar

import (
	"strings"
	"time"
)

// place reads when the event is: all of it, or an error.
func (in *Invitation) place(event *Component, z *ZoneSet) error {
	start := event.Get("DTSTART")
	if start == nil {
		return unclear("no start")
	}
	from, err := parseMoment(start)
	if err != nil {
		return err
	}
	if in.Start, in.Zone, err = z.inMessage(from); err != nil {
		return err
	}
	in.WallStart, in.AllDay = from.Wall, from.Form == Date
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
func (in *Invitation) placeEnd(event *Component, z *ZoneSet, from Moment) error {
	switch end, duration := event.Get("DTEND"), event.Get("DURATION"); {
	case end != nil:
		to, err := parseMoment(end)
		if err != nil {
			return err
		}
		if (to.Form == Date) != (from.Form == Date) {
			return unclear("a day and a time")
		}
		if in.End, _, err = z.inMessage(to); err != nil {
			return err
		}
	case duration != nil:
		d, ok := parseDuration(duration.prop.Value)
		if !ok {
			return unclear("duration %.40q", duration.prop.Value)
		}
		in.End = in.Start.Add(d)
	case from.Form == Date:
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
func wholeDays(event *Component, wall time.Time, length time.Duration) bool {
	return strings.EqualFold(event.Text("X-MICROSOFT-CDO-ALLDAYEVENT"), "TRUE") &&
		wall.Equal(startOfDay(wall)) && length >= 23*time.Hour
}

// stampOf is when the event was last said so. MS-ASEMAIL demands DtStamp; what lacks it counts as said at its start.
func stampOf(event *Component) (time.Time, error) {
	for _, name := range []string{"DTSTAMP", "LAST-MODIFIED", "CREATED"} {
		p := event.Get(name)
		if p == nil {
			continue
		}
		if m, err := parseMoment(p); err == nil {
			return m.Wall, nil // UTC by the specification
		}
	}
	p := event.Get("DTSTART")
	m, err := parseMoment(p)
	return m.Wall, err
}

// placeOccurrence reads which meeting of a series the event is.
func (in *Invitation) placeOccurrence(event *Component, z *ZoneSet) error {
	p := event.Get("RECURRENCE-ID")
	if p == nil {
		return nil
	}
	if strings.EqualFold(p.Param("RANGE"), "THISANDFUTURE") {
		return unclear("many meetings of a series")
	}
	m, err := parseMoment(p)
	if err != nil {
		return err
	}
	if in.Occurrence, _, err = z.inMessage(m); err != nil {
		return err
	}
	in.OccurrenceDay = startOfDay(m.Wall)
	return nil
}

// placeSeries reads the rule of a series.
func (in *Invitation) placeSeries(event *Component) error {
	if event.Get("RECURRENCE-ID") != nil {
		return nil
	}
	if event.Get("RDATE") != nil || event.Get("EXRULE") != nil {
		return unclear("a series with single dates")
	}
	p := event.Get("RRULE")
	if p == nil {
		return nil
	}
	rule, err := parseRule(p.prop.Value)
	if err != nil {
		return err
	}
	rule.resolveUntil(in.WallStart, in.AllDay && in.Zone == nil, in.Zone)
	in.Rule = rule
	return nil
}
