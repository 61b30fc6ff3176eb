package activesync

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/wbxml"
)

// An eventEdit makes of an event what a device wants it to be.
type eventEdit struct {
	c       *objectCommand
	o       *calendar.Object
	master  *calendar.Component
	view    *eventView  // the event as the device was shown it; nil: it is new, or says no time
	shown   *wire.Event // what the view shows, all of it; nil like view
	said    *wire.Event
	home    *calendar.Zone
	whole   bool                // what is left out is to be taken away
	moved   bool                // start, end or rule of a series are others now: its exceptions go
	tell    bool                // the device is to be told what became of it
	touched *calendar.Component // what was changed: the master or one occurrence
	files   []string            // names of what was attached, in the device's order
	partly  bool                // not all of the occurrences that a new series came with could be
}

func (eventClass) change(old []byte, c objectCommand) (objectChange, error) {
	if c.Op == wire.SyncDelete && c.Instance == "" {
		return removeEvent(old, &c)
	}
	e, err := newEventEdit(old, &c)
	if err != nil {
		return objectChange{}, err
	}
	before := e.o.Clone()
	if c.Instance != "" {
		err = e.instance()
	} else {
		err = e.event()
	}
	if err != nil {
		return objectChange{}, err
	}
	return e.finish(old, before)
}

// newEventEdit reads the event and what the device says of it. What cannot be is status 6.
func newEventEdit(old []byte, c *objectCommand) (*eventEdit, error) {
	said, err := readEvent(c, old == nil)
	if err != nil {
		return nil, fail(syncConversion, err)
	}
	e := &eventEdit{c: c, said: said, home: c.userZone()}
	if old == nil {
		e.o = calendar.NewObject(calendar.VEvent, e.uid())
		e.master = e.o.Master()
		e.master.SetCreated(c.now)
	} else {
		if e.o, _, err = calendar.ReadObject(string(old)); err != nil {
			return nil, err
		}
		e.master = masterOf(e.o)
		if view, err := newEventView(e.o, c.objectForm); err == nil {
			e.view = view
			e.shown = view.component(e.master, view.span)
		}
	}
	e.touched = e.master
	e.whole = c.version < V160 && c.Op == wire.SyncChange && said.Start != nil && said.End != nil
	return e, nil
}

// readEvent reads what the device says. Of a new series, from 16.0 on, exceptions that cannot be are left to
// [eventEdit.exceptions].
func readEvent(c *objectCommand, isNew bool) (*wire.Event, error) {
	said, err := wire.ReadEvent(c.Properties)
	if err != nil {
		return nil, err
	}
	if d := c.Email.Draft; d != nil {
		switch {
		case d.Invalid != "":
			return nil, errors.New(d.Invalid)
		case d.Body != nil && d.Body.Type == wire.BodyMIME:
			return nil, errors.New("a text that is a message")
		}
	}
	for i := range said.Exceptions {
		if wrong := said.Exceptions[i].Wrong; wrong != nil && (c.version < V160 || !isNew) {
			return nil, wrong
		}
	}
	return said, nil
}

// maxUID bounds the UID of an event in bytes. MS-ASCAL, UID, has 300 characters.
const maxUID = 1000

// uid is the name of a new event: up to 14.1 that of the device, afterwards made here, of what the device calls it, so
// that an Add which comes again under another ClientId is found to be the same event. MS-ASCAL, UID, ClientUid.
func (e *eventEdit) uid() string {
	uid := strings.TrimSpace(stringOf(e.said.UID))
	if e.c.version >= V160 {
		uid = strings.TrimSpace(e.said.ClientUID)
	}
	if strings.ContainsFunc(uid, func(r rune) bool { return r < ' ' }) || len(uid) > maxUID || uid == "" || e.c.version >= V160 && len(uid) < 16 {
		return newUID()
	}
	if id, err := hex.DecodeString(uid); err == nil { // Exchange's name for an event from elsewhere
		if inner, _, ok := calendar.ParseGlobalID(id); ok && inner != "" {
			return inner
		}
	}
	return uid
}

// event changes the event as a whole.
func (e *eventEdit) event() error {
	e.complete()
	if err := e.times(); err != nil {
		return fail(syncConversion, err)
	}
	if err := e.recurrence(); err != nil {
		return fail(syncConversion, err)
	}
	span := e.spanNow()
	e.properties(e.master, e.said, e.shown, span)
	if err := e.body(); err != nil {
		return err
	}
	if err := e.changeFiles(e.master); err != nil {
		return err
	}
	e.invite(e.master, e.said, e.shown)
	e.changeOrganizer(e.master)
	if e.said.HasExceptions {
		return e.exceptions()
	}
	return nil
}

// complete takes what a device leaves out of a whole event for empty, if the device manages it. MS-ASCMD, Supported;
// MS-ASCAL, Reminder, Location.
func (e *eventEdit) complete() {
	if !e.whole || e.shown == nil {
		return
	}
	said, none, normal, nothing := e.said, wire.NoReminder, 0, ""
	if said.Place == nil {
		said.Place = &wire.Place{}
	}
	if said.Reminder == nil && e.manages(wbxml.CalendarReminder) {
		said.Reminder = &none
	}
	if said.Subject == nil && e.manages(wbxml.CalendarSubject) {
		said.Subject = &nothing
	}
	if said.Categories == nil && e.manages(wbxml.CalendarCategories) {
		said.Categories = &[]string{}
	}
	if said.Sensitivity == nil && e.manages(wbxml.CalendarSensitivity) {
		said.Sensitivity = &normal
	}
	if !said.HasRecurrence && e.manages(wbxml.CalendarRecurrence) {
		said.HasRecurrence = true
	}
	if said.Attendees == nil && e.manages(wbxml.CalendarAttendees) {
		said.Attendees = &[]wire.EventAttendee{}
	}
}

// manages reports whether the device manages a property: what it leaves out of a whole event is gone.
func (e *eventEdit) manages(tag wbxml.Tag) bool {
	return !e.c.ghosts || slices.Contains(e.c.supported, tag)
}

// invite changes who is invited. Up to 14.1 an empty list says that nobody is only if the event is no meeting any more:
// Windows Phone has been seen to send one.
func (e *eventEdit) invite(c *calendar.Component, said, shown *wire.Event) {
	if said.Attendees == nil {
		return
	}
	var list []wire.EventAttendee
	if shown != nil && shown.Attendees != nil {
		list = *shown.Attendees
	}
	if len(*said.Attendees) == 0 && e.c.version < V160 && (said.MeetingStatus == nil || *said.MeetingStatus&meetingIs != 0) {
		return
	}
	e.changeAttendees(c, *said.Attendees, list)
}

// properties changes what has nothing to do with time, invitations and text.
func (e *eventEdit) properties(c *calendar.Component, said, shown *wire.Event, span eventSpan) {
	if shown == nil {
		shown = &wire.Event{}
	}
	if changed(said.Subject, shown.Subject) {
		c.SetSummary(*said.Subject)
	}
	if changed(said.Place, shown.Place) {
		e.place(c, *said.Place, shown.Place)
	}
	if changed(said.Categories, shown.Categories) {
		c.SetCategories(*said.Categories)
	}
	if changed(said.Sensitivity, shown.Sensitivity) {
		c.SetSensitivity(calendar.Sensitivity(*said.Sensitivity))
	}
	if changed(said.Busy, shown.Busy) {
		setBusy(c, *said.Busy)
	}
	if changed(said.Reminder, shown.Reminder) {
		e.viewNow().setReminder(c, span, *said.Reminder)
	}
	if changed(said.DisallowProposal, shown.DisallowProposal) {
		c.SetText(exchangeCounter, map[bool]string{true: "TRUE"}[*said.DisallowProposal])
	}
	if s := said.MeetingStatus; changed(s, shown.MeetingStatus) && e.c.organizes(c) {
		switch cancelled := *s&meetingCancelled != 0; {
		case cancelled && *s&meetingIs != 0:
			c.SetStatus("CANCELLED")
		case !cancelled && c.Cancelled():
			c.SetStatus("")
		}
	}
}

// place sets where it is. A device up to 14.1 knows the name alone.
func (e *eventEdit) place(c *calendar.Component, said wire.Place, shown *wire.Place) {
	if e.c.version < V160 && shown != nil && said.Name == shown.Name {
		return
	}
	setPlace(c, said)
}

// changed reports whether a device says something else than it was shown.
func changed[T any](said, shown *T) bool {
	return said != nil && (shown == nil || differs(said, shown) != nil)
}

// body changes the text, unless it is what the device was shown.
func (e *eventEdit) body() error {
	text, told, err := e.c.readText(e.said.OldBody)
	if err != nil || !told {
		return err
	}
	if e.view != nil && e.view.single != nil {
		e.tell = true // it may hold what stands there for the device alone
		return nil
	}
	e.setText(e.master, text)
	return nil
}

func (e *eventEdit) setText(c *calendar.Component, text objectText) {
	if !e.c.sameText(text, textOf(c)) {
		setText(c, text)
	}
}

// sameText reports whether a device sends back the text that it was shown, be it cut.
func (f objectForm) sameText(said, has objectText) bool {
	kind, text := wire.BodyText, said.plain
	if said.html != "" {
		kind, text = wire.BodyHTML, said.html
	}
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	if plain(text) == plain(has.as(kind)) {
		return true
	}
	p := f.bodyPreference(has.html != "")
	if whole := has.as(p.Type); !p.Whole && p.Type == kind && int64(len(whole)) > p.Truncation {
		return plain(text) == plain(cutText(whole, int(p.Truncation)))
	}
	return false
}

// viewNow is the event as it is now.
func (e *eventEdit) viewNow() *eventView {
	v, err := newEventView(e.o, e.c.objectForm)
	if err != nil {
		return &eventView{objectForm: e.c.objectForm, object: e.o, home: e.home, master: e.master}
	}
	return v
}

func (e *eventEdit) spanNow() eventSpan {
	s, _, _ := e.viewNow().spanOf(e.master)
	return s
}

var errNoSuchOccurrence = errors.New("no such occurrence")

// finish says what becomes of the event.
func (e *eventEdit) finish(old []byte, before *calendar.Object) (objectChange, error) {
	out := objectChange{raw: old, tell: e.tell, files: e.files, partly: e.partly}
	switch {
	case old != nil && before.Equal(e.o):
		return out, nil
	case !hasComponents(e.o): // of occurrences without a series the last one is gone
		out.raw = nil
		return out, nil
	}
	e.touched.SetLastModified(e.c.now)
	e.touched.SetStamp(e.c.now)
	if old == nil {
		if e.c.version >= V160 {
			uid := e.o.UID()
			out.answer = &wire.Event{UID: &uid}
		}
		e.tell = e.tell || e.c.version < V160 && e.o.UID() != stringOf(e.said.UID)
		before = nil
	}
	if e.c.version < V160 {
		e.revise(before)
	}
	e.o.DefineZones(e.c.now)
	out.send = e.invitations(before)
	out.raw, out.tell = e.o.Bytes(), e.tell
	return out, nil
}

func hasComponents(o *calendar.Object) bool {
	for range o.Components() {
		return true
	}
	return false
}

// revise counts up the revision of a meeting of the user's whose time has changed. RFC 5546, section 2.1.4.
func (e *eventEdit) revise(before *calendar.Object) {
	if before == nil || e.master.Get("ATTENDEE") == nil || !e.c.organizes(e.master) {
		return
	}
	if timesOf(before) != timesOf(e.o) {
		e.touched.SetSequence(max(e.touched.Sequence(), e.master.Sequence()) + 1)
	}
}

// timesOf is all that an event says of when it takes place.
func timesOf(o *calendar.Object) string {
	var b strings.Builder
	for c := range o.Components() {
		for p := range c.Properties() {
			switch p.Name() {
			case "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS":
				b.WriteString(p.String() + "\n")
			}
		}
	}
	return b.String()
}
