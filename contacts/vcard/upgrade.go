package vcard

import (
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// upgrade brings a card of 2.1 or 3.0 to 4.0. RFC 6350, appendix A.
func upgrade(c *Card, from string) {
	for i, f := range c.fields {
		c.fields[i] = upgraded(f, from)
	}
	if sort := c.Text("SORT-STRING"); sort != "" {
		if n := c.Get("N"); n != nil && n.Param("SORT-AS") == "" {
			c.Replace(n, n.With("SORT-AS", sort))
			c.Remove("SORT-STRING")
		}
	}
}

// upgraded is a field in the words of 4.0.
func upgraded(f *Field, from string) *Field {
	g := f
	if from == "2.1" {
		g = readable(g)
	}
	if hasFold(g.Params("TYPE"), "PREF") {
		types := slices.DeleteFunc(slices.Clone(g.Params("TYPE")), func(t string) bool { return strings.EqualFold(t, "PREF") })
		g = g.With("TYPE", types...).With("PREF", "1")
	}
	if g.isBinary() && (hasFold(g.Params("ENCODING"), "B") || hasFold(g.Params("ENCODING"), "BASE64")) {
		g = binary(g)
	}
	return g
}

func hasFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(t, s) })
}

// isBinary reports whether the field is one that holds bytes.
func (f *Field) isBinary() bool {
	switch f.name {
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return true
	}
	return hasFold(f.Params("ENCODING"), "B") || hasFold(f.Params("ENCODING"), "BASE64")
}

// binary makes the value a data URI.
func binary(f *Field) *Field {
	data, ok := decode64(f.field.Value)
	if !ok {
		return f
	}
	kind := "application/octet-stream"
	types := f.Params("TYPE")
	if len(types) > 0 {
		sub := strings.ToLower(types[0])
		switch {
		case strings.Contains(sub, "/"):
			kind = sub
		case f.name == "PHOTO" || f.name == "LOGO":
			kind = "image/" + strings.Replace(sub, "jpg", "jpeg", 1)
		case f.name == "SOUND":
			kind = "audio/" + sub
		}
	} else if f.name == "PHOTO" || f.name == "LOGO" {
		kind = "image/jpeg"
	}
	return f.With("ENCODING").With("TYPE").With("VALUE").WithValue("data:" + kind + ";base64," + encode64(data))
}

// structured are the fields whose value has components.
var structured = map[string]bool{"N": true, "ADR": true, "ORG": true}

// readable undoes what 2.1 does to text: quoted-printable, charsets, and no escapes but for the semicolon.
func readable(f *Field) *Field {
	g := f
	value := f.field.Value
	if hasFold(f.Params("ENCODING"), "QUOTED-PRINTABLE") {
		raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
		if err == nil || len(raw) > 0 {
			value = string(raw)
		}
		if name := f.Param("CHARSET"); name != "" {
			if enc, err := htmlindex.Get(name); err == nil {
				if text, err := enc.NewDecoder().String(value); err == nil {
					value = text
				}
			}
		}
		value = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(value, "\uFFFD"))
		lines := strings.Split(value, "\n")
		for i := range lines {
			lines[i] = clean(lines[i])
		}
		value = strings.Join(lines, "\n")
	}
	if f.isBinary() {
		return g
	}
	g = g.With("ENCODING").With("CHARSET")
	if structured[f.name] {
		return g.WithValue(join(split(value, ';'), ";"))
	}
	return g.WithValue(Escape(Unescape(value)))
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
