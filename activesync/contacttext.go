package activesync

import (
	"strings"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/wbxml"
)

// A contactProperty is a property of which a card has one, as text.
type contactProperty struct {
	tag wbxml.Tag
	of  func(c *vcard.Card) string
	set func(c *vcard.Card, text string)
}

// contactProperties are those, beside FileAs. Those that a display name may be made of come first. MS-ASCNTC.
var contactProperties = []contactProperty{
	component(wbxml.ContactsCompanyName, "ORG", 0),
	component(wbxml.ContactsDepartment, "ORG", 1),
	{wbxml.Contacts2NickName, nickname, setNickname},
	namePart(wbxml.ContactsTitle, func(n *contacts.Name) *string { return &n.Prefix }),
	namePart(wbxml.ContactsFirstName, func(n *contacts.Name) *string { return &n.First }),
	namePart(wbxml.ContactsMiddleName, func(n *contacts.Name) *string { return &n.Middle }),
	namePart(wbxml.ContactsLastName, func(n *contacts.Name) *string { return &n.Last }),
	namePart(wbxml.ContactsSuffix, func(n *contacts.Name) *string { return &n.Suffix }),
	attribute(wbxml.ContactsYomiFirstName, contacts.PhoneticFirst),
	attribute(wbxml.ContactsYomiLastName, contacts.PhoneticLast),
	attribute(wbxml.ContactsYomiCompanyName, contacts.PhoneticCompany),
	attribute(wbxml.ContactsJobTitle, contacts.JobTitle),
	attribute(wbxml.ContactsOfficeLocation, contacts.Office),
	attribute(wbxml.Contacts2ManagerName, contacts.Manager),
	attribute(wbxml.ContactsAssistantName, contacts.Assistant),
	attribute(wbxml.ContactsSpouse, contacts.Spouse),
	attribute(wbxml.ContactsWebPage, contacts.WebPage),
	attribute(wbxml.Contacts2CustomerId, contacts.Customer),
	attribute(wbxml.Contacts2GovernmentId, contacts.Government),
	attribute(wbxml.Contacts2AccountName, contacts.AccountName),
}

// attribute is a property that the domain knows as such.
func attribute(tag wbxml.Tag, a contacts.Attribute) contactProperty {
	return contactProperty{tag, a.Text, a.SetText}
}

// namePart is a part of the name.
func namePart(tag wbxml.Tag, part func(n *contacts.Name) *string) contactProperty {
	return contactProperty{tag,
		func(c *vcard.Card) string {
			n := contacts.NameOf(c)
			return *part(&n)
		},
		func(c *vcard.Card, text string) {
			n := contacts.NameOf(c)
			*part(&n) = text
			contacts.SetName(c, n)
		},
	}
}

// component is a component of a structured property; the others stay.
func component(tag wbxml.Tag, name string, i int) contactProperty {
	return contactProperty{tag,
		func(c *vcard.Card) string {
			if f := c.Get(name); f != nil {
				return strings.TrimSpace(f.Components(i + 1)[i])
			}
			return ""
		},
		func(c *vcard.Card, text string) { setComponent(c, name, i, text) },
	}
}

func setComponent(c *vcard.Card, name string, i int, text string) {
	f := c.Get(name)
	if f == nil {
		parts := make([]string, i+1)
		parts[i] = text
		c.Add(vcard.NewStructured(name, parts...))
		return
	}
	parts := f.Components(i + 1)
	parts[i] = text
	for len(parts) > 0 && strings.TrimSpace(parts[len(parts)-1]) == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		c.Replace(f, nil)
		return
	}
	c.Replace(f, f.With("SORT-AS").WithValue(vcard.NewStructured(name, parts...).Value()))
}

// nickname is the first of the names by which friends call somebody.
func nickname(c *vcard.Card) string {
	if f := c.Get("NICKNAME"); f != nil {
		return strings.TrimSpace(f.List()[0])
	}
	return ""
}

func setNickname(c *vcard.Card, text string) {
	f := c.Get("NICKNAME")
	switch {
	case f == nil:
		c.Add(vcard.NewText("NICKNAME", text))
	case text == "" && len(f.List()) == 1:
		c.Replace(f, nil)
	case text == "":
		c.Replace(f, f.WithValue(vcard.NewList("NICKNAME", f.List()[1:]...).Value()))
	default:
		list := f.List()
		list[0] = text
		c.Replace(f, f.WithValue(vcard.NewList("NICKNAME", list...).Value()))
	}
}

// contactTextsOf are all texts of a card that a device is told.
func contactTextsOf(c *vcard.Card) map[wbxml.Tag]string {
	texts := map[wbxml.Tag]string{wbxml.ContactsFileAs: singleLine(contacts.FileAs(c))}
	put := func(tag wbxml.Tag, text string) {
		if text = strings.TrimSpace(text); text != "" {
			texts[tag] = text
		}
	}
	for _, p := range contactProperties {
		put(p.tag, singleLine(p.of(c)))
	}
	for i := range contactSlots {
		k := &contactSlots[i]
		for tag, f := range k.assign(c) {
			put(tag, singleLine(k.text(f)))
		}
	}
	for tag, f := range contactAddresses.assign(c) {
		lines := addressLines(f)
		for i, part := range addressParts[tag] {
			put(part, lines[i])
		}
	}
	return texts
}
