package mail

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
)

// HeaderField is one field of a header.
type HeaderField struct {
	Name  string // in lower case
	Value string // unfolded, not decoded, without white space at its ends
}

// HeaderFields reads the fields of the message's own header, in order; ra is the message. Lines that are no fields are left
// out, as is what lies beyond MaxHeader bytes. The error is that of ra.
func (s *Summary) HeaderFields(ra io.ReaderAt) ([]HeaderField, error) {
	block := make([]byte, min(s.Root.Header.Length, MaxHeader))
	n, err := ra.ReadAt(block, s.Root.Header.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var fields []HeaderField
	for f := range splitFields(block[:n]) {
		fields = append(fields, f)
	}
	return fields, nil
}

// splitFields yields the fields of a header block.
func splitFields(block []byte) iter.Seq[HeaderField] {
	return func(yield func(HeaderField) bool) {
		for len(block) > 0 {
			var field []byte
			field, block = cutWholeField(block)
			name, value, ok := bytes.Cut(field, []byte(":"))
			if name = bytes.TrimRight(name, " \t"); !ok || len(name) == 0 {
				continue
			}
			f := HeaderField{strings.ToLower(string(name)), strings.TrimSpace(unfoldLines.Replace(string(value)))}
			if !yield(f) {
				return
			}
		}
	}
}

var unfoldLines = strings.NewReplacer("\r\n", "", "\n", "", "\r", "")
