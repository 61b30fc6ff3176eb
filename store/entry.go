package store

import "time"

// ModSeq is an account's change counter: 0 before the first change, then rising by one with each
// transaction that changes the account. RFC 7162 allows 63 bits; so does SQLite.
type ModSeq int64

// Place is where a reader of one collection's journal stands: all up to and including this entry is
// known. A window may end inside one transaction, so the ModSeq alone does not do. The zero value is
// before everything; {n, MaxUID} is behind all of transaction n.
type Place struct {
	ModSeq ModSeq
	UID    UID
}

// MaxUID is the largest UID.
const MaxUID UID = 1<<32 - 1

// After returns the place behind everything that transaction n did.
func After(n ModSeq) Place { return Place{ModSeq: n, UID: MaxUID} }

// Less reports whether p comes before q in the journal.
func (p Place) Less(q Place) bool {
	return p.ModSeq < q.ModSeq || p.ModSeq == q.ModSeq && p.UID < q.UID
}

// Entry is an item's membership in a collection, or the tombstone that it left.
type Entry struct {
	Collection CollectionID
	UID        UID
	Item       ItemID
	Created    ModSeq    // when it appeared in this collection
	ModSeq     ModSeq    // its last change, whether the entry's or its item's
	Removed    bool      // a tombstone
	Received   time.Time // the item's arrival, or what its class is ordered by; millisecond precision, UTC; fixed for the entry's life
	Saved      time.Time // when it came into this collection, as Received; RFC 8514
	Key        string    // what names the object among those of its collection: the UID of an event, of a card; empty: nothing
}

// Place returns where e stands in its collection's journal.
func (e Entry) Place() Place { return Place{ModSeq: e.ModSeq, UID: e.UID} }

// Age returns where e stands in its collection ordered by arrival.
func (e Entry) Age() Age { return Age{Received: e.Received, UID: e.UID} }

// Age orders the entries of a collection by arrival: Received, then UID.
type Age struct {
	Received time.Time
	UID      UID
}

// Less reports whether a arrived before b.
func (a Age) Less(b Age) bool {
	if a.Received.Equal(b.Received) {
		return a.UID < b.UID
	}
	return a.Received.Before(b.Received)
}

// Op is what a client must be told of an entry.
type Op uint8

// The answers of [Entry.Since].
const (
	Unchanged Op = iota
	Added
	Changed
	Removed
)

// Since reports what a client that last saw n must be told about e. ActiveSync Sync, IMAP QRESYNC,
// JMAP changes and WebDAV sync-collection all answer from this one function.
func (e Entry) Since(n ModSeq) Op {
	switch {
	case e.ModSeq <= n, e.Removed && e.Created > n: // seen already, or came and went unseen
		return Unchanged
	case e.Removed:
		return Removed
	case e.Created > n:
		return Added
	}
	return Changed
}
