package vcard

import (
	"fmt"
	"strings"
	"time"
)

// A Date is a day without time and zone. What is 0 is not known. RFC 6350, section 4.3.1.
type Date struct {
	Year, Month, Day int
}

// String is the date as 4.0 writes it.
func (d Date) String() string {
	switch {
	case d.Year == 0 && d.Month == 0:
		return fmt.Sprintf("---%02d", d.Day)
	case d.Year == 0 && d.Day == 0:
		return fmt.Sprintf("--%02d", d.Month)
	case d.Year == 0:
		return fmt.Sprintf("--%02d%02d", d.Month, d.Day)
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day)
}

// Extended is the whole date with dashes, as 3.0 likes it.
func (d Date) Extended() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Whole reports whether the day is known with its year.
func (d Date) Whole() bool { return d.Year != 0 && d.Month != 0 && d.Day != 0 }

// ParseDate reads a day as 4.0, 3.0 and many programs write it. A time of day behind it does not matter.
func ParseDate(value string) (Date, bool) {
	d, _, ok := cutDate(strings.TrimSpace(value))
	return d, ok
}

// Date is the day that the field tells.
func (f *Field) Date() (Date, bool) {
	if strings.EqualFold(f.Param("VALUE"), "text") {
		return Date{}, false
	}
	d, ok := ParseDate(f.field.Value)
	if omitted, _, known := cutDate(f.Param(omitYear)); ok && known && omitted.Year == d.Year {
		d.Year = 0
	}
	return d, ok
}

// dateForms are the patterns of dates: y, m and d stand for a digit.
var dateForms = []string{"yyyymmdd", "yyyy-mm-dd", "yyyy/mm/dd", "--mmdd", "--mm-dd", "---dd", "yyyy-mm", "--mm", "yyyy"}

// cutDate reads a date and returns what stands behind it: nothing, or T and a time.
func cutDate(s string) (d Date, rest string, ok bool) {
	s = strings.TrimSpace(s)
	for _, form := range dateForms {
		if d, ok := matchDate(s, form); ok {
			rest = s[len(form):]
			if rest == "" || rest[0] == 'T' || rest[0] == 't' || rest[0] == ' ' && form == "yyyy-mm-dd" {
				return d, strings.Replace(rest, " ", "T", 1), true
			}
		}
	}
	return Date{}, "", false
}

func matchDate(s, form string) (d Date, ok bool) {
	if len(s) < len(form) {
		return d, false
	}
	for i := range len(form) {
		digit := s[i] >= '0' && s[i] <= '9'
		n := int(s[i] - '0')
		switch form[i] {
		case 'y':
			d.Year = d.Year*10 + n
		case 'm':
			d.Month = d.Month*10 + n
		case 'd':
			d.Day = d.Day*10 + n
		default:
			digit = s[i] == form[i]
		}
		if !digit {
			return d, false
		}
	}
	return d, d.plausible(form)
}

// plausible reports whether there is such a day.
func (d Date) plausible(form string) bool {
	y, m, day := d.Year, d.Month, d.Day
	if strings.Contains(form, "m") && (m < 1 || m > 12) || strings.Contains(form, "d") && (day < 1 || day > 31) || strings.Contains(form, "y") && y == 0 {
		return false
	}
	if y == 0 {
		y = 2000 // a leap year
	}
	return m == 0 || day == 0 || time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC).Day() == day
}
