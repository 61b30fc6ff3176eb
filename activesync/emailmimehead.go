package activesync

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gannetmail/gannet/mail"
)

// lineEnd is how the lines of a header end.
func lineEnd(head []byte) string {
	if i := bytes.IndexByte(head, '\n'); i >= 0 && (i == 0 || head[i-1] != '\r') {
		return "\n"
	}
	return "\r\n"
}

// messageHead returns the header of the message, with the empty line, without Bcc, with a Date. If the only part is one
// to be encoded anew it says base64.
func messageHead(ra io.ReaderAt, s *mail.Summary, keepBcc, exact bool, received time.Time) ([]byte, error) {
	span := s.Root.Header
	head := make([]byte, span.Length)
	if _, err := ra.ReadAt(head, span.Offset); err != nil && err != io.EOF {
		return nil, fmt.Errorf("header: %w", err)
	}
	if !keepBcc {
		head = dropFields(head, "bcc")
	}
	if !exact && !received.IsZero() && !s.Flags.Has(mail.HasDate) { // clients show a message without one as of 1970
		head = append([]byte("Date: "+received.UTC().Format(time.RFC1123Z)+lineEnd(head)), dropFields(head, "date")...)
	}
	if !exact {
		head = textHead(head, charsetOf(s.Root))
	}
	if !exact && identity(s.Root) {
		invalid, err := invalidText(section(ra, s.Root.Body.Offset, s.Root.Body.End()))
		if err != nil {
			return nil, err
		}
		if invalid {
			head = withBase64(head)
		}
	}
	return head, nil
}

// dropFields removes the fields of that name, given in lower case, with their continuations.
func dropFields(head []byte, name string) []byte {
	var out []byte
	dropping := false
	for line := range bytes.Lines(head) {
		if len(line) > 0 && line[0] != ' ' && line[0] != '\t' {
			field, _, found := bytes.Cut(line, []byte(":"))
			dropping = found && strings.EqualFold(string(bytes.TrimSpace(field)), name)
		}
		if !dropping {
			out = append(out, line...)
		}
	}
	return out
}

const base64Field = "Content-Transfer-Encoding: base64\r\n"

// withBase64 makes the header of a part say that its body is base64.
func withBase64(head []byte) []byte {
	head = dropFields(head, "content-transfer-encoding")
	return append([]byte(base64Field), head...)
}

// textHead makes the lines of a header UTF-8 that are not: they are read in the charset that the message has elsewhere, as
// its envelope is.
func textHead(head []byte, charset string) []byte {
	if utf8.Valid(head) {
		return head
	}
	end := lineEnd(head)
	var out []byte
	for line := range bytes.Lines(head) {
		if utf8.Valid(line) || bytes.Contains(line, []byte("=?")) {
			out = append(out, line...)
			continue
		}
		rest := bytes.TrimLeft(line, " \t")
		out = append(out, line[:len(line)-len(rest)]...)
		out = append(append(out, mail.DecodeText(rest, charset)...), end...)
	}
	return out
}

// charsetOf is the charset of the first text in a message that names one.
func charsetOf(p *mail.Part) string {
	if p == nil {
		return ""
	}
	if p.Type == "text" {
		if charset := p.Charset(); charset != "" {
			return charset
		}
	}
	for _, c := range p.Children {
		if charset := charsetOf(c); charset != "" {
			return charset
		}
	}
	return ""
}
