package uidset

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strconv"
)

// Range is the numbers from First to Last, both included.
type Range struct{ First, Last uint32 }

// Set is numbers as ranges: ascending, apart by at least one number, none of them 0. Nil is the empty set.
type Set []Range

// Of makes a set of numbers in any order; 0 is left out.
func Of(numbers []uint32) Set {
	var s Set
	sorted := true
	for _, n := range numbers {
		last := len(s) - 1
		switch {
		case n == 0:
		case last >= 0 && s[last].Last != math.MaxUint32 && n == s[last].Last+1:
			s[last].Last = n
		default:
			sorted = sorted && (last < 0 || n > s[last].Last)
			s = append(s, Range{n, n})
		}
	}
	if !sorted {
		s = Normalise(s)
	}
	return s
}

// One is the set of one number, which is not 0.
func One(n uint32) Set { return Set{{n, n}} }

// Normalise makes a set of ranges in any order that may overlap. First is not above Last in any of them, and not 0.
// The ranges are overwritten.
func Normalise(ranges []Range) Set {
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	out := Set(ranges[:0])
	for _, r := range ranges {
		out = out.Join(r)
	}
	return out
}

// Join is the set with a range whose First is not below that of the last one. Like append it may overwrite the memory
// of s, which is not to be used any more.
func (s Set) Join(r Range) Set {
	if n := len(s); n > 0 && uint64(r.First) <= uint64(s[n-1].Last)+1 {
		s[n-1].Last = max(s[n-1].Last, r.Last)
		return s
	}
	return append(s, r)
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

// Union is what is in s or in o. It may share memory with one of them.
func (s Set) Union(o Set) Set {
	switch {
	case len(o) == 0:
		return s
	case len(s) == 0:
		return o
	}
	out := make(Set, 0, len(s)+len(o))
	for len(s) > 0 || len(o) > 0 {
		if len(o) == 0 || len(s) > 0 && s[0].First <= o[0].First {
			out, s = out.Join(s[0]), s[1:]
		} else {
			out, o = out.Join(o[0]), o[1:]
		}
	}
	return out
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

// Minus is what is in s and not in o. It may share memory with s.
func (s Set) Minus(o Set) Set {
	if len(o) == 0 {
		return s
	}
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

// Cut is the first n members, and the others. Both may share memory with s.
func (s Set) Cut(n uint32) (head, tail Set) {
	for i, r := range s {
		size := r.Last - r.First + 1
		if size < n {
			n -= size
			continue
		}
		if size == n {
			return s[:i+1], s[i+1:]
		}
		cut := r.First + n
		head = append(append(make(Set, 0, i+1), s[:i]...), Range{r.First, cut - 1})
		tail = append(append(make(Set, 0, len(s)-i), Range{cut, r.Last}), s[i+1:]...)
		return head, tail
	}
	return s, nil
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

// Append appends the set as text: 1:5,7. The empty set has no text.
func (s Set) Append(b []byte) []byte {
	for i, r := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.Append(b)
	}
	return b
}

// String is the set as text.
func (s Set) String() string { return string(s.Append(nil)) }

// Append appends the range as text: 1:5, or 7.
func (r Range) Append(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(r.First), 10)
	if r.First != r.Last {
		b = append(b, ':')
		b = strconv.AppendUint(b, uint64(r.Last), 10)
	}
	return b
}
