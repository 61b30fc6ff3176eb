package calendar

import (
	"net/url"
	"strings"
)

// calendarAddress is the mail address in an ORGANIZER or ATTENDEE: of the value, else of its parameter EMAIL, as some
// write it beside a value of their own. "": there is none.
func calendarAddress(p *Property) string {
	if a := addressOf(p.prop.Value); a != "" {
		return a
	}
	return addressOf(p.Param("EMAIL"))
}

// addressOf reads a CAL-ADDRESS, with or without its scheme. RFC 5545, section 3.3.3.
func addressOf(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
	}
	s, _, _ = strings.Cut(strings.Trim(strings.TrimSpace(s), "<>"), "?")
	if !strings.Contains(s, "@") || strings.ContainsAny(s, " <>\"\r\n") || strings.Contains(s, "://") {
		return ""
	}
	return s
}
