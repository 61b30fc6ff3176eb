package uidmap

import "github.com/gannetmail/gannet/protocols/imap/wire"

// Add is the map with further UIDs; those that are there already don't matter. It is m itself when nothing changes.
func (m *Map) Add(uids wire.Set) *Map {
	if len(uids) == 0 {
		return m
	}
	return m.change(uids, wire.Set.Union)
}

// Remove is the map without some UIDs; those that are not there don't matter. It is m itself when nothing changes.
func (m *Map) Remove(uids wire.Set) *Map {
	if m == nil || len(uids) == 0 {
		return m
	}
	return m.change(uids, wire.Set.Minus)
}

// change applies op to each chunk and the part of uids that falls between its first UID and that of the next one.
func (m *Map) change(uids wire.Set, op func(in, uids wire.Set) wire.Set) *Map {
	var b builder
	if m == nil {
		b.put(op(nil, uids))
		return b.finish()
	}
	b.chunks = make([]placed, 0, len(m.chunks)+1)
	for i, c := range m.chunks {
		last := uint32(1<<32 - 1)
		if i+1 < len(m.chunks) {
			last = m.chunks[i+1].first - 1
		}
		var here wire.Set
		here, uids = split(uids, last)
		if len(here) == 0 {
			b.keep(c.chunk)
			continue
		}
		before := c.set()
		after := op(before, here)
		if after.Len() == uint64(c.count) { // either operation only adds or only takes away
			b.keep(c.chunk)
			continue
		}
		b.changed = true
		b.put(after)
	}
	if !b.changed {
		return m
	}
	return b.finish()
}

// split cuts a set in two: what is not above last, and the rest.
func split(s wire.Set, last uint32) (head, tail wire.Set) {
	for i, r := range s {
		switch {
		case r.Last <= last:
		case r.First > last:
			return s[:i], s[i:]
		default:
			head = append(append(make(wire.Set, 0, i+1), s[:i]...), wire.Range{First: r.First, Last: last})
			tail = append(append(make(wire.Set, 0, len(s)-i), wire.Range{First: last + 1, Last: r.Last}), s[i+1:]...)
			return head, tail
		}
	}
	return s, nil
}

// builder puts a map together from chunks that stay and runs that are new, in rising order.
type builder struct {
	chunks  []placed
	count   uint32
	changed bool
}

// keep adds a chunk as it is.
func (b *builder) keep(c *chunk) {
	b.chunks = append(b.chunks, placed{c.runs[0].first, b.count, c})
	b.count += c.count
}

// put adds runs in as many chunks as it takes, together with the last one where both are small.
func (b *builder) put(s wire.Set) {
	if n := len(b.chunks); n > 0 && len(b.chunks[n-1].runs)+len(s) <= chunkRuns/2 {
		last := b.chunks[n-1]
		b.chunks, b.count = b.chunks[:n-1], last.before
		s = last.set().Union(s)
	}
	pieces := (len(s) + chunkRuns - 1) / chunkRuns
	for ; pieces > 0; pieces-- { // of about equal length, so that the next change doesn't split again
		n := (len(s) + pieces - 1) / pieces
		b.keep(newChunk(s[:n]))
		s = s[n:]
	}
}

func (b *builder) finish() *Map {
	if b.count == 0 {
		return nil
	}
	return &Map{chunks: b.chunks, count: b.count}
}

func newChunk(s wire.Set) *chunk {
	c := &chunk{runs: make([]run, len(s))}
	for i, r := range s {
		c.runs[i] = run{r.First, c.count}
		c.count += r.Last - r.First + 1
	}
	return c
}

// set is the runs of the chunk as ranges.
func (c *chunk) set() wire.Set {
	s := make(wire.Set, len(c.runs))
	for i := range c.runs {
		s[i] = c.run(i)
	}
	return s
}
