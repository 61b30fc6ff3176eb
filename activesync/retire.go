package activesync

import (
	"errors"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store"
)

const (
	// retireAfter is how long a device must have been away before another may take its place.
	retireAfter = 24 * time.Hour
	// settledAfter is how long a device must have been coming to be more than one that passes by.
	settledAfter = time.Hour
	// busyFor is how long a device counts as at work after a request.
	busyFor = 2 * time.Minute
	// newcomerEvery is how often in the long run an account may get a device that was never seen before.
	newcomerEvery = 20 * time.Second
)

// errDevices says that an account has as many devices as it may, all in use.
var errDevices = errors.New("too many devices")

// retire says which devices make room for a new one. There may be l.Alike of one type and user agent, for
// clients that give themselves a new name at every start, and l.Devices in all; those not seen for longest
// go first.
//
// A device about which the operator decided something stays, and so does one that was seen today. But of
// look-alikes that passes only for those that came for longer than an hour: such a client would fill the
// account in a day, and keep out the person's next phone. One that is busy stays in any case.
func (l Limits) retire(devices []store.Device, fresh store.Device, busy func(id string) bool) (ids []string, err error) {
	alike := func(d store.Device) bool { return d.Type == fresh.Type && d.UserAgent == fresh.UserAgent }
	number, left := 0, len(devices)
	for _, d := range devices {
		if alike(d) {
			number++
		}
	}
	var idle, passing []store.Device
	for _, d := range devices {
		switch {
		case d.Wipe != store.NoWipe || d.Access == store.Blocked:
		case d.Access == store.Allowed && fresh.Created.Sub(d.Seen) >= retireAfter:
			idle = append(idle, d)
		case alike(d) && d.Seen.Sub(d.Created) < settledAfter && fresh.Created.Sub(d.Seen) >= busyFor && !busy(d.ID):
			passing = append(passing, d)
		}
	}
	for _, group := range [][]store.Device{idle, passing} {
		slices.SortStableFunc(group, func(a, b store.Device) int { return a.Seen.Compare(b.Seen) })
		for _, d := range group {
			if number >= l.Alike && alike(d) {
				ids = append(ids, d.ID)
				number--
				left--
			}
		}
	}
	for _, d := range idle {
		if left >= l.Devices && !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
			left--
		}
	}
	if left >= l.Devices {
		return nil, errDevices
	}
	return ids, nil
}

// busy reports whether a device waits for news or has just asked for something.
func (h *Handler) busy(key deviceKey) bool {
	if h.leases.held(key) {
		return true
	}
	h.charts.mu.Lock()
	defer h.charts.mu.Unlock()
	d := h.charts.of[key]
	return d != nil && time.Since(d.used) < busyFor
}

// newcomer takes a token for a device that was never seen before: one that calls itself something else each
// time does not get the tokens of a new device each time.
func (c *charts) newcomer(q *request) error {
	if c.limits.Newcomers < 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := deviceKey{account: q.account.ID}
	before := c.of[key]
	d := c.get(key, q.started)
	if before == nil {
		d.tokens = float64(c.limits.Newcomers)
	}
	d.tokens = min(float64(c.limits.Newcomers), d.tokens+q.started.Sub(d.filled).Seconds()/newcomerEvery.Seconds())
	d.filled = q.started
	if d.tokens < 1 {
		return &throttled{time.Duration((1 - d.tokens) * float64(newcomerEvery))}
	}
	d.tokens--
	return nil
}
