package mail

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store/address"
)

// MeetingMessage is a message about a meeting: a text for people and the iCalendar object for programs. RFC 6047,
// section 2.4.
type MeetingMessage struct {
	Hostname  string // ends the Message-ID
	From      Address
	Sender    Address  // who writes it for From; zero: From himself
	To        []string // addresses, unquoted
	Subject   string
	Text      string        // UTF-8, lines end in \n
	Method    string        // of the object, in upper case: REQUEST, REPLY, CANCEL …
	Object    []byte        // iCalendar, UTF-8
	Files     []MeetingFile // what the object refers to by Content-ID
	Automatic bool          // nobody asked for it: no responder answers it
	Now       time.Time
}

// A MeetingFile is a file that is attached to a meeting.
type MeetingFile struct {
	Name, Type, ContentID string // Name and Type may be empty
	Content               []byte
}

// contentClassMeeting tells Exchange and Outlook what the message is. MS-OXCICAL, Content-Class.
const contentClassMeeting = "urn:content-classes:calendarmessage"

// maxMeetingTo bounds how many recipients the header names.
const maxMeetingTo = 500

// Write writes the message: the text and the object as alternatives, which is what every program understands as an
// invitation or an answer, and the object once more as a file, for programs that know no other way.
func (m MeetingMessage) Write(w io.Writer) error {
	out := newCRLFWriter(w)
	m.header().writeTo(out)
	e := entityWriter{out}
	mixed := e.open("mixed", true)
	alternative := e.open("alternative", true)
	if err := m.writeText(out); err != nil {
		return fmt.Errorf("write message about a meeting: %w", err)
	}
	out.line("\r\n--" + alternative)
	part := &fields{}
	part.set("Content-Class", contentClassMeeting)
	part.set("Content-Type", "text/calendar; charset=utf-8; method="+m.Method)
	if err := e.writeBase64(part, strings.NewReader(string(m.Object))); err != nil {
		return fmt.Errorf("write message about a meeting: %w", err)
	}
	out.line("\r\n--" + alternative + "--")
	for _, f := range m.Files {
		out.line("\r\n--" + mixed)
		if err := f.write(e); err != nil {
			return fmt.Errorf("write file of a meeting: %w", err)
		}
	}
	out.line("\r\n--" + mixed)
	file := &fields{}
	file.set("Content-Type", "application/ics; name=\"invite.ics\"")
	file.set("Content-Disposition", "attachment; filename=\"invite.ics\"")
	if err := e.writeBase64(file, strings.NewReader(string(m.Object))); err != nil {
		return fmt.Errorf("write message about a meeting: %w", err)
	}
	out.line("\r\n--" + mixed + "--")
	return out.close()
}

// write writes the file as a part.
func (f MeetingFile) write(e entityWriter) error {
	media, _, err := mime.ParseMediaType(f.Type)
	if kind, _, ok := strings.Cut(media, "/"); err != nil || !ok || kind == "multipart" || kind == "message" {
		media = "application/octet-stream"
	}
	head := &fields{}
	head.set("Content-Type", media)
	disposition := "attachment"
	if f.Name != "" {
		disposition += ";\r\n " + encodeParam("filename", f.Name)
	}
	head.set("Content-Disposition", disposition)
	head.set("Content-ID", "<"+headerSafe(f.ContentID)+">")
	return e.writeBase64(head, bytes.NewReader(f.Content))
}

func (m MeetingMessage) writeText(out *crlfWriter) error {
	out.line("Content-Type: text/plain; charset=utf-8")
	out.line("Content-Transfer-Encoding: quoted-printable\r\n")
	qp := quotedprintable.NewWriter(out)
	if _, err := io.WriteString(qp, strings.ReplaceAll(m.Text, "\n", "\r\n")); err != nil {
		return err
	}
	return qp.Close()
}

func (m MeetingMessage) header() *fields {
	f := &fields{}
	f.set("From", encodeAddress(m.From))
	if m.Sender != (Address{}) {
		f.set("Sender", encodeAddress(m.Sender))
	}
	var to []string
	for _, one := range m.To[:min(len(m.To), maxMeetingTo)] {
		local, domain, _ := address.Split(one)
		to = append(to, "<"+headerSafe(asciiDomain(Address{Local: local, Domain: domain}.Addr()))+">")
	}
	f.set("To", strings.Join(to, ",\r\n "))
	f.set("Subject", encodeText("Subject", m.Subject))
	f.set("Date", m.Now.Format(time.RFC1123Z))
	f.set("Message-ID", "<"+NewMessageID(m.Hostname)+">")
	if m.Automatic {
		f.set("Auto-Submitted", "auto-generated")
		f.set("X-Auto-Response-Suppress", "All")
	}
	f.set("Content-Class", contentClassMeeting)
	f.set("MIME-Version", "1.0")
	return f
}
