package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An instance is an original start of a series.
type instance struct {
	wall int64 // what clocks show in the zone of the series
	at   int64 // instant, seconds
	end  int64 // instant, of a PERIOD; 0: as long as the series has it
}

// instances go through the original starts of a series, in order: its start, the rules, the single dates, without what
// is excluded. RFC 5545, section 3.8.5.
type instances struct {
	sources  []*source
	without  []*source // EXRULE
	excluded map[int64]bool
	exDays   map[int]bool // excluded by the day although the series has times
	budget   *int
	recurs   bool
	last     int64
	any      bool
	unclear  error // of a rule
}

// A source is one sequence of instances that do not go back.
type source struct {
	walk    *walk
	clock   clock
	until   int64      // last instant possible
	waiting []instance // to come when the rule has passed them
	ahead   instance   // read from the rule, if looked
	looked  bool
	head    instance // the next one, if has
	has     bool
}

// Bounds of one series.
const (
	maxRules = 20
	maxDates = 20_000
)

// newInstances reads the rules and dates of the master. What is before seek may be passed over.
func newInstances(x *expansion, seek int64) (*instances, error) {
	m := x.master
	s := &instances{budget: &x.budget}
	begin := instance{wall: m.start.Wall.Unix(), at: m.at}
	dates, err := s.dates(x, begin)
	if err != nil {
		return nil, err
	}
	s.sources = append(s.sources, &source{waiting: dates})
	s.sources = s.rules(x, s.sources, "RRULE", seek)
	s.without = s.rules(x, nil, "EXRULE", seek)
	s.recurs = len(dates) > 1 || len(s.sources) > 1 || len(x.object.Overrides()) > 0
	return s, s.exclude(x)
}

// rules adds the rules of a name; one that is not understood is remembered as unclear.
func (s *instances) rules(x *expansion, list []*source, name string, seek int64) []*source {
	n := 0
	for p := range x.master.c.All(name) {
		if n++; n > maxRules {
			s.unclear = unclear("more than %d rules", maxRules)
			break
		}
		rule, err := ParseRule(p.prop.Value)
		if err != nil {
			s.unclear = err
			continue
		}
		list = append(list, newSource(x, rule, seek))
	}
	return list
}

// newSource goes through one rule of the series.
func newSource(x *expansion, r *Rule, seek int64) *source {
	m := x.master
	src := &source{clock: clock{zone: m.zone}, until: 1<<62 - 1}
	start := m.start.Wall.Unix()
	if m.start.Form == Date {
		r = r.ofDays()
	}
	src.walk = newWalk(r, start, seek-daySeconds, &x.budget)
	src.walk.until = x.last()
	switch last := r.Last; {
	case last.IsZero():
	case m.start.Form == Date: // a time is written by some: its day counts
		src.walk.until = min(src.walk.until, startOfDay(last.Wall).Unix())
	case last.Form == Date: // the whole day
		src.walk.until = min(src.walk.until, last.Wall.Unix()+daySeconds-1)
	case last.Form == UTC && m.start.Form != Floating:
		src.until = last.Wall.Unix()
		src.walk.until = min(src.walk.until, src.until+2*daySeconds)
	default:
		src.walk.until = min(src.walk.until, last.Wall.Unix())
	}
	if r.Count > 0 && !startsAt(r, start) { // the start is the first one all the same
		src.walk.left--
	}
	return src
}

// ofDays is the rule without times of day, which say nothing of days. RFC 5545, section 3.3.10.
func (r *Rule) ofDays() *Rule {
	days := *r
	days.BySecond, days.ByMinute, days.ByHour = nil, nil, nil
	return &days
}

// last is the last reading of a rule that may matter: one behind the window may be moved into it.
func (x *expansion) last() int64 {
	last := x.to
	for _, r := range x.ranges {
		last = max(last, x.to+int64(r.shift.Abs()/time.Second))
	}
	return last + 2*daySeconds
}

// startsAt reports whether the first reading of a rule is its start.
func startsAt(r *Rule, start int64) bool {
	budget := 1000
	first, ok := newWalk(r, start, start, &budget).next()
	return ok && first == start
}

// dates lists the start and the RDATEs, sorted. An RDATE that cannot be understood is none.
func (s *instances) dates(x *expansion, begin instance) ([]instance, error) {
	list := []instance{begin}
	for one, p := range values(x.master.c, "RDATE") {
		if len(list) > maxDates {
			return nil, unclear("more than %d dates", maxDates)
		}
		if inst, ok := x.date(one, p); ok {
			list = append(list, inst)
		}
	}
	slices.SortStableFunc(list, func(a, b instance) int { return cmp.Compare(a.at, b.at) })
	return list, nil
}

// date reads one RDATE: a moment or a period.
func (x *expansion) date(one string, p *Property) (instance, bool) {
	from, to, period := strings.Cut(one, "/")
	m, ok := ParseMoment(from)
	if !ok {
		return instance{}, false
	}
	at, _, err := x.object.Resolve(x.like(m.in(p.Param("TZID"))), x.in)
	if err != nil {
		return instance{}, false
	}
	inst := instance{wall: x.master.zone.Wall(at).Unix(), at: at.Unix()}
	if period {
		inst.end, err = x.periodEnd(at, to, p)
	}
	return inst, err == nil
}

// like writes a date in the form of the series: a day is at its time, a time in a series of days is its day.
func (x *expansion) like(m Moment) Moment {
	start := x.master.start
	switch {
	case start.Form == Date:
		return x.dayOf(m)
	case m.Form == Date:
		day := m.Wall
		m = start
		m.Wall = day.Add(start.Wall.Sub(startOfDay(start.Wall)))
	}
	return m
}

// dayOf is the day that a moment means in a series of days. An instant that is no midnight of UTC is one of the zone of
// who asks, or near it: Exchange writes days so.
func (x *expansion) dayOf(m Moment) Moment {
	if m.Form == UTC && !m.Wall.Equal(startOfDay(m.Wall)) {
		return DateOf(x.in.Wall(m.Wall).Add(12 * time.Hour))
	}
	return DateOf(m.Wall)
}

// periodEnd reads the end of a PERIOD: a moment or a duration. RFC 5545, section 3.3.9.
func (x *expansion) periodEnd(start time.Time, s string, p *Property) (int64, error) {
	if d, ok := parseDuration(s); ok {
		return start.Add(d).Unix(), nil
	}
	m, ok := ParseMoment(s)
	if !ok {
		return 0, unclear("period ends at %.40q", s)
	}
	at, _, err := x.object.Resolve(m.in(p.Param("TZID")), x.in)
	return at.Unix(), err
}

// exclude reads the EXDATEs. One that cannot be understood excludes nothing.
func (s *instances) exclude(x *expansion) error {
	if x.master.c.Get("EXDATE") == nil {
		return nil
	}
	s.excluded, s.exDays = map[int64]bool{}, map[int]bool{}
	for one, p := range values(x.master.c, "EXDATE") {
		if len(s.excluded) > maxDates {
			return unclear("more than %d dates", maxDates)
		}
		m, ok := ParseMoment(one)
		if !ok {
			continue
		}
		m = m.in(p.Param("TZID"))
		if m.Form == Date && x.master.start.Form != Date {
			s.exDays[dayOfWall(m.Wall)] = true
			continue
		}
		if at, _, err := x.object.Resolve(x.like(m), x.in); err == nil {
			s.excluded[at.Unix()] = true
		}
	}
	return nil
}

// next returns the next instance that is not excluded; each instant once.
func (s *instances) next() (instance, bool) {
	for {
		inst, ok := earliest(s.sources)
		if !ok || *s.budget < 0 {
			return instance{}, false
		}
		*s.budget--
		if s.any && inst.at <= s.last || s.isExcluded(inst) {
			continue
		}
		s.last, s.any = inst.at, true
		return inst, true
	}
}

func (s *instances) isExcluded(inst instance) bool {
	if s.excluded[inst.at] || len(s.exDays) > 0 && s.exDays[int(floorDiv64(inst.wall, daySeconds))] {
		return true
	}
	for _, w := range s.without {
		for w.peek() && w.head.at < inst.at {
			w.has = false
		}
		if w.peek() && w.head.at == inst.at {
			return true
		}
	}
	return false
}

// earliest takes the first of all heads; of equal ones that of the dates, which may have an end.
func earliest(sources []*source) (instance, bool) {
	var best *source
	for _, s := range sources {
		if s.peek() && (best == nil || s.head.at < best.head.at) {
			best = s
		}
	}
	if best == nil {
		return instance{}, false
	}
	best.has = false
	return best.head, true
}

// peek makes the next instance the head; false at the end.
func (s *source) peek() bool {
	if s.has {
		return true
	}
	s.look()
	switch {
	case len(s.waiting) > 0 && (!s.looked || s.waiting[0].at <= s.ahead.at):
		s.head, s.waiting = s.waiting[0], s.waiting[1:]
	case s.looked:
		s.head, s.looked = s.ahead, false
	default:
		return false
	}
	s.has = true
	return true
}

// look reads the rule as far as the next reading that clocks show. Those that clocks skip become later instants: they
// wait until the rule has passed them. Of rules for parts of days they are left out, since what follows takes their
// place.
func (s *source) look() {
	for !s.looked && s.walk != nil {
		wall, ok := s.walk.next()
		if !ok {
			s.walk = nil
			return
		}
		at, skipped := s.clock.instant(wall)
		switch inst := (instance{wall: wall, at: at}); {
		case at > s.until:
		case !skipped:
			s.ahead, s.looked = inst, true
		case s.walk.rule.Freq >= Daily:
			s.waiting = append(s.waiting, inst)
		}
	}
}
