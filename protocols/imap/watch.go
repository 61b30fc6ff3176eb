package imap

import (
	"context"
	"strings"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// watcher tells the session of an account's changes while it waits for its client. It holds nothing but a goroutine.
type watcher struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// watch begins to call push, with the session locked, after each change of the account behind at.
func (s *session) watch(acct store.AccountID, at store.ModSeq, push func() error) *watcher {
	ctx, cancel := context.WithCancel(s.ctx)
	w := &watcher{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for {
			n, err := s.server.o.Store.Wait(ctx, acct, at)
			if err != nil || !s.pushNow(ctx, push) {
				return
			}
			at = n
		}
	}()
	return w
}

// stop ends the watcher. The caller does not hold the session.
func (w *watcher) stop() {
	w.cancel()
	<-w.done
}

// pushNow tells the client what is new, and reports whether that may go on.
func (s *session) pushNow(ctx context.Context, push func() error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || s.done {
		return false
	}
	if err := push(); err != nil {
		s.failed("push", err) // logged there; the client asks again when it likes
	}
	if s.w.Flush() != nil {
		s.done = true
	}
	s.w.Release()
	if s.done {
		s.conn.SetReadDeadline(time.Unix(1, 0)) // wakes the goroutine that waits for the client
	}
	return !s.done
}

// idle is IDLE, RFC 2177.
func idle(s *session, c wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	if s.sel != nil {
		if err := s.sync(false); err != nil {
			return s.failed("idle", err)
		}
	}
	if s.done {
		return reply{sent: true}
	}
	s.w.Continue("idling")
	if s.w.Flush() != nil {
		s.done = true
		return reply{sent: true}
	}
	s.w.Release()
	line, err := s.waitForDone()
	switch {
	case s.done:
		return reply{sent: true}
	case err != nil:
		return malformed(err)
	case !strings.EqualFold(strings.TrimSpace(line), "DONE"):
		return bad("expected DONE")
	}
	return ok("idle is over")
}

// maxDone bounds the line that ends IDLE.
const maxDone = 1000

// waitForDone reads DONE, and tells meanwhile what is new. The session is not locked meanwhile.
func (s *session) waitForDone() (string, error) {
	var w *watcher
	if s.sel != nil && !s.notifies() {
		w = s.watch(s.sel.owner, s.sel.at.ModSeq, func() error {
			if s.sel == nil {
				return nil
			}
			return s.sync(false)
		})
	}
	s.mu.Unlock()
	line, err := s.r.Line(maxDone)
	if w != nil {
		w.stop()
	}
	s.mu.Lock()
	return line, err
}
