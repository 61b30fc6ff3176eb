package vcard

import (
	"strings"
)

// A contentLine is a line without folds.
type contentLine struct {
	text   string // bytes in whatever charset
	source string // with its folds, as it is to be written again
	number int    // of its first line, from 1
}

// A lineReader cuts text into content lines.
type lineReader struct {
	rest   string
	number int
	blank  bool // what a fold begins with belongs to the text: vCard 2.1, Delimiters
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
	parts, source := []string{line}, []string{line}
	soft := softBreaks(line)
	for {
		last := parts[len(parts)-1]
		folded := len(l.rest) > 0 && (l.rest[0] == ' ' || l.rest[0] == '\t')
		broken := soft && strings.HasSuffix(last, "=")
		if !folded && !broken {
			break
		}
		if line, ok = l.physical(); !ok {
			break
		}
		source = append(source, line)
		switch {
		case broken:
			parts[len(parts)-1] = last[:len(last)-1]
		case l.blank:
			line = " " + line[1:]
		default:
			line = line[1:]
		}
		parts = append(parts, line)
	}
	out.text, out.source = strings.Join(parts, ""), strings.Join(source, "\r\n")
	return out, true
}

// softBreaks reports whether a line begins a field in quoted-printable.
func softBreaks(line string) bool {
	head, _, ok := strings.Cut(line, ":")
	return ok && strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
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
