package subscription

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Outcomes are how fetches end, for who counts them.
var Outcomes = []string{unchanged, changed, failed}

const (
	unchanged = "unchanged"
	changed   = "changed"
	failed    = "failed"
)

// Refresh fetches a calendar now, also one that was given up, and says what that changed. The error says in words of
// people what is wrong; it is noted with the subscription too.
func (s *Service) Refresh(ctx context.Context, acct store.AccountID, c store.CollectionID) (Subscription, Changes, error) {
	if s.o.Off {
		return Subscription{}, Changes{}, ErrOff
	}
	at := place{acct, c}
	changes, err := s.renew(ctx, at, slog.LevelDebug)
	if err != nil {
		return Subscription{}, changes, err
	}
	sub, err := s.one(ctx, at)
	return sub, changes, err
}

// renew fetches a calendar, applies it, notes how that went and plans the next time. A failure is logged at that level:
// who asked for the fetch hears of it anyway.
func (s *Service) renew(ctx context.Context, at place, failure slog.Level) (Changes, error) {
	release, err := s.lock(ctx, at)
	if err != nil {
		return Changes{}, err
	}
	defer release()
	var st state
	var source string
	err = s.store.View(ctx, at.acct, func(r store.Reader) error {
		c, err := r.Collection(at.collection)
		if err != nil {
			return err
		}
		if source = c.Source; !isSource(source) {
			return store.NotFound
		}
		st, err = readState(r, at.acct, at.collection)
		return err
	})
	if errors.Is(err, store.NotFound) {
		s.forget(at)
		return Changes{}, errors.Join(err, s.cleanUp(ctx, at))
	} else if err != nil {
		s.later(at)
		return Changes{}, err
	}
	changes, err := s.fetchAndApply(ctx, at, source, &st)
	s.tell(ctx, at, source, failure, changes, err)
	return changes, err
}

// fetchAndApply does the work of renew on a folder that is there.
func (s *Service) fetchAndApply(ctx context.Context, at place, source string, st *state) (Changes, error) {
	got, err := s.get(ctx, source, st.ETag, st.Modified)
	if err != nil {
		return Changes{}, s.fail(ctx, at, source, st, err)
	}
	if got.same {
		return Changes{}, s.succeed(ctx, at, source, st, got, Changes{})
	}
	if hashOf(got.body) == st.Hash {
		st.ETag, st.Modified = got.etag, got.modified
		return Changes{}, s.succeed(ctx, at, source, st, got, Changes{})
	}
	if err := acquire(ctx, s.reading); err != nil {
		return Changes{}, err
	}
	defer func() { <-s.reading }()
	f, err := readFeed(got.body)
	if err != nil {
		return Changes{}, s.fail(ctx, at, source, st, err)
	}
	return s.settle(ctx, at, source, got, f, st)
}

// applyTime bounds the writing of a calendar: others wait meanwhile.
const applyTime = 10 * time.Minute

var errSlow = fmt.Errorf("the calendar cannot be written within %d minutes", applyTime/time.Minute)

// settle applies a calendar and notes how that went.
func (s *Service) settle(ctx context.Context, at place, source string, got *answer, f *feed, st *state) (Changes, error) {
	within, cancel := context.WithTimeoutCause(ctx, applyTime, errSlow)
	defer cancel()
	changes, err := s.apply(within, at, source, f, st)
	if err != nil && errors.Is(context.Cause(within), errSlow) {
		err = errSlow
	}
	if err != nil {
		return changes, s.fail(ctx, at, source, st, err)
	}
	st.Form, st.ETag, st.Modified, st.Hash, st.Wish = form, got.etag, got.modified, hashOf(got.body), f.wish
	return changes, s.succeed(ctx, at, source, st, got, changes)
}

// hashOf names the content of a calendar.
func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

// succeed notes a fetch that was good.
func (s *Service) succeed(ctx context.Context, at place, source string, st *state, got *answer, changes Changes) error {
	now := s.o.Now()
	st.Fetched, st.Error, st.Fails, st.Lost, st.Ended = now, "", 0, 0, false
	if changes.any() {
		st.Changed = now
	}
	wait := jitter(st.pace(changes.any(), got.maxAge))
	st.Next = now.Add(wait)
	return s.note(ctx, at, source, st)
}

// fail notes why a fetch changed nothing, or not all, and returns the reason.
func (s *Service) fail(ctx context.Context, at place, source string, st *state, reason error) error {
	if ctx.Err() != nil {
		return reason // the process ends, or nobody waits any more: it says nothing of the calendar
	}
	st.Error = firstBytes(reason.Error(), maxReason)
	st.Fails++
	var answered *statusError
	lost := errors.As(reason, &answered) && (answered.status == http.StatusNotFound || answered.status == http.StatusGone)
	if lost {
		st.Lost++
	} else {
		st.Lost = 0
	}
	wait := backOff(st.Fails)
	if answered != nil {
		wait = max(wait, min(answered.retry, longest))
	}
	st.Next = s.o.Now().Add(jitter(wait))
	if lost && (answered.status == http.StatusGone || st.Lost >= maxLost) {
		st.Ended = true
	}
	return errors.Join(reason, s.note(ctx, at, source, st))
}

// note keeps the state and plans the next fetch. A folder that is gone has no state.
func (s *Service) note(ctx context.Context, at place, source string, st *state) error {
	if st.Ended {
		st.Next = time.Time{}
	}
	err := s.store.Update(ctx, at.acct, func(tx store.Tx) error {
		if err := sameFolder(tx, at, source); err != nil {
			return err
		}
		return st.write(tx, at.acct, at.collection)
	})
	switch {
	case errors.Is(err, store.NotFound):
		s.forget(at)
	case err != nil:
		s.later(at)
	case st.Ended:
		s.forget(at)
	default:
		s.plan(at, st.Next)
	}
	if err != nil {
		return fmt.Errorf("state of subscription: %w", err)
	}
	return nil
}

// cleanUp takes out the state of a folder that is gone.
func (s *Service) cleanUp(ctx context.Context, at place) error {
	err := s.store.Update(ctx, at.acct, func(tx store.Tx) error { return tx.PutSetting(at.acct, settingOf(at.collection), nil) })
	if errors.Is(err, store.NotFound) { // the account is gone as well
		return nil
	}
	return err
}

// tell logs and counts a fetch.
func (s *Service) tell(ctx context.Context, at place, source string, failure slog.Level, changes Changes, err error) {
	outcome, level := unchanged, slog.LevelDebug
	attrs := []slog.Attr{slog.Int64("account", int64(at.acct)), slog.Int64("collection", int64(at.collection)), slog.String("host", hostOf(source))}
	switch {
	case err != nil && ctx.Err() != nil:
		return
	case err != nil:
		outcome, level = failed, failure
		attrs = append(attrs, slog.Any("error", err))
	case changes.any():
		outcome, level = changed, slog.LevelInfo
		attrs = append(attrs, slog.Int("added", changes.Added), slog.Int("changed", changes.Changed), slog.Int("removed", changes.Removed))
	}
	if s.o.Observe != nil {
		s.o.Observe(outcome)
	}
	s.o.Log.LogAttrs(ctx, level, "subscribed calendar", append(attrs, slog.String("outcome", outcome))...)
}
