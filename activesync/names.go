package activesync

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// A draft that is written anew gets a new UID, for what is under a UID never changes. The device that wrote
// it goes on under the id by which it knows the draft; every other device is told that the one is gone and
// the other is there.

// A knownName says by which UID a device knows an entry that it wrote anew.
type knownName struct {
	UID  store.UID    `json:"u"`
	Name store.UID    `json:"n"`
	Gone store.ModSeq `json:"g,omitempty"` // the entry had gone by then; 0: it may still be there
}

const (
	// maxNames bounds the memory of names. A device that writes more drafts anew is told of the further ones
	// as of other devices'.
	maxNames = 200
	// sweepNames is how many there are before those of entries that are gone are looked for.
	sweepNames = 32
)

// name returns the UID by which the device knows an entry.
func (st *collectionState) name(uid store.UID) store.UID {
	for _, k := range st.Names {
		if k.UID == uid {
			return k.Name
		}
	}
	return uid
}

// current returns the UID of the entry that the device knows by that name.
func (st *collectionState) current(name store.UID) store.UID {
	if st == nil {
		return name
	}
	for _, k := range st.Names {
		if k.Name == name {
			return k.UID
		}
	}
	return name
}

// replaced remembers that the device has written an entry anew: from before, to afterwards. With tell it is
// told its own change all the same, since the names of files are others now.
func (st *collectionState) replaced(tx store.Tx, from, to store.Record, tell bool) error {
	now, err := tx.ModSeq()
	if err != nil {
		return err
	}
	if err := st.sweep(tx, from.Collection, now); err != nil {
		return err
	}
	name := st.name(from.UID)
	st.Names = slices.DeleteFunc(st.Names, func(k knownName) bool { return k.UID == from.UID })
	if len(st.Names) >= maxNames {
		return nil // it is told of both
	}
	st.Names = append(st.Names, knownName{UID: to.UID, Name: name})
	asOf := st.knows(from.Entry)
	if st.Own.news(from, asOf) == 0 {
		asOf = to.ModSeq
	}
	mine := ownChange{UID: to.UID, ModSeq: to.ModSeq, Created: true, AsOf: asOf}
	if tell {
		mine.ModSeq, mine.AsOf = 0, min(asOf, to.ModSeq-1)
	}
	for _, c := range slices.Clone(st.Own) {
		if c.UID == from.UID && c.ModSeq < to.ModSeq && c.ModSeq != 0 {
			st.Own = st.Own.with(ownChange{UID: to.UID, ModSeq: c.ModSeq})
		}
	}
	st.Own = append(st.Own[:len(st.Own):len(st.Own)], mine)
	st.Own = st.Own.with(ownChange{UID: from.UID, ModSeq: to.ModSeq})
	return nil
}

// sweep notes which of the entries with a name are gone by now.
func (st *collectionState) sweep(tx store.Reader, c store.CollectionID, now store.ModSeq) error {
	if len(st.Names) < sweepNames {
		return nil
	}
	for i := range st.Names {
		k := &st.Names[i]
		if k.Gone != 0 {
			continue
		}
		if _, err := tx.Record(c, k.UID, store.WantEntry); errors.Is(err, store.NotFound) {
			k.Gone = now
		} else if err != nil {
			return fmt.Errorf("draft %s: %w", itemID(c, k.UID), err)
		}
	}
	return nil
}

// forgetNames drops those of entries of which the device knows that they are gone.
func (st *collectionState) forgetNames() {
	st.Names = slices.DeleteFunc(st.Names, func(k knownName) bool { return k.Gone != 0 && k.Gone <= st.Acked.At.Known })
}

// recordKnownAs returns the entry that a device calls by that id.
func recordKnownAs(r store.Reader, device string, c store.CollectionID, name store.UID, want store.Want) (store.Record, error) {
	record, err := r.Record(c, name, want)
	if !errors.Is(err, store.NotFound) {
		return record, err
	}
	st, _, failed := readState(r, device, c)
	if failed != nil {
		return record, failed
	}
	if uid := st.current(name); uid != name {
		return r.Record(c, uid, want)
	}
	return record, err
}

// rewritten returns the entry of a draft that somebody else has written anew, under another UID, since the
// device last heard of it, and the tombstone of the old one. NotFound if that is not so.
func (st *collectionState) rewritten(r store.Reader, c store.CollectionID, uid store.UID, want store.Want) (was store.Entry, is store.Record, err error) {
	for e, err := range r.Changes(c, st.certain().Journal.store(), store.WantEntry) {
		if errors.Is(err, store.Stale) {
			return was, is, store.NotFound
		} else if err != nil {
			return was, is, err
		}
		if e.UID == uid && e.Removed {
			was = e.Entry
			break
		}
	}
	if was.UID == 0 {
		return was, is, store.NotFound
	}
	if is, err = r.RecordByItem(was.Item, want); err == nil && is.Collection != c {
		err = store.NotFound
	}
	return was, is, err
}

// adopt makes the draft that somebody else has written anew the one that the device knows, with all that
// happened to it as news: it is not told that the old one is gone.
func (st *collectionState) adopt(was store.Entry, is store.Record) {
	name, asOf := st.name(was.UID), st.knows(was)
	st.Names = slices.DeleteFunc(st.Names, func(k knownName) bool { return k.UID == was.UID })
	st.Names = append(st.Names, knownName{UID: is.UID, Name: name})
	st.Own = st.Own.with(ownChange{UID: was.UID, ModSeq: was.ModSeq})
	st.Own = append(st.Own[:len(st.Own):len(st.Own)], ownChange{UID: is.UID, Created: true, AsOf: asOf})
}
