package activesync

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// contactClass are the cards of people, as vCard. MS-ASCNTC.
//
// A device sees what it has a place for: contacttext.go has the single properties, contactslot.go those of which there
// may be more than there are places. What it does not see stays as it is, and so does what it says just as it is.
type contactClass struct{}

func (contactClass) show(raw []byte, f objectForm) (objectData, error) {
	c, _, err := vcard.Read(string(raw))
	if err != nil {
		return nil, err
	}
	if f.recipient {
		return showRecipient(c), nil
	}
	return showContact(c, f), nil
}

func (contactClass) blank(f objectForm) objectData {
	return &wire.Contact{
		Texts: map[wbxml.Tag]string{wbxml.ContactsFileAs: "?", wbxml.ContactsLastName: "?"}, Body: objectText{plain: unshown}.body(f),
	}
}

func (contactClass) ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	return contacts.Ingest(ctx, st, raw)
}

// maxPicture is the longest photo, in bytes, that a device takes. MS-ASCNTC, Picture.
const maxPicture = wire.MaxContactPicture / 4 * 3

// showContact is what a device is told of a card.
func showContact(c *vcard.Card, f objectForm) *wire.Contact {
	out := &wire.Contact{Texts: contactTextsOf(c), Body: contactNotes(c).body(f)}
	if f.version < V120 && out.Body.Size == 0 {
		out.Body = nil
	}
	out.Birthday = showDate(c, contacts.Birthday, f)
	out.Anniversary = showDate(c, contacts.Anniversary, f)
	if list, _ := shownList(contacts.Categories(c)); len(list) > 0 {
		out.Categories = &list
	}
	if list, _ := shownList(contacts.Children(c)); len(list) > 0 {
		out.Children = &list
	}
	if photo := shownPicture(c); photo != nil {
		out.Picture = &photo
	}
	return out
}

// shownPicture is the photo as devices get it, nil if there is none that can be made small enough.
func shownPicture(c *vcard.Card) []byte {
	photo := contacts.Picture(c)
	if photo == nil {
		return nil
	}
	small, err := contacts.SmallPicture(photo, maxPicture)
	if err != nil {
		return nil
	}
	return small
}

// Bounds of Categories and Children. MS-ASCNTC, Categories, Children; longer texts a device could not send back.
const (
	maxContactList = 300
	maxContactWord = 255 // bytes
)

// shownList divides texts into those that a device is told and the others, which stay on the server.
func shownList(all []string) (shown, kept []string) {
	for _, text := range all {
		if len(shown) < maxContactList && len(text) <= maxContactWord && text != "" && !strings.ContainsAny(text, "\r\n") {
			shown = append(shown, text)
		} else {
			kept = append(kept, text)
		}
	}
	return shown, kept
}

// contactHTML is the property that keeps the notes as HTML, for as long as they say the same.
const contactHTML = "X-ALT-DESC"

// contactNotes are the notes of a card.
func contactNotes(c *vcard.Card) objectText {
	t := objectText{plain: contacts.Notes.Text(c)}
	if html := c.Get(contactHTML); html != nil && html.Text() != "" && plainOf(html.Text()) == oneLineEnd(t.plain) {
		t.html = html.Text()
	}
	return t
}

// setContactNotes gives a card other notes.
func setContactNotes(c *vcard.Card, t objectText) {
	if old := contactNotes(c); oneLineEnd(old.plain) == oneLineEnd(t.plain) && old.html == t.html {
		return
	}
	contacts.Notes.SetText(c, oneLineEnd(t.plain))
	c.Remove(contactHTML)
	if t.html != "" {
		c.Add(vcard.NewText(contactHTML, t.html).With("FMTTYPE", "text/html"))
	}
}

// oneLineEnd is text with line feeds only, without blanks around it.
func oneLineEnd(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
}

func (contactClass) change(old []byte, c objectCommand) (objectChange, error) {
	if c.Op == wire.SyncDelete {
		return objectChange{}, nil
	}
	said, err := wire.ReadContact(c.Properties)
	if err != nil {
		return objectChange{}, fail(syncConversion, err)
	}
	e := &contactEdit{said: said, command: &c, full: saysName(said)}
	if old == nil {
		e.card = vcard.New(contacts.NewUID())
	} else {
		if e.card, _, err = vcard.Read(string(old)); err != nil {
			return objectChange{}, err
		}
		e.before = e.card.Clone()
	}
	if err := e.apply(); err != nil {
		return objectChange{}, err
	}
	raw := e.card.Bytes()
	if old != nil && bytes.Equal(raw, e.before.Bytes()) {
		return objectChange{raw: old}, nil
	}
	if e.card.Get("REV") != nil {
		e.card.SetText("REV", c.now.UTC().Format("20060102T150405Z"))
		raw = e.card.Bytes()
	}
	return objectChange{raw: raw}, nil
}

// saysName reports whether a device says who somebody is: then it says all that it knows of them.
func saysName(said *wire.Contact) bool {
	return slices.ContainsFunc([]wbxml.Tag{
		wbxml.ContactsFileAs, wbxml.ContactsFirstName, wbxml.ContactsLastName, wbxml.ContactsMiddleName, wbxml.ContactsCompanyName,
	}, func(tag wbxml.Tag) bool { return said.Texts[tag] != "" })
}
