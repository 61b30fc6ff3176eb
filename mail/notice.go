package mail

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// NoticeInfo is what a delivery status notification tells. RFC 3461, 3464.
type NoticeInfo struct {
	Hostname  string // of this server
	To        string // the sender of the message that the notice is about
	MessageID string // of the notice; empty: a new one
	EnvID     string // the ENVID that the sender gave
	Arrived   time.Time
	Now       time.Time
	Failures  []NoticeFailure
	Subject   string // of the message, decoded
	ReplyTo   string // the message's own id, for threading; without angle brackets
	// OriginalHeader is the header of the message, for the third part; nil: none.
	OriginalHeader io.Reader
}

// NoticeFailure is the outcome for one recipient.
type NoticeFailure struct {
	Recipient  string
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // enhanced code, RFC 3463: "5.1.1"
	Diagnostic string // what the other server said: "550 5.1.1 no such user"; empty: nothing
	RemoteMTA  string // who said it; empty: this server
	Reason     string // for the person: what happened and what to do
	RetryUntil time.Time
}

// maxNoticeHeader bounds what a notice repeats of the message's header.
const maxNoticeHeader = 64 << 10

// Notice writes a delivery status notification: a text for the person, the report for programs, and the
// header of the message. Its envelope sender must be empty.
func Notice(w io.Writer, n NoticeInfo) error {
	out := newCRLFWriter(w)
	boundary := newBoundary()
	n.writeHeader(out, boundary)
	out.line("--" + boundary)
	out.line("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n")
	n.writeText(out)
	out.line("\r\n--" + boundary)
	out.line("Content-Type: message/delivery-status\r\n")
	n.writeStatus(out)
	if n.OriginalHeader != nil {
		out.line("\r\n--" + boundary)
		out.line("Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n")
		if _, err := io.Copy(out, io.LimitReader(n.OriginalHeader, maxNoticeHeader)); err != nil {
			return fmt.Errorf("copy the message's header: %w", err)
		}
	}
	out.line("\r\n--" + boundary + "--")
	return out.close()
}

// noticeWords are what a notice says first, by the action of its recipients.
var noticeWords = map[string]struct{ title, text string }{
	"failed":    {"Not delivered: ", "Your message could not be delivered to:"},
	"delayed":   {"Not delivered yet: ", "Your message has not been delivered yet. Nothing is lost, and you need not send it again. It waits for:"},
	"delivered": {"Delivered: ", "Your message was delivered to:"},
	"relayed":   {"Handed on: ", "Your message was handed to the next server, which will not report on it any further, for:"},
	"expanded":  {"Delivered to a list: ", "Your message was delivered to the members of:"},
}

// words are those of the worst that happened.
func (n NoticeInfo) words() (title, text string) {
	for _, action := range []string{"failed", "delayed", "relayed", "expanded", "delivered"} {
		for _, f := range n.Failures {
			if f.Action == action {
				return noticeWords[action].title, noticeWords[action].text
			}
		}
	}
	return noticeWords["failed"].title, noticeWords["failed"].text
}

func (n NoticeInfo) writeHeader(out *crlfWriter, boundary string) {
	title, _ := n.words()
	id := n.MessageID
	if id == "" {
		id = NewMessageID(n.Hostname)
	}
	out.line("From: \"Mail Delivery\" <postmaster@" + n.Hostname + ">")
	out.line("To: <" + headerSafe(n.To) + ">")
	out.line("Subject: " + encodeText("Subject", title+n.Subject))
	out.line("Date: " + n.Now.Format(time.RFC1123Z))
	out.line("Message-ID: <" + id + ">")
	if n.ReplyTo != "" {
		out.line("In-Reply-To: <" + headerSafe(n.ReplyTo) + ">\r\nReferences: <" + headerSafe(n.ReplyTo) + ">")
	}
	out.line("Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit")
	out.line("Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" + boundary + "\"\r\n")
}

func (n NoticeInfo) writeText(out *crlfWriter) {
	_, text := n.words()
	out.line(text)
	for _, f := range n.Failures {
		out.line("")
		out.line("    " + headerSafe(f.Recipient))
		if f.Reason != "" {
			out.line("    " + oneLine(f.Reason))
		}
		if f.Diagnostic != "" && f.RemoteMTA != "" {
			out.line("    The server " + headerSafe(f.RemoteMTA) + " said: " + oneLine(f.Diagnostic))
		}
		if f.Action == "delayed" && !f.RetryUntil.IsZero() {
			out.line("    Further attempts are made until " + f.RetryUntil.Format(time.RFC1123Z) + ".")
		}
	}
	if n.Subject != "" {
		out.line("\r\nThe message: " + oneLine(n.Subject))
	}
	out.line("Sent: " + n.Arrived.Format(time.RFC1123Z))
}

// writeStatus writes the fields of RFC 3464, section 2.
func (n NoticeInfo) writeStatus(out *crlfWriter) {
	out.line("Reporting-MTA: dns; " + n.Hostname)
	if n.EnvID != "" {
		out.line("Original-Envelope-Id: " + headerSafe(n.EnvID))
	}
	out.line("Arrival-Date: " + n.Arrived.Format(time.RFC1123Z))
	for _, f := range n.Failures {
		out.line("")
		out.line("Final-Recipient: " + reportAddress(f.Recipient))
		out.line("Action: " + f.Action + "\r\nStatus: " + f.Status)
		if f.RemoteMTA != "" {
			out.line("Remote-MTA: dns; " + headerSafe(f.RemoteMTA))
		}
		if f.Diagnostic != "" {
			out.line("Diagnostic-Code: smtp; " + foldWords(24, strings.Fields(headerSafe(f.Diagnostic))))
		}
		if !f.RetryUntil.IsZero() {
			out.line("Will-Retry-Until: " + f.RetryUntil.Format(time.RFC1123Z))
		}
	}
}

// reportAddress writes an address for a report in ASCII. RFC 3464, section 2.3.2; RFC 6533, section 3.
func reportAddress(addr string) string {
	addr = headerSafe(addr)
	if printable(addr) {
		return "rfc822; " + addr
	}
	var b strings.Builder
	b.WriteString("utf-8; ")
	for _, r := range addr {
		if r < 0x80 && r != '\\' && r != '+' && r != '=' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\x{%02X}", r)
		}
	}
	return b.String()
}

// headerSafe makes one line of s: what would end a header line or hide in one becomes a space.
func headerSafe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", " "))
}
