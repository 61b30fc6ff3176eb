package doctor

import (
	"time"
	"unicode/utf8"
)

const (
	// MaxEvents is how many events a chart keeps, the newest ones.
	MaxEvents = 40
	// maxText bounds the text of an event, in bytes.
	maxText = 200
	// lookBack is how many of the newest events one that repeats is looked for in: a device that waits in
	// vain alternates between two or three.
	lookBack = 3
	growth   = 4
)

// A Chart is what is known of one device. The zero value is one of which nothing is known.
type Chart struct {
	Counters Counters
	events   []entry // a ring: oldest at next once it is full
	next     int
}

// Note adds an event, and counts it: At and what happened must be set.
func (c *Chart) Note(e Event) {
	e.Text = clip(e.Text)
	c.Counters.count(e)
	if e.What == Begun && e.Why == "" {
		e.Why = c.whyBegun(e.Collection)
	}
	for i := range min(lookBack, len(c.events)) {
		if last := c.back(i); last.event().same(e) {
			last.again(e)
			return
		}
	}
	e.Last, e.Times = e.At, 1
	if len(c.events) < MaxEvents {
		if len(c.events) == cap(c.events) { // most devices have few: no doubling
			c.events = append(make([]entry, 0, min(len(c.events)+growth, MaxEvents)), c.events...)
		}
		c.events = append(c.events, pack(e))
		return
	}
	c.events[c.next] = pack(e)
	c.next = (c.next + 1) % MaxEvents
}

// back returns the newest event but i.
func (c *Chart) back(i int) *entry {
	n := len(c.events)
	return &c.events[(c.next-1-i+2*n)%n]
}

// whyBegun finds in what happened before why a device asks for a collection from the start.
func (c *Chart) whyBegun(collection int64) Why {
	for i := range len(c.events) {
		switch e := c.back(i).event(); {
		case e.What == AllFolders:
			return WithFolders
		case e.Collection != collection:
		case e.What == KeyRefused:
			return WasReset
		case e.What == Begun || e.What == Synchronised:
			return ByItself
		}
	}
	return ByItself
}

// Events returns the events, oldest first; the caller owns them.
func (c *Chart) Events() []Event {
	n := len(c.events)
	list := make([]Event, 0, n)
	for i := n; i > 0; i-- {
		list = append(list, c.back(i-1).event())
	}
	return list
}

// Forget drops the events. The counters stay.
func (c *Chart) Forget() { c.events, c.next = nil, 0 }

// Empty reports whether there are no events.
func (c *Chart) Empty() bool { return len(c.events) == 0 }

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// A Report is what is shown of a device.
type Report struct {
	Counters  Counters  `json:"counters"`
	Heartbeat Heartbeat `json:"heartbeat"`
	Waiting   bool      `json:"waiting"` // a request of it waits for news right now
	Events    []Event   `json:"events"`  // oldest first; none of before the server started
}

// Heartbeat is how long a device's requests wait, in seconds on the wire.
type Heartbeat struct {
	Asked    time.Duration `json:"asked"`    // by the device, last; 0: it never waited
	Limit    time.Duration `json:"limit"`    // what its network was found to allow; 0: nothing was found
	Survived time.Duration `json:"survived"` // the longest wait that came through
}
