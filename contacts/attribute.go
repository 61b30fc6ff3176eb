package contacts

import (
	"slices"
	"strings"

	"github.com/gannetmail/gannet/contacts/vcard"
)

// An Attribute is something that a card says of a person as one text or date, in the words of RFC 6350 or in those of
// other programs.
type Attribute struct {
	names   []string // of properties; the first is how it is written
	related string   // TYPE of RELATED
	label   string   // of Apple's labelled properties
	dated   bool
}

// The attributes for which there is more than one word.
var (
	Manager = Attribute{names: []string{"X-MANAGER", "X-MS-MANAGER", "X-EVOLUTION-MANAGER", "X-KADDRESSBOOK-X-MANAGERSNAME"},
		related: "x-manager", label: "Manager"}
	Assistant = Attribute{names: []string{"X-ASSISTANT", "X-MS-ASSISTANT", "X-EVOLUTION-ASSISTANT", "X-KADDRESSBOOK-X-ASSISTANTSNAME"},
		related: "x-assistant", label: "Assistant"}
	Spouse = Attribute{names: []string{"RELATED", "X-SPOUSE", "X-MS-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME"},
		related: "spouse", label: "Spouse"}
	child  = Attribute{names: []string{"RELATED", "X-CHILD", "X-MS-CHILD"}, related: "child", label: "Child"}
	Office = Attribute{names: []string{"X-OFFICE", "X-EVOLUTION-OFFICE", "X-KADDRESSBOOK-X-OFFICE"}}

	PhoneticFirst   = Attribute{names: []string{"X-PHONETIC-FIRST-NAME"}}
	PhoneticLast    = Attribute{names: []string{"X-PHONETIC-LAST-NAME"}}
	PhoneticCompany = Attribute{names: []string{"X-PHONETIC-ORG"}}
	Customer        = Attribute{names: []string{"X-CUSTOMER-ID"}}
	Government      = Attribute{names: []string{"X-GOVERNMENT-ID"}}
	AccountName     = Attribute{names: []string{"X-ACCOUNT-NAME"}}
	JobTitle        = Attribute{names: []string{"TITLE"}}
	WebPage         = Attribute{names: []string{"URL"}}
	Notes           = Attribute{names: []string{"NOTE"}}

	Birthday    = Attribute{names: []string{"BDAY"}, dated: true}
	Anniversary = Attribute{names: []string{"ANNIVERSARY", "X-ANNIVERSARY", "X-MS-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY",
		"X-KADDRESSBOOK-X-ANNIVERSARY"}, label: "Anniversary", dated: true}
)

// fields are all fields of a card that tell of the attribute, the one that counts first.
func (a Attribute) fields(c *vcard.Card) []*vcard.Field {
	var list []*vcard.Field
	for _, name := range a.names {
		for _, f := range c.All(name) {
			if name != "RELATED" && a.tells(f) {
				list = append(list, f)
			}
		}
	}
	if a.related != "" {
		var first []*vcard.Field
		for _, f := range c.All("RELATED") {
			if f.Is(a.related) && !isURI(f) && a.tells(f) {
				first = append(first, f)
			}
		}
		list = append(first, list...)
	}
	if a.label != "" {
		name := "X-ABRELATEDNAMES"
		if a.dated {
			name = "X-ABDATE"
		}
		for _, f := range c.All(name) {
			if strings.EqualFold(labelOf(c, f), a.label) && a.tells(f) {
				list = append(list, f)
			}
		}
	}
	return list
}

// tells reports whether a field holds what the attribute is made of.
func (a Attribute) tells(f *vcard.Field) bool {
	if a.dated {
		d, ok := f.Date()
		return ok && d.Month != 0 && d.Day != 0
	}
	return strings.TrimSpace(f.Text()) != ""
}

// isURI reports whether a field names another card instead of telling a text.
func isURI(f *vcard.Field) bool {
	v := strings.ToLower(f.Value())
	return !strings.EqualFold(f.Param("VALUE"), "text") && (strings.HasPrefix(v, "urn:") || strings.Contains(v, "://") || strings.HasPrefix(v, "mailto:"))
}

// labelOf is the label that Apple's programs give a field: a field of its group, of which standard ones are in marks.
func labelOf(c *vcard.Card, f *vcard.Field) string {
	if f.Group() == "" {
		return ""
	}
	for _, l := range c.All("X-ABLABEL") {
		if strings.EqualFold(l.Group(), f.Group()) {
			text := strings.TrimSpace(l.Text())
			if inner, ok := strings.CutPrefix(text, "_$!<"); ok {
				text = strings.TrimSuffix(inner, ">!$_")
			}
			return text
		}
	}
	return ""
}

// Text is the attribute of a card, empty if it does not tell.
func (a Attribute) Text(c *vcard.Card) string {
	if list := a.fields(c); len(list) > 0 {
		return strings.TrimSpace(list[0].Text())
	}
	return ""
}

// SetText says the attribute of a card; an empty text takes it away, in all words in which it is told.
func (a Attribute) SetText(c *vcard.Card, text string) {
	list := a.fields(c)
	switch {
	case text == a.Text(c):
	case text == "":
		for _, f := range list {
			Remove(c, f)
		}
	case len(list) > 0:
		c.Replace(list[0], a.worded(list[0], text))
	case a.names[0] == "RELATED":
		c.Add(vcard.NewText("RELATED", text).With("TYPE", a.related).With("VALUE", "text"))
	default:
		c.Add(a.worded(vcard.NewField(a.names[0], ""), text))
	}
}

// worded is the field with another text.
func (a Attribute) worded(f *vcard.Field, text string) *vcard.Field {
	if f.Name() == "URL" && !strings.ContainsAny(text, "\n\\") {
		return f.WithValue(text)
	}
	return f.WithValue(vcard.Escape(text))
}

// Date is the attribute of a card that is a day.
func (a Attribute) Date(c *vcard.Card) (vcard.Date, bool) {
	if list := a.fields(c); len(list) > 0 {
		return list[0].Date()
	}
	return vcard.Date{}, false
}

// SetDate says the day; the zero date takes it away.
func (a Attribute) SetDate(c *vcard.Card, d vcard.Date) {
	list := a.fields(c)
	if before, ok := a.Date(c); ok && before == d {
		return
	}
	switch {
	case d == vcard.Date{}:
		for _, f := range list {
			Remove(c, f)
		}
	case len(list) > 0:
		c.Replace(list[0], list[0].With("VALUE").With("X-APPLE-OMIT-YEAR").WithValue(d.String()))
	default:
		c.Add(vcard.NewField(a.names[0], d.String()))
	}
}

// Remove takes a field away, with the label that it has.
func Remove(c *vcard.Card, f *vcard.Field) {
	group := f.Group()
	c.Replace(f, nil)
	if group == "" {
		return
	}
	for g := range c.Fields() {
		if strings.EqualFold(g.Group(), group) && g.Name() != "X-ABLABEL" {
			return // something else has the label too
		}
	}
	for _, l := range c.All("X-ABLABEL") {
		if strings.EqualFold(l.Group(), group) {
			c.Replace(l, nil)
		}
	}
}

// Children are the names of somebody's children.
func Children(c *vcard.Card) []string {
	var list []string
	for _, f := range child.fields(c) {
		list = append(list, strings.TrimSpace(f.Text()))
	}
	return list
}

// SetChildren says their names; those who are told already stay as they are told.
func SetChildren(c *vcard.Card, names []string) {
	left := slices.Clone(names)
	for _, f := range child.fields(c) {
		if i := slices.Index(left, strings.TrimSpace(f.Text())); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		Remove(c, f)
	}
	for _, name := range left {
		c.Add(vcard.NewText("RELATED", name).With("TYPE", "child").With("VALUE", "text"))
	}
}

// Categories are those of a card, each once.
func Categories(c *vcard.Card) []string {
	var list []string
	for _, f := range c.All("CATEGORIES") {
		for _, text := range f.List() {
			if text = strings.TrimSpace(text); text != "" && !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list
}

// SetCategories says them; the same ones leave the card as it is.
func SetCategories(c *vcard.Card, list []string) {
	switch {
	case slices.Equal(list, Categories(c)):
	case len(list) == 0:
		c.Remove("CATEGORIES")
	default:
		c.Set(vcard.NewList("CATEGORIES", list...))
	}
}
