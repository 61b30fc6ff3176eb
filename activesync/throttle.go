package activesync

import (
	"fmt"
	"sync"
	"time"
)

// throttled ends a request with 503 and Retry-After.
type throttled struct{ after time.Duration }

func (t *throttled) Error() string { return fmt.Sprintf("throttled for %v", t.after) }

// Counters tell what a device has cost since the server started, or since it was last forgotten after an
// idle hour.
type Counters struct {
	Requests  int64
	Throttled int64
	In, Out   int64 // bytes of bodies
}

// A load is what is known of one device's pace.
type load struct {
	tokens float64   // requests saved up
	filled time.Time // when tokens was right
	hasty  int       // Pings in a row that ended at once
	Counters
}

const (
	maxLoads   = 50_000                 // devices remembered
	loadIdle   = time.Hour              // after which one may be forgotten
	atOnce     = 100 * time.Millisecond // a Ping that took no longer has not waited
	freeHaste  = 10                     // Pings in a row that may end at once
	firstDelay = 500 * time.Millisecond // of the one after these; it doubles with each
)

// loads hold the pace of every device. Two things are held back: a device that asks more often than a
// bucket of tokens allows is told to come again later, and a Ping is delayed when those before it ended at
// once with nothing in between, as a device does that restarts its Ping every second.
type loads struct {
	limits Limits
	mu     sync.Mutex
	of     map[deviceKey]*load
}

// get returns a device's load. The caller holds mu.
func (l *loads) get(key deviceKey, now time.Time) *load {
	if d, ok := l.of[key]; ok {
		return d
	}
	if l.of == nil {
		l.of = make(map[deviceKey]*load)
	}
	if len(l.of) >= maxLoads {
		l.forget(now)
	}
	d := &load{tokens: float64(l.limits.Burst), filled: now}
	l.of[key] = d
	return d
}

// forget drops the devices that were idle, or any if none was.
func (l *loads) forget(now time.Time) {
	for key, d := range l.of {
		if now.Sub(d.filled) > loadIdle {
			delete(l.of, key)
		}
	}
	for key := range l.of {
		if len(l.of) < maxLoads {
			return
		}
		delete(l.of, key)
	}
}

// pace lets q pass, after a delay if its device is hasty, or refuses it.
func (l *loads) pace(q *request) error {
	delay, err := l.admit(q)
	if err != nil || delay == 0 {
		return err
	}
	q.log.Info("Ping delayed", "delay", delay)
	q.body.hold()
	defer q.body.expect() // no command may come to read it
	return sleep(q.http.Context(), delay)
}

// admit takes a token for q and says how long it must wait.
func (l *loads) admit(q *request) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.get(q.deviceKey(), q.started)
	d.Requests++
	if rate := l.limits.Rate; rate > 0 {
		d.tokens = min(float64(l.limits.Burst), d.tokens+rate*q.started.Sub(d.filled).Seconds())
		d.filled = q.started
		if d.tokens < 1 {
			d.Throttled++
			return 0, &throttled{time.Duration((1 - d.tokens) / rate * float64(time.Second))}
		}
		d.tokens--
	}
	if q.cmd.name != "Ping" {
		d.hasty = 0
		return 0, nil
	}
	if d.hasty < freeHaste || l.limits.Spacing < 0 {
		return 0, nil
	}
	return min(l.limits.Spacing, firstDelay<<min(d.hasty-freeHaste, 16)), nil
}

// ended notes whether q, if it is a Ping, has waited. The delay of pace does not count.
func (l *loads) ended(q *request) {
	if q.cmd.name != "Ping" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.get(q.deviceKey(), q.started)
	if time.Since(q.begun) < atOnce {
		d.hasty++
	} else {
		d.hasty = 0
	}
}

// count adds what the request cost.
func (l *loads) count(q *request, a *answer) {
	if q.device == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.get(q.deviceKey(), q.started)
	d.In += q.body.read
	d.Out += a.bytes
}

// counters returns a device's counters.
func (l *loads) counters(key deviceKey) Counters {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d, ok := l.of[key]; ok {
		return d.Counters
	}
	return Counters{}
}
