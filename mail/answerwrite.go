package mail

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"time"

	"github.com/gannetmail/gannet/store/address"
)

// AutoReplyInfo is what an automatic reply says. RFC 3834, section 3.1.
type AutoReplyInfo struct {
	Hostname   string  // ends the Message-ID
	From       Address // the address that was written to
	To         string  // the sender of the message that is answered, unquoted
	Subject    string  // of that message, decoded
	MessageID  string  // of that message, without angle brackets; empty: it has none
	References []string
	Text, HTML string // the answer in both forms, UTF-8
	Now        time.Time
}

// autoReplyTitle stands before the subject. It is not translated: the server does not know which languages the
// sender reads, mail programs of all languages file answers by these words, and the text is the user's own.
const autoReplyTitle = "Automatic reply"

// maxAutoReplySubject bounds, in bytes, what is repeated of the subject.
const maxAutoReplySubject = 300

// WriteAutoReply writes an automatic reply: the text in both forms under a header that no other responder
// answers. There is no Precedence: bulk, which RFC 3834 leaves to the responder: Auto-Submitted tells the
// same to whoever reads standards, X-Auto-Response-Suppress to Exchange, and filters file bulk away. Its
// envelope sender must be empty.
func WriteAutoReply(w io.Writer, r AutoReplyInfo) error {
	out := newCRLFWriter(w)
	r.header().writeTo(out)
	e := entityWriter{out}
	boundary := e.open("alternative", true)
	for _, part := range []struct{ subtype, text string }{{"plain", r.Text}, {"html", r.HTML}} {
		out.line("Content-Type: text/" + part.subtype + "; charset=utf-8")
		out.line("Content-Transfer-Encoding: quoted-printable\r\n")
		qp := quotedprintable.NewWriter(out)
		if _, err := io.WriteString(qp, part.text); err != nil {
			return fmt.Errorf("write automatic reply: %w", err)
		}
		if err := qp.Close(); err != nil {
			return fmt.Errorf("write automatic reply: %w", err)
		}
		if part.subtype == "plain" {
			out.line("\r\n--" + boundary)
		}
	}
	out.line("\r\n--" + boundary + "--")
	return out.close()
}

func (r AutoReplyInfo) header() *fields {
	subject := autoReplyTitle
	if r.Subject != "" {
		subject += ": " + clip(r.Subject, maxAutoReplySubject)
	}
	local, domain, _ := address.Split(r.To)
	f := &fields{}
	f.set("From", encodeAddress(r.From))
	f.set("To", "<"+headerSafe(asciiDomain(Address{Local: local, Domain: domain}.Addr()))+">")
	f.set("Subject", encodeText("Subject", subject))
	f.set("Date", r.Now.Format(time.RFC1123Z))
	f.set("Message-ID", "<"+NewMessageID(r.Hostname)+">")
	f.setThreading(SubmitRules{InReplyTo: r.MessageID, References: r.References})
	f.set("Auto-Submitted", "auto-replied")
	f.set("X-Auto-Response-Suppress", "All")
	f.set("MIME-Version", "1.0")
	return f
}
