package activesync

import (
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// An ownChange is a change that the device itself made, or asked for, and that is not to be told to it.
type ownChange struct {
	UID     store.UID    `json:"u"`
	ModSeq  store.ModSeq `json:"m"`
	Created bool         `json:"c,omitempty"` // the device moved the item here and knows the entry by its id
	AsOf    store.ModSeq `json:"s,omitempty"` // with Created: the device knows what happened to the item up to here
}

// ownChanges are the device's own changes of one collection that its position has not passed yet, oldest
// first.
type ownChanges []ownChange

// maxOwn bounds the memory of own changes: those of the largest MoveItems, and of a Sync, fit. What falls out
// of it is told to the device as if it were somebody else's.
const maxOwn = wire.MaxMoves + maxSyncCommands

// made reports whether the change of the entry with that ModSeq is the device's own.
func (o ownChanges) made(uid store.UID, at store.ModSeq) bool {
	for _, c := range o {
		if c.UID == uid && c.ModSeq == at {
			return true
		}
	}
	return false
}

// created returns the memory that the device itself made the entry.
func (o ownChanges) created(uid store.UID) (ownChange, bool) {
	for _, c := range o {
		if c.UID == uid && c.Created {
			return c, true
		}
	}
	return ownChange{}, false
}

// news returns the facets of an entry's item that changed after n through somebody else than the device.
func (o ownChanges) news(r store.Record, n store.ModSeq) store.Facets {
	changed := r.Item.ChangedSince(n)
	for k, at := range r.Item.Stamps {
		if f := store.Facets(1 << k); changed&f != 0 && o.made(r.UID, at) {
			changed &^= f
		}
	}
	return changed
}

// with returns o and c, without what no longer fits.
func (o ownChanges) with(c ownChange) ownChanges {
	if o.made(c.UID, c.ModSeq) {
		return o
	}
	if len(o) >= maxOwn {
		o = o[len(o)-maxOwn+1:]
	}
	return append(o[:len(o):len(o)], c)
}

// told returns o without the memory that what happened to an entry at that ModSeq was the device's own: it is
// told all the same.
func (o ownChanges) told(uid store.UID, at store.ModSeq) ownChanges {
	var left ownChanges
	for _, c := range o {
		switch {
		case c.UID != uid || c.ModSeq != at:
		case c.Created:
			c.ModSeq = 0
		default:
			continue
		}
		left = append(left, c)
	}
	return left
}

// after returns those that p has not passed: until the journal has been told to its end, an entry may come that
// has changed once more, and then all that is newer than Known is looked at.
func (o ownChanges) after(p position) ownChanges {
	var left ownChanges
	for _, c := range o {
		if c.ModSeq > p.Known || c.UID > p.Added {
			left = append(left, c)
		}
	}
	return left
}
