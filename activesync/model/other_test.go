package model

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// primed are the folders that the device has begun to synchronise.
func (d *device) primed() (list []string) {
	for _, id := range d.all() {
		if b := d.boxes[id]; b != nil && b.state.key != "0" {
			list = append(list, id)
		}
	}
	return list
}

// estimateSome asks how much there is to be told of a folder, and often looks whether that is so.
func (d *device) estimateSome() error {
	w := d.w
	ids := d.primed()
	if len(ids) == 0 {
		return nil
	}
	b := d.boxes[pick(w, ids)]
	c := el("GetItemEstimate:Collection")
	if d.version < activesync.V140 {
		c.add(leaf("GetItemEstimate:Class", b.className()))
	}
	c.add(leaf("AirSync:SyncKey", b.state.key), leaf("GetItemEstimate:CollectionId", b.id))
	now := w.now()
	a, err := d.ask("GetItemEstimate", el("GetItemEstimate:GetItemEstimate", el("GetItemEstimate:Collections", c))).send()
	if err != nil {
		return err
	}
	t, err := w.truth()
	if err != nil {
		return err
	}
	folder, there := t.folder(b.id)
	if !there {
		return w.expect(a, el("GetItemEstimate:GetItemEstimate", el("GetItemEstimate:Response", leaf("GetItemEstimate:Status", 2))))
	}
	v := w.view(t, d.version, folder, b.options, now)
	v.base = b.state
	count := a.doc.text("GetItemEstimate:Response", "GetItemEstimate:Collection", "GetItemEstimate:Estimate")
	if owed := v.owed(b.state); !v.lenient(b.state) && count != fmt.Sprint(len(owed)) {
		return fmt.Errorf("estimate of %s, to be told: %v", count, owed)
	}
	told := el("GetItemEstimate:Collection")
	if d.version < activesync.V140 {
		told.add(leaf("GetItemEstimate:Class", b.className()))
	}
	told.add(leaf("GetItemEstimate:CollectionId", b.id), leaf("GetItemEstimate:Estimate", count))
	err = w.expect(a, el("GetItemEstimate:GetItemEstimate", el("GetItemEstimate:Response", leaf("GetItemEstimate:Status", 1), told)))
	if err != nil || w.chance(2) || len(b.pending) > 0 {
		return err
	}
	return d.keepsWord(b, count)
}

// keepsWord looks whether a folder is told as many commands as were estimated.
func (d *device) keepsWord(b *box, count string) error {
	w := d.w
	w.calm = true
	defer func() { w.calm = false }()
	before := w.count.commands
	for key := ""; b.state.key != key; {
		key = b.state.key
		if err := d.sync(&syncRequest{parts: []*part{{box: b, key: key, window: 1 + w.rnd.IntN(40)}}}); err != nil {
			return err
		}
	}
	if told := fmt.Sprint(w.count.commands - before); told != count {
		return fmt.Errorf("%s commands were estimated in %s, %s came", count, b.id, told)
	}
	return nil
}

// operateSome fetches something, or empties a folder.
func (d *device) operateSome() error {
	if d.version < activesync.V120 {
		return d.getAttachment()
	}
	switch d.w.rnd.IntN(6) {
	case 0:
		return d.emptyFolder()
	case 1, 2:
		return d.fetchFile()
	}
	return d.fetchItem()
}

// operated is the answer to one operation.
func operated(n *node) *node {
	return el("ItemOperations:ItemOperations", leaf("ItemOperations:Status", 1), el("ItemOperations:Response", n))
}

func (d *device) fetchItem() error {
	w := d.w
	folder, id := d.someItem(d.all())
	if id == "" {
		return nil
	}
	o := options{limit: pick(w, []int{unasked, whole, 50}), mime: w.chance(3), truncate: -1}
	o.mime = o.mime && o.limit != unasked && d.boxes[folder].class == store.Mail
	fetch := el("ItemOperations:Fetch", leaf("ItemOperations:Store", "Mailbox"), leaf("AirSync:CollectionId", folder), leaf("AirSync:ServerId", id))
	if o.limit != unasked {
		asked := o.element(d.version, d.boxes[folder].class)
		asked.name = "ItemOperations:Options"
		asked.kids = slices.DeleteFunc(asked.kids, func(n *node) bool { return n.name == "AirSync:FilterType" || n.name == "AirSync:Conflict" })
		fetch.add(asked)
	}
	a, err := d.ask("ItemOperations", el("ItemOperations:ItemOperations", fetch)).send()
	if err != nil {
		return err
	}
	t, err := w.truth()
	if err != nil {
		return err
	}
	c, _ := t.folder(folder)
	rec, live := t.entries[c.ID][d.uidOf(folder, id)]
	if !live {
		return w.expect(a, operated(el("ItemOperations:Fetch", leaf("ItemOperations:Status", 6), leaf("AirSync:CollectionId", folder), leaf("AirSync:ServerId", id))))
	}
	all := o.limit == unasked
	if all { // who says nothing of bodies gets the kind that Sync gives it
		o.mime = d.boxes[folder].options.mime
	}
	data, err := w.render(d.version, c.Class, o, rec, all)
	if err != nil {
		return err
	}
	return w.expect(a, operated(el("ItemOperations:Fetch", leaf("ItemOperations:Status", 1), leaf("AirSync:CollectionId", folder), leaf("AirSync:ServerId", id),
		leaf("AirSync:Class", d.boxes[folder].className()), el("ItemOperations:Properties", data...))))
}

// someFile is a file of an item that the device has, if there is one; live says whether the item still exists.
func (d *device) someFile() (ref string, f file, live bool, err error) {
	t, err := d.w.truth()
	if err != nil {
		return "", f, false, err
	}
	for _, id := range d.primed() {
		c, _ := t.folder(id)
		if c.Class != store.Mail {
			continue
		}
		for _, rec := range t.entries[c.ID] {
			m, err := d.w.message(rec.Item.Blob)
			if err != nil {
				return "", f, false, err
			}
			if len(m.files) > 0 && d.w.chance(3) {
				return reference(rec.Item.ID, m.files[0]), m.files[0], true, nil
			}
		}
	}
	return "i999999:2", f, false, nil
}

func (d *device) fetchFile() error {
	ref, f, live, err := d.someFile()
	if err != nil {
		return err
	}
	a, err := d.ask("ItemOperations", el("ItemOperations:ItemOperations", el("ItemOperations:Fetch",
		leaf("ItemOperations:Store", "Mailbox"), leaf("AirSyncBase:FileReference", ref)))).send()
	if err != nil {
		return err
	}
	if !live {
		return d.w.expect(a, operated(el("ItemOperations:Fetch", leaf("ItemOperations:Status", 15), leaf("AirSyncBase:FileReference", ref))))
	}
	return d.w.expect(a, operated(el("ItemOperations:Fetch", leaf("ItemOperations:Status", 1), leaf("AirSyncBase:FileReference", ref),
		el("ItemOperations:Properties", leaf("AirSyncBase:ContentType", f.kind), leaf("ItemOperations:Data", base64.StdEncoding.EncodeToString(f.data))))))
}

// getAttachment is fetchFile in 2.5.
func (d *device) getAttachment() error {
	ref, f, live, err := d.someFile()
	if err != nil {
		return err
	}
	r := &request{d: d, cmd: "GetAttachment", args: url.Values{"AttachmentName": {ref}}}
	a, err := r.send()
	switch {
	case err != nil:
		return err
	case live != (a.code == 200):
		return fmt.Errorf("%s: HTTP %d, it is there: %v", ref, a.code, live)
	case live && string(a.body) != string(f.data):
		return fmt.Errorf("%s: got %q, want %q", ref, a.body, f.data)
	}
	return nil
}

// emptyFolder empties a folder of no great use.
func (d *device) emptyFolder() error {
	w := d.w
	id := pick(w, d.all())
	if kind := d.tree.folders[id].kind; kind != 4 && kind < 12 || d.tree.folders[id].name == "Work" {
		return nil
	}
	a, err := d.ask("ItemOperations", el("ItemOperations:ItemOperations",
		el("ItemOperations:EmptyFolderContents", leaf("AirSync:CollectionId", id)))).send()
	if err != nil {
		return err
	}
	t, err := w.truth()
	if err != nil {
		return err
	}
	c, there := t.folder(id)
	status := map[bool]int{true: 1, false: 6}[there]
	if len(t.entries[c.ID]) > 0 {
		return fmt.Errorf("%d items left in %s", len(t.entries[c.ID]), id)
	}
	return w.expect(a, operated(el("ItemOperations:EmptyFolderContents", leaf("ItemOperations:Status", status), leaf("AirSync:CollectionId", id))))
}

// pingSome waits for news of some folders.
func (d *device) pingSome() error {
	w := d.w
	var ids []string
	for _, id := range d.primed() {
		b := d.boxes[id] // the server takes it that its last answer was heard
		if w.chance(2) && len(b.state.next) == 0 && (b.prev == nil || len(b.prev.next) < 2) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	folders := el("Ping:Folders")
	for _, id := range ids {
		folders.add(el("Ping:Folder", leaf("Ping:Id", id), leaf("Ping:Class", d.boxes[id].className())))
	}
	now := w.now()
	c := d.ask("Ping", el("Ping:Ping", leaf("Ping:HeartbeatInterval", 300), folders)).begin()
	w.count.requests++
	early := c.answered()
	edited := false
	if !early && w.chance(2) {
		edited = true
		if err := w.edit(); err != nil {
			return err
		}
	}
	a, err := c.end()
	if err != nil {
		return err
	}
	t, err := w.truth()
	if err != nil {
		return err
	}
	if a.doc.text("Ping:Status") == "7" {
		if _, _, err := d.tree.answer(t.shown(d.version), t.at, reply{doc: el("", el("FolderHierarchy:Changes"))}); err == nil {
			return fmt.Errorf("the tree has changed, says Ping")
		}
		return w.expect(a, el("Ping:Ping", leaf("Ping:Status", 7)))
	}
	must, may := d.pingNews(t, ids, now)
	var told []string
	for _, n := range a.doc.at("Ping:Folders").all("Ping:Folder") {
		told = append(told, n.text())
	}
	for _, id := range ids {
		if is := slices.Contains(told, id); is && !may[id] || !is && must[id] && !edited {
			return fmt.Errorf("Ping tells %v (at once: %v), news are in %v, may be in %v", told, early, must, may)
		}
	}
	want := el("Ping:Ping", leaf("Ping:Status", 1))
	if len(told) > 0 {
		want = el("Ping:Ping", leaf("Ping:Status", 2), el("Ping:Folders"))
		for _, id := range told {
			want.at("Ping:Folders").add(leaf("Ping:Folder", id))
		}
	} else if len(must) > 0 {
		return fmt.Errorf("Ping ends without news, which are in %v", must)
	}
	return w.expect(a, want)
}

// pingNews are the folders for which a device must be woken, and those for which it may. What grows too old wakes nobody.
func (d *device) pingNews(t *truth, ids []string, now time.Time) (must, may map[string]bool) {
	must, may = map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		c, there := t.folder(id)
		if !there {
			continue
		}
		b := d.boxes[id]
		v := d.w.view(t, d.version, c, b.options, now)
		v.base = b.state
		for _, op := range v.owed(b.state) {
			may[id] = true
			if op != "SoftDelete" {
				must[id] = true
			}
		}
		if v.lenient(b.state) {
			may[id] = true
		}
	}
	return must, may
}

// emptySync repeats the last Sync without saying what.
func (d *device) emptySync() error {
	w := d.w
	if d.cache == nil || d.version < activesync.V121 {
		return nil
	}
	q := &syncRequest{empty: true, window: d.cache.window, heartbeat: d.cache.heartbeat}
	stale := false
	for _, p := range d.cache.parts {
		stale = stale || p.box.state.key != p.key || len(p.box.state.next) > 0 || d.boxes[p.box.id] != p.box
		q.parts = append(q.parts, &part{box: p.box, key: p.key, window: p.window, noChanges: p.noChanges, destroy: p.destroy})
	}
	if stale || q.heartbeat > 0 {
		return nil
	}
	x, err := d.begin(q)
	if err != nil {
		return err
	}
	r := d.ask("Sync", nil)
	a, err := x.wait(r)
	if err != nil {
		return err
	}
	if x.after, err = w.truth(); err != nil {
		return err
	}
	if a.doc != nil && a.doc.text("AirSync:Status") == "13" { // it may, if a key of before is known to it
		return w.expect(a, el("AirSync:Sync", leaf("AirSync:Status", 13)))
	}
	if err := x.check(a); err != nil {
		return err
	}
	x.conclude(true, false)
	return nil
}
