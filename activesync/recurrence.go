package activesync

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// errRule says that a device's rule means nothing.
var errRule = errors.New("a rule that means nothing")

// ruleOf makes a rule of what a device says. last is the UNTIL that its Until comes to; its zero value is none.
// MS-ASCAL, Recurrence; [recurrenceOf] is the way back.
func ruleOf(r *wire.Recurrence, last calendar.Moment) (*calendar.Rule, error) {
	rule := &calendar.Rule{Interval: max(r.Interval, 1), WeekStart: time.Monday}
	if rule.Count = r.Occurrences; rule.Count == 0 {
		rule.Last = last
	}
	switch r.Type {
	case wire.RecurDaily:
		rule.Freq = calendar.Daily
		if r.DayOfWeek != 0 && r.DayOfWeek != allDays {
			rule.Freq, rule.ByDay = calendar.Weekly, daysOf(r.DayOfWeek)
		}
	case wire.RecurWeekly:
		rule.Freq, rule.ByDay = calendar.Weekly, daysOf(r.DayOfWeek)
		if r.HasFirstDay {
			rule.WeekStart = r.FirstDay
		}
	case wire.RecurMonthly:
		rule.Freq = calendar.Monthly
		onDayOfMonth(rule, r.DayOfMonth)
	case wire.RecurMonthlyNth:
		rule.Freq = calendar.Monthly
		onWeekdayOfMonth(rule, r)
	case wire.RecurYearly:
		rule.Freq, rule.ByMonth = calendar.Yearly, []int{r.MonthOfYear}
		onDayOfMonth(rule, r.DayOfMonth)
	case wire.RecurYearlyNth:
		rule.Freq, rule.ByMonth = calendar.Yearly, []int{r.MonthOfYear}
		onWeekdayOfMonth(rule, r)
	default:
		return nil, errRule
	}
	return rule, nil
}

// daysOf are the days of a sum. MS-ASCAL, DayOfWeek.
func daysOf(sum int) (days []calendar.Weekday) {
	for _, day := range []time.Weekday{1, 2, 3, 4, 5, 6, 0} {
		if sum&(1<<day) != 0 {
			days = append(days, calendar.Weekday{Day: day})
		}
	}
	return days
}

// shortest is how many days every month has.
const shortest = 28

// onDayOfMonth makes a rule fall on a day of the month: in a month that is too short on its last.
func onDayOfMonth(rule *calendar.Rule, day int) {
	switch {
	case day <= shortest:
		rule.ByMonthDay = []int{day}
	case day == 31:
		rule.ByMonthDay = []int{-1}
	default:
		for d := shortest; d <= day; d++ {
			rule.ByMonthDay = append(rule.ByMonthDay, d)
		}
		rule.BySetPos = []int{-1}
	}
}

// dayOrLast is the day of a rule that onDayOfMonth has made; 0 for another.
func dayOrLast(rule *calendar.Rule) int {
	days := rule.ByMonthDay
	if len(days) < 2 || !slices.Equal(rule.BySetPos, []int{-1}) {
		return 0
	}
	for i, d := range days {
		if d != shortest+i {
			return 0
		}
	}
	return days[len(days)-1]
}

// onWeekdayOfMonth makes a rule fall on the nth of some days of the week.
func onWeekdayOfMonth(rule *calendar.Rule, r *wire.Recurrence) {
	n := r.WeekOfMonth
	if n == lastWeek {
		n = -1
	}
	days := daysOf(r.DayOfWeek)
	switch {
	case r.DayOfWeek == allDays || len(days) == 0:
		rule.ByMonthDay = []int{n}
	case len(days) == 1:
		rule.ByDay = []calendar.Weekday{{N: n, Day: days[0].Day}}
	default:
		rule.ByDay, rule.BySetPos = days, []int{n}
	}
}

// sameRule reports whether a device says the rule that it was shown.
func (f objectForm) sameRule(said, shown wire.Recurrence) bool {
	if said.Occurrences > 0 {
		said.Until = time.Time{}
	}
	return f.samePattern(said, shown) && said.Occurrences == shown.Occurrences && said.Until.Equal(shown.Until)
}

// samePattern is sameRule without the end.
func (f objectForm) samePattern(said, shown wire.Recurrence) bool {
	if said.Type == wire.RecurWeekly && (!said.HasFirstDay || f.version < V141) {
		said.FirstDay = shown.FirstDay
	}
	for _, r := range []*wire.Recurrence{&said, &shown} {
		if r.Type == wire.RecurDaily && r.DayOfWeek != 0 && r.DayOfWeek != allDays {
			r.Type = wire.RecurWeekly
		}
		if r.Type != wire.RecurWeekly {
			r.FirstDay = 0
		}
		if r.Type == wire.RecurDaily {
			r.DayOfWeek = 0
		}
		r.Interval = max(r.Interval, 1)
		r.HasFirstDay, r.CalendarType, r.LeapMonth, r.Until, r.Occurrences = false, 0, false, time.Time{}, 0
	}
	return reflect.DeepEqual(said, shown)
}
