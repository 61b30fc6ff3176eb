package uidmap

import (
	"sort"

	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// Map is the UIDs of a mailbox in rising order; the message with sequence number n has the n-th of them. It never
// changes and may be used from any number of goroutines. The nil *Map is the empty one, and every empty Map is nil.
//
// Looking up costs the logarithm of the runs, changing a copy of the chunks concerned and of the list of chunks.
type Map struct {
	chunks []placed
	count  uint32
}

// placed is a chunk in its place.
type placed struct {
	first  uint32 // its first UID
	before uint32 // UIDs in the chunks before it
	*chunk
}

// chunk is neighbouring runs, at least one. It never changes.
type chunk struct {
	runs  []run
	count uint32 // UIDs in it
}

// run is consecutive UIDs. How many they are follows from the next run's before, or from the chunk's count.
type run struct {
	first  uint32
	before uint32 // UIDs in the runs of the chunk before it
}

// chunkRuns is the most runs of a chunk: 2 KiB to copy for a change.
const chunkRuns = 256

// FromSet makes the map of a set of UIDs.
func FromSet(s wire.Set) *Map { return (*Map)(nil).Add(s) }

// Len is how many UIDs there are, which is also the largest sequence number.
func (m *Map) Len() uint32 {
	if m == nil {
		return 0
	}
	return m.count
}

// Max is the largest UID; 0 when there is none.
func (m *Map) Max() uint32 { return m.UID(m.Len()) }

// UID is the UID of a sequence number; 0 when there is no such message.
func (m *Map) UID(seq uint32) uint32 {
	if seq == 0 || seq > m.Len() {
		return 0
	}
	at := m.atSeq(seq)
	r, before := at.run()
	return r.First + (seq - before - 1)
}

// Seq is the sequence number of a UID; 0 when it is not there.
func (m *Map) Seq(uid uint32) uint32 {
	at, ok := m.atUID(uid)
	if !ok {
		return 0
	}
	r, before := at.run()
	if uid > r.Last {
		return 0
	}
	return before + (uid - r.First) + 1
}

// Rank is how many UIDs are not above uid: the sequence number of uid or of the nearest below it.
func (m *Map) Rank(uid uint32) uint32 {
	at, ok := m.atUID(uid)
	if !ok {
		return 0
	}
	r, before := at.run()
	return before + (min(uid, r.Last) - r.First) + 1
}

// UIDs is all of them.
func (m *Map) UIDs() wire.Set { return m.OfSeqs(wire.Set{{First: 1, Last: 1<<32 - 1}}) }

// OfSeqs is the UIDs of these sequence numbers; numbers without a message are left out.
func (m *Map) OfSeqs(seqs wire.Set) wire.Set {
	var out wire.Set
	for _, s := range seqs {
		if s.First > m.Len() {
			break
		}
		first, left := s.First, min(s.Last, m.Len())-s.First+1
		for at := m.atSeq(first); left > 0; at.next() {
			r, before := at.run()
			r.First += first - before - 1
			r.Last = r.First + min(r.Last-r.First, left-1)
			out = out.Join(r)
			n := r.Last - r.First + 1
			first, left = first+n, left-n
		}
	}
	return out
}

// OfUIDs is those of uids that are there.
func (m *Map) OfUIDs(uids wire.Set) wire.Set { return m.OfSeqs(m.Seqs(uids)) }

// Seqs is the sequence numbers of those of uids that are there.
func (m *Map) Seqs(uids wire.Set) wire.Set {
	var out wire.Set
	for _, u := range uids {
		first, last := m.Rank(u.First-1)+1, m.Rank(u.Last)
		if first <= last {
			out = out.Join(wire.Range{First: first, Last: last})
		}
	}
	return out
}

// cursor stands on a run of a map that is not empty.
type cursor struct {
	chunks []placed // the rest, from the one that it stands in
	i      int      // the run in chunks[0]
}

// atSeq stands on the run that holds a sequence number, which exists.
func (m *Map) atSeq(seq uint32) cursor {
	i := sort.Search(len(m.chunks), func(i int) bool { return m.chunks[i].before >= seq }) - 1
	c := m.chunks[i]
	k := sort.Search(len(c.runs), func(k int) bool { return c.before+c.runs[k].before >= seq }) - 1
	return cursor{m.chunks[i:], k}
}

// atUID stands on the last run that begins at uid or below; there may be none.
func (m *Map) atUID(uid uint32) (cursor, bool) {
	if m == nil {
		return cursor{}, false
	}
	i := sort.Search(len(m.chunks), func(i int) bool { return m.chunks[i].first > uid }) - 1
	if i < 0 {
		return cursor{}, false
	}
	c := m.chunks[i]
	k := sort.Search(len(c.runs), func(k int) bool { return c.runs[k].first > uid }) - 1
	return cursor{m.chunks[i:], k}, true
}

// run is the UIDs that the cursor stands on and how many there are before them.
func (c *cursor) run() (uids wire.Range, before uint32) {
	in := c.chunks[0]
	return in.run(c.i), in.before + in.runs[c.i].before
}

// next goes on to the following run. Behind the last one the cursor is not to be used.
func (c *cursor) next() {
	if c.i++; c.i == len(c.chunks[0].runs) {
		c.chunks, c.i = c.chunks[1:], 0
	}
}

// run is the UIDs of run i.
func (c *chunk) run(i int) wire.Range {
	end := c.count
	if i+1 < len(c.runs) {
		end = c.runs[i+1].before
	}
	r := c.runs[i]
	return wire.Range{First: r.first, Last: r.first + (end - r.before) - 1}
}
