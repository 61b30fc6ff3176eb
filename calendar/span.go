package calendar

import "time"

// End is DTEND of an event, DUE of a task.
func (c *Component) End() Moment {
	if c.name == VTodo {
		return c.Due()
	}
	return c.moment("DTEND")
}

// Duration is DURATION; 0 if there is none or it is negative. Weeks and days are exact: 24 hours each.
func (c *Component) Duration() time.Duration {
	d, _ := parseDuration(c.Text("DURATION"))
	return max(0, d)
}

// SetTimes sets the start and the end of an event or task; an end of an event that was written as a duration becomes
// DTEND. A zero end removes both.
func (c *Component) SetTimes(start, end Moment) {
	c.SetStart(start)
	c.Remove("DURATION")
	if c.name == VTodo {
		c.SetDue(end)
		return
	}
	c.setMoment("DTEND", end)
}
