package calendar

import (
	"slices"
	"time"
)

// A dayFilter says on which days a rule falls: what its parts and its start say of days, so that a day is looked at
// without lists. RFC 5545, section 3.3.10.
type dayFilter struct {
	months    uint16 // bit 1 is January; 0: all
	monthDays uint32 // bit 1 is the first
	fromEnd   uint32 // bit 1 is the last
	inMonth   bool   // BYMONTHDAY is said
	weekdays  uint8  // bit 0 is Sunday
	nth       []Weekday
	onWeekday bool // BYDAY is said
	ofMonth   bool // nth counts in the month, else in the year
	yearDays  []int
	weeks     []int
	weekStart time.Weekday

	weekYear int // for which the next three hold
	firstDay int
	length   int
	weekSet  []int // first days of the weeks
}

// newDayFilter reads the parts of r that concern days; what they leave open the start tells, as RFC 8984, section
// 4.3.3.1, has it: the month also where BYMONTHDAY is said.
func newDayFilter(r *Rule, start int) *dayFilter {
	f := &dayFilter{yearDays: r.ByYearDay, weekStart: r.WeekStart, weekYear: -1 << 30}
	for _, m := range r.ByMonth {
		f.months |= 1 << m
	}
	monthDays := r.ByMonthDay
	if r.Freq == Weekly {
		monthDays = nil // RFC 5545 has no meaning for it
	}
	if r.Freq == Yearly {
		f.weeks = r.ByWeekNo
	}
	if r.Freq == Daily || r.Freq == Weekly || r.Freq == Monthly {
		f.yearDays = nil
	}
	byDay := slices.Clone(r.ByDay)
	_, month, day := dateOfDay(start)
	if r.Freq == Yearly && f.months == 0 && len(f.weeks)+len(f.yearDays) == 0 && (len(monthDays) > 0 || len(byDay) == 0) {
		f.months = 1 << month
	}
	switch implied := len(f.yearDays)+len(monthDays)+len(byDay) == 0; {
	case !implied:
	case r.Freq == Yearly && len(f.weeks) > 0, r.Freq == Weekly:
		byDay = []Weekday{{Day: weekdayOf(start)}}
	case r.Freq == Yearly, r.Freq == Monthly:
		monthDays = []int{day}
	}
	f.setMonthDays(monthDays)
	f.ofMonth = r.Freq == Monthly || len(r.ByMonth) > 0
	f.setWeekdays(byDay, (r.Freq == Monthly || r.Freq == Yearly) && len(f.weeks) == 0)
	return f
}

func (f *dayFilter) setMonthDays(days []int) {
	f.inMonth = len(days) > 0
	for _, d := range days {
		if d > 0 {
			f.monthDays |= 1 << d
		} else {
			f.fromEnd |= 1 << -d
		}
	}
}

// setWeekdays takes the days of the week; those with a number only count so if numbered.
func (f *dayFilter) setWeekdays(days []Weekday, numbered bool) {
	f.onWeekday = len(days) > 0
	for _, w := range days {
		if w.N == 0 || !numbered {
			f.weekdays |= 1 << w.Day
		} else {
			f.nth = append(f.nth, w)
		}
	}
}

// month reports whether any day of a month may be one.
func (f *dayFilter) month(m int) bool { return f.months == 0 || f.months>>m&1 == 1 }

// has reports whether a rule falls on a day, the nth of a month with so many.
func (f *dayFilter) has(n, year, month, day, inMonth int) bool {
	if !f.month(month) || f.inMonth && f.monthDays>>day&1 == 0 && f.fromEnd>>(inMonth-day+1)&1 == 0 {
		return false
	}
	if f.onWeekday && !f.weekday(n, year, day, inMonth) {
		return false
	}
	if len(f.yearDays) == 0 && len(f.weeks) == 0 {
		return true
	}
	f.loadYear(year)
	ofYear := n - f.firstDay + 1
	if len(f.yearDays) > 0 && !slices.Contains(f.yearDays, ofYear) && !slices.Contains(f.yearDays, ofYear-f.length-1) {
		return false
	}
	return len(f.weeks) == 0 || slices.Contains(f.weekSet, weekOf(n, f.weekStart))
}

// weekday looks at BYDAY.
func (f *dayFilter) weekday(n, year, day, inMonth int) bool {
	w := weekdayOf(n)
	if f.weekdays>>w&1 == 1 {
		return true
	}
	for _, want := range f.nth {
		if want.Day != w {
			continue
		}
		at, length := day, inMonth
		if !f.ofMonth {
			f.loadYear(year)
			at, length = n-f.firstDay+1, f.length
		}
		if want.N > 0 && (at-1)/7+1 == want.N || want.N < 0 && (length-at)/7+1 == -want.N {
			return true
		}
	}
	return false
}

// loadYear makes ready what depends on the year. Days at its ends may be in weeks of the years beside it.
func (f *dayFilter) loadYear(year int) {
	if f.weekYear == year {
		return
	}
	f.weekYear, f.firstDay, f.length = year, dayNumber(year, 1, 1), yearLength(year)
	f.weekSet = f.weekSet[:0]
	for y := year - 1; y <= year+1 && len(f.weeks) > 0; y++ {
		first, next := firstWeek(y, f.weekStart), firstWeek(y+1, f.weekStart)
		count := (next - first) / 7
		for _, w := range f.weeks {
			if w < 0 {
				w += count + 1
			}
			if w >= 1 && w <= count {
				f.weekSet = append(f.weekSet, first+7*(w-1))
			}
		}
	}
}

// firstWeek is the first day of the first week of a year: the one with four days in it. RFC 5545, BYWEEKNO.
func firstWeek(year int, start time.Weekday) int { return weekOf(dayNumber(year, 1, 4), start) }
