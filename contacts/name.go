package contacts

import (
	"cmp"
	"strings"

	"github.com/gannetmail/gannet/contacts/vcard"
)

// A Name is the name of somebody in its parts. RFC 6350, section 6.2.2; several of one part have commas between.
type Name struct {
	Prefix, First, Middle, Last, Suffix string
}

// NameOf is the name of the person that a card is about: what it says, else what its display name is likely to mean.
// Of a company and of a group it is empty, and of a card whose display name is no name.
func NameOf(c *vcard.Card) Name {
	n, fn := statedName(c), strings.TrimSpace(c.Text("FN"))
	if n != (Name{}) || IsGroup(c) || IsCompany(c) || isStandIn(c, fn) {
		return n
	}
	if n.First, n.Last = splitName(fn); n.First == "" && n.Last == "" {
		n.First = fn
	}
	return n
}

// isStandIn reports whether a display name only stands where there is no name.
func isStandIn(c *vcard.Card, fn string) bool {
	return fn == "" || strings.Contains(fn, "@") || repeats(c, fn)
}

// repeats reports whether a display name only says again what a card says elsewhere.
func repeats(c *vcard.Card, fn string) bool {
	switch fn {
	case noName, companyOf(c), nickname(c), strings.TrimSpace(c.Text(fileAsName)), firstAddress(c), firstPhone(c):
		return true
	}
	return false
}

// standIn is what stands for a name where there is none.
func standIn(c *vcard.Card) string {
	return cmp.Or(companyOf(c), strings.TrimSpace(c.Text(fileAsName)), nickname(c), firstAddress(c), firstPhone(c), noName)
}

const noName = "?"

// SettleName gives a card a display name that needs one: because there is none, or because it only stood for what was
// else known of the card as it was before, nil: that was nothing.
func SettleName(c, before *vcard.Card) {
	fn := strings.TrimSpace(c.Text("FN"))
	if statedName(c) != (Name{}) {
		return
	}
	if fn == "" || fn == noName || before != nil && repeats(before, fn) && !repeats(c, fn) {
		c.SetText("FN", standIn(c))
	}
}

// statedName is what N says.
func statedName(c *vcard.Card) Name {
	f := c.Get("N")
	if f == nil {
		return Name{}
	}
	p := f.Components(5)
	for i := range p {
		p[i] = strings.TrimSpace(p[i])
	}
	return Name{Last: p[0], First: p[1], Middle: p[2], Prefix: p[3], Suffix: p[4]}
}

// SetName gives the person another name. The display name follows, unless there is nothing to make one of.
func SetName(c *vcard.Card, n Name) {
	if n == NameOf(c) {
		return
	}
	parts := []string{n.Last, n.First, n.Middle, n.Prefix, n.Suffix}
	if f := c.Get("N"); f != nil {
		parts = append(parts, f.Components(5)[5:]...) // of RFC 9554
		c.Replace(f, f.With("SORT-AS").WithValue(vcard.NewStructured("N", parts...).Value()))
	} else {
		c.Add(vcard.NewStructured("N", parts...))
	}
	c.SetText("FN", cmp.Or(n.Display(), standIn(c)))
}

// Display is the name as one says it.
func (n Name) Display() string {
	return strings.Join(strings.Fields(strings.Join([]string{n.Prefix, n.First, n.Middle, n.Last, n.Suffix}, " ")), " ")
}

// fileAs is the name as one looks it up: "Last, First Middle".
func (n Name) fileAs() string {
	given := strings.Join(strings.Fields(n.First+" "+n.Middle), " ")
	switch {
	case n.Last == "":
		return given
	case given == "":
		return n.Last
	}
	return n.Last + ", " + given
}

// fileAsName is the property that keeps by what somebody wants to look a card up.
const fileAsName = "X-FILE-AS"

// FileAs is by what a card is looked up, never empty: what somebody wanted, else the name of the person, the company,
// or what else there is.
func FileAs(c *vcard.Card) string {
	return cmp.Or(strings.TrimSpace(c.Text(fileAsName)), strings.TrimSpace(c.Text("X-EVOLUTION-FILE-AS")), MadeFileAs(c))
}

// MadeFileAs is FileAs of a card of which nobody said.
func MadeFileAs(c *vcard.Card) string {
	fn := strings.TrimSpace(c.Text("FN"))
	if fn == noName {
		fn = ""
	}
	return cmp.Or(NameOf(c).fileAs(), companyOf(c), fn, nickname(c), firstAddress(c), firstPhone(c), noName)
}

// SetFileAs says by what the card is to be looked up; what it is looked up by anyway, and nothing, leave that to the
// card.
func SetFileAs(c *vcard.Card, text string) {
	c.Remove("X-EVOLUTION-FILE-AS")
	if text == MadeFileAs(c) {
		text = ""
	}
	c.SetText(fileAsName, text)
}

func companyOf(c *vcard.Card) string {
	if f := c.Get("ORG"); f != nil {
		return strings.TrimSpace(f.Components(1)[0])
	}
	return ""
}

func nickname(c *vcard.Card) string {
	if f := c.Get("NICKNAME"); f != nil {
		return strings.TrimSpace(f.List()[0])
	}
	return ""
}

func firstPhone(c *vcard.Card) string {
	if f := c.Get("TEL"); f != nil {
		return strings.TrimSpace(f.Text())
	}
	return ""
}

// IsCompany reports whether a card is about a company: it says so, or has no other name than that.
func IsCompany(c *vcard.Card) bool {
	kind, fn := strings.ToLower(c.Text("KIND")), strings.TrimSpace(c.Text("FN"))
	return kind == "org" || strings.EqualFold(c.Text("X-ABSHOWAS"), "COMPANY") || fn != "" && fn == companyOf(c)
}

// IsGroup reports whether a card is a list of people. RFC 6350, section 6.1.4.
func IsGroup(c *vcard.Card) bool { return strings.EqualFold(c.Text("KIND"), "group") }

// Members are the names of the cards on a list, or addresses with mailto: before them.
func Members(c *vcard.Card) []string {
	var list []string
	for _, f := range c.All("MEMBER") {
		list = append(list, strings.TrimSpace(f.Text()))
	}
	return list
}
