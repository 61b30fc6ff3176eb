package model

import (
	"fmt"
	"maps"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// An added is an object that an Add of a device has made: one ClientId is one object, whatever it says later.
type added struct {
	text string // of the command
	id   string
	uid  string // of the object
}

// wishObject thinks of something to do with an object.
func (d *device) wishObject(b *box, id string) *command {
	w := d.w
	c := &command{op: "Change", id: id, class: b.class}
	switch n := w.rnd.IntN(12); {
	case n < 2:
		c.op = "Delete"
		return c.finish()
	case n < 3:
		c.op = "Fetch"
		return c.finish()
	}
	d.w.written++
	has := b.state.items[id].has
	if has["Rule"] != "" && d.version >= activesync.V160 && w.chance(2) {
		return d.wishInstance(c, has)
	}
	c.said = kinds[b.class].vary(w, d, has, d.w.written)
	return c.sayObject(d)
}

// wishInstance thinks of something to do with an occurrence.
func (d *device) wishInstance(c *command, has fields) *command {
	list := has.occurrences()
	c.instance = pick(d.w, list[:min(len(list), 6)])
	if d.w.chance(2) {
		c.op = "Delete"
		return c.finish()
	}
	c.said = d.w.someOccurrence(has, c.instance)
	return c.sayObject(d)
}

// addObject thinks of an object.
func (d *device) addObject(b *box) *command {
	d.ids++
	d.w.written++
	c := &command{op: "Add", id: fmt.Sprint("client", d.ids), class: b.class, said: kinds[b.class].invent(d.w, d.w.written)}
	if kinds[b.class].keyed && (d.version < activesync.V160 || d.w.chance(2)) {
		c.said["UID"] = fmt.Sprintf("object%d-of-%s@device", d.ids, d.name)
	}
	return c.sayObject(d)
}

// addAgain is an Add whose answer was lost with other content.
func (d *device) addAgain(c *command) *command {
	d.w.written++
	again := &command{op: "Add", id: c.id, class: c.class, said: kinds[c.class].invent(d.w, d.w.written)}
	if uid, said := c.said["UID"]; said {
		again.said["UID"] = uid
	}
	return again.sayObject(d)
}

// sayObject writes the command.
func (c *command) sayObject(d *device) *command {
	c.data = kinds[c.class].say(d.version, c.said)
	return c.finish()
}

// readBefore reads the objects that a request may change, while they are as they were.
func (w *world) readBefore(t *truth, q *syncRequest) error {
	for _, p := range q.parts {
		c, _ := t.folder(p.box.id)
		if len(p.commands) == 0 || kinds[c.Class] == nil {
			continue
		}
		for _, rec := range t.entries[c.ID] {
			if _, err := w.object(c.Class, rec.Item.Blob); err != nil {
				return err
			}
		}
	}
	return nil
}

// oneObject executes a command on an object, and looks whether the store shows what it should.
func (x *execution) oneObject(c *command, got *node) (status string, err error) {
	rec, live := x.before[x.uid(c.id)]
	switch {
	case c.op == "Fetch":
		_, live = x.entry(c.id, x.before)
	case c.op == "Add":
		return x.makeObject(c)
	case c.op == "Change" || c.instance != "":
		return x.changeObject(c, got)
	case c.op == "Delete":
		delete(x.state.items, c.id)
		if _, still := x.after[rec.UID]; live && still {
			return "", fmt.Errorf("it is still there")
		}
		return "1", nil
	}
	if !live {
		return "8", nil
	}
	return "1", nil
}

// entry is that of an item, be it another one now.
func (x *execution) entry(id string, list entries) (store.Record, bool) {
	rec, live := list[x.uid(id)]
	if it := x.state.items[id]; !live && it != nil && x.c.Class != store.Mail {
		return list.ofItem(it.item)
	}
	return rec, live
}

// change is what a command says of an object.
func (x *execution) said(c *command) *change {
	return &change{v: x.d.version, op: c.op, said: c.said, managed: x.box.managed, when: x.when, instance: c.instance}
}

// makeObject makes an object, or finds that it has been made.
func (x *execution) makeObject(c *command) (string, error) {
	was := x.state.added[c.id]
	if was != nil && was.text == c.text {
		return "1", nil
	}
	kind := kinds[c.class]
	has := kind.merge(x.said(c), fields{})
	want, there, err := x.known(c, has)
	if err != nil {
		return "", err
	}
	var rec store.Record
	if was != nil {
		before, live := x.before[x.uid(was.id)]
		if !live {
			return "8", nil
		}
		rec, live = x.now(before.Item.ID)
		if !live {
			return "", fmt.Errorf("it is gone")
		}
	} else {
		if rec, err = x.fresh(want[kind.title]); err != nil {
			return "", err
		}
	}
	id := entryID(x.c.ID, rec.UID)
	if was != nil {
		id = was.id
	}
	it := &item{uid: rec.UID, item: rec.Item.ID, shown: map[string]*node{}, has: has, floor: x.afterTruth.at, behind: true}
	if !there && was == nil { // else it is told what has become of it: what it said may come in another order
		it.know(rec, store.AllFacets)
		it.own = it.stamps
	}
	x.state.hold(id, it)
	x.state.leave[id] = true
	o, err := x.d.w.object(c.class, rec.Item.Blob)
	if err != nil {
		return "", err
	}
	x.state.added[c.id] = &added{c.text, id, o.uid}
	if rec.UID != 0 && id != entryID(x.c.ID, rec.UID) {
		x.box.names[id] = rec.UID
	}
	return "1", x.holdsObject(rec, want)
}

// hold gives the device an item, whichever of the answers it has heard.
func (s *state) hold(id string, it *item) {
	s.items[id] = it
	for _, later := range s.later {
		if later != nil && later.items[id] == nil {
			copied := *it
			later.items[id], later.leave[id] = &copied, true
		}
	}
}

// known is what becomes of an object that is added when one of that name is there already, as an invitation is that has
// come by itself: it is that one, and what the device does not say of it, it is told.
func (x *execution) known(c *command, has fields) (want fields, there bool, err error) {
	if c.said["UID"] == "" {
		return has, false, nil
	}
	for _, rec := range x.before {
		o, err := x.d.w.object(c.class, rec.Item.Blob)
		if err != nil {
			return nil, false, err
		}
		if o.uid == c.said["UID"] {
			return kinds[c.class].merge(x.said(c), o.f), true, nil
		}
	}
	return has, false, nil
}

// fresh is the entry of an object that was not there before.
func (x *execution) fresh(title string) (store.Record, error) {
	for uid, rec := range x.after {
		if _, before := x.before[uid]; before {
			continue
		}
		o, err := x.d.w.object(x.c.Class, rec.Item.Blob)
		if err != nil {
			return rec, err
		}
		if o.f[kinds[x.c.Class].title] == title {
			return rec, nil
		}
	}
	return store.Record{}, fmt.Errorf("no %q in the store", title)
}

// holdsObject looks whether the store holds what it should.
func (x *execution) holdsObject(rec store.Record, want fields) error {
	o, err := x.d.w.object(x.c.Class, rec.Item.Blob)
	if err == nil && !maps.Equal(o.f, want) {
		err = fmt.Errorf("the store has\n%q, want\n%q", o.f, want)
	}
	return err
}

// changeObject changes an object. Of one that somebody else has changed meanwhile one version stays as a whole; where the
// device wins, what it does not say of it is news.
func (x *execution) changeObject(c *command, got *node) (status string, err error) {
	it := x.state.items[c.id]
	rec, live := x.before[x.uid(c.id)]
	if it != nil && !live {
		if rec, live = x.before.ofItem(it.item); live && x.state.has(rec.UID) {
			live = false
		} else if live {
			it.uid, x.box.names[c.id], x.state.leave[c.id] = rec.UID, rec.UID, true
			it.comesAnew(x.state)
		}
	}
	if !live {
		return "8", nil
	}
	if it == nil {
		it = &item{uid: rec.UID}
	}
	old, err := x.d.w.object(x.c.Class, rec.Item.Blob)
	if err != nil {
		return "", err
	}
	if c.instance != "" {
		if status := refusesInstance(c, old.f); status != "1" {
			x.d.w.trail.add("(%s has no occurrence %s: %q)", c.id, c.instance, old.f)
			return status, nil
		}
	}
	must, may := it.news(x.d.version, rec)
	now, still := x.now(rec.Item.ID)
	if c.instance != "" && must == 0 && may != 0 && maps.Equal(kinds[c.class].merge(x.said(c), old.f), old.f) {
		return answeredWith(c, got), nil // it is as it should be, or was refused: nothing shows which
	}
	if !x.wins && (must != 0 || may != 0 && still && now.Item.Blob == rec.Item.Blob) {
		if !still || now.Item.Blob != rec.Item.Blob {
			return "", fmt.Errorf("an object that somebody else has changed was written over")
		}
		return "7", nil
	}
	if !still {
		return "", fmt.Errorf("it is gone")
	}
	want := kinds[c.class].merge(x.said(c), old.f)
	if it.has != nil {
		mine := x.said(c)
		mine.device = true
		it.has = kinds[c.class].merge(mine, it.has)
		if x.d.shows(c.class, it.has) != x.d.shows(c.class, want) {
			must = store.Content // it is told what has become of it
		}
	}
	x.wroteObject(c.id, it, rec, now, must, may)
	return "1", x.holdsObject(now, want)
}

// answeredWith is the status that an answer gives a command.
func answeredWith(c *command, got *node) string {
	for _, n := range got.all("AirSync:" + c.op) {
		if n.text("AirSync:ServerId") == c.id {
			return n.text("AirSync:Status")
		}
	}
	return "1"
}

// shows is what a device shows of an object.
func (d *device) shows(class store.Class, f fields) string {
	return el("", kinds[class].show(f, &shower{d.version, noOptions, true, ""})...).String()
}

// wroteObject lets the device know that it has changed an object, whose entry may be another now.
func (x *execution) wroteObject(id string, it *item, rec, now store.Record, must, may store.Facets) {
	if now.UID != rec.UID {
		it.uid, it.behind, x.box.names[id], x.state.leave[id] = now.UID, true, now.UID, true
	}
	for _, s := range []*state{x.box.state, x.box.prev} {
		if s != nil && s.items[id] != nil {
			it.floor = min(it.floor, s.floor, s.items[id].floor)
		}
	}
	if must != 0 || now.Item.Stamps[0] == rec.Item.Stamps[0] {
		return
	}
	if it.stamps[0] = now.Item.Stamps[0]; may == 0 {
		it.own[0] = now.Item.Stamps[0]
	}
}

// ofItem is the entry of an item.
func (e entries) ofItem(id store.ItemID) (store.Record, bool) {
	for _, rec := range e {
		if rec.Item.ID == id && id != 0 {
			return rec, true
		}
	}
	return store.Record{}, false
}

// respondObject writes what the answer says of an Add.
func (x *execution) respondObject(c *command, status string) {
	n := el("AirSync:Add", leaf("AirSync:ClientId", c.id))
	if status == "1" {
		n.add(leaf("AirSync:ServerId", x.state.added[c.id].id))
	}
	n.add(leaf("AirSync:Status", status))
	if status == "1" && c.class == store.Calendar && x.d.version >= activesync.V160 {
		n.add(el("AirSync:ApplicationData", leaf("Calendar:UID", x.state.added[c.id].uid)))
	}
	x.want = append(x.want, n)
}

// entryOf is the entry that an item is now. An object that somebody else has given another place in its collection has
// another one, and the device goes on with it under the id that it knows, if it has it by every answer that it may have
// heard.
func (v *view) entryOf(id string, it *item) (store.Record, bool) {
	rec, live := v.live[it.uid]
	if live || v.c.Class == store.Mail {
		return rec, live
	}
	if v.base != nil {
		for _, key := range v.base.next {
			if s := v.base.later[key]; s != nil && s.items[id] == nil {
				return store.Record{}, false
			}
		}
	}
	if rec, live = v.live.ofItem(it.item); live && v.base != nil && v.base.has(rec.UID) {
		return store.Record{}, false // it has that by another id
	}
	return rec, live
}

// adopt lets the device go on with entries that have taken the place of those that it has.
func (v *view) adopt(b *box, s *state) {
	for id, it := range s.items {
		if rec, live := v.entryOf(id, it); live && rec.UID != it.uid {
			it.uid, b.names[id], s.leave[id] = rec.UID, rec.UID, true
			it.comesAnew(s)
		}
	}
}

// comesAnew notes that an item has another entry: it comes in its turn, and the device may be told again what it said
// itself.
func (it *item) comesAnew(s *state) {
	it.floor, it.behind, it.own = min(it.floor, s.floor), true, [store.NumFacets]store.ModSeq{}
}

// rename lets a state know what became of entries while the device had another.
func (b *box) rename(s *state) {
	for id, uid := range b.names {
		if it := s.items[id]; it != nil && it.uid != uid {
			it.uid, s.leave[id] = uid, true
			it.comesAnew(s)
		}
	}
}
