package mail

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// traceFields are the fields that hosts on the way add, in upper case.
var traceFields = map[string]bool{
	"RECEIVED": true, "X-RECEIVED": true, "RETURN-PATH": true, "DELIVERED-TO": true, "X-ORIGINAL-TO": true, "RECEIVED-SPF": true,
	"AUTHENTICATION-RESULTS": true, "DKIM-SIGNATURE": true, "DOMAINKEY-SIGNATURE": true, "X-GOOGLE-DKIM-SIGNATURE": true,
}

// IsTraceField recognises the header fields, in any case, that hosts on the way add and no person looks for: trace,
// signatures and the results of checking them. Search passes over them, unless a field is named.
func IsTraceField(name string) bool {
	name = strings.ToUpper(name)
	return traceFields[name] || strings.HasPrefix(name, "ARC-")
}

// readHeaders gathers the values of the header fields, decoded, one a line. ra is the message. What lies beyond limit bytes,
// or beyond MaxHeader bytes of the header, makes the text partial.
func (t *SearchText) readHeaders(s *Summary, ra io.ReaderAt, limit int) error {
	span := s.Root.Header
	block := make([]byte, min(span.Length, MaxHeader))
	n, err := ra.ReadAt(block, span.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	t.Partial = t.Partial || int64(n) < span.Length
	var b strings.Builder
	for block = block[:n]; len(block) > 0; {
		var field []byte
		field, block = cutWholeField(block)
		name, value, ok := bytes.Cut(field, []byte(":"))
		if name = bytes.TrimRight(name, " \t"); !ok || len(name) == 0 || IsTraceField(string(name)) {
			continue
		}
		text := decodeText(value, s.Root.Charset())
		if b.Len()+len(text) >= limit {
			t.Partial = true
			break
		}
		b.WriteString(text)
		b.WriteByte('\n')
	}
	t.Headers = b.String()
	return nil
}

// cutWholeField cuts the first field, with the lines that continue it, off a header.
func cutWholeField(block []byte) (field, rest []byte) {
	end := 0
	for {
		i := bytes.IndexByte(block[end:], '\n')
		if i < 0 {
			return block, nil
		}
		if end += i + 1; end == len(block) || block[end] != ' ' && block[end] != '\t' {
			return block[:end], block[end:]
		}
	}
}

// note says whether the fields that were cut at limit bytes may have lost something.
func (t *SearchText) note(limit int, lost bool) {
	const character = 4
	for _, field := range []string{t.Subject, t.From, t.To, t.Attachments, t.Body} {
		lost = lost || len(field) > limit-character
	}
	t.Partial = t.Partial || lost
}
