package uidmap_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

const million = 1_000_000

// shapes are mailboxes of a million messages: as they arrived, after an ordinary life, and the worst case.
var shapes = []struct {
	name string
	uids func() wire.Set
}{
	{"whole", func() wire.Set { return set(1, million) }},
	{"lived", func() wire.Set { // a tenth was removed here and there
		rnd := rand.New(rand.NewPCG(1, 1))
		var uids []uint32
		for n := uint32(1); len(uids) < million; n++ {
			if rnd.IntN(10) > 0 {
				uids = append(uids, n)
			}
		}
		return wire.SetOf(uids)
	}},
	{"holes", func() wire.Set { // every other one is missing
		var uids []uint32
		for n := uint32(1); len(uids) < million; n += 2 {
			uids = append(uids, n)
		}
		return wire.SetOf(uids)
	}},
}

func perShape(b *testing.B, run func(b *testing.B, uids wire.Set)) {
	for _, s := range shapes {
		uids := s.uids()
		b.Run(s.name, func(b *testing.B) { run(b, uids) })
	}
}

// BenchmarkBuild makes the map and reports how many bytes it keeps.
func BenchmarkBuild(b *testing.B) {
	perShape(b, func(b *testing.B, uids wire.Set) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		m := uidmap.FromSet(uids)
		runtime.GC()
		runtime.ReadMemStats(&after)
		for b.Loop() {
			m = uidmap.FromSet(uids)
		}
		runtime.KeepAlive(m)
		b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "kept-B")
	})
}

func BenchmarkLookup(b *testing.B) {
	perShape(b, func(b *testing.B, uids wire.Set) {
		m := uidmap.FromSet(uids)
		rnd := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			seq := 1 + rnd.Uint32N(million)
			if m.Seq(m.UID(seq)) != seq {
				b.Fatal("not found again")
			}
		}
	})
}

// BenchmarkRemoveOne takes one message away, as an EXPUNGE does, and BenchmarkAddOne has one arrive.
func BenchmarkRemoveOne(b *testing.B) {
	perShape(b, func(b *testing.B, uids wire.Set) {
		m := uidmap.FromSet(uids)
		rnd := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			uid := m.UID(1 + rnd.Uint32N(million))
			if m.Remove(wire.Set{{First: uid, Last: uid}}).Len() != million-1 {
				b.Fatal("not removed")
			}
		}
	})
}

func BenchmarkAddOne(b *testing.B) {
	perShape(b, func(b *testing.B, uids wire.Set) {
		m := uidmap.FromSet(uids)
		next := m.Max() + 1
		for b.Loop() {
			if m.Add(wire.Set{{First: next, Last: next}}).Len() != million+1 {
				b.Fatal("not added")
			}
		}
	})
}

// BenchmarkRemoveMany takes every hundredth message away at once.
func BenchmarkRemoveMany(b *testing.B) {
	perShape(b, func(b *testing.B, uids wire.Set) {
		m := uidmap.FromSet(uids)
		var some []uint32
		for seq := uint32(1); seq <= million; seq += 100 {
			some = append(some, m.UID(seq))
		}
		gone := wire.SetOf(some)
		for b.Loop() {
			if m.Remove(gone).Len() != million-million/100 {
				b.Fatal("not removed")
			}
		}
	})
}
