package vcard

import (
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-vcard"
)

// parseField reads a line. It reports false for one that is no field; charset says that the bytes were in another
// charset than UTF-8 without saying in which.
func parseField(line contentLine) (f *Field, charset, ok bool) {
	head, value, ok := cutOutside(line.text, ':')
	if !ok {
		return nil, false, false
	}
	if !utf8.ValidString(head) {
		head, charset = windows(head), true
	}
	spelled, params, _ := cutOutside(head, ';')
	name, group := spelled, ""
	if before, after, grouped := strings.Cut(spelled, "."); grouped {
		name, group = after, before
	}
	name = strings.ToUpper(strings.TrimSpace(name))
	group = strings.TrimSpace(group)
	if name == "" || strings.ContainsFunc(name, notNameRune) || strings.ContainsFunc(strings.ToUpper(group), notNameRune) {
		return nil, charset, false
	}
	f = &Field{name: name, field: vcard.Field{Group: group, Value: value}, raw: line.source, line: line.number}
	if spelled != strings.TrimSpace(spelled) || charset || strings.ContainsFunc(head, isControl) || strings.Count(head, `"`)%2 == 1 {
		f.raw = ""
	}
	for params != "" {
		var one string
		one, params, _ = cutOutside(params, ';')
		f.addParam(clean(one))
	}
	return f, f.settle() || charset, true
}

func notNameRune(r rune) bool {
	return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// settle makes UTF-8 without control characters of the value. It reports whether the charset had to be guessed.
func (f *Field) settle() (guessed bool) {
	value := f.field.Value
	if foreign(value) {
		text, ok := inCharset(f.Param("CHARSET"), value)
		switch {
		case ok:
			value = text
		case !utf8.ValidString(value):
			value, guessed = windows(value), true
		}
	}
	f.field.Value = clean(value)
	if foreign(f.raw) || !foldsWhole(f.raw) || strings.ContainsFunc(f.raw, isUnfoldable) {
		f.raw = ""
	}
	return guessed
}

// isUnfoldable reports whether a character cannot stand in a card, line ends left aside.
func isUnfoldable(r rune) bool { return isControl(r) && r != '\r' && r != '\n' }

// foldsWhole reports whether all lines of a text are whole characters.
func foldsWhole(s string) bool {
	for line := range strings.SplitSeq(s, "\r\n") {
		if !utf8.ValidString(line) {
			return false
		}
	}
	return true
}

// addParam reads a parameter: NAME=value,value; in 2.1 also a bare value.
func (f *Field) addParam(s string) {
	name, value, named := cutOutside(s, '=')
	if !named {
		name, value = bareParam(s), s
		f.raw = ""
	}
	spelled := name
	if name = strings.ToUpper(strings.TrimSpace(name)); name == "" || strings.ContainsFunc(name, notNameRune) {
		f.raw = "" // it is dropped
		return
	}
	if strings.TrimSpace(spelled) != spelled {
		f.raw = ""
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
	v = strings.ReplaceAll(strings.TrimSpace(v), `"`, "")
	if strings.IndexByte(v, '^') < 0 {
		return v
	}
	return uncaret.Replace(v)
}

var uncaret = strings.NewReplacer("^^", "^", "^n", "\n", "^N", "\n", "^'", `"`)
