package calendar

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Bytes returns the component as RFC 5545 wants it written: CRLF, folded at 75 octets between characters, UTF-8.
// Properties that are as they were read are written as they were read.
func (c *Component) Bytes() []byte {
	var e encoder
	e.component(c)
	return e.buf
}

// WriteTo writes what Bytes returns.
func (c *Component) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c.Bytes())
	return int64(n), err
}

// String is the property as it is written, folded, without the last end of line.
func (p *Property) String() string {
	var e encoder
	e.property(p)
	return strings.TrimSuffix(string(e.buf), "\r\n")
}

// An encoder writes content lines.
type encoder struct{ buf []byte }

func (e *encoder) component(c *Component) {
	e.fold("BEGIN:" + c.name)
	for _, it := range c.items {
		if it.prop != nil {
			e.property(it.prop)
		} else {
			e.component(it.child)
		}
	}
	e.fold("END:" + c.name)
}

func (e *encoder) property(p *Property) {
	switch {
	case p.raw != "":
		e.buf = append(append(e.buf, p.raw...), "\r\n"...)
	case p.content != "":
		e.fold(p.content)
	default:
		e.fold(p.rendered())
	}
}

// rendered writes a property anew, unfolded.
func (p *Property) rendered() string {
	var b strings.Builder
	b.WriteString(p.prop.Name)
	for _, name := range p.order {
		b.WriteByte(';')
		b.WriteString(name)
		for i, value := range p.prop.Params[name] {
			b.WriteByte("=,"[min(i, 1)])
			value = escapeParam(value)
			if strings.ContainsAny(value, ":;,") {
				value = `"` + value + `"`
			}
			b.WriteString(value)
		}
	}
	b.WriteByte(':')
	b.WriteString(escapeLines(p.prop.Value))
	return b.String()
}

// fold writes one content line. RFC 5545, section 3.1.
func (e *encoder) fold(line string) {
	line = strings.ToValidUTF8(line, "\uFFFD")
	for room := maxFolded; len(line) > room; room = maxFolded - 1 {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		e.buf = append(append(e.buf, line[:cut]...), "\r\n "...)
		line = line[cut:]
	}
	e.buf = append(append(e.buf, line...), "\r\n"...)
}
