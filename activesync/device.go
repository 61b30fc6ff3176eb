package activesync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

const (
	// seenEvery is how old the note of a device's last contact gets before a request is a reason to write it.
	seenEvery = 5 * time.Minute
	// seenFresh is how old it gets before it is written along with something else.
	seenFresh = 30 * time.Second
	// seenWithin is how long that may take.
	seenWithin = 10 * time.Second
	// Bounds of what is kept of a device's words.
	maxDeviceText = 1024
	maxAgent      = 255
)

// findDevice finds the request's device, or notes a new one.
func (h *Handler) findDevice(q *request) error {
	if q.quirks.has(probing) {
		status := q.cmd.failed
		if status == 0 {
			status = statusServerError
		}
		return fail(status, errors.New("device is a probe"))
	}
	ctx := q.http.Context()
	var d store.Device
	var health []byte
	key := deviceKey{q.account.ID, q.query.DeviceID}
	known := h.charts.loaded(key)
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) (err error) {
		if d, err = r.Device(q.query.DeviceID); err != nil || known {
			return err
		}
		if health, err = r.State(d.ID, healthKey); errors.Is(err, store.NotFound) {
			err = nil
		}
		return err
	})
	if errors.Is(err, store.NotFound) {
		h.charts.drop(key) // of one with this name that was removed
		known, q.fresh = false, true
		if err = h.charts.newcomer(q); err != nil {
			return err
		}
		d, err = h.register(ctx, q)
	}
	if errors.Is(err, errDevices) {
		return fail(statusTooManyDevices, err)
	}
	if err != nil {
		return fmt.Errorf("device: %w", err)
	}
	q.device = &d
	if !known {
		h.charts.load(key, health, q)
	}
	return nil
}

// register adds the request's device to the account, in the place of an older one if there are too many.
func (h *Handler) register(ctx context.Context, q *request) (store.Device, error) {
	d := store.Device{Account: q.account.ID, ID: q.query.DeviceID, Created: q.now}
	q.describe(&d)
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		if known, err := tx.Device(d.ID); err == nil {
			d = known // another request was quicker
			return nil
		}
		devices, err := tx.Devices()
		if err != nil {
			return err
		}
		gone, err := h.Limits.retire(devices, d, func(id string) bool { return h.busy(deviceKey{d.Account, id}) })
		if err != nil {
			return err
		}
		for _, id := range gone {
			if err := tx.RemoveDevice(id); err != nil {
				return err
			}
			h.charts.drop(deviceKey{d.Account, id})
			q.log.Info("device retired", "retired", id)
		}
		return h.admit(tx, q, &d)
	})
	return d, err
}

// describe notes in d what the transport says about the device.
func (q *request) describe(d *store.Device) {
	d.Type = clip(q.query.DeviceType, maxAgent)
	if agent := q.http.UserAgent(); agent != "" {
		d.UserAgent = clip(strings.ToValidUTF8(agent, "?"), maxDeviceText)
	}
	d.Protocol = q.version.String()
	d.Address = q.remote
	d.Seen = q.now
}

// clip shortens s to n bytes, at a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// updateDevice changes the request's device in tx: change gets it as it is now, perhaps changed by another
// request or by the operator since q began.
func (q *request) updateDevice(tx store.Tx, change func(*store.Device)) error {
	d, err := tx.Device(q.device.ID)
	if err != nil {
		return fmt.Errorf("device: %w", err)
	}
	change(&d)
	q.describe(&d)
	if err := tx.PutDevice(d); err != nil {
		return fmt.Errorf("device: %w", err)
	}
	*q.device = d
	return nil
}

// touch notes the device's last contact along with the other changes of tx. Every command that writes
// calls it.
func (q *request) touch(tx store.Tx) error {
	if q.stale(seenFresh) {
		return q.updateDevice(tx, func(*store.Device) {})
	}
	return nil
}

// stale reports whether the note of the device's last contact is older than that, or says something else
// than this request does.
func (q *request) stale(age time.Duration) bool {
	d := *q.device
	q.describe(&d)
	return d.Seen.Sub(q.device.Seen) >= age || d.Protocol != q.device.Protocol || d.UserAgent != q.device.UserAgent
}

// noteSeen notes the device's last contact, once the answer is out, if no command did, and now and then what
// it has cost.
func (h *Handler) noteSeen(q *request) {
	if q.device == nil {
		return
	}
	due := h.charts.due(q.deviceKey(), q.now)
	if !due && !q.stale(seenEvery) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.http.Context()), seenWithin)
	defer cancel()
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		if due {
			if err := h.charts.save(tx, q.deviceKey(), q.now); err != nil {
				return err
			}
		}
		return q.touch(tx)
	})
	if err != nil && !errors.Is(err, store.NotFound) { // removed meanwhile
		q.log.Warn("note last contact", "error", err)
	}
}

// Run does what is left when the server stops: once ctx has ended, it writes what is known of the devices
// that were here. It is to end after the last request.
func (h *Handler) Run(ctx context.Context) error {
	<-ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), seenWithin)
	defer cancel()
	now := h.Now()
	keys := h.charts.keys()
	for len(keys) > 0 {
		n := min(len(keys), saveBatch)
		work := make([]store.Work, 0, n)
		for _, key := range keys[:n] {
			work = append(work, store.Work{Account: key.account, Do: func(tx store.Tx) error { return h.charts.save(tx, key, now) }})
		}
		keys = keys[n:]
		for _, err := range h.Store.UpdateAll(ctx, work) {
			if err != nil && !errors.Is(err, store.NotFound) {
				h.Log.Warn("counters of a device not written", "error", err)
			}
		}
	}
	return nil
}

// saveBatch is how many devices are written in one commit when the server stops.
const saveBatch = 500

// Forget drops what is known of a device that the operator has removed, and ends its waiting request.
func (h *Handler) Forget(acct store.AccountID, device string) {
	h.charts.drop(deviceKey{acct, device})
	h.Wake(acct, device)
}

// Wake ends the waiting request of a device, so that a decision of the operator about it holds at once.
func (h *Handler) Wake(acct store.AccountID, device string) {
	h.leases.wake(deviceKey{acct, device})
}
