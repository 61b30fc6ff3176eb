package model

import (
	"fmt"
	"time"

	"github.com/gannetmail/gannet/activesync"
)

// taskKind are tasks. They have Subject, Body, Categories, Importance (0 and 2), Sensitivity (2 and 3), Start and Due (days), Done and Remind
// (points in time).
var taskKind = &kind{name: "Tasks", title: "Subject", write: writeTask, read: readTask, show: showTask, say: sayTask, merge: mergeTask, invent: inventTask, vary: varyTask, age: taskAge}

var (
	taskPriorities = map[string]string{"0": "9", "2": "1"}
	taskClasses    = map[string]string{"2": "PRIVATE", "3": "CONFIDENTIAL"}
)

// turned is a map from values to keys.
func turned(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[v] = k
	}
	return out
}

// calendarHead begins what somebody else writes.
const calendarHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Somebody//Else//EN\r\n"

// rest are properties that no device knows; nothing that a device does may take them away.
const rest = "X-SOMEBODY;X-WITH=\"a;b\":kept as it is"

// taskAge is the day on which a task was done.
func taskAge(f fields) time.Time {
	if f["Done"] == "" {
		return endless
	}
	return when(f["Done"]).Truncate(24 * time.Hour)
}

func writeTask(uid string, f fields) string {
	w := &lineWriter{}
	w.b.WriteString(calendarHead + "BEGIN:VTODO\r\nDTSTAMP:20260822T090000Z\r\n" + rest + "\r\n")
	w.put("UID", uid)
	w.put("SUMMARY", escape(f["Subject"]))
	w.put("DESCRIPTION", escape(f["Body"]))
	w.put("CATEGORIES", f["Categories"])
	w.put("PRIORITY", taskPriorities[f["Importance"]])
	w.put("CLASS", taskClasses[f["Sensitivity"]])
	w.put("DTSTART;VALUE=DATE", f["Start"])
	w.put("DUE;VALUE=DATE", f["Due"])
	if f["Done"] != "" {
		w.put("STATUS", "COMPLETED")
		w.put("COMPLETED", f["Done"])
	}
	if f["Remind"] != "" {
		w.b.WriteString("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Think of it\r\n")
		w.put("TRIGGER;VALUE=DATE-TIME", f["Remind"])
		w.b.WriteString("END:VALARM\r\n")
	}
	w.b.WriteString("END:VTODO\r\nEND:VCALENDAR\r\n")
	return w.b.String()
}

// readSole reads an object that is one component, and what classes have in common.
func readSole(raw, name string) (c *component, uid string, f fields, err error) {
	root, err := readComponents(raw)
	if err != nil {
		return nil, "", nil, err
	}
	list := root.all(name)
	if len(list) != 1 {
		return nil, "", nil, fmt.Errorf("%d %s", len(list), name)
	}
	c = list[0]
	f = fields{}
	f.put("Subject", c.get("SUMMARY").text())
	f.put("Body", c.get("DESCRIPTION").text())
	f.put("Categories", c.lists("CATEGORIES"))
	f.put("Sensitivity", turned(taskClasses)[c.get("CLASS").value])
	f.put("Rest", c.get("X-SOMEBODY").value+c.get("X-SOMEBODY").params["X-WITH"])
	return c, c.get("UID").value, f, nil
}

// put sets a field that is not empty.
func (f fields) put(name, value string) {
	if value != "" {
		f[name] = value
	}
}

func readTask(raw string) (string, fields, error) {
	c, uid, f, err := readSole(raw, "VTODO")
	if err != nil {
		return "", nil, err
	}
	f.put("Importance", turned(taskPriorities)[c.get("PRIORITY").value])
	f.put("Start", c.get("DTSTART").value)
	f.put("Due", c.get("DUE").value)
	f.put("Done", c.get("COMPLETED").value)
	if (f["Done"] != "") != (c.get("STATUS").value == "COMPLETED") {
		return "", nil, fmt.Errorf("a task that is half done")
	}
	for _, alarm := range c.all("VALARM") {
		f.put("Remind", alarm.get("TRIGGER").value)
	}
	return uid, f, nil
}

func showTask(f fields, s *shower) []*node {
	n := el("")
	if s.v >= activesync.V120 {
		n.add(s.body(f["Body"]))
	}
	n.add(leaf("Tasks:Subject", f["Subject"]), leaf("Tasks:Importance", orElse(f["Importance"], "1")),
		givenTime("Tasks:UtcStartDate", f["Start"]), givenTime("Tasks:StartDate", f["Start"]),
		givenTime("Tasks:UtcDueDate", f["Due"]), givenTime("Tasks:DueDate", f["Due"]),
		list("Tasks:Categories", "Tasks:Category", f["Categories"]), leaf("Tasks:Complete", flagOf(f["Done"])),
		givenTime("Tasks:DateCompleted", f["Done"]), leaf("Tasks:Sensitivity", orElse(f["Sensitivity"], "0")),
		leaf("Tasks:ReminderSet", flagOf(f["Remind"])), givenTime("Tasks:ReminderTime", f["Remind"]))
	if s.v < activesync.V120 {
		n.add(s.oldBody("Tasks", f["Body"], true)...)
	}
	return n.kids
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func flagOf(s string) int { return map[bool]int{true: 1}[s != ""] }

// sayTask writes what a device says: an empty Done is a task that is to be done.
func sayTask(v activesync.Version, f fields) []*node {
	n := el("")
	say := func(name string, make func(value string) []*node) {
		if value, said := f[name]; said {
			n.add(make(value)...)
		}
	}
	text := func(name, none string) {
		say(name, func(value string) []*node { return []*node{leaf("Tasks:"+name, orElse(value, none))} })
	}
	say("Body", func(value string) []*node { return []*node{sayBody(v, "Tasks", value)} })
	text("Subject", "")
	text("Importance", "1")
	text("Sensitivity", "0")
	say("Start", func(value string) []*node {
		return []*node{givenTime("Tasks:UtcStartDate", value), givenTime("Tasks:StartDate", value)}
	})
	say("Due", func(value string) []*node {
		return []*node{givenTime("Tasks:UtcDueDate", value), givenTime("Tasks:DueDate", value)}
	})
	say("Categories", func(value string) []*node { return []*node{orEmpty("Tasks:Categories", "Tasks:Category", value)} })
	say("Done", func(value string) []*node {
		return []*node{leaf("Tasks:Complete", flagOf(value)), givenTime("Tasks:DateCompleted", value)}
	})
	say("Remind", func(value string) []*node {
		return []*node{leaf("Tasks:ReminderSet", flagOf(value)), givenTime("Tasks:ReminderTime", value)}
	})
	return n.kids
}

// orEmpty is list with an empty container for none.
func orEmpty(container, element, joined string) *node {
	if n := list(container, element, joined); n != nil {
		return n
	}
	return el(container)
}

// mergeTask is a task with what a device says of it: what is not said stays.
func mergeTask(c *change, old fields) fields {
	f := overlay(old, c.said)
	if f["Start"] > f["Due"] && f["Due"] != "" {
		f["Start"] = f["Due"]
	}
	return f
}

func inventTask(w *world, n int) fields {
	f := fields{}
	f.put("Subject", fmt.Sprintf("task %d", n))
	f.put("Body", w.words(n))
	f.put("Categories", w.list())
	f.put("Importance", pick(w, []string{"", "0", "2"}))
	f.put("Sensitivity", pick(w, []string{"", "", "2", "3"}))
	day := w.now().AddDate(0, 0, w.rnd.IntN(20)-5)
	if w.chance(2) {
		f.put("Due", day.Format("20060102"))
		f.put("Start", either(w, "", day.AddDate(0, 0, -w.rnd.IntN(4)).Format("20060102")))
	}
	if w.chance(3) {
		f.put("Done", w.now().Add(-time.Duration(w.rnd.IntN(90))*time.Hour).Format(instant))
	}
	if w.chance(4) {
		f.put("Remind", day.Truncate(time.Hour).Format(instant))
	}
	return f
}

// list is a list of categories, often none.
func (w *world) list() string { return pick(w, []string{"", "", "Blue", "Blue,Family", "Grün"}) }

// varyTask says something of a task, and always what nobody has said before.
func varyTask(w *world, _ *device, f fields, n int) fields {
	other := inventTask(w, n)
	said := fields{"Subject": other["Subject"]}
	for _, name := range []string{"Body", "Categories", "Importance", "Sensitivity", "Done", "Remind"} {
		if w.chance(3) {
			said[name] = other[name]
		}
	}
	for _, name := range []string{"Start", "Due"} {
		if w.chance(3) && other[name] != "" {
			said[name] = other[name]
		}
	}
	return said
}
