package activesync

import (
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/store"
)

const (
	// maxNoted is how many events one request may add: a Sync has one for each folder.
	maxNoted = 10
	// maxWakeEvents is how many folders that woke a device have an event; all are counted.
	maxWakeEvents = 3
)

// A waitNote is what a request that waits remembers of it.
type waitNote struct {
	began      time.Time // on the machine's clock; zero: it does not wait
	clock      time.Time // on the server's
	superseded bool      // a newer request of the device has come
	news       []news    // what ended it
}

// note adds an event to what will be told of q.
func (q *request) note(e doctor.Event) {
	if len(q.events) < maxNoted {
		q.events = append(q.events, e)
	}
}

// An outcome is how a request ended.
type outcome struct {
	err    error // nil: with an answer
	broken bool  // with a part of one
	gone   bool  // the client has gone away
}

// noteRequest takes over what happened to q, once the answer is out.
func (h *Handler) noteRequest(q *request, a *answer, o outcome) {
	if q.device == nil {
		return
	}
	events := h.eventsOf(q, o)
	now := h.Now()
	c := &h.charts
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.get(q.deviceKey(), time.Now())
	d.Counters.In += q.body.read
	d.Counters.Out += a.bytes
	d.Counters.Request(q.cmd.name)
	if !q.wait.began.IsZero() {
		events = append(events, d.waited(q, o)...)
		d.woken(q, now, o.err == nil)
	}
	d.asked(q.wait.began.IsZero() && inVain(events), time.Now())
	for i := range events {
		e := &events[i]
		e.At, e.Command, e.Version = now, q.cmd.name, q.version.String()
	}
	c.note(d, events...)
}

// inVain reports whether a request had nothing to tell.
func inVain(events []doctor.Event) bool {
	for _, e := range events {
		if e.What != doctor.Unchanged && e.What != doctor.Delayed {
			return false
		}
	}
	return len(events) > 0
}

// eventsOf lists the events of a request, without those about waiting.
func (h *Handler) eventsOf(q *request, o outcome) []doctor.Event {
	events := q.events
	if q.fresh {
		events = append([]doctor.Event{{What: doctor.Registered}}, events...)
	}
	waits := !q.wait.began.IsZero()
	var busy *throttled
	switch {
	case o.err == nil && len(q.events) == 0 && !waits:
		return append(events, doctor.Event{What: doctor.Answered})
	case o.err == nil, waits && (o.gone || o.broken):
		return events
	case o.gone || o.broken:
		return append(events, doctor.Event{What: doctor.BrokenOff})
	case errors.As(o.err, &busy):
		return append(events, doctor.Event{What: doctor.Throttled, Limit: busy.after.Round(time.Second)})
	}
	return append(events, q.refusal(o.err))
}

// refusal is the event of a request that came to nothing.
func (q *request) refusal(err error) doctor.Event {
	status := q.statusSafe(err)
	e := doctor.Event{What: doctor.Refused, Status: status, Text: reasonOf(err)}
	if q.cmd.name == "FolderSync" && status == folderBadKey {
		e.What, e.Why, e.Text = doctor.FoldersReset, doctor.UnknownKey, ""
		if errors.Is(err, store.Stale) {
			e.Why = doctor.TooOld
		}
	}
	if q.plain(status) {
		e.Code = httpCode(status)
	}
	return e
}

// reasonOf is the text of an error without its status.
func reasonOf(err error) string {
	var own *statusError
	if errors.As(err, &own) {
		if own.err == nil {
			return ""
		}
		return own.err.Error()
	}
	return err.Error()
}

// waited returns the events about a wait, and lets the device's pulse learn from it.
func (d *chart) waited(q *request, o outcome) []doctor.Event {
	took := time.Since(q.wait.began)
	whole := int(took / time.Second)
	d.Counters.Waits++
	switch {
	case o.gone || o.broken:
		events := []doctor.Event{{What: doctor.Vanished, Wait: took.Round(time.Second)}}
		if e := d.pulse.broken(whole); e.What != "" {
			events = append(events, e)
		}
		return events
	case o.err != nil:
		return nil
	case q.wait.superseded:
		return []doctor.Event{{What: doctor.Superseded, Wait: took.Round(time.Second)}}
	}
	vain := len(q.wait.news) == 0
	d.pulse.over(whole, vain, time.Now())
	if !vain || len(q.events) > 0 {
		return wakeEvents(q.wait.news)
	}
	return []doctor.Event{{What: doctor.Expired, Wait: took.Round(time.Second)}}
}

// wakeEvents are those of what ended a wait.
func wakeEvents(all []news) []doctor.Event {
	var events []doctor.Event
	for _, n := range all[:min(len(all), maxWakeEvents)] {
		events = append(events, doctor.Event{What: doctor.Woken, Collection: int64(n.id), Why: n.why})
	}
	return events
}

// woken counts what ended a wait, and how long the news took to come here when it came while the device
// waited.
func (d *chart) woken(q *request, now time.Time, sent bool) {
	var eldest time.Time
	for i, n := range q.wait.news {
		if i >= maxWakeEvents {
			d.Counters.Wake(int64(n.id), n.why)
		}
		fresh := n.why == doctor.ItemAdded && !n.saved.Before(q.wait.clock.Truncate(time.Millisecond))
		if fresh && (eldest.IsZero() || n.saved.Before(eldest)) {
			eldest = n.saved
		}
	}
	if sent && !eldest.IsZero() {
		d.Counters.Push.Add(now.Sub(eldest), now)
	}
}

// rhythm takes what the device asks for and returns how long to wait for it, or, when mayOffer, what to offer
// instead, which is not 0 then: of whole units.
func (h *Handler) rhythm(q *request, asked, unit time.Duration, mayOffer bool) (wait, offer time.Duration) {
	lo, hi := int(h.MinHeartbeat/time.Second), int(h.MaxHeartbeat/time.Second)
	steady := !mayOffer || unit != time.Second || q.quirks.has(steadyHeartbeat)
	h.charts.mu.Lock()
	defer h.charts.mu.Unlock()
	d := h.charts.get(q.deviceKey(), q.started)
	w, o := d.pulse.begin(int(asked/time.Second), lo, hi, steady)
	if o != 0 {
		q.note(doctor.Event{What: doctor.Offered, Wait: asked, Limit: seconds(o)})
	}
	return seconds(w), seconds(o)
}

// Doctor returns what is known of a device: what happened to it since the server started, and its counters.
func (h *Handler) Doctor(r store.Reader, acct store.AccountID, device string) (doctor.Report, error) {
	key := deviceKey{acct, device}
	if report, ok := h.charts.report(key); ok {
		report.Waiting = h.leases.held(key)
		return report, nil
	}
	return SavedReport(r, device)
}

// SavedReport returns what the store has of it: the counters, as of some minutes ago.
func SavedReport(r store.Reader, device string) (doctor.Report, error) {
	raw, err := r.State(device, healthKey)
	if err != nil && !errors.Is(err, store.NotFound) {
		return doctor.Report{}, err
	}
	s := readChart(raw)
	return doctor.Report{Counters: s.Counters, Heartbeat: s.Pulse.heartbeat()}, nil
}

// report returns what is in memory of a device, if anything.
func (c *charts) report(key deviceKey) (doctor.Report, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.of[key]
	if d == nil || !d.loaded {
		return doctor.Report{}, false
	}
	return doctor.Report{Counters: d.Counters.Clone(), Heartbeat: d.pulse.heartbeat(), Events: d.Events()}, true
}
