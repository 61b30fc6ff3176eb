package e2e

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// The expectation about messages of others comes from Go's own mail packages, which share no code with the
// server. They understand plain cases only; what they do not understand they say nothing about.

// known reads what a message must show.
func known(name string, raw []byte) specimen {
	s := specimen{Name: name, Raw: raw, Exact: validMIME(raw)}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return s
	}
	if subject, ok := decodeWords(m.Header.Get("Subject")); ok {
		s.Subject = &subject
	}
	o := oracle{}
	if !o.read(textproto.MIMEHeader(m.Header), m.Body, true) {
		return s
	}
	s.Plain, s.HTML = o.plain, o.html
	if !o.doubtful {
		s.Files = o.files
	}
	return s
}

// validMIME reports whether a server may show a device these very bytes: UTF-8 without what XML forbids, and
// no Bcc.
func validMIME(raw []byte) bool {
	head := "\r\n" + strings.ToLower(string(raw))
	return utf8.Valid(raw) && !bytes.ContainsFunc(raw, forbidden) && !strings.Contains(head, "\r\nbcc:") && !strings.HasPrefix(head, "\r\n\r\n")
}

// forbidden reports control characters that no XML document may have.
func forbidden(r rune) bool { return r < 32 && r != '\r' && r != '\n' && r != '\t' }

// decodeWords decodes a field of ASCII with encoded words in charsets that are certain.
func decodeWords(field string) (string, bool) {
	if field == "" || strings.ContainsFunc(field, func(r rune) bool { return r > 126 || r < 32 }) {
		return "", false
	}
	d := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(r), nil
	}}
	text, err := d.DecodeHeader(field)
	return strings.TrimSpace(text), err == nil && !strings.Contains(text, "=?") && !strings.ContainsRune(text, utf8.RuneError)
}

// oracle collects what a message has.
type oracle struct {
	plain, html *string
	files       []file
	doubtful    bool // there may be more files than these
	depth       int
}

// maxDepth is how deep a part may lie that every reader must show.
const maxDepth = 20

// read takes one part; false when it is not certain what it says. first is whether it is where a reader
// begins.
func (o *oracle) read(h textproto.MIMEHeader, body io.Reader, first bool) bool {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if h.Get("Content-Type") == "" {
		kind, params, err = "text/plain", nil, nil
	}
	if err != nil {
		return false
	}
	disposition, dispositionParams, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil && h.Get("Content-Disposition") != "" {
		return false
	}
	if strings.HasPrefix(kind, "multipart/") {
		return o.readMultipart(kind, params["boundary"], body, first)
	}
	data, ok := decodeTransfer(h.Get("Content-Transfer-Encoding"), body)
	if !ok {
		return false
	}
	if o.depth == 0 && disposition != "" {
		return false // a message that is a file is shown as text by some
	}
	if disposition == "attachment" || !strings.HasPrefix(kind, "text/") {
		o.doubtful = o.doubtful || !certainFile(kind, disposition, data)
		o.files = append(o.files, file{dispositionParams["filename"], data})
		return true
	}
	text, ok := decodeCharset(params["charset"], data)
	switch {
	case !ok:
	case kind == "text/plain" && first && o.plain == nil && params["format"] == "":
		o.plain = &text
	case kind == "text/html" && first && o.html == nil:
		o.html = &text
	}
	o.doubtful = o.doubtful || !first || disposition != ""
	return first // further texts are shown below the first, or as files
}

// certainFile reports whether everybody shows such a part as one file with these bytes. Signatures, TNEF,
// calendars, messages and images within a text are shown in many ways.
func certainFile(kind, disposition string, data []byte) bool {
	for _, special := range []string{"pkcs7", "pgp", "tnef", "ics", "calendar", "message/"} {
		if strings.Contains(kind, special) {
			return false
		}
	}
	return len(data) > 0 && (disposition == "attachment" || strings.HasPrefix(kind, "application/") || strings.HasPrefix(kind, "audio/"))
}

func (o *oracle) readMultipart(kind, boundary string, body io.Reader, first bool) bool {
	if o.depth++; o.depth > maxDepth {
		return false
	}
	switch kind {
	case "multipart/mixed", "multipart/alternative", "multipart/related":
	default:
		return false // reports, signatures and the like have rules of their own
	}
	r := multipart.NewReader(body, boundary)
	for i := 0; ; i++ {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return i > 0
		}
		if err != nil {
			return false
		}
		if !o.read(p.Header, p, first && (i == 0 || kind == "multipart/alternative")) {
			return false
		}
	}
}

func decodeTransfer(encoding string, body io.Reader) ([]byte, bool) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, false
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "7bit", "8bit", "binary":
		return raw, true
	case "quoted-printable":
		data, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
		return data, err == nil
	case "base64":
		raw = bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == ' ' {
				return -1
			}
			return r
		}, raw)
		data, err := base64.StdEncoding.DecodeString(string(raw))
		return data, err == nil
	}
	return nil, false
}

func decodeCharset(charset string, data []byte) (string, bool) {
	if charset == "" {
		charset = "us-ascii"
	}
	if lower := strings.ToLower(charset); lower == "us-ascii" || lower == "utf-8" {
		for _, b := range data {
			if lower == "us-ascii" && b > 126 {
				return "", false
			}
		}
		return string(data), utf8.Valid(data) && !bytes.Contains(data, []byte{0})
	}
	e, err := htmlindex.Get(charset)
	if err != nil {
		return "", false
	}
	text, err := e.NewDecoder().String(string(data))
	return text, err == nil && !strings.ContainsRune(text, utf8.RuneError) && !strings.ContainsFunc(text, unusual)
}

// unusual reports control characters, about which decoders differ.
func unusual(r rune) bool {
	return r < 32 && r != '\r' && r != '\n' && r != '\t' || r >= 0x7F && r < 0xA0
}
