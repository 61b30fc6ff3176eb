package activesync

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// noteClass are notes: journal entries without a date, as VJOURNAL. MS-ASNOTE.
type noteClass struct{}

// noteKind is the property that keeps the MessageClass of a note that is of a special kind.
const noteKind = "X-GANNET-NOTE-CLASS"

func (noteClass) show(raw []byte, f objectForm) (objectData, error) {
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return nil, err
	}
	c := masterOf(o)
	text := textOf(c)
	modified := c.LastModified()
	if modified.IsZero() {
		modified = c.Stamp()
	}
	return &wire.Note{
		Subject: c.Summary(), Body: text.body(f), Class: c.Text(noteKind), Modified: modified, Categories: c.Categories(),
	}, nil
}

func (noteClass) blank(f objectForm) objectData {
	return &wire.Note{Subject: "?", Body: objectText{plain: unshown}.body(f), Modified: f.now}
}

// unshown is what stands in an object that cannot be shown.
const unshown = "This item cannot be shown on this device. It is whole on the server."

func (noteClass) change(old []byte, c objectCommand) (objectChange, error) {
	if c.Op == wire.SyncDelete {
		return objectChange{}, nil
	}
	said, err := wire.ReadNote(c.Properties)
	if err != nil {
		return objectChange{}, fail(syncConversion, err)
	}
	o, err := objectToChange(old, calendar.VJournal, &c)
	if err != nil {
		return objectChange{}, err
	}
	before := o.Clone()
	m := masterOf(o)
	if said.Subject != nil && strings.TrimSpace(*said.Subject) != strings.TrimSpace(m.Summary()) {
		m.SetSummary(strings.TrimSpace(*said.Subject))
	}
	if said.Categories != nil && !slices.Equal(*said.Categories, m.Categories()) {
		m.SetCategories(*said.Categories)
	}
	if said.Class != nil {
		kind := *said.Class
		if strings.EqualFold(kind, "IPM.StickyNote") {
			kind = ""
		}
		m.SetText(noteKind, kind)
	}
	text, told, err := c.readText(nil)
	if err != nil {
		return objectChange{}, err
	}
	if told && !c.sameText(text, textOf(m)) {
		setText(m, text)
	}
	if old != nil && before.Equal(o) {
		return objectChange{raw: old}, nil
	}
	m.SetLastModified(c.now)
	m.SetStamp(c.now)
	return objectChange{raw: o.Bytes()}, nil
}

func (noteClass) ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	return calendar.Ingest(ctx, st, raw)
}

// objectToChange reads the object that a command changes, or makes a new one.
func objectToChange(old []byte, kind string, c *objectCommand) (*calendar.Object, error) {
	if old != nil {
		o, _, err := calendar.ReadObject(string(old))
		return o, err
	}
	o := calendar.NewObject(kind, newUID())
	o.Master().SetCreated(c.now)
	return o, nil
}

// newUID makes the name of a new object. RFC 7986, section 5.3: one that tells nothing.
func newUID() string { return strings.ToLower(rand.Text()) }

// masterOf is the component that stands for the whole object: of a single occurrence that one.
func masterOf(o *calendar.Object) *calendar.Component {
	if m := o.Master(); m != nil {
		return m
	}
	for c := range o.Components() {
		return c
	}
	return calendar.NewComponent(o.Kind())
}

// htmlText is the property that clients keep the text of an object in as HTML.
const htmlText = "X-ALT-DESC"

// textOf is the text of a component.
func textOf(c *calendar.Component) objectText {
	t := objectText{plain: c.Text("DESCRIPTION")}
	for p := range c.All(htmlText) {
		if strings.EqualFold(p.Param("FMTTYPE"), "text/html") {
			t.html = p.Text()
		}
	}
	return t
}

// setText gives a component another text.
func setText(c *calendar.Component, t objectText) {
	c.SetText("DESCRIPTION", strings.ReplaceAll(t.plain, "\r\n", "\n"))
	c.Remove(htmlText)
	if t.html != "" {
		c.Add(calendar.NewText(htmlText, t.html).WithParam("FMTTYPE", "text/html"))
	}
}
