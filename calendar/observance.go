package calendar

import (
	"slices"
	"strings"
	"time"
)

// An observance is a STANDARD or DAYLIGHT of a VTIMEZONE: from when on which offset holds. RFC 5545, section 3.6.5.
type observance struct {
	start    time.Time // wall time of the first onset
	from, to int       // offsets in seconds
	rule     *Rule     // yearly; nil: none
	until    time.Time // of the rule, wall time; zero: for ever
	dates    []time.Time
}

// readObservances reads a VTIMEZONE. It reports false for one that it does not understand whole.
func readObservances(c *component) ([]observance, bool) {
	var list []observance
	for _, child := range c.children {
		if child.name != "STANDARD" && child.name != "DAYLIGHT" {
			continue
		}
		o, ok := readObservance(child)
		if !ok || len(list) >= 1000 {
			return nil, false
		}
		list = append(list, o)
	}
	return list, len(list) > 0
}

func readObservance(c *component) (o observance, ok bool) {
	if p := c.get("DTSTART"); p != nil {
		if m, err := parseMoment(p); err == nil {
			o.start = m.wall
		}
	}
	var okFrom, okTo bool
	o.from, okFrom = parseOffset(c.text("TZOFFSETFROM"))
	o.to, okTo = parseOffset(c.text("TZOFFSETTO"))
	if o.start.IsZero() || !okFrom || !okTo {
		return o, false
	}
	for _, p := range c.props {
		switch p.name {
		case "RRULE":
			rule, err := parseRule(p.value)
			if err != nil || o.rule != nil || !yearlyOnset(rule) {
				return o, false
			}
			o.rule = rule
			o.until = rule.until.wall
			if rule.until.utc {
				o.until = o.until.Add(time.Duration(o.from) * time.Second)
			}
		case "RDATE":
			for one := range strings.SplitSeq(p.value, ",") {
				m, ok := parseMomentValue(one)
				if !ok {
					return o, false
				}
				o.dates = append(o.dates, m.wall)
			}
		}
	}
	return o, true
}

// yearlyOnset reports whether a rule names one day of each year, in a way that onset understands.
func yearlyOnset(r *Rule) bool {
	return r.Freq == Yearly && r.Interval == 1 && r.Count == 0 && len(r.ByMonth) <= 1 && len(r.ByDay) <= 1 &&
		(len(r.BySetPos) == 0 || len(r.BySetPos) == 1 && len(r.ByDay) == 1 && r.ByDay[0].N == 0) &&
		(len(r.ByDay) == 1 || len(r.ByMonthDay) <= 1)
}

// onset is the wall time at which the rule's onset falls in a year; zero: never.
func (o *observance) onset(year int) time.Time {
	month, day := o.start.Month(), o.start.Day()
	if len(o.rule.ByMonth) == 1 {
		month = time.Month(o.rule.ByMonth[0])
	}
	switch {
	case len(o.rule.ByDay) == 1:
		day = o.weekday(year, month)
	case len(o.rule.ByMonthDay) == 1:
		if day = o.rule.ByMonthDay[0]; day < 0 {
			day += daysIn(year, month) + 1
		}
	}
	if day < 1 || day > daysIn(year, month) {
		return time.Time{}
	}
	t := time.Date(year, month, day, o.start.Hour(), o.start.Minute(), o.start.Second(), 0, time.UTC)
	if t.Before(o.start) || !o.until.IsZero() && t.After(o.until) {
		return time.Time{}
	}
	return t
}

// weekday is the day of the month that BYDAY, BYMONTHDAY and BYSETPOS name together; 0: none.
func (o *observance) weekday(year int, month time.Month) int {
	want := o.rule.ByDay[0]
	var days []int
	for d := 1; d <= daysIn(year, month); d++ {
		if time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Weekday() != want.Day {
			continue
		}
		if len(o.rule.ByMonthDay) == 0 || slices.Contains(o.rule.ByMonthDay, d) {
			days = append(days, d)
		}
	}
	n := want.N
	switch {
	case len(o.rule.BySetPos) == 1:
		n = o.rule.BySetPos[0]
	case n == 0:
		n = 1
	}
	if n < 0 {
		n += len(days) + 1
	}
	if n < 1 || n > len(days) {
		return 0
	}
	return days[n-1]
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// last returns the latest onset that is not after wall; zero: none.
func (o *observance) last(wall time.Time) time.Time {
	var latest time.Time
	take := func(t time.Time) {
		if !t.IsZero() && !t.After(wall) && t.After(latest) {
			latest = t
		}
	}
	take(o.start)
	for _, t := range o.dates {
		take(t)
	}
	if o.rule != nil {
		year := wall.Year()
		if !o.until.IsZero() && o.until.Year() < year {
			year = o.until.Year()
		}
		for back := range 9 { // a day that is only in leap years
			take(o.onset(year - back))
		}
	}
	return latest
}

// offsetByObservances is the offset that holds at a wall time, in seconds.
func offsetByObservances(list []observance, wall time.Time) int {
	var latest time.Time
	var holds, first *observance
	for i := range list {
		o := &list[i]
		if first == nil || o.start.Before(first.start) {
			first = o
		}
		if t := o.last(wall); !t.IsZero() && t.After(latest) {
			latest, holds = t, o
		}
	}
	switch {
	case holds == nil:
		return first.from
	case wall.Sub(latest) < time.Duration(holds.to-holds.from)*time.Second: // clocks skip it
		return holds.from
	}
	return holds.to
}

// changesByObservances lists the changes of a year.
func changesByObservances(list []observance, year int) []change {
	var changes []change
	for i := range list {
		o := &list[i]
		days := append([]time.Time{o.start}, o.dates...)
		if o.rule != nil {
			days = append(days, o.onset(year))
		}
		slices.SortFunc(days, time.Time.Compare)
		for _, t := range slices.CompactFunc(days, time.Time.Equal) {
			if t.Year() == year && o.from != o.to {
				changes = append(changes, change{wall: t, from: o.from, to: o.to})
			}
		}
	}
	sortChanges(changes)
	return changes
}
