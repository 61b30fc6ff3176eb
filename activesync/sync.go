package activesync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

const (
	// maxSyncCollections is how many collections one request may name.
	maxSyncCollections = 300
	// answerBytes is about how long an answer gets before the rest has to wait for the next one.
	answerBytes = 1 << 20
)

// A syncRun is one Sync request on its way.
type syncRun struct {
	h     *Handler
	q     *request
	asked wire.SyncRequest // complete: what was left out is as last time
	wait  time.Duration    // 0: none
	cache []byte           // to be remembered of the request; nil: nothing new
	runs  []*collectionRun

	stage   stage                          // what the request brought of bodies and files
	drafts  map[string]map[int]*madeDraft  // by CollectionId and place of the command
	objects map[string]map[int]*madeObject // likewise
}

// sync answers Sync.
func (h *Handler) sync(ctx context.Context, q *request, w *answer) error {
	s := &syncRun{h: h, q: q, stage: stage{store: h.Store}}
	defer s.stage.release()
	defer s.releaseDrafts()
	defer s.releaseObjects()
	asked, err := wire.ReadSync(q.body, s.stage.contents(ctx))
	if err != nil {
		return err
	}
	h.leases.wake(q.deviceKey())
	h.retryReduced(ctx, q)
	if err := s.complete(ctx, asked); err != nil {
		return err
	}
	if limit, err := s.check(); err != nil {
		if limit != 0 {
			s.refuse(w, err, limit)
			return nil
		}
		return err
	}
	if err := s.makeDrafts(ctx); err != nil {
		return err
	}
	if err := s.makeObjects(ctx); err != nil {
		return err
	}
	if err := s.do(ctx); err != nil {
		return err
	}
	if s.wait > 0 && !s.told() {
		if err := s.park(ctx); err != nil {
			return err
		}
	}
	if !s.told() && q.version >= V121 {
		if s.wait == 0 {
			q.note(doctor.Event{What: doctor.Unchanged})
		}
		return nil
	}
	return s.answer(ctx, w)
}

// refuse answers a request that asks for too much with the nearest that it may ask for.
func (s *syncRun) refuse(w *answer, err error, limit int) {
	var status *statusError
	errors.As(err, &status)
	if len(s.q.events) == 0 {
		s.q.note(doctor.Event{What: doctor.Unready, Status: status.status})
	}
	sw := wire.NewSyncWriter(w.encoder())
	sw.Status(status.status, limit)
	sw.Close()
}

// check looks at the request as a whole. With an error, limit is what would have been allowed, 0 when that
// is no matter of numbers.
func (s *syncRun) check() (limit int, err error) {
	commands := 0
	for _, c := range s.asked.Collections {
		commands += len(c.Commands)
	}
	switch {
	case commands > maxSyncCommands:
		return 0, fail(syncProtocol, errors.New("too many commands"))
	case len(s.asked.Collections) > maxSyncCollections:
		return maxSyncCollections, fail(syncTooMany, errors.New("too many collections"))
	case s.asked.Wait != nil && s.asked.Heartbeat != nil:
		return 0, fail(syncProtocol, errors.New("both Wait and HeartbeatInterval"))
	case len(s.asked.Collections) == 0 && s.q.version < V121:
		return 0, fail(syncProtocol, errors.New("no collections"))
	case s.q.version < V121:
		return 0, nil
	case s.asked.Wait != nil:
		return s.checkWait(*s.asked.Wait, time.Minute)
	case s.asked.Heartbeat != nil:
		return s.checkWait(*s.asked.Heartbeat, time.Second)
	}
	return 0, nil
}

// checkWait takes over how long to wait, n of unit.
func (s *syncRun) checkWait(n int, unit time.Duration) (limit int, err error) {
	d := time.Duration(n) * unit
	lo, hi := (s.h.MinHeartbeat+unit-1)/unit, s.h.MaxHeartbeat/unit
	switch {
	case d == 0:
		return 0, nil
	case d < s.h.MinHeartbeat:
		return int(lo), fail(syncBadWait, errors.New("wait too short"))
	case d > s.h.MaxHeartbeat:
		return int(hi), fail(syncBadWait, errors.New("wait too long"))
	}
	wait, offer := s.h.rhythm(s.q, d, unit, !s.brings())
	if offer != 0 {
		return int(offer / unit), fail(syncBadWait, errors.New("another wait is better for the device"))
	}
	s.wait = wait
	return 0, nil
}

// brings reports whether the request has commands or begins a collection: then it is not put off.
func (s *syncRun) brings() bool {
	return slices.ContainsFunc(s.asked.Collections, func(c wire.SyncCollection) bool {
		return len(c.Commands) > 0 || c.SyncKey == initialKey
	})
}

// told reports whether there is anything to say.
func (s *syncRun) told() bool {
	for _, c := range s.runs {
		if c.told() {
			return true
		}
	}
	return false
}

// do finds out what to answer and makes it durable. Reading is done on a snapshot; only a request with
// commands is done wholly in the writer, where the commands are.
func (s *syncRun) do(ctx context.Context) error {
	s.prepare()
	var writing []*collectionRun
	if s.hasCommands() {
		writing = s.runs
	} else {
		if err := s.read(ctx); err != nil {
			return err
		}
		for _, c := range s.runs {
			if c.changed {
				writing = append(writing, c)
			}
		}
	}
	if len(writing) == 0 && s.cache == nil {
		return nil
	}
	return s.write(ctx, writing)
}

// write makes the runs durable, in one commit, each by itself.
func (s *syncRun) write(ctx context.Context, writing []*collectionRun) error {
	work := make([]store.Work, 0, len(writing)+1)
	for _, c := range writing {
		work = append(work, store.Work{Account: s.q.account.ID, Do: c.write})
	}
	work = append(work, store.Work{Account: s.q.account.ID, Do: s.note})
	for i, err := range s.h.Store.UpdateAll(ctx, work) {
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && i < len(writing):
			writing[i].failed(err)
		case err != nil:
			s.q.log.Warn("request not remembered", "error", err)
		}
	}
	return nil
}

// note remembers the request itself.
func (s *syncRun) note(tx store.Tx) error {
	if s.cache != nil {
		if err := tx.PutState(s.q.device.ID, cacheKey, s.cache); err != nil {
			return err
		}
	}
	return s.q.touch(tx)
}

// prepare makes a run of each collection.
func (s *syncRun) prepare() {
	shared := &budget{items: maxWindow * len(s.asked.Collections), bytes: answerBytes, fresh: true}
	if s.asked.WindowSize != nil {
		shared.items = windowSize(s.asked.WindowSize)
	}
	s.runs = make([]*collectionRun, 0, len(s.asked.Collections))
	named := make(map[string]bool, len(s.asked.Collections))
	for _, in := range s.asked.Collections {
		if named[in.ID] {
			continue // the first stands: the device has one key for each collection
		}
		named[in.ID] = true
		c := &collectionRun{in: in, q: s.q, log: s.q.log, budget: shared, sender: s.h.Mail, drafts: s.drafts[in.ID], objects: s.objects[in.ID]}
		c.reset()
		s.runs = append(s.runs, c)
	}
}

func (s *syncRun) hasCommands() bool {
	for _, c := range s.runs {
		if c.needsTx() {
			return true
		}
	}
	return false
}

// read runs all collections on one snapshot.
func (s *syncRun) read(ctx context.Context) error {
	err := s.h.Store.View(ctx, s.q.account.ID, func(r store.Reader) error {
		reach := s.q.reachOf(r, nil)
		for _, c := range s.runs {
			if err := c.run(reach); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				c.failed(err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// park waits until there is something to say or the time is up.
func (s *syncRun) park(ctx context.Context) error {
	waiting, release := s.h.park(ctx, s.q)
	defer release()
	waiting, cancel := context.WithTimeout(waiting, s.wait)
	defer cancel()
	watches := make([]*watch, 0, len(s.runs))
	for _, c := range s.runs {
		if c.wantsChanges() { // of what is not told no news may end the waiting: it would begin again at once
			w := newWatch(c.id)
			w.key = c.in.SyncKey // what an answer said that the device has not heard is no news that is taken back
			watches = append(watches, w)
		}
	}
	s.runs, s.cache = nil, nil // a request that waits costs as little as can be
	for {
		found, err := s.h.await(waiting, s.q, watches, nil)
		if err != nil || len(found) == 0 {
			return err
		}
		if err := s.do(ctx); err != nil || s.told() {
			return err
		}
	}
}
