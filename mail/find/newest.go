package find

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// Hit is a message that was found in one of several mailboxes.
type Hit struct {
	Collection store.CollectionID
	UID        uint32
	Received   time.Time
}

// compareHits orders hits: the newest arrival first, of several at once the last that came into its mailbox.
func compareHits(a, b Hit) int {
	return cmp.Or(b.Received.Compare(a.Received), cmp.Compare(a.Collection, b.Collection), cmp.Compare(b.UID, a.UID))
}

// Newest keeps the newest of what is found in one mailbox after the other. Its memory is bounded by Limit, whatever the
// mailboxes hold. Set Limit, call Search for each mailbox, then Hits.
type Newest struct {
	Limit int    // hits that are kept
	Total uint64 // messages found

	hits hitHeap // the oldest on top
}

// Search finds the messages of a mailbox that meet a key. Errors are those of [Search].
func (n *Newest) Search(ctx context.Context, m *Mailbox, k Key) error {
	found, err := Search(ctx, m, k)
	if err != nil || len(found.UIDs) == 0 {
		return err
	}
	n.Total += found.UIDs.Len()
	if n.Limit <= 0 {
		return nil
	}
	if found.UIDs.Len() > walkFrom {
		return n.walk(ctx, m, found.UIDs)
	}
	return Scan(ctx, m, found.UIDs, NeedEntry, func(r *Row) {
		n.offer(Hit{m.Collection, r.UID, r.Record.Received})
	})
}

// Hits is the newest that were found, newest first: at most Limit.
func (n *Newest) Hits() []Hit {
	hits := slices.Clone(n.hits)
	slices.SortFunc(hits, compareHits)
	return hits
}

// walkFrom is from how many messages on a mailbox is walked from its newest message down rather than that the arrival of
// each message is read.
const walkFrom = columnWindow

// walk looks at the messages of a mailbox from the newest down until no more can be among the newest.
func (n *Newest) walk(ctx context.Context, m *Mailbox, found uidset.Set) error {
	var before store.Age
	left := found.Len()
	for more := true; more && left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		more = false
		looked := 0
		err := m.View(ctx, func(r store.Reader) error {
			for rec, err := range r.Newest(m.Collection, before, store.Age{}, store.WantEntry) {
				if err != nil {
					return fmt.Errorf("read messages: %w", err)
				}
				if found.Contains(uint32(rec.UID)) {
					if left--; !n.offer(Hit{m.Collection, uint32(rec.UID), rec.Received}) {
						return nil
					}
				}
				before = rec.Age()
				if looked++; looked == columnWindow {
					more = true
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// offer keeps a hit if it is among the newest, and reports whether it is.
func (n *Newest) offer(h Hit) bool {
	if len(n.hits) == n.Limit {
		if compareHits(h, n.hits[0]) > 0 {
			return false
		}
		n.hits[0] = h
		heap.Fix(&n.hits, 0)
		return true
	}
	heap.Push(&n.hits, h)
	return true
}

// hitHeap has the oldest hit on top.
type hitHeap []Hit

func (h hitHeap) Len() int           { return len(h) }
func (h hitHeap) Less(i, j int) bool { return compareHits(h[i], h[j]) > 0 }
func (h hitHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is for package heap.
func (h *hitHeap) Push(x any) { *h = append(*h, x.(Hit)) }

// Pop is for package heap.
func (h *hitHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
