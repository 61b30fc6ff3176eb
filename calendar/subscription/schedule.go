package subscription

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

// How often calendars are fetched.
const (
	shortest   = 15 * time.Minute // whatever a calendar wishes
	longest    = 7 * 24 * time.Hour
	quickPace  = time.Hour // when nobody says: after news
	slowPace   = 6 * time.Hour
	maxBackOff = 24 * time.Hour
	maxLost    = 8 // times that nothing was found in a row, which is about two days and a half
	maxFetches = 4 // at a time
)

// pace is how long to wait after a good fetch, and remembers it.
func (st *state) pace(news bool, maxAge time.Duration) time.Duration {
	switch {
	case news || st.Pace == 0:
		st.Pace = quickPace
	default:
		st.Pace = min(2*st.Pace, slowPace)
	}
	if st.Wish > 0 {
		return min(max(st.Wish, shortest), longest)
	}
	return min(max(st.Pace, maxAge), longest)
}

// backOff is how long to wait after so many failures in a row.
func backOff(fails int) time.Duration {
	return min(shortest<<min(max(fails-1, 0), 10), maxBackOff)
}

// jitter keeps calendars apart that were subscribed to at the same time.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()-0.5)*float64(d)/5)
}

// Run fetches calendars when they are due until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	if s.o.Off {
		<-ctx.Done()
		return nil
	}
	if err := s.load(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("subscribed calendars: %w", err)
	}
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, maxFetches)
	for acquire(ctx, slots) == nil {
		at, ok := s.next(ctx)
		if !ok {
			return nil
		}
		running.Go(func() {
			defer func() { <-slots }()
			s.turn(ctx, at)
		})
	}
	return nil
}

// turn fetches a calendar whose time has come, unless its account is disabled.
func (s *Service) turn(ctx context.Context, at place) {
	var disabled bool
	err := s.store.View(ctx, at.acct, func(r store.Reader) error {
		account, err := r.Account()
		disabled = account.Disabled
		return err
	})
	if err == nil && disabled {
		s.plan(at, s.o.Now().Add(slowPace))
		return
	}
	_, err = s.renew(ctx, at, slog.LevelWarn) // which has logged what has to do with the calendar
	if errors.Is(err, store.Internal) {
		s.o.Log.LogAttrs(ctx, slog.LevelError, "subscribed calendar", slog.Int64("account", int64(at.acct)), slog.Any("error", err))
	}
}

// next waits for the calendar that is due first; false when ctx ends.
func (s *Service) next(ctx context.Context) (place, bool) {
	for {
		at, wait := s.due.pop(&s.mu, s.o.Now())
		if wait == 0 {
			return at, true
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return place{}, false
		case <-s.woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// load plans what every account is subscribed to, and clears away what is left of folders that are gone.
func (s *Service) load(ctx context.Context) error {
	var accounts []store.Account
	err := s.store.View(ctx, 0, func(r store.Reader) (err error) {
		accounts, err = r.Accounts()
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		left, err := s.loadAccount(ctx, a.ID)
		if errors.Is(err, store.NotFound) {
			continue // removed just now
		} else if err != nil {
			return err
		}
		for _, c := range left {
			if err := s.cleanUp(ctx, place{a.ID, c}); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadAccount plans what an account is subscribed to and returns the folders that have a state and are gone.
func (s *Service) loadAccount(ctx context.Context, acct store.AccountID) (left []store.CollectionID, err error) {
	err = s.store.View(ctx, acct, func(r store.Reader) error {
		all, err := r.Collections(0)
		if err != nil {
			return err
		}
		there := map[string]bool{}
		for _, c := range all {
			if !isSource(c.Source) {
				continue
			}
			there[settingOf(c.ID)] = true
			st, err := readState(r, acct, c.ID)
			if err != nil {
				return err
			}
			if !st.Ended {
				s.plan(place{acct, c.ID}, st.Next)
			}
		}
		names, err := r.SettingNames(acct, settingPrefix)
		for _, name := range names {
			if n, err := strconv.ParseInt(strings.TrimPrefix(name, settingPrefix), 10, 64); err == nil && !there[name] {
				left = append(left, store.CollectionID(n))
			}
		}
		return err
	})
	return left, err
}

// plan sets when a calendar is fetched.
func (s *Service) plan(at place, when time.Time) {
	s.mu.Lock()
	s.due.set(at, when)
	s.mu.Unlock()
	select {
	case s.woken <- struct{}{}:
	default: // it will look anyway
	}
}

// later plans a calendar of which nothing could be found out.
func (s *Service) later(at place) { s.plan(at, s.o.Now().Add(jitter(shortest))) }

// forget plans a calendar no more.
func (s *Service) forget(at place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due.remove(at)
}
