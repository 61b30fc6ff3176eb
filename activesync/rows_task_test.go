package activesync

import (
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestRowsTask makes a task of one element more than it must have, at every version, and looks what a device is told of
// it. MS-ASTASK.
func TestRowsTask(t *testing.T) {
	once(t)
	const rule = "Tasks:Recurrence"
	weekly := []string{rule, `>Tasks:Type "1"`, `>Tasks:Start "2026-08-22T00:00:00.000Z"`, `>Tasks:Interval "1"`, `>Tasks:DayOfWeek "64"`}
	tests := []struct {
		name   string
		said   []string
		status string
		path   []string // of what is told
		want   string
	}{
		{"no importance", nil, "1", []string{"Tasks:Importance"}, "1"},
		{"an importance that there is not", []string{`Tasks:Importance "7"`}, "1", []string{"Tasks:Importance"}, "1"},
		{"a sensitivity that there is not", []string{`Tasks:Sensitivity "4"`}, "6", nil, ""},
		{"a reminder that is neither", []string{`Tasks:ReminderSet "2"`}, "6", nil, ""},
		{"a reminder without a time", []string{`Tasks:ReminderSet "1"`}, "6", nil, ""},
		{"no reminder", nil, "1", []string{"Tasks:ReminderSet"}, "0"},
		{"sorted among flagged mail", []string{`Tasks:OrdinalDate "2026-08-24T08:00:00.000Z"`}, "1", []string{"Tasks:OrdinalDate"}, "2026-08-24T08:00:00.000Z"},
		{"sorted further", []string{`Tasks:SubOrdinalDate "555"`}, "1", []string{"Tasks:SubOrdinalDate"}, "555"},
		{"a rule without a type", append([]string{rule}, weekly[2:]...), "6", nil, ""},
		{"a type that there is not", []string{rule, `>Tasks:Type "4"`, `>Tasks:Start "2026-08-22T00:00:00.000Z"`}, "6", nil, ""},
		{"a weekly rule without days", weekly[:4], "6", nil, ""},
		{"a day of the month in a weekly rule", append(weekly, `>Tasks:DayOfMonth "3"`), "6", nil, ""},
		{"a weekly rule", weekly, "1", []string{rule, "Tasks:DayOfWeek"}, "64"},
		{"the first day of weeks", append(weekly, `>Tasks:FirstDayOfWeek "0"`), "1", []string{rule, "Tasks:FirstDayOfWeek"}, "0"},
		{"counted from when it is done", append(weekly, `>Tasks:Regenerate "1"`), "1", []string{rule, "Tasks:Regenerate"}, "1"},
		{"one of a series, done", append(weekly, `>Tasks:DeadOccur "1"`), "1", []string{rule, "Tasks:DeadOccur"}, "1"},
		{"both ends", append(weekly, `>Tasks:Occurrences "3"`, `>Tasks:Until "2026-12-31T00:00:00.000Z"`), "1", []string{rule, "Tasks:Occurrences"}, "3"},
		{"done without saying when", []string{`Tasks:Complete "1"`}, "1", []string{"Tasks:DateCompleted"}, "2026-08-22T10:15:00.000Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, v := range AllVersions {
				o := newTaskRig(t, "UTC")
				said := append([]string{`Tasks:Subject "Taxes"`, `Tasks:StartDate "2026-08-22T00:00:00.000Z"`, `Tasks:UtcStartDate "2026-08-22T00:00:00.000Z"`,
					`Tasks:DueDate "2026-08-23T00:00:00.000Z"`, `Tasks:UtcDueDate "2026-08-23T00:00:00.000Z"`}, tt.said...)
				if _, status := o.told("phone1", v, addLines("n1", said...)...).one(t); status != tt.status {
					t.Fatalf("%v: status %s, want %s", v, status, tt.status)
				}
				if tt.path == nil {
					continue
				}
				want := tt.want
				switch last := tt.path[len(tt.path)-1]; {
				case v < V120 && strings.Contains(last, "OrdinalDate"), v < V141 && last == "Tasks:FirstDayOfWeek":
					want = ""
				}
				a := o.told("phone2", v)
				if got := a.commands("Add")[0].at("AirSync:ApplicationData").get(tt.path...); got != want {
					t.Errorf("%v: %v is %q, want %q\n%s", v, tt.path, got, want, a.dump)
				}
			}
		})
	}
}

// TestRowsTaskRegenerate: a task that is counted from when it is done goes on from there.
func TestRowsTaskRegenerate(t *testing.T) {
	o := newTaskRig(t, "UTC")
	r, _ := o.told("phone1", V141, addLines("n1", `Tasks:Subject "Filter"`, `Tasks:DueDate "2026-08-22T00:00:00.000Z"`, `Tasks:UtcDueDate "2026-08-22T00:00:00.000Z"`,
		`Tasks:StartDate "2026-08-22T00:00:00.000Z"`, `Tasks:UtcStartDate "2026-08-22T00:00:00.000Z"`, `Tasks:Complete "0"`,
		"Tasks:Recurrence", `>Tasks:Type "0"`, `>Tasks:Interval "10"`, `>Tasks:Start "2026-08-22T00:00:00.000Z"`, `>Tasks:Regenerate "1"`)...).one(t)
	o.clock = time.Date(2026, 9, 5, 10, 0, 0, 0, time.UTC)
	a := o.told("phone1", V141, changeLines(r.get("AirSync:ServerId"), `Tasks:Complete "1"`, `Tasks:DateCompleted "2026-09-05T10:00:00.000Z"`)...)
	if due := a.commands("Change"); len(due) != 1 || due[0].get("AirSync:ApplicationData", "Tasks:DueDate") != "2026-09-15T00:00:00.000Z" {
		t.Errorf("ten days after it was done:\n%s", a.dump)
	}
}

// TestRowsTaskEmpty: an empty list takes all categories away, an empty Recurrence the rule; what is not said stays.
func TestRowsTaskEmpty(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		o := newTaskRig(t, "UTC")
		r, _ := o.told("phone1", v, addLines("n1", `Tasks:Subject "s"`, `Tasks:Complete "0"`, "Tasks:Categories", `>Tasks:Category "a"`,
			"Tasks:Recurrence", `>Tasks:Type "0"`, `>Tasks:Interval "1"`, `>Tasks:Start "2026-08-22T00:00:00.000Z"`)...).one(t)
		id := r.get("AirSync:ServerId")
		o.told("phone1", v, changeLines(id, `Tasks:Subject "t"`)...)
		if got := o.stored()[0]; !strings.Contains(got, "CATEGORIES:a") || !strings.Contains(got, "RRULE") {
			t.Errorf("%v: not said, and gone:\n%s", v, got)
		}
		o.told("phone1", v, changeLines(id, "Tasks:Categories", "Tasks:Recurrence")...)
		if got := o.stored()[0]; strings.Contains(got, "CATEGORIES") || strings.Contains(got, "RRULE") {
			t.Errorf("%v: taken away, and there:\n%s", v, got)
		}
	}
}

// TestRowsNote lists what a device may say of a note, and what it is told. MS-ASNOTE.
func TestRowsNote(t *testing.T) {
	once(t)
	tests := []struct {
		name, said, status, tag, want string
	}{
		{"no class", `Notes:Subject "x"`, "1", "Notes:MessageClass", "IPM.StickyNote"},
		{"a class of its own", `Notes:MessageClass "IPM.StickyNote.Yellow"`, "1", "Notes:MessageClass", "IPM.StickyNote.Yellow"},
		{"another class", `Notes:MessageClass "IPM.Task"`, "6", "", ""},
		{"a date", `Notes:LastModifiedDate "20010101T000000Z"`, "1", "Notes:LastModifiedDate", "20260822T101500Z"},
	}
	for _, tt := range tests {
		for _, v := range []Version{V140, V141, V160, V161} {
			o := newRig(t).objects(store.MainNotes)
			if _, status := o.told("phone1", v, addLines("n1", tt.said)...).one(t); status != tt.status {
				t.Errorf("%s at %v: status %s", tt.name, v, status)
			}
			if a := o.told("phone2", v); tt.status == "1" && a.commands("Add")[0].get("AirSync:ApplicationData", tt.tag) != tt.want {
				t.Errorf("%s at %v:\n%s", tt.name, v, a.dump)
			}
		}
	}
}
