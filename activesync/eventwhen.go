package activesync

import (
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

var (
	errNoStart = errors.New("an event without a start")
	errNoEnd   = errors.New("an event without an end")
)

// times changes when the event takes place. What comes to the same leaves it as it is written, in the zone in which it
// was written.
func (e *eventEdit) times() error {
	s, named, err := e.saidSpan()
	if err != nil {
		return err
	}
	k := e.saidClock(s, named)
	switch {
	case e.view == nil:
	case e.view.approximate(): // for what it is shown there are no words, nor is there for what it says
		e.tell = e.tell || !s.equal(e.view.span)
		return nil
	case s.equal(e.view.span) && e.sameClock(k):
		return nil
	}
	e.moved = e.view != nil && !s.equal(e.view.span)
	e.setTimes(k, s)
	return nil
}

// setTimes writes when the event takes place, with the definition of a zone that has no name.
func (e *eventEdit) setTimes(k eventClock, s eventSpan) {
	start, end := k.moments(s)
	if s.start.Equal(s.end) {
		end = calendar.Moment{} // RFC 5545, section 3.8.2.2: an end is behind the start
	}
	e.master.SetTimes(start, end)
	if e.master.Get("X-MICROSOFT-CDO-ALLDAYEVENT") != nil {
		e.master.SetText("X-MICROSOFT-CDO-ALLDAYEVENT", map[bool]string{true: "TRUE", false: "FALSE"}[s.allDay])
	}
	if s.allDay || k.zone == nil || k.zone.IANA() != "" || k.form != calendar.Zoned {
		return
	}
	if _, err := e.o.Zones().Find(k.tzid); err == nil {
		return
	}
	e.o.Calendar().AddChild(k.zone.Component(k.tzid, s.start, time.Time{}))
	if o, _, err := calendar.ReadObject(string(e.o.Bytes())); err == nil { // an object knows the zones that it was read with
		e.o = o
		e.master = masterOf(o)
		e.touched = e.master
	}
}

func (s eventSpan) equal(t eventSpan) bool {
	return s.allDay == t.allDay && s.start.Equal(t.start) && s.end.Equal(t.end)
}

// saidSpan is when the event is to take place, and the zone that the device names.
func (e *eventEdit) saidSpan() (s eventSpan, named *calendar.Zone, err error) {
	said := e.said
	named = e.home
	if e.view != nil {
		s, named = e.view.span, e.view.zone
	}
	if said.TimeZone != nil {
		named = e.zoneOf(*said.TimeZone)
	}
	if said.AllDay != nil && *said.AllDay != s.allDay {
		s = s.turned(*said.AllDay, named)
	}
	start, end := said.Start, said.End
	if e.view == nil {
		if start, end, err = e.missing(start, end, s.allDay); err != nil {
			return s, named, err
		}
	}
	length := s.end.Sub(s.start)
	if start != nil {
		s.start = e.pointOf(*start, s.allDay, named)
		s.end = s.start.Add(length)
	}
	if end != nil {
		s.end = e.pointOf(*end, s.allDay, named)
	}
	switch {
	case s.allDay && !s.end.After(s.start): // iOS and Samsung have been seen to send the last day, or the day before
		s.end = s.start.Add(oneDay)
	case s.end.Before(s.start):
		s.start, s.end = s.end, s.start
	}
	return s, named, nil
}

// pointOf is a point in time that a device says: a day or an instant.
func (e *eventEdit) pointOf(t time.Time, allDay bool, named *calendar.Zone) time.Time {
	if allDay {
		return dayOf(t, named, e.home)
	}
	return t.UTC().Truncate(time.Second)
}

// turned makes days of instants and the other way round.
func (s eventSpan) turned(allDay bool, zone *calendar.Zone) eventSpan {
	if s.start.IsZero() {
		return eventSpan{allDay: allDay}
	}
	if !allDay {
		return eventSpan{start: zone.Instant(s.start), end: zone.Instant(s.end)}
	}
	start := day(zone.Wall(s.start))
	return eventSpan{start: start, end: later(day(zone.Wall(s.end).Add(oneDay-1)), start.Add(oneDay)), allDay: true}
}

// missing fills in what a device leaves out of a new event. MS-ASCAL, StartTime, EndTime.
func (e *eventEdit) missing(start, end *time.Time, allDay bool) (*time.Time, *time.Time, error) {
	next := e.c.now.Truncate(halfHour).Add(halfHour)
	after := next.Add(halfHour)
	switch {
	case start != nil && end != nil:
	case start != nil && allDay:
		end = start
	case start == nil && end == nil:
		return &next, &after, nil
	case start == nil:
		if end.Before(next) {
			return nil, nil, errNoStart
		}
		return &next, end, nil
	case start.After(e.c.now):
		return nil, nil, errNoEnd
	default:
		return start, &after, nil
	}
	return start, end, nil
}

// zoneOf is the zone of a block that the device sends: the event's own if that is what it was shown.
func (e *eventEdit) zoneOf(raw []byte) *calendar.Zone {
	block, ok := calendar.ParseZoneBlock(raw)
	if !ok {
		if e.view != nil {
			return e.view.zone
		}
		return e.home
	}
	year := e.c.now.Year()
	if e.said.Start != nil {
		year = e.said.Start.Year()
	}
	if e.view != nil && !e.view.span.allDay {
		for _, y := range []int{e.view.zoneYear(), e.view.span.start.Year(), year} {
			shown := e.view.zone.Block(y)
			if own, ok := calendar.ParseZoneBlock(shown[:]); ok && sameRules(own, block) {
				return e.view.zone
			}
		}
	}
	now := max(year, e.c.now.Year())
	if r := e.said.Recurrence; r != nil && !r.Until.IsZero() {
		now = max(year, min(now, r.Until.Year()))
	}
	return block.Zone(e.home, year, now, e.c.now.Year()) // devices send the rules of the start, or those of today
}

// sameRules reports whether two blocks say the same but for names.
func sameRules(a, b calendar.ZoneBlock) bool {
	a.StandardName, a.DaylightName, b.StandardName, b.DaylightName = "", "", "", ""
	return a == b
}

// saidClock is how the event is to be written.
func (e *eventEdit) saidClock(s eventSpan, named *calendar.Zone) eventClock {
	if s.allDay {
		return eventClock{}
	}
	if e.view != nil {
		if own, ok := e.view.clock(); ok && named == e.view.zone {
			return own
		}
	}
	return clockIn(named)
}

// sameClock reports whether the event is written so already.
func (e *eventEdit) sameClock(k eventClock) bool {
	own, ok := e.view.clock()
	return !ok || own == k
}

// recurrence changes the rule of the series.
func (e *eventEdit) recurrence() error {
	if e.view.approximate() || e.view != nil && e.view.isOrphan() {
		e.tell = e.tell || !e.asShown(e.said.Recurrence)
		return nil
	}
	recurs := e.master.Get("RRULE") != nil
	switch {
	case !e.said.HasRecurrence && recurs && e.moved:
		e.moveRule()
	case e.said.HasRecurrence && e.said.Recurrence == nil && recurs:
		e.master.Remove("RRULE", "RDATE", "EXRULE")
		e.moved = true
	case e.said.HasRecurrence && e.said.Recurrence != nil:
		if err := e.setRule(*e.said.Recurrence); err != nil {
			return err
		}
	}
	if e.moved && recurs {
		e.dropExceptions()
	}
	return nil
}

// dropExceptions takes away all exceptions of the series. MS-ASCAL, Exceptions: they go when its times or its pattern
// change.
func (e *eventEdit) dropExceptions() {
	e.master.Remove("EXDATE")
	for _, c := range e.o.Overrides() {
		if c != e.master {
			e.o.Remove(c)
		}
	}
}

// moveRule keeps the end of the rule with the start of a series that has been moved.
func (e *eventEdit) moveRule() {
	p := e.master.Get("RRULE")
	rule, err := calendar.ParseRule(p.Value())
	if err != nil || rule.Last.IsZero() {
		return
	}
	now, before := e.viewNow(), rule.Last
	last := e.view.until(before).Add(now.instant(now.span.start, now.span.allDay).Sub(e.view.instant(e.view.span.start, e.view.span.allDay)))
	rule.Last = e.untilOf(last, now)
	e.master.Set(p.WithValue(rule.String()))
	e.tell = e.tell || !last.Equal(e.view.until(before)) // the device said the end of before, or nothing
}

// untilOf is the UNTIL of a rule for what a device says. RFC 5545, section 3.3.10: a day for days, UTC in a zone.
func (e *eventEdit) untilOf(t time.Time, now *eventView) calendar.Moment {
	if t.IsZero() {
		return calendar.Moment{}
	}
	if now.span.allDay {
		return calendar.DateOf(dayOf(t, now.zone, e.home))
	}
	if k, ok := now.clock(); ok && k.form == calendar.Floating {
		return k.moment(t)
	}
	return calendar.InstantOf(t)
}

// setRule gives the event a rule, unless it is the one that the device was shown. From 16.0 on a rule without a Type
// says what changes in the one that there is.
func (e *eventEdit) setRule(r wire.Recurrence) error {
	var shown *wire.Recurrence
	if e.view != nil {
		shown = e.view.rule
	}
	if r.Type == wire.RecurUnsaid {
		if shown == nil {
			return errRule
		}
		r = patched(r, *shown)
	}
	if shown != nil && e.c.sameRule(r, *shown) {
		if e.moved {
			e.moveRule()
		}
		return nil
	}
	now := e.viewNow()
	rule, err := ruleOf(&r, e.untilOf(r.Until, now))
	if err != nil {
		return err
	}
	before := e.master.Text("RRULE")
	e.master.Remove("RRULE", "RDATE", "EXRULE")
	e.master.Set(calendar.NewProperty("RRULE", rule.String()))
	if shown == nil || !e.c.samePattern(r, *shown) {
		e.moved = e.moved || before != ""
		return nil
	}
	e.trim(r.Until)
	return nil
}

// patched is a rule with what a device says of it.
func patched(said, shown wire.Recurrence) wire.Recurrence {
	r := shown
	if said.Interval > 0 {
		r.Interval = said.Interval
	}
	if !said.Until.IsZero() || said.Occurrences > 0 {
		r.Until, r.Occurrences = said.Until, said.Occurrences
	}
	return r
}

// trim takes away the occurrences that differ and are behind the end of the series.
func (e *eventEdit) trim(until time.Time) {
	if until.IsZero() {
		return
	}
	now := e.viewNow()
	for _, c := range e.o.Overrides() {
		if id := now.toldOriginal(now.original(c.RecurrenceID())); id.After(until) {
			e.o.Remove(c)
		}
	}
}
