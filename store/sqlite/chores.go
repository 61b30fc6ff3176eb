package sqlite

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// choreSet is what the writer may have to do when nobody waits for it.
type choreSet uint32

const (
	choreIndex choreSet = 1 << iota // move texts from fts_pending to the index
	choreReap                       // delete blobs that nothing refers to
	chorePurge                      // delete what removed collections and accounts held
)

// Chores wait until nobody has written for quiet, or until the oldest is patience old; then one step
// runs before each batch. A step takes a few milliseconds.
const (
	quiet    = 30 * time.Millisecond
	patience = 2 * time.Second
)

// chores is the writer's work of its own. All but due belongs to the writer's goroutine.
type chores struct {
	s       *Store
	c       *conn
	due     atomic.Uint32
	since   time.Time // when due became something; zero: nothing is
	busy    time.Time // the last commit
	pending int       // texts in fts_pending, about
	limit   int       // of pending
	list    []chore
}

type chore struct {
	set  choreSet
	name string
	step func(*conn) (more bool, err error) // in a transaction of its own
}

func (h *chores) init(s *Store, c *conn, o Options) {
	*h = chores{s: s, c: c, limit: o.PendingText}
	h.list = []chore{
		{choreIndex, "index text", h.index},
		{chorePurge, "purge collections", s.purge},
		{choreReap, "delete blobs", s.reap},
	}
	h.due.Store(uint32(choreIndex | choreReap | chorePurge)) // what the last run left
}

// want says that there may be something to do. Any goroutine may.
func (w *writer) want(set choreSet) {
	if w.chores.due.Or(uint32(set))&uint32(set) != uint32(set) {
		w.nudge()
	}
}

// add is want for the writer's own goroutine, after a commit.
func (h *chores) add(set choreSet) { h.due.Or(uint32(set)) }

// committed notes that somebody wrote.
func (h *chores) committed() { h.busy = time.Now() }

// overdue reports that chores have waited for long enough for all others.
func (h *chores) overdue() bool {
	if h.due.Load() == 0 {
		h.since = time.Time{}
		return false
	}
	if h.since.IsZero() {
		h.since = time.Now()
	}
	return h.pending > h.limit || time.Since(h.since) > patience
}

// rest is how long to wait before an idle writer may do its chores; negative: there are none.
func (h *chores) rest() time.Duration {
	if h.due.Load() == 0 {
		return -1
	}
	return max(0, quiet-time.Since(h.busy))
}

// step does one step of the first chore that is due.
func (h *chores) step() {
	due := choreSet(h.due.Load())
	for _, k := range h.list {
		if due&k.set == 0 {
			continue
		}
		h.due.And(^uint32(k.set)) // before: what comes meanwhile sets it again
		more, err := k.step(h.c)
		if err != nil {
			h.s.log.LogAttrs(context.Background(), slog.LevelError, k.name, slog.Any("err", err))
			h.busy = time.Now().Add(time.Second) // a full disk, say: not again at once
			more = true
		}
		if more {
			h.due.Or(uint32(k.set))
		}
		return
	}
}
