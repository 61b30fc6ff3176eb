package sqlite

import (
	"container/heap"
	"iter"

	"github.com/gannetmail/gannet/store"
)

// merge yields the records of several walks, each newest first, as one.
func merge(walks []iter.Seq2[store.Record, error]) iter.Seq2[store.Record, error] {
	if len(walks) == 1 {
		return walks[0]
	}
	return func(yield func(store.Record, error) bool) {
		var h heads
		defer func() {
			for _, w := range h {
				w.stop()
			}
		}()
		for _, walk := range walks {
			w := &head{}
			w.next, w.stop = iter.Pull2(walk)
			h = append(h, w)
			if !w.advance() {
				h = h[:len(h)-1]
			}
		}
		heap.Init(&h)
		for len(h) > 0 {
			w := h[0]
			if !yield(w.rec, w.err) || w.err != nil {
				return
			}
			if w.advance() {
				heap.Fix(&h, 0)
			} else {
				heap.Pop(&h)
			}
		}
	}
}

// head is a walk and the record that it stands at.
type head struct {
	rec  store.Record
	err  error
	next func() (store.Record, error, bool)
	stop func()
}

func (w *head) advance() (ok bool) {
	w.rec, w.err, ok = w.next()
	return ok
}

// heads is a heap of walks: one with an error first, then the newest.
type heads []*head

func (h heads) Len() int { return len(h) }

func (h heads) Less(i, j int) bool {
	a, b := h[i], h[j]
	if (a.err != nil) != (b.err != nil) {
		return a.err != nil
	}
	if !a.rec.Entry.Received.Equal(b.rec.Entry.Received) {
		return a.rec.Entry.Received.After(b.rec.Entry.Received)
	}
	return a.rec.Entry.Item > b.rec.Entry.Item
}

func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *heads) Push(x any) { *h = append(*h, x.(*head)) }

func (h *heads) Pop() any {
	old := *h
	w := old[len(old)-1]
	*h = old[:len(old)-1]
	return w
}
