package activesync

import (
	"reflect"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// TestRulesAndBack makes rules of what devices say and says them again.
func TestRulesAndBack(t *testing.T) {
	start := time.Date(2026, 8, 31, 10, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		said wire.Recurrence
		rule string
		back *wire.Recurrence // nil: what was said
	}{
		{wire.Recurrence{Type: wire.RecurDaily, Interval: 1}, "FREQ=DAILY", nil},
		{wire.Recurrence{Type: wire.RecurDaily, Interval: 3, Occurrences: 10}, "FREQ=DAILY;INTERVAL=3;COUNT=10", nil},
		{wire.Recurrence{Type: wire.RecurDaily, Interval: 1, DayOfWeek: workdays}, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
			&wire.Recurrence{Type: wire.RecurWeekly, Interval: 1, DayOfWeek: workdays}},
		{wire.Recurrence{Type: wire.RecurWeekly, Interval: 2, DayOfWeek: 2 | 8 | 1, FirstDay: time.Sunday, HasFirstDay: true}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SU;WKST=SU", nil},
		{wire.Recurrence{Type: wire.RecurMonthly, Interval: 1, DayOfMonth: 15}, "FREQ=MONTHLY;BYMONTHDAY=15", nil},
		{wire.Recurrence{Type: wire.RecurMonthly, Interval: 1, DayOfMonth: 30}, "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", nil},
		{wire.Recurrence{Type: wire.RecurMonthly, Interval: 1, DayOfMonth: 31}, "FREQ=MONTHLY;BYMONTHDAY=-1",
			&wire.Recurrence{Type: wire.RecurMonthlyNth, Interval: 1, DayOfWeek: allDays, WeekOfMonth: lastWeek}},
		{wire.Recurrence{Type: wire.RecurMonthlyNth, Interval: 1, DayOfWeek: 4, WeekOfMonth: 2}, "FREQ=MONTHLY;BYDAY=2TU", nil},
		{wire.Recurrence{Type: wire.RecurMonthlyNth, Interval: 1, DayOfWeek: workdays, WeekOfMonth: lastWeek}, "FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR", nil},
		{wire.Recurrence{Type: wire.RecurMonthlyNth, Interval: 1, DayOfWeek: allDays, WeekOfMonth: lastWeek}, "FREQ=MONTHLY;BYMONTHDAY=-1", nil},
		{wire.Recurrence{Type: wire.RecurYearly, Interval: 1, MonthOfYear: 2, DayOfMonth: 29}, "FREQ=YEARLY;BYMONTHDAY=28,29;BYMONTH=2;BYSETPOS=-1", nil},
		{wire.Recurrence{Type: wire.RecurYearlyNth, Interval: 1, MonthOfYear: 11, DayOfWeek: 16, WeekOfMonth: 4}, "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", nil},
	} {
		rule, err := ruleOf(&row.said, calendar.Moment{})
		if err != nil || rule.String() != row.rule {
			t.Errorf("%+v: %v, %v; want %s", row.said, rule, err, row.rule)
			continue
		}
		read, err := calendar.ParseRule(row.rule)
		must(t, err)
		got, err := recurrenceOf(read, start)
		want := row.said
		if row.back != nil {
			want = *row.back
		}
		if want.HasFirstDay = false; want.Type != wire.RecurWeekly || want.FirstDay == 0 && !row.said.HasFirstDay {
			want.FirstDay = time.Monday
		}
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s is told as %+v, %v; want %+v", row.rule, got, err, want)
		}
	}
}
