package activesync

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
)

// A message goes out as it is, except for what would not survive as text: bare line feeds become CRLF
// (Outlook reads quoted-printable only so), parts that are no UTF-8 or have control characters that an
// answer cannot hold become base64, and Bcc is left out unless the user wrote the message.
//
// Data is a string (MS-ASAIRS, Data), and clients such as Android's refuse opaque bytes in it. So a signature over text that
// is neither ASCII nor UTF-8 is only whole in a multipart answer, whose parts are bytes: see emailForm.exact. RFC 8551,
// section 3.1.3, asks signers to send 7 bits for just that reason. Line ends do not matter to a signature.

// countedSize is up to which size a message is counted rather than its size estimated.
const countedSize = 64 << 10

// mimeBody returns the message itself as a body that reads ra when it is written.
func mimeBody(ra io.ReaderAt, s *mail.Summary, keepBcc bool, form bodyForm, received time.Time) (*wire.Body, error) {
	limit := form.limit
	var parts []*mail.Part
	var err error
	if !form.exact {
		if parts, err = rawParts(ra, s); err != nil {
			return nil, err
		}
	}
	head, err := messageHead(ra, s, keepBcc, form.exact, received)
	if err != nil {
		return nil, err
	}
	text := func() io.Reader {
		if form.exact {
			return mimeReader(ra, s, head, parts)
		}
		return asText(mimeReader(ra, s, head, parts))
	}
	size := mimeSize(s, head, parts)
	if most := size + s.Lines; size < countedSize || limit != unlimited && size <= limit && limit < most { // mixed line ends
		if size, err = io.Copy(io.Discard, text()); err != nil {
			return nil, err
		}
	}
	body := &wire.Body{Type: wire.BodyMIME, Size: size}
	switch cut := limit != unlimited && size > limit; {
	case cut && isSMIME(s):
		body.Truncated = true // half of a signature is worth nothing
	case cut:
		body.Truncated = true
		body.Data = &runeLimit{r: bufio.NewReader(text()), left: limit}
	default:
		body.Data = text()
	}
	return body, nil
}

// mimeReader reads the message with its new head and with the given parts encoded anew.
func mimeReader(ra io.ReaderAt, s *mail.Summary, head []byte, parts []*mail.Part) io.Reader {
	readers := []io.Reader{bytes.NewReader(head)}
	at := s.Root.Header.End()
	for _, p := range parts {
		if p.Header.Offset >= at {
			readers = append(readers, section(ra, at, p.Header.Offset), &lazyHead{ra: ra, span: p.Header})
		} else {
			readers = append(readers, section(ra, at, p.Body.Offset))
		}
		readers = append(readers, newBase64Lines(section(ra, p.Body.Offset, p.Body.End())))
		at = p.Body.End()
	}
	readers = append(readers, section(ra, at, s.Size))
	return &crlfReader{r: bufio.NewReader(quietReader{io.MultiReader(readers...)})}
}

// asText makes of the bytes of a message what an answer can hold, byte by byte: what rawParts did not find is damage.
func asText(r io.Reader) io.Reader { return &textReader{r: bufio.NewReader(r)} }

func section(ra io.ReaderAt, from, to int64) io.Reader {
	return io.NewSectionReader(ra, from, max(to-from, 0))
}

// mimeSize estimates what mimeReader reads: exactly, unless line ends are mixed.
func mimeSize(s *mail.Summary, head []byte, parts []*mail.Part) int64 {
	size := s.Size - s.Root.Header.End() + int64(len(head))
	for _, p := range parts {
		size += p.Body.Length/3 + p.Body.Length/54 + int64(len(base64Field))
	}
	if lineEnd(head) == "\n" {
		size += s.Lines
	}
	return size
}

// rawParts lists the leaves whose bytes are sent as they are and are no UTF-8, in the order of the message.
func rawParts(ra io.ReaderAt, s *mail.Summary) ([]*mail.Part, error) {
	var parts []*mail.Part
	var look func(p *mail.Part) error
	look = func(p *mail.Part) error {
		for _, c := range p.Children {
			if err := look(c); err != nil {
				return err
			}
		}
		if p.Message != nil && p.Message.Root != nil && identity(p) {
			return look(p.Message.Root)
		}
		if !identity(p) || p.Derived() {
			return nil
		}
		invalid, err := invalidText(section(ra, p.Body.Offset, p.Body.End()))
		if invalid {
			parts = append(parts, p)
		}
		return err
	}
	if s.Root == nil {
		return nil, nil
	}
	if err := look(s.Root); err != nil {
		return nil, fmt.Errorf("parts: %w", err)
	}
	slices.SortFunc(parts, func(a, b *mail.Part) int { return int(a.Body.Offset - b.Body.Offset) })
	return parts, nil
}

// identity reports whether the part's bytes are its content.
func identity(p *mail.Part) bool {
	switch p.Encoding {
	case "", "7bit", "8bit", "binary":
		return p.Type != "multipart"
	}
	return false
}

// invalidText reports whether r holds anything that is no UTF-8, or a control character that is not allowed
// in a document: the escapes of ISO-2022-JP, say.
func invalidText(r io.Reader) (bool, error) {
	buf := make([]byte, 16<<10)
	carried := 0
	for {
		n, err := io.ReadFull(r, buf[carried:])
		end := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !end {
			return false, err
		}
		text := buf[:carried+n]
		whole := len(text)
		for k := 1; k < utf8.UTFMax && k <= len(text) && !end; k++ {
			if tail := text[len(text)-k:]; utf8.RuneStart(tail[0]) && !utf8.FullRune(tail) {
				whole = len(text) - k
			}
		}
		if !utf8.Valid(text[:whole]) || bytes.ContainsFunc(text, forbidden) {
			return true, nil
		}
		if end {
			return false, nil
		}
		carried = copy(buf, text[whole:])
	}
}

// forbidden reports what XML 1.0, section 2.2, does not allow and an answer therefore cannot hold.
func forbidden(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }

// lazyHead reads the header of a part, changed to say base64, when its turn comes.
type lazyHead struct {
	ra   io.ReaderAt
	span mail.Span
	r    io.Reader
}

func (l *lazyHead) Read(p []byte) (int, error) {
	if l.r == nil {
		head := make([]byte, l.span.Length)
		if _, err := l.ra.ReadAt(head, l.span.Offset); err != nil && err != io.EOF {
			return 0, err
		}
		l.r = bytes.NewReader(withBase64(head))
	}
	return l.r.Read(p)
}

// newBase64Lines encodes r in lines of 76 characters.
func newBase64Lines(r io.Reader) io.Reader { return &base64Lines{r: r} }

type base64Lines struct {
	r    io.Reader
	line [57]byte
	out  []byte
	err  error
}

func (b *base64Lines) Read(p []byte) (int, error) {
	if len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		n, err := io.ReadFull(b.r, b.line[:])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		b.err = err
		if n == 0 {
			return 0, b.err
		}
		b.out = base64.StdEncoding.AppendEncode(b.out[:0], b.line[:n])
		b.out = append(b.out, "\r\n"...)
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}
