package activesync

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A device shows what the person has done before it asks whether that may be. In a collection that it only reads, or
// with an object of which it sees only the times, nothing comes of it, and the device is put right in the words that
// every client understands: an object that it has added is taken in by name and told to be deleted; one that it has
// changed is told as it is, and so is one that it has deleted. All of that is told until the device has heard it.

// A refusal is what a device is to be told of a command that came to nothing.
type refusal struct {
	UID  store.UID `json:"u,omitempty"` // of the entry that stays as it was
	Lost bool      `json:"l,omitempty"` // the device has deleted it
	Name string    `json:"n,omitempty"` // instead of UID: the server id of an object that there never was
	Hash string    `json:"h"`           // of the command
	Key  uint32    `json:"k,omitempty"` // generation of the answer that told it; 0: none has yet
}

// maxRefusals bounds what is remembered, as many as one request brings.
const maxRefusals = maxSyncCommands

// refusedPrefix begins the ids of objects that were added in vain. They lead to nothing.
const refusedPrefix = "gone-"

// needOf is what a command needs the right to.
func needOf(command wire.SyncCommand) store.Rights {
	switch {
	case command.Op == wire.SyncAdd:
		return needAdd
	case command.Op == wire.SyncDelete && command.Instance == "":
		return needDelete
	}
	return needChange
}

// refuses reports whether a command on an object comes to nothing because the device may not give it. One that has been
// refused is refused when it comes again because the answer was lost, whatever is allowed by then.
func (c *collectionRun) refuses(tx store.Tx, command wire.SyncCommand, m *madeObject) (bool, error) {
	if c.state.Refused.hold(hashOf(command).String()) {
		return true, nil
	}
	need := needOf(command)
	if m != nil && m.known != 0 { // what is added is there already, and would be changed
		need |= needChange
	}
	if !c.folder.allows(need) || m != nil && m.veiled {
		return true, nil
	}
	if m != nil && m.err != nil && !isGone(m.err) && c.folder.lent { // what cannot be read may be private
		return true, nil
	}
	if m == nil || !c.folder.lent || m.base == (store.BlobID{}) {
		return false, nil
	}
	// Its owner may have made it private since it was looked at.
	uid := m.known
	if uid == 0 {
		var err error
		if uid, err = c.entry(command.ServerID); err != nil {
			return false, nil
		}
	}
	r, err := tx.Record(c.id, uid, store.WantItem)
	if errors.Is(err, store.NotFound) {
		return false, nil
	}
	return err == nil && r.Item.Blob != m.base && !c.made(r.Item.Blob), err
}

// made reports whether an object has the content that a command of this request gave it.
func (c *collectionRun) made(content store.BlobID) bool {
	for _, m := range c.objects {
		if m.content == content {
			return true
		}
	}
	return false
}

// refuse answers a command that comes to nothing.
func (c *collectionRun) refuse(tx store.Tx, command wire.SyncCommand, out *response) error {
	c.log.Info("change refused: the device may not make it", "collection", c.in.ID, "server_id", command.ServerID)
	hash := hashOf(command).String()
	if before, made := c.state.Drafts[addKey(command.ClientID)]; command.Op == wire.SyncAdd && made {
		out.serverID, out.refused = itemID(c.id, before.UID), true // it was allowed when it came first, and the answer was lost
		c.state.Refused = c.state.Refused.with(refusal{UID: c.state.current(before.UID), Hash: hash})
		return nil
	}
	if command.Op == wire.SyncAdd {
		out.serverID, out.refused = refusedPrefix+hash, true
		c.state.Refused = c.state.Refused.with(refusal{Name: out.serverID, Hash: hash})
		return nil
	}
	lost := command.Op == wire.SyncDelete && command.Instance == ""
	uid, err := c.entry(command.ServerID)
	if err == nil {
		_, err = tx.Record(c.id, uid, store.WantEntry)
	}
	switch {
	case errors.Is(err, store.NotFound) && !lost:
		out.status = syncNotFound
		return nil
	case errors.Is(err, store.NotFound) && uid != 0: // it is as it should be
		return c.tookAway(tx, uid)
	case errors.Is(err, store.NotFound):
		return nil
	case err != nil:
		return err
	}
	out.refused = true
	if !lost {
		out.status = syncConflict // and the server's version stays
	}
	c.state.Refused = c.state.Refused.with(refusal{UID: uid, Lost: lost, Hash: hash})
	return nil
}

// refusals are what a device is still to be told, oldest first.
type refusals []refusal

// with returns l and r. What the device did last to an object is what counts.
func (l refusals) with(r refusal) refusals {
	l = slices.DeleteFunc(slices.Clone(l), func(old refusal) bool { return old.UID == r.UID && old.Name == r.Name })
	return append(l[max(0, len(l)-maxRefusals+1):], r)
}

// hold reports whether a command is among those that were refused.
func (l refusals) hold(hash string) bool {
	return slices.ContainsFunc(l, func(r refusal) bool { return r.Hash == hash })
}

// unheard returns what an answer up to that generation has not told.
func (l refusals) unheard(acked uint32) refusals {
	return slices.DeleteFunc(slices.Clone(l), func(r refusal) bool { return r.Key != 0 && r.Key <= acked })
}

// putRight adds to the answer what puts the device right.
func (c *collectionRun) putRight(r store.Reader) error {
	var told []change
	for _, refused := range c.state.Refused {
		if refused.Name != "" {
			told = append(told, change{op: opDelete, name: refused.Name})
			continue
		}
		record, err := r.Record(c.id, refused.UID, store.WantSummary)
		if errors.Is(err, store.NotFound) {
			continue // that it is gone is in the journal
		} else if err != nil {
			return fmt.Errorf("object to be told again: %w", err)
		}
		ch := change{op: opChange, record: record, facets: store.Content}
		if refused.Lost {
			ch.op = opAdd
		}
		told = append(told, ch)
		c.window.changes = slices.DeleteFunc(c.window.changes, func(other change) bool { return other.record.UID == record.UID && other.name == "" })
	}
	c.window.changes = append(told, c.window.changes...)
	return nil
}

// toldRefusals remembers which answer told what.
func (c *collectionRun) toldRefusals() {
	key, ok := parseSyncKey(c.key)
	if !ok || !c.wantsChanges() {
		return
	}
	for i := range c.state.Refused {
		c.state.Refused[i].Key = key.generation
	}
}
