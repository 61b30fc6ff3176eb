package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Frequency is how often a series recurs.
type Frequency uint8

// The frequencies. RFC 5545, section 3.3.10.
const (
	Secondly Frequency = iota + 1
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

// A Weekday is a day of the week in a rule: N is which one in the month or year, from the end if negative; 0: each.
type Weekday struct {
	N   int
	Day time.Weekday
}

// A Rule is the rule of a series. RFC 5545, section 3.3.10. A slice that is empty says nothing.
type Rule struct {
	Freq       Frequency
	Interval   int       // 1 and more
	Count      int       // 0: not said
	Last       Moment    // UNTIL as written; its zero value: not said
	Until      time.Time // of the rule of an [Invitation]: start of the last one possible, UTC; zero: not said
	BySecond   []int
	ByMinute   []int
	ByHour     []int
	ByDay      []Weekday
	ByMonthDay []int
	ByYearDay  []int
	ByWeekNo   []int
	ByMonth    []int
	BySetPos   []int
	WeekStart  time.Weekday
}

var frequencies = map[string]Frequency{
	"SECONDLY": Secondly, "MINUTELY": Minutely, "HOURLY": Hourly, "DAILY": Daily, "WEEKLY": Weekly, "MONTHLY": Monthly,
	"YEARLY": Yearly,
}

var frequencyNames = [...]string{
	Secondly: "SECONDLY", Minutely: "MINUTELY", Hourly: "HOURLY", Daily: "DAILY", Weekly: "WEEKLY", Monthly: "MONTHLY",
	Yearly: "YEARLY",
}

var weekdays = map[string]time.Weekday{
	"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday,
	"FR": time.Friday, "SA": time.Saturday,
}

var weekdayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// Bounds of a rule.
const (
	maxInterval = 1_000_000
	maxListed   = 400 // values of one part
)

// ParseRule reads the value of an RRULE or EXRULE, in whatever case. The error wraps [ErrUnclear]: for parts that are
// not known, values out of range, and calendars other than the Gregorian (RFC 7529, RSCALE).
func ParseRule(s string) (*Rule, error) {
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	for part := range strings.SplitSeq(strings.Trim(strings.ToUpper(strings.TrimSpace(s)), ";"), ";") {
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case name == "RSCALE" && value != "GREGORIAN":
			return nil, unclear("calendar %.20q of a rule is not known", value)
		case name == "RSCALE" || name == "SKIP" && value == "OMIT" || name == "" && value == "":
		case !r.set(name, value):
			return nil, unclear("rule part %.60q", part)
		}
	}
	if r.Freq == 0 {
		return nil, unclear("rule without frequency")
	}
	return r, nil
}

// parseRule reads the rule of a meeting. One that no mail program shows, such as BYHOUR, is unclear.
func parseRule(s string) (*Rule, error) {
	r, err := ParseRule(s)
	if err != nil {
		return nil, err
	}
	if r.Freq < Daily || r.Interval > 999 || len(r.BySecond)+len(r.ByMinute)+len(r.ByHour)+len(r.ByYearDay)+len(r.ByWeekNo) > 0 {
		return nil, unclear("rule %.60q", s)
	}
	return r, nil
}

func (r *Rule) set(name, value string) (ok bool) {
	switch name {
	case "FREQ":
		r.Freq, ok = frequencies[value]
	case "INTERVAL":
		r.Interval, ok = number(value, 1, maxInterval)
	case "COUNT":
		r.Count, ok = number(value, 1, 1<<30)
	case "UNTIL":
		r.Last, ok = ParseMoment(value)
	case "WKST":
		r.WeekStart, ok = weekdays[value]
	case "BYDAY":
		r.ByDay, ok = list(value, parseWeekday)
	case "BYSECOND":
		r.BySecond, ok = numbers(value, 0, 60)
	case "BYMINUTE":
		r.ByMinute, ok = numbers(value, 0, 59)
	case "BYHOUR":
		r.ByHour, ok = numbers(value, 0, 23)
	case "BYMONTHDAY":
		r.ByMonthDay, ok = numbers(value, -31, 31)
	case "BYYEARDAY":
		r.ByYearDay, ok = numbers(value, -366, 366)
	case "BYWEEKNO":
		r.ByWeekNo, ok = numbers(value, -53, 53)
	case "BYMONTH":
		r.ByMonth, ok = numbers(value, 1, 12)
	case "BYSETPOS":
		r.BySetPos, ok = numbers(value, -maxPosition, maxPosition)
	}
	return ok
}

// maxPosition bounds BYSETPOS: RFC 5545 has 366, which is too little with times of day.
const maxPosition = 100_000

// String writes the rule as a value.
func (r *Rule) String() string {
	if r.Freq == 0 || int(r.Freq) >= len(frequencyNames) {
		return ""
	}
	var b strings.Builder
	b.WriteString("FREQ=" + frequencyNames[r.Freq])
	if r.Interval > 1 {
		b.WriteString(";INTERVAL=" + strconv.Itoa(r.Interval))
	}
	if !r.Last.IsZero() {
		b.WriteString(";UNTIL=" + r.Last.String())
	}
	if r.Count > 0 {
		b.WriteString(";COUNT=" + strconv.Itoa(r.Count))
	}
	for _, part := range []struct {
		name string
		list []int
	}{
		{"BYSECOND", r.BySecond}, {"BYMINUTE", r.ByMinute}, {"BYHOUR", r.ByHour}, {"BYMONTHDAY", r.ByMonthDay},
		{"BYYEARDAY", r.ByYearDay}, {"BYWEEKNO", r.ByWeekNo}, {"BYMONTH", r.ByMonth}, {"BYSETPOS", r.BySetPos},
	} {
		writePart(&b, part.name, part.list, strconv.Itoa)
	}
	writePart(&b, "BYDAY", r.ByDay, Weekday.String)
	if r.WeekStart != time.Monday {
		b.WriteString(";WKST=" + weekdayNames[r.WeekStart])
	}
	return b.String()
}

// String is the day as a rule has it: "MO", "2MO" or "-1SU".
func (w Weekday) String() string {
	if w.N == 0 {
		return weekdayNames[w.Day]
	}
	return strconv.Itoa(w.N) + weekdayNames[w.Day]
}

func writePart[T any](b *strings.Builder, name string, list []T, text func(T) string) {
	for i, v := range list {
		if i == 0 {
			b.WriteString(";" + name + "=")
		} else {
			b.WriteByte(',')
		}
		b.WriteString(text(v))
	}
}

// list reads values between commas, each once.
func list[T comparable](s string, read func(string) (T, bool)) ([]T, bool) {
	var all []T
	for one := range strings.SplitSeq(s, ",") {
		v, ok := read(strings.TrimSpace(one))
		if !ok || len(all) >= maxListed {
			return nil, false
		}
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all, true
}

// numbers reads a list of integers from lo to hi; 0 is one of them if lo is 0.
func numbers(s string, lo, hi int) ([]int, bool) {
	return list(s, func(s string) (int, bool) {
		if n, err := strconv.Atoi(s); err == nil && n == 0 && lo == 0 {
			return 0, true
		}
		return number(s, lo, hi)
	})
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
	switch u := r.Last; {
	case u.IsZero():
	case u.Form == UTC:
		r.Until = u.Wall
	case allDay:
		r.Until = startOfDay(u.Wall)
	case u.Form == Date: // the whole day is meant: the last one possible starts on it
		y, m, d := u.Wall.Date()
		r.Until = zone.Instant(time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), 0, time.UTC))
	default:
		r.Until = zone.Instant(u.Wall)
	}
}
