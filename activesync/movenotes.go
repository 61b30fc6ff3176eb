package activesync

import "github.com/gannetmail/gannet/store"

// moveNotes remember in a device's states what it moves itself: it drops the one entry and knows the other
// without being told. They are for one transaction, and each state is written once.
type moveNotes struct {
	tx     store.Tx
	q      *request
	states map[store.CollectionID]*collectionState // nil values: none
}

func newMoveNotes(tx store.Tx, q *request) *moveNotes {
	return &moveNotes{tx: tx, q: q, states: make(map[store.CollectionID]*collectionState)}
}

// add notes a move; from is the item's record before it, to the one after it.
func (n *moveNotes) add(from, to store.Record) error {
	src, err := n.state(from.Collection)
	if err != nil {
		return err
	}
	dst, err := n.state(to.Collection)
	if err != nil {
		return err
	}
	var asOf store.ModSeq
	if src != nil {
		if asOf = src.knows(from.Entry); src.Own.news(from, asOf) == 0 {
			asOf = to.ModSeq // all that is newer is the device's own
		}
		src.Own = src.Own.with(ownChange{UID: from.UID, ModSeq: to.ModSeq})
	}
	if dst == nil {
		return nil
	}
	dst.Own = dst.Own.with(ownChange{UID: to.UID, ModSeq: to.ModSeq, Created: true, AsOf: asOf})
	if src == nil {
		return nil
	}
	for _, at := range from.Item.Stamps { // what is the device's own of that which is newer stays its own
		if at > asOf && src.Own.made(from.UID, at) {
			dst.Own = dst.Own.with(ownChange{UID: to.UID, ModSeq: at})
		}
	}
	return nil
}

func (n *moveNotes) state(c store.CollectionID) (*collectionState, error) {
	if st, ok := n.states[c]; ok {
		return st, nil
	}
	st, _, err := readState(n.tx, n.q.device.ID, c)
	if err == nil {
		n.states[c] = st
	}
	return st, err
}

// save writes the states.
func (n *moveNotes) save() error {
	for c, st := range n.states {
		if st == nil {
			continue
		}
		if err := st.write(n.tx, n.q.device.ID, c, n.q.now); err != nil {
			return err
		}
	}
	return nil
}
