package activesync

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/wbxml"
)

// contactSlots are the places for e-mail addresses, for numbers and for addresses of messengers.
var contactSlots = []slotKind{
	{
		places: []wbxml.Tag{wbxml.ContactsEmail1Address, wbxml.ContactsEmail2Address, wbxml.ContactsEmail3Address},
		fields: func(c *vcard.Card) []*vcard.Field { return c.All("EMAIL") },
		own: func(*vcard.Field) []wbxml.Tag {
			return []wbxml.Tag{wbxml.ContactsEmail1Address, wbxml.ContactsEmail2Address, wbxml.ContactsEmail3Address}
		},
		text:  func(f *vcard.Field) string { return contacts.AddressOf(f.Text()) },
		with:  func(f *vcard.Field, text string) *vcard.Field { return f.WithValue(vcard.Escape(text)) },
		fresh: func(wbxml.Tag) *vcard.Field { return vcard.NewText("EMAIL", "") },
		moves: true,
	},
	{
		places: []wbxml.Tag{wbxml.Contacts2IMAddress, wbxml.Contacts2IMAddress2, wbxml.Contacts2IMAddress3},
		fields: messengers,
		own: func(*vcard.Field) []wbxml.Tag {
			return []wbxml.Tag{wbxml.Contacts2IMAddress, wbxml.Contacts2IMAddress2, wbxml.Contacts2IMAddress3}
		},
		text:  messengerText,
		with:  withMessenger,
		fresh: func(wbxml.Tag) *vcard.Field { return vcard.NewText("IMPP", "") },
		moves: true,
	},
	{
		places: slices.Concat(anyNumber, []wbxml.Tag{
			wbxml.ContactsHomeFaxNumber, wbxml.ContactsBusinessFaxNumber, wbxml.ContactsPagerNumber, wbxml.ContactsCarPhoneNumber,
			wbxml.ContactsRadioPhoneNumber, wbxml.ContactsAssistantPhoneNumber, wbxml.Contacts2CompanyMainPhone, wbxml.Contacts2MMS,
		}),
		fields: func(c *vcard.Card) []*vcard.Field { return c.All("TEL") },
		own:    ownNumber,
		spare:  spareNumber,
		text:   numberText,
		with:   withNumber,
		fresh:  freshNumber,
	},
}

// anyNumber are the places for numbers of no special kind, in the order in which they are filled.
var anyNumber = []wbxml.Tag{
	wbxml.ContactsMobilePhoneNumber, wbxml.ContactsHomePhoneNumber, wbxml.ContactsBusinessPhoneNumber,
	wbxml.ContactsHome2PhoneNumber, wbxml.ContactsBusiness2PhoneNumber,
}

// numberTypes are the types of the numbers in a place; the first ones are those that are written. What comes first counts
// before what comes later. RFC 6350, section 6.4.1; vCard 2.1, Telephone Number.
var numberTypes = []struct {
	types  []string // all of them
	places []wbxml.Tag
}{
	{[]string{"x-assistant"}, []wbxml.Tag{wbxml.ContactsAssistantPhoneNumber}},
	{[]string{"assistant"}, []wbxml.Tag{wbxml.ContactsAssistantPhoneNumber}},
	{[]string{"x-evolution-assistant"}, []wbxml.Tag{wbxml.ContactsAssistantPhoneNumber}},
	{[]string{"x-mms"}, []wbxml.Tag{wbxml.Contacts2MMS}},
	{[]string{"fax", "home"}, []wbxml.Tag{wbxml.ContactsHomeFaxNumber}},
	{[]string{"fax", "work"}, []wbxml.Tag{wbxml.ContactsBusinessFaxNumber}},
	{[]string{"fax"}, []wbxml.Tag{wbxml.ContactsBusinessFaxNumber, wbxml.ContactsHomeFaxNumber}},
	{[]string{"pager"}, []wbxml.Tag{wbxml.ContactsPagerNumber}},
	{[]string{"car"}, []wbxml.Tag{wbxml.ContactsCarPhoneNumber}},
	{[]string{"x-radio"}, []wbxml.Tag{wbxml.ContactsRadioPhoneNumber}},
	{[]string{"x-evolution-radio"}, []wbxml.Tag{wbxml.ContactsRadioPhoneNumber}},
	{[]string{"work", "main"}, []wbxml.Tag{wbxml.Contacts2CompanyMainPhone}},
	{[]string{"main"}, []wbxml.Tag{wbxml.Contacts2CompanyMainPhone}},
	{[]string{"x-evolution-company"}, []wbxml.Tag{wbxml.Contacts2CompanyMainPhone}},
	{[]string{"cell"}, []wbxml.Tag{wbxml.ContactsMobilePhoneNumber}},
	{[]string{"iphone"}, []wbxml.Tag{wbxml.ContactsMobilePhoneNumber}},
	{[]string{"home"}, []wbxml.Tag{wbxml.ContactsHomePhoneNumber, wbxml.ContactsHome2PhoneNumber}},
	{[]string{"work"}, []wbxml.Tag{wbxml.ContactsBusinessPhoneNumber, wbxml.ContactsBusiness2PhoneNumber}},
}

// ownNumber are the places that a number belongs to by its types.
func ownNumber(f *vcard.Field) []wbxml.Tag {
	for _, row := range numberTypes {
		if !slices.ContainsFunc(row.types, func(t string) bool { return !f.Is(t) }) {
			return row.places
		}
	}
	return nil
}

// spareNumber are the places where a number may stand besides: one that is of no special kind, and a further mobile one.
func spareNumber(f *vcard.Field) []wbxml.Tag {
	if own := ownNumber(f); own == nil || own[0] == wbxml.ContactsMobilePhoneNumber {
		return anyNumber
	}
	return nil
}

// freshNumber is a number for a place.
func freshNumber(place wbxml.Tag) *vcard.Field {
	f := vcard.NewText("TEL", "")
	for _, row := range numberTypes {
		if slices.Contains(row.places, place) {
			return f.With("TYPE", row.types...)
		}
	}
	return f
}

// numberText is a number as one dials it.
func numberText(f *vcard.Field) string {
	text := f.Text()
	if len(text) < 4 || !strings.EqualFold(text[:4], "tel:") {
		return text
	}
	number, extension, _ := strings.Cut(text[4:], ";ext=")
	number, _, _ = strings.Cut(number, ";")
	if extension, _, _ = strings.Cut(extension, ";"); extension != "" {
		number += " x" + extension
	}
	return number
}

// withNumber is a field with another number.
func withNumber(f *vcard.Field, text string) *vcard.Field {
	return f.With("VALUE").WithValue(vcard.Escape(text))
}

// messengerNames are the properties for messengers from before there was IMPP. RFC 4770.
var messengerNames = []string{
	"X-AIM", "X-ICQ", "X-MSN", "X-YAHOO", "X-YAHOO-ID", "X-JABBER", "X-GOOGLE-TALK", "X-GTALK", "X-SKYPE", "X-SKYPE-USERNAME",
	"X-GADUGADU", "X-GROUPWISE", "X-QQ", "X-MS-IMADDRESS", "X-KADDRESSBOOK-X-IMADDRESS",
}

// messengerSchemes are left out where a device is told an address.
var messengerSchemes = []string{"xmpp", "im", "sip", "aim", "ymsgr", "msnim", "msn", "skype", "icq", "gg", "irc"}

// messengers are the addresses of messengers. One that is told in two ways is one.
func messengers(c *vcard.Card) []*vcard.Field {
	list := c.All("IMPP")
	for _, name := range messengerNames {
		for _, f := range c.All(name) {
			twice := slices.ContainsFunc(list, func(g *vcard.Field) bool { return strings.EqualFold(messengerText(g), messengerText(f)) })
			if !twice {
				list = append(list, f)
			}
		}
	}
	return list
}

// cutScheme divides the address of a messenger.
func cutScheme(text string) (scheme, rest string) {
	before, after, found := strings.Cut(text, ":")
	if found && slices.ContainsFunc(messengerSchemes, func(s string) bool { return strings.EqualFold(s, before) }) {
		return before + ":", after
	}
	return "", text
}

func messengerText(f *vcard.Field) string {
	scheme, rest := cutScheme(f.Text())
	if plain, err := url.PathUnescape(rest); scheme != "" && err == nil && !strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' }) {
		return plain
	}
	return rest
}

// withMessenger is a field with another address, of the same messenger unless it says otherwise.
func withMessenger(f *vcard.Field, text string) *vcard.Field {
	if f.Name() != "IMPP" {
		return f.WithValue(vcard.Escape(text))
	}
	old, _ := cutScheme(f.Text())
	scheme, rest := cutScheme(text)
	if scheme == "" && strings.Contains(rest, "://") {
		return f.WithValue(vcard.Escape(rest))
	}
	if scheme == "" {
		if scheme = old; scheme == "" {
			scheme = "im:"
		}
	}
	return f.WithValue(scheme + strings.NewReplacer("%", "%25", " ", "%20", "\\", "%5C").Replace(rest))
}
