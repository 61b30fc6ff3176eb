package activesync

import (
	"errors"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

func (taskClass) change(old []byte, c objectCommand) (objectChange, error) {
	if c.Op == wire.SyncDelete {
		return objectChange{}, nil
	}
	said, err := wire.ReadTask(c.Properties)
	if err != nil {
		return objectChange{}, fail(syncConversion, err)
	}
	o, err := objectToChange(old, calendar.VTodo, &c)
	if err != nil {
		return objectChange{}, err
	}
	before := o.Clone()
	m := masterOf(o)
	if old != nil {
		if err := c.forgetShown(&said, o); err != nil {
			return objectChange{}, err
		}
	}
	text, told, err := c.readText(said.OldBody)
	if err != nil {
		return objectChange{}, err
	}
	if told && !c.sameText(text, textOf(m)) {
		setText(m, text)
	}
	changeTask(m, &said)
	if err := changeTaskTimes(o, m, &said, &c); err != nil {
		return objectChange{}, fail(syncConversion, err)
	}
	tell := completeTask(o, m, &said, &c)
	if old != nil && before.Equal(o) {
		return objectChange{raw: old, tell: tell}, nil
	}
	m.SetLastModified(c.now)
	m.SetStamp(c.now)
	return objectChange{raw: o.Bytes(), tell: tell}, nil
}

// forgetShown takes out of what a device says of a task what it was shown of it: that is no change, and what the task
// says in another way than devices do stays as it is.
func (f objectForm) forgetShown(said *wire.TaskChange, o *calendar.Object) error {
	shown, err := f.task(o)
	if err != nil {
		return err
	}
	forget(&said.Subject, shown.Subject)
	forget(&said.Importance, shown.Importance)
	forget(&said.Sensitivity, shown.Sensitivity)
	forget(&said.SubOrdinal, shown.SubOrdinal)
	forgetTime(&said.OrdinalDate, shown.OrdinalDate)
	if said.Categories != nil && slices.Equal(*said.Categories, shown.Categories) {
		said.Categories = nil
	}
	forgetDate(&said.StartDate, &said.UTCStartDate, shown.StartDate, shown.UTCStartDate)
	forgetDate(&said.DueDate, &said.UTCDueDate, shown.DueDate, shown.UTCDueDate)
	if said.Complete != nil && *said.Complete == shown.Complete {
		if forgetTime(&said.DateCompleted, shown.DateCompleted); !shown.Complete || said.DateCompleted == nil {
			said.Complete, said.DateCompleted = nil, nil
		}
	}
	if said.ReminderSet != nil && *said.ReminderSet == !shown.ReminderTime.IsZero() {
		forgetTime(&said.ReminderTime, shown.ReminderTime)
		said.ReminderSet = nil
		if shown.ReminderTime.IsZero() {
			said.ReminderTime = nil
		}
	}
	if r, is := said.Recurrence, shown.Recurrence; r != nil && is != nil && r.Start.Equal(is.Start) {
		there, here := *r, *is
		there.Start, here.Start = time.Time{}, time.Time{}
		said.HasRecurrence = !f.sameRule(there, here)
	}
	return nil
}

func forget[T comparable](said **T, shown T) {
	if *said != nil && **said == shown {
		*said = nil
	}
}

func forgetTime(said **time.Time, shown time.Time) {
	if *said != nil && (*said).Equal(shown) {
		*said = nil
	}
}

// forgetDate forgets a date that a device says in two ways when the one that counts is as it was shown.
func forgetDate(wall, utc **time.Time, shownWall, shownUTC time.Time) {
	said, shown := *wall, shownWall
	if said == nil {
		said, shown = *utc, shownUTC
	}
	if said != nil && said.Equal(shown) {
		*wall, *utc = nil, nil
	}
}

// changeTask changes what has nothing to do with time.
func changeTask(m *calendar.Component, said *wire.TaskChange) {
	if said.Subject != nil {
		m.SetSummary(*said.Subject)
	}
	if said.Importance != nil && importanceOf(m.Priority()) != *said.Importance {
		m.SetPriority([...]int{9, 5, 1}[*said.Importance])
	}
	if said.Sensitivity != nil {
		m.SetSensitivity(calendar.Sensitivity(*said.Sensitivity))
	}
	if said.Categories != nil {
		m.SetCategories(*said.Categories)
	}
	if said.SubOrdinal != nil {
		m.SetText(taskSubOrdinal, *said.SubOrdinal)
	}
	if t := said.OrdinalDate; t != nil {
		m.SetText(taskOrdinal, formatUnlessZero(*t, taskSorting))
	}
}

func formatUnlessZero(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}

// momentOf is the moment of a date of a task: a day, unless it has a time of day.
func momentOf(wall time.Time) calendar.Moment {
	if wall.IsZero() {
		return calendar.Moment{}
	}
	if wall.Equal(wall.Truncate(24 * time.Hour)) {
		return calendar.DateOf(wall)
	}
	return calendar.WallOf(wall, "")
}

// changeTaskTimes changes dates, the reminder and the rule.
func changeTaskTimes(o *calendar.Object, m *calendar.Component, said *wire.TaskChange, c *objectCommand) error {
	changeTaskDates(m, cmpDate(said.StartDate, said.UTCStartDate), cmpDate(said.DueDate, said.UTCDueDate))
	if said.HasRecurrence {
		if err := setTaskRule(m, said.Recurrence); err != nil {
			return err
		}
	}
	switch {
	case said.ReminderSet != nil && !*said.ReminderSet:
		setReminder(m, time.Time{})
	case said.ReminderTime != nil:
		setReminder(m, *said.ReminderTime)
	case said.ReminderSet != nil && reminderOf(o, m, c.objectForm).IsZero():
		return errors.New("a reminder without a time")
	}
	return nil
}

// changeTaskDates gives a task other dates; nil is as it is, zero is none.
func changeTaskDates(m *calendar.Component, startDate, dueDate *time.Time) {
	if startDate == nil && dueDate == nil {
		return
	}
	start, due := m.Start(), m.Due()
	if startDate != nil {
		start = momentOf(*startDate)
	}
	if dueDate != nil {
		due = momentOf(*dueDate)
	}
	if !start.IsZero() && !due.IsZero() && due.Wall.Before(start.Wall) {
		start = due
	}
	if !start.IsZero() && !due.IsZero() && (start.Form == calendar.Date) != (due.Form == calendar.Date) {
		start, due = calendar.WallOf(start.Wall, ""), calendar.WallOf(due.Wall, "") // RFC 5545, section 3.8.2.3
	}
	m.SetStart(start)
	m.SetDue(due)
}

// cmpDate is what a device says of a date: the one of its user's clock, else that in UTC.
func cmpDate(wall, utc *time.Time) *time.Time {
	if wall != nil {
		return wall
	}
	return utc
}

// setTaskRule gives a task its rule, or takes it away.
func setTaskRule(m *calendar.Component, r *wire.Recurrence) error {
	if r == nil {
		m.Remove("RRULE", "RDATE", "EXDATE", taskRegenerate, taskDeadOccur)
		return nil
	}
	if m.Start().IsZero() {
		if m.SetStart(m.Due()); m.Due().IsZero() {
			m.SetStart(momentOf(r.Start.Truncate(24 * time.Hour)))
		}
	}
	var last calendar.Moment
	if !r.Until.IsZero() {
		last = calendar.DateOf(r.Until)
		if m.Start().Form != calendar.Date {
			last = calendar.InstantOf(r.Until)
		}
	}
	rule, err := ruleOf(r, last)
	if err != nil {
		return err
	}
	m.Set(calendar.NewProperty("RRULE", rule.String()))
	m.SetText(taskRegenerate, map[bool]string{true: "1"}[r.Regenerate])
	m.SetText(taskDeadOccur, map[bool]string{true: "1"}[r.DeadOccur != 0])
	return nil
}

// completeTask marks a task as done or to be done. One of a series that is done goes on with the next date; it reports
// whether the device has to be told so.
func completeTask(o *calendar.Object, m *calendar.Component, said *wire.TaskChange, c *objectCommand) bool {
	if said.Complete == nil {
		return false
	}
	if !*said.Complete {
		if m.Status() == "COMPLETED" {
			m.SetStatus("NEEDS-ACTION")
		}
		m.SetCompleted(time.Time{})
		m.Remove("PERCENT-COMPLETE")
		return false
	}
	done := c.now
	if said.DateCompleted != nil && !said.DateCompleted.IsZero() {
		done = *said.DateCompleted
	}
	moved := said.StartDate != nil || said.DueDate != nil || said.UTCStartDate != nil || said.UTCDueDate != nil
	if m.Get("RRULE") != nil && m.Text(taskDeadOccur) == "" && !moved && advanceTask(o, m, c.userZone().Wall(done)) {
		return true
	}
	m.SetStatus("COMPLETED")
	m.SetCompleted(done)
	m.SetPercent(100)
	return false
}

// advanceTask moves a task of a series to its next date: the one behind the date that was done, or, where the rule
// counts from when it was done, on the user's clock, as long after that. It reports false at the end of the series.
func advanceTask(o *calendar.Object, m *calendar.Component, done time.Time) bool {
	start, due := m.Start(), m.Due()
	if start.IsZero() {
		return false
	}
	var late time.Duration
	if m.Text(taskRegenerate) != "" {
		const day = 24 * time.Hour
		late = done.Truncate(day).Sub(start.Wall.Truncate(day))
		m.SetStart(start.Add(late))
	}
	step, ok := nextTask(o, m.Start())
	if !ok {
		m.SetStart(start)
		return false
	}
	m.SetStart(start.Add(late + step))
	if !due.IsZero() {
		m.SetDue(due.Add(late + step))
	}
	countDown(m)
	return true
}

// nextTask returns how long after its start a series has its next date; false: it has none.
func nextTask(o *calendar.Object, start calendar.Moment) (time.Duration, bool) {
	from, _, err := o.Resolve(start, nil)
	if err != nil {
		return 0, false
	}
	for next, err := range o.Occurrences(from, time.Time{}, nil) {
		if err != nil {
			return 0, false
		}
		if !next.Start.After(from) {
			continue
		}
		wall := next.Start
		if next.Zone != nil {
			wall = next.Zone.Wall(wall)
		}
		return wall.Sub(start.Wall), true
	}
	return 0, false
}

// countDown takes one from how often the rule is to apply.
func countDown(m *calendar.Component) {
	p := m.Get("RRULE")
	rule, err := calendar.ParseRule(p.Value())
	if err != nil || rule.Count < 2 {
		return
	}
	rule.Count--
	m.Set(p.WithValue(rule.String()))
}

// setReminder sets when the user is to be reminded, zero: not at all.
func setReminder(m *calendar.Component, at time.Time) {
	m.RemoveChildren(func(c *calendar.Component) bool { return c.Name() == calendar.VAlarm })
	if at.IsZero() {
		return
	}
	alarm := calendar.NewComponent(calendar.VAlarm)
	alarm.Add(calendar.NewProperty("ACTION", "DISPLAY"))
	alarm.Add(calendar.NewProperty("TRIGGER", calendar.InstantOf(at).String(), "VALUE", "DATE-TIME"))
	alarm.Add(calendar.NewText("DESCRIPTION", "Reminder"))
	m.AddChild(alarm)
}
