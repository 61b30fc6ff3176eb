package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Frequency is how often a series recurs.
type Frequency uint8

// The frequencies. Those below a day do not occur in meetings.
const (
	Daily Frequency = iota + 1
	Weekly
	Monthly
	Yearly
)

// A Weekday is a day of the week in a rule: N is which one in the month, from the end if negative; 0: each.
type Weekday struct {
	N   int
	Day time.Weekday
}

// A Rule is the rule of a series. RFC 5545, section 3.3.10. A slice that is empty says nothing.
type Rule struct {
	Freq       Frequency
	Interval   int       // 1 and more
	Count      int       // 0: not said
	Until      time.Time // start of the last one possible, UTC; zero: not said
	ByDay      []Weekday
	ByMonthDay []int
	ByMonth    []int
	BySetPos   []int
	WeekStart  time.Weekday

	until moment // as written
}

var frequencies = map[string]Frequency{"DAILY": Daily, "WEEKLY": Weekly, "MONTHLY": Monthly, "YEARLY": Yearly}

var weekdays = map[string]time.Weekday{
	"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday,
	"FR": time.Friday, "SA": time.Saturday,
}

// parseRule reads an RRULE. One with parts that a [Rule] cannot hold, such as BYHOUR, is unclear.
func parseRule(s string) (*Rule, error) {
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	for part := range strings.SplitSeq(strings.Trim(strings.ToUpper(strings.TrimSpace(s)), ";"), ";") {
		name, value, _ := strings.Cut(part, "=")
		if !r.set(strings.TrimSpace(name), strings.TrimSpace(value)) {
			return nil, unclear("rule part %.60q", part)
		}
	}
	if r.Freq == 0 {
		return nil, unclear("rule without frequency")
	}
	return r, nil
}

func (r *Rule) set(name, value string) (ok bool) {
	switch name {
	case "FREQ":
		r.Freq, ok = frequencies[value]
	case "INTERVAL":
		r.Interval, ok = number(value, 1, 999)
	case "COUNT":
		r.Count, ok = number(value, 1, 1<<30)
	case "UNTIL":
		r.until, ok = parseMomentValue(value)
	case "WKST":
		r.WeekStart, ok = weekdays[value]
	case "BYDAY":
		r.ByDay, ok = list(value, parseWeekday)
	case "BYMONTHDAY":
		r.ByMonthDay, ok = list(value, func(s string) (int, bool) { return number(s, -31, 31) })
	case "BYMONTH":
		r.ByMonth, ok = list(value, func(s string) (int, bool) { return number(s, 1, 12) })
	case "BYSETPOS":
		r.BySetPos, ok = list(value, func(s string) (int, bool) { return number(s, -366, 366) })
	}
	return ok
}

// list reads values between commas, each once.
func list[T comparable](s string, read func(string) (T, bool)) ([]T, bool) {
	var all []T
	for one := range strings.SplitSeq(s, ",") {
		v, ok := read(strings.TrimSpace(one))
		if !ok || len(all) >= 400 {
			return nil, false
		}
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all, true
}

// number reads an integer from lo to hi that is not 0.
func number(s string, lo, hi int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n != 0 && n >= lo && n <= hi
}

// parseWeekday reads "MO", "2MO" or "-1SU".
func parseWeekday(s string) (Weekday, bool) {
	if len(s) < 2 {
		return Weekday{}, false
	}
	day, ok := weekdays[s[len(s)-2:]]
	w := Weekday{Day: day}
	if n := s[:len(s)-2]; ok && n != "" {
		w.N, ok = number(n, -53, 53)
	}
	return w, ok
}

// resolveUntil sets Until in the zone of a series that starts at wall, at days only if allDay.
func (r *Rule) resolveUntil(wall time.Time, allDay bool, zone *Zone) {
	u := r.until
	switch {
	case u.wall.IsZero():
	case u.utc:
		r.Until = u.wall
	case allDay:
		y, m, d := u.wall.Date()
		r.Until = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	case u.date: // the whole day is meant: the last one possible starts on it
		y, m, d := u.wall.Date()
		r.Until = zone.Instant(time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), 0, time.UTC))
	default:
		r.Until = zone.Instant(u.wall)
	}
}
