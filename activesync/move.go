package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// Statuses of one item. MS-ASCMD, Status (MoveItems): 3 is success.
const (
	moveNoSource      = 1
	moveNoDestination = 2
	moveOK            = 3
	moveSame          = 4
	moveFailed        = 5
)

// moveItems answers MoveItems. All moves are one transaction, in which is also remembered what became of
// them: a device that did not hear the answer asks again and gets the same ids.
func (h *Handler) moveItems(ctx context.Context, q *request, w *answer) error {
	moves, err := wire.ReadMoveItems(q.body)
	if err != nil {
		return err
	}
	carrier, err := h.carry(ctx, q, moves)
	if err != nil {
		return fmt.Errorf("move items: %w", err)
	}
	defer carrier.release()
	var done []wire.Moved
	err = h.Store.Update(ctx, q.account.ID, func(tx store.Tx) (err error) {
		done, err = h.moveAll(tx, q, moves, carrier)
		return err
	})
	if err != nil {
		return fmt.Errorf("move items: %w", err)
	}
	wire.WriteMoveItems(w.encoder(), done)
	return nil
}

func (h *Handler) moveAll(tx store.Tx, q *request, moves []wire.Move, carrier carrier) ([]wire.Moved, error) {
	memory, err := loadMoves(tx, q.device.ID)
	if err != nil {
		return nil, err
	}
	mover := mover{reach: q.reachOf(tx, tx), carrier: carrier, device: q.device.ID, memory: memory, notes: newMoveNotes(tx, q)}
	done := make([]wire.Moved, 0, len(moves))
	for _, m := range moves {
		d, err := mover.move(m)
		if err != nil {
			return nil, err
		}
		done = append(done, d)
	}
	if err := mover.memory.save(tx, q.device.ID); err != nil {
		return nil, err
	}
	if err := mover.notes.save(); err != nil {
		return nil, err
	}
	return done, q.touch(tx)
}

// A mover moves the items of one request.
type mover struct {
	reach   *reach
	carrier carrier
	device  string
	memory  movesMemory
	notes   *moveNotes
}

// move moves one item. The error is for what concerns all of them.
func (m *mover) move(in wire.Move) (wire.Moved, error) {
	out := wire.Moved{SrcMsgID: in.SrcMsgID}
	src, uid, ok := parseItemID(in.SrcMsgID)
	folder, known := parseCollectionID(in.SrcFldID)
	dst, there := parseCollectionID(in.DstFldID)
	switch {
	case in.Several:
		out.Status = moveFailed
	case !ok || !known || folder != src:
		out.Status = moveNoSource
	case !there:
		out.Status = moveNoDestination
	case src == dst:
		out.Status = moveSame
	}
	if out.Status != 0 {
		return out, nil
	}
	var err error
	out.Status, out.DstMsgID, err = m.entry(in.SrcMsgID, src, uid, dst)
	return out, err
}

// entry moves one entry, or finds that it has been.
func (m *mover) entry(name string, src store.CollectionID, uid store.UID, dst store.CollectionID) (status int, id string, err error) {
	to, err := m.reach.find(dst)
	if errors.Is(err, store.NotFound) {
		return moveNoDestination, "", nil
	} else if err != nil {
		return 0, "", err
	}
	from, err := m.reach.find(src)
	if errors.Is(err, store.NotFound) {
		if moved, ok := m.memory.find(src, uid, dst); ok { // before the folder went
			return moveOK, itemID(dst, moved), nil
		}
		return moveNoSource, "", nil
	} else if err != nil {
		return 0, "", err
	}
	r, err := recordKnownAs(from.r, m.device, src, uid, store.WantItem)
	if errors.Is(err, store.NotFound) {
		if moved, ok := m.memory.find(src, uid, dst); ok {
			return moveOK, itemID(dst, moved), nil
		}
		return moveNoSource, "", nil
	} else if err != nil {
		return 0, "", err
	}
	switch {
	case r.Item.Class != to.Class, !to.allows(needAdd):
		return moveNoDestination, "", nil
	case !from.allows(needDelete), !m.carrier.allows(name, from, to, r):
		return moveNoSource, "", nil
	}
	moved, err := m.transfer(name, from, to, r)
	if status, refused := refusedMove(err); refused {
		return status, "", nil
	} else if err != nil {
		return 0, "", fmt.Errorf("move %s: %w", itemID(src, uid), err)
	}
	m.memory.add(src, uid, dst, moved.UID)
	return moveOK, itemID(dst, moved.UID), nil
}
