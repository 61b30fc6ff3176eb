package mail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// headerBuffer is how long one header line of a submitted message may be.
const headerBuffer = 128 << 10

// fields is the header of a message that is being changed: each field with its name and its raw lines,
// without the last line end, in order.
type fields struct {
	list []rawField
}

type rawField struct {
	name string // as sent
	raw  string // "Name: value", folded as sent, CRLF between lines
}

// readFields reads the header and the empty line that ends it. A line that is no field and no
// continuation ends the header too, as mail programs have it; it is then the first line of the body.
func readFields(br *bufio.Reader) (*fields, error) {
	f := &fields{}
	size := 0
	for {
		line, err := peekLine(br)
		if len(line) == 0 {
			if err == io.EOF && len(f.list) > 0 {
				return f, nil // a message without a body
			}
			return nil, headerError(err)
		}
		if size += len(line); size > MaxHeader {
			return nil, ErrHeader
		}
		text := loneCR.Replace(strings.TrimRight(string(line), "\r\n"))
		switch {
		case text == "":
			br.Discard(len(line))
			if len(f.list) == 0 {
				return nil, ErrHeader
			}
			return f, nil
		case (text[0] == ' ' || text[0] == '\t') && len(f.list) > 0:
			f.list[len(f.list)-1].raw += "\r\n" + text
		case fieldName(text) == "":
			if len(f.list) == 0 {
				return nil, ErrHeader
			}
			return f, nil
		default:
			f.list = append(f.list, rawField{fieldName(text), text})
		}
		br.Discard(len(line))
	}
}

// loneCR keeps one line one line: a CR within it would go out as the end of it, and what follows as a field
// of its own that nobody has looked at.
var loneCR = strings.NewReplacer("\r", " ")

func headerError(err error) error {
	if err == nil || err == io.EOF || errors.Is(err, bufio.ErrBufferFull) {
		return ErrHeader
	}
	return err
}

// peekLine returns the next line with its end, without consuming it. A line longer than br's buffer is
// an error: a header has none.
func peekLine(br *bufio.Reader) ([]byte, error) {
	for n := 256; ; n *= 2 {
		b, err := br.Peek(min(n, br.Size()))
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			return b[:i+1], nil
		}
		if err == io.EOF {
			return b, io.EOF
		}
		if err != nil {
			return nil, err
		}
		if n >= br.Size() {
			return nil, bufio.ErrBufferFull
		}
	}
}

// fieldName returns the name of a header line, or nothing if it is no field. RFC 5322, section 2.2.
func fieldName(line string) string {
	name, _, ok := strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return ""
	}
	return name
}

// get returns the value of the first field of that name, unfolded; empty when there is none.
func (f *fields) get(name string) string {
	for _, v := range f.all(name) {
		return v
	}
	return ""
}

// all returns the values of all fields of that name, unfolded.
func (f *fields) all(name string) []string {
	var values []string
	for _, field := range f.list {
		if strings.EqualFold(field.name, name) {
			_, v, _ := strings.Cut(field.raw, ":")
			values = append(values, strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "")))
		}
	}
	return values
}

func (f *fields) has(name string) bool { return len(f.all(name)) > 0 }

// set replaces the first field of that name, removes the others, or appends. The value may be folded.
func (f *fields) set(name, value string) {
	field := rawField{name, name + ": " + value}
	for i := range f.list {
		if strings.EqualFold(f.list[i].name, name) {
			rest := &fields{list: f.list[i+1:]}
			rest.remove(name)
			f.list = append(f.list[:i:i], append([]rawField{field}, rest.list...)...)
			return
		}
	}
	f.list = append(f.list, field)
}

// remove takes out every field of that name.
func (f *fields) remove(name string) {
	kept := make([]rawField, 0, len(f.list))
	for _, field := range f.list {
		if !strings.EqualFold(field.name, name) {
			kept = append(kept, field)
		}
	}
	f.list = kept
}

// content takes the Content-* fields out and returns them: they belong to the entity, not to the message.
func (f *fields) content() *fields {
	entity, message := &fields{}, make([]rawField, 0, len(f.list))
	for _, field := range f.list {
		if len(field.name) > 8 && strings.EqualFold(field.name[:8], "Content-") {
			entity.list = append(entity.list, field)
		} else {
			message = append(message, field)
		}
	}
	f.list = message
	return entity
}

// encode puts text beyond ASCII into encoded words, so that servers without SMTPUTF8 take the message.
// What encoded words cannot hold, a local part or a parameter, stays. RFC 2047, section 5.
func (f *fields) encode() {
	for i, field := range f.list {
		if !hasEightBit(field.raw) {
			continue
		}
		_, raw, _ := strings.Cut(field.raw, ":")
		switch name := strings.ToLower(field.name); {
		case isAddressField(name):
			f.list[i].raw = field.name + ": " + encodeList(ParseAddresses(raw))
		case name == "subject" || name == "comments" || name == "thread-topic" || strings.HasPrefix(name, "x-"):
			f.list[i].raw = field.name + ": " + encodeText(field.name, decodeText([]byte(raw), ""))
		}
	}
}

func isAddressField(lower string) bool {
	switch lower {
	case "from", "sender", "reply-to", "to", "cc", "bcc", "disposition-notification-to":
		return true
	}
	return false
}

func (f *fields) eightBit() bool {
	for _, field := range f.list {
		if hasEightBit(field.raw) {
			return true
		}
	}
	return false
}

func hasEightBit(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return true
		}
	}
	return false
}

func (f *fields) writeTo(w *crlfWriter) {
	for _, field := range f.list {
		w.line(field.raw)
	}
}
