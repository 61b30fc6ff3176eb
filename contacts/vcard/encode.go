package vcard

import (
	"strings"
	"unicode/utf8"
)

// Bytes is the card as vCard 4.0. What was read as such, and has not changed, is as it was read.
func (c *Card) Bytes() []byte { return c.encode("4.0", c.fields) }

// Bytes3 is the card as vCard 3.0, as far as that has words for it. RFC 2426.
func (c *Card) Bytes3() []byte {
	return c.encode("3.0", downgrade(c.fields))
}

func (c *Card) encode(version string, fields []*Field) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:" + version + "\r\n")
	for _, f := range fields {
		if f.raw != "" {
			b.WriteString(f.raw + "\r\n")
			continue
		}
		writeFolded(&b, f.String())
	}
	b.WriteString("END:VCARD\r\n")
	return []byte(b.String())
}

// String is the field as a line without a fold.
func (f *Field) String() string {
	var b strings.Builder
	if f.field.Group != "" {
		b.WriteString(f.field.Group + ".")
	}
	b.WriteString(f.name)
	for _, name := range f.order {
		b.WriteString(";" + name + "=")
		for i, v := range f.field.Params[name] {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(paramValue(v))
		}
	}
	b.WriteString(":" + f.field.Value)
	return b.String()
}

// paramValue quotes a value of a parameter where it must be. RFC 6868 for what quotes cannot hold.
func paramValue(v string) string {
	v = caret.Replace(v)
	if strings.ContainsAny(v, ",;:") {
		return `"` + v + `"`
	}
	return v
}

var caret = strings.NewReplacer("^", "^^", "\n", "^n", `"`, "^'")

// maxFolded is how many octets a line has at most. RFC 6350, section 3.2.
const maxFolded = 75

// writeFolded writes a line in pieces of at most maxFolded octets, cut between characters.
func writeFolded(b *strings.Builder, line string) {
	room := maxFolded
	for len(line) > room {
		n := room
		for n > 1 && !utf8.RuneStart(line[n]) {
			n--
		}
		b.WriteString(line[:n] + "\r\n ")
		line, room = line[n:], maxFolded-1
	}
	b.WriteString(line + "\r\n")
}
