package activesync

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// syncExceptionsFailed is the status of a series that was added without some of its exceptions. MS-ASCMD, Common Status
// Codes.
const syncExceptionsFailed = 184

// exceptions changes the occurrences that a device lists; those that it does not list stay. What it leaves out of one
// is as in the series, but for its text and who is invited. MS-ASCAL, Exception.
func (e *eventEdit) exceptions() error {
	now := e.viewNow()
	if now.rule == nil {
		e.tell = true
		return nil
	}
	series := now.component(e.master, now.span)
	for i := range e.said.Exceptions {
		x := &e.said.Exceptions[i]
		id := now.occurrenceOf(x.Original)
		if e.view == nil && e.c.version >= V160 && (x.Wrong != nil || !now.takesPlace(id)) {
			e.partly, e.tell = true, true
			continue
		}
		switch {
		case id.IsZero(): // nothing takes place there
			e.tell = e.tell || !x.Deleted
			continue
		case e.beginsThere(id):
			e.tell = e.tell || !now.isShown(x, series)
			continue
		case x.Deleted:
			e.exclude(now, id)
			continue
		}
		if e.o.Override(id) == nil {
			e.include(now, id)
		}
		if x.Reminder == nil && e.c.version < V141 && e.o.Override(id) != nil {
			x.Reminder = e.reminderNow(now, id) // there are no words for none
		}
		said := inherit(x.Event, series)
		c, err := e.occurrence(now, id, &said, true)
		if err != nil {
			return fail(syncConversion, err)
		}
		if text := said.OldBody; text != nil {
			t := objectText{plain: *text}
			if said.OldBodyType == wire.BodyHTML {
				t = richText(*text)
			}
			e.setText(c, t)
		}
		if _, err := e.attach(c, x.Add); err != nil {
			return err
		}
		e.tell = e.tell || len(x.Add) > 0
		e.keep(now, id, c)
	}
	return nil
}

// errThisAndFuture says that a device wants to change an occurrence from which on all are different: it means the one.
var errThisAndFuture = errors.New("the occurrence from which on all differ")

// beginsThere reports whether all occurrences differ from that one on. RFC 5545, section 3.2.13.
func (e *eventEdit) beginsThere(id calendar.Moment) bool {
	c := e.o.Override(id)
	return c != nil && c.ThisAndFuture()
}

// isShown reports whether a device says of an occurrence what it was shown, as far as that is looked at.
func (v *eventView) isShown(x *wire.EventException, series *wire.Event) bool {
	return slices.ContainsFunc(v.exceptions(series), func(s wire.EventException) bool {
		return s.Original.Equal(x.Original) && !x.Deleted && !changed(x.Start, s.Start) && !changed(x.End, s.End) && !changed(x.Subject, s.Subject)
	})
}

// reminderNow is the reminder of an occurrence that differs.
func (e *eventEdit) reminderNow(now *eventView, id calendar.Moment) *int {
	c := e.o.Override(id)
	s, _, err := now.spanOf(c)
	if err != nil {
		return nil
	}
	n := now.reminder(c, s)
	return &n
}

// inherit fills in what a device leaves out of an occurrence.
func inherit(said wire.Event, series *wire.Event) wire.Event {
	take(&said.Subject, series.Subject)
	take(&said.Place, series.Place)
	take(&said.Categories, series.Categories)
	take(&said.Sensitivity, series.Sensitivity)
	take(&said.Busy, series.Busy)
	take(&said.Reminder, series.Reminder)
	take(&said.DisallowProposal, series.DisallowProposal)
	take(&said.MeetingStatus, series.MeetingStatus)
	take(&said.AllDay, series.AllDay)
	return said
}

func take[T any](said **T, series *T) {
	if *said == nil {
		*said = series
	}
}

// occurrenceOf is the original start that a device means: devices get its time of day wrong after the series has been
// moved, and that of days. MS-ASCAL, ExceptionStartTime.
//
// Of a series that is shown by a layout it is zero if nothing stands there.
func (v *eventView) occurrenceOf(t time.Time) calendar.Moment {
	if v.laid != nil {
		return v.laidOccurrence(t)
	}
	for _, c := range v.object.Overrides() {
		if id := c.RecurrenceID(); v.toldOriginal(v.original(id)).Equal(t) {
			return id
		}
	}
	return v.regularOccurrence(t)
}

// regularOccurrence is occurrenceOf for what does not differ, of a series that has words.
func (v *eventView) regularOccurrence(t time.Time) calendar.Moment {
	if v.span.allDay {
		return calendar.DateOf(dayOf(t, v.zone, v.home))
	}
	m := v.master.Start()
	wall := v.wall()
	m.Wall = day(v.zone.Wall(t)).Add(wall.Sub(day(wall)))
	if m.Form == calendar.UTC {
		m.Wall = v.zone.Instant(m.Wall)
	}
	return m
}

// spanAt is when an occurrence takes place that does not differ.
func (v *eventView) spanAt(id calendar.Moment) eventSpan {
	if v.laid != nil {
		return v.spanLaid(id)
	}
	return v.regularSpan(id)
}

// regularSpan is as long as the series from an original start on.
func (v *eventView) regularSpan(id calendar.Moment) eventSpan {
	id = v.original(id)
	length := v.span.end.Sub(v.span.start)
	if v.span.allDay {
		return eventSpan{start: id.Wall, end: id.Wall.Add(length), allDay: true}
	}
	at, _ := v.resolve(id)
	return eventSpan{start: at, end: at.Add(length)}
}

// occurrence changes one occurrence: the component that says how it differs, or a new one. whole: a time that is left
// out is that of the series.
func (e *eventEdit) occurrence(now *eventView, id calendar.Moment, said *wire.Event, whole bool) (*calendar.Component, error) {
	span := now.spanAt(id)
	c := e.o.Override(id)
	if c == nil {
		c = e.differing(now, id)
	} else if s, _, err := now.spanOf(c); err == nil {
		span = s
	}
	shown := now.component(c, now.alike(span))
	want := span
	if whole {
		want = now.shownAt(id)
	}
	if said.AllDay != nil && *said.AllDay != want.allDay && e.c.version < V160 {
		want = want.turned(*said.AllDay, now.zone)
	}
	length := want.end.Sub(want.start)
	if said.Start != nil {
		want.start = e.pointOf(*said.Start, want.allDay, now.zone)
		want.end = want.start.Add(length)
	}
	if said.End != nil {
		want.end = e.pointOf(*said.End, want.allDay, now.zone)
	}
	if want.end.Before(want.start) {
		want.start, want.end = want.end, want.start
	}
	if want.allDay && !want.end.After(want.start) {
		want.end = want.start.Add(oneDay)
	}
	if !want.equal(span) {
		e.moveOccurrence(now, c, want)
	}
	e.properties(c, said, shown, want)
	e.invite(c, said, shown)
	return c, nil
}

// moveOccurrence sets when an occurrence takes place, written like the series.
func (e *eventEdit) moveOccurrence(now *eventView, c *calendar.Component, s eventSpan) {
	k, ok := now.clock()
	if !ok {
		k = clockIn(e.home)
	}
	start, end := k.moments(s)
	if s.start.Equal(s.end) {
		end = calendar.Moment{}
	}
	c.SetTimes(start, end)
}

// differing makes the component of an occurrence that is like the series so far.
func (e *eventEdit) differing(now *eventView, id calendar.Moment) *calendar.Component {
	if now.laid != nil {
		if c := e.detached(now, id); c != nil {
			return c
		}
	}
	c := e.master.Clone()
	c.Remove("RRULE", "RDATE", "EXDATE", "EXRULE", "CREATED")
	c.SetRecurrenceID(id)
	c.SetStart(id)
	if end := e.master.End(); !end.IsZero() {
		e.moveOccurrence(now, c, now.spanAt(id))
	}
	return c
}

// keep puts the component of an occurrence into the event, if it says anything.
func (e *eventEdit) keep(now *eventView, id calendar.Moment, c *calendar.Component) {
	if e.o.Override(id) != nil || c.Equal(e.differing(now, id)) {
		return
	}
	c.SetStamp(e.c.now)
	e.o.Add(c)
}

// exclude takes an occurrence out of the series.
func (e *eventEdit) exclude(now *eventView, id calendar.Moment) {
	if c := e.o.Override(id); c != nil {
		e.o.Remove(c)
	}
	if e.o.Master() != nil && !now.isExcluded(id) {
		e.master.Add(id.Property("EXDATE"))
	}
}

func (v *eventView) isExcluded(id calendar.Moment) bool {
	return slices.ContainsFunc(v.excluded(), func(m calendar.Moment) bool { return v.original(m) == v.original(id) })
}

// include puts an occurrence back into the series.
func (e *eventEdit) include(now *eventView, id calendar.Moment) {
	for _, p := range slices.Collect(e.master.All("EXDATE")) {
		var rest []string
		list := momentsOf(p)
		for _, m := range list {
			if now.original(m) != now.original(id) {
				rest = append(rest, m.String())
			}
		}
		switch {
		case len(rest) == len(list):
		case len(rest) == 0:
			e.master.Replace(p, nil)
		default:
			e.master.Replace(p, p.WithValue(strings.Join(rest, ",")))
		}
	}
}

// instance changes one occurrence, from 16.0 on, or takes it away. MS-ASAIRS, InstanceId.
func (e *eventEdit) instance() error {
	at, ok := wire.ParseTime(e.c.Instance)
	switch {
	case ok && e.view != nil && e.view.isOrphan():
		return e.orphan(at)
	case !ok || e.view == nil || e.view.rule == nil:
		return fail(syncConversion, errNoSuchOccurrence)
	}
	now := e.view
	id := now.occurrenceOf(at)
	if !id.IsZero() && now.isExcluded(id) && e.c.Op == wire.SyncDelete {
		return nil // as it should be
	}
	switch {
	case !now.takesPlace(id):
		return fail(syncNotFound, errNoSuchOccurrence)
	case e.beginsThere(id):
		return fail(syncConversion, errThisAndFuture)
	}
	if e.c.Op == wire.SyncDelete {
		e.exclude(now, id)
		return nil
	}
	c, err := e.occurrence(now, id, e.said, false)
	if err != nil {
		return fail(syncConversion, err)
	}
	text, told, err := e.c.readText(nil)
	if err != nil {
		return err
	}
	if told {
		e.setText(c, text)
	}
	if err := e.changeFiles(c); err != nil {
		return err
	}
	e.keep(now, id, c)
	e.touched = c
	return nil
}

// orphan changes an occurrence without its series, or takes it away.
func (e *eventEdit) orphan(at time.Time) error {
	switch id := e.view.occurrenceOf(at); {
	case e.o.Override(id) == nil:
		return fail(syncNotFound, errNoSuchOccurrence)
	case e.c.Op == wire.SyncDelete:
		e.exclude(e.view, id)
		return nil
	}
	return e.event()
}

// takesPlace reports whether the series has an occurrence, be it moved.
func (v *eventView) takesPlace(id calendar.Moment) bool {
	if v.laid != nil {
		return v.isLaid(id)
	}
	if v.object.Override(id) != nil {
		return true
	}
	s := v.spanAt(id)
	start := v.instant(s.start, s.allDay)
	for oc, err := range v.object.Occurrences(start, start.Add(time.Second), v.home) {
		if err == nil && oc.Start.Equal(start) && !oc.Override {
			return true
		}
	}
	return false
}
