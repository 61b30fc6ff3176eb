package activesync

import (
	"math"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A position says which entries of a collection a device has, and of which changes it knows, in a few
// numbers that do not grow with the collection.
//
// Entries come to a device on two ways. The walk tells those that were there when it began, from the newest
// down; UIDs tell which these are, for they rise and are never used again. What was added later is told in
// the order of UIDs. So whether the device has an entry follows from its UID and its age, which never
// change, and not from when it was last changed, which does. See [position.has].
//
// A window may end in the middle of the journal, and an entry that lies behind may have moved there from
// before: so what is new of it is what changed since the journal was last told to its end.
type position struct {
	Journal place        `json:"j"`          // changes up to here have been told, of entries that the device has
	Known   store.ModSeq `json:"k"`          // where the journal was empty last: what the device has is no older
	Base    store.UID    `json:"b"`          // entries up to Base come by the walk, those above it by Added
	Added   store.UID    `json:"a"`          // those above Base and up to here have been told
	Walk    age          `json:"w"`          // those up to Base have been told, from the newest down to here
	Start   age          `json:"f"`          // entries older than this are outside of the filter
	Leave   leaving      `json:"l,omitzero"` // entries outside of the filter that the device still has

	Talk conversations `json:"t,omitzero"` // what it has for the sake of whole conversations
}

// leaving are the entries in [Low, High) that the device had when the filter moved past them, of those told
// by UID the ones up to Added. High comes down as the device is told to drop them.
type leaving struct {
	Low   age       `json:"lo"`
	High  age       `json:"hi"`
	Added store.UID `json:"a"`
}

// place is a store.Place in the form that is kept.
type place struct {
	ModSeq store.ModSeq `json:"m"`
	UID    store.UID    `json:"u"`
}

func (p place) store() store.Place { return store.Place{ModSeq: p.ModSeq, UID: p.UID} }

func placeOf(p store.Place) place { return place{p.ModSeq, p.UID} }

// age is a store.Age in the form that is kept: comparable, with two ends.
type age struct {
	Milli int64     `json:"t"` // of Received, since 1970
	UID   store.UID `json:"u"`
}

// The ends of all ages: eldest is before every entry, youngest behind.
var (
	eldest   = age{Milli: math.MinInt64}
	youngest = age{Milli: math.MaxInt64}
)

func ageOf(e store.Entry) age { return age{e.Received.UnixMilli(), e.UID} }

func (a age) less(b age) bool {
	return a.Milli < b.Milli || a.Milli == b.Milli && a.UID < b.UID
}

// store returns the age as a bound of [store.Reader].Newest: either end is no bound.
func (a age) store() store.Age {
	if a == eldest || a == youngest {
		return store.Age{}
	}
	return store.Age{Received: time.UnixMilli(a.Milli).UTC(), UID: a.UID}
}

// startOf returns the position of a device that has nothing yet of c: everything that is there now comes
// by the walk. floor is the account's.
func startOf(c store.Collection, floor store.ModSeq, start age) position {
	last := c.UIDNext - 1
	p := position{Base: last, Added: last, Walk: youngest, Start: start}
	p.drain(max(c.Changed, floor))
	return p
}

// has reports whether the device has the entry, or had it when the entry was removed.
func (p position) has(e store.Entry) bool {
	a := ageOf(e)
	if !a.less(p.Start) && p.told(e.UID, a, p.Added) {
		return true
	}
	return p.leaves(e) || p.Talk.Extra.has(e.UID)
}

// leaves reports whether the device has the entry but is still to be told that the filter has passed it.
func (p position) leaves(e store.Entry) bool {
	a := ageOf(e)
	return !a.less(p.Leave.Low) && a.less(p.Leave.High) && p.told(e.UID, a, p.Leave.Added)
}

// told reports whether an entry has been told, when those added later have been told up to added.
func (p position) told(uid store.UID, a age, added store.UID) bool {
	if uid > p.Base {
		return uid <= added
	}
	return !a.less(p.Walk)
}

// walked reports whether the walk has reached the start of the filter.
func (p position) walked() bool { return !p.Start.less(p.Walk) }

// settled reports whether the filter has been followed: nothing is left to leave.
func (p position) settled() bool { return !p.Leave.Low.less(p.Leave.High) }

// drain moves the position to the end of the journal.
func (p *position) drain(end store.ModSeq) {
	p.Journal, p.Known = placeOf(store.After(end)), end
}

// narrow moves the start of the filter forward; what the device has of the entries before it is to leave.
func (p *position) narrow(start age) {
	p.Talk.narrow(start, p.walked())
	p.Leave = leaving{Low: p.Start, High: start, Added: p.Added}
	p.Start = start
}

// widen moves the start of the filter back once the walk has come to the old one: a further walk goes from
// there. Entries added meanwhile that were too old for the old filter are on its way.
func (p *position) widen(start age) {
	p.Base, p.Walk, p.Start = p.Added, p.Start, start
}
