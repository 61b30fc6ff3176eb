package activesync

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// doneCommands remember which commands of requests with the acknowledged key have been executed, oldest
// first: a repetition of such a request executes only what it has anew. What the device says anew of an
// item takes the place of what earlier requests said of it, so that a value set, changed and set again on
// one key is no repetition.
type doneCommands []byte // as many records as fit, each of doneSize bytes; kept as it is

// A doneCommand is one of them.
type doneCommand struct {
	hash   commandHash
	uid    store.UID // of the item; of an Add the new one's; 0: none
	status int       // what it came to, at most 255
}

// maxDone bounds the memory of commands: as many as two requests may hold.
const maxDone = 2 * maxSyncCommands

const (
	hashSize = 8
	doneSize = hashSize + 4 + 1
)

// commandHash names a command by what it says.
type commandHash [hashSize]byte

func hashOf(c wire.SyncCommand) commandHash {
	raw, _ := json.Marshal(c) // plain values: cannot fail
	sum := sha256.Sum256(raw)
	return commandHash(sum[:])
}

// all returns the records.
func (d doneCommands) all() []doneCommand {
	list := make([]doneCommand, 0, len(d)/doneSize)
	for ; len(d) >= doneSize; d = d[doneSize:] {
		list = append(list, doneCommand{
			hash: commandHash(d), uid: store.UID(binary.LittleEndian.Uint32(d[hashSize:])), status: int(d[doneSize-1]),
		})
	}
	return list
}

// doneOf makes the memory of records, the newest ones if there are too many.
func doneOf(list []doneCommand) doneCommands {
	list = list[max(len(list)-maxDone, 0):]
	d := make(doneCommands, 0, len(list)*doneSize)
	for _, c := range list {
		d = append(d, c.hash[:]...)
		d = binary.LittleEndian.AppendUint32(d, uint32(c.uid))
		d = append(d, byte(c.status))
	}
	return d
}

// A repetition tells, of one request's commands, which have been executed before.
type repetition struct {
	before []doneCommand // not yet met in this request
	met    []doneCommand
	fresh  []doneCommand
}

func (d doneCommands) repetition() *repetition { return &repetition{before: d.all()} }

// find returns what a command came to when it was executed before. One that stands in the request twice
// must have been executed twice.
func (r *repetition) find(hash commandHash) (doneCommand, bool) {
	for i, c := range r.before {
		if c.hash == hash {
			r.before = append(r.before[:i:i], r.before[i+1:]...)
			r.met = append(r.met, c)
			return c, true
		}
	}
	return doneCommand{}, false
}

// note remembers what a command came to that has been executed now.
func (r *repetition) note(c doneCommand) { r.fresh = append(r.fresh, c) }

// done returns the memory after the request.
func (r *repetition) done() doneCommands {
	anew := make(map[store.UID]bool, len(r.fresh))
	for _, c := range r.fresh {
		anew[c.uid] = c.uid != 0
	}
	var list []doneCommand
	for _, c := range r.before {
		if !anew[c.uid] {
			list = append(list, c)
		}
	}
	return doneOf(append(append(list, r.met...), r.fresh...))
}
