package subscription

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gannetmail/gannet/fetch"
	"github.com/gannetmail/gannet/store"
)

// maxSubscriptions is how many an account may have.
const maxSubscriptions = 100

// Options are what a service is told. The zero value fetches from public addresses, over https only.
type Options struct {
	// Hosts may have private addresses, and be asked over http: "calendar.example.test", "10.1.2.3:8080".
	Hosts fetch.Hosts
	Roots *x509.CertPool // trusted authorities; nil: those of the system
	Log   *slog.Logger   // nil: discarded
	Now   func() time.Time
	// Observe, if not nil, hears how each fetch ended: one of [Outcomes].
	Observe func(outcome string)
	// Off fetches nothing. What is subscribed to stays.
	Off bool
}

// A Service keeps the subscribed calendars of all accounts. It is safe for concurrent use.
type Service struct {
	store store.Store
	o     Options

	mu    sync.Mutex
	busy  map[place]chan struct{} // closed when the work on a folder ends
	due   dueList
	woken chan struct{} // the first of due may be another one

	reading chan struct{} // held by who reads and applies a calendar, for that takes memory
}

// place names a folder.
type place struct {
	acct       store.AccountID
	collection store.CollectionID
}

// New makes a service. [Service.Run] makes it work by itself.
func New(st store.Store, o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{
		store: st, o: o, busy: map[place]chan struct{}{}, due: newDueList(),
		woken: make(chan struct{}, 1), reading: make(chan struct{}, 1),
	}
}

// ErrOff says that calendars are not fetched.
var ErrOff = fmt.Errorf("subscribed calendars are switched off (calendars.fetch): %w", store.Invalid)

// A Subscription is a folder and where it comes from.
type Subscription struct {
	Collection store.CollectionID
	Folder     string
	Host       string // of the URL
	URL        string // all of it, which may hold a secret
	Events     int64
	Status
}

// newSubscription is one as it is told.
func newSubscription(c store.Collection, st Status) Subscription {
	return Subscription{Collection: c.ID, Folder: c.Name, Host: hostOf(c.Source), URL: c.Source, Events: c.Total, Status: st}
}

// List returns what an account is subscribed to, in the order of the folders.
func (s *Service) List(ctx context.Context, acct store.AccountID) (list []Subscription, err error) {
	err = s.store.View(ctx, acct, func(r store.Reader) error {
		all, err := r.Collections(0)
		if err != nil {
			return err
		}
		for _, c := range all {
			if !isSource(c.Source) {
				continue
			}
			st, err := readState(r, acct, c.ID)
			if err != nil {
				return err
			}
			list = append(list, newSubscription(c, st.Status))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("subscribed calendars: %w", err)
	}
	return list, nil
}

// one is the subscription of a folder.
func (s *Service) one(ctx context.Context, at place) (sub Subscription, err error) {
	err = s.store.View(ctx, at.acct, func(r store.Reader) error {
		c, err := r.Collection(at.collection)
		if err != nil {
			return err
		}
		st, err := readState(r, at.acct, at.collection)
		sub = newSubscription(c, st.Status)
		return err
	})
	return sub, err
}

// Unsubscribe removes a folder of a subscription with all that is in it.
func (s *Service) Unsubscribe(ctx context.Context, acct store.AccountID, c store.CollectionID) error {
	at := place{acct, c}
	release, err := s.lock(ctx, at)
	if err != nil {
		return err
	}
	defer release()
	return s.drop(ctx, at)
}

func (s *Service) drop(ctx context.Context, at place) error {
	err := s.store.Update(ctx, at.acct, func(tx store.Tx) error {
		c, err := tx.Collection(at.collection)
		if err != nil {
			return err
		}
		if !isSource(c.Source) {
			return fmt.Errorf("%s is no subscribed calendar: %w", c.Name, store.Invalid)
		}
		if err := tx.RemoveCollection(at.collection); err != nil {
			return err
		}
		return tx.PutSetting(at.acct, settingOf(at.collection), nil)
	})
	if err != nil {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	s.forget(at)
	return nil
}

// lock waits until nobody else works on a folder. The caller must call release.
func (s *Service) lock(ctx context.Context, at place) (release func(), err error) {
	for {
		s.mu.Lock()
		other := s.busy[at]
		if other == nil {
			done := make(chan struct{})
			s.busy[at] = done
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.busy, at)
				s.mu.Unlock()
				close(done)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// acquire takes a place in a channel of tokens.
func acquire(ctx context.Context, tokens chan struct{}) error {
	select {
	case tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
