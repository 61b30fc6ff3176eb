package activesync

import (
	"fmt"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// Sums of days of the week that stand for more than themselves: with WeekOfMonth they are the nth working day, weekend day or
// day. MS-ASEMAIL, DayOfWeek.
const (
	workdays = 62
	weekend  = 65
	allDays  = 127
)

const (
	lastWeek       = 5 // WeekOfMonth
	maxOccurrences = 999
)

// recurrenceOf says a rule in ActiveSync's words. wall is what clocks show at the start, which says what the rule does
// not. A rule for which there are no words is calendar.ErrUnclear. MS-ASEMAIL, Recurrence.
func recurrenceOf(rule *calendar.Rule, wall time.Time) (*wire.Recurrence, error) {
	r := &wire.Recurrence{Interval: rule.Interval, Occurrences: rule.Count, FirstDay: rule.WeekStart}
	if r.Occurrences == 0 {
		r.Until = rule.Until
	}
	ok := false
	switch rule.Freq {
	case calendar.Daily:
		ok = recurDaily(r, rule)
	case calendar.Weekly:
		ok = recurWeekly(r, rule, wall)
	case calendar.Monthly:
		ok = len(rule.ByMonth) == 0 && recurMonthly(r, rule, wall)
	case calendar.Yearly:
		ok = recurYearly(r, rule, wall)
	}
	if !ok || r.Occurrences > maxOccurrences {
		return nil, fmt.Errorf("%w: a rule for which there are no words", calendar.ErrUnclear)
	}
	return r, nil
}

// recurDaily: each day, or those days of each week.
func recurDaily(r *wire.Recurrence, rule *calendar.Rule) bool {
	if len(rule.ByMonth)+len(rule.ByMonthDay)+len(rule.BySetPos) > 0 {
		return false
	}
	r.Type = wire.RecurDaily
	if len(rule.ByDay) == 0 {
		return true
	}
	var ok bool
	r.Type = wire.RecurWeekly
	r.DayOfWeek, ok = daySum(rule.ByDay)
	return ok && rule.Interval == 1
}

func recurWeekly(r *wire.Recurrence, rule *calendar.Rule, wall time.Time) bool {
	if len(rule.ByMonth)+len(rule.ByMonthDay)+len(rule.BySetPos) > 0 {
		return false
	}
	r.Type, r.DayOfWeek = wire.RecurWeekly, 1<<wall.Weekday()
	if len(rule.ByDay) == 0 {
		return true
	}
	var ok bool
	r.DayOfWeek, ok = daySum(rule.ByDay)
	return ok
}

// recurMonthly: on a day of the month, or on a weekday of it.
func recurMonthly(r *wire.Recurrence, rule *calendar.Rule, wall time.Time) bool {
	r.Type = wire.RecurMonthly
	if len(rule.ByDay) > 0 {
		r.Type = wire.RecurMonthlyNth
		return len(rule.ByMonthDay) == 0 && weekdayOfMonth(r, rule)
	}
	r.DayOfMonth = wall.Day()
	switch day := dayOrLast(rule); {
	case day != 0:
		r.DayOfMonth = day
	case len(rule.BySetPos) > 0, len(rule.ByMonthDay) > 1:
		return false
	case len(rule.ByMonthDay) == 0:
	case rule.ByMonthDay[0] > 0:
		r.DayOfMonth = rule.ByMonthDay[0]
	case rule.ByMonthDay[0] == -1:
		r.Type, r.DayOfMonth, r.DayOfWeek, r.WeekOfMonth = wire.RecurMonthlyNth, 0, allDays, lastWeek
	default:
		return false
	}
	return true
}

// recurYearly is recurMonthly in one month. A rule that names days and no month means days of the year.
func recurYearly(r *wire.Recurrence, rule *calendar.Rule, wall time.Time) bool {
	month := int(wall.Month())
	switch {
	case len(rule.ByMonth) == 1:
		month = rule.ByMonth[0]
	case len(rule.ByMonth) > 1, len(rule.ByDay)+len(rule.ByMonthDay)+len(rule.BySetPos) > 0:
		return false
	}
	if !recurMonthly(r, rule, wall) {
		return false
	}
	r.MonthOfYear = month
	if r.Type == wire.RecurMonthly {
		r.Type = wire.RecurYearly
	} else {
		r.Type = wire.RecurYearlyNth
	}
	return true
}

// weekdayOfMonth fills in which weekday of the month a rule names: "2MO", or "MO" with BYSETPOS, where several days
// count only as the sums that have a meaning.
func weekdayOfMonth(r *wire.Recurrence, rule *calendar.Rule) bool {
	n := 0
	days := rule.ByDay
	switch {
	case len(days) == 1 && days[0].N != 0 && len(rule.BySetPos) == 0:
		n, days = days[0].N, []calendar.Weekday{{Day: days[0].Day}}
	case len(rule.BySetPos) == 1:
		n = rule.BySetPos[0]
	}
	if n == -1 {
		n = lastWeek
	} else if n < 1 || n > 4 { // a fifth is not always there, and 5 means the last
		return false
	}
	sum, ok := daySum(days)
	r.WeekOfMonth, r.DayOfWeek = n, sum
	return ok && (len(days) == 1 || sum == workdays || sum == weekend || sum == allDays)
}

// daySum adds up days of the week: 1 for Sunday to 64 for Saturday.
func daySum(days []calendar.Weekday) (sum int, ok bool) {
	for _, d := range days {
		if d.N != 0 {
			return 0, false
		}
		sum |= 1 << d.Day
	}
	return sum, true
}
