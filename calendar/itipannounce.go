package calendar

import (
	"slices"
	"strings"
	"time"
)

// Announce says what the attendees are to be told when the organizer, who is me, has made changed of old: old is nil
// for what is new, changed is nil for what he deleted. It returns the object to be stored, with SEQUENCE and DTSTAMP as
// they have to be and answers asked for again where times were changed, and the messages: CANCEL to who is no longer
// invited and of what does not take place, REQUEST to the others if something is different for them. An event whose
// organizer is somebody else, or was, or that has none, is returned as it is, without messages; so is one of more than
// 500 parts. RFC 5546, sections 3.2.2 and 3.2.5.
//
// me is not told, nor are attendees without address. Nothing given is changed.
func Announce(old, changed *Object, me Identity, now time.Time) (*Object, []Message) {
	switch {
	case changed == nil && organizes(old, me):
		return nil, withdraw(old, me, now)
	case changed != nil && changed.parts() > maxParts || old != nil && old.parts() > maxParts:
		return changed, nil
	case changed == nil, !organizes(changed, me), old != nil && hasOrganizer(old) && !organizes(old, me):
		return changed, nil
	}
	a := &announcement{old: old, now: now, me: me, object: changed.Clone()}
	a.revise()
	a.compare()
	return a.object, a.messages()
}

// organizes reports whether me calls the meeting that o is.
func organizes(o *Object, me Identity) bool {
	if o == nil {
		return false
	}
	for c := range o.Components() {
		if who, ok := c.Organizer(); ok && me.Is(who.Address) {
			return true
		}
	}
	return false
}

func hasOrganizer(o *Object) bool {
	who, ok := o.first().Organizer()
	return ok && who.Address != ""
}

// withdraw tells everybody that nothing takes place.
func withdraw(o *Object, me Identity, now time.Time) []Message {
	to := invitees(o, me)
	if len(to) == 0 || o.first().Cancelled() && o.Master() != nil {
		return nil
	}
	keep := func(c *Component) bool { return c.RecurrenceID().IsZero() }
	if o.Master() == nil {
		keep = nil
	}
	return []Message{cancelOf(o, to, keep, now)}
}

// cancelOf makes a CANCEL of parts of an object.
func cancelOf(o *Object, to []string, keep func(*Component) bool, now time.Time) Message {
	out := outgoing(o, "CANCEL", keep, now)
	for c := range out.Components() {
		c.SetStatus("CANCELLED")
		c.SetSequence(c.Sequence() + 1)
		c.Remove("RRULE", "RDATE", "EXDATE", "EXRULE", "ATTACH")
		told := setOf(to)
		c.items = slices.DeleteFunc(c.items, func(it item) bool {
			return it.prop != nil && it.prop.prop.Name == "ATTENDEE" && !told[strings.ToLower(calendarAddress(it.prop))]
		})
	}
	return Message{Method: "CANCEL", To: to, Object: out}
}

// invitees lists the addresses of all attendees of all parts but me.
func invitees(o *Object, me Identity) []string {
	var list []string
	for c := range o.Components() {
		list = appendInvitees(list, c, me)
	}
	return list
}

func appendInvitees(list []string, c *Component, me Identity) []string {
	seen := setOf(list)
	for _, who := range c.Attendees() {
		a := who.Address
		if key := strings.ToLower(a); a != "" && !me.Is(a) && who.answers() && !seen[key] {
			seen[key] = true
			list = append(list, a)
		}
	}
	return list
}

// setOf makes a set of addresses, in lower case.
func setOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, a := range list {
		set[strings.ToLower(a)] = true
	}
	return set
}

// An announcement compares two versions of an object of the organizer.
type announcement struct {
	old, object *Object
	me          Identity
	now         time.Time

	requests map[string]map[*Component]bool // by address: the parts to tell
	cancels  []cancellation
	order    []string // of addresses
}

// A cancellation is a part that does not take place for some.
type cancellation struct {
	part *Component // of the old or the new object
	from *Object
	to   []string
}

// revise sets SEQUENCE and DTSTAMP, and asks again for answers to what has been moved.
func (a *announcement) revise() {
	a.restore()
	for c := range a.object.Components() {
		was := a.before(c)
		switch {
		case was == nil:
			a.askAgain(c, nil)
		case rescheduled(was, c):
			c.SetSequence(max(c.Sequence(), was.Sequence()+1))
			a.askAgain(c, was)
		case a.same(was, c) && len(a.uninvited(was, c)) == 0:
			c.SetSequence(max(c.Sequence(), was.Sequence()))
			continue
		default:
			c.SetSequence(max(c.Sequence(), was.Sequence()+1))
		}
		c.SetStamp(a.now)
	}
	for _, over := range a.object.Overrides() {
		if m := a.object.Master(); m != nil && m.Sequence() > over.Sequence() && a.before(over) == nil {
			over.SetSequence(m.Sequence())
		}
	}
}

// restore makes parts of occurrences that differed and are again as the series says: attendees have to be told so, and
// what was told of one is remembered with it.
func (a *announcement) restore() {
	if a.old == nil || a.object.Master() == nil || a.old.Master() == nil || rescheduled(a.old.Master(), a.object.Master()) {
		return
	}
	for _, over := range a.old.Overrides() {
		id := over.RecurrenceID()
		if a.object.Override(id) != nil {
			continue
		}
		if c, ok := a.object.Detach(id); ok {
			c.SetSequence(over.Sequence())
		}
	}
}

// same reports whether attendees see no difference between two versions of a part.
func (a *announcement) same(was, is *Component) bool {
	return sameForOthers(was, is) && excludes(is, a.object, was, a.old)
}

// excludes reports whether a component excludes all occurrences that another does.
func excludes(is *Component, in *Object, was *Component, before *Object) bool {
	if was.Get("EXDATE") == nil {
		return true
	}
	now := exclusions(is, in)
	for key := range exclusions(was, before) {
		if !now[key] {
			return false
		}
	}
	return true
}

// exclusions are the keys of the occurrences that EXDATE names.
func exclusions(c *Component, o *Object) map[int64]bool {
	keys := map[int64]bool{}
	for one, p := range values(c, "EXDATE") {
		if m, ok := ParseMoment(one); ok {
			keys[o.key(m.in(p.Param("TZID")))] = true
		}
	}
	return keys
}

// before is the part of the old object that c is another version of: of an occurrence that was like the others it is
// that occurrence.
func (a *announcement) before(c *Component) *Component {
	if a.old == nil {
		return nil
	}
	if was := a.old.counterpart(c); was != nil || c.RecurrenceID().IsZero() {
		return was
	}
	copied := a.old.Clone()
	was, _ := copied.Detach(c.RecurrenceID())
	return was
}

// askAgain wants answers of all but those who are new with an answer of their own and those that the server keeps.
func (a *announcement) askAgain(c, was *Component) {
	for i, it := range c.items {
		if it.prop == nil || it.prop.prop.Name != "ATTENDEE" {
			continue
		}
		who := participantOf(it.prop)
		if a.me.Is(who.Address) || !who.answers() || who.Status == "DELEGATED" {
			continue
		}
		if was != nil || who.Status == "" {
			who.Status, who.RSVP = "NEEDS-ACTION", true
		}
		if q := who.write("ATTENDEE").WithParam(paramProposed); !q.Equal(it.prop) {
			c.items[i].prop = q
		}
	}
}

// own are properties that are nobody's business but the owner's.
var own = map[string]bool{
	"DTSTAMP": true, "LAST-MODIFIED": true, "CREATED": true, "SEQUENCE": true, "CATEGORIES": true, "TRANSP": true, "EXDATE": true,
	"X-MICROSOFT-CDO-BUSYSTATUS": true, "X-MOZ-LASTACK": true, "X-MOZ-SNOOZE-TIME": true, "X-MOZ-GENERATION": true, "ATTENDEE": true,
}

// sameForOthers reports whether two versions differ in nothing that concerns attendees. Who is invited is looked at
// apart.
func sameForOthers(a, b *Component) bool {
	say := func(c *Component) []string {
		var list []string
		for p := range c.Properties() {
			if name := p.prop.Name; !own[name] && name != "RECURRENCE-ID" && !strings.HasPrefix(name, ownPrefix) {
				list = append(list, p.withoutOwn().rendered())
			}
		}
		slices.Sort(list)
		return list
	}
	return slices.Equal(say(a), say(b))
}

// compare finds who is to be told what.
func (a *announcement) compare() {
	a.requests = map[string]map[*Component]bool{}
	for c := range a.object.Components() {
		a.comparePart(c)
	}
	if a.old == nil {
		return
	}
	switch was, is := a.old.Master(), a.object.Master(); {
	case was == nil || is == nil:
	case rescheduled(was, is): // then all occurrences that differ are told again, for they are forgotten
		for _, over := range a.object.Overrides() {
			a.tell(over, appendInvitees(nil, over, a.me))
		}
	default:
		a.compareExcluded(was, is)
	}
	for was := range a.old.Components() {
		if a.object.counterpart(was) == nil && a.isGone(was) {
			a.cancels = append(a.cancels, cancellation{was, a.old, appendInvitees(nil, was, a.me)})
		}
	}
}

// isGone reports whether a part that is no longer there is to be cancelled by itself. An occurrence is not if the series
// still has it, or says that it excludes it, or was moved, by which attendees know.
func (a *announcement) isGone(was *Component) bool {
	id, before, now := was.RecurrenceID(), a.old.Master(), a.object.Master()
	if id.IsZero() || now == nil || before == nil {
		return id.IsZero() || now == nil
	}
	return !rescheduled(before, now) && !a.object.has(id) && !exclusions(now, a.object)[a.object.key(id)]
}

// comparePart looks at one part: who is new, who is not invited any more, and whether the others see a difference.
func (a *announcement) comparePart(c *Component) {
	was := a.before(c)
	now := appendInvitees(nil, c, a.me)
	if was == nil {
		a.tell(c, now)
		return
	}
	before := appendInvitees(nil, was, a.me)
	if gone := a.uninvited(was, c); len(gone) > 0 && !was.Cancelled() {
		a.cancels = append(a.cancels, cancellation{was, a.old, gone})
	}
	if c.Cancelled() {
		if !was.Cancelled() {
			a.cancels = append(a.cancels, cancellation{c, a.object, now})
		}
		return
	}
	differs, known := !a.same(was, c) || was.Cancelled(), setOf(before)
	for _, address := range now {
		if differs || !known[strings.ToLower(address)] {
			a.tell(c, []string{address})
		}
	}
}

// uninvited lists who was invited and is not any more.
func (a *announcement) uninvited(was, is *Component) []string {
	now := setOf(appendInvitees(nil, is, a.me))
	return slices.DeleteFunc(appendInvitees(nil, was, a.me), func(s string) bool { return now[strings.ToLower(s)] })
}

// tell notes that somebody is to be sent a part.
func (a *announcement) tell(c *Component, to []string) {
	if c.Cancelled() {
		return
	}
	for _, address := range to {
		key := strings.ToLower(address)
		if a.requests[key] == nil {
			a.requests[key] = map[*Component]bool{}
			a.order = append(a.order, address)
		}
		a.requests[key][c] = true
	}
}

// compareExcluded looks for occurrences that were taken out of a series.
func (a *announcement) compareExcluded(was, is *Component) {
	gone := exclusions(was, a.old)
	to := appendInvitees(nil, is, a.me)
	for one, p := range values(is, "EXDATE") {
		m, ok := ParseMoment(one)
		if m = m.in(p.Param("TZID")); !ok || gone[a.old.key(m)] {
			continue
		}
		old := a.old.Clone()
		part, ok := old.Detach(m)
		if !ok {
			continue
		}
		part.SetSequence(max(part.Sequence(), is.Sequence()))
		a.cancels = append(a.cancels, cancellation{part, old, appendInvitees(slices.Clone(to), part, a.me)})
	}
}

// messages writes what was found. Those who are told the same get one message.
func (a *announcement) messages() []Message {
	var list []Message
	for _, c := range a.cancels {
		if len(c.to) > 0 {
			list = append(list, cancelOf(c.from, c.to, func(d *Component) bool { return d == c.part }, a.now))
		}
	}
	for len(a.order) > 0 {
		parts := a.requests[strings.ToLower(a.order[0])]
		var to, others []string
		for _, address := range a.order {
			if equalSets(parts, a.requests[strings.ToLower(address)]) {
				to = append(to, address)
			} else {
				others = append(others, address)
			}
		}
		a.order = others
		keep := func(c *Component) bool { return parts[c] }
		list = append(list, Message{Method: "REQUEST", To: to, Object: outgoing(a.object, "REQUEST", keep, a.now)})
	}
	return list
}

func equalSets(a, b map[*Component]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for c := range a {
		if !b[c] {
			return false
		}
	}
	return true
}
