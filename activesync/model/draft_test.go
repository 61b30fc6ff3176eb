package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A draftWish is what a device says of a draft: an empty To is not said.
type draftWish struct {
	subject, to, text string
	file              string // a file that is added; empty: none
	send              bool
}

func (d *draftWish) elements() []*node {
	list := []*node{given("Email:To", d.to), leaf("Email:Subject", d.subject),
		el("AirSyncBase:Body", leaf("AirSyncBase:Type", 1), leaf("AirSyncBase:Data", d.text))}
	if d.file != "" {
		list = append(list, el("AirSyncBase:Attachments", el("AirSyncBase:Add", leaf("AirSyncBase:ClientId", "f"+d.file),
			leaf("AirSyncBase:Content", "content of "+d.file), leaf("AirSyncBase:DisplayName", d.file), leaf("AirSyncBase:Method", 1))))
	}
	if d.send {
		list = append(list, el("Email2:Send"))
	}
	return list
}

// draftTo is whom drafts are for.
const draftTo = "bob@outside.test"

// writeSome writes, changes or sends a draft.
func (d *device) writeSome() error {
	var id string
	for folder, f := range d.tree.folders {
		if f.kind == 3 {
			id = folder
		}
	}
	if d.version < activesync.V160 || id == "" {
		return d.someSync()
	}
	p := d.somePart(id)
	if p.key == "0" || p.box.state.asked > 2 {
		return d.someSync()
	}
	d.ids++
	wish := &draftWish{subject: fmt.Sprintf("draft %d of %s", d.ids, d.name), text: fmt.Sprintf("Text %d.\r\n", d.ids), send: d.w.chance(3)}
	if !d.w.chance(6) {
		wish.to = draftTo
	}
	c := &command{op: "Add", id: fmt.Sprint("client", d.ids), draft: wish}
	if free := p.box.state.free(p.commands); len(free) > 0 && d.w.chance(2) {
		c.op, c.id = "Change", pick(d.w, free)
	} else if d.w.chance(3) {
		wish.file = fmt.Sprintf("file%d.txt", d.ids)
	}
	p.commands = append(p.commands, c.finish())
	return d.sync(&syncRequest{parts: []*part{p}})
}

// add makes a draft, or finds that it has been made.
func (x *execution) add(c *command, got *node) (status string, err error) {
	if id, made := x.state.made[c.id]; made {
		if id == unheard {
			x.madeDraft(c, x.answered(c, got), 0)
		}
		return "1", nil
	}
	if c.draft.send && c.draft.to == "" {
		return "183", nil
	}
	if c.draft.send {
		x.d.w.sent.add(c.draft.subject)
		x.madeDraft(c, x.answered(c, got), 0)
		return "1", nil
	}
	for uid, rec := range x.after {
		if _, before := x.before[uid]; before {
			continue
		}
		m, err := x.d.w.message(rec.Item.Blob)
		if err != nil {
			return "", err
		}
		if m.subject != c.draft.subject {
			continue
		}
		if rec.Item.Flags&(store.Draft|store.Seen) != store.Draft|store.Seen {
			return "", fmt.Errorf("draft with flags %b", rec.Item.Flags)
		}
		x.madeDraft(c, entryID(x.c.ID, uid), uid)
		return "1", x.holds(c.draft, m)
	}
	return "", fmt.Errorf("no draft %q in the store", c.draft.subject)
}

// unheard is the id of a draft whose answer nobody has heard.
const unheard = "?"

// answered is the id that an answer gives a draft.
func (x *execution) answered(c *command, got *node) string {
	for _, n := range got.all("AirSync:Add") {
		if n.text("AirSync:ClientId") == c.id {
			return n.text("AirSync:ServerId")
		}
	}
	return unheard
}

// madeDraft notes that the device has a draft. One that has been sent is gone, which the device is told.
func (x *execution) madeDraft(c *command, id string, uid store.UID) {
	x.state.made[c.id] = id
	if id == unheard {
		return
	}
	if uid == 0 {
		uid, _ = uidOf(x.box.id, id)
	}
	it := &item{uid: uid, shown: map[string]*node{}, floor: x.afterTruth.at, behind: true}
	x.state.items[id] = it
	x.knowAll(it, x.after[uid])
}

// knowAll lets the device know all of what it has written itself.
func (x *execution) knowAll(it *item, rec store.Record) {
	it.uid, it.item = rec.UID, rec.Item.ID
	it.know(rec, store.AllFacets)
	it.own = it.stamps
	if rec.UID == 0 {
		return
	}
	if data, err := x.d.w.email(x.d.version, x.box.options, rec, false); err == nil {
		clear(it.shown)
		it.show(data)
	}
}

// holds reports whether a message is what a device wrote.
func (x *execution) holds(d *draftWish, m *message) error {
	switch {
	case m.subject != d.subject, strings.TrimRight(m.text, "\r\n") != strings.TrimRight(d.text, "\r\n"):
		return fmt.Errorf("draft holds %q %q, want %q %q", m.subject, m.text, d.subject, d.text)
	case d.to != "" && addresses(m.to) != d.to:
		return fmt.Errorf("draft is to %q, want %q", addresses(m.to), d.to)
	case d.file != "" && (len(m.files) == 0 || string(m.files[len(m.files)-1].data) != "content of "+d.file):
		return fmt.Errorf("draft holds the files %v, want %s", m.files, d.file)
	}
	return nil
}

// respondAdd writes what the answer says of a draft that was made.
func (x *execution) respondAdd(c *command, status string, got *node) error {
	n := el("AirSync:Add", leaf("AirSync:ClientId", c.id))
	id := x.state.made[c.id]
	if status == "1" && id != unheard {
		n.add(leaf("AirSync:ServerId", id))
	}
	n.add(leaf("AirSync:Status", status))
	x.want = append(x.want, n)
	uid, _ := uidOf(x.box.id, id)
	if it := x.state.items[id]; it != nil {
		uid = it.uid
	}
	rec, live := x.after[uid]
	if was, known := x.before[uid]; known && !live { // the device that repeats the Add has also written it anew
		if rec, live = x.now(was.Item.ID); !live { // or removed it, behind the Add
			rec, live = was, true
		}
	}
	if status != "1" || !live {
		return nil
	}
	data := el("AirSync:ApplicationData")
	if c.draft.file != "" {
		m, err := x.d.w.message(rec.Item.Blob)
		if err != nil {
			return err
		}
		if f, ok := m.file(c.draft.file); ok {
			data.add(el("AirSyncBase:Attachments", el("AirSyncBase:Attachment",
				leaf("AirSyncBase:ClientId", "f"+c.draft.file), leaf("AirSyncBase:FileReference", reference(rec.Item.ID, f)))))
		}
	}
	n.add(data.add(&node{name: "Email2:ConversationId", learn: fmt.Sprint("thread ", rec.Item.Thread)},
		&node{name: "Email2:ConversationIndex", learn: fmt.Sprint("index ", rec.Item.ID, rec.Item.Blob)}))
	return nil
}

func (m *message) file(name string) (file, bool) {
	for _, f := range m.files {
		if f.name == name {
			return f, true
		}
	}
	return file{}, false
}

// respondFiles is for a Change that adds files, which devices here do not.
func (x *execution) respondFiles(*command, *node) error { return nil }

// changeDraft writes a draft anew, or sends it. It is then another entry, under the id that this device knows.
func (x *execution) changeDraft(c *command, rec store.Record, got *node) (status string, err error) {
	it := x.state.items[c.id]
	if it == nil {
		it = &item{uid: rec.UID, shown: map[string]*node{}}
	}
	old, err := x.d.w.message(rec.Item.Blob)
	if err != nil {
		return "", err
	}
	to := c.draft.to
	if to == "" {
		to = addresses(old.to)
	}
	news, _ := it.news(x.d.version, rec)
	now, still := x.now(rec.Item.ID)
	switch {
	case c.draft.send && to == "":
		return "183", nil
	case news&store.Content != 0 && !x.wins:
		if !still || now.Item.Blob != rec.Item.Blob {
			return "", fmt.Errorf("a draft that somebody else has changed was written over")
		}
		return "7", nil
	case c.draft.send:
		if still {
			return "", fmt.Errorf("a draft that was sent is still there")
		}
		x.d.w.sent.add(c.draft.subject)
		return "1", nil
	case !still:
		return "", fmt.Errorf("the draft is gone")
	}
	m, err := x.d.w.message(now.Item.Blob)
	if err != nil {
		return "", err
	}
	return "1", errors.Join(x.wrote(c.id, it, now, news&store.Content != 0), x.holds(c.draft, m))
}

// wrote lets the device know the content that it has written itself; what others have marked meanwhile is still news.
// With strange the content that it went on from was somebody else's, and is told.
func (x *execution) wrote(id string, it *item, now store.Record, strange bool) error {
	if it.uid, it.behind = now.UID, true; !strange {
		it.stamps[0], it.own[0] = now.Item.Stamps[0], now.Item.Stamps[0]
	}
	for _, s := range []*state{x.box.state, x.box.prev} {
		if s != nil && s.items[id] != nil {
			it.floor = min(it.floor, s.floor, s.items[id].floor)
		}
	}
	data, err := x.d.w.email(x.d.version, x.box.options, now, false)
	it.show(slices.DeleteFunc(data, func(n *node) bool {
		return toldFacets(el("", n))&^store.Content != 0 || n.name == "Email2:LastVerbExecutionTime"
	}))
	return err
}

// adopt finds a draft that somebody else has written anew: the device goes on with it under the id that it knows.
func (x *execution) adopt(it *item) (store.Record, bool) {
	for uid, rec := range x.before {
		if rec.Item.ID == it.item && !x.state.has(uid) {
			it.uid = uid
			return rec, true
		}
	}
	return store.Record{}, false
}

// now is where an item is in the folder after the request.
func (x *execution) now(id store.ItemID) (store.Record, bool) {
	for _, rec := range x.after {
		if rec.Item.ID == id {
			return rec, true
		}
	}
	return store.Record{}, false
}
