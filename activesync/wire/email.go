package wire

import (
	"io"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// The versions at which what is said of a message changes, ten times the number.
const (
	v120 = 120
	v140 = 140
	v141 = 141
	v160 = 160
	v161 = 161
)

// Email is a message as a device sees it. Write leaves out what the version of the protocol does not know.
// MS-ASEMAIL; MS-ASAIRS for bodies and attachments.
type Email struct {
	To, Cc, Bcc  string // addresses as in a header, commas between
	From, Sender string
	ReplyTo      string // semicolons between
	Subject      string
	DateReceived time.Time
	DisplayTo    string // names, semicolons between
	ThreadTopic  string
	Importance   int // 0 low, 1 normal, 2 high
	Marks        EmailMarks
	MessageClass string
	ContentClass string
	Meeting      *MeetingRequest // nil: it is about none
	Attachments  []Attachment
	Native       int   // NativeBodyType: in which form the message holds its body
	Body         *Body // nil: none
	BodyPart     *Body // nil: not asked for

	ConversationID    []byte // 16 bytes
	ConversationIndex []byte // 5 and 5 for each answer
	ReceivedAsBcc     bool
	IsDraft           bool
	CallerID          string // UmCallerID, of voice mail; empty: none
}

// EmailMarks are the properties that change after a message has arrived.
type EmailMarks struct {
	Read         bool
	Flag         *EmailFlag // nil: none
	Categories   []string
	LastVerb     int // 1 answered, 2 answered to all, 3 forwarded; 0: none
	LastVerbTime time.Time
}

// Marks says which of [EmailMarks] to write.
type Marks uint8

// The marks.
const (
	MarkRead Marks = 1 << iota
	MarkFlag
	MarkCategories
	MarkVerb
	AllMarks = MarkRead | MarkFlag | MarkCategories | MarkVerb
)

// Body is a body or a part of one. MS-ASAIRS, Body.
type Body struct {
	Type      int
	Size      int64 // bytes of the whole body in this form
	Truncated bool
	Data      io.Reader // UTF-8; nil: empty. Write reads it to its end.
	Part      int       // of a multipart answer, where the data is instead; 0: none
	Preview   string    // empty: none
	Status    int       // of a BodyPart
}

// Attachment is one file of a message. MS-ASAIRS, Attachment.
type Attachment struct {
	Name      string
	Reference string // FileReference
	Method    int    // 1 file, 5 message, 6 OLE
	Size      int64  // bytes, decoded
	ContentID string // without angle brackets
	Location  string
	Inline    bool // shown within the HTML body
	Duration  int  // UmAttDuration, of a recording, seconds; see Order
	Order     int  // UmAttOrder: the newest recording is 1; 0: no recording
}

// Write writes the message as children of the element that is open.
func (m *Email) Write(e *wbxml.Encoder, version uint8) {
	elemText(e, wbxml.EmailTo, m.To)
	elemText(e, wbxml.EmailCc, m.Cc)
	elemText(e, wbxml.EmailFrom, m.From)
	elemText(e, wbxml.EmailReplyTo, m.ReplyTo)
	elemText(e, wbxml.EmailSubject, m.Subject)
	e.Elem(wbxml.EmailDateReceived, FormatTime(m.DateReceived))
	elemText(e, wbxml.EmailDisplayTo, m.DisplayTo)
	elemText(e, wbxml.EmailThreadTopic, m.ThreadTopic)
	elemInt(e, wbxml.EmailImportance, m.Importance)
	m.Marks.Write(e, version, MarkRead)
	m.writeAttachments(e, version)
	m.writeBody(e, version)
	e.Elem(wbxml.EmailMessageClass, m.MessageClass)
	if m.Meeting != nil {
		m.Meeting.write(e, version)
	}
	e.Elem(wbxml.EmailInternetCPID, "65001") // UTF-8: all text has been converted
	m.Marks.Write(e, version, MarkFlag)
	if version >= v120 {
		elemText(e, wbxml.EmailContentClass, m.ContentClass)
		elemInt(e, wbxml.AirSyncBaseNativeBodyType, m.Native)
	}
	if version >= v140 {
		m.writeConversation(e)
		elemText(e, wbxml.Email2UmCallerID, m.CallerID)
	}
	if version >= v160 {
		elemText(e, wbxml.Email2Bcc, m.Bcc)
		if m.IsDraft {
			elemBool(e, wbxml.Email2IsDraft, true)
		}
	}
}

// writeConversation writes what 14.0 added.
func (m *Email) writeConversation(e *wbxml.Encoder) {
	e.Start(wbxml.Email2ConversationId)
	e.Opaque(m.ConversationID)
	e.End()
	e.Start(wbxml.Email2ConversationIndex)
	e.Opaque(m.ConversationIndex)
	e.End()
	if m.Marks.LastVerb != 0 {
		m.Marks.Write(e, v140, MarkVerb)
	}
	m.Marks.Write(e, v140, MarkCategories)
	if m.ReceivedAsBcc {
		elemBool(e, wbxml.Email2ReceivedAsBcc, true)
	}
	elemText(e, wbxml.Email2Sender, m.Sender)
}

// Write writes those of the marks that are wanted and that the version knows.
func (m *EmailMarks) Write(e *wbxml.Encoder, version uint8, which Marks) {
	if which&MarkRead != 0 {
		elemBool(e, wbxml.EmailRead, m.Read)
	}
	if which&MarkFlag != 0 && version >= v120 {
		m.Flag.write(e)
	}
	if version < v140 {
		return
	}
	if which&MarkVerb != 0 {
		elemInt(e, wbxml.Email2LastVerbExecuted, m.LastVerb)
		elemTime(e, wbxml.Email2LastVerbExecutionTime, m.LastVerbTime)
	}
	if which&MarkCategories != 0 {
		e.Start(wbxml.EmailCategories)
		for _, name := range m.Categories[:min(len(m.Categories), maxCategories)] {
			e.Elem(wbxml.EmailCategory, name)
		}
		e.End()
	}
}

// write writes the flag, or an empty element for none.
func (f *EmailFlag) write(e *wbxml.Encoder) {
	e.Start(wbxml.EmailFlag)
	defer e.End()
	if f == nil {
		return
	}
	elemText(e, wbxml.TasksSubject, f.Subject)
	elemInt(e, wbxml.EmailStatus, f.Status)
	elemText(e, wbxml.EmailFlagType, f.Type)
	elemTime(e, wbxml.TasksDateCompleted, f.DateCompleted)
	elemTime(e, wbxml.EmailCompleteTime, f.CompleteTime)
	elemTime(e, wbxml.TasksStartDate, f.StartDate)
	elemTime(e, wbxml.TasksDueDate, f.DueDate)
	elemTime(e, wbxml.TasksUtcStartDate, f.UTCStartDate)
	elemTime(e, wbxml.TasksUtcDueDate, f.UTCDueDate)
	if f.ReminderSet {
		elemBool(e, wbxml.TasksReminderSet, true)
		elemTime(e, wbxml.TasksReminderTime, f.ReminderTime)
	}
	elemTime(e, wbxml.TasksOrdinalDate, f.OrdinalDate)
	elemText(e, wbxml.TasksSubOrdinalDate, f.SubOrdinalDate)
}

// elemTime writes an element that holds a point in time, if there is one.
func elemTime(e *wbxml.Encoder, tag wbxml.Tag, t time.Time) {
	if !t.IsZero() {
		e.Elem(tag, FormatTime(t))
	}
}
