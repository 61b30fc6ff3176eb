package calendar

import (
	"iter"
	"slices"
	"strings"
)

// Names of components. RFC 5545, section 3.6.
const (
	VCalendar = "VCALENDAR"
	VEvent    = "VEVENT"
	VTodo     = "VTODO"
	VJournal  = "VJOURNAL"
	VFreeBusy = "VFREEBUSY"
	VTimezone = "VTIMEZONE"
	VAlarm    = "VALARM"
)

// A Component is what stands between BEGIN and END: properties and further components, in their order. RFC 5545,
// section 3.6. It is not safe for use by several goroutines while one of them changes it.
type Component struct {
	name  string
	items []item
	line  int // of its BEGIN in what was read; 0: it was not read
}

// An item is a property or a component: one of both is nil.
type item struct {
	prop  *Property
	child *Component
}

// NewComponent makes an empty component.
func NewComponent(name string) *Component { return &Component{name: strings.ToUpper(name)} }

// Name is the name in upper case.
func (c *Component) Name() string { return c.name }

// Properties yields all properties in their order.
func (c *Component) Properties() iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		for _, it := range c.items {
			if it.prop != nil && !yield(it.prop) {
				return
			}
		}
	}
}

// All yields the properties of a name, given in upper case.
func (c *Component) All(name string) iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		for _, it := range c.items {
			if it.prop != nil && it.prop.prop.Name == name && !yield(it.prop) {
				return
			}
		}
	}
}

// Get returns the first property of a name, given in upper case, nil if there is none.
func (c *Component) Get(name string) *Property {
	for _, it := range c.items {
		if it.prop != nil && it.prop.prop.Name == name {
			return it.prop
		}
	}
	return nil
}

// Text returns the text of the first property of a name, "" if there is none.
func (c *Component) Text(name string) string {
	if p := c.Get(name); p != nil {
		return p.Text()
	}
	return ""
}

// Children yields the components within, those of one name if name is not empty.
func (c *Component) Children(name string) iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for _, it := range c.items {
			if it.child != nil && (name == "" || it.child.name == name) && !yield(it.child) {
				return
			}
		}
	}
}

// Set puts p in the place of the first property of its name and removes the others. It keeps the one that is there if
// that says the same.
func (c *Component) Set(p *Property) {
	found := false
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		again := found && it.prop != nil && it.prop.prop.Name == p.prop.Name
		found = found || it.prop != nil && it.prop.prop.Name == p.prop.Name
		return again
	})
	switch old := c.Get(p.prop.Name); {
	case old == nil:
		c.Add(p)
	case !old.Equal(p):
		c.Replace(old, p)
	}
}

// SetText sets a property to a text and keeps its parameters; an empty text removes it.
func (c *Component) SetText(name, text string) {
	switch old := c.Get(name); {
	case text == "":
		c.Remove(name)
	case old == nil:
		c.Set(NewText(name, text))
	case old.Text() != text:
		c.Set(old.WithValue(escapeText(text)))
	}
}

// Add puts a property behind the others, before the components.
func (c *Component) Add(p *Property) {
	at := len(c.items)
	for at > 0 && c.items[at-1].child != nil {
		at--
	}
	c.items = slices.Insert(c.items, at, item{prop: p})
}

// Replace puts one property in the place of another, which is found by identity; q nil removes it.
func (c *Component) Replace(p, q *Property) {
	for i, it := range c.items {
		switch {
		case it.prop != p:
		case q == nil:
			c.items = slices.Delete(c.items, i, i+1)
			return
		default:
			c.items[i].prop = q
			return
		}
	}
}

// Remove removes all properties of these names.
func (c *Component) Remove(names ...string) {
	c.items = slices.DeleteFunc(c.items, func(it item) bool {
		return it.prop != nil && slices.Contains(names, it.prop.prop.Name)
	})
}

// AddChild puts a component behind everything else.
func (c *Component) AddChild(child *Component) { c.items = append(c.items, item{child: child}) }

// RemoveChildren removes the components within for which drop is true.
func (c *Component) RemoveChildren(drop func(*Component) bool) {
	c.items = slices.DeleteFunc(c.items, func(it item) bool { return it.child != nil && drop(it.child) })
}

// Clone returns a copy that shares nothing that can change.
func (c *Component) Clone() *Component {
	if c == nil {
		return nil
	}
	d := &Component{name: c.name, items: slices.Clone(c.items)}
	for i, it := range d.items {
		if it.child != nil {
			d.items[i].child = it.child.Clone()
		}
	}
	return d
}

// Equal reports whether two components say the same: the same properties and components in the same order.
func (c *Component) Equal(d *Component) bool {
	if c == nil || d == nil {
		return c == d
	}
	return c.name == d.name && slices.EqualFunc(c.items, d.items, func(a, b item) bool {
		return a.prop.Equal(b.prop) && a.child.Equal(b.child)
	})
}

// insertBeforeChildren puts items before the first component within.
func (c *Component) insertBeforeChildren(items []item) {
	at := slices.IndexFunc(c.items, func(it item) bool { return it.child != nil })
	if at < 0 {
		at = len(c.items)
	}
	c.items = slices.Insert(c.items, at, items...)
}
