package activesync

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// A collectionState is all that is remembered of a device and one collection: what the device has, in two
// generations, its own changes, and in which form it wants items. Its size does not depend on the
// collection's.
type collectionState struct {
	Version int `json:"v"`
	generations[position]
	Own       ownChanges             `json:"o,omitempty"`
	Done      doneCommands           `json:"d,omitempty"`
	Drafts    map[string]draftMemory `json:"dr,omitempty"`
	Names     []knownName            `json:"k,omitempty"` // of the drafts that the device wrote anew
	Repeats   int                    `json:"r,omitempty"` // how often the device has asked again with the acknowledged key
	Singly    int                    `json:"s,omitempty"` // answers that are to hold one item each
	Options   []wire.Options         `json:"opt,omitempty"`
	Supported []wbxml.Tag            `json:"su,omitempty"` // what the device manages of objects; see Ghosts
	Ghosts    bool                   `json:"gh,omitempty"` // it said so
	Talk      bool                   `json:"c,omitempty"`  // ConversationMode
	Refused   refusals               `json:"no,omitempty"`
	Veil      veil                   `json:"ve,omitempty"` // under which the device has seen what it has
	Written   int64                  `json:"t"`            // when, in days since 1970
}

// stateVersion is that of the form in which states are kept. A state of another form is lost: its device
// starts over, with the same server ids.
const stateVersion = 1

// refreshAfter is how many days a state may lie untouched while its collection is quiet. Then it is moved
// to the end of the journal, so that its device is not left behind when tombstones are pruned.
const refreshAfter = 7

func stateKey(c store.CollectionID) string { return "sync/" + strconv.FormatInt(int64(c), 10) }

// readState returns the state of a device and a collection, and the bytes it was made of; nil when there
// is none, or none that can be read.
func readState(r store.Reader, device string, c store.CollectionID) (*collectionState, []byte, error) {
	raw, err := r.State(device, stateKey(c))
	if errors.Is(err, store.NotFound) {
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, fmt.Errorf("state of %s: %w", collectionID(c), err)
	}
	st := &collectionState{}
	if json.Unmarshal(raw, st) != nil || st.Version != stateVersion {
		return nil, raw, nil
	}
	return st, raw, nil
}

// write puts the state.
func (st *collectionState) write(tx store.Tx, device string, c store.CollectionID, now time.Time) error {
	st.Version, st.Written = stateVersion, now.Unix()/(24*60*60)
	raw, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("state of %s: %w", collectionID(c), err)
	}
	if err := tx.PutState(device, stateKey(c), raw); err != nil {
		return fmt.Errorf("state of %s: %w", collectionID(c), err)
	}
	return nil
}

// quietFor reports whether the state has not been written for so many days.
func (st *collectionState) quietFor(days int64, now time.Time) bool {
	return now.Unix()/(24*60*60)-st.Written >= days
}

// A device that asks again and again with one key either hears no answer, or breaks on something in it. So
// after some time items come to it one by one, and that on which it sticks short, and at last as a note.
const (
	singlyAfter  = 3  // repetitions
	shortAfter   = 6  // short text: what is left out can still be fetched
	noteAfter    = 16 // long after a bad connection would have let one answer through
	singlyNumber = 25 // answers
)

// open makes the key of a request the one that the state goes on from. It reports false for a key that is
// not remembered.
func (st *collectionState) open(key string) bool {
	moved, ok := st.generations.open(key)
	switch {
	case moved:
		st.Done, st.Drafts = nil, nil
		st.Own = st.Own.after(st.Acked.At)
		st.Refused = st.Refused.unheard(st.Acked.N)
		st.forgetNames()
		st.Repeats = 0
		st.Singly = max(st.Singly-1, 0)
	case ok && len(st.Next) > 0:
		if st.Repeats++; st.Repeats >= singlyAfter {
			st.Singly = singlyNumber
		}
	}
	return ok
}

// rung is how far down the ladder of emailladder.go items begin.
func (st *collectionState) rung() int {
	switch {
	case st.Repeats >= noteAfter:
		return rungNote
	case st.Repeats >= shortAfter:
		return rungShort
	}
	return rungAsked
}

// certain returns the position that the device has for sure.
func (st *collectionState) certain() position {
	if st.Acked.N == 0 {
		return st.latest().At
	}
	return st.Acked.At
}

// knows returns up to where the device knows what happened to an item that it has in the collection: to one
// that it moved there itself, as of when it did. A device that names an entry has heard the answer that told it.
func (st *collectionState) knows(e store.Entry) store.ModSeq {
	at := st.certain()
	if c, ok := st.Own.after(at).created(e.UID); ok {
		return c.AsOf
	}
	if i := slices.IndexFunc(st.Next, func(n generation[position]) bool { return n.At.has(e) }); i >= 0 && !at.has(e) {
		at = st.Next[i].At
	}
	return at.Known
}

// setOptions takes over the options of a request. They replace those of before of the same class as a
// whole: what is not said is unset. It reports whether anything changed.
func (st *collectionState) setOptions(options []wire.Options) bool {
	before, _ := json.Marshal(st.Options)
	all := slices.Clone(st.Options)
	for _, o := range options {
		i := slices.IndexFunc(all, func(old wire.Options) bool { return sameClass(old.Class, o.Class) })
		if i < 0 {
			all = append(all, o)
		} else {
			all[i] = o
		}
	}
	st.Options = all
	after, _ := json.Marshal(st.Options)
	return string(before) != string(after)
}

// sameClass compares the classes of options; the folder's own need not be named, and only mail has another beside.
func sameClass(a, b string) bool {
	return strings.EqualFold(a, classSMS) == strings.EqualFold(b, classSMS)
}

// options returns those for the folder's own class.
func (st *collectionState) options() wire.Options {
	for _, o := range st.Options {
		if sameClass(o.Class, "") {
			return o
		}
	}
	return wire.Options{}
}
