package vcard

import (
	"slices"
	"strings"

	"github.com/emersion/go-vcard"
)

// A Field is one property of a card. RFC 6350, section 3.3.
type Field struct {
	name  string // in upper case
	field vcard.Field
	order []string // names of the parameters, as they came
	raw   string   // as it was read, with its folds; empty: it has changed, or is new
	line  int
}

// NewField makes a field of a value that is escaped already.
func NewField(name, value string) *Field {
	return &Field{name: strings.ToUpper(name), field: vcard.Field{Value: value}}
}

// NewText makes a field of a text.
func NewText(name, text string) *Field { return NewField(name, Escape(text)) }

// NewList makes a field of several texts with commas between: CATEGORIES, NICKNAME.
func NewList(name string, texts ...string) *Field { return NewField(name, join(texts, ",")) }

// NewStructured makes a field of components with semicolons between: N, ADR, ORG. Empty ones at the end are left out
// but for one.
func NewStructured(name string, components ...string) *Field {
	return NewField(name, join(components, ";"))
}

func join(texts []string, between string) string {
	escaped := make([]string, len(texts))
	for i, t := range texts {
		escaped[i] = Escape(t)
	}
	return strings.Join(escaped, between)
}

// Name is the name in upper case.
func (f *Field) Name() string { return f.name }

// Group is what stands before the name with a dot: the fields of a group belong together. Empty: none.
func (f *Field) Group() string { return f.field.Group }

// Value is the value as it stands in the card.
func (f *Field) Value() string { return f.field.Value }

// Line is where the field was read, from 1; 0 if it was made.
func (f *Field) Line() int { return f.line }

// Text is the value as one text.
func (f *Field) Text() string { return Unescape(f.field.Value) }

// List are the texts of a value with commas between.
func (f *Field) List() []string { return split(f.field.Value, ',') }

// Components are the components of a structured value, at least n. Several values of a component have commas between.
func (f *Field) Components(n int) []string {
	list := split(f.field.Value, ';')
	for len(list) < n {
		list = append(list, "")
	}
	return list
}

// split cuts at a byte that is not escaped, and unescapes the pieces.
func split(s string, at byte) []string {
	list := cut(s, at)
	for i := range list {
		list[i] = Unescape(list[i])
	}
	return list
}

// cut cuts at a byte that is not escaped.
func cut(s string, at byte) []string {
	var list []string
	begin := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case at:
			list = append(list, s[begin:i])
			begin = i + 1
		}
	}
	return append(list, s[begin:])
}

// Param is the first value of a parameter, named in upper case.
func (f *Field) Param(name string) string {
	if list := f.field.Params[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// Params are all values of a parameter.
func (f *Field) Params(name string) []string { return f.field.Params[name] }

// Is reports whether a TYPE is among those of the field, in whatever case.
func (f *Field) Is(kind string) bool {
	return slices.ContainsFunc(f.field.Params["TYPE"], func(t string) bool { return strings.EqualFold(t, kind) })
}

// With returns the field with a parameter set; without values it is removed. Fields are not changed in place: With,
// WithValue and WithGroup return f itself where there is nothing to change.
func (f *Field) With(name string, values ...string) *Field {
	before, known := f.field.Params[name]
	if known == (len(values) > 0) && slices.Equal(before, values) {
		return f
	}
	g := f.copied()
	if len(values) == 0 {
		delete(g.field.Params, name)
		g.order = slices.DeleteFunc(g.order, func(n string) bool { return n == name })
		return g
	}
	if !known {
		g.order = append(g.order, name)
	}
	if g.field.Params == nil {
		g.field.Params = vcard.Params{}
	}
	g.field.Params[name] = slices.Clone(values)
	return g
}

// WithValue returns the field with another value, escaped already.
func (f *Field) WithValue(value string) *Field {
	if f.field.Value == value {
		return f
	}
	g := f.copied()
	g.field.Value = value
	return g
}

// WithGroup returns the field in a group, empty for none.
func (f *Field) WithGroup(group string) *Field {
	if f.field.Group == group {
		return f
	}
	g := f.copied()
	g.field.Group = group
	return g
}

// renamed returns the field under another name.
func (f *Field) renamed(name string) *Field {
	g := f.copied()
	g.name = name
	return g
}

// copied is a copy that is going to change.
func (f *Field) copied() *Field {
	g := &Field{name: f.name, field: vcard.Field{Group: f.field.Group, Value: f.field.Value}, order: slices.Clone(f.order), line: f.line}
	for name, values := range f.field.Params {
		if g.field.Params == nil {
			g.field.Params = vcard.Params{}
		}
		g.field.Params[name] = slices.Clone(values)
	}
	return g
}

// Escape makes a text a value: without controls, which a card cannot hold. RFC 6350, section 3.4.
func Escape(text string) string {
	return clean(escaper.Replace(text))
}

var escaper = strings.NewReplacer("\\", "\\\\", "\r\n", "\\n", "\n", "\\n", "\r", "\\n", ",", "\\,", ";", "\\;")

// Unescape makes a value a text. A backslash before what needs none stays.
func Unescape(value string) string {
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			b.WriteByte(value[i])
			continue
		}
		i++
		switch value[i] {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ',', ';', ':', '"':
			b.WriteByte(value[i])
		default:
			b.WriteByte('\\')
			b.WriteByte(value[i])
		}
	}
	return b.String()
}
