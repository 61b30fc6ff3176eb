package activesync

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// executeObject executes a command on an event, a card, a task or a note.
func (c *collectionRun) executeObject(tx store.Tx, command wire.SyncCommand, m *madeObject, out *response) error {
	switch command.Op {
	case wire.SyncAdd:
		return c.addObject(tx, command, m, out)
	case wire.SyncChange:
		return c.changeObject(tx, command, m, out)
	case wire.SyncDelete:
		if command.Instance != "" {
			return c.changeObject(tx, command, m, out)
		}
		return c.removeObject(tx, command, m)
	}
	return nil
}

// addObject executes an Add. One that is repeated with other content, because its answer was lost and the person
// went on, is the new content of the object that it made: one ClientId is one object.
func (c *collectionRun) addObject(tx store.Tx, command wire.SyncCommand, m *madeObject, out *response) error {
	hash := hashOf(command).String()
	key := addKey(command.ClientID)
	before, known := c.state.Drafts[key]
	if !known || before.Hash != hash {
		status, err := m.refused()
		if status != 0 || err != nil {
			out.status = status
			return err
		}
		now := draftMemory{Hash: hash, UID: before.UID, Key: m.item.Key, Files: m.files, Partly: m.partly}
		switch {
		case known:
			m.tell = true // the device may have said this before the other, and it comes late
			err = c.replaceObject(tx, c.state.current(before.UID), m)
		case m.known != 0:
			now.UID = c.state.name(m.known)
			if err = c.meet(tx, m.known); err == nil {
				err = c.replaceObject(tx, m.known, m)
			}
		default:
			now.UID, err = c.newObject(tx, m)
		}
		if err == nil {
			err = c.sendAll(tx, m)
		}
		if err != nil {
			return err
		}
		c.remember(key, now)
		before = now
	}
	out.serverID = itemID(c.id, before.UID)
	if c.q.version < V160 {
		return nil
	}
	out.answer = m.answer
	if c.class == store.Calendar && before.Key != "" {
		out.answer = &wire.Event{UID: &before.Key} // that which it got when it was made, however often it is made again
	}
	if before.Partly {
		out.status = syncExceptionsFailed
	}
	var err error
	if len(before.Files) > 0 {
		out.draft, err = c.draftAnswer(tx, c.state.current(before.UID), before.Files, command)
	}
	return err
}

// meet makes an entry of somebody else's that the device adds as its own known to it by the id that it is given: what
// there is to tell of it is a change. One that it has been told of it knows.
func (c *collectionRun) meet(tx store.Tx, uid store.UID) error {
	r, err := tx.Record(c.id, uid, store.WantEntry)
	if err != nil {
		return err
	}
	if _, mine := c.state.Own.created(uid); !mine && !c.state.Acked.At.has(r.Entry) {
		c.state.Own = c.state.Own.with(ownChange{UID: uid, Created: true, AsOf: r.ModSeq - 1})
	}
	return nil
}

// newObject stores an object.
func (c *collectionRun) newObject(tx store.Tx, m *madeObject) (store.UID, error) {
	if m.item.Blob == nil {
		return 0, store.Invalid
	}
	r, err := tx.Add(c.id, m.item)
	if err != nil {
		return 0, fmt.Errorf("store object: %w", err)
	}
	at, known := r.ModSeq, r.ModSeq
	if m.tell {
		at, known = 0, known-1
	}
	c.state.Own = append(c.state.Own[:len(c.state.Own):len(c.state.Own)], ownChange{UID: r.UID, ModSeq: at, Created: true, AsOf: known})
	return r.UID, nil
}

// changeObject executes a Change, or the removal of one occurrence. MS-ASCMD, Conflict: of an object that somebody
// else has changed in the meantime one version stays as a whole, or the device's changes in that of somebody else.
func (c *collectionRun) changeObject(tx store.Tx, command wire.SyncCommand, m *madeObject, out *response) error {
	uid, err := c.entry(command.ServerID)
	if err != nil {
		return err
	}
	r, err := tx.Record(c.id, uid, store.WantItem)
	if errors.Is(err, store.NotFound) {
		var was store.Entry
		if was, r, err = c.state.rewritten(tx, c.id, uid, store.WantItem); err == nil {
			if _, has := c.state.Own.created(r.UID); has {
				return store.NotFound // it has that by another id
			}
			c.state.adopt(was, r)
			uid = r.UID
		}
	}
	if err != nil {
		return err
	}
	if status, err := m.refused(); status != 0 || err != nil {
		out.status = status
		return err
	}
	foreign := c.isForeign(r)
	if m.base != r.Item.Blob || foreign && !c.options.ClientWins {
		out.status = syncConflict
		return nil
	}
	if m.item.Blob == nil {
		return errors.Join(c.takeAway(tx, uid), c.sendAll(tx, m))
	}
	m.tell = m.tell || foreign // what the device does not say itself of what somebody else has made of it is news
	if err := c.replaceObject(tx, uid, m); err != nil {
		return err
	}
	if c.q.version >= V160 {
		out.answer = m.answer
	}
	if len(m.files) > 0 {
		hash := hashOf(command)
		c.remember(changeKey(hash), draftMemory{Files: m.files})
		if err := c.filesOf(tx, hash, command, out); err != nil {
			return err
		}
	}
	return c.sendAll(tx, m)
}

// isForeign reports whether somebody else has changed an object since the device last heard of it. Of an entry that it has
// adopted it may not have heard yet, however far the journal has been told: that comes in its turn.
func (c *collectionRun) isForeign(r store.Record) bool {
	_, adopted := c.state.Own.created(r.UID)
	if !adopted && !c.state.Acked.At.Journal.store().Less(r.Place()) {
		return false
	}
	return c.state.Own.news(r, c.state.knows(r.Entry))&store.Content != 0
}

// replaceObject gives an object its new content.
func (c *collectionRun) replaceObject(tx store.Tx, uid store.UID, m *madeObject) error {
	before, err := tx.Record(c.id, uid, store.WantItem)
	if err != nil {
		return err
	}
	if before.Item.Blob == m.content {
		return nil // as it is
	}
	r, err := tx.Replace(c.id, uid, m.item)
	switch {
	case err != nil:
		return fmt.Errorf("store object: %w", err)
	case r.UID != uid:
		return c.state.replaced(tx, before, r, m.tell)
	case m.tell:
		c.state.Own = c.state.Own.told(uid, r.ModSeq)
	default:
		c.own(uid, r.ModSeq)
	}
	return nil
}

// removeObject executes a Delete. Objects have no folder for what is deleted; what is gone is as it should be.
func (c *collectionRun) removeObject(tx store.Tx, command wire.SyncCommand, m *madeObject) error {
	uid, err := c.entry(command.ServerID)
	if err != nil {
		return nil
	}
	if err := c.takeAway(tx, uid); err != nil || m == nil {
		return err
	}
	return c.sendAll(tx, m)
}

// takeAway removes an object for the device. One that somebody else has changed meanwhile, so that it has another
// entry, stays: the device is told it anew, under the id of that. That the old entry is gone it knows.
func (c *collectionRun) takeAway(tx store.Tx, uid store.UID) error {
	if err := tx.Remove(c.id, uid); errors.Is(err, store.NotFound) {
		return c.tookAway(tx, uid)
	} else if err != nil {
		return err
	}
	at, err := tx.ModSeq()
	if err != nil {
		return err
	}
	c.own(uid, at)
	return nil
}

// tookAway notes that the device knows that an entry is gone which somebody else has taken away, or written anew.
func (c *collectionRun) tookAway(tx store.Tx, uid store.UID) error {
	was, _, err := c.state.rewritten(tx, c.id, uid, store.WantEntry)
	if err != nil && !errors.Is(err, store.NotFound) {
		return err
	}
	if was.UID != 0 {
		c.own(uid, was.ModSeq)
	}
	return nil
}

// sendAll queues what a change makes go out. The owner of the collection sends it, and finds it among what he has sent.
func (c *collectionRun) sendAll(tx store.Tx, m *madeObject) error {
	for _, out := range m.out {
		if err := c.sender.SendTx(tx, c.owner.ID, out.Outgoing); err != nil {
			return fmt.Errorf("%w: %v", errNotQueued, err)
		}
	}
	return nil
}

// adoptRewritten makes objects that somebody else has changed, and that have another place in the order of their
// collection since, known to the device by the names that it has for them: it is told a change, not that one is gone
// and another there. It reports whether there were any. What one of the answers that the device may have heard took from
// it is not among them: it would have the name and nothing under it.
func (st *collectionState) adoptRewritten(r store.Reader, c store.Collection) (bool, error) {
	if objectClasses[c.Class] == nil {
		return false, nil
	}
	at := st.certain()
	var gone []store.Entry
	for e, err := range r.Changes(c.ID, at.Journal.store(), store.WantEntry) {
		if err != nil {
			return false, err
		}
		if _, mine := st.Own.created(e.UID); e.Removed && (at.has(e.Entry) || mine) && !st.Own.made(e.UID, e.ModSeq) && st.nextHave(e.Entry) {
			gone = append(gone, e.Entry)
		}
	}
	adopted := false
	if len(gone) > 0 {
		if err := st.sweepTo(r, c.ID); err != nil || len(st.Names) >= maxNames {
			return false, err
		}
	}
	for _, was := range gone {
		is, err := r.RecordByItem(was.Item, store.WantEntry)
		if errors.Is(err, store.NotFound) || err == nil && is.Collection != c.ID {
			continue
		} else if err != nil {
			return adopted, err
		}
		if _, has := st.Own.created(is.UID); has {
			continue // the device has brought it back itself, and has it by another id
		}
		st.adopt(was, is)
		if adopted = true; len(st.Names) >= maxNames {
			break
		}
	}
	return adopted, nil
}

// sweepTo is sweep as of what is there now.
func (st *collectionState) sweepTo(r store.Reader, c store.CollectionID) error {
	account, err := r.Account()
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	return st.sweep(r, c, account.ModSeq)
}

// nextHave reports whether a device has an entry by every answer that it may have heard. One that it made itself it has
// until its turn has come.
func (st *collectionState) nextHave(e store.Entry) bool {
	_, mine := st.Own.created(e.UID)
	return !slices.ContainsFunc(st.Next, func(n generation[position]) bool { return !n.At.has(e) && !(mine && e.UID > n.At.Added) })
}
