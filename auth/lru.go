package auth

import "container/list"

// lru is a map that holds at most max entries and drops the one unused longest. The owner locks.
type lru[V any] struct {
	max   int
	order list.List // of *lruEntry[V], the most recent first
	items map[fingerprint]*list.Element
}

type lruEntry[V any] struct {
	key   fingerprint
	value V
}

func newLRU[V any](max int) *lru[V] {
	return &lru[V]{max: max, items: make(map[fingerprint]*list.Element)}
}

// get returns the value of k, to be changed in place, or nil.
func (l *lru[V]) get(k fingerprint) *V {
	e := l.items[k]
	if e == nil {
		return nil
	}
	l.order.MoveToFront(e)
	return &e.Value.(*lruEntry[V]).value
}

// put sets the value of k and returns it, to be changed in place.
func (l *lru[V]) put(k fingerprint, v V) *V {
	if p := l.get(k); p != nil {
		*p = v
		return p
	}
	if len(l.items) >= l.max {
		oldest := l.order.Back()
		delete(l.items, l.order.Remove(oldest).(*lruEntry[V]).key)
	}
	e := &lruEntry[V]{key: k, value: v}
	l.items[k] = l.order.PushFront(e)
	return &e.value
}

func (l *lru[V]) drop(k fingerprint) {
	if e := l.items[k]; e != nil {
		l.order.Remove(e)
		delete(l.items, k)
	}
}
