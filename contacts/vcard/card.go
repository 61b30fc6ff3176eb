package vcard

import (
	"iter"
	"slices"
	"strings"
)

// A Card is one person, organization or group. It is not safe for use by several goroutines while one of them changes
// it.
type Card struct {
	fields []*Field // without BEGIN, VERSION and END
}

// New makes a card with a UID.
func New(uid string) *Card {
	c := &Card{}
	c.Add(NewText("UID", uid))
	return c
}

// Fields yields all fields in their order.
func (c *Card) Fields() iter.Seq[*Field] { return slices.Values(c.fields) }

// All yields the fields of a name, given in upper case, those that are preferred first. RFC 6350, section 5.3.
func (c *Card) All(name string) []*Field {
	var list []*Field
	for _, f := range c.fields {
		if f.name == name {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b *Field) int { return preference(a) - preference(b) })
	return list
}

// preference is PREF, from 1; what says nothing comes last.
func preference(f *Field) int {
	n, least := 0, 101
	for _, c := range f.Param("PREF") {
		if c < '0' || c > '9' || n > 100 {
			return least
		}
		n = n*10 + int(c-'0')
	}
	if n < 1 || n > 100 {
		return least
	}
	return n
}

// Get returns the first of [Card.All], nil if there is none.
func (c *Card) Get(name string) *Field {
	if list := c.All(name); len(list) > 0 {
		return list[0]
	}
	return nil
}

// Text is the text of the first field of a name.
func (c *Card) Text(name string) string {
	if f := c.Get(name); f != nil {
		return f.Text()
	}
	return ""
}

// UID is what names the card.
func (c *Card) UID() string { return strings.TrimSpace(c.Text("UID")) }

// Add puts a field behind the others.
func (c *Card) Add(f *Field) { c.fields = append(c.fields, f) }

// Set puts a field in the place of the first of its name, and removes the others of that name; one with an empty value
// removes them all. The same value and parameters leave the card as it is.
func (c *Card) Set(f *Field) {
	first := -1
	c.fields = slices.DeleteFunc(c.fields, func(g *Field) bool {
		if g.name != f.name {
			return false
		}
		if first < 0 && f.field.Value != "" {
			first = 0
			return false
		}
		return true
	})
	if f.field.Value == "" {
		return
	}
	if i := slices.IndexFunc(c.fields, func(g *Field) bool { return g.name == f.name }); i >= 0 {
		if c.fields[i].field.Value != f.field.Value || len(f.order) > 0 {
			c.fields[i] = f
		}
		return
	}
	c.Add(f)
}

// SetText is Set of a text.
func (c *Card) SetText(name, text string) { c.Set(NewText(name, text)) }

// Replace puts q in the place of f, which is found by identity; a nil q removes it.
func (c *Card) Replace(f, q *Field) {
	i := slices.Index(c.fields, f)
	switch {
	case i < 0:
	case q == nil:
		c.fields = slices.Delete(c.fields, i, i+1)
	default:
		c.fields[i] = q
	}
}

// Remove takes away the fields of those names.
func (c *Card) Remove(names ...string) {
	c.fields = slices.DeleteFunc(c.fields, func(f *Field) bool { return slices.Contains(names, f.name) })
}

// Clone returns a copy that can be changed by itself.
func (c *Card) Clone() *Card { return &Card{fields: slices.Clone(c.fields)} }
