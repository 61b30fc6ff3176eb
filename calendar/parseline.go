package calendar

import (
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"

	"github.com/emersion/go-ical"
	"golang.org/x/text/encoding/htmlindex"
)

// isText are the properties of which a value is one text, RFC 5545, section 3.8, and others of common programs.
var isText = map[string]bool{
	"SUMMARY": true, "DESCRIPTION": true, "LOCATION": true, "COMMENT": true, "CONTACT": true, "X-ALT-DESC": true,
	"STYLED-DESCRIPTION": true, "X-WR-CALNAME": true, "X-WR-CALDESC": true, "NAME": true,
}

// isTimed are the properties whose values hold no colon.
var isTimed = map[string]bool{
	"DTSTART": true, "DTEND": true, "DUE": true, "RECURRENCE-ID": true, "EXDATE": true, "RDATE": true, "DTSTAMP": true,
	"CREATED": true, "LAST-MODIFIED": true, "COMPLETED": true,
}

// parse reads one content line; false if it is none. Lines in quoted-printable, of vCalendar 1.0, are joined with
// those after them.
func (d *decoder) parse(line contentLine) (*Property, bool) {
	name, params, value, ok := splitLine(line.text)
	if !ok {
		return nil, false
	}
	p := &Property{prop: ical.Prop{Name: strings.ToUpper(name), Value: value}, line: line.number, content: line.text, raw: line.raw}
	d.parseParams(p, params)
	if strings.EqualFold(p.Param("ENCODING"), "QUOTED-PRINTABLE") {
		d.quotedPrintable(p)
	}
	return p, true
}

// splitLine finds the colon before the value. Values that hold none, and calendar users, tell where it is when a
// parameter holds one without being quoted.
func splitLine(line string) (name, params, value string, ok bool) {
	end := outsideQuotes(line, ':')
	if end < 0 {
		end = strings.IndexByte(line, ':') // a quote that does not end
	}
	if end <= 0 {
		return "", "", "", false
	}
	nameEnd := strings.IndexAny(line[:end], ";:")
	if nameEnd < 0 {
		nameEnd = end
	}
	if name = strings.TrimSpace(line[:nameEnd]); !isName(name) {
		return "", "", "", false
	}
	switch upper := strings.ToUpper(name); {
	case nameEnd == end:
	case isTimed[upper]:
		end = strings.LastIndexByte(line, ':')
	case upper == "ATTENDEE" || upper == "ORGANIZER":
		if at := strings.Index(strings.ToLower(line[end:]), ":mailto:"); at > 0 {
			end += at
		}
	}
	if nameEnd < end {
		params = line[nameEnd+1 : end]
	}
	return name, params, line[end+1:], true
}

// isName reports whether s may name a property. RFC 5545 has letters, digits and hyphens.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' && r != '/'
	}) < 0
}

// parseParams reads what stands between name and value. RFC 5545, section 3.2.
func (d *decoder) parseParams(p *Property, s string) {
	for s != "" {
		var one string
		one, s = cutOutside(s, ';')
		name, value, found := strings.Cut(one, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		switch {
		case name == "":
			d.problem(p.line, "empty parameter of "+p.prop.Name)
			p.content, p.raw = "", ""
			continue
		case !found: // vCalendar 1.0 names the value only
			d.problem(p.line, "parameter without a value in "+p.prop.Name)
			p.content, p.raw = "", ""
			name, value = bareParam(name), name
		}
		if _, again := p.prop.Params[name]; again {
			d.problem(p.line, "parameter "+name+" given twice in "+p.prop.Name)
			p.content, p.raw = "", ""
			p.prop.Params[name] = append(p.prop.Params[name], paramValues(value)...)
			continue
		}
		p.setParam(name, paramValues(value))
	}
}

// bareParam names the parameter whose value a vCalendar 1.0 gave without its name.
func bareParam(value string) string {
	switch value {
	case "QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT":
		return "ENCODING"
	}
	return "TYPE"
}

// paramValues splits the values of a parameter and takes off their quotes.
func paramValues(s string) []string {
	if !strings.ContainsAny(s, `",`) {
		return []string{unescapeParam(strings.Trim(s, " \t"))}
	}
	var values []string
	for more := true; more; {
		i := outsideQuotes(s, ',')
		one := s
		if more = i >= 0; more {
			one, s = s[:i], s[i+1:]
		}
		values = append(values, unescapeParam(strings.Trim(one, "\" \t")))
	}
	return values
}

// quotedPrintable reads a value of vCalendar 1.0 and makes TEXT of it.
func (d *decoder) quotedPrintable(p *Property) {
	var b strings.Builder
	b.WriteString(p.prop.Value)
	for strings.HasSuffix(b.String(), "=") && b.Len() < d.lim.Line {
		more, ok := d.lines.physical()
		if !ok {
			break
		}
		b.WriteString("\r\n")
		b.Write(more)
	}
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(b.String())))
	if err != nil {
		d.problem(p.line, "quoted-printable that is none in "+p.prop.Name)
		plain = []byte(b.String())
	}
	p.prop.Value = d.inCharset(p, plain)
	if isText[p.prop.Name] && !strings.Contains(p.prop.Value, `\`) {
		p.prop.Value = escapeText(p.prop.Value)
	}
	p.prop.Value = escapeLines(p.prop.Value)
	p.content, p.raw = "", ""
	p.setParam("ENCODING", nil)
	p.setParam("CHARSET", nil)
}

// inCharset makes UTF-8 of bytes in the charset that a parameter names.
func (d *decoder) inCharset(p *Property, b []byte) string {
	if name := p.Param("CHARSET"); name != "" && !slices.Contains([]string{"UTF-8", "UTF8"}, strings.ToUpper(name)) {
		if enc, err := htmlindex.Get(name); err == nil {
			if s, err := enc.NewDecoder().Bytes(b); err == nil {
				return string(s)
			}
		}
		d.problem(p.line, "unknown charset in "+p.prop.Name)
	}
	return d.lines.decoded(p.line, string(b))
}

// escapeLines puts line ends into a value as TEXT writes them, and leaves out other control characters.
func escapeLines(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return withoutControls(strings.ReplaceAll(s, "\n", `\n`))
}

// outsideQuotes returns where b first stands outside of double quotes, -1 if nowhere.
func outsideQuotes(s string, b byte) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == b && !quoted:
			return i
		}
	}
	return -1
}

// cutOutside is strings.Cut at a byte outside of double quotes.
func cutOutside(s string, b byte) (before, after string) {
	if i := outsideQuotes(s, b); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}
