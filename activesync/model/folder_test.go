package model

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// A tree is what a device knows of the folders.
type tree struct {
	key     string
	folders map[string]folder
	used    map[string]bool
	at      store.ModSeq            // as of which it knows the tree
	own     map[string]store.ModSeq // its own changes, which it is not told
	done    map[string]*folderDone  // its changes under this key, by what they say
	next    []string
}

// A folder is one as a device shows it.
type folder struct {
	parent, name string
	kind         int
}

// A folderDone is a change that the server has made.
type folderDone struct {
	want *node  // the answer
	know func() // what the device knows once it has the answer
}

func newTree() *tree {
	return &tree{key: "0", folders: map[string]folder{}, used: map[string]bool{}, own: map[string]store.ModSeq{}, done: map[string]*folderDone{}}
}

// folderTypes are those of folders with a role, userTypes all others. MS-ASCMD, Type (FolderSync).
var (
	folderTypes = map[store.Role]int{
		store.Inbox: 2, store.Drafts: 3, store.Trash: 4, store.Sent: 5, store.Outbox: 6, store.MainTasks: 7, store.MainCal: 8, store.MainCards: 9, store.MainNotes: 10,
	}
	userTypes = map[store.Class]int{store.Mail: 12, store.Contacts: 14, store.Calendar: 13, store.Tasks: 15, store.Notes: 17}
)

// isMail reports whether a folder of that type holds mail.
func isMail(kind int) bool { return kind >= 2 && kind <= 6 || kind == 12 }

// class is what a folder holds.
func (f folder) class() store.Class {
	if isMail(f.kind) {
		return store.Mail
	}
	for class, kind := range userTypes {
		if f.kind == kind {
			return class
		}
	}
	return map[int]store.Class{7: store.Tasks, 8: store.Calendar, 9: store.Contacts, 10: store.Notes}[f.kind]
}

func folderOf(c store.Collection) folder {
	f := folder{parent: folderID(c.Parent), name: c.Name, kind: folderTypes[c.Role]}
	if f.kind == 0 {
		f.kind = userTypes[c.Class]
	}
	return f
}

func (f folder) elements(id string) []*node {
	return []*node{leaf("FolderHierarchy:ServerId", id), leaf("FolderHierarchy:ParentId", f.parent),
		leaf("FolderHierarchy:DisplayName", f.name), leaf("FolderHierarchy:Type", f.kind)}
}

// folderSync asks for the changes of the tree.
func (d *device) folderSync() error {
	if d.tree.key != "0" && d.w.chance(80) {
		d.tree = &tree{key: "0", folders: map[string]folder{}, used: d.tree.used, own: map[string]store.ModSeq{}, done: map[string]*folderDone{}}
	}
	r := d.ask("FolderSync", el("FolderHierarchy:FolderSync", leaf("FolderHierarchy:SyncKey", d.tree.key)))
	if !d.w.calm && d.w.chance(40) {
		return r.refuse()
	}
	key := d.tree.key
	a, err := r.send()
	if err != nil {
		return err
	}
	t, err := d.w.truth()
	if err != nil {
		return err
	}
	next, want, err := d.tree.answer(t.shown(d.version), t.at, a)
	if err != nil {
		return err
	}
	if err := d.w.expect(a, want); err != nil {
		return err
	}
	if !d.w.arrives() {
		d.repeat = d.folderSync
		return nil
	}
	if key == "0" {
		for id := range d.boxes { // what is in a folder that is gone is gone too
			if _, there := next.folders[id]; !there {
				delete(d.boxes, id)
			}
		}
	}
	d.tree = next
	return nil
}

// answer is the tree as it is after an answer, and the answer as it must be.
func (tr *tree) answer(shown []store.Collection, at store.ModSeq, a reply) (*tree, *node, error) {
	next := *tr
	next.folders, next.own, next.done = maps.Clone(tr.folders), maps.Clone(tr.own), tr.done
	live := map[string]store.Collection{}
	for _, c := range shown {
		live[folderID(c.ID)] = c
	}
	changes := el("FolderHierarchy:Changes")
	if err := next.apply(a.doc.at("FolderHierarchy:Changes"), live, tr, changes); err != nil {
		return nil, nil, err
	}
	for id, c := range live {
		if f, known := next.folders[id]; !known || f != folderOf(c) {
			return nil, nil, fmt.Errorf("folder %s is not told: %v, the device has %v", id, folderOf(c), f)
		}
	}
	for id := range next.folders {
		if _, there := live[id]; !there {
			return nil, nil, fmt.Errorf("folder %s is gone, which is not told", id)
		}
	}
	changes.kids = append([]*node{leaf("FolderHierarchy:Count", len(changes.kids))}, changes.kids...)
	key := a.doc.text("FolderHierarchy:SyncKey")
	switch told := len(changes.kids) > 1; {
	case told && (key == tr.key || tr.used[key] && !slices.Contains(tr.next, key) && tr.key != "0"):
		return nil, nil, fmt.Errorf("key %s again", key)
	case !told && key != tr.key:
		return nil, nil, fmt.Errorf("key %s with nothing told", key)
	case told:
		next.key, next.at, next.done, next.next = key, at, map[string]*folderDone{}, nil
		tr.next = append(tr.next, key)
	}
	next.used[key] = true
	return &next, el("FolderHierarchy:FolderSync", leaf("FolderHierarchy:Status", 1), leaf("FolderHierarchy:SyncKey", key), changes), nil
}

// apply takes over the changes, each of which must be one, and writes them.
func (tr *tree) apply(got *node, live map[string]store.Collection, before *tree, want *node) error {
	if got == nil {
		return fmt.Errorf("no Changes")
	}
	for _, n := range got.kids {
		id := n.text("FolderHierarchy:ServerId")
		_, known := tr.folders[id]
		c, there := live[id]
		switch n.name {
		case "FolderHierarchy:Count":
			continue
		case "FolderHierarchy:Delete":
			if !known || there {
				return fmt.Errorf("Delete of folder %s; known: %v, there: %v", id, known, there)
			}
			delete(tr.folders, id)
			want.add(el(n.name, leaf("FolderHierarchy:ServerId", id)))
			continue
		case "FolderHierarchy:Add":
			if known || !there {
				return fmt.Errorf("Add of folder %s; known: %v, there: %v", id, known, there)
			}
			if _, parent := tr.folders[folderID(c.Parent)]; c.Parent != 0 && !parent {
				return fmt.Errorf("folder %s comes before its parent", id)
			}
		case "FolderHierarchy:Update":
			own := before.own[id] == c.ModSeq
			if !known || !there || own || c.ModSeq <= before.at {
				return fmt.Errorf("Update of folder %s; known: %v, there: %v, own: %v", id, known, there, own)
			}
		}
		tr.folders[id] = folderOf(c)
		want.add(el(n.name, folderOf(c).elements(id)...))
	}
	return nil
}

// editFolder creates, renames, moves or removes a folder.
func (d *device) editFolder() error {
	w := d.w
	cmd := pick(w, []string{"FolderCreate", "FolderCreate", "FolderUpdate", "FolderDelete"})
	doc := el("FolderHierarchy:"+cmd, leaf("FolderHierarchy:SyncKey", d.tree.key))
	id, parent := pick(w, d.all()), "0"
	if w.chance(2) {
		parent = pick(w, slices.DeleteFunc(d.all(), func(id string) bool { return d.tree.folders[id].class() == store.Notes }))
	}
	name := pick(w, []string{"Alpha", "Βήτα", "Gamma & Söhne", "二", fmt.Sprint("folder ", w.rnd.IntN(9))})
	if cmd != "FolderCreate" {
		doc.add(leaf("FolderHierarchy:ServerId", id))
	}
	if cmd != "FolderDelete" {
		doc.add(leaf("FolderHierarchy:ParentId", parent), leaf("FolderHierarchy:DisplayName", name))
	}
	if cmd == "FolderCreate" {
		if len(d.tree.folders) > 18 {
			return nil
		}
		kind := 12
		if w.chance(2) {
			kind = pick(w, []int{13, 13, 14, 15, 17})
		}
		if kind == userTypes[store.Notes] && d.version < shownSince[store.Notes] {
			return nil
		}
		doc.add(leaf("FolderHierarchy:Type", kind))
	}
	return d.sendFolder(cmd, doc, id, parent, name)
}

// sendFolder makes the change, and makes it again when there is no answer.
func (d *device) sendFolder(cmd string, doc *node, id, parent, name string) error {
	w := d.w
	before, err := w.truth()
	if err != nil {
		return err
	}
	a, err := d.ask(cmd, doc).send()
	if err != nil {
		return err
	}
	after, err := w.truth()
	if err != nil {
		return err
	}
	root := "FolderHierarchy:" + cmd
	made := d.tree.done[doc.String()]
	if made == nil {
		status := folderStatus(before, cmd, id, parent, name)
		if status != 1 {
			if err := w.expect(a, el(root, leaf("FolderHierarchy:Status", status))); err != nil {
				return err
			}
			if after.at != before.at {
				return fmt.Errorf("%s was refused, but did something", cmd)
			}
			return nil
		}
		if made, err = d.madeFolder(cmd, a, before, after, id, parent, name); err != nil {
			return err
		}
		d.tree.done = map[string]*folderDone{doc.String(): made} // the server remembers the last one
	}
	if err := w.expect(a, made.want); err != nil {
		return err
	}
	if !w.arrives() {
		key := d.tree.key
		d.repeat = func() error {
			if d.tree.key != key {
				return nil // it has gone on, and knows what has become of it
			}
			return d.sendFolder(cmd, doc, id, parent, name)
		}
		return nil
	}
	made.know()
	d.tree.key, d.tree.done, d.tree.next = made.want.text("FolderHierarchy:SyncKey"), map[string]*folderDone{}, nil
	return nil
}

// folderStatus is what becomes of a change of the tree.
func folderStatus(t *truth, cmd, id, parent, name string) int {
	c, there := t.folder(id)
	_, above := t.folder(parent)
	taken := slices.ContainsFunc(t.tree, func(o store.Collection) bool {
		return folderID(o.Parent) == parent && o.Name == name && (cmd == "FolderCreate" || o.ID != c.ID)
	})
	switch {
	case cmd != "FolderCreate" && !there:
		return 4
	case cmd == "FolderDelete" && (c.Role != "" || t.special(c.ID)):
		return 3
	case cmd == "FolderDelete":
		return 1
	case cmd == "FolderUpdate" && c.Role != "":
		return 2
	case parent != "0" && !above:
		return 5
	case taken:
		return 2
	case cmd == "FolderUpdate" && t.within(parent, id):
		return 10
	}
	return 1
}

// special reports whether something below a folder has a role.
func (t *truth) special(id store.CollectionID) bool {
	for _, c := range t.folders {
		if c.Role != "" && c.ID != id && t.within(folderID(c.ID), folderID(id)) {
			return true
		}
	}
	return false
}

// within reports whether a folder is another one or below it.
func (t *truth) within(id, above string) bool {
	for id != "0" {
		if id == above {
			return true
		}
		c, ok := t.folder(id)
		if !ok {
			return false
		}
		id = folderID(c.Parent)
	}
	return false
}

// madeFolder is the answer to a change that was made; the device knows of it.
func (d *device) madeFolder(cmd string, a reply, before, after *truth, id, parent, name string) (*folderDone, error) {
	key := a.doc.text("FolderHierarchy:SyncKey")
	if key == "" || d.tree.used[key] {
		return nil, fmt.Errorf("key %q again", key)
	}
	d.tree.used[key] = true
	want := el("FolderHierarchy:"+cmd, leaf("FolderHierarchy:Status", 1), leaf("FolderHierarchy:SyncKey", key))
	if cmd == "FolderDelete" {
		if _, still := after.folder(id); still {
			return nil, fmt.Errorf("folder %s is still there", id)
		}
		return &folderDone{want: want, know: func() {
			delete(d.tree.folders, id)
			delete(d.boxes, id)
		}}, nil
	}
	if cmd == "FolderCreate" {
		for _, c := range after.folders {
			if _, was := before.folder(folderID(c.ID)); !was {
				id = folderID(c.ID)
			}
		}
		want.add(leaf("FolderHierarchy:ServerId", id))
	}
	c, _ := after.folder(id)
	if c.Name != name || folderID(c.Parent) != parent {
		return nil, fmt.Errorf("folder %s is %q in %s, want %q in %s", id, c.Name, folderID(c.Parent), name, parent)
	}
	was, _ := before.folder(id)
	return &folderDone{want: want, know: func() {
		if d.tree.folders[id] = folderOf(c); was.ModSeq != c.ModSeq { // else somebody else had done it already
			d.tree.own[id] = c.ModSeq
		}
	}}, nil
}
