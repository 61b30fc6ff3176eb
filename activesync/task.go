package activesync

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// taskClass are tasks, as VTODO. MS-ASTASK.
type taskClass struct{}

// Properties of a task that iCalendar has no names for.
const (
	taskOrdinal    = "X-GANNET-ORDINAL-DATE"
	taskSubOrdinal = "X-GANNET-SUB-ORDINAL-DATE"
	taskRegenerate = "X-GANNET-REGENERATE"
	taskDeadOccur  = "X-GANNET-DEAD-OCCUR"
	taskSorting    = "20060102T150405Z"
)

func (taskClass) show(raw []byte, f objectForm) (objectData, error) {
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return nil, err
	}
	c := masterOf(o)
	text := textOf(c)
	t := &wire.Task{
		Subject: c.Summary(), Body: text.body(f), Importance: importanceOf(c.Priority()), Categories: c.Categories(),
		Sensitivity: int(c.Sensitivity()), SubOrdinal: c.Text(taskSubOrdinal),
	}
	t.StartDate, t.UTCStartDate = f.taskDate(o, c.Start())
	t.DueDate, t.UTCDueDate = f.taskDate(o, c.Due())
	t.Complete = isDone(c)
	if t.DateCompleted = c.Completed(); t.Complete && t.DateCompleted.IsZero() {
		t.DateCompleted = c.Stamp()
	}
	t.ReminderTime = reminderOf(o, c, f)
	if at, err := time.Parse(taskSorting, c.Text(taskOrdinal)); err == nil {
		t.OrdinalDate = at
	}
	t.Recurrence, err = taskRule(o, c)
	return t, err
}

func (taskClass) blank(f objectForm) objectData {
	return &wire.Task{Subject: "?", Body: objectText{plain: unshown}.body(f), Importance: 1}
}

func (taskClass) ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	return calendar.Ingest(ctx, st, raw)
}

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
	m := masterOf(o)
	text, told, err := c.readText(said.OldBody)
	if err != nil {
		return objectChange{}, err
	}
	if told {
		setText(m, text)
	}
	changeTask(m, &said)
	if err := changeTaskTimes(o, m, &said, &c); err != nil {
		return objectChange{}, fail(syncConversion, err)
	}
	m.SetLastModified(c.now)
	m.SetStamp(c.now)
	tell := completeTask(o, m, &said, &c)
	return objectChange{raw: o.Bytes(), tell: tell}, nil
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

// importanceOf is the Importance of a PRIORITY. RFC 5545, section 3.8.1.9.
func importanceOf(priority int) int {
	switch {
	case priority == 0 || priority == 5:
		return 1
	case priority < 5:
		return 2
	}
	return 0
}

// isDone reports whether the task has been completed.
func isDone(c *calendar.Component) bool { return c.Status() == "COMPLETED" || !c.Completed().IsZero() }

// taskDate is a moment as a task has it: what clocks show at the user's, written as if it were UTC, and the instant.
func (f objectForm) taskDate(o *calendar.Object, m calendar.Moment) (wall, instant time.Time) {
	if m.IsZero() {
		return wall, instant
	}
	in := f.userZone()
	at, _, err := o.Resolve(m, in)
	if err != nil {
		return m.Wall, m.Wall
	}
	if m.Form == calendar.Date || m.Form == calendar.Floating {
		return m.Wall, at
	}
	return in.Wall(at), at
}

// userZone is the zone of the user; nil is UTC.
func (f objectForm) userZone() *calendar.Zone {
	if f.zone == nil {
		return nil
	}
	z, ok := calendar.LoadZone(f.zone.String())
	if !ok {
		return nil
	}
	return z
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
	start, due := m.Start(), m.Due()
	if t := cmpDate(said.StartDate, said.UTCStartDate); t != nil {
		start = momentOf(*t)
	}
	if t := cmpDate(said.DueDate, said.UTCDueDate); t != nil {
		due = momentOf(*t)
	}
	if !start.IsZero() && !due.IsZero() && due.Wall.Before(start.Wall) {
		start = due
	}
	if !start.IsZero() && !due.IsZero() && (start.Form == calendar.Date) != (due.Form == calendar.Date) {
		start, due = calendar.WallOf(start.Wall, ""), calendar.WallOf(due.Wall, "") // RFC 5545, section 3.8.2.3
	}
	m.SetStart(start)
	m.SetDue(due)
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

// taskRule is the rule of a task, nil if it has none. One for which there are no words is left out: the task is there,
// by its dates.
func taskRule(o *calendar.Object, c *calendar.Component) (*wire.Recurrence, error) {
	p := c.Get("RRULE")
	if p == nil {
		return nil, nil
	}
	rule, err := calendar.ParseRule(p.Value())
	if err != nil {
		return nil, nil
	}
	start := c.Start()
	if start.IsZero() {
		start = c.Due()
	}
	r, err := recurrenceOf(rule, start.Wall)
	if errors.Is(err, calendar.ErrUnclear) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if at, _, err := o.Resolve(start, nil); err == nil {
		r.Start = at
	}
	if !rule.Last.IsZero() && r.Occurrences == 0 {
		if r.Until, _, err = o.Resolve(rule.Last, nil); err != nil {
			return nil, nil
		}
	}
	r.Regenerate = c.Text(taskRegenerate) != ""
	if c.Text(taskDeadOccur) != "" {
		r.DeadOccur = 1
	}
	return r, nil
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

// reminderOf is when the user is to be reminded; zero: not at all.
func reminderOf(o *calendar.Object, c *calendar.Component, f objectForm) time.Time {
	for alarm := range c.Children(calendar.VAlarm) {
		p := alarm.Get("TRIGGER")
		if p == nil {
			continue
		}
		if m, ok := p.Moment(); ok {
			if at, _, err := o.Resolve(m, f.userZone()); err == nil {
				return at
			}
		}
	}
	return time.Time{}
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
