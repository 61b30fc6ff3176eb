package calendar

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"
)

// Horizon is how far behind its beginning an expansion goes at most.
const Horizon = 100 * 366 * 24 * time.Hour

// maxWork bounds the work of one expansion: about so many occurrences, those before its beginning included.
const maxWork = 1_000_000

// ErrTooMuch ends an expansion that would be too much work: of a rule that falls on every second, say.
var ErrTooMuch = errors.New("series has too many occurrences")

// An Occurrence is one time that an event, task or note takes place.
type Occurrence struct {
	ID         Moment    // original start, as RECURRENCE-ID names it; its zero value: the object does not recur
	Start, End time.Time // UTC; of days the midnights in the zone of who asked. End is not before Start
	AllDay     bool
	Zone       *Zone      // in which it starts; nil: UTC
	Component  *Component // what says of it: an override of this occurrence or of earlier ones, or the master
	Override   bool       // Component is about this occurrence alone
}

// Occurrences yields what takes place between from and to, to excluded, in order of their starts. Days and floating
// times are meant in the zone in. An occurrence without length counts if it starts there. A to that is zero, or more
// than [Horizon] behind from, means that horizon.
//
// A local time that clocks skip is as if they had not been put forward, of two it is the first (RFC 5545, section
// 3.3.5); what would then take place twice at one instant does so once. The first start counts as an occurrence,
// whether the rule names it or not, and is one of COUNT. An override counts also if no rule names its occurrence.
//
// What has no date, as a task may, takes place at no time. The error ends the sequence: [ErrUnclear] for times that
// cannot be understood; for a rule that cannot, after everything else that takes place; [ErrTooMuch] for too much work.
func (o *Object) Occurrences(from, to time.Time, in *Zone) iter.Seq2[Occurrence, error] {
	return func(yield func(Occurrence, error) bool) {
		work := maxWork
		o.occurrences(from, to, in, &work)(yield)
	}
}

// occurrences is [Object.Occurrences] with another bound of the work, which is less by what was done then.
func (o *Object) occurrences(from, to time.Time, in *Zone, work *int) iter.Seq2[Occurrence, error] {
	return func(yield func(Occurrence, error) bool) {
		x, err := o.expansion(from, to, in)
		if err != nil {
			yield(Occurrence{}, err)
			return
		}
		x.budget = min(x.budget, *work)
		before := x.budget
		x.run(yield)
		*work -= before - x.budget
	}
}

// An expansion is one run through the occurrences of an object.
type expansion struct {
	object    *Object
	in        *Zone
	from, to  int64
	master    *placed
	overrides []*placed // by start
	ids       map[int64]bool
	days      map[int]bool // overrides given by a day although the series has times
	ranges    []*placed    // THISANDFUTURE, by ID
	set       *instances
	budget    int
}

// A placed is a component with its times resolved.
type placed struct {
	c        *Component
	start    Moment
	at, end  int64
	zone     *Zone
	id       Moment
	idAt     int64
	shift    time.Duration // of the clock, of a range
	duration int64         // exact seconds
	days     int           // of whole days: how many
}

func (o *Object) expansion(from, to time.Time, in *Zone) (*expansion, error) {
	x := &expansion{object: o, in: in, from: from.Unix(), budget: maxWork}
	if to.IsZero() || to.Sub(from) > Horizon {
		to = from.Add(Horizon)
	}
	x.to = to.Unix()
	if master := o.Master(); master != nil && !undated(master) {
		var err error
		if x.master, err = x.place(master); err != nil {
			return nil, err
		}
	}
	if err := x.placeOverrides(); err != nil {
		return nil, err
	}
	if x.master == nil {
		return x, nil
	}
	longest := x.master.duration
	for _, r := range x.ranges {
		longest = max(longest, r.duration+int64(r.shift.Abs()/time.Second))
	}
	var err error
	x.set, err = newInstances(x, x.from-longest-2*daySeconds)
	return x, err
}

// undated reports whether a component is a task or note without a date.
func undated(c *Component) bool {
	return c.Get("DTSTART") == nil && (c.name == VTodo && c.Get("DUE") == nil || c.name == VJournal && c.Stamp().IsZero())
}

// place resolves the times of a component.
func (x *expansion) place(c *Component) (*placed, error) {
	p := &placed{c: c, start: c.Start()}
	if p.start.IsZero() && c.name == VTodo {
		p.start = c.Due()
	}
	if p.start.IsZero() && c.name == VJournal {
		p.start = Moment{Form: UTC, Wall: c.Stamp()}
	}
	at, zone, err := x.object.Resolve(p.start, x.in)
	if err != nil {
		return nil, err
	}
	p.at, p.zone = at.Unix(), zone
	return p, x.placeEnd(p)
}

// placeEnd finds how long it takes. RFC 5545, section 3.6.1; ends before the start, which programs write, count as
// the start.
func (x *expansion) placeEnd(p *placed) error {
	end := p.c.End()
	if p.start.Form == Date {
		p.days = 1
		switch {
		case end.Form != NoForm:
			p.days = max(1, int(startOfDay(end.Wall).Sub(p.start.Wall)/(24*time.Hour)))
		case p.c.Get("DURATION") != nil:
			p.days = max(1, int(p.c.Duration()/(24*time.Hour)))
		case p.c.name == VJournal || p.c.name == VTodo && p.c.Due().IsZero():
		}
		p.end = x.in.Instant(p.start.Wall.AddDate(0, 0, p.days)).Unix()
		p.duration = int64(p.days) * daySeconds
		return nil
	}
	switch {
	case end.Form != NoForm:
		at, _, err := x.object.Resolve(end, x.in)
		if err != nil {
			return err
		}
		p.end = at.Unix()
	default:
		p.end = p.at + int64(p.c.Duration()/time.Second)
	}
	p.end = max(p.end, p.at)
	p.duration = p.end - p.at
	return nil
}

// placeOverrides resolves the overrides and sorts them.
func (x *expansion) placeOverrides() error {
	overrides := x.object.Overrides()
	if len(overrides) == 0 {
		return nil
	}
	x.ids, x.days = map[int64]bool{}, map[int]bool{}
	latest := map[int64]*placed{}
	for _, c := range overrides {
		p, err := x.placeOverride(c)
		if err != nil {
			return err
		}
		if old := latest[p.idAt]; old == nil || newer(c, old.c) {
			latest[p.idAt] = p
		}
	}
	for at, p := range latest {
		x.ids[at] = true
		if x.master != nil && p.id.Form == Date && x.master.start.Form != Date {
			x.days[dayOfWall(p.id.Wall)] = true
		}
		x.overrides = append(x.overrides, p)
		if p.c.ThisAndFuture() {
			x.ranges = append(x.ranges, p)
		}
	}
	slices.SortFunc(x.overrides, func(a, b *placed) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.idAt, b.idAt)) })
	slices.SortFunc(x.ranges, func(a, b *placed) int { return cmp.Compare(a.idAt, b.idAt) })
	return nil
}

// placeOverride resolves one override. One without a start is where it was, as long as the master.
func (x *expansion) placeOverride(c *Component) (*placed, error) {
	id := c.RecurrenceID()
	if x.master != nil && x.master.start.Form == Date && id.Form != Date && id.Form != NoForm {
		id = x.dayOf(id)
	}
	idAt, _, err := x.object.Resolve(id, x.in)
	if err != nil {
		return nil, err
	}
	if c.Start().IsZero() && x.master != nil {
		at := *x.master
		at.c, at.id, at.idAt, at.at = c, id, idAt.Unix(), idAt.Unix()
		at.start = id
		at.end = at.at + at.duration
		return &at, nil
	}
	p, err := x.place(c)
	if err != nil {
		return nil, err
	}
	p.id, p.idAt = id, idAt.Unix()
	if p.start.Form == id.Form && p.start.TZID == id.TZID {
		p.shift = p.start.Wall.Sub(id.Wall)
	} else {
		p.shift = time.Duration(p.at-p.idAt) * time.Second
	}
	return p, nil
}

func dayOfWall(t time.Time) int { return int(floorDiv64(t.Unix(), daySeconds)) }

// run merges the overrides with the instances of the rules.
func (x *expansion) run(yield func(Occurrence, error) bool) {
	next := 0
	flush := func(before int64) bool {
		for ; next < len(x.overrides) && x.overrides[next].at < before; next++ {
			p := x.overrides[next]
			if x.within(p.at, p.end) && !yield(x.occurrence(p, p.id, p.at, p.end, true), nil) {
				return false
			}
		}
		return true
	}
	if x.set != nil {
		for inst, ok := x.set.next(); ok; inst, ok = x.set.next() {
			oc, start, end, stop := x.regular(inst)
			if stop {
				break
			}
			if oc == nil || !x.within(start, end) {
				continue
			}
			if !flush(start) || !yield(*oc, nil) {
				return
			}
		}
		if x.budget < 0 {
			yield(Occurrence{}, ErrTooMuch)
			return
		}
	}
	if flush(x.to) && x.set != nil && x.set.unclear != nil {
		yield(Occurrence{}, x.set.unclear)
	}
}

// within reports whether what starts and ends then takes place in the window.
func (x *expansion) within(start, end int64) bool {
	return start < x.to && (end > x.from || start == end && start >= x.from)
}

// regular makes an occurrence of an instance that has no override of its own, nil if it has. stop: it and all after it
// are behind the window.
func (x *expansion) regular(inst instance) (oc *Occurrence, start, end int64, stop bool) {
	p := x.master
	for _, r := range x.ranges {
		if r.idAt <= inst.at {
			p = r
		}
	}
	if inst.at >= x.to && (len(x.ranges) == 0 || inst.at >= x.to+int64(p.shift.Abs()/time.Second)+daySeconds) {
		return nil, 0, 0, true
	}
	if x.ids[inst.at] || len(x.days) > 0 && x.days[int(floorDiv64(inst.wall, daySeconds))] {
		return nil, 0, 0, false
	}
	start, end = x.bounds(p, inst)
	made := x.occurrence(p, x.idOf(inst), start, end, false)
	return &made, start, end, false
}

// bounds are the start and end of an instance as p has it.
func (x *expansion) bounds(p *placed, inst instance) (start, end int64) {
	start = inst.at
	if p.shift != 0 {
		start = p.zone.Instant(time.Unix(inst.wall, 0).UTC().Add(p.shift)).Unix()
	}
	switch {
	case inst.end != 0:
		return start, max(start, inst.end)
	case p.days > 0:
		wall := time.Unix(inst.wall, 0).UTC().Add(p.shift).AddDate(0, 0, p.days)
		return start, x.in.Instant(wall).Unix()
	}
	return start, start + p.duration
}

// idOf writes the original start of an instance as RECURRENCE-ID has it: like the start of the series.
func (x *expansion) idOf(inst instance) Moment {
	if !x.set.recurs {
		return Moment{}
	}
	m := x.master.start
	m.Wall = time.Unix(inst.wall, 0).UTC()
	return m
}

func (x *expansion) occurrence(p *placed, id Moment, start, end int64, override bool) Occurrence {
	return Occurrence{
		ID: id, Start: time.Unix(start, 0).UTC(), End: time.Unix(end, 0).UTC(), AllDay: p.start.Form == Date,
		Zone: p.zone, Component: p.c, Override: override,
	}
}

// Recurs reports whether the object takes place more than once: it has a rule, further dates, or overrides.
func (o *Object) Recurs() bool {
	m := o.Master()
	return m == nil || m.Get("RRULE") != nil || m.Get("RDATE") != nil || len(o.Overrides()) > 0
}

// values yields the values between commas of all properties of a name.
func values(c *Component, name string) iter.Seq2[string, *Property] {
	return func(yield func(string, *Property) bool) {
		for p := range c.All(name) {
			for one := range strings.SplitSeq(p.prop.Value, ",") {
				if one = strings.TrimSpace(one); one != "" && !yield(one, p) {
					return
				}
			}
		}
	}
}
