package calendar

import (
	"fmt"
	"strconv"
	"time"
)

// emittedYears is how far a definition is written out before its last rules count for ever.
const emittedYears = 12

// Component writes the zone as a VTIMEZONE, which holds for what takes place from the one instant to the other; a to
// that is zero: for ever. name is its TZID. RFC 5545, section 3.6.5.
func (z *Zone) Component(name string, from, to time.Time) *Component {
	c := NewComponent(VTimezone)
	c.Add(NewText("TZID", name))
	first := max(1970, from.Year()-1)
	last := first + emittedYears
	if !to.IsZero() {
		last = min(max(to.Year()+1, first+2), first+150)
	} else {
		last = max(last, comparedYear+emittedYears)
	}
	var runs []*run
	var open []*run
	for year := first; year <= last; year++ {
		s := z.spanOf(year)
		open = extend(&runs, open, s.inYear(), year)
	}
	s := z.spanOf(first)
	base, _ := s.offset(s.lo)
	c.AddChild(observanceOf("STANDARD", s.lo, base, base, nil))
	for _, r := range runs {
		kind := "STANDARD"
		if r.onsets[0].to > r.onsets[0].from {
			kind = "DAYLIGHT"
		}
		rule := r.rule()
		if rule != nil && r.last < last {
			rule.Last = Moment{Form: UTC, Wall: time.Unix(r.onsets[len(r.onsets)-1].wall-int64(r.onsets[0].from), 0).UTC()}
		}
		c.AddChild(observanceOf(kind, r.onsets[0].wall, r.onsets[0].from, r.onsets[0].to, rule))
	}
	return c
}

// A run is one change of clocks in years one after another that follow one rule.
type run struct {
	onsets []onset
	last   int          // year
	nth    map[int]bool // which of its weekdays in the month it may be in all of them, -1 the last
	after  int          // earliest day of the month
	before int          // latest
}

// extend adds the changes of a year to the runs that they continue, or begins others.
func extend(runs *[]*run, open []*run, changes []onset, year int) []*run {
	var still []*run
	for _, c := range changes {
		continued := false
		for _, r := range open {
			if r.last == year-1 && r.take(c) {
				r.last = year
				continued = true
				still = append(still, r)
				break
			}
		}
		if !continued {
			r := &run{onsets: []onset{c}, last: year, nth: nthOf(c.at())}
			r.after, r.before = c.at().Day(), c.at().Day()
			*runs = append(*runs, r)
			still = append(still, r)
		}
	}
	return still
}

// nthOf says which of its weekdays in the month a day may be.
func nthOf(t time.Time) map[int]bool {
	nth := map[int]bool{(t.Day()-1)/7 + 1: true}
	if t.Day()+7 > daysIn(t.Year(), t.Month()) {
		nth[-1] = true
	}
	return nth
}

// take adds a change if the run's rule can still name it.
func (r *run) take(c onset) bool {
	first, at := r.onsets[0].at(), c.at()
	if !same(r.onsets[0], c) {
		return false
	}
	common := map[int]bool{}
	for n := range nthOf(at) {
		if r.nth[n] {
			common[n] = true
		}
	}
	after, before := min(r.after, at.Day()), max(r.before, at.Day())
	if len(common) == 0 && (before-after > 6 || first.Month() != at.Month()) {
		return false
	}
	r.nth, r.after, r.before = common, after, before
	r.onsets = append(r.onsets, c)
	return true
}

// rule is what names the changes of a run; nil for one that happens once.
func (r *run) rule() *Rule {
	if len(r.onsets) < 2 {
		return nil
	}
	at := r.onsets[0].at()
	rule := &Rule{Freq: Yearly, Interval: 1, ByMonth: []int{int(at.Month())}, WeekStart: time.Monday}
	day := Weekday{Day: at.Weekday()}
	switch {
	case r.nth[-1]:
		day.N = -1
	case len(r.nth) > 0:
		for n := range r.nth {
			day.N = n
		}
	default: // the first one from some day on
		for d := r.before - 6; d <= r.before; d++ {
			if d >= 1 {
				rule.ByMonthDay = append(rule.ByMonthDay, d)
			}
		}
	}
	rule.ByDay = []Weekday{day}
	return rule
}

func observanceOf(kind string, wall int64, from, to int, rule *Rule) *Component {
	c := NewComponent(kind)
	c.Add(NewProperty("DTSTART", Moment{Form: Floating, Wall: time.Unix(wall, 0).UTC()}.String()))
	c.Add(NewProperty("TZOFFSETFROM", offsetText(from)))
	c.Add(NewProperty("TZOFFSETTO", offsetText(to)))
	if rule != nil {
		c.Add(NewProperty("RRULE", rule.String()))
	}
	return c
}

// offsetText writes a UTC-OFFSET. RFC 5545, section 3.3.14.
func offsetText(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := sign + fmt.Sprintf("%02d%02d", seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += strconv.Itoa(100 + seconds%60)[1:]
	}
	return text
}

// DefineZones writes the VTIMEZONE of every zone that the object names and does not define, and takes out those that
// it does not name. A zone that is not known stays without.
func (o *Object) DefineZones(now time.Time) {
	named := map[string]bool{}
	var list []*Component
	for c := range o.Components() {
		list = append(list, c)
	}
	from := now
	for _, id := range tzidsOf(list) {
		named[id] = true
	}
	if m := o.Master(); m != nil {
		if at, _, err := o.Resolve(m.Start(), nil); err == nil && at.Before(from) {
			from = at
		}
	}
	defined := map[string]bool{}
	o.calendar.RemoveChildren(func(c *Component) bool {
		id := c.Text("TZID")
		if c.name != VTimezone {
			return false
		}
		drop := !named[id] || defined[id]
		defined[id] = true
		return drop
	})
	var added []item
	for _, id := range tzidsOf(list) {
		if zone, err := o.Zones().Find(id); err == nil && !defined[id] {
			added = append(added, item{child: zone.Component(id, from, time.Time{})})
		}
	}
	o.calendar.insertBeforeChildren(added)
}
