package activesync

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/store"
)

// A chart is what is known of a device besides its state: its pace, its pulse, and what happened to it.
type chart struct {
	doctor.Chart
	load
	pulse  pulse
	loaded bool      // what the store has of it has been taken over
	saved  time.Time // when the store got it, or it was taken over
	used   time.Time // when it was asked for last
}

const (
	maxCharts = 50_000    // devices remembered
	maxStory  = 4_096     // of these, with what happened to them
	chartIdle = time.Hour // after which one may be forgotten
	// saveEvery is how often a chart is written.
	saveEvery = 10 * time.Minute
)

// charts are those of all devices. In memory is only what may be lost: the store has all but the events, as
// of some minutes ago.
type charts struct {
	limits  Limits
	longest time.Duration // wait
	mu      sync.Mutex
	of      map[deviceKey]*chart // under mu, as are the charts
	stories int                  // charts with events, and perhaps some that have lost them
}

// get returns a device's chart. The caller holds mu.
func (c *charts) get(key deviceKey, now time.Time) *chart {
	d := c.of[key]
	if d == nil {
		if c.of == nil {
			c.of = make(map[deviceKey]*chart)
		}
		if len(c.of) >= maxCharts {
			c.forget(now)
		}
		d = &chart{load: load{tokens: float64(c.limits.Burst), filled: now}}
		c.of[key] = d
	}
	d.used = now
	return d
}

// forget drops the devices that were idle, or any if none was.
func (c *charts) forget(now time.Time) {
	for key, d := range c.of {
		if now.Sub(d.used) > chartIdle {
			delete(c.of, key)
		}
	}
	for key := range c.of {
		if len(c.of) < maxCharts {
			return
		}
		delete(c.of, key)
	}
}

// drop forgets a device that is no more.
func (c *charts) drop(key deviceKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.of, key)
}

// note adds events to a chart. The caller holds mu. When too many devices have a story, those that have been
// away for long lose theirs.
func (c *charts) note(d *chart, events ...doctor.Event) {
	if d.Empty() && len(events) > 0 {
		if c.stories++; c.stories > maxStory {
			c.shorten(d.used)
		}
	}
	for _, e := range events {
		d.Note(e)
	}
}

// shorten takes the story of idle devices, of any if there is none, until there is room for a quarter.
func (c *charts) shorten(now time.Time) {
	for _, idle := range []time.Duration{chartIdle, 5 * time.Minute, 0} {
		c.stories = 1
		for _, d := range c.of {
			switch {
			case d.Empty():
			case c.stories > maxStory*3/4 || now.Sub(d.used) > idle:
				d.Forget()
			default:
				c.stories++
			}
		}
		if c.stories <= maxStory*3/4 {
			return
		}
	}
}

// healthKey names what the store keeps of a chart.
const healthKey = "health"

// A savedChart is that.
type savedChart struct {
	Version  int             `json:"v"`
	Counters doctor.Counters `json:"c"`
	Pulse    pulse           `json:"p"`
}

// healthVersion is that of its form. One of another form is lost.
const healthVersion = 1

// readChart reads what the store has of a device's chart; nothing, or nothing readable, is the zero value.
func readChart(raw []byte) savedChart {
	var s savedChart
	if json.Unmarshal(raw, &s) != nil || s.Version != healthVersion {
		return savedChart{}
	}
	return s
}

// loaded reports whether a device's chart needs nothing from the store.
func (c *charts) loaded(key deviceKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.of[key]
	return d != nil && d.loaded
}

// load takes over what the store has of a device.
func (c *charts) load(key deviceKey, raw []byte, q *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.get(key, q.started)
	if d.loaded {
		return
	}
	s := readChart(raw)
	if s.Counters.Since.IsZero() {
		s.Counters.Since = q.now
	}
	d.Counters, d.pulse = s.Counters, s.Pulse
	d.loaded, d.saved = true, q.now
}

// due reports whether a chart is to be written.
func (c *charts) due(key deviceKey, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.of[key]
	return d != nil && d.loaded && now.Sub(d.saved) >= saveEvery
}

// marshal returns what the store is to keep of a chart, nil when there is none or nothing of the device is
// known.
func (c *charts) marshal(key deviceKey, now time.Time) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.of[key]
	if d == nil || !d.loaded {
		return nil, nil
	}
	d.saved = now
	return json.Marshal(savedChart{Version: healthVersion, Counters: d.Counters, Pulse: d.pulse})
}

// save writes a device's chart in tx.
func (c *charts) save(tx store.Tx, key deviceKey, now time.Time) error {
	raw, err := c.marshal(key, now)
	if err != nil || raw == nil {
		return err
	}
	return tx.PutState(key.device, healthKey, raw)
}

// keys lists the devices that have a chart.
func (c *charts) keys() []deviceKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]deviceKey, 0, len(c.of))
	for key, d := range c.of {
		if d.loaded {
			list = append(list, key)
		}
	}
	return list
}
