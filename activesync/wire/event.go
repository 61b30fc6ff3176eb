package wire

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Event is an event as a device sees it, what a device says of one, and one of the exceptions of either. What is nil is
// not said, and not written: in an exception it is as in the series. What is there and empty is written empty, which
// only an exception needs, where the series has something. MS-ASCAL.
type Event struct {
	TimeZone *[]byte // 172 bytes
	AllDay   *bool
	// Points in time. Of an event of whole days, dates as UTC from 16.0 on, before that the beginning of its days in
	// TimeZone.
	Start, End, Stamp *time.Time
	Subject           *string
	UID               *string // written at all versions; of a device up to 14.1
	ClientUID         string  // of a device, from 16.0 on
	OrganizerName     *string
	OrganizerEmail    *string
	Attendees         *[]EventAttendee
	Categories        *[]string
	Place             *Place
	Recurrence        *Recurrence // see HasRecurrence
	HasRecurrence     bool        // of a device: with a nil Recurrence it is a single event
	Exceptions        []EventException
	HasExceptions     bool
	Reminder          *int // minutes before the start; NoReminder: none
	Busy              *int // 0 free, 1 tentative, 2 busy, 3 out of office, 4 elsewhere
	Sensitivity       *int // 0 to 3
	MeetingStatus     *int // 1 meeting, 2 received, 4 cancelled, as a sum
	DisallowProposal  *bool
	ResponseRequested *bool
	ResponseType      *int // 0 none, 1 organizer, 2 tentative, 3 accepted, 4 declined, 5 not responded; not of a device
	ReplyTime         *time.Time
	ConfLink          string        // OnlineMeetingConfLink; not of a device
	ExternalLink      string        // OnlineMeetingExternalLink; not of a device
	Attachments       *[]Attachment // from 16.0 on; not of a device
	Add               []DraftFile   // of an exception that a device makes; otherwise see [SyncCommand]
	Instance          *time.Time    // InstanceId of an occurrence without its series, from 16.0 on; not of a device
	Native            int           // NativeBodyType; 0: not written
	Body              *Body
	OldBody           *string // of a device: up to 2.5, and of exceptions; otherwise see [SyncCommand]
	OldBodyType       int     // of OldBody in an exception; 0: text
}

// NoReminder stands for an event without a reminder.
const NoReminder = -1

// EventException is how one occurrence of a series differs.
type EventException struct {
	Original time.Time // when it would begin: ExceptionStartTime, from 16.0 on InstanceId
	Deleted  bool
	Wrong    error // of a device: why it cannot be; nil: it can
	Event
}

// EventAttendee is somebody who is invited.
type EventAttendee struct {
	Email, Name   string
	Status        int // 0 unknown, 2 tentative, 3 accepted, 4 declined, 5 not responded
	Type          int // 1 required, 2 optional, 3 resource; 0: not said
	ProposedStart time.Time
	ProposedEnd   time.Time // both zero: none; not of a device
}

// Place is where an event is: text, from 16.0 on also an address and a position. MS-ASAIRS, Location.
type Place struct {
	Name                                               string
	Annotation, Street, City, State, Country, PostCode string
	Latitude, Longitude                                string // degrees, decimal; empty: not known
	Accuracy, Altitude, AltitudeAccuracy               string
	URI                                                string
}

// Write writes the event as children of the element that is open.
func (ev *Event) Write(e *wbxml.Encoder, version uint8) {
	if ev.TimeZone != nil && len(*ev.TimeZone) > 0 {
		e.Elem(wbxml.CalendarTimezone, base64.StdEncoding.EncodeToString(*ev.TimeZone))
	}
	ev.writeCore(e, version)
	ev.Recurrence.write(e, &eventRecurrence, version)
	ev.writeExceptions(e, version)
	ev.writeLater(e, version)
	if version >= v160 {
		elemCompact(e, wbxml.AirSyncBaseInstanceId, ev.Instance)
	}
}

// writeCore writes what events and exceptions have in common up to 12.1.
func (ev *Event) writeCore(e *wbxml.Encoder, version uint8) {
	elemCompact(e, wbxml.CalendarDtStamp, ev.Stamp)
	elemCompact(e, wbxml.CalendarStartTime, ev.Start)
	if ev.Subject != nil {
		e.Elem(wbxml.CalendarSubject, *ev.Subject)
	}
	for _, text := range []struct {
		tag wbxml.Tag
		s   *string
	}{
		{wbxml.CalendarUID, ev.UID}, {wbxml.CalendarOrganizerName, ev.OrganizerName}, {wbxml.CalendarOrganizerEmail, ev.OrganizerEmail},
	} {
		if text.s != nil {
			elemText(e, text.tag, *text.s)
		}
	}
	ev.writeAttendees(e, version)
	ev.Place.write(e, version)
	elemCompact(e, wbxml.CalendarEndTime, ev.End)
	ev.writeBody(e, version)
	elemNumber(e, wbxml.CalendarSensitivity, ev.Sensitivity)
	elemNumber(e, wbxml.CalendarBusyStatus, ev.Busy)
	elemFlag(e, wbxml.CalendarAllDayEvent, ev.AllDay)
	switch {
	case ev.Reminder != nil && *ev.Reminder >= 0:
		elemInt(e, wbxml.CalendarReminder, *ev.Reminder)
	case ev.Reminder != nil && version >= v141:
		e.Empty(wbxml.CalendarReminder)
	}
	if ev.Categories != nil && len(*ev.Categories) == 0 {
		e.Empty(wbxml.CalendarCategories)
	}
	elemList(e, wbxml.CalendarCategories, wbxml.CalendarCategory, ev.Categories)
	elemNumber(e, wbxml.CalendarMeetingStatus, ev.MeetingStatus)
}

// writeLater writes what was added from 14.0 on, and attachments.
func (ev *Event) writeLater(e *wbxml.Encoder, version uint8) {
	if version >= v120 && ev.Native != 0 {
		elemInt(e, wbxml.AirSyncBaseNativeBodyType, ev.Native)
	}
	if version >= v140 {
		elemFlag(e, wbxml.CalendarDisallowNewTimeProposal, ev.DisallowProposal)
		elemFlag(e, wbxml.CalendarResponseRequested, ev.ResponseRequested)
		elemCompact(e, wbxml.CalendarAppointmentReplyTime, ev.ReplyTime)
		elemNumber(e, wbxml.CalendarResponseType, ev.ResponseType)
	}
	if version >= v141 {
		elemText(e, wbxml.CalendarOnlineMeetingConfLink, ev.ConfLink)
		elemText(e, wbxml.CalendarOnlineMeetingExternalLink, ev.ExternalLink)
	}
	if version >= v160 && ev.Attachments != nil {
		e.Start(wbxml.AirSyncBaseAttachments)
		for i := range *ev.Attachments {
			(*ev.Attachments)[i].write(e, version)
		}
		e.End()
	}
}

func (ev *Event) writeAttendees(e *wbxml.Encoder, version uint8) {
	switch {
	case ev.Attendees == nil:
		return
	case len(*ev.Attendees) == 0:
		e.Empty(wbxml.CalendarAttendees)
		return
	}
	e.Start(wbxml.CalendarAttendees)
	for _, a := range *ev.Attendees {
		e.Start(wbxml.CalendarAttendee)
		e.Elem(wbxml.CalendarEmail, a.Email)
		e.Elem(wbxml.CalendarName, a.Name)
		if version >= v120 {
			elemInt(e, wbxml.CalendarAttendeeStatus, a.Status)
			elemInt(e, wbxml.CalendarAttendeeType, max(a.Type, 1))
		}
		if version >= v161 && !a.ProposedStart.IsZero() {
			e.Elem(wbxml.MeetingResponseProposedStartTime, FormatCompact(a.ProposedStart))
			e.Elem(wbxml.MeetingResponseProposedEndTime, FormatCompact(a.ProposedEnd))
		}
		e.End()
	}
	e.End()
}

func (ev *Event) writeBody(e *wbxml.Encoder, version uint8) {
	switch {
	case ev.Body == nil:
	case version >= v120:
		ev.Body.Write(e, version)
	default:
		elemBool(e, wbxml.CalendarBodyTruncated, ev.Body.Truncated)
		ev.Body.data(e, wbxml.CalendarBody)
	}
}

func (ev *Event) writeExceptions(e *wbxml.Encoder, version uint8) {
	if len(ev.Exceptions) == 0 {
		return
	}
	e.Start(wbxml.CalendarExceptions)
	for i := range ev.Exceptions {
		x := &ev.Exceptions[i]
		e.Start(wbxml.CalendarException)
		if x.Deleted {
			elemBool(e, wbxml.CalendarDeleted, true)
		}
		if version < v160 {
			e.Elem(wbxml.CalendarExceptionStartTime, FormatCompact(x.Original))
		} else {
			e.Elem(wbxml.AirSyncBaseInstanceId, FormatCompact(x.Original))
		}
		if !x.Deleted {
			x.writeCore(e, version)
			x.writeLater(e, version)
		}
		e.End()
	}
	e.End()
}

// write writes the place: text up to 14.1, all of it afterwards.
func (p *Place) write(e *wbxml.Encoder, version uint8) {
	switch {
	case p == nil:
		return
	case version < v160:
		e.Elem(wbxml.CalendarLocation, p.Name)
		return
	case *p == (Place{}):
		e.Empty(wbxml.AirSyncBaseLocation)
		return
	}
	e.Start(wbxml.AirSyncBaseLocation)
	for _, row := range p.fields() {
		elemText(e, row.tag, *row.text)
	}
	e.End()
}

// placeField is one of the texts of a place.
type placeField struct {
	tag  wbxml.Tag
	text *string
}

func (p *Place) fields() []placeField {
	return []placeField{
		{wbxml.AirSyncBaseDisplayName, &p.Name}, {wbxml.AirSyncBaseAnnotation, &p.Annotation}, {wbxml.AirSyncBaseStreet, &p.Street},
		{wbxml.AirSyncBaseCity, &p.City}, {wbxml.AirSyncBaseState, &p.State}, {wbxml.AirSyncBaseCountry, &p.Country},
		{wbxml.AirSyncBasePostalCode, &p.PostCode}, {wbxml.AirSyncBaseLatitude, &p.Latitude}, {wbxml.AirSyncBaseLongitude, &p.Longitude},
		{wbxml.AirSyncBaseAccuracy, &p.Accuracy}, {wbxml.AirSyncBaseAltitude, &p.Altitude},
		{wbxml.AirSyncBaseAltitudeAccuracy, &p.AltitudeAccuracy}, {wbxml.AirSyncBaseLocationUri, &p.URI},
	}
}

// elemCompact writes a point in time, if there is one.
func elemCompact(e *wbxml.Encoder, tag wbxml.Tag, t *time.Time) {
	if t != nil && !t.IsZero() {
		e.Elem(tag, FormatCompact(*t))
	}
}

// elemNumber writes a number, if there is one.
func elemNumber(e *wbxml.Encoder, tag wbxml.Tag, n *int) {
	if n != nil {
		elemInt(e, tag, *n)
	}
}

// elemFlag writes 0 or 1, if that is said.
func elemFlag(e *wbxml.Encoder, tag wbxml.Tag, b *bool) {
	if b != nil {
		elemBool(e, tag, *b)
	}
}

// ReadEvent reads what a device says of an event. The error says which value cannot be: the item gets status 6.
func ReadEvent(list []Property) (*Event, error) {
	ev := &Event{}
	for i := range list {
		if err := ev.read(&list[i]); err != nil {
			return nil, err
		}
	}
	ev.none()
	return ev, nil
}

// none takes points in time that are said to be empty for unsaid: an event without them is none.
func (ev *Event) none() {
	for _, t := range []**time.Time{&ev.Start, &ev.End, &ev.Stamp, &ev.ReplyTime} {
		if *t != nil && (*t).IsZero() {
			*t = nil
		}
	}
}

func (ev *Event) read(p *Property) (err error) {
	switch p.Tag {
	case wbxml.CalendarAttendees:
		return ev.readAttendees(p)
	case wbxml.CalendarExceptions:
		return ev.readExceptions(p)
	case wbxml.CalendarRecurrence:
		ev.HasRecurrence = true
		ev.Recurrence, err = p.recurrence(&eventRecurrence)
		return err
	case wbxml.CalendarCategories:
		ev.Categories, err = p.texts(wbxml.CalendarCategory)
		return err
	case wbxml.CalendarLocation:
		ev.Place = &Place{Name: p.Text}
	case wbxml.AirSyncBaseLocation:
		ev.Place = p.place()
	case wbxml.CalendarTimezone:
		return ev.readZone(p)
	case wbxml.CalendarClientUid:
		ev.ClientUID = strings.TrimRight(p.Text, "\x00")
	case wbxml.CalendarReminder:
		return ev.readReminder(p)
	}
	return ev.readSimple(p)
}

// readSimple reads the properties that are one value.
func (ev *Event) readSimple(p *Property) (err error) {
	texts := map[wbxml.Tag]**string{
		wbxml.CalendarSubject: &ev.Subject, wbxml.CalendarUID: &ev.UID, wbxml.CalendarOrganizerName: &ev.OrganizerName,
		wbxml.CalendarOrganizerEmail: &ev.OrganizerEmail, wbxml.CalendarBody: &ev.OldBody,
	}
	times := map[wbxml.Tag]**time.Time{
		wbxml.CalendarStartTime: &ev.Start, wbxml.CalendarEndTime: &ev.End, wbxml.CalendarDtStamp: &ev.Stamp,
		wbxml.CalendarAppointmentReplyTime: &ev.ReplyTime,
	}
	flags := map[wbxml.Tag]**bool{
		wbxml.CalendarAllDayEvent: &ev.AllDay, wbxml.CalendarDisallowNewTimeProposal: &ev.DisallowProposal,
		wbxml.CalendarResponseRequested: &ev.ResponseRequested,
	}
	numbers := map[wbxml.Tag]struct {
		into **int
		hi   int
	}{
		wbxml.CalendarBusyStatus: {&ev.Busy, 4}, wbxml.CalendarSensitivity: {&ev.Sensitivity, 3},
		wbxml.CalendarMeetingStatus: {&ev.MeetingStatus, 15}, wbxml.CalendarResponseType: {&ev.ResponseType, 5},
	}
	switch {
	case texts[p.Tag] != nil:
		*texts[p.Tag] = &p.Text
	case times[p.Tag] != nil:
		*times[p.Tag], err = p.date()
	case flags[p.Tag] != nil:
		b := new(bool)
		*flags[p.Tag], err = b, p.boolean(b)
	case numbers[p.Tag].into != nil && strings.TrimSpace(p.Text) != "":
		n := new(int)
		*numbers[p.Tag].into, err = n, p.number(n, 0, numbers[p.Tag].hi)
	}
	return err
}

// readReminder reads the minutes; an empty element is none.
func (ev *Event) readReminder(p *Property) error {
	n := NoReminder
	ev.Reminder = &n
	if strings.TrimSpace(p.Text) == "" {
		return nil
	}
	return p.number(&n, 0, 1<<30)
}

// zoneSize is the length of a time zone. MS-ASDTYPE, TimeZone.
const zoneSize = 172

func (ev *Event) readZone(p *Property) error {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(p.Text))
	if err != nil || len(raw) != 0 && len(raw) != zoneSize {
		return &ValueError{p.Tag, "no time zone"}
	}
	ev.TimeZone = &raw
	return nil
}

// place reads a place; an empty one takes it away.
func (p *Property) place() *Place {
	place := &Place{Name: p.Text}
	for _, child := range p.Children {
		for _, row := range place.fields() {
			if child.Tag == row.tag {
				*row.text = child.Text
			}
		}
	}
	return place
}

// maxAttendees bounds who is invited to one event.
const maxAttendees = 2000

func (ev *Event) readAttendees(p *Property) error {
	list := []EventAttendee{}
	for i := range p.Children {
		if p.Children[i].Tag != wbxml.CalendarAttendee {
			continue
		}
		if len(list) >= maxAttendees {
			return &ValueError{p.Tag, "too many"}
		}
		var a EventAttendee
		for k := range p.Children[i].Children {
			a.read(&p.Children[i].Children[k])
		}
		list = append(list, a)
	}
	ev.Attendees = &list
	return nil
}

// read takes a property of an attendee. What cannot be is passed over: it must not cost the event.
func (a *EventAttendee) read(p *Property) {
	switch p.Tag {
	case wbxml.CalendarEmail:
		a.Email = strings.TrimSpace(p.Text)
	case wbxml.CalendarName:
		a.Name = strings.TrimSpace(p.Text)
	case wbxml.CalendarAttendeeStatus:
		p.number(&a.Status, 0, 5)
	case wbxml.CalendarAttendeeType:
		p.number(&a.Type, 0, 3)
	}
}

// maxExceptions bounds the exceptions of one series. MS-ASCAL, Exceptions.
const maxExceptions = 256

func (ev *Event) readExceptions(p *Property) error {
	ev.HasExceptions = true
	for i := range p.Children {
		if p.Children[i].Tag != wbxml.CalendarException {
			continue
		}
		if len(ev.Exceptions) >= maxExceptions {
			return &ValueError{p.Tag, "too many"}
		}
		var x EventException
		for k := range p.Children[i].Children {
			if err := x.readOne(&p.Children[i].Children[k]); err != nil && x.Wrong == nil {
				x.Wrong = err
			}
		}
		if x.Original.IsZero() && x.Wrong == nil {
			x.Wrong = &ValueError{wbxml.CalendarExceptionStartTime, "missing"}
		}
		x.none()
		ev.Exceptions = append(ev.Exceptions, x)
	}
	return nil
}

func (x *EventException) readOne(p *Property) error {
	switch p.Tag {
	case wbxml.CalendarExceptionStartTime, wbxml.AirSyncBaseInstanceId:
		return p.time(&x.Original)
	case wbxml.CalendarDeleted:
		return p.boolean(&x.Deleted)
	case wbxml.CalendarExceptions, wbxml.CalendarRecurrence:
		return nil // an occurrence has none
	case wbxml.AirSyncBaseBody:
		return x.readBody(p)
	case wbxml.AirSyncBaseAttachments:
		return x.readFiles(p)
	}
	return x.read(p)
}

// readFiles reads what is attached to an exception. What has no Content is nothing, as in a draft.
func (x *EventException) readFiles(p *Property) error {
	for i := range p.Children {
		var f DraftFile
		add := &p.Children[i]
		for k := range add.Children {
			child := &add.Children[k]
			switch child.Tag {
			case wbxml.AirSyncBaseClientId:
				f.ClientID = child.Text
			case wbxml.AirSyncBaseDisplayName:
				f.Name = child.Text
			case wbxml.AirSyncBaseContentType:
				f.ContentType = child.Text
			case wbxml.AirSyncBaseContentId:
				f.ContentID = child.Text
			}
		}
		content := Find(add.Children, wbxml.AirSyncBaseContent)
		if add.Tag != wbxml.AirSyncBaseAdd || content == nil || content.Content == nil {
			continue
		}
		f.Content = *content.Content
		x.Add = append(x.Add, f)
	}
	return nil
}

func (x *EventException) readBody(p *Property) (err error) {
	for i := range p.Children {
		switch child := &p.Children[i]; child.Tag {
		case wbxml.AirSyncBaseType:
			err = child.number(&x.OldBodyType, BodyText, BodyMIME)
		case wbxml.AirSyncBaseData:
			x.OldBody = &child.Text
		}
	}
	return err
}
