package autoreply

import (
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
)

// State says whether mail is answered. MS-ASCMD, OofState.
type State uint8

// The states. The numbers are ActiveSync's.
const (
	Off       State = iota
	On              // until it is set to something else
	Scheduled       // from Start until before End
)

var stateNames = [...]string{Off: "off", On: "on", Scheduled: "scheduled"}

// String is the state in a word, as it is stored.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Audience is who may be answered: each has its own message.
type Audience uint8

// The audiences, in the order of MS-ASCMD, OofMessage.
const (
	Internal Audience = iota // of this server
	Known                    // from outside, in the user's contacts
	Unknown                  // everybody else
	Audiences
)

var audienceNames = [Audiences]string{"internal", "known", "unknown"}

// String is the audience in a word, as it is stored.
func (a Audience) String() string {
	if a < Audiences {
		return audienceNames[a]
	}
	return "nobody"
}

// MaxMessage is the longest text of a message, in bytes of UTF-8.
const MaxMessage = 64 << 10

// Message is what an audience is told.
type Message struct {
	Enabled bool   // with a text that is blank nobody is answered all the same
	HTML    bool   // Text is HTML
	Text    string // as the user gave it, UTF-8
}

// Form is the text as HTML or as plain text with CRLF line ends, converted where it was given otherwise.
func (m Message) Form(html bool) string {
	switch {
	case m.HTML == html:
		return m.Text
	case html:
		return mail.TextToHTML(m.Text)
	}
	return mail.HTMLToText(m.Text)
}

// blank reports whether the message says nothing: an empty answer would only puzzle people.
func (m Message) blank() bool {
	return strings.TrimSpace(m.Form(false)) == "" && !(m.HTML && strings.Contains(strings.ToLower(m.Text), "<img"))
}

// Oof is the out-of-office setting of an account. The zero value is that of one that never had any.
type Oof struct {
	State      State
	Start, End time.Time // UTC, of Scheduled: otherwise zero
	Messages   [Audiences]Message
	// Since tells activations apart: it is set by [Save] when answering begins, and stays while it lasts.
	Since time.Time
}

// As is the setting as it is at a time: a schedule that has ended is off.
func (o Oof) As(now time.Time) Oof {
	if o.State == Scheduled && !now.Before(o.End) {
		o.State, o.Start, o.End = Off, time.Time{}, time.Time{}
	}
	return o
}

// Active reports whether mail that arrives at a time is answered.
func (o Oof) Active(now time.Time) bool {
	o = o.As(now)
	return o.State == On || o.State == Scheduled && !now.Before(o.Start)
}

// same reports whether the setting is the old one in all that [Save] keeps.
func (o Oof) same(old Oof) bool {
	return o.State == old.State && o.Start.Equal(old.Start) && o.End.Equal(old.End) && o.Messages == old.Messages
}

// problem says why a setting cannot be kept; empty: it can.
func (o Oof) problem() string {
	switch {
	case o.State > Scheduled:
		return "no such state"
	case o.State == Scheduled && (o.Start.IsZero() || !o.End.After(o.Start)):
		return "a schedule must end after it begins"
	}
	for _, m := range o.Messages {
		if strings.ToValidUTF8(m.Text, "") != m.Text {
			return "a message is not UTF-8"
		}
	}
	return ""
}
