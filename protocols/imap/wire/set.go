package wire

import (
	"slices"
	"strconv"

	"github.com/gannetmail/gannet/store/uidset"
)

// Range is the numbers from First to Last, both included. In a [SeqSet] either may be [Star].
type Range = uidset.Range

// Set is numbers as ranges, sequence numbers or UIDs.
type Set = uidset.Set

// Star stands for * in a Range: the largest number in use.
const Star uint32 = 0

// SeqSet is a sequence set as sent, RFC 9051 section 9, of sequence numbers or UIDs.
type SeqSet struct {
	Saved  bool // $: the result that SEARCH saved, RFC 9051 section 6.4.4.1; Ranges is empty then
	Ranges []Range
}

// HasStar reports whether * occurs, which names nothing in an empty mailbox.
func (s SeqSet) HasStar() bool {
	return slices.ContainsFunc(s.Ranges, func(r Range) bool { return r.First == Star || r.Last == Star })
}

// Max is the largest number written out, 0 when there is none: a sequence number above the count of messages is BAD.
func (s SeqSet) Max() uint32 {
	var most uint32
	for _, r := range s.Ranges {
		most = max(most, r.First, r.Last)
	}
	return most
}

// Resolve puts the largest number in use for * and normalises. 559:* holds the largest number even where that is
// smaller. With none in use (0) * names nothing.
func (s SeqSet) Resolve(largest uint32) Set {
	out := make([]Range, 0, len(s.Ranges))
	for _, r := range s.Ranges {
		if r.First == Star {
			r.First = largest
		}
		if r.Last == Star {
			r.Last = largest
		}
		if r.First > r.Last {
			r.First, r.Last = r.Last, r.First
		}
		if r.First != 0 {
			out = append(out, r)
		}
	}
	return uidset.Normalise(out)
}

// String is the set as sent.
func (s SeqSet) String() string {
	if s.Saved {
		return "$"
	}
	var b []byte
	for i, r := range s.Ranges {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSeq(b, r.First)
		if r.First != r.Last {
			b = append(b, ':')
			b = appendSeq(b, r.Last)
		}
	}
	return string(b)
}

func appendSeq(b []byte, n uint32) []byte {
	if n == Star {
		return append(b, '*')
	}
	return strconv.AppendUint(b, uint64(n), 10)
}

// SetOf makes a set of numbers in any order.
func SetOf(numbers []uint32) Set { return uidset.Of(numbers) }

// SeqSet reads a sequence set: 1,3:5,7:* or $.
func (r *Reader) SeqSet() SeqSet {
	if r.accept('$') {
		return SeqSet{Saved: true}
	}
	var s SeqSet
	for r.err == nil {
		first := r.seqNumber()
		last := first
		if r.accept(':') {
			last = r.seqNumber()
		}
		s.Ranges = append(s.Ranges, Range{First: first, Last: last})
		if !r.accept(',') {
			break
		}
	}
	if r.err != nil {
		return SeqSet{}
	}
	return s
}

func (r *Reader) seqNumber() uint32 {
	if r.accept('*') {
		return Star
	}
	return r.NZNumber()
}

// Known reads a set in which neither * nor $ may occur, as of QRESYNC and VANISHED, normalised.
func (r *Reader) Known() Set {
	s := r.SeqSet()
	if r.err == nil && (s.Saved || s.HasStar()) {
		r.fail("a set that must be written out")
	}
	return s.Resolve(0)
}

// Window is a part of a result by place, RFC 9394: First to Last, counted from 1, or from the end when FromEnd.
type Window struct {
	First, Last uint32 // First is not above Last
	FromEnd     bool
}

// Bounds are the indexes of the window in a result of n: from first up to but without end.
func (w Window) Bounds(n int) (first, end int) {
	size := uint64(max(n, 0))
	first64, end64 := min(uint64(w.First)-1, size), min(uint64(w.Last), size)
	if w.FromEnd {
		first64, end64 = size-end64, size-first64
	}
	return int(first64), int(end64)
}

func (r *Reader) window() Window {
	var w Window
	w.FromEnd = r.accept('-')
	w.First = r.NZNumber()
	r.expect(':', "a colon")
	if w.FromEnd {
		r.expect('-', "a minus")
	}
	if w.Last = r.NZNumber(); w.First > w.Last {
		w.First, w.Last = w.Last, w.First
	}
	return w
}

// append appends the window as it stands in an answer.
func (w Window) append(b []byte) []byte {
	if w.FromEnd {
		b = append(b, '-')
	}
	b = append(strconv.AppendUint(b, uint64(w.First), 10), ':')
	if w.FromEnd {
		b = append(b, '-')
	}
	return strconv.AppendUint(b, uint64(w.Last), 10)
}
