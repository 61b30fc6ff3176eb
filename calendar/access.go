package calendar

import (
	"strconv"
	"strings"
	"time"
)

// The accessors of a component read what common properties say and write only these. What is not there or cannot be
// understood is the zero value; setting it removes the property. RFC 5545, section 3.8.

// UID is the name of the object.
func (c *Component) UID() string { return c.Text("UID") }

// Summary is the subject.
func (c *Component) Summary() string { return c.Text("SUMMARY") }

// SetSummary sets the subject.
func (c *Component) SetSummary(text string) { c.SetText("SUMMARY", text) }

// Location is where it is.
func (c *Component) Location() string { return c.Text("LOCATION") }

// SetLocation sets where it is.
func (c *Component) SetLocation(text string) { c.SetText("LOCATION", text) }

// Sequence is the revision by the organizer. RFC 5545, section 3.8.7.4.
func (c *Component) Sequence() int { return c.integer("SEQUENCE") }

// SetSequence sets the revision.
func (c *Component) SetSequence(n int) { c.setInteger("SEQUENCE", n) }

// Priority is 1, the highest, to 9; 0: none.
func (c *Component) Priority() int { return c.integer("PRIORITY") }

// SetPriority sets the priority.
func (c *Component) SetPriority(n int) { c.setInteger("PRIORITY", n) }

// Percent is how much of a task is done, 0 to 100.
func (c *Component) Percent() int { return min(100, c.integer("PERCENT-COMPLETE")) }

// SetPercent sets how much of a task is done.
func (c *Component) SetPercent(n int) { c.setInteger("PERCENT-COMPLETE", n) }

func (c *Component) integer(name string) int {
	n, err := strconv.Atoi(c.Text(name))
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n
}

func (c *Component) setInteger(name string, n int) {
	switch {
	case n == c.integer(name):
	case n <= 0:
		c.Remove(name)
	default:
		c.setValue(name, strconv.Itoa(n))
	}
}

// setValue sets a value and keeps the parameters.
func (c *Component) setValue(name, value string) {
	switch old := c.Get(name); {
	case value == "":
		c.Remove(name)
	case old == nil:
		c.Set(NewProperty(name, value))
	case old.prop.Value != value:
		c.Set(old.WithValue(value))
	}
}

// Status is STATUS in upper case: CONFIRMED, TENTATIVE, CANCELLED, NEEDS-ACTION, COMPLETED, IN-PROCESS, DRAFT, FINAL.
func (c *Component) Status() string { return strings.ToUpper(c.Text("STATUS")) }

// SetStatus sets the status.
func (c *Component) SetStatus(status string) { c.setValue("STATUS", status) }

// Cancelled reports whether the status is CANCELLED.
func (c *Component) Cancelled() bool { return c.Status() == "CANCELLED" }

// Categories are all categories, each once.
func (c *Component) Categories() []string {
	var all []string
	seen := map[string]bool{}
	for p := range c.All("CATEGORIES") {
		for _, one := range splitText(p.prop.Value) {
			if !seen[one] {
				seen[one] = true
				all = append(all, one)
			}
		}
	}
	return all
}

// SetCategories sets the categories.
func (c *Component) SetCategories(list []string) {
	if len(list) == 0 {
		c.Remove("CATEGORIES")
		return
	}
	c.Set(NewProperty("CATEGORIES", joinText(list)))
}

// Sensitivity is how private the component is.
func (c *Component) Sensitivity() Sensitivity {
	switch strings.ToUpper(c.Text("CLASS")) {
	case "PRIVATE":
		return Private
	case "CONFIDENTIAL":
		return Confidential
	case "X-PERSONAL":
		return Personal
	}
	return Public
}

// SetSensitivity sets how private the component is. [Public] removes what said otherwise.
func (c *Component) SetSensitivity(s Sensitivity) {
	if s == c.Sensitivity() {
		return
	}
	c.setValue("CLASS", [...]string{"", "X-PERSONAL", "PRIVATE", "CONFIDENTIAL"}[min(s, Confidential)])
}

// Stamp is when the component was last said so: DTSTAMP, else LAST-MODIFIED, else CREATED.
func (c *Component) Stamp() time.Time {
	for _, name := range []string{"DTSTAMP", "LAST-MODIFIED", "CREATED"} {
		if t := c.instant(name); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// SetStamp sets DTSTAMP.
func (c *Component) SetStamp(t time.Time) { c.setInstant("DTSTAMP", t) }

// Created is when the component was made.
func (c *Component) Created() time.Time { return c.instant("CREATED") }

// SetCreated sets when the component was made.
func (c *Component) SetCreated(t time.Time) { c.setInstant("CREATED", t) }

// LastModified is when the component was last changed.
func (c *Component) LastModified() time.Time { return c.instant("LAST-MODIFIED") }

// SetLastModified sets when the component was last changed.
func (c *Component) SetLastModified(t time.Time) { c.setInstant("LAST-MODIFIED", t) }

// Completed is when a task was done.
func (c *Component) Completed() time.Time { return c.instant("COMPLETED") }

// SetCompleted sets when a task was done.
func (c *Component) SetCompleted(t time.Time) { c.setInstant("COMPLETED", t) }

// instant reads a property that is UTC by the specification.
func (c *Component) instant(name string) time.Time {
	m, _ := c.Get(name).Moment()
	return m.Wall
}

func (c *Component) setInstant(name string, t time.Time) {
	if t.IsZero() {
		c.Remove(name)
		return
	}
	c.setMoment(name, InstantOf(t))
}

// Start is DTSTART.
func (c *Component) Start() Moment { return c.moment("DTSTART") }

// SetStart sets DTSTART.
func (c *Component) SetStart(m Moment) { c.setMoment("DTSTART", m) }

// Due is when a task is to be done.
func (c *Component) Due() Moment { return c.moment("DUE") }

// SetDue sets when a task is to be done.
func (c *Component) SetDue(m Moment) { c.setMoment("DUE", m) }

// RecurrenceID is the original start of the occurrence that the component is about.
func (c *Component) RecurrenceID() Moment { return c.moment("RECURRENCE-ID") }

// SetRecurrenceID sets which occurrence the component is about.
func (c *Component) SetRecurrenceID(m Moment) { c.setMoment("RECURRENCE-ID", m) }

// ThisAndFuture reports whether the component is about its occurrence and all later ones.
func (c *Component) ThisAndFuture() bool {
	p := c.Get("RECURRENCE-ID")
	return p != nil && strings.EqualFold(p.Param("RANGE"), "THISANDFUTURE")
}

func (c *Component) moment(name string) Moment {
	m, ok := c.Get(name).Moment()
	if !ok {
		return Moment{}
	}
	return m
}

func (c *Component) setMoment(name string, m Moment) {
	if m.IsZero() {
		c.Remove(name)
		return
	}
	if old, ok := c.Get(name).Moment(); ok && old == m {
		return
	}
	p := m.Property(name)
	if old := c.Get(name); old != nil { // parameters that do not say how it is written
		for _, param := range old.order {
			if param != "VALUE" && param != "TZID" {
				p.setParam(param, old.prop.Params[param])
			}
		}
	}
	c.Set(p)
}
