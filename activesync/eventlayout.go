package activesync

import (
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// A layout shows a series for which there are no words as one for which there are: something takes place every few days,
// and each of these occurrences is moved to where one of the series is, or deleted. MS-ASCAL, Exceptions.
//
// Which occurrence stands for which depends on the rule and the dates of the series alone, not on the time at which it is
// shown nor on what is said of single occurrences: what a device says of one is about the same one also if the device was
// told long ago, when other ones were shown.
type layout struct {
	start   calendar.Moment                // of the first place
	step    int                            // days from one place to the next
	ids     map[int]calendar.Moment        // original starts by place
	places  map[string]int                 // the way back
	happens map[string]calendar.Occurrence // what takes place, by original start
	first   int                            // place that is shown first
	shown   []int                          // places that are shown, from first on, without a gap
}

const (
	layoutBack    = 214 * oneDay     // how far back, so that a filter of half a year leaves nothing out
	layoutLately  = 31 * oneDay      // how far back if that is too much for one event
	layoutAhead   = 2 * 366 * oneDay // how far ahead
	maxLaid       = 20_000           // occurrences that are looked at
	maxInOrder    = 200              // occurrences of a series with an end that are placed by their number
	maxLayoutStep = 999              // MS-ASCAL, Interval
)

// lay shows the series by a layout; false: it cannot be, for it takes place more than once a day, or is long over.
func (v *eventView) lay() bool {
	ids, endless, ok := v.originals()
	if !ok {
		return false
	}
	l := &layout{start: ids[0], ids: map[int]calendar.Moment{}, places: map[string]int{}, happens: map[string]calendar.Occurrence{}}
	if inOrder := !endless && len(ids) <= maxInOrder; inOrder {
		l.byOrder(ids)
	} else if !l.byDay(ids) {
		return false
	}
	if !v.happenings(l) {
		return false
	}
	if full := v.window(l, layoutBack); !full {
		v.window(l, layoutLately)
	}
	if len(l.shown) == 0 {
		return false
	}
	v.laid, v.span = l, v.regularSpan(l.at(l.first))
	v.rule = &wire.Recurrence{Type: wire.RecurDaily, Interval: l.step, Occurrences: len(l.shown)}
	return true
}

// originals are the original starts of the series, those that it leaves out included, as far as they matter.
func (v *eventView) originals() (ids []calendar.Moment, endless, ok bool) {
	if v.object.Master() == nil {
		ids = v.loose()
		return ids, false, len(ids) > 1
	}
	bare := v.object.Clone()
	for _, c := range bare.Overrides() {
		bare.Remove(c)
	}
	master := bare.Master()
	master.Remove("EXDATE")
	for p := range master.All("RRULE") {
		rule, err := calendar.ParseRule(p.Value())
		endless = endless || err != nil || rule.Count == 0 && rule.Last.IsZero()
	}
	ahead := v.now.Add(layoutAhead)
	for oc, err := range bare.Occurrences(v.instant(v.span.start, v.span.allDay).Add(-oneDay), time.Time{}, v.home) {
		switch {
		case err != nil, len(ids) > maxLaid:
			return nil, false, false
		case oc.Start.After(ahead) && (endless || len(ids) > maxInOrder):
			return ids, endless, len(ids) > 1
		}
		ids = append(ids, oc.ID)
	}
	return ids, endless, len(ids) > 1
}

// loose are the original starts of occurrences without their series.
func (v *eventView) loose() (ids []calendar.Moment) {
	for _, c := range v.object.Overrides() {
		if id := v.original(c.RecurrenceID()); !id.IsZero() && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b calendar.Moment) int { return a.Wall.Compare(b.Wall) })
	return ids
}

// byOrder places the n-th occurrence at the n-th place.
func (l *layout) byOrder(ids []calendar.Moment) {
	days := daysBetween(ids[0], ids[len(ids)-1])
	l.step = min(max(days/(len(ids)-1), 1), maxLayoutStep)
	for i, id := range ids {
		l.put(i, id)
	}
}

// byDay places each occurrence by its day, so that no two have one place; false: there are two on one day.
func (l *layout) byDay(ids []calendar.Moment) bool {
	l.step = maxLayoutStep
	for i := 1; i < len(ids); i++ {
		l.step = min(l.step, daysBetween(ids[i-1], ids[i]))
	}
	if l.step < 1 {
		return false
	}
	for _, id := range ids {
		l.put(daysBetween(l.start, id)/l.step, id)
	}
	return true
}

func (l *layout) put(place int, id calendar.Moment) {
	l.ids[place], l.places[id.String()] = id, place
}

func daysBetween(a, b calendar.Moment) int { return int(day(b.Wall).Sub(day(a.Wall)) / oneDay) }

// at is the original start that a place has for devices.
func (l *layout) at(place int) calendar.Moment {
	m := l.start
	m.Wall = m.Wall.AddDate(0, 0, place*l.step)
	return m
}

// happenings finds what takes place of the series. false: nobody can tell.
func (v *eventView) happenings(l *layout) bool {
	from, to := v.now.Add(-layoutBack-62*oneDay), v.now.Add(layoutAhead+62*oneDay)
	if len(l.ids) <= maxInOrder {
		from, to = v.instant(v.span.start, v.span.allDay).Add(-layoutAhead), time.Time{}
	}
	for oc, err := range v.object.Occurrences(from, to, v.home) {
		if err != nil || len(l.happens) > maxLaid {
			return false
		}
		id := oc.ID
		if oc.Override {
			id = v.original(id)
		}
		l.happens[id.String()] = oc
	}
	return true
}

// window chooses the places that are shown; false: not all of them can be.
func (v *eventView) window(l *layout, back time.Duration) (full bool) {
	places := make([]int, 0, len(l.ids))
	whole := len(l.ids) <= maxInOrder && back == layoutBack
	for place := range l.ids {
		if oc := l.happensAt(place); oc != nil && oc.Start.Before(v.now.Add(layoutAhead)) && (whole || oc.End.After(v.now.Add(-back))) {
			places = append(places, place)
		}
	}
	l.shown = nil
	if len(places) == 0 {
		return false
	}
	slices.Sort(places)
	l.first = places[0]
	exceptions, next := 0, l.first
	for _, place := range places {
		exceptions += place - next // deleted ones
		if v.differsAt(l, place) {
			exceptions++
		}
		if exceptions > maxExceptions {
			return false
		}
		for ; next <= place; next++ {
			l.shown = append(l.shown, next)
		}
	}
	return true
}

// happensAt is what takes place of the occurrence of a place, nil if nothing does.
func (l *layout) happensAt(place int) *calendar.Occurrence {
	if id, ok := l.ids[place]; ok {
		if oc, ok := l.happens[id.String()]; ok {
			return &oc
		}
	}
	return nil
}

// differsAt reports whether what takes place is not just as the series that is shown.
func (v *eventView) differsAt(l *layout, place int) bool {
	oc := l.happensAt(place)
	return oc.Component != v.master || !v.spanOfOccurrence(*oc).equal(v.regularSpan(l.at(place)))
}

// spanOfOccurrence is when an occurrence takes place.
func (v *eventView) spanOfOccurrence(oc calendar.Occurrence) eventSpan {
	s := eventSpan{start: oc.Start, end: oc.End, allDay: oc.AllDay}
	if oc.AllDay {
		s.start, s.end = day(v.home.Wall(oc.Start)), day(v.home.Wall(oc.End))
	}
	return s
}

// laidExceptions are the exceptions by which the device is shown the series.
func (v *eventView) laidExceptions(series *wire.Event) []wire.EventException {
	var list []wire.EventException
	for _, place := range v.laid.shown {
		original := v.toldOriginal(v.laid.at(place))
		oc := v.laid.happensAt(place)
		switch {
		case oc == nil:
			list = append(list, wire.EventException{Original: original, Deleted: true})
		case v.differsAt(v.laid, place):
			list = append(list, v.exception(oc.Component, v.spanOfOccurrence(*oc), original, series))
		}
	}
	return list
}

// laidOccurrence is the original start of what stands at a place that a device names; zero: there is none.
func (v *eventView) laidOccurrence(t time.Time) calendar.Moment {
	at := v.zone.Wall(t)
	if v.span.allDay {
		at = dayOf(t, v.zone, v.home)
	}
	days := daysBetween(v.laid.start, calendar.DateOf(at))
	if days < 0 || days%v.laid.step != 0 {
		return calendar.Moment{}
	}
	return v.laid.ids[days/v.laid.step]
}

// spanLaid is when an occurrence takes place that is said nothing of.
func (v *eventView) spanLaid(id calendar.Moment) eventSpan {
	if oc, ok := v.laid.happens[v.original(id).String()]; ok && !oc.Override {
		return v.spanOfOccurrence(oc)
	}
	return v.regularSpan(id)
}

// isLaid reports whether a device is shown by a layout what takes place of an occurrence.
func (v *eventView) isLaid(id calendar.Moment) bool {
	_, ok := v.laid.happens[v.original(id).String()]
	return ok && !id.IsZero()
}

// shownAt is when the device takes an occurrence to be that it is told nothing of.
func (v *eventView) shownAt(id calendar.Moment) eventSpan {
	if v.laid == nil {
		return v.spanAt(id)
	}
	return v.regularSpan(v.laid.at(v.laid.places[v.original(id).String()]))
}

// detached is the component of one occurrence of a series that is shown by a layout, as the series has it; nil: it has none.
func (e *eventEdit) detached(now *eventView, id calendar.Moment) *calendar.Component {
	oc, ok := now.laid.happens[now.original(id).String()]
	if !ok || oc.Override {
		return nil
	}
	c := oc.Component.Clone()
	c.Remove("RRULE", "RDATE", "EXDATE", "EXRULE", "CREATED", "RECURRENCE-ID")
	c.SetRecurrenceID(id)
	e.moveOccurrence(now, c, now.spanOfOccurrence(oc))
	return c
}

// asShown says of what a device is shown otherwise than it is whether the device says something else of its times or its
// rule. It is told again then: there are no words for what it may mean.
func (e *eventEdit) asShown(r *wire.Recurrence) bool {
	switch shown := e.view.rule; {
	case !e.said.HasRecurrence:
		return true
	case r == nil || shown == nil:
		return r == nil && shown == nil
	default:
		return e.c.sameRule(*r, *shown)
	}
}

// approximate reports whether the device is shown something else than the series.
func (v *eventView) approximate() bool { return v != nil && (v.single != nil || v.laid != nil) }
