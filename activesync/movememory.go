package activesync

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// stateMoves is the key under which a device's last moves are kept.
const stateMoves = "moves"

const (
	// maxMoved is how many moves are remembered, so many that a request of wire.MaxMoves and the one before it
	// can be repeated.
	maxMoved = 2 * wire.MaxMoves
	// maxRuns bounds what that may cost to store.
	maxRuns = wire.MaxMoves
)

// A moveRun is a row of entries that went one after the other from one folder to another, where their UIDs
// rise by one.
type moveRun struct {
	Src    store.CollectionID `json:"s"`
	Dst    store.CollectionID `json:"d"`
	DstUID store.UID          `json:"v"` // of the first
	N      int                `json:"n"`
	Last   store.UID          `json:"l"` // of the sources
	UIDs   []byte             `json:"u"` // of the sources: the differences from one to the next as varints
}

// moved returns the UID that an entry got, if it is one of the run.
func (r moveRun) moved(uid store.UID) (store.UID, bool) {
	at, steps := int64(0), r.UIDs
	for i := range r.N {
		step, n := binary.Varint(steps)
		if n <= 0 {
			break
		}
		at, steps = at+step, steps[n:]
		if at == int64(uid) {
			return r.DstUID + store.UID(i), true
		}
	}
	return 0, false
}

// extend adds a move to the run if it fits.
func (r *moveRun) extend(src store.CollectionID, uid store.UID, dst store.CollectionID, moved store.UID) bool {
	if r.N > 0 && (r.Src != src || r.Dst != dst || int64(moved) != int64(r.DstUID)+int64(r.N)) || r.N == wire.MaxMoves {
		return false
	}
	r.UIDs = binary.AppendVarint(r.UIDs, int64(uid)-int64(r.Last))
	r.Last = uid
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
	run := moveRun{Src: src, Dst: dst, DstUID: moved}
	run.extend(src, uid, dst, moved)
	m.runs = append(m.runs, run)
	m.trim()
}

// trim forgets the oldest runs beyond the bounds.
func (m *movesMemory) trim() {
	number := 0
	for i := len(m.runs) - 1; i >= 0; i-- {
		number += m.runs[i].N
		if number > maxMoved && i < len(m.runs)-1 || len(m.runs)-i > maxRuns {
			m.runs = append([]moveRun(nil), m.runs[i+1:]...)
			return
		}
	}
}
