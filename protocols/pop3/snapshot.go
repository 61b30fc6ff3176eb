package pop3

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// snapshot is an Inbox at one moment. It never changes. Sizes end at 4 GiB, far above what is accepted.
type snapshot struct {
	collection store.CollectionID
	validity   uint32
	at         store.ModSeq // the account's
	uids       []store.UID  // rising
	sizes      []uint32     // bytes, of the same index
	octets     int64        // all sizes
}

// size brings a size into a snapshot's form.
func size(bytes int64) uint32 { return uint32(min(max(bytes, 0), math.MaxUint32)) }

// read takes a snapshot from nothing.
func read(r store.Reader, c store.Collection, at store.ModSeq) (*snapshot, error) {
	s := &snapshot{collection: c.ID, validity: c.UIDValidity, at: at}
	s.uids, s.sizes = make([]store.UID, 0, c.Total), make([]uint32, 0, c.Total)
	for rec, err := range r.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
		if err != nil {
			return nil, err
		}
		s.add(rec.UID, size(rec.Item.Size))
	}
	return s, nil
}

func (s *snapshot) add(uid store.UID, n uint32) {
	s.uids, s.sizes = append(s.uids, uid), append(s.sizes, n)
	s.octets += int64(n)
}

// renew takes a snapshot from an older one and what the journal says since.
func (s *snapshot) renew(r store.Reader, c store.Collection, at store.ModSeq) (*snapshot, error) {
	if c.ID != s.collection || c.UIDValidity != s.validity {
		return nil, fmt.Errorf("another Inbox: %w", store.Stale)
	}
	if c.Changed <= s.at {
		same := *s
		same.at = at
		return &same, nil
	}
	changed := map[store.UID]int64{} // -1: removed
	for rec, err := range r.Changes(c.ID, store.After(s.at), store.WantItem) {
		if err != nil {
			return nil, err
		}
		changed[rec.UID] = rec.Item.Size
		if rec.Removed {
			changed[rec.UID] = -1
		}
	}
	next := &snapshot{collection: s.collection, validity: s.validity, at: at}
	next.uids, next.sizes = make([]store.UID, 0, c.Total), make([]uint32, 0, c.Total)
	for i, uid := range s.uids {
		bytes, is := changed[uid]
		if !is {
			next.add(uid, s.sizes[i])
		} else if bytes >= 0 {
			next.add(uid, size(bytes))
		}
		delete(changed, uid)
	}
	fresh := make([]store.UID, 0, len(changed))
	for uid, bytes := range changed {
		if bytes >= 0 {
			fresh = append(fresh, uid)
		}
	}
	slices.Sort(fresh) // UIDs rise: all are above those of s
	for _, uid := range fresh {
		next.add(uid, size(changed[uid]))
	}
	return next, nil
}

// Bounds of a keeper, in messages: smaller snapshots are quickly read, and all that it keeps is 8 MiB.
const (
	worthKeeping = 200
	maxKept      = 1 << 20
)

// keeper keeps snapshots from one session to the next.
type keeper struct {
	mu    sync.Mutex
	by    map[store.AccountID]*snapshot
	total int // messages in them
}

// load takes a snapshot of the account's Inbox, from a kept one where there is one.
func (k *keeper) load(ctx context.Context, st Store, acct store.AccountID) (s *snapshot, err error) {
	old := k.get(acct)
	err = st.View(ctx, acct, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		c, err := r.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		if old != nil {
			if s, err = old.renew(r, c, a.ModSeq); err == nil || !errors.Is(err, store.Stale) {
				return err
			}
		}
		s, err = read(r, c, a.ModSeq)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the Inbox: %w", err)
	}
	k.put(acct, s)
	return s, nil
}

func (k *keeper) get(acct store.AccountID) *snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.by[acct]
}

// put keeps s in place of the account's last one; others are dropped, whichever comes first, to make room.
func (k *keeper) put(acct store.AccountID, s *snapshot) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil {
		k.by = make(map[store.AccountID]*snapshot)
	}
	k.drop(acct)
	if len(s.uids) < worthKeeping || len(s.uids) > maxKept {
		return
	}
	for other := range k.by {
		if k.total+len(s.uids) <= maxKept {
			break
		}
		k.drop(other)
	}
	k.by[acct] = s
	k.total += len(s.uids)
}

func (k *keeper) drop(acct store.AccountID) {
	if s := k.by[acct]; s != nil {
		k.total -= len(s.uids)
		delete(k.by, acct)
	}
}
