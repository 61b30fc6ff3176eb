package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// An entityWriter writes the parts of a message: new ones, and those of other messages.
type entityWriter struct {
	out *crlfWriter
}

// open begins a multipart if it is needed and returns its boundary; the first part follows.
func (w entityWriter) open(subtype string, needed bool) string {
	if !needed {
		return ""
	}
	boundary := newBoundary()
	w.out.line("Content-Type: multipart/" + subtype + ";\r\n boundary=\"" + boundary + "\"")
	w.out.line("\r\n--" + boundary)
	return boundary
}

// copyPart writes a part of m with its header; one that is no range of the message, such
// as a file inside a winmail.dat, is encoded anew.
func (w entityWriter) copyPart(m Original, p *Part) error {
	switch {
	case p == m.Summary.Root:
		return w.copyRoot(m, func(name string) bool { return strings.HasPrefix(name, "content-") })
	case !p.Derived():
		return w.copySpan(m, Span{p.Header.Offset, p.Header.Length + p.Body.Length})
	}
	head := &fields{}
	head.set("Content-Type", p.MediaType())
	head.set("Content-Disposition", "attachment;\r\n "+encodeParam("filename", p.FileName()))
	if p.ContentID != "" {
		head.set("Content-ID", "<"+p.ContentID+">")
	}
	if err := w.writeBase64(head, m.Summary.OpenPart(m.Bytes, p)); err != nil {
		return fmt.Errorf("copy attachment %s: %w", p.ID, err)
	}
	return nil
}

// writeBase64 writes a part in base64; head is the rest of its header.
func (w entityWriter) writeBase64(head *fields, content io.Reader) error {
	head.set("Content-Transfer-Encoding", "base64")
	head.writeTo(w.out)
	w.out.line("")
	enc := base64.NewEncoder(base64.StdEncoding, &base64Lines{w: w.out})
	if _, err := io.Copy(enc, content); err != nil {
		return err
	}
	return enc.Close()
}

// copyRoot writes m, or the only part that it has, with those fields of its header that keep, given
// a name in lower case, wants: the sender's own copy has a Bcc that is nobody else's business.
func (w entityWriter) copyRoot(m Original, keep func(name string) bool) error {
	root := m.Summary.Root
	header := io.NewSectionReader(m.Bytes, root.Header.Offset, root.Header.Length)
	raw, err := io.ReadAll(io.LimitReader(header, MaxHeader))
	if err != nil {
		return fmt.Errorf("copy header: %w", err)
	}
	wanted := false
	for line := range strings.Lines(string(raw)) {
		if line[0] != ' ' && line[0] != '\t' {
			name := strings.ToLower(fieldName(line))
			wanted = name != "" && keep(name)
		}
		if wanted {
			w.out.line(strings.TrimRight(line, "\r\n"))
		}
	}
	w.out.line("")
	return w.copySpan(m, Span{root.Header.End(), m.Summary.Size - root.Header.End()})
}

func (w entityWriter) copySpan(m Original, s Span) error {
	_, err := io.Copy(w.out, io.NewSectionReader(m.Bytes, s.Offset, s.Length))
	if err != nil {
		return fmt.Errorf("copy part: %w", err)
	}
	return nil
}

var lineEnd = []byte("\r\n")

// base64Lines breaks base64 into lines of 76. RFC 2045, section 6.8.
type base64Lines struct {
	w   io.Writer
	col int
}

// Write implements io.Writer.
func (b *base64Lines) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		n := min(len(p), 76-b.col)
		if _, err := b.w.Write(p[:n]); err != nil {
			return 0, err
		}
		p, b.col = p[n:], b.col+n
		if b.col == 76 {
			if _, err := b.w.Write(lineEnd); err != nil {
				return 0, err
			}
			b.col = 0
		}
	}
	return total, nil
}

// newBoundary returns a multipart boundary that occurs in no other text; "=_" occurs in no
// quoted-printable and no base64 line. RFC 2045, section 6.7.
func newBoundary() string {
	id, _, _ := strings.Cut(NewMessageID(""), "@")
	return "=_" + id
}

// encodeParam writes a parameter, in RFC 2231's form where it needs one.
func encodeParam(name, value string) string {
	value = clip(strings.ToValidUTF8(value, "\uFFFD"), 255)
	if printable(value) {
		return name + "=" + quote(value)
	}
	var b bytes.Buffer
	b.WriteString(name + "*=utf-8''")
	for i := range len(value) {
		c := value[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
