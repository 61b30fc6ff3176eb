package calendar

import (
	"strings"
	"time"
)

// Reminder returns how long before the start the first alarm with a time is; false: there is none. An alarm after the
// start is none. RFC 5545, section 3.8.6.3.
func (o *Object) Reminder(c *Component, in *Zone) (before time.Duration, ok bool) {
	for alarm := range c.Children(VAlarm) {
		if before, ok := o.reminder(c, alarm, in); ok && before >= 0 && before < maxStretch {
			return before, true
		}
	}
	return 0, false
}

func (o *Object) reminder(c, alarm *Component, in *Zone) (time.Duration, bool) {
	p := alarm.Get("TRIGGER")
	if p == nil {
		return 0, false
	}
	x := &expansion{object: o, in: in}
	m, isMoment := ParseMoment(p.prop.Value)
	after, isDuration := parseDuration(p.prop.Value)
	fromEnd := strings.EqualFold(p.Param("RELATED"), "END")
	if !isMoment && isDuration && !fromEnd {
		return -after, true
	}
	placed, err := x.place(c)
	switch {
	case err != nil:
		return 0, false
	case isMoment:
		return time.Duration(placed.at-m.Wall.Unix()) * time.Second, true
	case isDuration:
		return -after - time.Duration(placed.end-placed.at)*time.Second, true
	}
	return 0, false
}

// Alarms are the alarms of the component, in their order.
func (c *Component) Alarms() []*Component {
	var list []*Component
	for alarm := range c.Children(VAlarm) {
		list = append(list, alarm)
	}
	return list
}

// SetReminder makes the first alarm that is relative to the start ring so long before it; a new one that shows the
// summary if there is none. Other alarms stay.
func (c *Component) SetReminder(before time.Duration) {
	trigger := durationText(-before)
	for alarm := range c.Children(VAlarm) {
		p := alarm.Get("TRIGGER")
		if p == nil || strings.EqualFold(p.Param("RELATED"), "END") {
			continue
		}
		if d, ok := parseDuration(p.prop.Value); ok {
			if d != -before {
				alarm.Set(p.WithValue(trigger))
			}
			return
		}
	}
	alarm := NewComponent(VAlarm)
	alarm.Add(NewProperty("ACTION", "DISPLAY"))
	alarm.Add(NewText("DESCRIPTION", orElse(c.Summary(), "Reminder")))
	alarm.Add(NewProperty("TRIGGER", trigger))
	c.AddChild(alarm)
}

// RemoveAlarms takes out all alarms.
func (c *Component) RemoveAlarms() {
	c.RemoveChildren(func(child *Component) bool { return child.name == VAlarm })
}

// durationText writes a DURATION. RFC 5545, section 3.3.6.
func durationText(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	if d == 0 {
		return "PT0S"
	}
	if d%(24*time.Hour) == 0 {
		return sign + "P" + itoa(d/(24*time.Hour)) + "D"
	}
	text := sign + "P"
	if days := d / (24 * time.Hour); days > 0 {
		text += itoa(days) + "D"
	}
	text += "T"
	for _, unit := range []struct {
		n    time.Duration
		name string
	}{{d / time.Hour % 24, "H"}, {d / time.Minute % 60, "M"}, {d / time.Second % 60, "S"}} {
		if unit.n > 0 {
			text += itoa(unit.n) + unit.name
		}
	}
	return text
}
