package calendar

import (
	"strings"
	"time"
)

// Parameters of ATTENDEE in which the organizer's copy remembers; they are never sent.
const (
	paramReplied  = "X-GANNET-REPLIED"  // DTSTAMP of the latest answer
	paramProposed = "X-GANNET-PROPOSED" // start and end in UTC, with a slash between them
)

// Proposed returns the times that the participant would prefer; false: none, or they were not remembered.
func (who Participant) Proposed() (start, end time.Time, ok bool) {
	if who.property == nil {
		return time.Time{}, time.Time{}, false
	}
	from, to, found := strings.Cut(who.property.Param(paramProposed), "/")
	a, okA := ParseMoment(from)
	b, okB := ParseMoment(to)
	return a.Wall, b.Wall, found && okA && okB
}

// reply reads REPLY: somebody has answered. RFC 5546, section 3.2.3.
func (r *receipt) reply() (Outcome, error) {
	if reason := r.toOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	o := r.stored.Clone()
	out := Outcome{Object: o, Comment: r.message.first().Text("COMMENT")}
	for c := range r.message.Components() {
		attendees := c.Attendees()
		if len(attendees) == 0 {
			return Outcome{}, unclear("answer without attendee")
		}
		apart := o.counterpart(c) != nil
		target, reason := r.target(o, c)
		if target == nil {
			out.Reason = reason
			continue
		}
		for _, who := range attendees {
			what, reason := answer(o, target, c, who, apart)
			if reason != "" {
				out.Reason = reason
				continue
			}
			if out.What == Ignored || who.DelegatedTo == nil {
				out.Who = who
			}
			out.What, out.Changed = max(out.What, what), true
		}
		if id := c.RecurrenceID(); !id.IsZero() && out.Changed {
			out.Occurrences = append(out.Occurrences, id)
		}
	}
	if !out.Changed {
		return ignored(r.stored, out.Reason), nil
	}
	return out, nil
}

// target is the component that an answer is about. An occurrence that was like the others becomes one of its own. An
// answer without SEQUENCE, which some programs send, is one to what is stored; so is a later one that names an older
// version but the times that are stored: phones up to ActiveSync 14.1 are not told the SEQUENCE and write 0.
func (r *receipt) target(o *Object, c *Component) (*Component, string) {
	target := o.counterpart(c)
	id := c.RecurrenceID()
	if target == nil && !id.IsZero() {
		var reason string
		if target, reason = o.split(id); target == nil {
			return nil, reason
		}
	}
	switch {
	case target == nil:
		return nil, "the meeting is not known"
	case c.Get("SEQUENCE") != nil && c.Sequence() < target.Sequence() && !r.sameTime(o, target, c):
		return nil, "an answer to an older version"
	}
	return target, ""
}

// sameTime reports whether an answer was written after what it answers, and tells of the time at which that takes place.
func (r *receipt) sameTime(o *Object, target, c *Component) bool {
	if r.message.Method() != "REPLY" || !c.Stamp().After(target.Stamp()) {
		return false
	}
	said, _, err := r.message.Resolve(c.Start(), nil)
	is, _, err2 := o.Resolve(target.Start(), nil)
	return err == nil && err2 == nil && !c.Start().IsZero() && said.Equal(is)
}

// split makes a component for one occurrence of the series, which says what the series says.
func (o *Object) split(id Moment) (*Component, string) {
	if o.Master() == nil {
		return nil, "the series is not known"
	}
	c, ok := o.Detach(id)
	if !ok {
		return nil, "the occurrence is not known"
	}
	return c, ""
}

// Detach returns the component of one occurrence of a series, given by its original start. One that was like the
// series is made and added: it says what the series says. false: the series has no such occurrence.
func (o *Object) Detach(id Moment) (*Component, bool) {
	if c := o.Override(id); c != nil {
		return c, true
	}
	oc, ok := o.occurrence(id)
	if !ok {
		return nil, false
	}
	c := oc.Component.Clone()
	c.Remove("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
	o.moveTo(c, oc)
	c.SetRecurrenceID(oc.ID)
	o.Add(c)
	return c, true
}

// Bounds of the search for single occurrences of an object, see [maxWork]: a message may tell of hundreds.
const (
	maxSearch = 200_000   // for one
	maxSought = 2_000_000 // for all
)

// occurrence finds one that is like the series by its original start; one behind very many others is not found.
func (o *Object) occurrence(id Moment) (Occurrence, bool) {
	if o.Master() == nil {
		return Occurrence{}, false
	}
	at, _, err := o.Resolve(o.likeStart(id), nil)
	if err != nil {
		return Occurrence{}, false
	}
	before := min(maxSearch, maxSought-o.sought)
	work := before
	defer func() { o.sought += before - work }()
	for oc, err := range o.occurrences(at, at.Add(time.Second), nil, &work) {
		if err == nil && oc.Start.Equal(at) && !oc.Override && !oc.ID.IsZero() {
			return oc, true
		}
	}
	return Occurrence{}, false
}

// moveTo sets the times of a component to those of an occurrence, in the form that they had.
func (o *Object) moveTo(c *Component, oc Occurrence) {
	start := c.Start()
	shift := oc.ID.Wall.Sub(start.Wall)
	if end := c.End(); !end.IsZero() {
		moved := end
		switch {
		case end.Form == start.Form && end.TZID == start.TZID:
			moved.Wall = end.Wall.Add(shift)
		case end.Form == UTC:
			moved.Wall = oc.End
		default:
			if _, zone, err := o.Resolve(end, nil); err == nil {
				moved.Wall = zone.Wall(oc.End)
			}
		}
		if c.name == VTodo {
			c.SetDue(moved)
		} else {
			c.setMoment("DTEND", moved)
		}
	}
	start.Wall = oc.ID.Wall
	c.SetStart(start)
}

// answer writes down what an attendee answered to a component, and to those occurrences that he has not answered
// apart if it is the series. apart: the occurrence was one of its own before; else what is known of answers to it was said
// of the series, and programs that answer the series and an occurrence in one message write the same DTSTAMP.
func answer(o *Object, target, c *Component, who Participant, apart bool) (Happening, string) {
	if who.Address == "" {
		return Ignored, "an answer of nobody"
	}
	old, isInvited := target.Attendee(who.Address)
	stamp := InstantOf(c.Stamp())
	if old.property != nil {
		if last, ok := ParseMoment(old.property.Param(paramReplied)); ok && !c.Stamp().IsZero() && !stamp.Wall.After(last.Wall) {
			switch again := stamp.Wall.Equal(last.Wall); {
			case !again:
				return Ignored, "older than the latest answer"
			case !apart:
			case old.Status != "NEEDS-ACTION" || c.Get("SEQUENCE") == nil: // else it was asked again and answers that within a second
				return Ignored, "known already"
			}
		}
	}
	what := Answered
	if !isInvited {
		if what = Joined; isDelegate(target, who) {
			what = Answered
		}
		old = Participant{Attendee: Attendee{Address: who.Address, Name: who.Name}, Role: "OPT-PARTICIPANT", Kind: who.Kind}
	}
	old.Status, old.DelegatedTo = orElse(who.Status, "NEEDS-ACTION"), who.DelegatedTo
	old.RSVP = false
	if len(who.DelegatedFrom) > 0 {
		old.DelegatedFrom, old.Role = who.DelegatedFrom, "REQ-PARTICIPANT"
	}
	old.property = old.write("ATTENDEE").WithParam(paramReplied, stamp.String()).WithParam(paramProposed)
	target.putAttendee(old)
	addDelegates(target, old)
	if target.RecurrenceID().IsZero() {
		for _, over := range o.Overrides() {
			if was, ok := over.Attendee(who.Address); ok && (was.Status == "" || was.Status == "NEEDS-ACTION") {
				was.Status, was.RSVP = old.Status, false
				over.SetAttendee(was)
			}
		}
	}
	return what, ""
}

// putAttendee puts the property of who in the place of that with his address, or behind the others.
func (c *Component) putAttendee(who Participant) {
	for p := range c.All("ATTENDEE") {
		if sameAddress(calendarAddress(p), who.Address) {
			c.Replace(p, who.property)
			return
		}
	}
	c.Add(who.property)
}

// isDelegate reports whether an attendee sent who in his place. RFC 5546, section 3.2.2.3.
func isDelegate(c *Component, who Participant) bool {
	for _, from := range who.DelegatedFrom {
		if _, ok := c.Attendee(from); ok {
			return true
		}
	}
	for _, a := range c.Attendees() {
		for _, to := range a.DelegatedTo {
			if sameAddress(to, who.Address) {
				return true
			}
		}
	}
	return false
}

// addDelegates invites those whom who sends in his place, and marks those in whose place he comes.
func addDelegates(c *Component, who Participant) {
	for _, to := range who.DelegatedTo {
		if _, ok := c.Attendee(to); !ok && who.Status == "DELEGATED" {
			c.SetAttendee(Participant{
				Attendee: Attendee{Address: to, Status: "NEEDS-ACTION", RSVP: true}, Role: who.Role, DelegatedFrom: []string{who.Address},
			})
		}
	}
	for _, from := range who.DelegatedFrom {
		if was, ok := c.Attendee(from); ok && was.Status != "DELEGATED" {
			was.Status, was.DelegatedTo = "DELEGATED", []string{who.Address}
			c.SetAttendee(was)
		}
	}
}

// counter reads COUNTER: somebody would prefer other times. They are remembered with him; the organizer decides.
// RFC 5546, section 3.2.7.
func (r *receipt) counter() (Outcome, error) {
	if reason := r.toOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	c := r.message.first()
	who, ok := proposer(c)
	if !ok {
		return Outcome{}, unclear("proposal of nobody")
	}
	o := r.stored.Clone()
	target, reason := r.target(o, c)
	if target == nil {
		return ignored(r.stored, reason), nil
	}
	old, isInvited := target.Attendee(who.Address)
	if !isInvited {
		return ignored(r.stored, "a proposal of who is not invited"), nil
	}
	if last, ok := ParseMoment(old.property.Param(paramReplied)); ok && !c.Stamp().IsZero() && InstantOf(c.Stamp()).Wall.Before(last.Wall) {
		return ignored(r.stored, "older than the latest answer"), nil
	}
	x := &expansion{object: r.message}
	placed, err := x.place(c)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		What: Proposed, Object: o, Changed: true, Occurrences: idsOf(r.message), Comment: c.Text("COMMENT"),
		Start: time.Unix(placed.at, 0).UTC(), End: time.Unix(placed.end, 0).UTC(),
	}
	if who.Status != "" && who.Status != "NEEDS-ACTION" {
		old.Status, old.RSVP = who.Status, false
	}
	old.property = old.write("ATTENDEE").WithParam(paramReplied, InstantOf(c.Stamp()).String()).
		WithParam(paramProposed, InstantOf(out.Start).String()+"/"+InstantOf(out.End).String())
	target.putAttendee(old)
	out.Who = participantOf(old.property)
	return out, nil
}

// proposer is who sends a COUNTER: Exchange names only him, others all attendees, he having answered.
func proposer(c *Component) (Participant, bool) {
	list := c.Attendees()
	for _, a := range list {
		if a.Status == "TENTATIVE" || len(list) == 1 {
			return a, true
		}
	}
	if len(list) > 0 {
		return list[0], true
	}
	return Participant{}, false
}

// refresh reads REFRESH: an attendee wants to be told again. RFC 5546, section 3.2.6.
func (r *receipt) refresh() (Outcome, error) {
	if reason := r.toOrganizer(); reason != "" {
		return ignored(r.stored, reason), nil
	}
	for _, who := range r.message.first().Attendees() {
		if invited(r.stored, Identity{who.Address}) {
			send := Message{Method: "REQUEST", To: []string{who.Address}, Object: outgoing(r.stored, "REQUEST", nil, r.now)}
			return Outcome{What: Asked, Object: r.stored, Who: who, Send: []Message{send}}, nil
		}
	}
	return ignored(r.stored, "asked by who is not invited"), nil
}
