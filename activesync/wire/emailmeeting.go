package wire

import (
	"encoding/base64"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// MeetingRequest is what a message says of a meeting. Its zero times are not written but for Stamp, Start and End.
// MS-ASEMAIL, MeetingRequest.
type MeetingRequest struct {
	AllDay       bool
	Start        time.Time
	Stamp        time.Time
	End          time.Time
	Instance     int    // InstanceType: 0 single, 1 series, 3 one of a series
	Location     string // empty: none
	Organizer    string // as in a header
	RecurrenceID time.Time
	Reminder     *time.Duration // before the start; nil: none

	ResponseRequested bool
	Recurrence        *Recurrence // nil: no series
	Sensitivity       int
	BusyStatus        int
	TimeZone          []byte // 172 bytes
	GlobalObjID       []byte // up to 14.1
	UID               string // from 16.0 on

	DisallowProposal bool // from 14.0 on
	Message          int  // MeetingMessageType, from 14.1 on
	ProposedStart    time.Time
	ProposedEnd      time.Time // both from 16.1 on
}

// write writes the element, as the version knows it.
func (m *MeetingRequest) write(e *wbxml.Encoder, version uint8) {
	e.Start(wbxml.EmailMeetingRequest)
	defer e.End()
	elemBool(e, wbxml.EmailAllDayEvent, m.AllDay)
	e.Elem(wbxml.EmailStartTime, FormatTime(m.Start))
	e.Elem(wbxml.EmailDtStamp, FormatTime(m.Stamp))
	e.Elem(wbxml.EmailEndTime, FormatTime(m.End))
	elemInt(e, wbxml.EmailInstanceType, m.Instance)
	m.writeLocation(e, version)
	elemText(e, wbxml.EmailOrganizer, m.Organizer)
	elemTime(e, wbxml.EmailRecurrenceId, m.RecurrenceID)
	if m.Reminder != nil {
		elemInt(e, wbxml.EmailReminder, int64(*m.Reminder/time.Second))
	}
	elemBool(e, wbxml.EmailResponseRequested, m.ResponseRequested)
	if m.Recurrence != nil {
		e.Start(wbxml.EmailRecurrences)
		m.Recurrence.write(e, &emailRecurrence, version)
		e.End()
	}
	elemInt(e, wbxml.EmailSensitivity, m.Sensitivity)
	elemInt(e, wbxml.EmailBusyStatus, m.BusyStatus)
	e.Elem(wbxml.EmailTimeZone, base64.StdEncoding.EncodeToString(m.TimeZone))
	if version < v160 {
		e.Elem(wbxml.EmailGlobalObjId, base64.StdEncoding.EncodeToString(m.GlobalObjID))
	} else {
		e.Elem(wbxml.CalendarUID, m.UID)
	}
	m.writeLater(e, version)
}

// writeLater writes what was added from 14.0 on.
func (m *MeetingRequest) writeLater(e *wbxml.Encoder, version uint8) {
	if version >= v140 && m.DisallowProposal {
		elemBool(e, wbxml.EmailDisallowNewTimeProposal, true)
	}
	if version >= v141 {
		elemInt(e, wbxml.Email2MeetingMessageType, m.Message)
	}
	if version >= v161 && !m.ProposedStart.IsZero() {
		e.Elem(wbxml.MeetingResponseProposedStartTime, FormatCompact(m.ProposedStart))
		e.Elem(wbxml.MeetingResponseProposedEndTime, FormatCompact(m.ProposedEnd))
	}
}

// writeLocation writes the location: text, or from 16.0 on a place. MS-ASAIRS, Location.
func (m *MeetingRequest) writeLocation(e *wbxml.Encoder, version uint8) {
	switch {
	case m.Location == "":
	case version < v160:
		e.Elem(wbxml.EmailLocation, m.Location)
	default:
		e.Start(wbxml.AirSyncBaseLocation)
		e.Elem(wbxml.AirSyncBaseDisplayName, m.Location)
		e.End()
	}
}
