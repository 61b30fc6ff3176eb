package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Types of a recurrence. MS-ASCAL, Type.
const (
	RecurUnsaid     = -1 // 16.0: as it is
	RecurDaily      = 0
	RecurWeekly     = 1
	RecurMonthly    = 2 // on a day of the month
	RecurMonthlyNth = 3 // on a weekday of the month
	RecurYearly     = 5 // on a day of a month
	RecurYearlyNth  = 6 // on a weekday of a month
)

// Recurrence is the rule of a series; what is 0 is not said, and not written, but for Type. MS-ASCAL, MS-ASTASK and
// MS-ASEMAIL, Recurrence.
type Recurrence struct {
	Type         int
	Interval     int // at most 999
	Until        time.Time
	Occurrences  int // at most 999
	WeekOfMonth  int // 1 to 5, which is the last
	DayOfMonth   int
	DayOfWeek    int // sum of 1 for Sunday to 64 for Saturday; 127 is any day
	MonthOfYear  int
	FirstDay     time.Weekday // of RecurWeekly, from 14.1 on; see HasFirstDay
	HasFirstDay  bool         // of what a device says
	CalendarType int          // from 14.0 on; 0: Gregorian
	LeapMonth    bool         // from 14.0 on
	// Of tasks alone.
	Start      time.Time
	Regenerate bool // the next one begins when this one is done
	DeadOccur  int
}

// gregorian is the CalendarType of rules that are counted in the calendar of this world.
const gregorian = 1

// recurrenceTags are the elements of a rule in one class.
type recurrenceTags struct {
	container, kind, until, occurrences, interval, dayOfWeek, dayOfMonth, weekOfMonth, monthOfYear, calendarType, leapMonth,
	firstDay wbxml.Tag
	compact bool // Until is a Compact DateTime
}

var (
	eventRecurrence = recurrenceTags{
		container: wbxml.CalendarRecurrence, kind: wbxml.CalendarType, until: wbxml.CalendarUntil, occurrences: wbxml.CalendarOccurrences,
		interval: wbxml.CalendarInterval, dayOfWeek: wbxml.CalendarDayOfWeek, dayOfMonth: wbxml.CalendarDayOfMonth,
		weekOfMonth: wbxml.CalendarWeekOfMonth, monthOfYear: wbxml.CalendarMonthOfYear, calendarType: wbxml.CalendarCalendarType,
		leapMonth: wbxml.CalendarIsLeapMonth, firstDay: wbxml.CalendarFirstDayOfWeek, compact: true,
	}
	emailRecurrence = recurrenceTags{
		container: wbxml.EmailRecurrence, kind: wbxml.EmailType, until: wbxml.EmailUntil, occurrences: wbxml.EmailOccurrences,
		interval: wbxml.EmailInterval, dayOfWeek: wbxml.EmailDayOfWeek, dayOfMonth: wbxml.EmailDayOfMonth,
		weekOfMonth: wbxml.EmailWeekOfMonth, monthOfYear: wbxml.EmailMonthOfYear, calendarType: wbxml.Email2CalendarType,
		leapMonth: wbxml.Email2IsLeapMonth, firstDay: wbxml.Email2FirstDayOfWeek, compact: true,
	}
	taskRecurrence = recurrenceTags{
		container: wbxml.TasksRecurrence, kind: wbxml.TasksType, until: wbxml.TasksUntil, occurrences: wbxml.TasksOccurrences,
		interval: wbxml.TasksInterval, dayOfWeek: wbxml.TasksDayOfWeek, dayOfMonth: wbxml.TasksDayOfMonth,
		weekOfMonth: wbxml.TasksWeekOfMonth, monthOfYear: wbxml.TasksMonthOfYear, calendarType: wbxml.TasksCalendarType,
		leapMonth: wbxml.TasksIsLeapMonth, firstDay: wbxml.TasksFirstDayOfWeek,
	}
)

// write writes the rule, nothing if there is none.
func (r *Recurrence) write(e *wbxml.Encoder, t *recurrenceTags, version uint8) {
	if r == nil {
		return
	}
	e.Start(t.container)
	defer e.End()
	number := func(tag wbxml.Tag, n int) {
		if n > 0 {
			elemInt(e, tag, n)
		}
	}
	elemInt(e, t.kind, max(r.Type, 0))
	if !t.compact && !r.Start.IsZero() {
		e.Elem(wbxml.TasksStart, FormatTime(r.Start))
	}
	elemInt(e, t.interval, max(r.Interval, 1))
	switch {
	case r.Occurrences > 0:
		number(t.occurrences, r.Occurrences)
	case !r.Until.IsZero() && t.compact:
		e.Elem(t.until, FormatCompact(r.Until))
	case !r.Until.IsZero():
		e.Elem(t.until, FormatTime(r.Until))
	}
	number(t.weekOfMonth, r.WeekOfMonth)
	number(t.dayOfMonth, r.DayOfMonth)
	number(t.dayOfWeek, r.DayOfWeek)
	number(t.monthOfYear, r.MonthOfYear)
	if version >= v140 && r.Type >= RecurMonthly {
		elemInt(e, t.calendarType, max(r.CalendarType, gregorian))
		if r.Type >= RecurYearly && r.LeapMonth {
			elemBool(e, t.leapMonth, true)
		}
	}
	if version >= v141 && r.Type == RecurWeekly {
		elemInt(e, t.firstDay, int(r.FirstDay))
	}
	if !t.compact {
		elemBool(e, wbxml.TasksRegenerate, r.Regenerate)
		elemInt(e, wbxml.TasksDeadOccur, r.DeadOccur)
	}
}

// recurrence reads a rule. One without anything in it is nil: the series becomes a single event.
func (p *Property) recurrence(t *recurrenceTags) (*Recurrence, error) {
	if len(p.Children) == 0 {
		return nil, nil
	}
	r := &Recurrence{Type: RecurUnsaid}
	for i := range p.Children {
		if err := r.read(&p.Children[i], t); err != nil {
			return nil, err
		}
	}
	if reason := r.invalid(); reason != "" {
		return nil, &ValueError{t.container, reason}
	}
	return r, nil
}

func (r *Recurrence) read(p *Property, t *recurrenceTags) error {
	for _, n := range []struct {
		tag    wbxml.Tag
		into   *int
		lo, hi int
	}{
		{t.kind, &r.Type, 0, 6}, {t.occurrences, &r.Occurrences, 1, 999}, {t.interval, &r.Interval, 0, 999},
		{t.dayOfWeek, &r.DayOfWeek, 1, 127}, {t.dayOfMonth, &r.DayOfMonth, 1, 31}, {t.weekOfMonth, &r.WeekOfMonth, 1, 5},
		{t.monthOfYear, &r.MonthOfYear, 1, 12}, {t.calendarType, &r.CalendarType, 0, 20},
		{wbxml.TasksDeadOccur, &r.DeadOccur, 0, 255},
	} {
		if p.Tag == n.tag {
			return p.number(n.into, n.lo, n.hi)
		}
	}
	switch p.Tag {
	case t.until:
		return p.time(&r.Until)
	case wbxml.TasksStart:
		return p.time(&r.Start)
	case t.leapMonth:
		return p.boolean(&r.LeapMonth)
	case t.firstDay:
		var day int
		err := p.number(&day, 0, 6)
		r.FirstDay, r.HasFirstDay = time.Weekday(day), err == nil
		return err
	case wbxml.TasksRegenerate:
		return p.boolean(&r.Regenerate)
	}
	return nil
}

// invalid says what is wrong with the rule as a whole, empty if nothing is. MS-ASCAL, Recurrence: which elements each
// Type has and must not have.
func (r *Recurrence) invalid() string {
	has := func(n int) bool { return n > 0 }
	switch {
	case r.CalendarType == 13 || r.CalendarType >= 16 && r.CalendarType <= 19:
		return "CalendarType that there is not"
	case r.Type >= RecurMonthly && (otherMonths(r.CalendarType) || r.LeapMonth):
		return "months of another calendar, which would be taken for those of this one"
	case r.Type == 4:
		return "Type 4"
	case r.Type == 0 && (has(r.DayOfMonth) || has(r.WeekOfMonth) || has(r.MonthOfYear)):
		return "a daily rule with a day of the month or a month"
	case r.Type == 1 && !has(r.DayOfWeek):
		return "a weekly rule without days"
	case r.Type == 1 && (has(r.DayOfMonth) || has(r.WeekOfMonth) || has(r.MonthOfYear)):
		return "a weekly rule with a day of the month or a month"
	case r.Type == 2 && (!has(r.DayOfMonth) || has(r.DayOfWeek) || has(r.WeekOfMonth) || has(r.MonthOfYear)):
		return "a monthly rule that is not by the day of the month"
	case r.Type == 3 && (!has(r.WeekOfMonth) || !has(r.DayOfWeek) || has(r.DayOfMonth) || has(r.MonthOfYear)):
		return "a monthly rule that is not by weekday"
	case r.Type == 5 && (!has(r.MonthOfYear) || !has(r.DayOfMonth) || has(r.DayOfWeek) || has(r.WeekOfMonth)):
		return "a yearly rule that is not by date"
	case r.Type == 6 && (!has(r.MonthOfYear) || !has(r.WeekOfMonth) || has(r.DayOfMonth)):
		return "a yearly rule that is not by weekday"
	}
	return ""
}

// otherMonths reports whether a CalendarType counts months that are not Gregorian: Hijri, Hebrew, or of the moon in
// Japan, China and Korea. The others number years otherwise. MS-ASCAL, CalendarType.
func otherMonths(kind int) bool {
	switch kind {
	case 6, 8, 14, 15, 20:
		return true
	}
	return false
}

// number reads a whole number from lo to hi.
func (p *Property) number(into *int, lo, hi int) error {
	n, err := strconv.Atoi(strings.TrimSpace(p.Text))
	if err != nil || n < lo || n > hi {
		return &ValueError{p.Tag, fmt.Sprintf("%.20q is no number from %d to %d", p.Text, lo, hi)}
	}
	*into = n
	return nil
}

// boolean reads 0 or 1; an empty element is true.
func (p *Property) boolean(into *bool) error {
	switch strings.ToLower(strings.TrimSpace(p.Text)) {
	case "", "1", "true":
		*into = true
	case "0", "false":
		*into = false
	default:
		return &ValueError{p.Tag, "neither 0 nor 1"}
	}
	return nil
}

// time reads a point in time; an empty one is zero.
func (p *Property) time(into *time.Time) error {
	t, err := p.date()
	if err == nil {
		*into = *t
	}
	return err
}
