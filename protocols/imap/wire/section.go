package wire

import (
	"strconv"
	"strings"
)

// SectionText is what of a section is asked for.
type SectionText uint8

// The values of SectionText, RFC 9051 section 6.4.5.
const (
	SectionAll       SectionText = iota // the whole message, or the whole body of a part
	SectionHeader                       // HEADER
	SectionFields                       // HEADER.FIELDS
	SectionFieldsNot                    // HEADER.FIELDS.NOT
	SectionBody                         // TEXT
	SectionMIME                         // MIME, of a numbered part only
)

var sectionNames = [...]string{"", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME"}

// Section names a piece of a message.
type Section struct {
	Part   []uint32 // numbers of the part: 1.2; empty: the message itself
	Text   SectionText
	Fields []string // names of header fields, as sent
}

// Span is <offset.count> behind a section. In an answer only the offset is written.
type Span struct {
	Offset uint64
	Count  uint64 // 1 at least
}

// MaxPartDepth is how many numbers a section may have.
const MaxPartDepth = 128

// Append appends the section without its brackets, key words in upper case, as an answer repeats it.
func (s Section) Append(b []byte, utf8 bool) []byte {
	for i, n := range s.Part {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	if s.Text != SectionAll && len(s.Part) > 0 {
		b = append(b, '.')
	}
	b = append(b, sectionNames[s.Text]...)
	if s.Text == SectionFields || s.Text == SectionFieldsNot {
		b = append(b, ' ', '(')
		for i, f := range s.Fields {
			if i > 0 {
				b = append(b, ' ')
			}
			b = AppendAstring(b, f, utf8)
		}
		b = append(b, ')')
	}
	return b
}

// section reads [part.TEXT]. Only numbers may stand there when numbersOnly, as in BINARY.
func (r *Reader) section(numbersOnly bool) Section {
	var s Section
	r.expect('[', "a bracket")
	for r.err == nil && class[r.peek()]&digit != 0 {
		if s.Part = append(s.Part, r.NZNumber()); len(s.Part) > MaxPartDepth {
			r.failWith(ErrTooBig, "a section with too many numbers")
		}
		if r.peek() == ']' {
			break
		}
		r.expect('.', "a dot")
		if class[r.peek()]&digit == 0 {
			r.sectionText(&s, numbersOnly)
			r.expect(']', "a closing bracket")
			return s
		}
	}
	if len(s.Part) == 0 && r.peek() != ']' {
		r.sectionText(&s, numbersOnly)
	}
	r.expect(']', "a closing bracket")
	return s
}

func (r *Reader) sectionText(s *Section, numbersOnly bool) {
	switch name := upper(r.run(atomChar, "a section")); {
	case r.err != nil:
	case numbersOnly:
		r.fail("a section with other things than numbers")
	case name == "HEADER":
		s.Text = SectionHeader
	case name == "TEXT":
		s.Text = SectionBody
	case name == "MIME" && len(s.Part) > 0:
		s.Text = SectionMIME
	case name == "HEADER.FIELDS", name == "HEADER.FIELDS.NOT":
		if s.Text = SectionFields; name != "HEADER.FIELDS" {
			s.Text = SectionFieldsNot
		}
		r.Space()
		r.list(false, func() { s.Fields = append(s.Fields, r.fieldName()) })
	default:
		r.fail("an unknown section")
	}
}

// fieldName reads the name of a header field, RFC 5322 section 2.2.
func (r *Reader) fieldName() string {
	s := r.Astring()
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == ':' || s[i] >= 0x7f {
			r.fail("a name that no header field has")
			return ""
		}
	}
	if s == "" {
		r.fail("an empty name of a header field")
	}
	return s
}

// span reads <offset.count> if it is there.
func (r *Reader) span() *Span {
	if !r.accept('<') {
		return nil
	}
	var s Span
	s.Offset = r.Number64()
	r.expect('.', "a dot")
	if s.Count = r.Number64(); s.Count == 0 {
		r.fail("a count of zero")
	}
	r.expect('>', "a closing bracket")
	return &s
}

// ParseSection reads a section as a URL has it, without brackets: 1.2, 1.MIME, HEADER.FIELDS (SUBJECT).
func ParseSection(text string) (Section, error) {
	r := NewReader(strings.NewReader("["+text+"]\r\n"), Limits{})
	r.begin()
	s := r.section(false)
	return s, r.End()
}
