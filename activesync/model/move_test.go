package model

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// A move is one of a MoveItems.
type move struct{ id, from, to string }

// moveSome moves some items.
func (d *device) moveSome() error {
	w := d.w
	folder, _ := d.someItem(d.all())
	if folder == "" {
		return nil
	}
	b := d.boxes[folder]
	to := pick(w, slices.DeleteFunc(d.all(), func(id string) bool { return d.tree.folders[id].class() != b.class }))
	var moves []move
	doc := el("Move:MoveItems")
	for _, id := range b.state.ids() {
		if len(moves) == 0 || len(moves) < 3 && w.chance(5) {
			if !w.chance(3) && len(moves) == 0 {
				id = pick(w, b.state.ids())
			}
			moves = append(moves, move{id, folder, to})
			doc.add(el("Move:Move", leaf("Move:SrcMsgId", id), leaf("Move:SrcFldId", folder), leaf("Move:DstFldId", to)))
		}
	}
	if d.tree.folders[to].kind == 3 {
		return nil // what is no draft does not belong there
	}
	r := d.ask("MoveItems", doc)
	if !w.calm && w.chance(30) {
		return r.refuse()
	}
	return d.move(r, moves)
}

// move moves items, or finds again what has become of them.
func (d *device) move(r *request, moves []move) error {
	w := d.w
	before, err := w.truth()
	if err != nil {
		return err
	}
	a, err := r.send()
	if err != nil {
		return err
	}
	after, err := w.truth()
	if err != nil {
		return err
	}
	want := el("Move:MoveItems")
	gone := map[string]bool{}
	for _, m := range moves {
		n, err := d.moved(m, before, after, gone)
		if err != nil {
			return fmt.Errorf("%s: %w", m.id, err)
		}
		want.add(n)
	}
	if err := w.expect(a, want); err != nil {
		return err
	}
	if !w.arrives() {
		d.repeat, d.bound = func() error { return d.move(r, moves) }, true
		return nil
	}
	d.remember("MoveItems", func() error { return d.move(r, moves) })
	return nil
}

// moved works out what becomes of one move. The device has the item under its new id without being told.
func (d *device) moved(m move, before, after *truth, gone map[string]bool) (*node, error) {
	answer := func(status int, id string) (*node, error) {
		return el("Move:Response", leaf("Move:SrcMsgId", m.id), leaf("Move:Status", status), given("Move:DstMsgId", id)), nil
	}
	src, _ := before.folder(m.from)
	dst, there := before.folder(m.to)
	uid := d.uidOf(m.from, m.id)
	rec, live := before.entries[src.ID][uid]
	switch {
	case m.from == m.to:
		return answer(4, "")
	case !there:
		return answer(2, "")
	case !live || gone[m.id]:
		if id, known := d.moves[m]; known {
			return answer(3, id)
		}
		return answer(1, "")
	}
	gone[m.id] = true
	for to, now := range after.entries[dst.ID] {
		if _, was := before.entries[dst.ID][to]; now.Item.ID == rec.Item.ID && !was {
			id := entryID(dst.ID, to)
			d.moves[m] = id
			d.carry(m, id, to)
			return answer(3, id)
		}
	}
	return nil, fmt.Errorf("it is not in %s", m.to)
}

// uidOf is the entry that an id means to the device.
func (d *device) uidOf(folder, id string) store.UID {
	if b := d.boxes[folder]; b != nil {
		if uid, named := b.names[id]; named {
			return uid
		}
		if it := b.state.items[id]; it != nil {
			return it.uid
		}
	}
	uid, _ := uidOf(folder, id)
	return uid
}

// carry takes what the device knows of an item along.
func (d *device) carry(m move, id string, uid store.UID) {
	from, to := d.boxes[m.from], d.boxes[m.to]
	it := from.state.items[m.id]
	if it == nil && from.prev != nil {
		it = from.prev.items[m.id]
	}
	floor := from.state.floor
	for _, s := range []*state{from.state, from.prev} {
		if s != nil {
			if had := s.items[m.id]; had != nil {
				floor = min(floor, s.floor, had.floor)
			} else if len(s.next) > 1 { // with one, the device has heard the answer that came after
				floor = min(floor, s.floor)
			}
			delete(s.items, m.id)
		}
	}
	if it == nil || to == nil {
		return
	}
	for _, s := range []*state{to.state, to.prev} {
		if s == nil || s.key == "0" {
			continue
		}
		copied := *it
		copied.uid, copied.shown, copied.floor, copied.behind = uid, maps.Clone(it.shown), min(it.floor, floor), true
		s.hold(id, &copied)
		s.leave[id] = true
	}
}
