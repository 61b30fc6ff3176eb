package activesync

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// stateMoves is the key under which a device's last moves are kept.
const stateMoves = "moves"

const (
	// maxMoved is how many moves are remembered. One request may have wire.MaxMoves.
	maxMoved = 1000
	// maxRuns bounds what that may cost to store.
	maxRuns = 256
)

// A moveRun is a row of entries with rising or falling numbers that went to rising ones: most moves of many
// items are one run.
type moveRun struct {
	Src    store.CollectionID `json:"s"`
	SrcUID store.UID          `json:"u"`
	Step   int64              `json:"i,omitempty"` // from one source to the next: 1 or -1; 0 while N is 1
	Dst    store.CollectionID `json:"d"`
	DstUID store.UID          `json:"v"`
	N      int64              `json:"n"`
}

// moved returns the UID that an entry got, if it is one of the run.
func (r moveRun) moved(uid store.UID) (store.UID, bool) {
	k := int64(uid) - int64(r.SrcUID)
	if r.Step < 0 {
		k = -k
	}
	if k < 0 || k >= r.N {
		return 0, false
	}
	return r.DstUID + store.UID(k), true
}

// extend adds a move to the run if it fits.
func (r *moveRun) extend(src store.CollectionID, uid store.UID, dst store.CollectionID, moved store.UID) bool {
	step := r.Step
	if r.N == 1 {
		step = int64(uid) - int64(r.SrcUID)
	}
	if r.Src != src || r.Dst != dst || int64(moved) != int64(r.DstUID)+r.N ||
		step != 1 && step != -1 || int64(uid) != int64(r.SrcUID)+step*r.N {
		return false
	}
	r.Step = step
	r.N++
	return true
}

// movesMemory are a device's last moves, oldest first. UIDs are never used again, so an entry of it cannot
// become wrong, only useless.
type movesMemory struct {
	runs    []moveRun
	changed bool
}

// loadMoves reads a device's moves.
func loadMoves(r store.Reader, device string) (movesMemory, error) {
	raw, err := r.State(device, stateMoves)
	if errors.Is(err, store.NotFound) {
		return movesMemory{}, nil
	} else if err != nil {
		return movesMemory{}, fmt.Errorf("remembered moves: %w", err)
	}
	var m movesMemory
	if err := json.Unmarshal(raw, &m.runs); err != nil {
		return movesMemory{}, nil // of another version of the server; a repetition fails, no more
	}
	return m, nil
}

// save stores them, if there is news.
func (m *movesMemory) save(tx store.Tx, device string) error {
	if !m.changed {
		return nil
	}
	raw, err := json.Marshal(m.runs)
	if err == nil {
		err = tx.PutState(device, stateMoves, raw)
	}
	if err != nil {
		return fmt.Errorf("remember moves: %w", err)
	}
	return nil
}

// find returns the UID that an entry got in dst.
func (m *movesMemory) find(src store.CollectionID, uid store.UID, dst store.CollectionID) (store.UID, bool) {
	for _, r := range m.runs {
		if r.Src == src && r.Dst == dst {
			if moved, ok := r.moved(uid); ok {
				return moved, true
			}
		}
	}
	return 0, false
}

// add remembers a move.
func (m *movesMemory) add(src store.CollectionID, uid store.UID, dst store.CollectionID, moved store.UID) {
	m.changed = true
	if n := len(m.runs); n > 0 && m.runs[n-1].extend(src, uid, dst, moved) {
		return
	}
	m.runs = append(m.runs, moveRun{Src: src, SrcUID: uid, Dst: dst, DstUID: moved, N: 1})
	m.trim()
}

// trim forgets the oldest runs beyond the bounds.
func (m *movesMemory) trim() {
	var number int64
	for i := len(m.runs) - 1; i >= 0; i-- {
		number += m.runs[i].N
		if number > maxMoved && i < len(m.runs)-1 || len(m.runs)-i > maxRuns {
			m.runs = append([]moveRun(nil), m.runs[i+1:]...)
			return
		}
	}
}
