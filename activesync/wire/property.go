package wire

import (
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// A Property is what a device says of one property of an event, a card, a task or a note: text, or further
// properties. An empty one takes the value away.
type Property struct {
	Tag      wbxml.Tag
	Text     string     `json:",omitempty"`
	Children []Property `json:",omitempty"`
	Content  *Content   `json:",omitempty"` // of a file, instead of Text
}

// Bounds of the properties of one item.
const (
	maxObjectProperties = 5000 // in all levels together
	maxPropertyDepth    = 8
	maxPropertyText     = 256 << 10 // bytes of one: a photo is the longest
)

// Find returns the last of the properties with a tag, nil if there is none.
func Find(list []Property, tag wbxml.Tag) *Property {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Tag == tag {
			return &list[i]
		}
	}
	return nil
}

// isObjectProperty reports whether the element belongs to an event, a card, a task or a note. Bodies and files, which
// stand beside, are read as those of drafts. MS-ASCAL, MS-ASCNTC, MS-ASTASK, MS-ASNOTE.
func isObjectProperty(tag wbxml.Tag) bool {
	switch tag.Page() {
	case wbxml.ContactsFileAs.Page(), wbxml.Contacts2NickName.Page(), wbxml.CalendarSubject.Page(), wbxml.TasksSubject.Page(), wbxml.NotesSubject.Page():
		return true
	}
	return tag == wbxml.AirSyncBaseLocation
}

// objectProperty reads the element that is open, with all that is in it, and leaves it.
func (r *reader) objectProperty(m *SyncCommand, into *[]Property, tag wbxml.Tag, depth int) error {
	if m.properties++; m.properties > maxObjectProperties || depth > maxPropertyDepth {
		return r.fail("too many properties")
	}
	p := Property{Tag: tag}
	if tag == wbxml.AirSyncBaseContent {
		p.Content = &Content{}
		err := r.keep(p.Content)
		*into = append(*into, p)
		return err
	}
	for outside := r.depth - 1; r.depth > outside; {
		tok, err := r.next()
		switch {
		case err != nil:
			return err
		case tok.Kind == wbxml.Start:
			err = r.objectProperty(m, &p.Children, tok.Tag, depth+1)
		case tok.Kind != wbxml.End:
			err = r.propertyText(&p)
		}
		if err != nil {
			return err
		}
	}
	*into = append(*into, p)
	return nil
}

// propertyText adds the text that the last token brought.
func (r *reader) propertyText(p *Property) error {
	room := maxPropertyText - len(p.Text)
	text, err := io.ReadAll(io.LimitReader(r.d.Value(), int64(room)+1))
	if err != nil {
		return err
	}
	if len(text) > room {
		return r.fail("property too long")
	}
	p.Text += string(text)
	return nil
}
