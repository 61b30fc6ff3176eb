package activesync

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// series finds the words for the rule of a series. One that has none is shown by a [layout], and if it cannot be, by the
// occurrence that comes next, as a single event: clients drop a whole calendar for a rule that they do not understand.
// MS-ASCAL, Recurrence.
//
// An occurrence without its series, to which alone the user is invited, is a single event; several of them are laid out.
func (v *eventView) series() {
	if !v.object.Recurs() || v.isOrphan() {
		return
	}
	if v.rule = v.ruleWords(); v.rule == nil && !v.lay() {
		v.next()
	}
}

// isOrphan reports whether the event is one occurrence without its series. MS-ASEMAIL, InstanceType.
func (v *eventView) isOrphan() bool {
	return v.object.Master() == nil && len(v.object.Overrides()) == 1
}

// ruleWords is the rule of the series in ActiveSync's words, nil if there are none.
func (v *eventView) ruleWords() *wire.Recurrence {
	m := v.master
	rules := slices.Collect(m.All("RRULE"))
	if len(rules) != 1 || m.Get("RDATE") != nil || m.Get("EXRULE") != nil || v.object.Master() == nil || v.hasRanges() {
		return nil
	}
	rule, err := calendar.ParseRule(rules[0].Value())
	if err != nil || !ordinaryRule(rule, v.wall()) {
		return nil
	}
	if !rule.Last.IsZero() && rule.Count == 0 {
		rule.Until = v.until(rule.Last)
		if rule.Until.Before(v.span.start) {
			return nil
		}
	}
	if rule.Count > maxOccurrences {
		if rule.Until = v.lastStart(); rule.Until.IsZero() {
			return nil
		}
		rule.Count = 0
	}
	r, err := recurrenceOf(rule, v.wall())
	if err != nil {
		return nil
	}
	return r
}

// wall is what clocks show at the start.
func (v *eventView) wall() time.Time {
	if v.span.allDay {
		return v.span.start
	}
	return v.zone.Wall(v.span.start)
}

// ordinaryRule reports whether a rule has only parts that ActiveSync knows, and takes out those that say what the start
// says anyway.
func ordinaryRule(r *calendar.Rule, wall time.Time) bool {
	same := func(list []int, n int) bool { return len(list) == 0 || len(list) == 1 && list[0] == n }
	if !same(r.ByHour, wall.Hour()) || !same(r.ByMinute, wall.Minute()) || !same(r.BySecond, wall.Second()) {
		return false
	}
	r.ByHour, r.ByMinute, r.BySecond = nil, nil, nil
	return r.Freq >= calendar.Daily && r.Interval <= 999 && len(r.ByYearDay)+len(r.ByWeekNo) == 0
}

func (v *eventView) hasRanges() bool {
	return slices.ContainsFunc(v.object.Overrides(), (*calendar.Component).ThisAndFuture)
}

// until is the UNTIL of a rule as a device has it: the last day or instant on which an occurrence may begin.
func (v *eventView) until(m calendar.Moment) time.Time {
	switch {
	case v.span.allDay:
		return *v.told(day(m.Wall), true)
	case m.Form == calendar.Date: // the whole day is meant
		wall := v.wall()
		return v.zone.Instant(m.Wall.Add(wall.Sub(day(wall))))
	case m.Form == calendar.Floating:
		return v.zone.Instant(m.Wall)
	}
	at, _ := v.resolve(m)
	return at
}

// lastStart is the start of the last occurrence of a series with an end.
func (v *eventView) lastStart() (last time.Time) {
	for oc, err := range v.object.Occurrences(v.span.start.Add(-oneDay), time.Time{}, v.home) {
		if err != nil {
			return time.Time{}
		}
		last = oc.Start
	}
	if v.span.allDay && !last.IsZero() {
		return *v.told(day(v.home.Wall(last)), true)
	}
	return last
}

// next makes the view one of the occurrence that comes next; of a series that is over it stays at its start.
func (v *eventView) next() {
	for oc, err := range v.object.Occurrences(v.now, time.Time{}, v.home) {
		if err == nil {
			v.single = &oc
			v.master = oc.Component
			v.span = v.spanOfOccurrence(oc)
			return
		}
		break
	}
	v.single = &calendar.Occurrence{Component: v.master}
}

// shownDates is how many further dates are told of a series for which there are no words.
const shownDates = 10

// furtherDates says when a series goes on for which there are no words.
func (v *eventView) furtherDates() string {
	var dates []string
	for oc, err := range v.object.Occurrences(v.now, time.Time{}, v.home) {
		if err != nil || len(dates) >= shownDates {
			break
		}
		layout := "2006-01-02 15:04"
		if oc.AllDay {
			layout = time.DateOnly
		}
		dates = append(dates, v.home.Wall(oc.Start).Format(layout))
	}
	if len(dates) < 2 {
		return ""
	}
	return "This event repeats in a way that this device cannot show. Its next dates:\r\n" + strings.Join(dates, "\r\n") + "\r\n\r\n"
}

// maxExceptions bounds the exceptions of one series. MS-ASCAL, Exceptions.
const maxExceptions = 256

// exceptions are the occurrences of the series that are gone or differ, in their order. Of too many the last ones are
// told, and no work is done for the others: who invites somebody may make many.
func (v *eventView) exceptions(series *wire.Event) []wire.EventException {
	if v.laid != nil {
		return v.laidExceptions(series)
	}
	list := v.exceptional()
	told := make([]wire.EventException, 0, min(len(list), maxExceptions))
	for _, x := range list[max(0, len(list)-maxExceptions):] {
		if x.differs == nil {
			told = append(told, wire.EventException{Original: x.at, Deleted: true})
			continue
		}
		told = append(told, v.exception(x.differs, x.span, x.at, series))
	}
	return told
}

// An exceptional is an occurrence that is gone or differs.
type exceptional struct {
	at      time.Time           // its original start, as devices have it
	differs *calendar.Component // nil: it is gone
	span    eventSpan           // of differs
}

// exceptional are the occurrences of a series that has words, by their original starts.
func (v *eventView) exceptional() (list []exceptional) {
	seen := map[string]bool{}
	ids := map[int64]calendar.Moment{} // of all that differ, by how devices have them
	for _, c := range v.object.Overrides() {
		id := v.original(c.RecurrenceID())
		at := v.toldOriginal(id)
		if _, twice := ids[at.UnixNano()]; !twice {
			ids[at.UnixNano()] = c.RecurrenceID()
		}
		key := id.String()
		if id.IsZero() || seen[key] {
			continue
		}
		s, _, err := v.spanOf(c)
		if err != nil {
			continue
		}
		seen[key] = true
		list = append(list, exceptional{at, c, s})
	}
	for _, m := range v.excluded() {
		id := v.original(m)
		key := id.String()
		if seen[key] {
			continue
		}
		at := v.toldOriginal(id)
		is, differs := ids[at.UnixNano()]
		if !differs {
			is = v.regularOccurrence(at)
		}
		if is == id {
			seen[key] = true
			list = append(list, exceptional{at: at})
		}
	}
	slices.SortStableFunc(list, func(a, b exceptional) int { return a.at.Compare(b.at) })
	return list
}

// original is an original start in the form of the start of the series.
func (v *eventView) original(m calendar.Moment) calendar.Moment {
	start := v.master.Start()
	switch {
	case m.IsZero():
		return m
	case v.span.allDay:
		return calendar.DateOf(m.Wall)
	case m.Form == calendar.Date: // meant is the occurrence of that day
		wall := v.wall()
		start.Wall = m.Wall.Add(wall.Sub(day(wall)))
		if start.Form == calendar.UTC {
			start.Wall = v.zone.Instant(start.Wall)
		}
		return start
	}
	at, _ := v.resolve(m)
	start.Wall = v.zone.Wall(at)
	return start
}

// toldOriginal is an original start as a device has it.
func (v *eventView) toldOriginal(m calendar.Moment) time.Time {
	if v.span.allDay {
		return *v.told(day(m.Wall), true)
	}
	at, _ := v.resolve(m)
	return at
}

// excluded are the original starts that the series leaves out.
func (v *eventView) excluded() (list []calendar.Moment) {
	for p := range v.master.All("EXDATE") {
		list = append(list, momentsOf(p)...)
	}
	return list
}

// momentsOf reads a property that holds several moments. Those that cannot be understood are passed over.
func momentsOf(p *calendar.Property) (list []calendar.Moment) {
	for one := range strings.SplitSeq(p.Value(), ",") {
		if m, ok := p.WithValue(one).Moment(); ok {
			list = append(list, m)
		}
	}
	return list
}

// exception is what differs in an occurrence, of which c says what it is, and which takes place then.
func (v *eventView) exception(c *calendar.Component, s eventSpan, original time.Time, series *wire.Event) wire.EventException {
	x := wire.EventException{Original: original}
	ev := v.component(c, v.alike(s))
	ev.OrganizerName, ev.OrganizerEmail = nil, nil
	ev.AllDay = differs(ev.AllDay, series.AllDay)
	ev.Subject = differs(ev.Subject, series.Subject)
	ev.Place = differs(ev.Place, series.Place)
	ev.Sensitivity, ev.Busy = differs(ev.Sensitivity, series.Sensitivity), differs(ev.Busy, series.Busy)
	ev.MeetingStatus = differs(ev.MeetingStatus, series.MeetingStatus)
	ev.Categories = differs(ev.Categories, series.Categories)
	ev.Attendees = differs(ev.Attendees, series.Attendees)
	ev.Reminder = differs(ev.Reminder, series.Reminder)
	ev.Attachments = differs(ev.Attachments, series.Attachments)
	ev.ResponseType, ev.ReplyTime = differs(ev.ResponseType, series.ResponseType), differs(ev.ReplyTime, series.ReplyTime)
	ev.DisallowProposal, ev.ResponseRequested = differs(ev.DisallowProposal, series.DisallowProposal), nil
	if v.version < V140 {
		ev.Attendees = nil
	}
	if ev.ConfLink == series.ConfLink && ev.ExternalLink == series.ExternalLink {
		ev.ConfLink, ev.ExternalLink = "", ""
	}
	if text := textOf(c); text != v.masterText() {
		ev.Body = v.text(text)
	}
	x.Event = *ev
	return x
}

// masterText is the text of the series.
func (v *eventView) masterText() objectText {
	if v.said == nil {
		t := textOf(v.master)
		v.said = &t
	}
	return *v.said
}

// alike makes the time of an occurrence one of days or instants like the series, where a version wants that. MS-ASCAL,
// AllDayEvent.
func (v *eventView) alike(s eventSpan) eventSpan {
	switch {
	case v.version < V160 || s.allDay == v.span.allDay:
		return s
	case s.allDay:
		return eventSpan{start: v.home.Instant(s.start), end: v.home.Instant(s.end)}
	}
	start := day(v.home.Wall(s.start))
	return eventSpan{start: start, end: later(day(v.home.Wall(s.end).Add(oneDay-1)), start.Add(oneDay)), allDay: true}
}

// differs is a, or nil if b says the same.
func differs[T any](a, b *T) *T {
	if a != nil && b != nil && reflect.DeepEqual(*a, *b) {
		return nil
	}
	return a
}
