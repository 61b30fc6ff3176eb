package activesync

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// A syncKey names one generation of what a device has been told. The epoch is drawn at random whenever a
// device starts from nothing, and generations only count up, so a key is never used for anything else: one
// out of a device's old backup is known to be old. MS-ASCMD, SyncKey.
type syncKey struct {
	epoch      uint64
	generation uint32
}

// initialKey is what a device sends that has nothing.
const initialKey = "0"

// String returns "k", 16 hex digits, "-" and the generation. A letter comes first, because some devices
// take all that looks like a number for one.
func (k syncKey) String() string { return fmt.Sprintf("k%016x-%d", k.epoch, k.generation) }

// parseSyncKey reads what String wrote.
func parseSyncKey(s string) (syncKey, bool) {
	epoch, generation, ok := strings.Cut(strings.TrimPrefix(s, "k"), "-")
	if !ok || len(epoch) != 16 {
		return syncKey{}, false
	}
	e, err := strconv.ParseUint(epoch, 16, 64)
	if err != nil {
		return syncKey{}, false
	}
	g, err := strconv.ParseUint(generation, 10, 32)
	k := syncKey{epoch: e, generation: uint32(g)}
	return k, err == nil && g > 0 && k.String() == s
}

// newEpoch draws the epoch of a new series of keys.
func newEpoch() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return binary.LittleEndian.Uint64(b[:])
}
