package activesync

import (
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
)

// removeEvent takes an event away. From 16.0 on the server tells those whom the user had invited; of what is over
// nobody is told. MS-ASCAL, MeetingStatus.
func removeEvent(old []byte, c *objectCommand) (objectChange, error) {
	if c.version < V160 || old == nil {
		return objectChange{}, nil
	}
	o, _, err := calendar.ReadObject(string(old))
	if err != nil {
		return objectChange{}, nil // nobody was invited to what cannot be read
	}
	if !goesOn(o, c) {
		return objectChange{}, nil
	}
	me := c.identity(o)
	_, messages := calendar.Announce(o, nil, me, c.now)
	return objectChange{send: c.letters(me, messages)}, nil
}

// goesOn reports whether an event takes place after now.
func goesOn(o *calendar.Object, c *objectCommand) bool {
	for range o.Occurrences(c.now, c.now.Add(calendar.Horizon), c.userZone()) {
		return true
	}
	return false
}

// identity is who the user is in an event: all of the addresses in it that are his.
func (f objectForm) identity(list ...*calendar.Object) calendar.Identity {
	me := calendar.Identity{f.user.Addr()}
	for _, o := range list {
		if o == nil {
			continue
		}
		for c := range o.Components() {
			for p := range c.Properties() {
				if name := p.Name(); name != "ATTENDEE" && name != "ORGANIZER" {
					continue
				}
				if a := mailOf(p); a != "" && !me.Is(a) && f.mine(a) {
					me = append(me, a)
				}
			}
		}
	}
	return me
}

// invitations are the messages that a change of the event makes go out, from 16.0 on: before that the device writes
// them itself. before is the event as it was, nil: it is new. What is over is told to nobody.
func (e *eventEdit) invitations(before *calendar.Object) []objectMail {
	if e.c.version < V160 || !goesOn(e.o, e.c) && (before == nil || !goesOn(before, e.c)) {
		return nil
	}
	me := e.c.identity(before, e.o)
	changed, messages := calendar.Announce(before, e.o, me, e.c.now)
	e.tell = e.tell || before != nil && answersOf(changed) != answersOf(e.o)
	e.o = changed
	return e.c.letters(me, messages)
}

// answersOf is all that an event says of who has answered what. Who moves a meeting asks for new answers, of which the
// device that moved it does not know.
func answersOf(o *calendar.Object) string {
	var b strings.Builder
	for c := range o.Components() {
		for _, who := range c.Attendees() {
			b.WriteString(who.Status + " ")
		}
	}
	return b.String()
}

// letters writes messages about meetings.
func (f objectForm) letters(me calendar.Identity, list []calendar.Message) []objectMail {
	var out []objectMail
	for _, m := range list {
		letter := scheduling.Letter{
			Message: m, From: scheduling.Author(f.user.Name, me, m), Sender: f.actor, Hostname: f.hostname, Zone: f.userZone(), Now: f.now,
		}
		out = append(out, objectMail{to: m.To, write: letter.Write})
	}
	return out
}
