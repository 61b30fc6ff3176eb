package calendar

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// An Object is what one UID names: an event, task or note, with the occurrences of it that differ. It is a VCALENDAR
// of its own, with the zones that it uses and whatever else its file said. RFC 4791, section 4.1.
//
// An Object is not safe for use by several goroutines while one of them changes it.
type Object struct {
	calendar *Component
	zones    *ZoneSet
	sought   int // work done to find single occurrences, see maxSought
}

// NewObject makes an object with an empty master of that kind, such as [VEvent].
func NewObject(kind, uid string) *Object {
	c := NewComponent(VCalendar)
	c.Add(NewProperty("VERSION", "2.0"))
	c.Add(NewProperty("PRODID", ProductID))
	master := NewComponent(kind)
	master.Add(NewText("UID", uid))
	c.AddChild(master)
	return &Object{calendar: c}
}

// ProductID names this program in what it writes. RFC 5545, section 3.7.3.
const ProductID = "-//Gannet//Calendar//EN"

// ReadObject reads an input that holds one object, as a client or a message brings it. The error wraps [ErrUnclear].
func ReadObject(text string) (*Object, []Problem, error) {
	f, err := Decode(strings.NewReader(text), ObjectLimits)
	if err != nil {
		return nil, nil, err
	}
	objects := f.Objects()
	switch len(objects) {
	case 1:
		return objects[0], f.Problems, nil
	case 0:
		return nil, f.Problems, unclear("no event, task or note")
	}
	return nil, f.Problems, unclear("%d objects instead of one", len(objects))
}

// isObject says which components are objects.
func isObject(kind string) bool {
	return kind == VEvent || kind == VTodo || kind == VJournal || kind == VFreeBusy
}

// Objects sorts what the file holds by UID, in the order in which they first come. Components without UID are objects
// of their own.
func (f *File) Objects() []*Object {
	var objects []*Object
	for _, c := range f.Calendars {
		objects = append(objects, objectsOf(c)...)
	}
	return objects
}

func objectsOf(c *Component) []*Object {
	var order []string
	members := map[string][]*Component{}
	lone := 0
	for child := range c.Children("") {
		if !isObject(child.name) {
			continue
		}
		key := child.name + "\x00" + child.Text("UID")
		if strings.HasSuffix(key, "\x00") {
			lone++
			key += strings.Repeat("\x00", lone%1000) + child.Text("SUMMARY") + child.Text("DTSTART")
		}
		if _, known := members[key]; !known {
			order = append(order, key)
		}
		members[key] = append(members[key], child)
	}
	definitions := map[string]*Component{}
	for z := range c.Children(VTimezone) {
		if id := z.Text("TZID"); definitions[id] == nil {
			definitions[id] = z
		}
	}
	var objects []*Object
	for _, key := range order {
		o := &Object{calendar: headOf(c)}
		for _, id := range tzidsOf(members[key]) {
			if z := definitions[id]; z != nil {
				o.calendar.AddChild(z)
			}
		}
		for _, member := range members[key] {
			o.calendar.AddChild(member)
		}
		objects = append(objects, o)
	}
	return objects
}

// headOf is a calendar without components.
func headOf(c *Component) *Component {
	head := NewComponent(VCalendar)
	for p := range c.Properties() {
		head.items = append(head.items, item{prop: p})
	}
	if head.Get("VERSION") == nil {
		head.items = slices.Insert(head.items, 0, item{prop: NewProperty("VERSION", "2.0")})
	}
	if head.Get("PRODID") == nil {
		head.Add(NewProperty("PRODID", ProductID))
	}
	return head
}

// tzidsOf lists the zones that components name, each once, in their order.
func tzidsOf(list []*Component) []string {
	var ids []string
	seen := map[string]bool{"": true}
	for _, c := range list {
		ids = appendTZIDs(ids, seen, c)
	}
	return ids
}

func appendTZIDs(ids []string, seen map[string]bool, c *Component) []string {
	for p := range c.Properties() {
		if id := p.Param("TZID"); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for child := range c.Children("") {
		ids = appendTZIDs(ids, seen, child)
	}
	return ids
}

// Calendar is the VCALENDAR with everything in it. What is changed there must leave one UID.
func (o *Object) Calendar() *Component { return o.calendar }

// Bytes is the object as it is stored and sent.
func (o *Object) Bytes() []byte { return o.calendar.Bytes() }

// Clone returns a copy that shares nothing that can change.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	return &Object{calendar: o.calendar.Clone(), sought: o.sought}
}

// Equal reports whether two objects say the same in the same order.
func (o *Object) Equal(p *Object) bool {
	if o == nil || p == nil {
		return o == p
	}
	return o.calendar.Equal(p.calendar)
}

// Method is the iTIP method, in upper case; "" of a stored object. RFC 5546, section 1.4.
func (o *Object) Method() string { return strings.ToUpper(o.calendar.Text("METHOD")) }

// SetMethod sets the method; "" removes it.
func (o *Object) SetMethod(method string) { o.calendar.SetText("METHOD", method) }

// Components yields the master, if it is there, and the overrides, in the order of the file.
func (o *Object) Components() iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for c := range o.calendar.Children("") {
			if isObject(c.name) && !yield(c) {
				return
			}
		}
	}
}

// Kind is the name of the object's components, such as [VEvent].
func (o *Object) Kind() string { return o.first().name }

// UID is the name that all components share. RFC 5545, section 3.8.4.7.
func (o *Object) UID() string { return o.first().Text("UID") }

// first is any component, an empty one if there is none.
func (o *Object) first() *Component {
	for c := range o.Components() {
		return c
	}
	return &Component{}
}

// Master is the component without RECURRENCE-ID; nil if there are only single occurrences of a series, as someone has
// who was invited to these alone. Of several the one with the highest SEQUENCE, then the latest DTSTAMP, counts.
func (o *Object) Master() *Component {
	var master *Component
	for c := range o.Components() {
		if c.Get("RECURRENCE-ID") == nil && (master == nil || newer(c, master)) {
			master = c
		}
	}
	return master
}

// newer reports whether a was said after b. RFC 5546, section 2.1.5.
func newer(a, b *Component) bool {
	if sa, sb := a.Sequence(), b.Sequence(); sa != sb {
		return sa > sb
	}
	return a.Stamp().After(b.Stamp())
}

// Overrides are the components with RECURRENCE-ID, in the order of the file.
func (o *Object) Overrides() []*Component {
	var list []*Component
	for c := range o.Components() {
		if c.Get("RECURRENCE-ID") != nil {
			list = append(list, c)
		}
	}
	return list
}

// Override returns the component of one occurrence, given by its original start; nil if it does not differ.
func (o *Object) Override(id Moment) *Component {
	key := o.key(id)
	for _, c := range o.Overrides() {
		if m, ok := c.Get("RECURRENCE-ID").Moment(); ok && o.key(m) == key {
			return c
		}
	}
	return nil
}

// key tells occurrences apart: by instant, days and floating times by what a clock shows.
func (o *Object) key(m Moment) int64 {
	if at, _, err := o.Zones().Resolve(m, nil); err == nil {
		return at.Unix()
	}
	return m.Wall.Unix()
}

// Add puts a component behind the others.
func (o *Object) Add(c *Component) { o.calendar.AddChild(c) }

// Remove takes out a component, which is found by identity.
func (o *Object) Remove(c *Component) {
	o.calendar.RemoveChildren(func(d *Component) bool { return c == d })
}

// Zones finds the zones that the object names. It holds for the zones that the object defined when it was first
// called.
func (o *Object) Zones() *ZoneSet {
	if o.zones == nil {
		o.zones = newZoneSet(o.calendar)
	}
	return o.zones
}

// Resolve returns the instant of a moment in the object, and its zone: in for days and floating times, nil for UTC.
// The error wraps [ErrUnclear] if the zone is not known.
func (o *Object) Resolve(m Moment, in *Zone) (time.Time, *Zone, error) {
	return o.Zones().Resolve(m, in)
}
