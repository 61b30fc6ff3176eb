package wire

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
)

// Range is the numbers from First to Last, both included. In a [SeqSet] either may be [Star].
type Range struct{ First, Last uint32 }

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
	out := make(Set, 0, len(s.Ranges))
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
	return out.normalised()
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

// Set is numbers as ranges: ascending, apart by at least one number, none of them 0. It is never expanded: its cost is
// that of its ranges, whatever they hold.
type Set []Range

func (s Set) normalised() Set {
	slices.SortFunc(s, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	out := s[:0]
	for _, r := range s {
		if n := len(out); n > 0 && uint64(r.First) <= uint64(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Contains reports whether n is in the set, in the logarithm of the ranges.
func (s Set) Contains(n uint32) bool {
	i, found := slices.BinarySearchFunc(s, n, func(r Range, n uint32) int { return cmp.Compare(r.Last, n) })
	return found || i < len(s) && s[i].First <= n
}

// Len is how many numbers the set holds.
func (s Set) Len() uint64 {
	var n uint64
	for _, r := range s {
		n += uint64(r.Last) - uint64(r.First) + 1
	}
	return n
}

// Union is what is in s or in o. Both stay as they are.
func (s Set) Union(o Set) Set {
	switch {
	case len(o) == 0:
		return s
	case len(s) == 0:
		return o
	}
	return append(append(make(Set, 0, len(s)+len(o)), s...), o...).normalised()
}

// Intersect is what is in s and in o.
func (s Set) Intersect(o Set) Set {
	var out Set
	for i, j := 0, 0; i < len(s) && j < len(o); {
		if r := (Range{max(s[i].First, o[j].First), min(s[i].Last, o[j].Last)}); r.First <= r.Last {
			out = append(out, r)
		}
		if s[i].Last < o[j].Last {
			i++
		} else {
			j++
		}
	}
	return out
}

// Minus is what is in s and not in o.
func (s Set) Minus(o Set) Set {
	var out Set
	j := 0
	for _, r := range s {
		next := r.First // the first number of r that is still to be decided
		for ; j < len(o) && o[j].Last < next; j++ {
		}
		left := true
		for k := j; k < len(o) && o[k].First <= r.Last; k++ {
			if o[k].First > next {
				out = append(out, Range{next, o[k].First - 1})
			}
			if left = o[k].Last < r.Last; !left {
				break
			}
			next = o[k].Last + 1
		}
		if left {
			out = append(out, Range{next, r.Last})
		}
	}
	return out
}

// All yields the numbers in rising order.
func (s Set) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s {
			for n := uint64(r.First); n <= uint64(r.Last); n++ {
				if !yield(uint32(n)) {
					return
				}
			}
		}
	}
}

// Slice is the members from the one at index first up to but without that at index end, counted from 0.
func (s Set) Slice(first, end uint64) Set {
	var out Set
	var before uint64 // members of the ranges passed
	for _, r := range s {
		n := uint64(r.Last) - uint64(r.First) + 1
		lo, hi := max(first, before), min(end, before+n)
		if lo < hi {
			out = append(out, Range{r.First + uint32(lo-before), r.First + uint32(hi-before) - 1})
		}
		before += n
	}
	return out
}

// Clip is the part of the set from first to last.
func (s Set) Clip(first, last uint32) Set {
	var out Set
	for _, r := range s {
		if r.First, r.Last = max(r.First, first), min(r.Last, last); r.First <= r.Last {
			out = append(out, r)
		}
	}
	return out
}

// Within yields the members of an ascending list that are in the set, with their places in the list. It steps over what
// lies between by binary search.
func (s Set) Within(list []uint32) iter.Seq2[int, uint32] {
	return func(yield func(int, uint32) bool) {
		at := 0
		for _, r := range s {
			n, _ := slices.BinarySearch(list[at:], r.First)
			for at += n; at < len(list) && list[at] <= r.Last; at++ {
				if !yield(at, list[at]) {
					return
				}
			}
		}
	}
}

// SetOf makes a set of numbers in any order.
func SetOf(numbers []uint32) Set {
	var s Set
	sorted := true
	for _, n := range numbers {
		last := len(s) - 1
		switch {
		case n == 0:
		case last >= 0 && s[last].Last != 1<<32-1 && n == s[last].Last+1:
			s[last].Last = n
		default:
			sorted = sorted && (last < 0 || n > s[last].Last)
			s = append(s, Range{n, n})
		}
	}
	if !sorted {
		s = s.normalised()
	}
	return s
}

// Append appends the set as text: 1:5,7. The empty set has no text.
func (s Set) Append(b []byte) []byte {
	for i, r := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRange(b, r)
	}
	return b
}

// String is the set as text.
func (s Set) String() string { return string(s.Append(nil)) }

func appendRange(b []byte, r Range) []byte {
	b = strconv.AppendUint(b, uint64(r.First), 10)
	if r.First != r.Last {
		b = append(b, ':')
		b = strconv.AppendUint(b, uint64(r.Last), 10)
	}
	return b
}

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
		s.Ranges = append(s.Ranges, Range{first, last})
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
