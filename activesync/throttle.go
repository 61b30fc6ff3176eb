package activesync

import (
	"fmt"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
)

// throttled ends a request with 503 and Retry-After.
type throttled struct{ after time.Duration }

func (t *throttled) Error() string { return fmt.Sprintf("throttled for %v", t.after) }

// A load is what is known of one device's pace.
type load struct {
	tokens float64   // requests saved up
	filled time.Time // when tokens was right
	hasty  int       // Pings in a row that ended at once
	idle   int       // requests in a row, soon after one another, that asked in vain
	idleAt time.Time // the last of these
}

const (
	atOnce     = 100 * time.Millisecond // a Ping that took no longer has not waited
	freeHaste  = 10                     // Pings in a row that may end at once
	firstDelay = 500 * time.Millisecond // of the one after these; it doubles with each

	soon      = 10 * time.Second // after a request in vain the next one counts
	freeIdle  = 200              // of these in a row: a device with many folders asks for each
	idleDelay = 3 * time.Second  // of further ones
)

// Three things are held back: a device that asks more often than a bucket of tokens allows is told to come
// again later; a Ping is delayed when those before it ended at once with nothing in between, as a device does
// that restarts its Ping every second; and a Sync or FolderSync is when hundreds before it, one soon after the
// other, had nothing to tell.

// pace lets q pass, after a delay if its device is hasty, or refuses it.
func (c *charts) pace(q *request) error {
	delay, err := c.admit(q)
	if err != nil || delay == 0 {
		return err
	}
	q.log.Info("request delayed", "delay", delay)
	q.note(doctor.Event{What: doctor.Delayed, Wait: delay})
	q.body.hold()
	defer q.body.expect() // no command may come to read it
	return sleep(q.http.Context(), delay)
}

// admit takes a token for q and says how long it must wait.
func (c *charts) admit(q *request) (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.get(q.deviceKey(), q.started)
	if e := d.pulse.heard(q.started, int(c.longest/time.Second)); e.What != "" {
		e.At = q.now
		c.note(d, e)
	}
	if rate := c.limits.Rate; rate > 0 {
		d.tokens = min(float64(c.limits.Burst), d.tokens+rate*q.started.Sub(d.filled).Seconds())
		d.filled = q.started
		if d.tokens < 1 {
			return 0, &throttled{time.Duration((1 - d.tokens) / rate * float64(time.Second))}
		}
		d.tokens--
	}
	return d.delay(q, c.limits.Spacing), nil
}

// delay is how long a request that may pass is held back, most at most; none when that is negative.
func (d *load) delay(q *request, most time.Duration) time.Duration {
	if q.cmd.name != "Ping" {
		d.hasty = 0
	}
	switch {
	case most < 0:
		return 0
	case q.cmd.name == "Ping" && d.hasty >= freeHaste:
		return min(most, firstDelay<<min(d.hasty-freeHaste, 16))
	case d.idle >= freeIdle && (q.cmd.name == "Sync" || q.cmd.name == "FolderSync") && q.started.Sub(d.idleAt) < soon:
		return min(most, idleDelay)
	}
	return 0
}

// asked notes whether a request had nothing to tell, although it did not wait.
func (d *load) asked(inVain bool, now time.Time) {
	switch {
	case !inVain:
		d.idle = 0
	case now.Sub(d.idleAt) >= soon:
		d.idle = 1
	default:
		d.idle++
	}
	d.idleAt = now
}

// ended notes whether q, if it is a Ping, has waited. The delay of pace does not count.
func (c *charts) ended(q *request) {
	if q.cmd.name != "Ping" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.get(q.deviceKey(), q.started)
	if time.Since(q.begun) < atOnce {
		d.hasty++
	} else {
		d.hasty = 0
	}
}
