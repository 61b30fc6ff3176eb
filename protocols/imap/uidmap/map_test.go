package uidmap_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

func set(ranges ...uint32) wire.Set {
	var s wire.Set
	for i := 0; i < len(ranges); i += 2 {
		s = append(s, wire.Range{First: ranges[i], Last: ranges[i+1]})
	}
	return s
}

func TestEmpty(t *testing.T) {
	var m *uidmap.Map
	all := set(1, 1<<32-1)
	if m.Len() != 0 || m.Max() != 0 || m.UID(1) != 0 || m.Seq(1) != 0 || m.Rank(7) != 0 {
		t.Error("the nil map holds something")
	}
	if m.UIDs() != nil || m.OfSeqs(all) != nil || m.OfUIDs(all) != nil || m.Seqs(all) != nil {
		t.Error("the nil map finds something")
	}
	if m.Remove(all) != nil || m.Add(nil) != nil || uidmap.FromSet(nil) != nil {
		t.Error("an empty map that is not nil")
	}
	if full := m.Add(set(3, 5)); full.Remove(set(1, 9)) != nil {
		t.Error("removing all leaves a map that is not nil")
	}
}

func TestLookup(t *testing.T) {
	m := uidmap.FromSet(set(3, 5, 10, 10, 20, 29))
	tests := []struct{ uid, seq, rank uint32 }{
		{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 1, 1}, {5, 3, 3}, {6, 0, 3}, {9, 0, 3}, {10, 4, 4}, {11, 0, 4},
		{20, 5, 5}, {29, 14, 14}, {30, 0, 14}, {1<<32 - 1, 0, 14},
	}
	for _, tt := range tests {
		if seq, rank := m.Seq(tt.uid), m.Rank(tt.uid); seq != tt.seq || rank != tt.rank {
			t.Errorf("UID %d: sequence number %d, rank %d, want %d, %d", tt.uid, seq, rank, tt.seq, tt.rank)
		}
		if tt.seq != 0 && m.UID(tt.seq) != tt.uid {
			t.Errorf("message %d has UID %d, want %d", tt.seq, m.UID(tt.seq), tt.uid)
		}
	}
	if m.UID(0) != 0 || m.UID(15) != 0 || m.Len() != 14 || m.Max() != 29 {
		t.Errorf("UID(0) %d, UID(15) %d, Len %d, Max %d", m.UID(0), m.UID(15), m.Len(), m.Max())
	}
	if got := m.OfSeqs(set(2, 5, 14, 20)).String(); got != "4:5,10,20,29" {
		t.Errorf("OfSeqs: %s", got)
	}
	if got := m.Seqs(set(1, 3, 5, 20, 25, 25)).String(); got != "1,3:5,10" {
		t.Errorf("Seqs: %s", got)
	}
	if got := m.OfUIDs(set(1, 3, 5, 20, 25, 25)).String(); got != "3,5,10,20,25" {
		t.Errorf("OfUIDs: %s", got)
	}
}

// TestAllNumbers uses every number there is, so that a sum passes 32 bits wherever one is made.
func TestAllNumbers(t *testing.T) {
	const most = 1<<32 - 1
	m := uidmap.FromSet(set(1, most))
	if m.Len() != most || m.Max() != most || m.Seq(most) != most || m.UID(most) != most {
		t.Errorf("Len %d, Max %d, Seq %d", m.Len(), m.Max(), m.Seq(most))
	}
	if got := m.UIDs().String(); got != "1:4294967295" {
		t.Errorf("UIDs: %s", got)
	}
	m = m.Remove(set(1, 1, most, most))
	if got := m.UIDs().String(); got != "2:4294967294" || m.Seq(most) != 0 || m.Rank(most) != most-2 {
		t.Errorf("without the outer ones: %s", got)
	}
	if got := m.Add(set(1, most)).UIDs().String(); got != "1:4294967295" {
		t.Errorf("with them again: %s", got)
	}
}

func TestUnchangedIsShared(t *testing.T) {
	m := uidmap.FromSet(set(3, 5, 10, 10))
	if m.Add(set(4, 5, 10, 10)) != m || m.Remove(set(1, 2, 6, 9, 11, 99)) != m || m.Add(nil) != m || m.Remove(nil) != m {
		t.Error("a change that changes nothing makes another map")
	}
}

// model is what a Map must be equal to.
type model []uint32

func (l model) with(s wire.Set, limit uint32) model {
	for _, r := range s {
		for n := r.First; n <= min(r.Last, limit); n++ {
			if i, found := slices.BinarySearch(l, n); !found {
				l = slices.Insert(l, i, n)
			}
		}
	}
	return l
}

func (l model) without(s wire.Set) model {
	return slices.DeleteFunc(slices.Clone(l), s.Contains)
}

// TestModel compares random maps with plain lists, and keeps old maps to see that they stay as they were.
func TestModel(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		limit := []uint32{40, 400, 6000}[seed%3]
		var m *uidmap.Map
		var list model
		type version struct {
			m    *uidmap.Map
			list model
		}
		var kept []version
		for range 60 {
			change := randomSet(rnd, limit)
			if rnd.IntN(2) == 0 {
				m, list = m.Add(change), slices.Clone(list).with(change, limit)
			} else {
				m, list = m.Remove(change), list.without(change)
			}
			compare(t, m, list, limit, rnd)
			kept = append(kept, version{m, list})
		}
		for _, v := range kept {
			if got, want := v.m.UIDs().String(), wire.SetOf(v.list).String(); got != want {
				t.Fatalf("seed %d: an older map is now %s, want %s", seed, got, want)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestChunksSplitAndJoin makes many runs, one UID at a time and all at once, and takes them away again.
func TestChunksSplitAndJoin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var list model
	for n := uint32(2); n <= 6000; n += 2 {
		list = append(list, n)
	}
	m := uidmap.FromSet(wire.SetOf(list))
	compare(t, m, list, 6001, rnd)
	order := rnd.Perm(len(list))
	var single *uidmap.Map
	for _, i := range order {
		single = single.Add(set(list[i], list[i]))
	}
	compare(t, single, list, 6001, rnd)
	for k, i := range order {
		single = single.Remove(set(2*uint32(i)+2, 2*uint32(i)+2))
		if k%500 == 0 {
			compare(t, single, list.without(single0(order[:k+1])), 6001, rnd)
		}
	}
	if single != nil {
		t.Errorf("%d left", single.Len())
	}
	if got := m.Add(set(1, 6000)).UIDs().String(); got != "1:6000" {
		t.Errorf("filled: %s", got)
	}
}

func single0(places []int) wire.Set {
	var uids []uint32
	for _, i := range places {
		uids = append(uids, 2*uint32(i)+2)
	}
	return wire.SetOf(uids)
}

func randomSet(rnd *rand.Rand, limit uint32) wire.Set {
	var numbers []uint32
	for range rnd.IntN(1 + int(limit)/8) {
		first := 1 + rnd.Uint32N(limit)
		for n := first; n <= min(limit, first+rnd.Uint32N(3)); n++ {
			numbers = append(numbers, n)
		}
	}
	s := wire.SetOf(numbers)
	if rnd.IntN(8) == 0 {
		s = s.Union(set(1+rnd.Uint32N(limit), 1<<32-1))
	}
	return s.Clip(1, limit)
}

func compare(t *testing.T, m *uidmap.Map, list model, limit uint32, rnd *rand.Rand) {
	t.Helper()
	if int(m.Len()) != len(list) {
		t.Fatalf("Len %d, want %d", m.Len(), len(list))
	}
	for i, uid := range list {
		if got := m.UID(uint32(i) + 1); got != uid {
			t.Fatalf("message %d has UID %d, want %d", i+1, got, uid)
		}
	}
	for uid := range limit + 2 {
		i, found := slices.BinarySearch(list, uid)
		wantSeq, wantRank := uint32(0), uint32(i)
		if found {
			wantSeq, wantRank = uint32(i)+1, uint32(i)+1
		}
		if seq, rank := m.Seq(uid), m.Rank(uid); seq != wantSeq || rank != wantRank {
			t.Fatalf("UID %d: sequence number %d, rank %d, want %d, %d", uid, seq, rank, wantSeq, wantRank)
		}
	}
	some := randomSet(rnd, limit)
	var ofSeqs, ofUIDs, seqs []uint32
	for i, uid := range list {
		if some.Contains(uint32(i) + 1) {
			ofSeqs = append(ofSeqs, uid)
		}
		if some.Contains(uid) {
			ofUIDs, seqs = append(ofUIDs, uid), append(seqs, uint32(i)+1)
		}
	}
	equal(t, "UIDs", m.UIDs(), list)
	equal(t, "OfSeqs", m.OfSeqs(some), ofSeqs)
	equal(t, "OfUIDs", m.OfUIDs(some), ofUIDs)
	equal(t, "Seqs", m.Seqs(some), seqs)
}

func equal(t *testing.T, what string, got wire.Set, want []uint32) {
	t.Helper()
	if !slices.Equal(got, wire.SetOf(want)) {
		t.Fatalf("%s = %v, want %v", what, got, wire.SetOf(want))
	}
}
