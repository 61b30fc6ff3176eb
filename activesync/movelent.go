package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// Within an account an item moves with all that it is. What goes to another account, or comes from there, is made anew
// from its bytes, before the transaction; and of what others lend somebody has to look whether it may be seen at all.

// A carried is an object that is moved from or to a folder of another account.
type carried struct {
	of     store.BlobID // what it was when it was looked at
	veiled bool         // the device sees only when it is: it stays
	item   store.NewItem
}

// A carrier has the objects of one request that go from or to folders of others, by the ids that the device uses.
type carrier map[string]*carried

func (c carrier) release() {
	for _, one := range c {
		if one.item.Blob != nil {
			one.item.Blob.Release()
		}
	}
}

// carry looks at what is to be moved from or to folders of others. What cannot be moved is left out.
func (h *Handler) carry(ctx context.Context, q *request, moves []wire.Move) (carrier, error) {
	lent, err := h.lentAmong(ctx, q, moves)
	if err != nil {
		return nil, err
	}
	c := carrier{}
	for _, m := range moves {
		if c[m.SrcMsgID] != nil || !lent[m.SrcFldID] && !lent[m.DstFldID] {
			continue
		}
		one, err := h.carryOne(ctx, q, m)
		if err != nil {
			c.release()
			return nil, fmt.Errorf("carry %s: %w", m.SrcMsgID, err)
		}
		if one != nil {
			c[m.SrcMsgID] = one
		}
	}
	return c, nil
}

// lentAmong returns which of the folders are others'.
func (h *Handler) lentAmong(ctx context.Context, q *request, moves []wire.Move) (map[string]bool, error) {
	lent := make(map[string]bool)
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) error {
		reach := q.reachOf(r, nil)
		for _, m := range moves {
			for _, name := range []string{m.SrcFldID, m.DstFldID} {
				id, ok := parseCollectionID(name)
				if _, known := lent[name]; known || !ok {
					continue
				}
				f, err := reach.find(id)
				if err != nil && !isGone(err) {
					return err
				}
				lent[name] = f.lent
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("folders of a move: %w", err)
	}
	return lent, nil
}

// carryOne is carry for one move; nil: it comes to nothing.
func (h *Handler) carryOne(ctx context.Context, q *request, m wire.Move) (*carried, error) {
	src, uid, ok := parseItemID(m.SrcMsgID)
	dst, known := parseCollectionID(m.DstFldID)
	if !ok || !known {
		return nil, nil
	}
	var r store.Record
	var from, to folder
	err := h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		reach := q.reachOf(tx, nil)
		if from, err = reach.find(src); err != nil {
			return err
		}
		if to, err = reach.find(dst); err != nil {
			return err
		}
		r, err = recordKnownAs(from.r, q.device.ID, src, uid, store.WantItem)
		return err
	})
	class := objectClasses[r.Item.Class]
	switch {
	case isGone(err):
		return nil, nil
	case err != nil:
		return nil, err
	case class == nil, !from.allows(needDelete), !to.allows(needAdd):
		return nil, nil
	}
	raw, err := h.readObject(ctx, r.Item.Blob)
	if err != nil {
		return nil, err
	}
	one := &carried{of: r.Item.Blob, veiled: from.veil().hides(r.Item.Class, raw)}
	if one.veiled || from.Account == to.Account {
		return one, nil
	}
	if one.item, err = class.ingest(ctx, h.Store, raw); err != nil {
		q.log.Warn("object not moved", "item", r.Item.ID, "error", err)
		return nil, nil
	}
	return one, nil
}

// allows reports whether an object may be moved from one folder to another: what is there now must be what was looked at.
func (c carrier) allows(id string, from, to folder, r store.Record) bool {
	if !from.lent && !to.lent {
		return true
	}
	one := c[id]
	return one != nil && one.of == r.Item.Blob && !one.veiled && (from.Account == to.Account || one.item.Blob != nil)
}

// transfer moves an entry within its account, or to another.
func (m *mover) transfer(id string, from, to folder, r store.Record) (store.Record, error) {
	if from.Account == to.Account {
		moved, err := from.tx.Move(from.ID, r.UID, to.ID)
		if err != nil {
			return moved, err
		}
		return moved, m.notes.add(r, moved)
	}
	moved, err := to.tx.Add(to.ID, m.carrier[id].item)
	if err != nil {
		return moved, err
	}
	if err := from.tx.Remove(from.ID, r.UID); err != nil {
		return moved, err
	}
	gone, err := from.tx.ModSeq()
	if err != nil {
		return moved, err
	}
	return moved, m.notes.across(r, moved, gone)
}

// across notes a move from one account to another, whose journals have nothing in common. The device is told what it has
// moved: of what is its own it may see more.
func (n *moveNotes) across(from, to store.Record, gone store.ModSeq) error {
	src, err := n.state(from.Collection)
	if err != nil {
		return err
	}
	if src != nil {
		src.Own = src.Own.with(ownChange{UID: from.UID, ModSeq: gone})
	}
	dst, err := n.state(to.Collection)
	if err != nil || dst == nil {
		return err
	}
	dst.Own = append(dst.Own[:len(dst.Own):len(dst.Own)], ownChange{UID: to.UID, Created: true, AsOf: to.ModSeq - 1})
	return nil
}

// refusedMove is the status of a move that the store refuses; ok is false for every other error.
func refusedMove(err error) (status int, ok bool) {
	for _, kind := range []store.Kind{store.Exists, store.OverQuota, store.TooLarge} { // the same object is there, or no room
		if errors.Is(err, kind) {
			return moveFailed, true
		}
	}
	return 0, false
}
