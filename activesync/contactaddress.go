package activesync

import (
	"strings"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/wbxml"
)

// addressParts are the parts of an address by its place, which has the name of its street: street, city, state, code and
// country.
var addressParts = map[wbxml.Tag][5]wbxml.Tag{
	wbxml.ContactsHomeAddressStreet: {wbxml.ContactsHomeAddressStreet, wbxml.ContactsHomeAddressCity, wbxml.ContactsHomeAddressState,
		wbxml.ContactsHomeAddressPostalCode, wbxml.ContactsHomeAddressCountry},
	wbxml.ContactsBusinessAddressStreet: {wbxml.ContactsBusinessAddressStreet, wbxml.ContactsBusinessAddressCity, wbxml.ContactsBusinessAddressState,
		wbxml.ContactsBusinessAddressPostalCode, wbxml.ContactsBusinessAddressCountry},
	wbxml.ContactsOtherAddressStreet: {wbxml.ContactsOtherAddressStreet, wbxml.ContactsOtherAddressCity, wbxml.ContactsOtherAddressState,
		wbxml.ContactsOtherAddressPostalCode, wbxml.ContactsOtherAddressCountry},
}

// contactAddresses are the places for addresses. Their text is that of all parts with betweenParts between.
var contactAddresses = slotKind{
	places: []wbxml.Tag{wbxml.ContactsHomeAddressStreet, wbxml.ContactsBusinessAddressStreet, wbxml.ContactsOtherAddressStreet},
	fields: func(c *vcard.Card) []*vcard.Field { return c.All("ADR") },
	own: func(f *vcard.Field) []wbxml.Tag {
		switch {
		case f.Is("home"):
			return []wbxml.Tag{wbxml.ContactsHomeAddressStreet}
		case f.Is("work"):
			return []wbxml.Tag{wbxml.ContactsBusinessAddressStreet}
		}
		return []wbxml.Tag{wbxml.ContactsOtherAddressStreet}
	},
	spare: func(f *vcard.Field) []wbxml.Tag {
		if f.Is("home") || f.Is("work") {
			return []wbxml.Tag{wbxml.ContactsOtherAddressStreet}
		}
		return []wbxml.Tag{wbxml.ContactsHomeAddressStreet, wbxml.ContactsBusinessAddressStreet}
	},
	text: func(f *vcard.Field) string {
		lines := addressLines(f)
		if text := strings.Join(lines[:], betweenParts); text != noAddress {
			return text
		}
		return ""
	},
	with: withAddress,
	fresh: func(place wbxml.Tag) *vcard.Field {
		f := vcard.NewField("ADR", "")
		switch place {
		case wbxml.ContactsHomeAddressStreet:
			return f.With("TYPE", "home")
		case wbxml.ContactsBusinessAddressStreet:
			return f.With("TYPE", "work")
		}
		return f
	},
}

const (
	betweenParts = "\x00"
	noAddress    = betweenParts + betweenParts + betweenParts + betweenParts
)

// addressLines are the parts of an address as a device is told them. The street has what else leads to the door on
// further lines.
func addressLines(f *vcard.Field) (lines [5]string) {
	p := f.Components(7)
	var street []string
	for _, i := range []int{2, 1, 0} {
		if text := strings.TrimSpace(p[i]); text != "" {
			street = append(street, text)
		}
	}
	lines[0] = crlfText(strings.Join(street, "\n"))
	for i := range 4 {
		lines[1+i] = strings.TrimSpace(singleLine(p[3+i]))
	}
	return lines
}

// withAddress is a field with another address. What was printed on an envelope does not fit it any more.
func withAddress(f *vcard.Field, text string) *vcard.Field {
	lines, before := strings.SplitN(text, betweenParts, 5), addressLines(f)
	p := f.Components(7)
	if lines[0] != before[0] {
		p[0], p[1], p[2] = "", "", strings.ReplaceAll(lines[0], "\r\n", "\n")
	}
	for i := range 4 {
		if lines[1+i] != before[1+i] {
			p[3+i] = lines[1+i]
		}
	}
	return f.With("LABEL").WithValue(vcard.NewStructured("ADR", p...).Value())
}

// addresses changes the addresses.
func (e *contactEdit) addresses() {
	at, want := contactAddresses.assign(e.card), map[wbxml.Tag]string{}
	for place, parts := range addressParts {
		var lines [5]string
		if f := at[place]; f != nil {
			lines = addressLines(f)
		}
		changed := false
		for i, tag := range parts {
			if text, ok := e.text(tag); ok {
				if text = strings.TrimSpace(text); i == 0 {
					text = crlfText(text)
				} else {
					text = singleLine(text)
				}
				lines[i], changed = text, changed || text != lines[i]
			}
		}
		if changed {
			if want[place] = strings.Join(lines[:], betweenParts); want[place] == noAddress {
				want[place] = ""
			}
		}
	}
	contactAddresses.change(e.card, want)
}
