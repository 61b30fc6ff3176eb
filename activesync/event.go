package activesync

import (
	"context"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// eventClass are events, single and in series, as VEVENT. What a device says is compared with what it was shown, and
// only what differs is changed, so that nothing is lost that ActiveSync has no words for. MS-ASCAL.
type eventClass struct{}

func (eventClass) show(raw []byte, f objectForm) (objectData, error) {
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return nil, err
	}
	v, err := newEventView(o, f)
	if err != nil {
		return nil, err
	}
	return v.event(), nil
}

func (eventClass) blank(f objectForm) objectData {
	subject, uid, no, status := "?", "blank", false, 0
	start := f.now.Truncate(halfHour)
	end := start.Add(halfHour)
	zone := make([]byte, calendar.ZoneBlockSize)
	return &wire.Event{
		TimeZone: &zone, AllDay: &no, Start: &start, End: &end, Stamp: &start, Subject: &subject, UID: &uid,
		MeetingStatus: &status, Busy: &status, Sensitivity: &status, Body: objectText{plain: unshown}.body(f),
	}
}

func (eventClass) ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	return calendar.Ingest(ctx, st, raw)
}

// An eventView is an event as one device sees it.
type eventView struct {
	objectForm
	object *calendar.Object
	home   *calendar.Zone // the user's
	master *calendar.Component
	span   eventSpan // of the master
	zone   *calendar.Zone
	rule   *wire.Recurrence     // nil: it is shown as a single event
	laid   *layout              // how a series is shown for which there are no words; nil: it is not shown so
	single *calendar.Occurrence // what is shown of a series that cannot be shown so either; nil: it is shown whole
	text   func(objectText) *wire.Body
	said   *objectText // see masterText; nil: nobody has asked
}

// newEventView prepares to show an event. The error wraps calendar.ErrUnclear: it does not say when it is.
func newEventView(o *calendar.Object, f objectForm) (*eventView, error) {
	v := &eventView{objectForm: f, object: o, home: f.userZone(), master: masterOf(o)}
	v.text = func(t objectText) *wire.Body { return t.body(f) }
	var err error
	if v.span, v.zone, err = v.spanOf(v.master); err != nil {
		return nil, err
	}
	v.series()
	return v, nil
}

// event is what the device is told.
func (v *eventView) event() *wire.Event {
	ev := v.component(v.master, v.span)
	uid := v.object.UID()
	ev.UID = &uid
	if v.version < V160 || !v.span.allDay {
		block := v.zone.Block(v.zoneYear())
		zone := block[:]
		ev.TimeZone = &zone
	}
	text := v.masterText()
	if v.single != nil {
		text = objectText{plain: v.furtherDates() + text.as(wire.BodyText)}
	}
	ev.Body, ev.Native = v.text(text), text.native()
	if v.isOrphan() {
		at := v.toldOriginal(v.original(v.master.RecurrenceID()))
		ev.Instance = &at
	}
	ev.Recurrence = v.rule
	if v.rule != nil {
		ev.Exceptions = v.exceptions(ev)
	}
	withoutEmpty(ev)
	return ev
}

// withoutEmpty leaves out what says nothing of a whole event: only an exception says that something is empty.
func withoutEmpty(ev *wire.Event) {
	if ev.Place != nil && *ev.Place == (wire.Place{}) {
		ev.Place = nil
	}
	if ev.Categories != nil && len(*ev.Categories) == 0 {
		ev.Categories = nil
	}
	if ev.Attendees != nil && len(*ev.Attendees) == 0 {
		ev.Attendees = nil
	}
	if ev.Attachments != nil && len(*ev.Attachments) == 0 {
		ev.Attachments = nil
	}
	if ev.Reminder != nil && *ev.Reminder == wire.NoReminder {
		ev.Reminder = nil
	}
}
