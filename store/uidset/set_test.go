package uidset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		in  []uint32
		set string
	}{
		{nil, ""},
		{[]uint32{0}, ""},
		{[]uint32{1, 2, 3, 7}, "1:3,7"},
		{[]uint32{7, 3, 2, 1}, "1:3,7"},
		{[]uint32{5, 5, 6}, "5:6"},
		{[]uint32{math.MaxUint32 - 1, math.MaxUint32, 1}, "1,4294967294:4294967295"},
	} {
		if got := Of(c.in).String(); got != c.set {
			t.Errorf("%v: %s, want %s", c.in, got, c.set)
		}
	}
	if got := One(7).String(); got != "7" {
		t.Errorf("one: %s", got)
	}
}

func TestNormalise(t *testing.T) {
	got := Normalise([]Range{{9, 9}, {1, 1}, {5, 6}, {6, 8}, {math.MaxUint32, math.MaxUint32}, {1, 2}})
	if got.String() != "1:2,5:9,4294967295" {
		t.Errorf("%v", got)
	}
}

func TestWithin(t *testing.T) {
	list := []uint32{1, 4, 5, 9, 1000, math.MaxUint32}
	s := Set{{2, 5}, {9, 9}, {1001, math.MaxUint32}}
	var got []string
	for i, n := range s.Within(list) {
		got = append(got, fmt.Sprint(i, ":", n))
	}
	if want := "[1:4 2:5 3:9 5:4294967295]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	for range s.Within(list) {
		break
	}
}

func TestCut(t *testing.T) {
	s := Set{{2, 5}, {9, 9}, {20, 29}}
	for n, want := range map[uint32]string{
		1: "2 3:5,9,20:29", 4: "2:5 9,20:29", 5: "2:5,9 20:29", 7: "2:5,9,20:21 22:29", 15: "2:5,9,20:29 ", 99: "2:5,9,20:29 ",
	} {
		head, tail := s.Cut(n)
		if got := head.String() + " " + tail.String(); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func random(rnd *rand.Rand) Set {
	var numbers []uint32
	for range rnd.IntN(9) {
		first := 1 + rnd.Uint32N(64)
		for n := first; n <= min(64, first+rnd.Uint32N(3)); n++ {
			numbers = append(numbers, n)
		}
	}
	return Of(numbers)
}

// TestAlgebra compares what sets make of each other with what Contains says.
func TestAlgebra(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		a, b := random(rnd), random(rnd)
		var union, both, less, clipped []uint32
		for n := uint32(1); n <= 64; n++ {
			inA, inB := a.Contains(n), b.Contains(n)
			if inA || inB {
				union = append(union, n)
			}
			if inA && inB {
				both = append(both, n)
			}
			if inA && !inB {
				less = append(less, n)
			}
			if inA && n >= 10 && n <= 30 {
				clipped = append(clipped, n)
			}
		}
		before := a.String() + " " + b.String()
		equal(t, "Union", a.Union(b), union)
		equal(t, "Intersect", a.Intersect(b), both)
		equal(t, "Minus", a.Minus(b), less)
		equal(t, "Clip", a.Clip(10, 30), clipped)
		members := slices.Collect(a.All())
		equal(t, "Slice", a.Slice(2, 7), members[min(2, len(members)):min(7, len(members))])
		if a.Len() != uint64(len(members)) {
			t.Fatalf("%v has %d members, not %d", a, len(members), a.Len())
		}
		if after := a.String() + " " + b.String(); after != before {
			t.Fatalf("the sets were changed from %s to %s", before, after)
		}
	}
	all, last := Set{{1, math.MaxUint32}}, One(math.MaxUint32)
	if got := all.Minus(last).String(); got != "1:4294967294" {
		t.Errorf("all but the last: %s", got)
	}
	if got := last.Union(all).String(); got != "1:4294967295" {
		t.Errorf("all and the last: %s", got)
	}
}

func equal(t *testing.T, what string, got Set, want []uint32) {
	t.Helper()
	if !slices.Equal(got, Of(want)) {
		t.Fatalf("%s = %v, want %v", what, got, Of(want))
	}
}
