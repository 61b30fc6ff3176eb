package mail

import (
	"strings"
	"time"
)

// obsoleteZones are the names of RFC 5322 section 4.3 and a few that mail really carries, as hours east of Greenwich
// times one hundred.
var obsoleteZones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 100, "west": 100, "cet": 100, "met": 100, "mez": 100,
	"cest": 200, "mest": 200, "mesz": 200, "eet": 200, "eest": 300, "msk": 300, "msd": 400, "ist": 530, "hkt": 800,
	"jst": 900, "kst": 900, "aest": 1000, "edt": -400, "est": -500, "cdt": -500, "cst": -600, "mdt": -600, "mst": -700,
	"pdt": -700, "pst": -800, "hst": -1000,
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

// dateFields gathers what a date says while its words are read.
type dateFields struct {
	day, month, year  int
	hour, minute, sec int
	zone              int // minutes east
	hasTime, hasZone  bool
}

// parseDate reads a Date value: RFC 5322 with its obsolete forms, asctime's order, two-digit years, missing zones and
// weekdays, ISO 8601. It reports false when no day or no time can be made out.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	var d dateFields
	depth, words := 0, 0
	for i := 0; i < len(s) && words < 24; {
		switch c := s[i]; {
		case c == '(':
			depth++
			i++
		case c == ')':
			depth = max(depth-1, 0)
			i++
		case depth > 0 || dateSpace(c):
			i++
		default:
			j := i + 1
			for j < len(s) && !dateSpace(s[j]) && s[j] != '(' && !(s[j] == '-' && s[i] != '-' && s[i] != '+') {
				j++
			}
			d.word(s[i:j])
			words++
			if j < len(s) && s[j] == '-' && !d.hasTime {
				j++ // 21-Aug-1995
			}
			i = j
		}
	}
	return d.time()
}

func dateSpace(c byte) bool { return c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\n' }

// word takes one word for what it can be.
func (d *dateFields) word(w string) {
	switch c := w[0]; {
	case (c == '+' || c == '-') && d.hasTime:
		d.offset(w)
	case strings.IndexByte(w, ':') > 0 && c >= '0' && c <= '9':
		d.clock(w)
	case c >= '0' && c <= '9':
		d.number(w)
	default:
		d.name(w)
	}
}

func (d *dateFields) name(w string) {
	w = strings.ToLower(strings.TrimRight(w, "."))
	if len(w) >= 3 && d.month == 0 {
		if i := strings.Index(monthNames, w[:3]); i >= 0 && i%3 == 0 {
			d.month = i/3 + 1
			return
		}
	}
	if !d.hasTime || d.hasZone {
		return
	}
	if plus := strings.IndexAny(w, "+-"); plus > 0 { // GMT+0200
		d.offset(w[plus:])
	} else if z, ok := obsoleteZones[w]; ok {
		d.zone, d.hasZone = zoneMinutes(z), true
	}
}

// offset reads +hhmm, +hh:mm and +hmm.
func (d *dateFields) offset(w string) {
	n, digits := 0, 0
	for _, c := range w[1:] {
		if c >= '0' && c <= '9' && digits < 4 {
			n = n*10 + int(c-'0')
			digits++
		} else if c != ':' {
			break
		}
	}
	if digits > 0 && digits <= 2 {
		n *= 100
	}
	if w[0] == '-' {
		n = -n
	}
	if z := zoneMinutes(n); digits > 0 && !d.hasZone && z > -24*60 && z < 24*60 {
		d.zone, d.hasZone = z, true
	}
}

func zoneMinutes(hhmm int) int { return hhmm/100*60 + hhmm%100 }

func (d *dateFields) clock(w string) {
	var n [3]int
	field := 0
	for i := 0; i < len(w) && field < 3; i++ {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			n[field] = min(n[field]*10+int(c-'0'), 1000)
		case c == ':':
			field++
		case c == '+' && i > 0:
			d.hour, d.minute, d.sec, d.hasTime = n[0], n[1], n[2], true
			d.offset(w[i:])
			return
		default:
			field = 3
		}
	}
	if !d.hasTime {
		d.hour, d.minute, d.sec, d.hasTime = n[0], n[1], n[2], true
	}
}

func (d *dateFields) number(w string) {
	n, digits := 0, 0
	for _, c := range w {
		if c < '0' || c > '9' {
			break
		}
		n = min(n*10+int(c-'0'), 1e6)
		digits++
	}
	switch {
	case d.day == 0 && digits <= 2:
		d.day = n
	case d.year != 0:
	case digits >= 4:
		d.year = n
	case n < 50: // RFC 5322 section 4.3
		d.year = 2000 + n
	default:
		d.year = 1900 + n
	}
}

func (d *dateFields) time() (time.Time, bool) {
	if d.day < 1 || d.day > 31 || d.month == 0 || d.year < 1 || d.year > 9999 || !d.hasTime ||
		d.hour > 24 || d.minute > 59 || d.sec > 60 {
		return time.Time{}, false
	}
	loc := time.UTC
	if d.zone != 0 {
		loc = time.FixedZone("", d.zone*60)
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.sec, 0, loc), true
}
