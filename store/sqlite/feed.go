package sqlite

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// feed keeps the accounts' counters in memory and wakes who waits for them. A counter is loaded when
// somebody first asks. Waiting costs a channel receive; a change closes the channel of its account.
type feed struct {
	load func(context.Context, store.AccountID) (store.ModSeq, error)
	mu   sync.Mutex
	of   map[store.AccountID]*counter // under mu, as are the counters
	all  moves                        // likewise
	shut chan struct{}
	once sync.Once
}

type counter struct {
	modSeq store.ModSeq
	loaded bool
	users  int           // who is loading it
	gone   bool          // the account was removed
	moved  chan struct{} // closed at the next change; nil: nobody waits
}

func (f *feed) init(load func(context.Context, store.AccountID) (store.ModSeq, error)) {
	f.load = load
	f.of = map[store.AccountID]*counter{store.Everyone: {modSeq: 1, loaded: true}}
	f.shut = make(chan struct{})
	f.all.init()
}

// bump moves a counter that is in memory only.
func (f *feed) bump(acct store.AccountID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.of[acct]; c != nil {
		c.modSeq++
		c.wake()
	}
}

func (f *feed) close() { f.once.Do(func() { close(f.shut) }) }

// publish says that a commit brought the account to n; 0 says nothing.
func (f *feed) publish(acct store.AccountID, n store.ModSeq) {
	if n == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all.add(acct)
	c := f.of[acct]
	if c == nil || c.modSeq >= n {
		return // who asks later loads it
	}
	c.modSeq = n
	c.wake()
}

// remove says that an account is no more; who waits for it is told.
func (f *feed) remove(acct store.AccountID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all.remove(acct)
	if c := f.of[acct]; c != nil {
		c.gone = true
		c.wake()
		delete(f.of, acct)
	}
}

func (c *counter) wake() {
	if c.moved != nil {
		close(c.moved)
		c.moved = nil
	}
}

// get returns the account's counter, loaded. The counter is in the map before the table is read, so
// a commit in between is not missed.
func (f *feed) get(ctx context.Context, acct store.AccountID) (*counter, error) {
	f.mu.Lock()
	c := f.of[acct]
	if c == nil {
		c = &counter{}
		f.of[acct] = c
	}
	if c.loaded {
		f.mu.Unlock()
		return c, nil
	}
	c.users++
	f.mu.Unlock()
	n, err := f.load(ctx, acct)
	f.mu.Lock()
	defer f.mu.Unlock()
	c.users--
	if err == nil {
		c.modSeq, c.loaded = max(c.modSeq, n), true
		return c, nil
	}
	if !c.loaded && c.users == 0 && f.of[acct] == c {
		delete(f.of, acct)
	}
	return nil, err
}

// see returns the counter's value and, when that is not above after, the channel to wait on.
func (f *feed) see(c *counter, after store.ModSeq) (n store.ModSeq, moved <-chan struct{}, gone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.modSeq <= after && !c.gone {
		if c.moved == nil {
			c.moved = make(chan struct{})
		}
		moved = c.moved
	}
	return c.modSeq, moved, c.gone
}

// Wait implements [store.Store].
func (s *Store) Wait(ctx context.Context, acct store.AccountID, after store.ModSeq) (store.ModSeq, error) {
	c, err := s.feed.get(ctx, acct)
	if err != nil {
		return 0, err
	}
	for {
		n, moved, gone := s.feed.see(c, after)
		switch {
		case gone:
			return 0, notFound("account %d", acct)
		case moved == nil:
			return n, nil
		}
		if err := s.feed.one(ctx, moved, nil); err != nil {
			return 0, err
		}
	}
}

// WaitAny implements [store.Store].
func (s *Store) WaitAny(ctx context.Context, known []store.Known) error {
	if len(known) == 0 {
		return invalid("waiting for no account")
	}
	moved := make([]<-chan struct{}, len(known))
	for i, n := range known {
		c, err := s.feed.get(ctx, n.Account)
		if err != nil {
			return err
		}
		var gone bool
		switch _, moved[i], gone = s.feed.see(c, n.ModSeq); {
		case gone:
			return notFound("account %d", n.Account)
		case moved[i] == nil:
			return nil
		}
	}
	switch len(moved) { // what most wait for costs the least
	case 1:
		return s.feed.one(ctx, moved[0], nil)
	case 2:
		return s.feed.one(ctx, moved[0], moved[1])
	}
	return s.feed.many(ctx, moved)
}

// one waits for one or two counters; nil is none.
func (f *feed) one(ctx context.Context, a, b <-chan struct{}) error {
	select {
	case <-a:
	case <-b:
	case <-ctx.Done():
		return ctx.Err()
	case <-f.shut:
		return errClosed
	}
	return nil
}

// many waits for any number of counters.
func (f *feed) many(ctx context.Context, moved []<-chan struct{}) error {
	cases := make([]reflect.SelectCase, 0, len(moved)+2)
	for _, c := range append(moved, ctx.Done(), f.shut) {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
	}
	switch at, _, _ := reflect.Select(cases); at {
	case len(moved):
		return ctx.Err()
	case len(moved) + 1:
		return errClosed
	}
	return nil
}

// ModSeq implements [store.Store].
func (s *Store) ModSeq(acct store.AccountID) (store.ModSeq, error) {
	c, err := s.feed.get(context.Background(), acct)
	if err != nil {
		return 0, err
	}
	n, _, gone := s.feed.see(c, -1)
	if gone {
		return 0, notFound("account %d", acct)
	}
	return n, nil
}

func (s *Store) loadModSeq(ctx context.Context, acct store.AccountID) (n store.ModSeq, err error) {
	c, err := s.readers.get(ctx)
	if err != nil {
		return 0, err
	}
	defer s.readers.put(c)
	found, err := c.one(func(r *rows) { n = r.modSeq() },
		"SELECT modseq FROM account WHERE id = ? AND name IS NOT NULL", acct)
	if err == nil && !found {
		err = notFound("account %d", acct)
	}
	if err != nil {
		return 0, fmt.Errorf("load counter: %w", err)
	}
	return n, nil
}
