package doctor

import (
	"slices"
	"strconv"
	"time"
)

// Counters are what a device has cost and been told since Since. They survive a restart of the server, less
// some minutes.
type Counters struct {
	Since     time.Time `json:"since"`
	Requests  []Count   `json:"requests"`  // by command
	Refused   []Count   `json:"refused"`   // by status, as "142", or HTTP code, as "HTTP 503"
	Throttled int64     `json:"throttled"` // told to come again later
	Delayed   int64     `json:"delayed"`   // Pings held back
	In        int64     `json:"in"`        // bytes of requests' bodies
	Out       int64     `json:"out"`       // bytes of answers' bodies, as on the wire
	Waits     int64     `json:"waits"`     // requests that waited
	Vain      int64     `json:"vain"`      // of these, to their end with nothing to tell
	Cut       int64     `json:"cut"`       // of these, until the connection ended
	Wakes     []Wake    `json:"wakes"`     // what ended the others
	Push      Push      `json:"push"`
	Error     string    `json:"error,omitempty"` // the last one
	ErrorAt   time.Time `json:"error_at,omitzero"`
}

// A Count is how often something was.
type Count struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// A Wake counts wake-ups for one reason.
type Wake struct {
	Collection int64 `json:"collection"` // 0: the folder tree, or further folders
	Why        Why   `json:"why"`
	N          int64 `json:"n"`
}

const (
	maxCounts = 40 // names of one list
	maxWakes  = 24
	further   = "others"
)

// add counts one more of name.
func add(list []Count, name string) []Count {
	i := slices.IndexFunc(list, func(c Count) bool { return c.Name == name })
	if i < 0 && len(list) >= maxCounts-1 && name != further {
		return add(list, further)
	}
	if i < 0 {
		return append(list, Count{name, 1})
	}
	list[i].N++
	return list
}

// Request counts a request.
func (c *Counters) Request(command string) { c.Requests = add(c.Requests, command) }

// Refuse counts a request that was refused with a status, or with an HTTP code by name.
func (c *Counters) Refuse(how string) { c.Refused = add(c.Refused, how) }

// count counts an event.
func (c *Counters) count(e Event) {
	switch e.What {
	case Throttled:
		c.Throttled++
	case Delayed:
		c.Delayed++
	case Vanished:
		c.Cut++
	case Expired:
		c.Vain++
	case Woken:
		c.Wake(e.Collection, e.Why)
	case TreeNews:
		c.Wake(0, FolderTree)
	case KeyRefused, FoldersReset, Refused:
		c.refused(e)
	}
}

// refused counts a refusal, and keeps it as the last error unless it is a step of the exchange about the
// policy, which every device goes through.
func (c *Counters) refused(e Event) {
	switch {
	case e.Status != 0:
		c.Refuse(strconv.Itoa(e.Status))
	case e.Code != 0:
		c.Refuse("HTTP " + strconv.Itoa(e.Code))
	}
	if e.What == Refused && (e.Status < 140 || e.Status > 144) {
		c.Error, c.ErrorAt = clip(e.refusal()), e.At
	}
}

// Wake counts a wake-up.
func (c *Counters) Wake(collection int64, why Why) {
	i := slices.IndexFunc(c.Wakes, func(w Wake) bool { return w.Collection == collection && w.Why == why })
	switch {
	case i >= 0:
		c.Wakes[i].N++
	case len(c.Wakes) < maxWakes || collection == 0:
		c.Wakes = append(c.Wakes, Wake{collection, why, 1})
	default:
		c.Wake(0, why)
	}
}

// Total is the number of all requests.
func (c *Counters) Total() int64 {
	var n int64
	for _, r := range c.Requests {
		n += r.N
	}
	return n
}

// Of is how many requests of a command there were.
func (c *Counters) Of(command string) int64 {
	for _, r := range c.Requests {
		if r.Name == command {
			return r.N
		}
	}
	return 0
}

// Clone returns a copy that shares nothing.
func (c *Counters) Clone() Counters {
	d := *c
	d.Requests, d.Refused, d.Wakes = slices.Clone(c.Requests), slices.Clone(c.Refused), slices.Clone(c.Wakes)
	d.Push.Latest = slices.Clone(c.Push.Latest)
	return d
}

// maxPush is how many latencies are kept.
const maxPush = 32

// Push measures the time from when a new item was stored to when the device that waited for it had its
// answer written: network and device come on top.
type Push struct {
	N      int64     `json:"n"`              // items pushed
	Worst  int64     `json:"worst"`          // milliseconds, of all
	At     time.Time `json:"at,omitzero"`    // when that was
	Latest []int64   `json:"latest"`         // milliseconds, of the last ones, in no order
	Next   int       `json:"next,omitempty"` // which of Latest is replaced next
}

// Add notes one latency.
func (p *Push) Add(d time.Duration, at time.Time) {
	ms := max(d.Milliseconds(), 0)
	p.N++
	if ms > p.Worst || p.N == 1 {
		p.Worst, p.At = ms, at
	}
	if len(p.Latest) < maxPush {
		p.Latest = append(p.Latest, ms)
		return
	}
	p.Next %= maxPush
	p.Latest[p.Next] = ms
	p.Next++
}

// Median is that of the latest latencies, 0 when there are none.
func (p *Push) Median() time.Duration {
	if len(p.Latest) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(p.Latest))
	return time.Duration(sorted[len(sorted)/2]) * time.Millisecond
}
