package uidmap

import "github.com/gannetmail/gannet/protocols/imap/wire"

// Union is the numbers that are in a or in b. Neither is changed; the result may share memory with one of them.
func Union(a, b wire.Set) wire.Set {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	out := make(wire.Set, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].First <= b[0].First {
			out, a = appendRange(out, a[0]), a[1:]
		} else {
			out, b = appendRange(out, b[0]), b[1:]
		}
	}
	return out
}

// Intersection is the numbers that are in a and in b.
func Intersection(a, b wire.Set) wire.Set {
	var out wire.Set
	for len(a) > 0 && len(b) > 0 {
		first, last := max(a[0].First, b[0].First), min(a[0].Last, b[0].Last)
		if first <= last {
			out = append(out, wire.Range{First: first, Last: last})
		}
		if a[0].Last < b[0].Last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// Difference is the numbers of a that are not in b. The result may share memory with a.
func Difference(a, b wire.Set) wire.Set {
	if len(b) == 0 {
		return a
	}
	var out wire.Set
	for _, r := range a {
		for len(b) > 0 && b[0].Last < r.First {
			b = b[1:]
		}
		for i := 0; i < len(b) && b[i].First <= r.Last; i++ {
			if b[i].First > r.First {
				out = append(out, wire.Range{First: r.First, Last: b[i].First - 1})
			}
			if b[i].Last >= r.Last {
				r.First = 0 // nothing of it is left
				break
			}
			r.First = b[i].Last + 1
		}
		if r.First != 0 {
			out = append(out, r)
		}
	}
	return out
}

// appendRange adds a range whose First is not below that of the last one, and joins it with that where they meet.
func appendRange(s wire.Set, r wire.Range) wire.Set {
	if n := len(s); n > 0 && uint64(r.First) <= uint64(s[n-1].Last)+1 {
		s[n-1].Last = max(s[n-1].Last, r.Last)
		return s
	}
	return append(s, r)
}
