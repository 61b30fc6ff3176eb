package wire

import (
	"strings"
	"time"
)

// Layouts of RFC 9051 section 9: date-text and date-time.
const (
	dateLayout     = "2-Jan-2006"
	dateTimeLayout = "_2-Jan-2006 15:04:05 -0700"
)

// Date is a day without a time and a zone, as SEARCH compares them.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day of a moment, in the moment's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool {
	switch {
	case d.Year != e.Year:
		return d.Year < e.Year
	case d.Month != e.Month:
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// In is midnight at the beginning of the day in a zone.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// Date reads a day, with quotes or without: 1-Feb-1994.
func (r *Reader) Date() Date {
	s := r.Astring()
	if r.err != nil {
		return Date{}
	}
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		r.fail("expected a date")
		return Date{}
	}
	return DateOf(t)
}

// DateTime reads a moment in quotes, as of APPEND: "17-Jul-1996 02:44:25 -0700". The day may have one digit without the
// space that stands for the other.
func (r *Reader) DateTime() time.Time {
	if r.peek() != '"' {
		r.fail("expected a date and time")
	}
	s := strings.TrimPrefix(r.String(), " ")
	if r.err != nil {
		return time.Time{}
	}
	t, err := time.Parse("2-Jan-2006 15:04:05 -0700", s)
	if err != nil || t.Year() < 1 {
		r.fail("expected a date and time")
		return time.Time{}
	}
	return t
}
