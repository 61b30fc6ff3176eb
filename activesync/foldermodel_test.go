package activesync

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// A treeDevice keeps a tree of folders as a strict phone does: it makes the changes of an answer one by one.
type treeDevice struct {
	w       *treeWorld
	name    string
	version Version
	key     string
	tree    map[string][2]string // server id to parent and name
	repeat  func() bool
}

type treeWorld struct {
	*rig
	rnd     *rand.Rand
	lost    int
	devices []*treeDevice
}

// TestFolderTree lets two devices and a mail program change one tree of folders, with one answer in four lost;
// a device repeats its request then, or gives it up. No answer may break a strict device, and at last all have
// the same tree.
func TestFolderTree(t *testing.T) {
	once(t)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &treeWorld{rig: newRig(t, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 }), rnd: rand.New(rand.NewPCG(seed, 5))}
			for i, v := range []Version{V25, V161} {
				w.devices = append(w.devices, &treeDevice{w: w, name: fmt.Sprint("tree", i), version: v, key: "0", tree: map[string][2]string{}})
			}
			for range 400 {
				if n := w.rnd.IntN(4); n < 3 {
					w.devices[n%2].act()
				} else {
					w.edit()
				}
			}
			for _, d := range w.devices {
				for d.repeat != nil && !d.repeat() {
				}
				for !d.sync() {
				}
				if got, want := fmt.Sprint(d.tree), fmt.Sprint(w.tree(d.version)); got != want {
					t.Errorf("%s has\n%s, want\n%s", d.name, got, want)
				}
			}
			if w.lost < 50 {
				t.Errorf("only %d answers were lost", w.lost)
			}
		})
	}
}

// tree is what devices of a version should have.
func (w *treeWorld) tree(v Version) map[string][2]string {
	tree := map[string][2]string{}
	must(w.t, w.st.View(w.t.Context(), w.rita.ID, func(tx store.Reader) error {
		all, err := tx.Collections(0)
		for _, c := range all {
			if shown(c.Class, v) {
				tree[collectionID(c.ID)] = [2]string{collectionID(c.Parent), c.Name}
			}
		}
		for id, f := range tree {
			if _, there := tree[f[0]]; !there {
				tree[id] = [2]string{rootID, f[1]}
			}
		}
		return err
	}))
	return tree
}

// edit changes the tree as a mail program does.
func (w *treeWorld) edit() {
	ids := slices.Sorted(maps.Keys(w.tree(V161)))
	pick := func() store.CollectionID {
		id, _ := parseCollectionID(ids[w.rnd.IntN(len(ids))])
		return id
	}
	parent := pick()
	if w.rnd.IntN(3) == 0 {
		parent = 0
	}
	err := w.st.Update(w.t.Context(), w.rita.ID, func(tx store.Tx) (err error) {
		switch n := w.rnd.IntN(6); {
		case n < 2:
			_, err = tx.CreateCollection(store.Collection{Name: w.someName(), Class: store.Mail, Parent: parent})
		case n < 5:
			_, err = tx.UpdateCollection(pick(), parent, w.someName())
		default:
			err = tx.RemoveCollection(pick())
		}
		return err
	})
	if !errors.Is(err, store.Invalid) && !errors.Is(err, store.Exists) {
		must(w.t, err)
	}
}

func (w *treeWorld) someName() string {
	names := []string{"Hafen", "Boote", "Übung", "書類", "Ёлка", "مجلد", "a/b", "Reise 2026", "e\u0301tude"}
	return strings.ReplaceAll(names[w.rnd.IntN(len(names))], "/", "-") + strconv.Itoa(w.rnd.IntN(40))
}

// act makes a request, or repeats the one whose answer was lost, or gives that up.
func (d *treeDevice) act() {
	if d.repeat == nil || d.w.rnd.IntN(4) == 0 {
		d.repeat = d.next()
	}
	if d.repeat() {
		d.repeat = nil
	}
}

func (d *treeDevice) next() func() bool {
	rnd, ids := d.w.rnd, slices.Sorted(maps.Keys(d.tree))
	if d.key == "0" || rnd.IntN(3) == 0 {
		if rnd.IntN(12) == 0 {
			d.key = "0"
		}
		return d.sync
	}
	id, parent := ids[rnd.IntN(len(ids))], append(ids, rootID, rootID)[rnd.IntN(len(ids)+2)]
	name := d.w.someName()
	switch n := rnd.IntN(6); {
	case n < 3:
		return d.change("FolderCreate", func(made string) { d.tree[made] = [2]string{parent, name} }, "ParentId", parent, "DisplayName", name, "Type", "12")
	case n < 5:
		return d.change("FolderUpdate", func(string) { d.tree[id] = [2]string{parent, name} }, "ServerId", id, "ParentId", parent, "DisplayName", name)
	}
	return d.change("FolderDelete", func(string) { delete(d.tree, id) }, "ServerId", id)
}

func (d *treeDevice) call(cmd, key string, args ...string) (*node, bool) {
	list := []string{"FolderHierarchy:" + cmd, ">FolderHierarchy:SyncKey " + strconv.Quote(key)}
	for i := 0; i < len(args); i += 2 {
		list = append(list, ">FolderHierarchy:"+args[i]+" "+strconv.Quote(args[i+1]))
	}
	root := parseDump(d.w.t, d.w.do(call{cmd: cmd, device: d.name, version: d.version, body: lines(list...)}).dump)
	if d.w.rnd.IntN(4) == 0 {
		d.w.lost++
		return nil, false
	}
	return root, true
}

// change makes a change of the tree, and for the device when the answer says so.
func (d *treeDevice) change(cmd string, made func(id string), args ...string) func() bool {
	key := d.key
	return func() bool {
		root, ok := d.call(cmd, key, args...)
		if !ok {
			return false
		}
		switch status := folderStatus(root); status {
		case "1":
			d.key = folderKey(root)
			made(root.get("FolderHierarchy:ServerId"))
		case "9":
			d.w.t.Fatalf("%s: %s with a key that is not known", d.name, cmd)
		}
		return true
	}
}

// sync is FolderSync. The device takes changes in the order in which they come.
func (d *treeDevice) sync() bool {
	t := d.w.t
	root, ok := d.call("FolderSync", d.key)
	if !ok {
		return false
	}
	if folderStatus(root) != "1" {
		t.Fatalf("%s: FolderSync: %+v", d.name, root)
	}
	if d.key == "0" {
		clear(d.tree)
	}
	d.key = folderKey(root)
	changes := root.at("FolderHierarchy:Changes").kids
	if changes[0].text != strconv.Itoa(len(changes)-1) {
		t.Fatalf("%s: count of %s for %d changes", d.name, changes[0].text, len(changes)-1)
	}
	for _, c := range changes[1:] {
		id, parent := c.get("FolderHierarchy:ServerId"), c.get("FolderHierarchy:ParentId")
		_, known := d.tree[id]
		if known != (c.name != "FolderHierarchy:Add") {
			t.Fatalf("%s: %s of %s, known: %v", d.name, c.name, id, known)
		}
		if c.name == "FolderHierarchy:Delete" {
			delete(d.tree, id)
			continue
		}
		if _, there := d.tree[parent]; parent != rootID && !there {
			t.Fatalf("%s: %s of %s below %s, which is not there", d.name, c.name, id, parent)
		}
		d.tree[id] = [2]string{parent, c.get("FolderHierarchy:DisplayName")}
	}
	return true
}
