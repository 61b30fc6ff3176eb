package subscription

import (
	"container/heap"
	"sync"
	"time"
)

// A dueList has the places by the time at which they are due. Its methods but pop are called under Service.mu.
type dueList struct {
	heap  dueHeap
	where map[place]*dueEntry
}

type dueEntry struct {
	at    place
	when  time.Time
	index int
}

func newDueList() dueList { return dueList{where: map[place]*dueEntry{}} }

func (l *dueList) set(at place, when time.Time) {
	if e := l.where[at]; e != nil {
		e.when = when
		heap.Fix(&l.heap, e.index)
		return
	}
	e := &dueEntry{at: at, when: when}
	l.where[at] = e
	heap.Push(&l.heap, e)
}

func (l *dueList) remove(at place) {
	if e := l.where[at]; e != nil {
		heap.Remove(&l.heap, e.index)
		delete(l.where, at)
	}
}

// pop takes out the first if it is due; otherwise it returns how long to wait for it, a day if there is none.
func (l *dueList) pop(mu *sync.Mutex, now time.Time) (place, time.Duration) {
	mu.Lock()
	defer mu.Unlock()
	if len(l.heap) == 0 {
		return place{}, 24 * time.Hour
	}
	first := l.heap[0]
	if wait := first.when.Sub(now); wait > 0 {
		return place{}, wait
	}
	l.remove(first.at)
	return first.at, 0
}

// dueHeap implements heap.Interface.
type dueHeap []*dueEntry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].when.Before(h[j].when) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	e := x.(*dueEntry)
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
