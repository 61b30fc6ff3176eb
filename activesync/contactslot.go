package activesync

import (
	"maps"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/wbxml"
)

// A slotKind is something of which a card may have more than a device has places for: addresses and numbers.
//
// Which of them is in which place follows from the card alone: first come those that say it, by the parameter slotParam,
// then each goes by its types to the first free place that is its own, then what has no own place to one that is left.
// A device's change leaves everything else where the device knows it; only where that would not follow from the card by
// itself the card says it.
type slotKind struct {
	places []wbxml.Tag
	fields func(c *vcard.Card) []*vcard.Field // the preferred one first
	own    func(f *vcard.Field) []wbxml.Tag
	spare  func(f *vcard.Field) []wbxml.Tag // for what has no own place; nil: it stays on the server
	text   func(f *vcard.Field) string
	with   func(f *vcard.Field, text string) *vcard.Field
	fresh  func(place wbxml.Tag) *vcard.Field // an empty one
	moves  bool                               // a text that turns up in another place is the same field
}

// slotParam says in which place a device sees a field: the name of the element, or noSlot.
const (
	slotParam = "X-GANNET-SLOT"
	noSlot    = "none"
)

// slotName is how slotParam calls a place.
func slotName(tag wbxml.Tag) string {
	_, name, _ := strings.Cut(tag.String(), ":")
	return name
}

// assign returns which field is in which place.
func (k *slotKind) assign(c *vcard.Card) map[wbxml.Tag]*vcard.Field {
	at := make(map[wbxml.Tag]*vcard.Field)
	var open []*vcard.Field
	for _, f := range k.fields(c) {
		if strings.TrimSpace(k.text(f)) == "" {
			continue
		}
		name := f.Param(slotParam)
		i := slices.IndexFunc(k.places, func(tag wbxml.Tag) bool { return slotName(tag) == name })
		switch {
		case i >= 0 && at[k.places[i]] == nil:
			at[k.places[i]] = f
		case name != noSlot:
			open = append(open, f)
		}
	}
	open = putInto(at, open, k.own)
	if k.spare != nil {
		putInto(at, open, k.spare)
	}
	return at
}

// putInto puts fields into the first free of their places and returns those for which there is none.
func putInto(at map[wbxml.Tag]*vcard.Field, fields []*vcard.Field, places func(f *vcard.Field) []wbxml.Tag) (left []*vcard.Field) {
	for _, f := range fields {
		list := places(f)
		if i := slices.IndexFunc(list, func(tag wbxml.Tag) bool { return at[tag] == nil }); i >= 0 {
			at[list[i]] = f
		} else {
			left = append(left, f)
		}
	}
	return left
}

// change makes the places that are in want hold those texts; the others stay as they are.
func (k *slotKind) change(c *vcard.Card, want map[wbxml.Tag]string) {
	before := k.assign(c)
	is, pool := maps.Clone(before), map[wbxml.Tag]*vcard.Field{}
	var todo []wbxml.Tag
	for _, tag := range k.places {
		text, said := want[tag]
		f := before[tag]
		if !said || f != nil && oneLineOf(k, f) == text || f == nil && text == "" {
			continue
		}
		if f != nil {
			pool[tag] = f
			delete(is, tag)
		}
		if text != "" {
			todo = append(todo, tag)
		}
	}
	if k.moves {
		todo = slices.DeleteFunc(todo, func(tag wbxml.Tag) bool { return k.move(tag, want[tag], is, pool) })
	}
	for _, tag := range todo {
		if f := pool[tag]; f != nil {
			is[tag] = k.with(f, want[tag])
			c.Replace(f, is[tag])
			delete(pool, tag)
			continue
		}
		is[tag] = k.with(k.fresh(tag), want[tag])
		c.Add(is[tag])
	}
	for _, tag := range k.places {
		if f := pool[tag]; f != nil {
			contacts.Remove(c, f)
		}
	}
	k.hold(c, is)
}

// oneLineOf is the text of a field as a device knows it.
func oneLineOf(k *slotKind, f *vcard.Field) string { return strings.TrimSpace(singleLine(k.text(f))) }

// move puts the field with a text into another place.
func (k *slotKind) move(to wbxml.Tag, text string, is, pool map[wbxml.Tag]*vcard.Field) bool {
	for _, from := range k.places {
		if f := pool[from]; f != nil && oneLineOf(k, f) == text {
			is[to] = f
			delete(pool, from)
			return true
		}
	}
	return false
}

// hold makes sure that the fields are in those places, and no others are in any.
func (k *slotKind) hold(c *vcard.Card, is map[wbxml.Tag]*vcard.Field) {
	if maps.Equal(k.assign(c), is) {
		return
	}
	for _, tag := range k.places {
		if f := is[tag]; f != nil {
			is[tag] = f.With(slotParam, slotName(tag))
			c.Replace(f, is[tag])
		}
	}
	for _, f := range k.assign(c) {
		if !slices.Contains(slices.Collect(maps.Values(is)), f) {
			c.Replace(f, f.With(slotParam, noSlot))
		}
	}
	if len(k.assign(c)) > len(is) { // places that were freed by the step before
		k.hold(c, is)
	}
}

// slots changes what is in the places of a kind.
func (e *contactEdit) slots(k *slotKind) {
	want := map[wbxml.Tag]string{}
	for _, tag := range k.places {
		if text, ok := e.text(tag); ok {
			want[tag] = text
		}
	}
	if k.places[0] == wbxml.ContactsEmail1Address {
		for tag, text := range want {
			want[tag] = contacts.AddressOf(text)
		}
	}
	k.change(e.card, want)
}
