package wire

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func parseSet(s string) (SeqSet, error) {
	r := NewReader(strings.NewReader(s+"\r\n"), Limits{})
	r.begin()
	set := r.SeqSet()
	return set, r.End()
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		in      string
		largest uint32
		want    string
		count   uint64
	}{
		{"1", 9, "1", 1},
		{"5:1,3", 9, "1:5", 5},
		{"1,3,2", 9, "1:3", 3},
		{"559:*", 9, "9:559", 551},
		{"*", 9, "9", 1},
		{"*:*", 0, "", 0},
		{"5:*", 0, "", 0},
		{"1:4294967295", 9, "1:4294967295", math.MaxUint32},
		{"4294967295,4294967294,1:*", math.MaxUint32, "1:4294967295", math.MaxUint32},
		{"9,1,5:6,7", 3, "1,5:7,9", 5},
	} {
		s, err := parseSet(c.in)
		if err != nil {
			t.Fatal(c.in, err)
		}
		got := s.Resolve(c.largest)
		if got.String() != c.want || got.Len() != c.count {
			t.Errorf("%s of %d: %s, %d", c.in, c.largest, got, got.Len())
		}
		if s.String() != c.in && c.in != "*:*" {
			t.Errorf("%s came back as %s", c.in, s)
		}
	}
}

func TestAppendNumbers(t *testing.T) {
	for _, c := range []struct {
		in   []uint32
		want string
	}{
		{nil, ""},
		{[]uint32{1, 2, 3, 7}, "1:3,7"},
		{[]uint32{7, 3, 2, 1}, "7,3,2,1"},
		{[]uint32{5, 5, 6}, "5,5:6"},
		{[]uint32{math.MaxUint32 - 1, math.MaxUint32, 1}, "4294967294:4294967295,1"},
	} {
		if got := string(AppendNumbers(nil, c.in)); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestWindow(t *testing.T) {
	for _, c := range []struct {
		w          Window
		n          int
		first, end int
	}{
		{Window{1, 5, false}, 3, 0, 3},
		{Window{2, 2, false}, 3, 1, 2},
		{Window{9, 10, false}, 3, 3, 3},
		{Window{1, 2, true}, 5, 3, 5},
		{Window{4, 9, true}, 5, 0, 2},
		{Window{6, 9, true}, 5, 0, 0},
	} {
		if first, end := c.w.Bounds(c.n); first != c.first || end != c.end {
			t.Errorf("%s of %d: %d to %d", c.w.append(nil), c.n, first, end)
		}
	}
}

func FuzzSet(f *testing.F) {
	for _, s := range []string{"1", "1:*", "$", "*", "5:1,3,7:*", "1:4294967295", "0", "1,,2"} {
		f.Add(s, uint32(9))
	}
	f.Fuzz(func(t *testing.T, in string, largest uint32) {
		s, err := parseSet(in)
		if err != nil {
			return
		}
		again, err := parseSet(s.String())
		if err != nil || !slices.Equal(again.Ranges, s.Ranges) || again.Saved != s.Saved {
			t.Fatalf("%q: %v came back as %v (%v)", in, s, again, err)
		}
		set := s.Resolve(largest)
		for i, r := range set {
			if r.First == 0 || r.Last < r.First || i > 0 && uint64(r.First) <= uint64(set[i-1].Last)+1 {
				t.Fatalf("%q is not normalised: %v", in, set)
			}
		}
		for _, r := range s.Ranges {
			for _, n := range []uint32{r.First, r.Last} {
				if n == Star {
					n = largest
				}
				if largest == 0 && (r.First == Star || r.Last == Star) {
					continue // * names nothing
				}
				if n != 0 && !set.Contains(n) {
					t.Fatalf("%q of %d lacks %d: %v", in, largest, n, set)
				}
			}
		}
		if set.Contains(0) {
			t.Fatalf("%q holds 0", in)
		}
	})
}
