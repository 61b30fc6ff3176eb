package sqlite

import (
	"container/list"
	"context"

	"github.com/gannetmail/gannet/store"
)

// moves says which accounts have changed in what order, each by its last change: as many as have changed since the
// process began. Its methods are called under feed.mu.
type moves struct {
	last  int64      // number of the last change; the first is 2
	order *list.List // of moved, the last change in front
	of    map[store.AccountID]*list.Element
	more  chan struct{} // closed at the next change; nil: nobody waits
}

// moved is an account's last change.
type moved struct {
	acct store.AccountID
	at   int64
}

func (m *moves) init() {
	m.last, m.order, m.of = 1, list.New(), map[store.AccountID]*list.Element{}
}

// add notes a change of an account; those of the server are not counted.
func (m *moves) add(acct store.AccountID) {
	if acct <= 0 {
		return
	}
	m.last++
	if e := m.of[acct]; e != nil {
		e.Value = moved{acct, m.last}
		m.order.MoveToFront(e)
	} else {
		m.of[acct] = m.order.PushFront(moved{acct, m.last})
	}
	if m.more != nil {
		close(m.more)
		m.more = nil
	}
}

// remove forgets an account.
func (m *moves) remove(acct store.AccountID) {
	if e := m.of[acct]; e != nil {
		m.order.Remove(e)
		delete(m.of, acct)
	}
}

// since lists what has changed after a number, or else returns the channel to wait on.
func (m *moves) since(after int64) (accounts []store.AccountID, more <-chan struct{}) {
	for e := m.order.Front(); e != nil; e = e.Next() {
		one := e.Value.(moved)
		if one.at <= after {
			break
		}
		accounts = append(accounts, one.acct)
	}
	if len(accounts) > 0 {
		return accounts, nil
	}
	if m.more == nil {
		m.more = make(chan struct{})
	}
	return nil, m.more
}

// Changed implements [store.Store].
func (s *Store) Changed(ctx context.Context, after int64) ([]store.AccountID, int64, error) {
	f := &s.feed
	for {
		f.mu.Lock()
		last := f.all.last
		if after <= 0 {
			f.mu.Unlock()
			return nil, last, nil
		}
		accounts, more := f.all.since(after)
		f.mu.Unlock()
		if len(accounts) > 0 {
			return accounts, last, nil
		}
		if err := f.one(ctx, more, nil); err != nil {
			return nil, after, err
		}
	}
}
