package kql

import (
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/find"
)

// span is a value of a date: days from First to Last, or a moment.
type span struct {
	first, last find.Day
	moment      time.Time // zero: days are meant
}

// dayOps are the keys that compare days: earlier, on it, or later.
type dayOps struct{ before, on, since find.Op }

func received(p *parser, op operator, value string) (find.Key, bool) {
	from, to, ok := p.dateRange(op, value)
	if !ok {
		return find.Key{}, false
	}
	if from == to && !from.moment.IsZero() {
		return from.asMoment(op), true
	}
	return dayOps{find.Before, find.On, find.Since}.compare(op, from.first, to.last), true
}

func sent(p *parser, op operator, value string) (find.Key, bool) {
	from, to, ok := p.dateRange(op, value)
	if !ok {
		return find.Key{}, false
	}
	return dayOps{find.SentBefore, find.SentOn, find.SentSince}.compare(op, from.first, to.last), true
}

// compare compares with all days from first to last.
func (d dayOps) compare(op operator, first, last find.Day) find.Key {
	since := func(day find.Day) find.Key { return find.Key{Op: d.since, Day: day} }
	before := func(day find.Day) find.Key { return find.Key{Op: d.before, Day: day} }
	switch op {
	case less:
		return before(first)
	case lessEqual:
		return before(last.Plus(1))
	case greater:
		return since(last.Plus(1))
	case greaterEqual:
		return since(first)
	}
	if first == last {
		return find.Key{Op: d.on, Day: first}
	}
	return find.AllOf(since(first), before(last.Plus(1)))
}

// asMoment compares with a moment.
func (s span) asMoment(op operator) find.Key {
	from, until := find.Key{Op: find.From, Time: s.moment}, find.Key{Op: find.Until, Time: s.moment}
	switch op {
	case less:
		return find.NoneOf(from)
	case lessEqual:
		return until
	case greater:
		return find.NoneOf(until)
	case greaterEqual:
		return from
	}
	return find.AllOf(from, until)
}

// dateRange reads a date, or two with dots between.
func (p *parser) dateRange(op operator, value string) (from, to span, ok bool) {
	first, last, is := strings.Cut(value, "..")
	if !is {
		from, ok = p.date(value)
		return from, from, ok
	}
	from, ok1 := p.date(first)
	to, ok2 := p.date(last)
	return from, to, ok1 && ok2 && op == equal && !to.last.Before(from.first)
}

// moreOfDate reads what belongs to a date whose first word has been read: this week, last month.
func (p *parser) moreOfDate(first string) string {
	switch strings.ToLower(first) {
	case "this", "last", "past":
	default:
		return first
	}
	before := p.rest
	p.space()
	second := p.word()
	if _, ok := p.date(first + " " + second); !ok {
		p.rest = before
		return first
	}
	return first + " " + second
}

// layouts are the ways to write a day in numbers. Where the month may stand first or second, it stands first.
var layouts = []string{"2006-1-2", "2006/1/2", "1/2/2006", "2/1/2006", "2.1.2006", "1-2-2006", "2-1-2006", "1/2/06", "2.1.06", "2-Jan-2006", "20060102"}

// moments are the ways to write a moment.
var moments = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

// date reads a date.
func (p *parser) date(s string) (span, bool) {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	if first, last, ok := p.relative(s); ok {
		return span{first: first, last: last}, true
	}
	s = strings.ToUpper(s)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil && usable(t) {
			return span{first: find.DayOf(t), last: find.DayOf(t)}, true
		}
	}
	for _, layout := range moments {
		if t, err := time.Parse(layout, s); err == nil && usable(t) {
			return span{first: find.DayOf(t), last: find.DayOf(t), moment: t.UTC()}, true
		}
	}
	if t, err := time.Parse("2006-1", s); err == nil && usable(t) {
		return months(t.Year(), t.Month(), 1), true
	}
	if t, err := time.Parse("2006", s); err == nil && usable(t) {
		return months(t.Year(), time.January, 12), true
	}
	return span{}, false
}

// usable keeps to years whose neighbours are years too.
func usable(t time.Time) bool { return t.Year() > 0 && t.Year() < 9999 }

// months is a number of whole months.
func months(year int, month time.Month, n int) span {
	first := find.DayOf(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC))
	last := find.DayOf(time.Date(year, month+time.Month(n), 0, 0, 0, 0, 0, time.UTC))
	return span{first: first, last: last}
}

// relative reads a date that depends on today.
func (p *parser) relative(s string) (first, last find.Day, ok bool) {
	day := p.today
	monday := day.Plus(-(int(day.Weekday()) + 6) % 7)
	s = strings.Replace(s, "past ", "last ", 1)
	switch strings.ReplaceAll(s, " ", "") {
	case "today":
		return day, day, true
	case "yesterday":
		return day.Plus(-1), day.Plus(-1), true
	case "tomorrow":
		return day.Plus(1), day.Plus(1), true
	case "thisweek":
		return monday, monday.Plus(6), true
	case "lastweek":
		return monday.Plus(-7), monday.Plus(-1), true
	case "thismonth":
		m := months(day.Year, day.Month, 1)
		return m.first, m.last, true
	case "lastmonth":
		m := months(day.Year, day.Month-1, 1)
		return m.first, m.last, true
	case "thisyear":
		m := months(day.Year, time.January, 12)
		return m.first, m.last, true
	case "lastyear":
		m := months(day.Year-1, time.January, 12)
		return m.first, m.last, true
	}
	return p.named(s)
}

// named reads the name of a day of the week or of a month: the last one that was, or that is now.
func (p *parser) named(s string) (first, last find.Day, ok bool) {
	day := p.today
	for range 7 {
		if s == strings.ToLower(day.Weekday().String()) {
			return day, day, true
		}
		day = day.Plus(-1)
	}
	for m := time.January; m <= time.December; m++ {
		if s != strings.ToLower(m.String()) {
			continue
		}
		year := p.today.Year
		if m > p.today.Month {
			year--
		}
		whole := months(year, m, 1)
		return whole.first, whole.last, true
	}
	return find.Day{}, find.Day{}, false
}
