package activesync

import (
	"slices"
	"strconv"
	"testing"
)

// TestRowsTaskRules says every element of a task's rule, at every version, and looks what another device is told of it.
// MS-ASTASK, Recurrence.
func TestRowsTaskRules(t *testing.T) {
	once(t)
	const start = `>Tasks:Start "2026-08-22T00:00:00.000Z"`
	monthly := []string{`>Tasks:Type "2"`, start, `>Tasks:DayOfMonth "22"`}
	weekday := []string{`>Tasks:Type "3"`, start, `>Tasks:WeekOfMonth "4"`, `>Tasks:DayOfWeek "64"`}
	yearly := []string{`>Tasks:Type "5"`, start, `>Tasks:MonthOfYear "8"`, `>Tasks:DayOfMonth "22"`}
	rows := []struct {
		said      []string
		tag, want string
		from      Version
	}{
		{[]string{`>Tasks:Type "0"`, start, `>Tasks:Interval "3"`}, "Interval", "3", 0},
		{[]string{`>Tasks:Type "0"`, start}, "Start", "2026-08-22T00:00:00.000Z", 0},
		{[]string{`>Tasks:Type "0"`, start, `>Tasks:Until "2026-09-22T00:00:00.000Z"`}, "Until", "2026-09-22T00:00:00.000Z", 0},
		{[]string{`>Tasks:Type "0"`, start, `>Tasks:Occurrences "7"`}, "Occurrences", "7", 0},
		{monthly, "Type", "2", 0},
		{monthly, "DayOfMonth", "22", 0},
		{monthly, "CalendarType", "1", V140},
		{weekday, "WeekOfMonth", "4", 0},
		{weekday, "DayOfWeek", "64", 0},
		{yearly, "MonthOfYear", "8", 0},
		{slices.Concat(yearly, []string{`>Tasks:IsLeapMonth "0"`}), "IsLeapMonth", "", 0},
		{monthly, "Regenerate", "0", 0},
		{monthly, "DeadOccur", "0", 0},
		{[]string{`>Tasks:Type "1"`, start, `>Tasks:DayOfWeek "64"`}, "FirstDayOfWeek", "1", V141},
	}
	for _, v := range AllVersions {
		o := newTaskRig(t, "UTC")
		for i, row := range rows {
			said := slices.Concat([]string{"Tasks:Subject " + strconv.Quote(strconv.Itoa(i)), `Tasks:Complete "0"`, `Tasks:StartDate "2026-08-22T00:00:00.000Z"`,
				`Tasks:UtcStartDate "2026-08-22T00:00:00.000Z"`, "Tasks:Recurrence"}, row.said)
			if _, status := o.told("phone1", v, addLines("n"+strconv.Itoa(i), said...)...).one(t); status != "1" {
				t.Errorf("%v: %s: status %s", v, row.tag, status)
			}
		}
		told := map[string]*node{}
		for _, add := range o.told("phone2", v).commands("Add") {
			told[add.get("AirSync:ApplicationData", "Tasks:Subject")] = add.at("AirSync:ApplicationData", "Tasks:Recurrence")
		}
		for i, row := range rows {
			want := row.want
			if v < row.from {
				want = ""
			}
			if got := told[strconv.Itoa(i)].get("Tasks:" + row.tag); got != want {
				t.Errorf("%v: %s is %q, want %q", v, row.tag, got, want)
			}
		}
	}
}
