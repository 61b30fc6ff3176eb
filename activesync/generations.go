package activesync

import "slices"

// A generation is what one SyncKey stands for: what a device has that answers with it.
type generation[P comparable] struct {
	N  uint32 `json:"n"`
	At P      `json:"p"`
}

// generations remember what a device has when it may or may not have got our last answer. Acked is what it
// has for sure; Next are the answers to that since. The device shows with its next key which of them it
// got: the key of Next, and Acked moves on; or that of Acked again, and the answer is made anew.
//
// An answer made anew has the same key if it says the same, and else a key of its own: then either answer
// may have come through. MS-ASCMD, SyncKey.
type generations[P comparable] struct {
	Epoch uint64          `json:"e"`
	Last  uint32          `json:"n"` // the highest generation handed out
	Acked generation[P]   `json:"a,omitzero"`
	Next  []generation[P] `json:"x,omitempty"`
}

// maxNext is how many unacknowledged answers are remembered, the newest ones.
const maxNext = 2

// beginGenerations returns the memory of a device that is handed its first key, which stands for at.
func beginGenerations[P comparable](at P) generations[P] {
	return generations[P]{Epoch: newEpoch(), Last: 1, Next: []generation[P]{{N: 1, At: at}}}
}

// unused reports whether only the first key has been handed out, and it has not come back.
func (g *generations[P]) unused() bool { return g.Last == 1 && g.Acked.N == 0 }

// key returns the SyncKey of a generation.
func (g *generations[P]) key(n uint32) string { return syncKey{g.Epoch, n}.String() }

// latest returns the generation of the newest answer, or what the device has if there is none since.
func (g *generations[P]) latest() generation[P] {
	if n := len(g.Next); n > 0 {
		return g.Next[n-1]
	}
	return g.Acked
}

// open reads the key of a request: Acked becomes what the device has. moved tells that it is a step from
// before: an answer has come through. ok is false for a key that is not remembered.
func (g *generations[P]) open(key string) (moved, ok bool) {
	k, ok := parseSyncKey(key)
	if !ok || k.epoch != g.Epoch {
		return false, false
	}
	if k.generation == g.Acked.N {
		return false, true
	}
	i := slices.IndexFunc(g.Next, func(n generation[P]) bool { return n.N == k.generation })
	if i < 0 {
		return false, false
	}
	g.Acked, g.Next = g.Next[i], nil
	return true, true
}

// step remembers an answer after which the device has at, and returns its key.
func (g *generations[P]) step(at P) string {
	for _, n := range g.Next {
		if n.At == at {
			return g.key(n.N)
		}
	}
	g.Last++
	g.Next = append(g.Next, generation[P]{N: g.Last, At: at})
	if len(g.Next) > maxNext {
		g.Next = g.Next[len(g.Next)-maxNext:]
	}
	return g.key(g.Last)
}

// stay replaces what the device has without telling it anything: at differs only in what is no news to it.
func (g *generations[P]) stay(at P) { g.Acked.At = at }
