package sqlite

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// checkpointer copies the write-ahead log into the database beside the writer, which never waits for
// it. Only what a busy writer adds meanwhile is left; when that keeps the log growing, the writer is
// asked for a last small checkpoint between two batches, after which it begins the log anew.
type checkpointer struct {
	s       *Store
	kick    chan struct{}
	quit    chan struct{}
	done    chan struct{}
	written atomic.Int64 // pages that the writer committed since the last checkpoint, about
	long    int64        // pages of log from which on the writer is asked
	owed    int64        // pages since the writer's own last checkpoint; the writer's
}

const (
	checkpointAfter = 2000            // pages, or
	checkpointPause = 2 * time.Second // that long after a write
	checkpointEvery = 200 * time.Millisecond
	longLog         = 8000     // pages, 32 MB
	keptLog         = 64 << 20 // bytes that the log file keeps when it begins anew
	pageSize        = 4096
)

func newCheckpointer(s *Store) *checkpointer {
	return &checkpointer{s: s, kick: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}), long: longLog}
}

// committed notes that the writer committed statements, of which each dirties about a page, and bytes.
// Should this goroutine not get to run, the writer makes the checkpoint when the log is four times too long.
func (k *checkpointer) committed(statements, bytes int) {
	pages := int64(statements + bytes/pageSize)
	k.written.Add(pages)
	if k.owed += pages; k.owed > 4*k.long {
		k.owed = 0
		k.s.writer.chores.add(choreCheckpoint)
	}
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

// run works on its own connection until stop.
func (k *checkpointer) run(c *conn) {
	defer close(k.done)
	defer c.close()
	for {
		select {
		case <-k.quit:
			return
		case <-k.kick:
		}
		if !k.await() {
			return
		}
		k.written.Store(0)
		if err := k.step(c); err != nil {
			k.s.log.LogAttrs(context.Background(), slog.LevelWarn, "checkpoint", slog.Any("err", err))
		}
	}
}

func (k *checkpointer) stop() {
	close(k.quit)
	<-k.done
}

// await waits until there is enough to copy, or a while has passed; false when it is to stop.
func (k *checkpointer) await() bool {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for waited := time.Duration(0); waited < checkpointPause; waited += checkpointEvery {
		select {
		case <-k.quit:
			return false
		case <-tick.C:
			if k.written.Load() >= checkpointAfter {
				return true
			}
		}
	}
	return true
}

func (k *checkpointer) step(c *conn) error {
	log, copied, err := checkpoint(c)
	if err != nil {
		return err
	}
	if log > k.long {
		k.s.writer.want(choreCheckpoint)
	}
	if log > 8*k.long && copied < log/2 {
		k.s.log.LogAttrs(context.Background(), slog.LevelWarn, "a long view keeps the write-ahead log from being copied",
			slog.Int64("pages", log), slog.Int64("copied", copied))
	}
	return nil
}

// checkpoint copies what no reader keeps from being copied. It returns how many pages the log has and
// how many of them are copied.
func checkpoint(c *conn) (log, copied int64, err error) {
	_, err = c.one(func(r *rows) { _, log, copied = r.int(), r.int(), r.int() }, "PRAGMA wal_checkpoint(PASSIVE)")
	return log, copied, err
}
