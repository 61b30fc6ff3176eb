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
	t, err := f.task(o)
	if err != nil {
		return nil, err
	}
	t.Body = textOf(masterOf(o)).body(f)
	return t, nil
}

// task is a task as devices are shown it, without its text.
func (f objectForm) task(o *calendar.Object) (*wire.Task, error) {
	c := masterOf(o)
	t := &wire.Task{
		Subject: c.Summary(), Importance: importanceOf(c.Priority()), Categories: c.Categories(),
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
	var err error
	t.Recurrence, err = taskRule(o, c)
	return t, err
}

func (taskClass) blank(f objectForm) objectData {
	return &wire.Task{Subject: "?", Body: objectText{plain: unshown}.body(f), Importance: 1}
}

func (taskClass) ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	return calendar.Ingest(ctx, st, raw)
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

// reminderOf is when the user is to be reminded; zero: not at all.
func reminderOf(o *calendar.Object, c *calendar.Component, f objectForm) time.Time {
	if f.foreign() {
		return time.Time{}
	}
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
