package scheduling

import (
	"io"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store/address"
)

// A Letter is what is to be sent of a meeting, as a mail. RFC 6047.
type Letter struct {
	calendar.Message
	From      mail.Address   // who sends it
	Sender    mail.Address   // who writes it for From; zero: From himself
	Hostname  string         // ends the Message-ID
	Zone      *calendar.Zone // of who sends it: in which times are told that have no zone; nil: UTC
	Automatic bool           // nobody asked for it
	Now       time.Time
}

// Write writes the message, complete with its header. It may be written several times; each has a Message-ID of its own.
func (l Letter) Write(w io.Writer) error {
	object := l.Object.Clone()
	files := filesOf(object, l.Hostname)
	return mail.MeetingMessage{
		Hostname: l.Hostname, From: l.From, Sender: l.Sender, To: l.To, Subject: l.Subject(), Text: l.Text(), Method: l.Method,
		Object: object.Bytes(), Files: files, Automatic: l.Automatic, Now: l.Now,
	}.Write(w)
}

// Author is the address from which me writes a message, under his display name: that by which the meeting knows him, so
// that whoever gets the message believes it to be his. me must have an address.
func Author(display string, me calendar.Identity, m calendar.Message) mail.Address {
	from := me[0]
	for _, one := range addressesIn([]*calendar.Object{m.Object}) {
		if me.Is(one) {
			from = one
			break
		}
	}
	local, domain, _ := address.Split(from)
	return mail.Address{Name: display, Local: local, Domain: domain}
}

// maxSubject bounds, in bytes, what the subject repeats of that of the meeting.
const maxSubject = 400

// untitled is what a meeting without subject is called.
const untitled = "(no subject)"

// Subject is the subject of the message: what has happened, and to what.
func (l Letter) Subject() string {
	c := l.first()
	title := strings.TrimSpace(oneLine(c.Summary()))
	if title == "" {
		title = untitled
	}
	return l.prefix(c) + ": " + firstBytes(title, maxSubject)
}

// prefixes stand before the subject of the meeting, by method.
var prefixes = map[string]string{
	"CANCEL": "Cancelled", "ADD": "Invitation", "COUNTER": "New time proposed", "DECLINECOUNTER": "Proposal declined",
	"REFRESH": "Asking again", "PUBLISH": "Event",
}

// answers stand before the subject of the meeting in an answer, by what it is.
var answers = map[string]string{"ACCEPTED": "Accepted", "TENTATIVE": "Tentative", "DECLINED": "Declined", "DELEGATED": "Delegated"}

func (l Letter) prefix(c *calendar.Component) string {
	switch l.Method {
	case "REQUEST":
		if c.Sequence() > 0 {
			return "Updated"
		}
		return "Invitation"
	case "REPLY":
		for _, who := range c.Attendees() {
			if word := answers[who.Status]; word != "" {
				return word
			}
		}
		return "Answer"
	}
	if word := prefixes[l.Method]; word != "" {
		return word
	}
	return "Meeting"
}

// first is what the message is about: the whole, or the first of its occurrences.
func (l Letter) first() *calendar.Component {
	if m := l.Object.Master(); m != nil {
		return m
	}
	for c := range l.Object.Components() {
		return c
	}
	return calendar.NewComponent(calendar.VEvent)
}

// oneLine makes one line of a text.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
}

// firstBytes cuts s at a character's border.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
