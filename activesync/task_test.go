package activesync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

func newTaskRig(t *testing.T, zone string) *objectRig {
	r := newRig(t, func(o *Options) {
		location, err := time.LoadLocation(zone)
		must(t, err)
		o.Location = location
	})
	return r.objects(store.MainTasks)
}

// TestTaskStory makes a task on one device, sees it on another, and completes it.
func TestTaskStory(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		o := newTaskRig(t, "Europe/Berlin")
		text := []string{"AirSyncBase:Body", `>AirSyncBase:Type "1"`, `>AirSyncBase:Data "two\r\nlines"`}
		if version < V120 {
			text = []string{`Tasks:Body "two\r\nlines"`}
		}
		said := append([]string{`Tasks:Subject "Taxes"`, `Tasks:Importance "2"`, `Tasks:UtcStartDate "2026-08-21T22:00:00.000Z"`,
			`Tasks:StartDate "2026-08-22T00:00:00.000Z"`, `Tasks:UtcDueDate "2026-08-30T22:00:00.000Z"`, `Tasks:DueDate "2026-08-31T00:00:00.000Z"`,
			"Tasks:Categories", `>Tasks:Category "Money"`, `Tasks:Complete "0"`, `Tasks:Sensitivity "2"`, `Tasks:ReminderSet "1"`,
			`Tasks:ReminderTime "2026-08-30T07:00:00.000Z"`}, text...)
		r, status := o.told("phone1", version, addLines("n1", said...)...).one(t)
		id := r.get("AirSync:ServerId")
		if status != "1" {
			t.Fatalf("%s: status %s", version, status)
		}
		data := o.told("phone2", version).commands("Add")[0].at("AirSync:ApplicationData")
		got := []string{data.get("Tasks:Subject"), data.get("Tasks:Importance"), data.get("Tasks:UtcStartDate"), data.get("Tasks:StartDate"),
			data.get("Tasks:UtcDueDate"), data.get("Tasks:DueDate"), data.get("Tasks:Complete"), data.get("Tasks:Sensitivity"),
			data.get("Tasks:ReminderSet"), data.get("Tasks:ReminderTime"), data.at("Tasks:Categories").get("Tasks:Category")}
		want := "[Taxes 2 2026-08-21T22:00:00.000Z 2026-08-22T00:00:00.000Z 2026-08-30T22:00:00.000Z 2026-08-31T00:00:00.000Z 0 2 1 2026-08-30T07:00:00.000Z Money]"
		body := data.get("AirSyncBase:Body", "AirSyncBase:Data")
		if version < V120 {
			body = data.get("Tasks:Body")
		}
		if fmt.Sprint(got) != want || body != "two\r\nlines" {
			t.Errorf("%s: %v, text %q", version, got, body)
		}
		o.told("phone2", version, changeLines(id, `Tasks:Complete "1"`, `Tasks:DateCompleted "2026-08-23T10:00:00.000Z"`)...)
		a := o.told("phone1", version)
		if changed := a.commands("Change"); len(changed) != 1 || changed[0].get("AirSync:ServerId") != id ||
			changed[0].get("AirSync:ApplicationData", "Tasks:Complete") != "1" ||
			changed[0].get("AirSync:ApplicationData", "Tasks:DateCompleted") != "2026-08-23T10:00:00.000Z" {
			t.Errorf("%s: completed:\n%s", version, a.dump)
		}
		o.keys["phone3"] = o.prime(t, call{version: version, device: "phone3"}, o.folder, "AirSync:Options", `>AirSync:FilterType "8"`)
		if b := o.told("phone3", version); len(b.commands("Add")) != 0 {
			t.Errorf("%s: a device that wants what is to be done gets what is done:\n%s", version, b.dump)
		}
		o.told("phone1", version, changeLines(id, `Tasks:Complete "0"`)...)
		if b := o.told("phone3", version); len(b.commands("Add")) != 1 {
			t.Errorf("%s: to be done again:\n%s", version, b.dump)
		}
		for _, wrong := range []string{`Tasks:ReminderSet "7"`, `Tasks:Sensitivity "9"`, `Tasks:DueDate "soon"`} {
			if _, status := o.told("phone1", version, changeLines(id, wrong)...).one(t); status != "6" {
				t.Errorf("%s: %s: status %s", version, wrong, status)
			}
		}
	}
}

// TestTaskSeries completes one of a series: it goes on with the next, and at the end it is done.
func TestTaskSeries(t *testing.T) {
	o := newTaskRig(t, "UTC")
	said := []string{`Tasks:Subject "Water the plants"`, `Tasks:StartDate "2026-08-22T00:00:00.000Z"`, `Tasks:UtcStartDate "2026-08-22T00:00:00.000Z"`,
		`Tasks:DueDate "2026-08-23T00:00:00.000Z"`, `Tasks:UtcDueDate "2026-08-23T00:00:00.000Z"`, `Tasks:Complete "0"`, "Tasks:Recurrence",
		`>Tasks:Type "1"`, `>Tasks:Start "2026-08-22T00:00:00.000Z"`, `>Tasks:Interval "1"`, `>Tasks:DayOfWeek "64"`, `>Tasks:Occurrences "2"`}
	r, status := o.told("phone1", V141, addLines("n1", said...)...).one(t)
	id := r.get("AirSync:ServerId")
	if status != "1" || !strings.Contains(o.stored()[0], "RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=SA") {
		t.Fatalf("status %s, stored %q", status, o.stored())
	}
	rule := o.told("phone2", V141).commands("Add")[0].at("AirSync:ApplicationData", "Tasks:Recurrence")
	if rule.get("Tasks:Type") != "1" || rule.get("Tasks:DayOfWeek") != "64" || rule.get("Tasks:Start") != "2026-08-22T00:00:00.000Z" || rule.get("Tasks:DeadOccur") != "0" {
		t.Errorf("rule %+v", rule)
	}
	a := o.told("phone1", V141, changeLines(id, `Tasks:Complete "1"`)...)
	if changed := a.commands("Change"); len(changed) != 1 || changed[0].get("AirSync:ApplicationData", "Tasks:Complete") != "0" ||
		changed[0].get("AirSync:ApplicationData", "Tasks:DueDate") != "2026-08-30T00:00:00.000Z" {
		t.Errorf("gone on:\n%s", a.dump)
	}
	a = o.told("phone1", V141, changeLines(id, `Tasks:Complete "1"`)...)
	if len(a.commands("Change")) != 0 || !strings.Contains(o.stored()[0], "STATUS:COMPLETED") {
		t.Errorf("the last one:\n%s\n%s", a.dump, o.stored())
	}
}
