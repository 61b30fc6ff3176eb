package vcard

import (
	"slices"
	"strings"
)

// downgrade says a card's fields in the words of 3.0.
func downgrade(fields []*Field) []*Field {
	var out []*Field
	named := false
	for _, f := range fields {
		named = named || f.name == "N"
		if sort := f.Param("SORT-AS"); f.name == "N" && sort != "" {
			out = append(out, downgraded(f.With("SORT-AS")), NewText("SORT-STRING", strings.Join(f.Params("SORT-AS"), ",")))
			continue
		}
		if label := f.Param("LABEL"); f.name == "ADR" && label != "" {
			l := NewText("LABEL", label).WithGroup(f.field.Group).With("TYPE", f.Params("TYPE")...)
			if p := f.Param("PREF"); p != "" {
				l = l.With("PREF", p)
			}
			out = append(out, downgraded(f.With("LABEL")), downgraded(l))
			continue
		}
		out = append(out, downgraded(f))
	}
	if !named { // 3.0 wants one. RFC 2426, section 3.1.2
		out = append(out, NewField("N", ";;;;"))
	}
	return out
}

// downgraded is a field in the words of 3.0. PREF beyond 1 stays a parameter that 3.0 does not know.
func downgraded(f *Field) *Field {
	g := f
	if f.Param("PREF") == "1" {
		g = g.With("PREF").With("TYPE", append(slices.Clone(f.Params("TYPE")), "pref")...)
	}
	switch f.name {
	case "PHOTO", "LOGO", "SOUND", "KEY":
		if kind, data, ok := DataURI(f.Value()); ok {
			g = g.With("MEDIATYPE").With("VALUE").With("ENCODING", "b").WithValue(encode64(data))
			if name := typeOf(f.name, kind); name != "" {
				g = g.With("TYPE", append([]string{name}, g.Params("TYPE")...)...)
			}
			return g
		}
	case "BDAY", "ANNIVERSARY":
		return downgradedDate(g)
	case "GEO":
		if at, ok := cutFold(f.field.Value, "geo:"); ok {
			if lat, long, ok := strings.Cut(at, ","); ok && isDegrees(lat) && isDegrees(long) {
				return g.WithValue(lat + ";" + long)
			}
		}
	case "KIND":
		return g.renamed("X-ADDRESSBOOKSERVER-KIND")
	case "MEMBER":
		return g.renamed("X-ADDRESSBOOKSERVER-MEMBER")
	}
	return g
}

// noYear stands for the year of a day without one, which 3.0 has no words for.
const noYear = 1604

// downgradedDate is a day in the words of 3.0. RFC 2426, section 3.1.5.
func downgradedDate(f *Field) *Field {
	if strings.EqualFold(f.Param("VALUE"), "text") {
		return f
	}
	d, rest, ok := cutDate(f.field.Value)
	if !ok || d.Month == 0 || d.Day == 0 {
		return f
	}
	if d.Year == 0 {
		d.Year = noYear
		f = f.With(omitYear, "1604")
	}
	return f.WithValue(d.Extended() + rest)
}
