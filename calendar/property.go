package calendar

import (
	"slices"
	"strings"

	"github.com/emersion/go-ical"
)

// A Property is one content line: a name, parameters and a value. It never changes: the With methods return another
// one, so that objects may share properties. RFC 5545, section 3.1.
type Property struct {
	prop    ical.Prop // parameter names in upper case
	order   []string  // of the parameters
	content string    // the line as read, unfolded; empty: it is to be written anew
	raw     string    // the line as read, with its folds, if it may be written so
	line    int       // where it was read; 0: it was not
}

// NewProperty makes a property with a value as it stands on the line, which means escaped if it is text. params are
// names and values by turns.
func NewProperty(name, value string, params ...string) *Property {
	p := &Property{prop: ical.Prop{Name: strings.ToUpper(name), Value: value}}
	for i := 0; i+1 < len(params); i += 2 {
		p.setParam(params[i], params[i+1:i+2])
	}
	return p
}

// NewText makes a property of a text. RFC 5545, section 3.3.11.
func NewText(name, text string, params ...string) *Property {
	return NewProperty(name, escapeText(text), params...)
}

// Name is the name in upper case.
func (p *Property) Name() string { return p.prop.Name }

// Value is the value as it stands on the line, unfolded.
func (p *Property) Value() string { return p.prop.Value }

// Text is the value with the escapes of TEXT undone and without spaces around it.
func (p *Property) Text() string { return strings.TrimSpace(unescape(p.prop.Value)) }

// Line is the number of the line on which the property was read, from 1; 0 for one that was made here.
func (p *Property) Line() int { return p.line }

// Param returns a parameter, "" if it is not there. One with several values is returned with commas between them.
func (p *Property) Param(name string) string {
	switch values := p.prop.Params[name]; len(values) {
	case 0:
		return ""
	case 1:
		return values[0]
	default:
		return strings.Join(values, ",")
	}
}

// ParamValues returns the values of a parameter such as MEMBER. The slice is not to be changed.
func (p *Property) ParamValues(name string) []string { return p.prop.Params[name] }

// Params returns the names of the parameters in their order. The slice is not to be changed.
func (p *Property) Params() []string { return p.order }

// WithValue returns the property with another value and the same parameters.
func (p *Property) WithValue(value string) *Property {
	q := p.copied()
	q.prop.Value = value
	return q
}

// WithParam returns the property with a parameter set; without values it is removed.
func (p *Property) WithParam(name string, values ...string) *Property {
	name = strings.ToUpper(name)
	if slices.Equal(p.prop.Params[name], values) {
		return p
	}
	q := p.copied()
	q.setParam(name, values)
	return q
}

// copied is a property that may be changed.
func (p *Property) copied() *Property {
	q := &Property{prop: ical.Prop{Name: p.prop.Name, Value: p.prop.Value}, order: slices.Clone(p.order)}
	if len(p.prop.Params) > 0 {
		q.prop.Params = make(ical.Params, len(p.prop.Params))
		for name, values := range p.prop.Params {
			q.prop.Params[name] = values
		}
	}
	return q
}

func (p *Property) setParam(name string, values []string) {
	name = strings.ToUpper(name)
	_, known := p.prop.Params[name]
	switch {
	case len(values) == 0:
		delete(p.prop.Params, name)
		p.order = slices.DeleteFunc(p.order, func(s string) bool { return s == name })
		return
	case !known:
		p.order = append(p.order, name)
	}
	if p.prop.Params == nil {
		p.prop.Params = ical.Params{}
	}
	p.prop.Params[name] = values
}

// Equal reports whether two properties say the same: name, parameters in any order, and value.
func (p *Property) Equal(q *Property) bool {
	if p == nil || q == nil {
		return p == q
	}
	if p.prop.Name != q.prop.Name || p.prop.Value != q.prop.Value || len(p.prop.Params) != len(q.prop.Params) {
		return false
	}
	for name, values := range p.prop.Params {
		if !slices.Equal(values, q.prop.Params[name]) {
			return false
		}
	}
	return true
}

// escapeText writes a text as TEXT. RFC 5545, section 3.3.11.
func escapeText(s string) string {
	if !strings.ContainsAny(s, "\\;,\n\r") {
		return s
	}
	return textEscapes.Replace(s)
}

var textEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// splitText splits a list of TEXT at its commas and undoes the escapes.
func splitText(s string) []string {
	var all []string
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] == '\\' {
			i++
			continue
		}
		if i >= len(s) || s[i] == ',' {
			if one := strings.TrimSpace(unescape(s[start:min(i, len(s))])); one != "" {
				all = append(all, one)
			}
			start = i + 1
		}
	}
	return all
}

// joinText writes a list of TEXT.
func joinText(list []string) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(escapeText(s))
	}
	return b.String()
}

// unescapeParam undoes the escapes of parameter values. RFC 6868, section 3.1.
func unescapeParam(s string) string {
	if !strings.Contains(s, "^") {
		return s
	}
	return paramUnescapes.Replace(s)
}

// escapeParam writes what a parameter value may not hold. RFC 6868, section 3.1. Control characters are left out.
func escapeParam(s string) string {
	return strings.Trim(withoutControls(paramEscapes.Replace(s)), " \t")
}

var (
	paramUnescapes = strings.NewReplacer("^n", "\n", "^N", "\n", "^'", `"`, "^^", "^")
	paramEscapes   = strings.NewReplacer("^", "^^", "\r\n", "^n", "\n", "^n", `"`, "^'")
)

// withoutControls leaves out what no content line may hold.
func withoutControls(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
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

// unescape undoes the escapes of TEXT. RFC 5545, section 3.3.11.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n', 'N':
			b.WriteByte('\n')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
