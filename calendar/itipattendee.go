package calendar

import (
	"slices"
	"strconv"
)

// request reads REQUEST and PUBLISH: what takes place, or a part of it, is new or another. RFC 5546, sections 3.2.1
// and 3.2.2.
func (r *receipt) request() (Outcome, error) {
	if reason := r.fromOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	if r.stored == nil {
		o := r.message.Clone()
		o.SetMethod("")
		return Outcome{What: Placed, Object: o, Changed: true, Uninvited: !invited(o, r.me)}, nil
	}
	o := r.stored.Clone()
	out := Outcome{What: Ignored, Object: o}
	for c := range r.message.Components() {
		what, reason := r.take(o, c)
		if reason != "" {
			out.Reason = reason
			continue
		}
		out.What, out.Changed = max(out.What, what), true
		if id := c.RecurrenceID(); !id.IsZero() {
			out.Occurrences = append(out.Occurrences, id)
		}
	}
	if !out.Changed {
		return ignored(r.stored, out.Reason), nil
	}
	if m := r.message.Master(); m != nil {
		out.Occurrences = nil
	}
	out.Reason = ""
	o.takeZones(r.message)
	return out, nil
}

// invited reports whether somebody is an attendee of any part of an object.
func invited(o *Object, me Identity) bool {
	for c := range o.Components() {
		for _, a := range c.Attendees() {
			if me.Is(a.Address) {
				return true
			}
		}
	}
	return false
}

// take puts a component of a message in the place of the stored one. What belongs to the attendee stays: his alarms,
// his categories, what the meeting makes of his time, and his answer if nothing that he answered to was changed.
func (r *receipt) take(o *Object, c *Component) (Happening, string) {
	c = c.Clone()
	old := o.counterpart(c)
	if old == nil {
		if reason := r.late(o, c); reason != "" {
			return Ignored, reason
		}
		o.Add(c)
		r.settle(o, c, true, false)
		return Updated, ""
	}
	if reason := order(old, c); reason != "" {
		return Ignored, reason
	}
	moved := rescheduled(old, c)
	if !moved {
		r.keepAnswer(old, c)
	}
	keepOwn(old, c)
	o.exchange(old, c)
	r.settle(o, c, false, moved)
	if moved {
		return Rescheduled, ""
	}
	return Updated, ""
}

// settle takes out what is known of occurrences that are none any more, after the series was taken from a message: all
// that came before it if the series was moved, those that it does not have if it was not known, and those that it excludes.
// What the message tells of stays.
func (r *receipt) settle(o *Object, c *Component, first, moved bool) {
	if !c.RecurrenceID().IsZero() {
		return
	}
	gone, series := exclusions(c, o), o.series()
	for _, over := range o.Overrides() {
		id := over.RecurrenceID()
		if r.message.Override(id) != nil || over.Stamp().After(c.Stamp()) {
			continue
		}
		if moved || gone[o.key(id)] || first && !series.has(id) {
			o.Remove(over)
		}
	}
}

// series is the master alone. It shares it with the object.
func (o *Object) series() *Object {
	s := &Object{calendar: NewComponent(VCalendar)}
	for z := range o.calendar.Children(VTimezone) {
		s.calendar.AddChild(z)
	}
	if m := o.Master(); m != nil {
		s.calendar.AddChild(m)
	}
	return s
}

// has reports whether an occurrence is in the series, or told of apart.
func (o *Object) has(id Moment) bool {
	_, found := o.occurrence(id)
	return found || o.Override(id) != nil
}

// late says why what a message says of an occurrence, of which nothing is stored, is no news; "": it is.
func (r *receipt) late(o *Object, c *Component) string {
	m, id := o.Master(), c.RecurrenceID()
	switch {
	case m == nil || id.IsZero():
		return ""
	case o.cancelledAt(id) >= c.Sequence():
		return "of an occurrence that was cancelled"
	case !c.Stamp().Before(m.Stamp()):
		return ""
	case c.Sequence() < m.Sequence() || !o.has(id):
		return "older than what is stored"
	}
	return ""
}

// paramCancelled is a parameter of EXDATE in an attendee's copy: the SEQUENCE of the CANCEL that took an occurrence out.
const paramCancelled = "X-GANNET-SEQUENCE"

// cancelledAt is the SEQUENCE of the CANCEL that took an occurrence out of the series; -1: none did.
func (o *Object) cancelledAt(id Moment) int {
	master := o.Master()
	if master == nil || id.IsZero() {
		return -1
	}
	for p := range master.All("EXDATE") {
		m, ok := p.Moment()
		if n, err := strconv.Atoi(p.Param(paramCancelled)); ok && err == nil && o.key(m) == o.key(id) {
			return n
		}
	}
	return -1
}

// exchange puts one component in the place of another.
func (o *Object) exchange(old, c *Component) {
	for i, it := range o.calendar.items {
		if it.child == old {
			o.calendar.items[i].child = c
			return
		}
	}
}

// keepAnswer keeps what me answered, which the organizer may not know yet.
func (r *receipt) keepAnswer(old, c *Component) {
	for _, was := range old.Attendees() {
		if !r.me.Is(was.Address) || was.Status == "" || was.Status == "NEEDS-ACTION" {
			continue
		}
		if is, ok := c.Attendee(was.Address); ok && (is.Status == "" || is.Status == "NEEDS-ACTION") {
			is.Status, is.RSVP = was.Status, was.RSVP
			c.SetAttendee(is)
		}
	}
}

// keepOwn keeps what the owner of a calendar said of a component that others organize.
func keepOwn(old, c *Component) {
	c.RemoveAlarms()
	for _, alarm := range old.Alarms() {
		c.AddChild(alarm.Clone())
	}
	for _, name := range []string{"CATEGORIES", "X-MICROSOFT-CDO-BUSYSTATUS"} {
		if old.Get(name) == nil {
			continue
		}
		c.Remove(name)
		for p := range old.All(name) {
			c.Add(p)
		}
	}
	if created := old.Get("CREATED"); created != nil {
		c.Set(created)
	}
}

// takeZones takes over the definitions of a message for the zones that it names.
func (o *Object) takeZones(message *Object) {
	var used []*Component
	for c := range o.Components() {
		used = append(used, c)
	}
	ids := tzidsOf(used)
	o.calendar.RemoveChildren(func(c *Component) bool {
		if c.name != VTimezone {
			return false
		}
		again := false
		for z := range message.calendar.Children(VTimezone) {
			again = again || z.Text("TZID") == c.Text("TZID")
		}
		return again || !slices.Contains(ids, c.Text("TZID"))
	})
	var added []item
	for z := range message.calendar.Children(VTimezone) {
		if slices.Contains(ids, z.Text("TZID")) {
			added = append(added, item{child: z.Clone()})
		}
	}
	o.calendar.insertBeforeChildren(added)
	o.zones = nil
}

// cancel reads CANCEL: the whole, or occurrences, do not take place. RFC 5546, section 3.2.5.
func (r *receipt) cancel() (Outcome, error) {
	if reason := r.fromOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	if r.stored == nil {
		return ignored(nil, "the meeting is not known"), nil
	}
	o := r.stored.Clone()
	out := Outcome{Object: o, Comment: r.message.first().Text("COMMENT")}
	for c := range r.message.Components() {
		old := o.counterpart(c)
		against := old
		if against == nil {
			against = o.Master()
		}
		if against != nil {
			if reason := order(against, c); reason == "older than what is stored" || reason != "" && against.Cancelled() {
				out.Reason = reason
				continue
			}
		}
		if id := c.RecurrenceID(); !id.IsZero() {
			if o.cancelOccurrence(c, old) {
				out.What, out.Changed = max(out.What, CancelledSome), true
				out.Occurrences = append(out.Occurrences, id)
			}
			continue
		}
		for every := range o.Components() {
			every.SetStatus("CANCELLED")
			every.SetSequence(max(every.Sequence(), c.Sequence()))
			every.SetStamp(c.Stamp())
		}
		return Outcome{What: CancelledAll, Object: o, Changed: true, Comment: out.Comment}, nil
	}
	if !out.Changed {
		return ignored(r.stored, orElse(out.Reason, "the occurrence is not known")), nil
	}
	return out, nil
}

// cancelOccurrence takes one occurrence out of a series, or it and all later ones. An occurrence whose series is not
// known stays as a cancelled one.
func (o *Object) cancelOccurrence(c, old *Component) bool {
	master, id := o.Master(), c.RecurrenceID()
	if master == nil {
		if old != nil {
			old.SetStatus("CANCELLED")
			old.SetSequence(max(old.Sequence(), c.Sequence()))
			old.SetStamp(c.Stamp())
		}
		return old != nil
	}
	if c.ThisAndFuture() {
		return o.endBefore(id)
	}
	if old != nil {
		o.Remove(old)
	}
	if id = o.likeStart(id); !exclusions(master, o)[o.key(id)] {
		master.Add(id.Property("EXDATE").WithParam(paramCancelled, strconv.Itoa(c.Sequence())))
	}
	return true
}

// likeStart writes the original start of an occurrence in the form of the start of the series.
func (o *Object) likeStart(id Moment) Moment {
	start := o.Master().Start()
	if id.Form == start.Form && id.TZID == start.TZID {
		return id
	}
	switch {
	case start.Form == Date:
		return DateOf(id.Wall)
	case id.Form == Date:
		return Moment{Wall: id.Wall.Add(start.Wall.Sub(startOfDay(start.Wall))), Form: start.Form, TZID: start.TZID}
	}
	at, _, err := o.Resolve(id, nil)
	if err != nil {
		return id
	}
	_, zone, err := o.Resolve(start, nil)
	if err != nil {
		return id
	}
	return Moment{Wall: zone.Wall(at), Form: start.Form, TZID: start.TZID}
}

// endBefore ends a series before an occurrence: its rules, single dates and overrides.
func (o *Object) endBefore(id Moment) bool {
	master := o.Master()
	id = o.likeStart(id)
	last := id.Add(-1e9)
	if id.Form == Date {
		last = DateOf(id.Wall.AddDate(0, 0, -1))
	} else if at, _, err := o.Resolve(id, nil); err == nil && id.Form != Floating {
		last = InstantOf(at.Add(-1e9))
	}
	if last.Form == Zoned {
		last.Form, last.TZID = Floating, ""
	}
	changed := false
	for p := range master.All("RRULE") {
		if rule, err := ParseRule(p.prop.Value); err == nil {
			rule.Count, rule.Last = 0, last
			master.Replace(p, p.WithValue(rule.String()))
			changed = true
		}
	}
	key := o.key(id)
	for _, over := range o.Overrides() {
		if o.key(over.RecurrenceID()) >= key {
			o.Remove(over)
			changed = true
		}
	}
	return changed
}

// add reads ADD: further occurrences. RFC 5546, section 3.2.4. Whoever does not know the series asks for it.
func (r *receipt) add() (Outcome, error) {
	if reason := r.fromOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	if r.stored == nil || r.stored.Master() == nil {
		out := ignored(r.stored, "the series is not known")
		out.Send = []Message{Refresh(r.message, r.me, r.now)}
		return out, nil
	}
	o := r.stored.Clone()
	master := o.Master()
	out := Outcome{What: Updated, Object: o, Changed: true}
	for c := range r.message.Components() {
		if c.Sequence() < master.Sequence() {
			return ignored(r.stored, "older than what is stored"), nil
		}
		id := c.Start()
		if id.IsZero() {
			return ignored(r.stored, "an occurrence without a start"), nil
		}
		if o.Override(id) != nil {
			return ignored(r.stored, "known already"), nil
		}
		extra := c.Clone()
		extra.Remove("RRULE", "RDATE", "EXDATE", "EXRULE")
		extra.SetRecurrenceID(id)
		date := id.Property("RDATE")
		master.Add(date)
		o.Add(extra)
		master.SetSequence(c.Sequence())
		out.Occurrences = append(out.Occurrences, id)
	}
	o.takeZones(r.message)
	return out, nil
}

// declineCounter reads DECLINECOUNTER: nothing is changed. RFC 5546, section 3.2.8.
func (r *receipt) declineCounter() (Outcome, error) {
	if reason := r.fromOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	if r.stored == nil {
		return ignored(nil, "the meeting is not known"), nil
	}
	return Outcome{What: ProposalDeclined, Object: r.stored, Comment: r.message.first().Text("COMMENT"), Occurrences: idsOf(r.message)}, nil
}

// idsOf lists the occurrences that a message is about.
func idsOf(o *Object) []Moment {
	var ids []Moment
	for c := range o.Components() {
		if id := c.RecurrenceID(); !id.IsZero() {
			ids = append(ids, id)
		}
	}
	return ids
}
