package vcard

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-vcard"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// utf8Text makes text of the bytes of a file, and says what had to be done for it.
func utf8Text(raw []byte) (text, mended string) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xEF\xBB\xBF")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")), bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		if wide, err := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Bytes(raw); err == nil {
			return string(wide), "UTF-16"
		}
	}
	if utf8.Valid(raw) {
		return string(raw), ""
	}
	latin, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD"), "bytes that are no text"
	}
	return string(latin), "not UTF-8; read as Windows-1252"
}

// A contentLine is a line without folds.
type contentLine struct {
	text   string
	number int // of its first line, from 1
}

// A lineReader cuts text into content lines.
type lineReader struct {
	rest   string
	number int
}

// physical returns the next line of the text.
func (l *lineReader) physical() (string, bool) {
	if l.rest == "" {
		return "", false
	}
	l.number++
	i := strings.IndexAny(l.rest, "\r\n")
	if i < 0 {
		line := l.rest
		l.rest = ""
		return line, true
	}
	line, after := l.rest[:i], i+1
	if l.rest[i] == '\r' && after < len(l.rest) && l.rest[after] == '\n' {
		after++
	}
	l.rest = l.rest[after:]
	return line, true
}

// next returns the next content line: with what was folded behind it, and with the lines that a soft line break of
// quoted-printable asks for.
func (l *lineReader) next() (contentLine, bool) {
	line, ok := l.physical()
	if !ok {
		return contentLine{}, false
	}
	out := contentLine{number: l.number}
	parts := []string{line}
	soft := softBreaks(line)
	for {
		last := parts[len(parts)-1]
		switch {
		case soft && strings.HasSuffix(last, "="):
			parts[len(parts)-1] = last[:len(last)-1]
		case len(l.rest) > 0 && (l.rest[0] == ' ' || l.rest[0] == '\t'):
			l.rest = l.rest[1:]
		default:
			out.text = strings.Join(parts, "")
			return out, true
		}
		if line, ok = l.physical(); !ok {
			out.text = strings.Join(parts, "")
			return out, true
		}
		parts = append(parts, line)
	}
}

// softBreaks reports whether a line begins a field in quoted-printable.
func softBreaks(line string) bool {
	head, _, ok := strings.Cut(line, ":")
	return ok && strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
}

// parseField reads a line. It reports false for one that is no field.
func parseField(line contentLine) (*Field, bool) {
	head, value, ok := cutOutside(line.text, ':')
	if !ok {
		return nil, false
	}
	name, params, _ := cutOutside(head, ';')
	group, rest, grouped := strings.Cut(name, ".")
	if grouped {
		name = rest
	} else {
		group = ""
	}
	name = strings.ToUpper(strings.TrimSpace(name))
	if name == "" || strings.ContainsFunc(name, notNameRune) {
		return nil, false
	}
	f := &Field{name: name, field: vcard.Field{Group: strings.TrimSpace(group), Value: value}, raw: clean(line.text), line: line.number}
	f.field.Value = clean(value)
	for params != "" {
		var one string
		one, params, _ = cutOutside(params, ';')
		f.addParam(one)
	}
	return f, true
}

func notNameRune(r rune) bool {
	return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// clean drops control characters, which a card cannot hold.
func clean(s string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, s)
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }

// addParam reads a parameter: NAME=value,value; in 2.1 also a bare value.
func (f *Field) addParam(s string) {
	name, value, named := cutOutside(s, '=')
	if !named {
		name, value = bareParam(s), s
	}
	name = strings.ToUpper(strings.TrimSpace(name))
	if name == "" {
		return
	}
	if f.field.Params == nil {
		f.field.Params = vcard.Params{}
	}
	if _, known := f.field.Params[name]; !known {
		f.order = append(f.order, name)
	}
	for more := true; more; {
		var one string
		one, value, more = cutOutside(value, ',')
		f.field.Params[name] = append(f.field.Params[name], unquoted(one))
	}
}

// bareParam is the name of the parameter whose value stands alone. vCard 2.1, Property Parameters.
func bareParam(value string) string {
	switch strings.ToUpper(strings.TrimSpace(value)) {
	case "":
		return ""
	case "QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B":
		return "ENCODING"
	case "INLINE", "URL", "CID", "CONTENT-ID":
		return "VALUE"
	}
	return "TYPE"
}

// unquoted takes the quotes off a value of a parameter. RFC 6868.
func unquoted(v string) string {
	v = strings.Trim(strings.TrimSpace(v), `"`)
	if strings.IndexByte(v, '^') < 0 {
		return v
	}
	return uncaret.Replace(v)
}

var uncaret = strings.NewReplacer("^^", "^", "^n", "\n", "^N", "\n", "^'", `"`)

// cutOutside cuts at the first b that is not between quotes.
func cutOutside(s string, b byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == b && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	if quoted && strings.IndexByte(s, b) >= 0 { // a lone quote quotes nothing
		return strings.Cut(s, string(b))
	}
	return s, "", false
}
