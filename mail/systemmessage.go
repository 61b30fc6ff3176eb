package mail

import (
	"io"
	"time"
)

// SystemMessage is a message that the server itself writes to a person, in plain text.
type SystemMessage struct {
	Hostname  string // of this server
	From      string // display name; the address is the postmaster's
	To        string // address
	Subject   string
	Text      string // lines end in \n
	MessageID string // without angle brackets; empty: a new one
	Now       time.Time
}

// Write writes the message. Its envelope sender must be empty, and nothing answers it: RFC 3834, section 5.
func (m SystemMessage) Write(w io.Writer) error {
	out := newCRLFWriter(w)
	id := m.MessageID
	if id == "" {
		id = NewMessageID(m.Hostname)
	}
	out.line("From: \"" + headerSafe(m.From) + "\" <postmaster@" + m.Hostname + ">")
	out.line("To: <" + headerSafe(m.To) + ">")
	out.line("Subject: " + encodeText("Subject", headerSafe(m.Subject)))
	out.line("Date: " + m.Now.Format(time.RFC1123Z))
	out.line("Message-ID: <" + id + ">")
	out.line("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0")
	out.line("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n")
	out.line(m.Text)
	return out.close()
}
