package calendar

import (
	"strconv"
	"strings"
	"time"
)

// A moment is a DATE or DATE-TIME as written. RFC 5545, sections 3.3.4 and 3.3.5.
type moment struct {
	wall time.Time // what a clock shows, its location being UTC whatever the zone
	date bool      // a day, without a time
	utc  bool
	tzid string // of a local time; empty: floating
}

// parseMoment reads the value of DTSTART, DTEND, RECURRENCE-ID and the like.
func parseMoment(p *property) (moment, error) {
	m, ok := parseMomentValue(p.value)
	if !ok {
		return moment{}, unclear("%s is %.40q", p.name, p.value)
	}
	if !m.utc && !m.date {
		m.tzid = p.param("TZID")
	}
	return m, nil
}

// parseMomentValue reads a moment without its parameters.
func parseMomentValue(s string) (moment, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for _, form := range []struct {
		layout string
		m      moment
	}{
		{"20060102", moment{date: true}}, {"20060102T150405Z", moment{utc: true}}, {"20060102T150405", moment{}},
		{"20060102T1504Z", moment{utc: true}}, {"20060102T1504", moment{}}, // some leave the seconds out
	} {
		if len(s) != len(form.layout) {
			continue
		}
		t, err := time.Parse(form.layout, s)
		if err != nil {
			continue
		}
		m := form.m
		m.wall = t
		return m, true
	}
	return moment{}, false
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
