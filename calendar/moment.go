package calendar

import (
	"strings"
	"time"
)

// A Form is how a moment is written.
type Form uint8

// The forms. RFC 5545, sections 3.3.4 and 3.3.5.
const (
	NoForm   Form = iota // no moment
	Date                 // a day, wherever one is
	Floating             // what a clock shows, wherever one is
	UTC                  // an instant
	Zoned                // what a clock shows in the zone TZID
)

// A Moment is a DATE or DATE-TIME as written: what a clock shows, and where that clock is. Moments that are equal as
// values are written alike; two that differ may still be one instant.
type Moment struct {
	Wall time.Time // what the clock shows, in time.UTC whatever the zone; midnight for a day
	Form Form
	TZID string // of a Zoned one, as written
}

// IsZero reports whether there is no moment.
func (m Moment) IsZero() bool { return m.Form == NoForm }

// DateOf is the day of t as t shows it.
func DateOf(t time.Time) Moment { return Moment{Wall: startOfDay(t), Form: Date} }

// InstantOf is t in UTC, whole seconds.
func InstantOf(t time.Time) Moment { return Moment{Wall: civil(t.UTC()), Form: UTC} }

// WallOf is what the clock of t shows, in the zone with that name; floating if it is empty.
func WallOf(t time.Time, tzid string) Moment {
	if tzid == "" {
		return Moment{Wall: civil(t), Form: Floating}
	}
	return Moment{Wall: civil(t), Form: Zoned, TZID: tzid}
}

// String is the moment as a value: "20260828", "20260828T100000" or "20260828T100000Z".
func (m Moment) String() string {
	switch m.Form {
	case NoForm:
		return ""
	case Date:
		return m.Wall.Format("20060102")
	case UTC:
		return m.Wall.Format("20060102T150405Z")
	}
	return m.Wall.Format("20060102T150405")
}

// Property writes the moment as a property.
func (m Moment) Property(name string) *Property {
	switch m.Form {
	case Date:
		return NewProperty(name, m.String(), "VALUE", "DATE")
	case Zoned:
		return NewProperty(name, m.String(), "TZID", m.TZID)
	}
	return NewProperty(name, m.String())
}

// Add moves what the clock shows. A day is moved by whole days.
func (m Moment) Add(d time.Duration) Moment {
	if m.Form == Date {
		d = d.Round(24 * time.Hour)
	}
	m.Wall = m.Wall.Add(d)
	return m
}

// ParseMoment reads a value without its parameters: a day, an instant, or a floating time. Some leave the seconds
// out, or write them with separators; both are understood.
func ParseMoment(s string) (Moment, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if strings.ContainsAny(s, "-:") {
		s = momentSeparators.Replace(s)
	}
	m := Moment{Form: Floating}
	day, clock, timed := strings.Cut(s, "T")
	y, okY := digits(day, 0, 4)
	mo, okM := digits(day, 4, 2)
	d, okD := digits(day, 6, 2)
	if len(day) != 8 || !okY || !okM || !okD || mo < 1 || mo > 12 || d < 1 || d > daysIn(y, time.Month(mo)) {
		return Moment{}, false
	}
	if !timed {
		return Moment{Wall: time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC), Form: Date}, true
	}
	if rest, ok := strings.CutSuffix(clock, "Z"); ok {
		m.Form, clock = UTC, rest
	}
	h, okH := digits(clock, 0, 2)
	mi, okMi := digits(clock, 2, 2)
	sec, okS := 0, true
	if len(clock) != 4 {
		sec, okS = digits(clock, 4, 2)
	}
	if len(clock) != 4 && len(clock) != 6 || !okH || !okMi || !okS || h > 24 || mi > 59 || sec > 60 || h == 24 && mi+sec > 0 {
		return Moment{}, false
	}
	m.Wall = time.Date(y, time.Month(mo), d, h, mi, min(sec, 59), 0, time.UTC)
	return m, true
}

var momentSeparators = strings.NewReplacer("-", "", ":", "")

// digits reads n digits of s at a place.
func digits(s string, at, n int) (v int, ok bool) {
	if len(s) < at+n {
		return 0, false
	}
	for _, c := range []byte(s[at : at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = 10*v + int(c-'0')
	}
	return v, true
}

// Moment reads a property that holds one moment, with the zone that its parameter names.
func (p *Property) Moment() (Moment, bool) {
	if p == nil {
		return Moment{}, false
	}
	m, ok := ParseMoment(p.prop.Value)
	return m.in(p.Param("TZID")), ok
}

// in puts a floating moment into a zone; others stay.
func (m Moment) in(tzid string) Moment {
	if tzid = strings.TrimSpace(tzid); m.Form == Floating && tzid != "" {
		m.Form, m.TZID = Zoned, tzid
	}
	return m
}
