package calendar

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// internal begins the names of the properties and parameters that this program keeps in objects for itself.
const internal = "X-GANNET-"

// Outward is the object as other programs are given it: without what this program keeps in it for itself. It is the
// object if that has nothing of the kind.
func (o *Object) Outward() *Object {
	if !o.calendar.hasInternal() {
		return o
	}
	out := o.Clone()
	out.calendar.removeInternal()
	return out
}

func (c *Component) hasInternal() bool {
	return slices.ContainsFunc(c.items, func(it item) bool {
		return it.prop != nil && it.prop.internal() || it.child != nil && it.child.hasInternal()
	})
}

func (p *Property) internal() bool {
	return strings.HasPrefix(p.prop.Name, internal) || slices.ContainsFunc(p.order, isInternal)
}

func isInternal(name string) bool { return strings.HasPrefix(name, internal) }

func (c *Component) removeInternal() {
	c.items = slices.DeleteFunc(c.items, func(it item) bool { return it.prop != nil && isInternal(it.prop.prop.Name) })
	for i, it := range c.items {
		if it.child != nil {
			it.child.removeInternal()
			continue
		}
		for _, name := range it.prop.order {
			if isInternal(name) {
				c.items[i].prop = c.items[i].prop.WithParam(name)
			}
		}
	}
}

// SameOutward reports whether two objects are the same to other programs: their components, and the zones that these
// name. What program wrote their calendars does not matter.
func (o *Object) SameOutward(p *Object) bool {
	return slices.EqualFunc(o.outwardParts(), p.outwardParts(), (*Component).Equal)
}

// outwardParts are the zones that the object names, by the order in which it does, and its components.
func (o *Object) outwardParts() []*Component {
	o = o.Outward()
	components := slices.Collect(o.Components())
	var parts []*Component
	for _, id := range tzidsOf(components) {
		for z := range o.calendar.Children(VTimezone) {
			if z.Text("TZID") == id {
				parts = append(parts, z)
				break
			}
		}
	}
	return append(parts, components...)
}

// A Writer writes objects as one calendar, as other programs are given them. Each zone stands in it once, before the
// first object that names it; where two objects have different zones of one name, the second gets another name.
type Writer struct {
	w     *bufio.Writer
	zones map[string]map[string]string // by TZID, by what it says: under which TZID it is written
	taken map[string]bool
}

// NewWriter begins a calendar with a name for people, "" for none.
func NewWriter(w io.Writer, name string) (*Writer, error) {
	out := &Writer{w: bufio.NewWriter(w), zones: map[string]map[string]string{}, taken: map[string]bool{}}
	head := NewComponent(VCalendar)
	head.Add(NewProperty("VERSION", "2.0"))
	head.Add(NewProperty("PRODID", ProductID))
	if name != "" {
		head.Add(NewText("X-WR-CALNAME", name))
	}
	return out, out.text(strings.TrimSuffix(string(head.Bytes()), calendarEnd))
}

const calendarEnd = "END:" + VCalendar + "\r\n"

func (w *Writer) text(s string) error {
	if _, err := w.w.WriteString(s); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}

// Write writes an object.
func (w *Writer) Write(o *Object) error {
	var renamed map[string]string
	parts := o.outwardParts()
	for _, c := range parts {
		if c.name != VTimezone {
			continue
		}
		id := c.Text("TZID")
		written, err := w.zone(id, c)
		if err != nil {
			return err
		}
		if written != id {
			if renamed == nil {
				renamed = map[string]string{}
			}
			renamed[id] = written
		}
	}
	for _, c := range parts {
		if c.name == VTimezone {
			continue
		}
		if renamed != nil {
			c = c.Clone()
			c.renameZones(renamed)
		}
		if err := w.text(string(c.Bytes())); err != nil {
			return err
		}
	}
	return nil
}

// zone writes a zone, unless it is there, and returns the TZID under which it is.
func (w *Writer) zone(id string, c *Component) (string, error) {
	says := string(c.Bytes())
	if known, ok := w.zones[id][says]; ok {
		return known, nil
	}
	name := id
	for n := 2; w.taken[name]; n++ {
		name = fmt.Sprintf("%s (%d)", id, n)
	}
	if w.zones[id] == nil {
		w.zones[id] = map[string]string{}
	}
	w.taken[name], w.zones[id][says] = true, name
	if name != id {
		c = c.Clone()
		c.SetText("TZID", name)
		says = string(c.Bytes())
	}
	return name, w.text(says)
}

// renameZones puts other TZIDs in the place of those of the component and of what is in it.
func (c *Component) renameZones(to map[string]string) {
	for i, it := range c.items {
		if it.child != nil {
			it.child.renameZones(to)
		} else if name := to[it.prop.Param("TZID")]; name != "" {
			c.items[i].prop = it.prop.WithParam("TZID", name)
		}
	}
}

// Close ends the calendar. It does not close what it was written into.
func (w *Writer) Close() error {
	if err := w.text(calendarEnd); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}
