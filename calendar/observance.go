package calendar

import (
	"slices"
	"strings"
)

// An observance is a STANDARD or DAYLIGHT of a VTIMEZONE: from when on which offset holds. RFC 5545, section 3.6.5.
type observance struct {
	start    int64 // clock reading at the first onset, by the offset before it
	from, to int   // offsets in seconds
	rule     *Rule // nil: none
	until    int64 // last onset of the rule, clock reading
	dates    []int64
}

// Bounds of a VTIMEZONE.
const (
	maxObservances = 1000
	maxZoneRules   = 200
	maxZoneWork    = 20_000 // to find the onsets of one year
)

// readObservances reads a VTIMEZONE. It reports false for one that it does not understand whole.
func readObservances(c *Component) ([]observance, bool) {
	var list []observance
	rules := 0
	for child := range c.Children("") {
		if child.name != "STANDARD" && child.name != "DAYLIGHT" {
			continue
		}
		o, ok := readObservance(child)
		if o.rule != nil {
			rules++
		}
		if !ok || len(list) >= maxObservances || rules > maxZoneRules {
			return nil, false
		}
		list = append(list, o)
	}
	return list, len(list) > 0
}

func readObservance(c *Component) (o observance, ok bool) {
	start, okStart := c.Get("DTSTART").Moment()
	var okFrom, okTo bool
	o.from, okFrom = parseOffset(c.Text("TZOFFSETFROM"))
	o.to, okTo = parseOffset(c.Text("TZOFFSETTO"))
	if !okStart || !okFrom || !okTo {
		return o, false
	}
	o.start, o.until = start.Wall.Unix(), maxWalk
	for p := range c.Properties() {
		switch p.prop.Name {
		case "RRULE":
			if o.rule != nil || !o.setRule(p.prop.Value) {
				return o, false
			}
		case "RDATE":
			for one := range strings.SplitSeq(p.prop.Value, ",") {
				m, ok := ParseMoment(one)
				if !ok {
					return o, false
				}
				o.dates = append(o.dates, m.Wall.Unix())
			}
		}
	}
	return o, true
}

func (o *observance) setRule(value string) bool {
	rule, err := ParseRule(value)
	if err != nil || rule.Freq < Monthly || rule.Count > maxObservances {
		return false
	}
	o.rule = rule
	switch last := rule.Last; last.Form {
	case UTC:
		o.until = last.Wall.Unix() + int64(o.from)
	case Date:
		o.until = last.Wall.Unix() + daySeconds - 1
	case Floating:
		o.until = last.Wall.Unix()
	}
	return true
}

// each calls f with the onsets from a to b, b excluded, in no order.
func (o *observance) each(a, b int64, budget *int, f func(int64)) {
	if o.start >= a && o.start < b {
		f(o.start)
	}
	for _, t := range o.dates {
		if t >= a && t < b {
			f(t)
		}
	}
	if o.rule == nil || o.until < a {
		return
	}
	w := newWalk(o.rule, o.start, a, budget)
	w.until = min(o.until, b-1)
	for t, ok := w.next(); ok; t, ok = w.next() {
		if t >= a {
			f(t)
		}
	}
}

// last returns the latest onset before a; false: none.
func (o *observance) last(a int64, budget *int) (latest int64, ok bool) {
	take := func(t int64) {
		if !ok || t > latest {
			latest, ok = t, true
		}
	}
	const span = 9 * 366 * daySeconds // a day that is only in leap years
	o.each(min(a, o.until+1)-span, a, budget, take)
	if !ok {
		o.each(-maxWalk, a, budget, take)
	}
	return latest, ok
}

// offsetBefore is the offset that holds before a clock reading by the latest onset.
func offsetBefore(list []observance, a int64, budget *int) int {
	first := &list[0]
	var holds *observance
	var latest int64
	for i := range list {
		o := &list[i]
		if o.start < first.start {
			first = o
		}
		if t, ok := o.last(a, budget); ok && (holds == nil || t > latest) {
			latest, holds = t, o
		}
	}
	if holds == nil {
		return first.from
	}
	return holds.to
}

// onsetsByObservances lists the onsets from a to b, b excluded.
func onsetsByObservances(list []observance, a, b int64, budget *int) []onset {
	var all []onset
	for i := range list {
		o := &list[i]
		o.each(a, b, budget, func(t int64) { all = append(all, onset{wall: t, from: o.from, to: o.to}) })
	}
	slices.SortFunc(all, func(x, y onset) int { return int(max(-1, min(1, x.wall-y.wall))) })
	return slices.Compact(all)
}
