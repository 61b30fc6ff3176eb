package wire

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Contact is a card as a device sees it, and what it says of one. MS-ASCNTC.
type Contact struct {
	// Texts are the properties that are text, by their tags: ContactsFileAs to Contacts2MMS. What is not there is not
	// written; of what a device says, an empty one is to be taken away.
	Texts       map[wbxml.Tag]string
	Birthday    *time.Time // the date counts; zero: to be taken away; nil: not said, not written
	Anniversary *time.Time
	Categories  *[]string // nil: not said, not written
	Children    *[]string
	Picture     *[]byte // JPEG; empty: to be taken away; nil: not said, not written
	Body        *Body   // nil: none. Of what a device says see [SyncCommand]; up to 2.5 it is in OldBody
	OldBody     *string // Body of 2.5; nil: not said
}

// MaxContactPicture is the longest Picture, as base64. MS-ASCNTC, Picture.
const MaxContactPicture = 48 << 10

// contactTexts are the properties that are text, in the order of the schema.
var contactTexts = []wbxml.Tag{
	wbxml.ContactsAssistantName, wbxml.ContactsAssistantPhoneNumber, wbxml.ContactsBusiness2PhoneNumber,
	wbxml.ContactsBusinessAddressCity, wbxml.ContactsBusinessPhoneNumber, wbxml.ContactsWebPage,
	wbxml.ContactsBusinessAddressCountry, wbxml.ContactsDepartment, wbxml.ContactsEmail1Address, wbxml.ContactsEmail2Address,
	wbxml.ContactsEmail3Address, wbxml.ContactsBusinessFaxNumber, wbxml.ContactsFileAs, wbxml.ContactsAlias,
	wbxml.ContactsWeightedRank, wbxml.ContactsFirstName, wbxml.ContactsMiddleName, wbxml.ContactsHomeAddressCity,
	wbxml.ContactsHomeAddressCountry, wbxml.ContactsHomeFaxNumber, wbxml.ContactsHomePhoneNumber, wbxml.ContactsHome2PhoneNumber,
	wbxml.ContactsHomeAddressPostalCode, wbxml.ContactsHomeAddressState, wbxml.ContactsHomeAddressStreet,
	wbxml.ContactsMobilePhoneNumber, wbxml.ContactsSuffix, wbxml.ContactsCompanyName, wbxml.ContactsOtherAddressCity,
	wbxml.ContactsOtherAddressCountry, wbxml.ContactsCarPhoneNumber, wbxml.ContactsOtherAddressPostalCode,
	wbxml.ContactsOtherAddressState, wbxml.ContactsOtherAddressStreet, wbxml.ContactsPagerNumber, wbxml.ContactsTitle,
	wbxml.ContactsBusinessAddressPostalCode, wbxml.ContactsLastName, wbxml.ContactsSpouse, wbxml.ContactsBusinessAddressState,
	wbxml.ContactsBusinessAddressStreet, wbxml.ContactsJobTitle, wbxml.ContactsYomiFirstName, wbxml.ContactsYomiLastName,
	wbxml.ContactsYomiCompanyName, wbxml.ContactsOfficeLocation, wbxml.ContactsRadioPhoneNumber,
	wbxml.Contacts2CustomerId, wbxml.Contacts2GovernmentId, wbxml.Contacts2IMAddress, wbxml.Contacts2IMAddress2,
	wbxml.Contacts2IMAddress3, wbxml.Contacts2ManagerName, wbxml.Contacts2CompanyMainPhone, wbxml.Contacts2AccountName,
	wbxml.Contacts2NickName, wbxml.Contacts2MMS,
}

// isContactText reports whether a property is one of contactTexts.
var isContactText = func() map[wbxml.Tag]bool {
	m := make(map[wbxml.Tag]bool, len(contactTexts))
	for _, tag := range contactTexts {
		m[tag] = true
	}
	return m
}()

// Write writes the card as children of the element that is open.
func (c *Contact) Write(e *wbxml.Encoder, version uint8) {
	elemDate(e, wbxml.ContactsAnniversary, c.Anniversary)
	elemDate(e, wbxml.ContactsBirthday, c.Birthday)
	if c.Body != nil && version >= v120 {
		c.Body.Write(e, version)
	}
	for _, tag := range contactTexts {
		if (tag == wbxml.ContactsAlias || tag == wbxml.ContactsWeightedRank) && version < v140 {
			continue
		}
		elemText(e, tag, c.Texts[tag])
	}
	elemList(e, wbxml.ContactsCategories, wbxml.ContactsCategory, c.Categories)
	elemList(e, wbxml.ContactsChildren, wbxml.ContactsChild, c.Children)
	if c.Picture != nil && len(*c.Picture) > 0 {
		e.Elem(wbxml.ContactsPicture, base64.StdEncoding.EncodeToString(*c.Picture))
	}
	if c.Body != nil && version < v120 {
		elemInt(e, wbxml.ContactsBodySize, c.Body.Size)
		elemBool(e, wbxml.ContactsBodyTruncated, c.Body.Truncated)
		c.Body.data(e, wbxml.ContactsBody)
	}
}

// elemDate writes a date as the beginning of its day, if there is one.
func elemDate(e *wbxml.Encoder, tag wbxml.Tag, t *time.Time) {
	if t != nil && !t.IsZero() {
		e.Elem(tag, FormatTime(*t))
	}
}

// elemList writes a container of texts, unless it is empty.
func elemList(e *wbxml.Encoder, container, tag wbxml.Tag, list *[]string) {
	if list == nil || len(*list) == 0 {
		return
	}
	e.Start(container)
	for _, text := range (*list)[:min(len(*list), maxCategories)] {
		e.Elem(tag, text)
	}
	e.End()
}

// ReadContact reads what a device says of a card. The error says which value cannot be: the item gets status 6.
func ReadContact(list []Property) (*Contact, error) {
	c := &Contact{Texts: map[wbxml.Tag]string{}}
	for i := range list {
		if err := c.read(&list[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Contact) read(p *Property) (err error) {
	switch p.Tag {
	case wbxml.ContactsBirthday:
		c.Birthday, err = p.date()
	case wbxml.ContactsAnniversary:
		c.Anniversary, err = p.date()
	case wbxml.ContactsCategories:
		c.Categories, err = p.texts(wbxml.ContactsCategory)
	case wbxml.ContactsChildren:
		c.Children, err = p.texts(wbxml.ContactsChild)
	case wbxml.ContactsPicture:
		c.Picture, err = p.picture()
	case wbxml.ContactsBody:
		c.OldBody = &p.Text
	default:
		if isContactText[p.Tag] {
			c.Texts[p.Tag] = strings.TrimSpace(p.Text)
		}
	}
	return err
}

// A ValueError says which value of an item cannot be.
type ValueError struct {
	Tag    wbxml.Tag
	Reason string
}

// Error returns both.
func (e *ValueError) Error() string { return e.Tag.String() + ": " + e.Reason }

// date reads a point in time; an empty one is zero.
func (p *Property) date() (*time.Time, error) {
	if strings.TrimSpace(p.Text) == "" {
		return &time.Time{}, nil
	}
	t, ok := ParseTime(p.Text)
	if !ok {
		return nil, &ValueError{p.Tag, "unreadable date"}
	}
	return &t, nil
}

// texts reads the texts of a container, without empty ones.
func (p *Property) texts(tag wbxml.Tag) (*[]string, error) {
	list := []string{}
	for _, child := range p.Children {
		text := strings.TrimSpace(child.Text)
		switch {
		case child.Tag != tag || text == "":
			continue
		case len(list) >= maxCategories:
			return nil, &ValueError{p.Tag, "too many"}
		case len(text) > 255:
			return nil, &ValueError{tag, "too long"}
		}
		list = append(list, text)
	}
	return &list, nil
}

// picture reads a photo.
func (p *Property) picture() (*[]byte, error) {
	text := strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, p.Text)
	if len(text) > MaxContactPicture {
		return nil, &ValueError{p.Tag, "too large"}
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, &ValueError{p.Tag, "no base64"}
	}
	return &raw, nil
}
