package wire

import (
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Task is a task as a device sees it. Times are zero when absent. MS-ASTASK.
type Task struct {
	Subject       string
	Body          *Body
	Importance    int       // 0 low, 1 normal, 2 high
	StartDate     time.Time // the wall clock of the user, written as if it were UTC; with UTCStartDate
	UTCStartDate  time.Time
	DueDate       time.Time
	UTCDueDate    time.Time
	Categories    []string
	Recurrence    *Recurrence
	Complete      bool
	DateCompleted time.Time
	Sensitivity   int       // 0 to 3
	ReminderTime  time.Time // zero: no reminder
	OrdinalDate   time.Time
	SubOrdinal    string
}

// Write writes the task as children of the element that is open.
func (t *Task) Write(e *wbxml.Encoder, version uint8) {
	if version >= v120 {
		t.Body.Write(e, version)
	}
	e.Elem(wbxml.TasksSubject, t.Subject)
	elemInt(e, wbxml.TasksImportance, t.Importance)
	elemTime(e, wbxml.TasksUtcStartDate, t.UTCStartDate)
	elemTime(e, wbxml.TasksStartDate, t.StartDate)
	elemTime(e, wbxml.TasksUtcDueDate, t.UTCDueDate)
	elemTime(e, wbxml.TasksDueDate, t.DueDate)
	elemList(e, wbxml.TasksCategories, wbxml.TasksCategory, &t.Categories)
	t.Recurrence.write(e, &taskRecurrence, version)
	elemBool(e, wbxml.TasksComplete, t.Complete)
	if t.Complete {
		elemTime(e, wbxml.TasksDateCompleted, t.DateCompleted)
	}
	elemInt(e, wbxml.TasksSensitivity, t.Sensitivity)
	elemBool(e, wbxml.TasksReminderSet, !t.ReminderTime.IsZero())
	elemTime(e, wbxml.TasksReminderTime, t.ReminderTime)
	if version >= v120 {
		elemTime(e, wbxml.TasksOrdinalDate, t.OrdinalDate)
		elemText(e, wbxml.TasksSubOrdinalDate, t.SubOrdinal)
		return
	}
	if t.Body != nil {
		elemInt(e, wbxml.TasksBodySize, t.Body.Size)
		elemBool(e, wbxml.TasksBodyTruncated, t.Body.Truncated)
		t.Body.data(e, wbxml.TasksBody)
	}
}

// TaskChange is what a device says of a task: nil is not said; a zero time is to be taken away. Its Body is in
// [SyncCommand], up to 2.5 in OldBody.
type TaskChange struct {
	Subject                 *string
	OldBody                 *string
	Importance              *int
	StartDate, UTCStartDate *time.Time
	DueDate, UTCDueDate     *time.Time
	Categories              *[]string
	Recurrence              *Recurrence
	HasRecurrence           bool // with a nil Recurrence: it is a single task
	Complete                *bool
	DateCompleted           *time.Time
	Sensitivity             *int
	ReminderSet             *bool
	ReminderTime            *time.Time
	OrdinalDate             *time.Time
	SubOrdinal              *string
}

// ReadTask reads what a device says of a task. The error says which value cannot be: the item gets status 6.
func ReadTask(list []Property) (t TaskChange, err error) {
	for i := range list {
		if err := t.read(&list[i]); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (t *TaskChange) read(p *Property) (err error) {
	times := map[wbxml.Tag]**time.Time{
		wbxml.TasksStartDate: &t.StartDate, wbxml.TasksUtcStartDate: &t.UTCStartDate, wbxml.TasksDueDate: &t.DueDate,
		wbxml.TasksUtcDueDate: &t.UTCDueDate, wbxml.TasksDateCompleted: &t.DateCompleted, wbxml.TasksReminderTime: &t.ReminderTime,
		wbxml.TasksOrdinalDate: &t.OrdinalDate,
	}
	if into := times[p.Tag]; into != nil {
		*into, err = p.date()
		return err
	}
	switch p.Tag {
	case wbxml.TasksSubject:
		t.Subject = &p.Text
	case wbxml.TasksBody:
		t.OldBody = &p.Text
	case wbxml.TasksSubOrdinalDate:
		t.SubOrdinal = &p.Text
	case wbxml.TasksImportance:
		t.Importance = new(int)
		if p.number(t.Importance, 0, 2) != nil {
			*t.Importance = 1 // any other is taken without an error
		}
	case wbxml.TasksSensitivity:
		t.Sensitivity = new(int)
		return p.number(t.Sensitivity, 0, 3)
	case wbxml.TasksComplete:
		t.Complete = new(bool)
		return p.boolean(t.Complete)
	case wbxml.TasksReminderSet:
		t.ReminderSet = new(bool)
		return p.boolean(t.ReminderSet)
	case wbxml.TasksCategories:
		t.Categories, err = p.texts(wbxml.TasksCategory)
	case wbxml.TasksRecurrence:
		t.HasRecurrence = true
		t.Recurrence, err = p.recurrence(&taskRecurrence)
	}
	return err
}
