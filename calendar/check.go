package calendar

import "strings"

// once are the properties that a component may hold only one time. RFC 5545, section 3.6.
var once = flagsOf(
	"UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "SUMMARY", "DESCRIPTION", "LOCATION", "ORGANIZER",
	"SEQUENCE", "STATUS", "CLASS", "TRANSP", "PRIORITY", "CREATED", "LAST-MODIFIED", "URL", "RRULE", "COMPLETED",
	"PERCENT-COMPLETE", "GEO",
)

// flagsOf gives each name a bit of its own.
func flagsOf(names ...string) map[string]uint32 {
	flags := map[string]uint32{}
	for i, name := range names {
		flags[name] = 1 << i
	}
	return flags
}

// check tells what the properties of a component say against RFC 5545. Nothing is changed: what cannot be understood
// is found again by whoever asks for it.
func (d *decoder) check(c *Component) {
	var seen uint32
	for p := range c.Properties() {
		name := p.prop.Name
		if once[name]&seen != 0 && c.name != VAlarm && (name != "DESCRIPTION" || c.name != VJournal) {
			d.problem(p.line, name+" given twice")
		}
		seen |= once[name]
		if reason := wrong(p); reason != "" {
			d.problem(p.line, name+": "+reason)
		}
	}
	for child := range c.Children("") {
		d.checkChild(child)
	}
}

// checkChild does the same for a component within another.
func (d *decoder) checkChild(c *Component) {
	if (c.name == VEvent || c.name == VTodo) && c.Get("UID") == nil {
		d.problem(lineOf(c), c.name+" without UID")
	}
	d.check(c)
}

// lineOf is where the first property of a component stands, of one without properties its BEGIN.
func lineOf(c *Component) int {
	for p := range c.Properties() {
		if p.line > 0 {
			return p.line
		}
		break
	}
	return c.line
}

// wrong says what is wrong with a value, "" if nothing is.
func wrong(p *Property) string {
	v := p.prop.Value
	switch p.prop.Name {
	case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID":
		m, ok := ParseMoment(v)
		switch {
		case !ok:
			return "no date"
		case m.Form == Date && p.Param("VALUE") == "":
			return "a day that is not marked as one"
		case m.Form == UTC && p.Param("TZID") != "":
			return "UTC and a zone"
		}
	case "DTSTAMP", "CREATED", "LAST-MODIFIED", "COMPLETED":
		if m, ok := ParseMoment(v); !ok || m.Form != UTC {
			return "no instant"
		}
	case "RRULE", "EXRULE":
		if _, err := ParseRule(v); err != nil {
			return strings.TrimPrefix(err.Error(), ErrUnclear.Error()+": ")
		}
	case "DURATION":
		if _, ok := parseDuration(v); !ok {
			return "no duration"
		}
	case "SUMMARY", "LOCATION", "DESCRIPTION", "COMMENT":
		return wrongEscape(v)
	}
	return ""
}

// wrongEscape looks for what TEXT may not hold. RFC 5545, section 3.3.11.
func wrongEscape(v string) string {
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case ',', ';':
			return "unescaped " + v[i:i+1]
		case '\\':
			if i++; i == len(v) || !strings.ContainsRune(`\;,nN`, rune(v[i])) {
				return "unknown escape"
			}
		}
	}
	return ""
}
