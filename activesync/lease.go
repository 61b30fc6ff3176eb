package activesync

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// errSuperseded is the cause with which a waiting request ends when its device sends a newer one.
var errSuperseded = errors.New("superseded by a newer request of the device")

// deviceKey names a device among those of all accounts.
type deviceKey struct {
	account store.AccountID
	device  string
}

func (q *request) deviceKey() deviceKey { return deviceKey{q.account.ID, q.device.ID} }

// leases give the right to wait: of each device only its newest request has it. It is decided by which
// request asked last, not by a clock. The zero value is ready.
type leases struct {
	mu      sync.Mutex
	holders map[deviceKey]*lease
	over    bool // nobody waits any more
}

type lease struct{ end context.CancelCauseFunc }

// take gives the device's lease to the caller and ends who had it. The context ends with the cause
// errSuperseded when the lease goes to another; release, to be called once, ends the context too.
func (l *leases) take(ctx context.Context, key deviceKey) (waiting context.Context, release func()) {
	waiting, end := context.WithCancelCause(ctx)
	mine := &lease{end}
	l.mu.Lock()
	before := l.holders[key]
	if l.holders == nil {
		l.holders = make(map[deviceKey]*lease)
	}
	l.holders[key] = mine
	over := l.over
	l.mu.Unlock()
	if before != nil {
		before.end(errSuperseded)
	}
	if over {
		end(errSuperseded)
	}
	return waiting, func() {
		l.mu.Lock()
		if l.holders[key] == mine {
			delete(l.holders, key)
		}
		l.mu.Unlock()
		end(context.Canceled)
	}
}

// wake ends the device's waiting request, if there is one: because another came that does not wait itself,
// or because the operator decided about the device.
func (l *leases) wake(key deviceKey) {
	l.mu.Lock()
	before := l.holders[key]
	delete(l.holders, key)
	l.mu.Unlock()
	if before != nil {
		before.end(errSuperseded)
	}
}

// keys lists the devices that wait.
func (l *leases) keys() []deviceKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.holders))
}

// held reports whether a request of the device waits.
func (l *leases) held(key deviceKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holders[key] != nil
}

// StopWaiting ends every waiting request, which answers as if its time were up, and lets none wait any
// more: for a server that is about to stop. Everything else goes on.
func (h *Handler) StopWaiting() {
	h.leases.mu.Lock()
	defer h.leases.mu.Unlock()
	h.leases.over = true
	for _, holder := range h.leases.holders {
		holder.end(errSuperseded)
	}
}

// park prepares q to wait: what is left of its body is read, and an older waiting request of its device
// ends. The context ends when the client goes away, and with the cause errSuperseded when a newer request
// comes. The caller calls release when it no longer waits.
func (h *Handler) park(ctx context.Context, q *request) (waiting context.Context, release func()) {
	q.body.drain()
	return h.leases.take(ctx, q.deviceKey())
}
