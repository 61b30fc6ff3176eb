package calendar

import (
	"strings"
	"time"
)

// Identity is who somebody is: the addresses that reach him, the one he writes as first.
type Identity []string

// Is reports whether an address is one of his.
func (me Identity) Is(address string) bool {
	for _, a := range me {
		if sameAddress(a, address) {
			return true
		}
	}
	return false
}

// address is the one he writes as.
func (me Identity) address() string {
	if len(me) == 0 {
		return ""
	}
	return me[0]
}

// A Happening is what a message did.
type Happening uint8

// The happenings.
const (
	Ignored          Happening = iota // nothing is changed; Outcome.Reason says why
	Placed                            // the object is new
	Updated                           // it was changed, its times were not
	Rescheduled                       // its times were changed: whoever answered has to do so again
	CancelledAll                      // it does not take place
	CancelledSome                     // Outcome.Occurrences do not take place
	Answered                          // Outcome.Who has answered
	Joined                            // Outcome.Who, who was not invited, has answered
	Proposed                          // Outcome.Who proposes Outcome.Start to Outcome.End
	ProposalDeclined                  // the organizer does not want what was proposed
	Asked                             // Outcome.Who wants to be told again: what Outcome.Send holds
)

// An Outcome is what follows from a message.
type Outcome struct {
	What        Happening
	Object      *Object     // as it is now; nil: there is none
	Changed     bool        // Object is to be stored
	Occurrences []Moment    // what it is about; empty: the whole
	Who         Participant // of Answered, Joined, Proposed, Asked
	Start, End  time.Time   // of Proposed
	Comment     string
	Uninvited   bool // of Placed: nobody of me is among the attendees, the message was handed on
	Send        []Message
	Reason      string
}

// A Message is what is to be sent to somebody. The addresses are attendees, or the organizer.
type Message struct {
	Method string
	To     []string
	Object *Object // with its method
}

func ignored(stored *Object, reason string) Outcome {
	return Outcome{What: Ignored, Object: stored, Reason: reason}
}

// Receive says what follows from an iTIP message for the calendar of me. stored is the object of its UID there, nil if
// there is none; it is not changed, nor is message. Whether the sender of a message may speak for who it says is the
// business of whoever received it, and so is what to do with events of unknown senders: nothing here is ever answered
// or accepted on its own. The error wraps [ErrUnclear]: a message without method, organizer or UID, or with one that
// is not known. Answers and proposals may be without organizer. RFC 5546, section 3.
func Receive(stored, message *Object, me Identity, now time.Time) (Outcome, error) {
	r := &receipt{stored: stored, message: message, me: me, now: now}
	handle, known := methods[message.Method()]
	switch {
	case !known:
		return Outcome{}, unclear("method %.40q", message.Method())
	case message.parts() > maxParts:
		return Outcome{}, unclear("more than %d parts", maxParts)
	case message.UID() == "":
		return Outcome{}, unclear("message without UID")
	case stored != nil && stored.UID() != message.UID():
		return Outcome{}, unclear("messages of another UID")
	case message.Kind() == VFreeBusy:
		return ignored(stored, "a matter of free and busy times"), nil
	}
	if _, ok := message.first().Organizer(); !ok && !withoutOrganizer[message.Method()] {
		return Outcome{}, unclear("message without organizer")
	}
	return handle(r)
}

// maxParts bounds the components of a message. Exchange has at most 256 occurrences that differ.
const maxParts = 500

// parts is the number of components.
func (o *Object) parts() int {
	n := 0
	for range o.Components() {
		n++
	}
	return n
}

// methods of RFC 5546, section 1.4.
var methods = map[string]func(*receipt) (Outcome, error){
	"PUBLISH": (*receipt).request, "REQUEST": (*receipt).request, "CANCEL": (*receipt).cancel, "ADD": (*receipt).add,
	"DECLINECOUNTER": (*receipt).declineCounter, "REPLY": (*receipt).reply, "COUNTER": (*receipt).counter, "REFRESH": (*receipt).refresh,
}

// withoutOrganizer are the methods of messages that need not name the organizer: what is published may have none, and to
// whom an answer goes is known from what is stored. Exchange's answers and proposals do not name him.
var withoutOrganizer = map[string]bool{"PUBLISH": true, "REPLY": true, "COUNTER": true, "REFRESH": true}

// A receipt is one message being read.
type receipt struct {
	stored, message *Object
	me              Identity
	now             time.Time
}

// fromOrganizer says why a message cannot come from the organizer of what is stored; "": it can.
func (r *receipt) fromOrganizer() string {
	theirs, has := r.message.first().Organizer()
	if has && r.me.Is(theirs.Address) && r.message.Method() != "PUBLISH" {
		return "the organizer is the owner of this calendar"
	}
	if r.stored == nil {
		return ""
	}
	ours, had := r.stored.first().Organizer()
	switch {
	case !had && has:
		return "what is stored is no meeting"
	case had && !sameAddress(ours.Address, theirs.Address):
		return "another organizer"
	}
	return ""
}

// toOrganizer says why a message cannot be meant for me as organizer; "": it can.
func (r *receipt) toOrganizer() string {
	if r.stored == nil {
		return "the meeting is not known"
	}
	ours, has := r.stored.first().Organizer()
	if !has || !r.me.Is(ours.Address) {
		return "the owner of this calendar is not the organizer"
	}
	return ""
}

// order tells whether a component of a message is to be taken beside the stored one. RFC 5546, section 2.1.5: a
// higher SEQUENCE, or the same and a later DTSTAMP.
func order(stored, c *Component) (reason string) {
	switch was, is := stored.Sequence(), c.Sequence(); {
	case is < was:
		return "older than what is stored"
	case is > was:
		return ""
	}
	switch was, is := stored.Stamp(), c.Stamp(); {
	case is.Before(was):
		return "older than what is stored"
	case is.Equal(was):
		return "known already"
	}
	return ""
}

// timing are the properties that say when something takes place.
var timing = []string{"DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXRULE"}

// rescheduled reports whether two components take place at different times.
func rescheduled(a, b *Component) bool {
	for _, name := range timing {
		if !sameProperties(a, b, name) {
			return true
		}
	}
	return false
}

func sameProperties(a, b *Component, name string) bool {
	var x, y []string
	for p := range a.All(name) {
		x = append(x, p.Param("TZID")+":"+strings.ToUpper(p.prop.Value))
	}
	for p := range b.All(name) {
		y = append(y, p.Param("TZID")+":"+strings.ToUpper(p.prop.Value))
	}
	return strings.Join(x, ",") == strings.Join(y, ",")
}

// counterpart is the component of an object that c is another version of; nil: there is none.
func (o *Object) counterpart(c *Component) *Component {
	if id := c.RecurrenceID(); !id.IsZero() {
		return o.Override(id)
	}
	return o.Master()
}
