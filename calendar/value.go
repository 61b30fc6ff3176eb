package calendar

import (
	"strconv"
	"strings"
	"time"
)

// parseMoment reads the value of DTSTART, DTEND, RECURRENCE-ID and the like.
func parseMoment(p *Property) (Moment, error) {
	m, ok := p.Moment()
	if !ok {
		return Moment{}, unclear("%s is %.40q", p.prop.Name, p.prop.Value)
	}
	return m, nil
}

// maxDuration bounds a DURATION: what is longer is no meeting.
const maxDuration = 10 * 366 * 24 * time.Hour

// parseDuration reads a DURATION such as "PT1H30M" or "-P1D". RFC 5545, section 3.3.6.
func parseDuration(s string) (time.Duration, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := time.Duration(1)
	switch {
	case strings.HasPrefix(s, "-"):
		sign, s = -1, s[1:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return 0, false
	}
	units := map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour}
	var sum time.Duration
	for s != "" {
		if s[0] == 'T' {
			units = map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
			s = s[1:]
			continue
		}
		i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(s[:i], 10, 32)
		unit, known := units[s[i]]
		if err != nil || !known || n > int64(maxDuration/unit) {
			return 0, false
		}
		if sum += time.Duration(n) * unit; sum > maxDuration {
			return 0, false
		}
		s = s[i+1:]
	}
	return sign * sum, true
}

// parseOffset reads a UTC-OFFSET such as "+0200" or "-043000", in seconds. RFC 5545, section 3.3.14.
func parseOffset(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	at := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	n := at(1)*3600 + at(3)*60
	if len(s) == 7 {
		n += at(5)
	}
	if s[0] == '-' {
		n = -n
	}
	return n, n > -24*3600 && n < 24*3600
}
