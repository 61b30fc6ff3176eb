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
	choreIndex      choreSet = 1 << iota // move texts from fts_pending to the index
	choreMerge                           // merge segments of the index
	choreReap                            // delete blobs that nothing refers to
	chorePurge                           // delete what removed collections and accounts held
	choreCheckpoint                      // finish a checkpoint, see checkpointer
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
	retry   time.Time // after an error: no step before
	pending int       // texts in fts_pending, about; see textWeight
	limit   int       // of pending
	words   vocabulary
	list    []chore
	next    int // in list, where step looks first
}

type chore struct {
	set  choreSet
	name string
	step func(*conn) (more bool, err error) // in a transaction of its own
}

func (h *chores) init(s *Store, c *conn, o Options) {
	*h = chores{s: s, c: c, limit: o.PendingText, words: newVocabulary()}
	h.list = []chore{
		{choreCheckpoint, "checkpoint", func(c *conn) (bool, error) { _, _, err := checkpoint(c); return false, err }},
		{choreIndex, "index text", h.index},
		{choreMerge, "merge index", mergeIndex},
		{chorePurge, "purge collections", s.purge},
		{choreReap, "delete blobs", s.reap},
	}
	if o.noChores {
		h.retry = time.Now().AddDate(1, 0, 0)
	}
	h.due.Store(uint32(choreIndex | choreMerge | choreReap | chorePurge)) // what the last run left
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

// overdue does what has waited for long enough for all others to wait: one step, or when too many
// texts wait, as many as fit into a while. So a flood of deliveries slows down to what the index takes.
func (h *chores) overdue() {
	due := choreSet(h.due.Load())
	if due == 0 {
		h.since = time.Time{}
		return
	}
	if time.Now().Before(h.retry) {
		return
	}
	if h.since.IsZero() {
		h.since = time.Now()
	}
	if due&choreCheckpoint != 0 || h.pending > h.limit || time.Since(h.since) > patience {
		h.step()
	}
	for start := time.Now(); h.pending > h.limit && time.Since(start) < maxBatchTime && start.After(h.retry); {
		h.step()
	}
}

// rest is how long to wait before an idle writer may do its chores; negative: there are none.
func (h *chores) rest() time.Duration {
	if h.due.Load() == 0 {
		return -1
	}
	return max(0, quiet-time.Since(h.busy), time.Until(h.retry))
}

// step does one step of a chore that is due, in turn.
func (h *chores) step() {
	due := choreSet(h.due.Load())
	for range h.list {
		k := h.list[h.next]
		h.next = (h.next + 1) % len(h.list)
		if due&k.set == 0 {
			continue
		}
		h.due.And(^uint32(k.set)) // before: what comes meanwhile sets it again
		more, err := k.step(h.c)
		if err != nil {
			h.s.log.LogAttrs(context.Background(), slog.LevelError, k.name, slog.Any("err", err))
			h.retry = time.Now().Add(time.Second) // a full disk, say: not again at once
			more = true
		}
		if more {
			h.due.Or(uint32(k.set))
		}
		return
	}
}
