package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync"
)

// mergeEvent is an event with what a device says of it. Up to 14.1 who says when it is says all of it: what it manages and
// leaves out is gone. MS-ASCAL, MS-ASCMD, Supported.
func mergeEvent(c *change, old fields) fields {
	if c.instance != "" {
		return c.mergeInstance(old)
	}
	f, said := maps.Clone(old), c.whole()
	series, moved := old["Rule"] != "", f.reschedule(said, old)
	f.rezone(said)
	if c.rerule(f, old, said, moved) || moved {
		if series {
			f.setGone(nil)
			for _, orig := range f.overrides() {
				f.setOverride(orig, nil)
			}
		}
	}
	for _, name := range own {
		if value, ok := said[name]; ok {
			f[name] = value
		}
	}
	for _, orig := range c.said.overrides() {
		if f["Rule"] == "" {
			break // it is no series any more
		}
		c.except(f, f.meant(orig), c.said.override(orig))
	}
	f["Stamp"] = c.when.Format(instant)
	return overlay(f, nil2empty(f))
}

// nil2empty are the fields that hold nothing, to be taken away.
func nil2empty(f fields) fields {
	out := fields{}
	for name, value := range f {
		if value == "" {
			out[name] = ""
		}
	}
	return out
}

// whole is what a device says, with what it takes away by leaving it out.
func (c *change) whole() fields {
	said := maps.Clone(c.said)
	if c.v >= activesync.V160 || c.op != "Change" || said["Start"] == "" || said["End"] == "" || c.partial {
		return said
	}
	for _, name := range []string{"Location", "Subject", "Categories", "Sensitivity", "Remind", "Rule"} {
		if _, ok := said[name]; !ok && (name == "Location" || c.manages(name)) {
			said[name] = ""
		}
	}
	return said
}

// reschedule sets when it is, and reports whether that is another time. An end that is not said moves with the start.
func (f fields) reschedule(said, old fields) bool {
	if said["Start"] != "" {
		f["Start"] = said["Start"]
		if old["End"] != "" {
			f["End"] = moved(f["Start"], old.length())
		}
	}
	if said["End"] != "" {
		f["End"] = said["End"]
	}
	return old["Start"] != "" && (f["Start"] != old["Start"] || f["End"] != old["End"])
}

// rezone sets the zone: days have none.
func (f fields) rezone(said fields) {
	if zone, ok := said["Zone"]; ok {
		f["Zone"] = zone
	}
	if len(f["Start"]) == 8 {
		delete(f, "Zone")
	}
}

// rerule sets the rule, and reports whether it is another one. One that is not changed ends as much later as the series
// begins, when that is moved; a device knows nothing of that until it is told.
func (c *change) rerule(f, old, said fields, moved bool) bool {
	rule1, ok := said["Rule"]
	if rule1 != "" { // a series of days ends on a day, others at an instant
		interval, days, end := rule(rule1)
		if until, ok := strings.CutPrefix(end, "UNTIL="); ok {
			rule1 = fmt.Sprintf("%d|%s|UNTIL=%s", interval, days, like(f["Start"], when(until)))
		}
	}
	switch {
	case old["Rule"] == "" && rule1 == "":
		return false
	case !ok || rule1 == old["Rule"]:
		interval, days, end := rule(old["Rule"])
		if until, ok := strings.CutPrefix(end, "UNTIL="); ok && moved && !c.device {
			by := when(f["Start"]).Sub(when(old["Start"]))
			f["Rule"] = fmt.Sprintf("%d|%s|UNTIL=%s", interval, days, like(f["Start"], when(until).Add(by)))
		}
		return false
	case old["Rule"] == "" || rule1 == "":
		f["Rule"] = rule1
		return true
	}
	f["Rule"] = rule1
	_, _, end := rule(rule1)
	pattern := strings.TrimSuffix(rule1, end)
	if !strings.HasPrefix(old["Rule"], pattern) {
		return true
	}
	for _, orig := range f.overrides() {
		if until, ok := strings.CutPrefix(end, "UNTIL="); ok && when(orig).After(when(until)) {
			f.setOverride(orig, nil)
		}
	}
	return false
}

// occurrence is one of the series as it is where it does not differ.
func (f fields) occurrence(orig string) fields {
	o := fields{"Start": orig, "End": moved(orig, f.length())}
	for _, name := range own {
		o.put(name, f[name])
	}
	return o
}

// except is what a device says of an occurrence up to 14.1: what it leaves out is as in the series, but for the text.
func (c *change) except(f fields, orig string, said fields) {
	if said["Deleted"] != "" {
		f.setOverride(orig, nil)
		f.setGone(append(f.gone(), orig))
		return
	}
	before, o := f.override(orig), f.occurrence(orig)
	if len(before) == 0 {
		f.setGone(slices.DeleteFunc(f.gone(), func(one string) bool { return one == orig }))
		o["Stamp"] = c.when.Format(instant)
	} else {
		for _, name := range []string{"Stamp", "Body", "Rest"} {
			o[name] = before[name]
		}
		if c.v < activesync.V141 {
			o["Remind"] = before["Remind"] // there are no words for none
		}
	}
	f.setOverride(orig, c.within(o, said))
}

// within is an occurrence with what is said of it.
func (c *change) within(o, said fields) fields {
	if said["Start"] != "" {
		o["End"] = moved(said["Start"], o.length())
	}
	o = overlay(o, said)
	return overlay(o, nil2empty(o))
}

// mergeInstance is what becomes of one occurrence from 16.0 on.
func (c *change) mergeInstance(old fields) fields {
	f := maps.Clone(old)
	stamp, orig := c.when.Format(instant), f.meant(c.instance)
	o := f.override(orig)
	switch {
	case c.op == "Delete" && slices.Contains(f.gone(), orig):
		return f
	case c.op == "Delete":
		f.setOverride(orig, nil)
		f.setGone(append(f.gone(), orig))
		f["Stamp"] = stamp
		return f
	case len(o) == 0:
		o = f.occurrence(orig)
	}
	o["Stamp"] = stamp
	f.setOverride(orig, c.within(o, c.said))
	return f
}

// meant is the original start that a device means: after a series has been moved by hours, that of the same day.
func (f fields) meant(orig string) string {
	if len(f.override(orig)) > 0 {
		return orig
	}
	at := when(orig)
	if len(f["Start"]) == 8 {
		return like(f["Start"], at.Round(24*time.Hour))
	}
	at = at.In(f.zone())
	start := when(f["Start"]).In(f.zone())
	return like(f["Start"], time.Date(at.Year(), at.Month(), at.Day(), start.Hour(), start.Minute(), start.Second(), 0, f.zone()))
}

// refusesInstance is the status of a command about an occurrence that there is not; 1: there is.
func refusesInstance(c *command, f fields) string {
	orig := f.meant(c.instance)
	switch {
	case f["Rule"] == "":
		return "6"
	case c.op == "Delete" && slices.Contains(f.gone(), orig):
		return "1"
	case len(f.override(orig)) > 0:
		return "1"
	case slices.Contains(f.gone(), orig), !slices.Contains(f.occurrences(), orig):
		return "8"
	}
	return "1"
}

func inventEvent(w *world, n int) fields {
	day := w.now().Truncate(24*time.Hour).AddDate(0, 0, w.rnd.IntN(80)-40)
	f := fields{"Stamp": "20260822T090000Z"}
	f.put("Subject", fmt.Sprintf("event %d", n))
	f.put("Body", w.words(n))
	f.put("Location", pick(w, []string{"", "Pier 3, Hamburg; left"}))
	f.put("Categories", w.list())
	f.put("Sensitivity", pick(w, []string{"", "", "2", "3"}))
	f.put("Busy", pick(w, []string{"", "", "0", "1", "3"}))
	f.put("Remind", pick(w, []string{"", "", "0", "15", "1440"}))
	if w.chance(4) {
		f.put("Start", day.Format("20060102"))
		f.put("End", day.AddDate(0, 0, 1+w.rnd.IntN(2)).Format("20060102"))
	} else {
		start := day.Add(8*time.Hour + time.Duration(w.rnd.IntN(12))*30*time.Minute)
		f.put("Start", start.Format(instant))
		f.put("End", start.Add(time.Duration(1+w.rnd.IntN(4))*30*time.Minute).Format(instant))
		f.put("Zone", pick(w, []string{"", "", "berlin"}))
	}
	if w.chance(3) {
		f.put("Rule", w.rule(f))
	}
	return f
}

// rule is one for an event, on whose day it falls.
func (w *world) rule(f fields) string {
	start := when(f["Start"])
	days := f.dayIn(start)
	if w.chance(2) {
		days = inOrder(days + pick(w, weekdays))
	}
	end := ""
	switch w.rnd.IntN(3) {
	case 0:
		end = fmt.Sprint("COUNT=", 2+w.rnd.IntN(5))
	case 1:
		end = "UNTIL=" + like(f["Start"], start.In(f.zone()).AddDate(0, 0, 7*(4+w.rnd.IntN(6))))
	}
	return fmt.Sprintf("%d|%s|%s", 1+w.rnd.IntN(2), days, end)
}

// varyEvent says something of an event; up to 14.1 nearly always all of it.
func varyEvent(w *world, d *device, f fields, n int) fields {
	other := inventEvent(w, n)
	said := fields{"Subject": other["Subject"]}
	for _, name := range []string{"Body", "Location", "Categories", "Sensitivity", "Busy", "Remind"} {
		if w.chance(4) {
			said[name] = other[name]
		}
	}
	whole := d != nil && d.version < activesync.V160 && !w.chance(5)
	if whole {
		sayWhole(w, said, f)
	}
	switch n := w.rnd.IntN(12); {
	case n < 3:
		by := pick(w, []time.Duration{time.Hour, 7 * 24 * time.Hour})
		if len(f["Start"]) == 8 {
			by = 7 * 24 * time.Hour
		}
		said["Start"], said["End"] = moved(f["Start"], by), moved(f["End"], by)
	case n < 4 && f["Rule"] == "":
		said["Start"], said["End"], said["Zone"] = other["Start"], other["End"], other["Zone"]
	case n < 5 && f["Rule"] == "":
		said["Rule"] = w.rule(f)
	case n < 5 && d == nil, n < 5 && d.version >= activesync.V160:
		said["Rule"] = either(w, "", w.rule(f)) // a single event, or another series
	case n < 5 && whole:
		said["Rule"] = w.rule(f)
	case n < 9 && f["Rule"] != "" && (d == nil || d.version < activesync.V160):
		w.someExceptions(said, f)
	}
	return said
}

// sayWhole says all of an event again.
func sayWhole(w *world, said, f fields) {
	for _, name := range []string{"Location", "Categories", "Sensitivity", "Busy", "Remind", "Rule"} {
		if _, already := said[name]; !already && f[name] != "" && !w.chance(15) {
			said[name] = f[name]
		}
	}
	if said["Rule"] == "" {
		delete(said, "Rule")
	}
	said["Start"], said["End"], said["Zone"] = f["Start"], f["End"], f["Zone"]
}

// someExceptions says something of some occurrences.
func (w *world) someExceptions(said, f fields) {
	list := f.occurrences()
	if r, ok := said["Rule"]; ok && r != f["Rule"] || !ok && said["Start"] != "" || len(list) == 0 {
		return
	}
	for range 1 + w.rnd.IntN(2) {
		orig := pick(w, list[:min(len(list), 6)])
		if w.chance(2) {
			said.setOverride(orig, fields{"Deleted": "1"})
			continue
		}
		said.setOverride(orig, w.someOccurrence(f, orig))
	}
}

// someOccurrence says something of one occurrence.
func (w *world) someOccurrence(f fields, orig string) fields {
	w.written++
	o := fields{"Subject": fmt.Sprintf("occurrence %d", w.written)}
	if w.chance(2) && len(orig) > 8 {
		o["Start"] = moved(orig, 30*time.Minute)
		o["End"] = moved(o["Start"], f.length())
	}
	if w.chance(3) {
		o["Location"] = either(w, "", fmt.Sprint("room ", w.written))
	}
	if w.chance(4) {
		o["Remind"] = "30"
	}
	return o
}
