package wire

import (
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxReplyMessage is the longest ReplyMessage that is read, in bytes.
const MaxReplyMessage = 64 << 10

// OofSet is a Set of Oof. MS-ASCMD, Set.
type OofSet struct {
	State      int // as sent; -1: absent
	Start, End time.Time
	HasStart   bool
	HasEnd     bool
	Messages   []OofMessage
	TooLong    bool // some ReplyMessage is longer than MaxReplyMessage
}

// OofMessage is what one audience is told. MS-ASCMD, OofMessage.
type OofMessage struct {
	Audience wbxml.Tag // wbxml.SettingsAppliesTo…
	Enabled  *bool     // nil: absent
	Reply    *string   // nil: absent
	BodyType string    // as sent; empty: absent
}

func (r *reader) oofSet(o *OofSet) error {
	o.State = -1
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.SettingsOofState:
			return r.number(&o.State)
		case wbxml.SettingsStartTime:
			o.HasStart = true
			return r.instant(&o.Start)
		case wbxml.SettingsEndTime:
			o.HasEnd = true
			return r.instant(&o.End)
		case wbxml.SettingsOofMessage:
			if len(o.Messages) == 3 {
				return r.fail("more messages than audiences")
			}
			var m OofMessage
			err := r.oofMessage(&m, o)
			o.Messages = append(o.Messages, m)
			return err
		}
		return nil
	})
}

func (r *reader) oofMessage(m *OofMessage, o *OofSet) error {
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.SettingsAppliesToInternal, wbxml.SettingsAppliesToExternalKnown, wbxml.SettingsAppliesToExternalUnknown:
			if m.Audience != 0 && m.Audience != tag {
				return r.fail("two audiences of one message")
			}
			m.Audience = tag
		case wbxml.SettingsEnabled:
			m.Enabled = new(bool)
			return r.flag(m.Enabled)
		case wbxml.SettingsReplyMessage:
			var text bounded
			if _, err := r.content(&text); err != nil {
				return err
			}
			o.TooLong = o.TooLong || text.over
			reply := strings.ToValidUTF8(text.String(), "\uFFFD")
			m.Reply = &reply
		case wbxml.SettingsBodyType:
			return r.short(&m.BodyType, 16)
		}
		return nil
	})
	if err == nil && m.Audience == 0 {
		err = r.fail("a message without audience")
	}
	return err
}

// bounded keeps the first MaxReplyMessage bytes.
type bounded struct {
	strings.Builder
	over bool
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	keep := min(len(p), MaxReplyMessage-b.Len())
	b.over = b.over || keep < len(p)
	b.Builder.Write(p[:keep])
	return len(p), nil
}

// instant reads a point in time.
func (r *reader) instant(into *time.Time) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	t, ok := ParseTime(s)
	if !ok {
		return r.fail("no point in time")
	}
	*into = t
	return nil
}

// OofAnswer is the answer to a Get of Oof.
type OofAnswer struct {
	State      int
	Start, End time.Time // zero: not told
	BodyType   string
	Messages   []OofMessage // Enabled is set; an empty Reply is left out
}

// Write writes the property with its Status. MS-ASCMD, Get and OofMessage.
func (o *OofAnswer) Write(e *wbxml.Encoder) {
	e.Start(wbxml.SettingsOof)
	e.Elem(wbxml.SettingsStatus, "1")
	e.Start(wbxml.SettingsGet)
	e.Elem(wbxml.SettingsOofState, strconv.Itoa(o.State))
	if !o.Start.IsZero() && !o.End.IsZero() {
		e.Elem(wbxml.SettingsStartTime, FormatTime(o.Start))
		e.Elem(wbxml.SettingsEndTime, FormatTime(o.End))
	}
	for _, m := range o.Messages {
		e.Start(wbxml.SettingsOofMessage)
		e.Empty(m.Audience)
		e.Elem(wbxml.SettingsEnabled, digit(*m.Enabled))
		if m.Reply != nil && *m.Reply != "" {
			e.Elem(wbxml.SettingsReplyMessage, *m.Reply)
			e.Elem(wbxml.SettingsBodyType, o.BodyType)
		}
		e.End()
	}
	e.End()
	e.End()
}
