package activesync

import (
	"errors"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/wbxml"
)

// A contactEdit makes of a card what a device says of it.
type contactEdit struct {
	said    *wire.Contact
	command *objectCommand
	card    *vcard.Card
	before  *vcard.Card // as it was; nil: it is new
	full    bool        // the device says all that it knows
}

// gone reports whether a property that the device does not say is taken away with that. MS-ASCMD, Supported: what a
// device manages is gone when it leaves it out, what it does not manage stays; without Supported it manages everything.
// What says nothing of who somebody is can't be all of a card, and takes nothing away.
func (e *contactEdit) gone(tag wbxml.Tag) bool {
	return e.before != nil && e.full && (!e.command.ghosts || slices.Contains(e.command.supported, tag))
}

// text returns what becomes of a property; ok is false if it stays as it is.
func (e *contactEdit) text(tag wbxml.Tag) (text string, ok bool) {
	if text, ok = e.said.Texts[tag]; ok {
		return readable(text), true
	}
	return "", e.gone(tag)
}

// readable is text without what a card cannot hold.
func readable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && !isLineEnd(r) || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.TrimSpace(text)
}

// apply makes the changes.
func (e *contactEdit) apply() error {
	for _, p := range contactProperties {
		if text, ok := e.text(p.tag); ok && text != singleLine(p.of(e.card)) {
			p.set(e.card, text)
		}
	}
	for i := range contactSlots {
		e.slots(&contactSlots[i])
	}
	e.addresses()
	e.fileAs()
	e.dates()
	e.lists()
	if err := e.notes(); err != nil {
		return err
	}
	if err := e.picture(); err != nil {
		return err
	}
	contacts.SettleName(e.card, e.before)
	return nil
}

// fileAs changes by what the card is looked up. One that only follows from the name goes on following from it.
func (e *contactEdit) fileAs() {
	text, ok := e.text(wbxml.ContactsFileAs)
	if !ok || e.before != nil && text == singleLine(contacts.FileAs(e.before)) {
		return
	}
	contacts.SetFileAs(e.card, text)
}

// lists changes what there may be several of without places.
func (e *contactEdit) lists() {
	for _, l := range []struct {
		tag  wbxml.Tag
		said *[]string
		of   func(*vcard.Card) []string
		set  func(*vcard.Card, []string)
	}{
		{wbxml.ContactsCategories, e.said.Categories, contacts.Categories, contacts.SetCategories},
		{wbxml.ContactsChildren, e.said.Children, contacts.Children, contacts.SetChildren},
	} {
		list := []string{}
		if l.said != nil {
			list = *l.said
		} else if !e.gone(l.tag) {
			continue
		}
		shown, kept := shownList(l.of(e.card))
		if !slices.Equal(shown, list) {
			l.set(e.card, slices.Concat(list, kept))
		}
	}
}

// notes changes the notes. MS-ASCMD, Supported: left out, they stay whatever the device manages.
func (e *contactEdit) notes() error {
	text, said, err := e.command.readText(e.said.OldBody)
	if err != nil || !said {
		return err
	}
	setContactNotes(e.card, text)
	return nil
}

// picture changes the photo. Left out, it stays; and so it does when a device says that there is none which does not
// manage it: some say so with every change.
func (e *contactEdit) picture() error {
	p := e.said.Picture
	switch {
	case p == nil:
		return nil
	case len(*p) == 0:
		managed := slices.Contains(e.command.supported, wbxml.ContactsPicture)
		if managed || !e.command.ghosts && !e.command.quirks.has(emptyPicture) {
			return contacts.SetPicture(e.card, nil)
		}
		return nil
	case e.before != nil && slices.Equal(*p, shownPicture(e.before)):
		return nil
	}
	if err := contacts.SetPicture(e.card, *p); err != nil {
		return fail(syncConversion, err)
	}
	if shownPicture(e.card) == nil {
		return fail(syncConversion, errors.New("photo cannot be read"))
	}
	return nil
}

// plainOf is the text of notes in HTML.
func plainOf(html string) string { return oneLineEnd(mail.HTMLToText(html)) }

// singleLine is text that a device takes for one property: what is broken into lines becomes one.
func singleLine(text string) string { return strings.Join(strings.FieldsFunc(text, isLineEnd), " ") }

func isLineEnd(r rune) bool { return r == '\r' || r == '\n' }
