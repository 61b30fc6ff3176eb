package vcard

import (
	"slices"
	"strings"
)

// upgrade brings a card to 4.0. RFC 6350, appendix A. Of a card that says it is 4.0 already it mends what has no place
// there.
func upgrade(c *Card, from string) {
	for i, f := range c.fields {
		c.fields[i] = upgraded(f, from)
	}
	if from == "4.0" {
		return
	}
	if sort := c.Text("SORT-STRING"); sort != "" {
		if n := c.Get("N"); n != nil && n.Param("SORT-AS") == "" {
			c.Replace(n, n.With("SORT-AS", sort))
			c.Remove("SORT-STRING")
		}
	}
	attachLabels(c)
}

// upgraded is a field in the words of 4.0.
func upgraded(f *Field, from string) *Field {
	g := f
	if from == "2.1" || hasFold(f.Params("ENCODING"), "QUOTED-PRINTABLE") {
		g = readable(g, from)
	}
	if hasFold(g.Params("ENCODING"), "B") || hasFold(g.Params("ENCODING"), "BASE64") {
		g = binary(g)
	}
	if from != "4.0" && g.isBarePicture() {
		g = binary(g)
	}
	if from == "4.0" {
		return g
	}
	if _, _, ok := DataURI(g.field.Value); ok && g.isBinary() {
		g = g.With("ENCODING").With("VALUE").WithValue(strings.ReplaceAll(g.field.Value, `\,`, ","))
	}
	if hasFold(g.Params("TYPE"), "PREF") {
		types := slices.DeleteFunc(slices.Clone(g.Params("TYPE")), func(t string) bool { return strings.EqualFold(t, "PREF") })
		g = g.With("TYPE", types...)
		if g.Param("PREF") == "" {
			g = g.With("PREF", "1")
		}
	}
	switch g.name {
	case "BDAY", "ANNIVERSARY":
		return upgradedDate(g)
	case "GEO":
		if lat, long, ok := strings.Cut(g.field.Value, ";"); ok && isDegrees(lat) && isDegrees(long) {
			return g.WithValue("geo:" + strings.TrimSpace(lat) + "," + strings.TrimSpace(long))
		}
	case "X-ADDRESSBOOKSERVER-KIND":
		return g.renamed("KIND")
	case "X-ADDRESSBOOKSERVER-MEMBER":
		return g.renamed("MEMBER")
	}
	return g
}

func isDegrees(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r == '.' || r == '-' || r == '+') })
}

// upgradedDate is a day in the words of 4.0, what is no day a text.
func upgradedDate(f *Field) *Field {
	if strings.EqualFold(f.Param("VALUE"), "text") || strings.TrimSpace(f.field.Value) == "" {
		return f
	}
	d, rest, ok := cutDate(f.field.Value)
	if !ok {
		return f.With("VALUE", "text").WithValue(Escape(Unescape(f.field.Value)))
	}
	if omitted := f.Param(omitYear); omitted != "" {
		if y, _, ok := cutDate(omitted); ok && y.Year == d.Year {
			d.Year = 0
		}
	}
	return f.With("VALUE").With(omitYear).WithValue(d.String() + strings.ReplaceAll(rest, ":", ""))
}

// omitYear is Apple's parameter that says which year stands for none.
const omitYear = "X-APPLE-OMIT-YEAR"

func hasFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(t, s) })
}

// structured are the fields whose value has components, listed those that have several values, uri those whose values
// have no escapes.
var (
	structured = map[string]bool{"N": true, "ADR": true, "ORG": true}
	listed     = map[string]bool{"CATEGORIES": true}
	uri        = map[string]bool{"URL": true, "SOURCE": true, "FBURL": true, "CALURI": true, "CALADRURI": true, "GEO": true, "IMPP": true}
)

// readable undoes what 2.1 does to text: quoted-printable, charsets, and no escapes but for the semicolon.
func readable(f *Field, from string) *Field {
	value, quoted := f.field.Value, hasFold(f.Params("ENCODING"), "QUOTED-PRINTABLE")
	if f.isBinary() && !quoted {
		return f.unfolded()
	}
	charset := f.Param("CHARSET")
	text := func(s string) string {
		if quoted {
			s = unquotedPrintable(s, charset)
		}
		return cleanLines(s)
	}
	g := f.unfolded().With("ENCODING").With("CHARSET")
	switch {
	case structured[f.name]:
		return g.WithValue(mapPieces(value, ';', text))
	case listed[f.name]:
		return g.WithValue(mapPieces(value, ',', text))
	case uri[f.name]:
		return g.WithValue(strings.ReplaceAll(text(value), "\n", ""))
	case from != "2.1": // it has its escapes inside of the quoted-printable
		return g.WithValue(strings.ReplaceAll(text(value), "\n", `\n`))
	}
	return g.WithValue(Escape(Unescape(text(value))))
}

// mapPieces applies text to each piece of a value, and escapes what comes of it.
func mapPieces(value string, at byte, text func(string) string) string {
	pieces := cut(value, at)
	for i := range pieces {
		pieces[i] = Escape(Unescape(text(pieces[i])))
	}
	return strings.Join(pieces, string(at))
}

// cleanLines is text with line feeds as the only controls.
func cleanLines(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

// unfolded is the field without the folds that it came with: in 2.1 they mean something else.
func (f *Field) unfolded() *Field {
	if !strings.Contains(f.raw, "\r\n") {
		return f
	}
	g := f.copied()
	g.raw = ""
	return g
}

// attachLabels puts LABEL, which 4.0 does not have, to the address that it belongs to: the one with the same types.
func attachLabels(c *Card) {
	for _, label := range c.All("LABEL") {
		for _, adr := range c.All("ADR") {
			if adr.Param("LABEL") == "" && adr.field.Group == label.field.Group && sameTypes(adr, label) && onlyTypes(label) {
				c.Replace(adr, adr.With("LABEL", label.Text()))
				c.Replace(label, nil)
				break
			}
		}
	}
}

func sameTypes(a, b *Field) bool {
	return len(a.Params("TYPE")) == len(b.Params("TYPE")) && a.Param("PREF") == b.Param("PREF") &&
		!slices.ContainsFunc(a.Params("TYPE"), func(t string) bool { return !b.Is(t) })
}

// onlyTypes reports whether the field has no parameters that an address would not take over.
func onlyTypes(f *Field) bool {
	for name := range f.field.Params {
		if name != "TYPE" && name != "PREF" {
			return false
		}
	}
	return true
}

// nameOf makes a name of what a card has: RFC 6350 wants one.
func nameOf(c *Card) string {
	if n := c.Get("N"); n != nil {
		p := n.Components(5)
		if name := strings.Join(strings.Fields(strings.Join([]string{p[3], p[1], p[2], p[0], p[4]}, " ")), " "); name != "" {
			return name
		}
	}
	for _, name := range []string{"NICKNAME", "ORG", "EMAIL", "TEL"} {
		if f := c.Get(name); f != nil {
			if text := strings.TrimSpace(f.Components(1)[0]); text != "" {
				return text
			}
		}
	}
	return "?"
}
