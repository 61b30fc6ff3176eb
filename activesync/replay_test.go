package activesync

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

var replaySeed = flag.Uint64("replay.seed", 7, "what happens in TestReplay")

// TestReplay lets two devices and somebody else work on one account for many steps, with one answer in
// five lost and its request repeated, whatever happened in between. The devices are strict: an Add of what
// they have, a Change or removal of what they do not have, or a lost key ends the test. At the end devices
// and store must agree.
func TestReplay(t *testing.T) {
	once(t)
	steps := 10000
	if testing.Short() {
		steps = 1000
	}
	w := newWorld(t, *replaySeed)
	for range steps {
		w.step()
	}
	w.clock = w.clock.Add(time.Second)
	for _, d := range w.devices {
		d.settle()
	}
	t.Logf("%d requests, %d answers lost, %d commands received", w.requests, w.lost, w.received)
	if w.lost < w.requests/10 || w.received < steps/10 {
		t.Error("the test has tested little")
	}
}

// A world is an account, two devices and somebody else.
type world struct {
	*rig
	t       *testing.T
	rnd     *rand.Rand
	blobs   []*mail.Ingested
	folders []store.Collection
	devices []*strictDevice
	trees   int

	requests, lost, received int
}

// A held item is what a device knows of one.
type held struct {
	read bool
	flag string // Status of the flag; "" for none
}

// A strictDevice does what a phone does, and complains where a phone would break.
type strictDevice struct {
	w       *world
	name    string
	version Version
	filters map[string]int // by folder
	talk    map[string]bool
	keys    map[string]string
	items   map[string]map[string]held // by folder and server id
	dropped map[string]bool            // removed by the device itself
	tree    map[string]string          // server id to name
	treeKey string
	repeat  func() bool // the request whose answer was lost; false while it still is
}

func newWorld(t *testing.T, seed uint64) *world {
	r := newRig(t, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
	w := &world{rig: r, t: t, rnd: rand.New(rand.NewPCG(seed, 2))}
	for i := range 8 {
		in, err := mail.Ingest(t.Context(), r.st, strings.NewReader(crlf(fmt.Sprintf(plainMessage, i, i))), 1<<20)
		must(t, err)
		t.Cleanup(in.Blob.Release)
		w.blobs = append(w.blobs, in)
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: "Harbour", Class: store.Mail})
		return err
	}))
	must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
		all, err := tx.Collections(0)
		for _, c := range all {
			if c.Role == store.Inbox || c.Role == store.Trash || c.Name == "Harbour" {
				w.folders = append(w.folders, c)
			}
		}
		return err
	}))
	for i, v := range []Version{V141, V121} {
		w.devices = append(w.devices, newStrictDevice(w, fmt.Sprint("strict", i), v))
	}
	return w
}

func newStrictDevice(w *world, name string, v Version) *strictDevice {
	d := &strictDevice{
		w: w, name: name, version: v, treeKey: "0", filters: map[string]int{}, talk: map[string]bool{}, keys: map[string]string{},
		items: map[string]map[string]held{}, dropped: map[string]bool{}, tree: map[string]string{},
	}
	for _, c := range w.folders {
		id := collectionID(c.ID)
		d.keys[id] = w.prime(w.t, call{version: v, device: name}, id)
		d.items[id] = map[string]held{}
	}
	return d
}

// act lets the device make a request, or repeat the one whose answer it did not get.
func (d *strictDevice) act() {
	if d.repeat == nil {
		d.repeat = d.next()
	}
	if d.repeat() {
		d.repeat = nil
	}
}

// arrived reports whether an answer comes through.
func (d *strictDevice) arrived() bool {
	d.w.requests++
	if d.w.rnd.IntN(5) == 0 {
		d.w.lost++
		return false
	}
	return true
}

// next thinks of a request.
func (d *strictDevice) next() func() bool {
	rnd := d.w.rnd
	folder := collectionID(d.w.folders[rnd.IntN(len(d.w.folders))].ID)
	switch n := rnd.IntN(20); {
	case n < 2:
		return d.folderSync
	case n < 4:
		if move := d.move(folder); move != nil {
			return move
		}
	case n < 5:
		d.filters[folder] = []int{0, 1, 2, 3}[rnd.IntN(4)]
		d.talk[folder] = d.version >= V140 && rnd.IntN(2) == 0
	}
	folders := []string{folder}
	if rnd.IntN(4) == 0 {
		folders = nil
		for _, c := range d.w.folders {
			folders = append(folders, collectionID(c.ID))
		}
		rnd.Shuffle(len(folders), func(i, j int) { folders[i], folders[j] = folders[j], folders[i] })
	}
	return d.syncRequest(1+rnd.IntN(9), rnd.IntN(2) == 0, folders...)
}

// commands are changes that the device makes, and has made for itself already.
func (d *strictDevice) commands(folder string) []string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(d.items[folder])) {
		if d.w.rnd.IntN(6) != 0 || len(list) > 30 {
			continue
		}
		item := d.items[folder][id]
		server := ">>AirSync:ServerId " + strconv.Quote(id)
		switch n := d.w.rnd.IntN(6); {
		case n < 1:
			list = append(list, ">AirSync:Delete", server)
			delete(d.items[folder], id)
			d.dropped[id] = true
		case n < 4:
			item.read = !item.read
			list = append(list, ">AirSync:Change", server, ">>AirSync:ApplicationData", ">>>Email:Read "+quoteBool(item.read))
			d.items[folder][id] = item
		default:
			if item.flag = map[string]string{"": "2", "2": "1", "1": ""}[item.flag]; item.flag == "" {
				list = append(list, ">AirSync:Change", server, ">>AirSync:ApplicationData", ">>>Email:Flag")
			} else {
				list = append(list, ">AirSync:Change", server, ">>AirSync:ApplicationData", ">>>Email:Flag",
					">>>>Email:Status "+strconv.Quote(item.flag), ">>>>Email:FlagType \"to do\"")
			}
			d.items[folder][id] = item
		}
	}
	if len(list) > 0 {
		list = append([]string{"AirSync:Commands"}, list...)
	}
	return list
}

func quoteBool(b bool) string {
	if b {
		return `"1"`
	}
	return `"0"`
}

// syncRequest makes a Sync request of some folders, with changes of the device in some of them.
func (d *strictDevice) syncRequest(window int, change bool, folders ...string) func() bool {
	list := []string{"AirSync:Sync", ">AirSync:Collections"}
	for _, folder := range folders {
		inside := []string{
			"AirSync:SyncKey " + strconv.Quote(d.keys[folder]), "AirSync:CollectionId " + strconv.Quote(folder),
			fmt.Sprintf("AirSync:WindowSize \"%d\"", window), "AirSync:ConversationMode " + quoteBool(d.talk[folder]),
			"AirSync:Options", fmt.Sprintf(">AirSync:FilterType \"%d\"", d.filters[folder]),
		}
		if change && d.w.rnd.IntN(len(folders)) == 0 {
			if d.w.rnd.IntN(3) == 0 {
				inside = slices.Insert(inside, 2, `AirSync:DeletesAsMoves "0"`)
			}
			inside = append(inside, d.commands(folder)...)
		}
		list = append(list, ">>AirSync:Collection")
		for _, l := range inside {
			list = append(list, ">>>"+l)
		}
	}
	if len(folders) > 1 && d.w.rnd.IntN(2) == 0 {
		list = append(list, fmt.Sprintf(">AirSync:WindowSize \"%d\"", window))
	}
	body := lines(list...)
	return func() bool {
		a := d.w.sync(d.w.t, call{version: d.version, device: d.name, body: body})
		if !d.arrived() {
			return false
		}
		for _, c := range a.root.at("AirSync:Collections").all("AirSync:Collection") {
			d.take(c.get("AirSync:CollectionId"), window, syncReply{reply: a.reply, c: c})
		}
		return true
	}
}

// take does what the answer says.
func (d *strictDevice) take(folder string, window int, a syncReply) {
	t := d.w.t
	t.Helper()
	if a.status() != "1" {
		t.Fatalf("%s: status %s of %s\n%s", d.name, a.status(), folder, a.dump)
	}
	d.keys[folder] = a.key()
	items := d.items[folder]
	commands := a.c.at("AirSync:Commands")
	if commands == nil {
		return
	}
	if len(commands.kids) > window {
		t.Fatalf("%s: %d commands in a window of %d", d.name, len(commands.kids), window)
	}
	for _, c := range commands.kids {
		d.w.received++
		id := c.get("AirSync:ServerId")
		item, known := items[id]
		switch c.name {
		case "AirSync:Add":
			if known {
				t.Fatalf("%s: Add of %s, which is there", d.name, id)
			}
			items[id] = item.with(c.at("AirSync:ApplicationData"))
		case "AirSync:Change":
			if !known && !d.dropped[id] {
				t.Fatalf("%s: Change of %s, which is not there\n%s", d.name, id, a.dump)
			}
			if known {
				items[id] = item.with(c.at("AirSync:ApplicationData"))
			}
		default:
			if !known && !d.dropped[id] {
				t.Fatalf("%s: %s of %s, which is not there", d.name, c.name, id)
			}
			delete(items, id)
		}
	}
}

// with is the item with what ApplicationData says.
func (h held) with(data *node) held {
	if n := data.at("Email:Read"); n != nil {
		h.read = n.text == "1"
	}
	if n := data.at("Email:Flag"); n != nil {
		h.flag = n.get("Email:Status")
	}
	return h
}

// move makes a MoveItems request. The device knows the item under its new name as soon as it is told.
func (d *strictDevice) move(folder string) func() bool {
	ids := slices.Sorted(maps.Keys(d.items[folder]))
	dst := collectionID(d.w.folders[d.w.rnd.IntN(len(d.w.folders))].ID)
	if len(ids) == 0 || dst == folder {
		return nil
	}
	id := ids[d.w.rnd.IntN(len(ids))]
	body := lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+strconv.Quote(id),
		">>Move:SrcFldId "+strconv.Quote(folder), ">>Move:DstFldId "+strconv.Quote(dst))
	return func() bool {
		a := d.w.do(call{cmd: "MoveItems", version: d.version, device: d.name, body: body})
		if !d.arrived() {
			return false
		}
		if to := parseDump(d.w.t, a.dump).at("Move:Response"); to.get("Move:Status") == "3" {
			d.items[dst][to.get("Move:DstMsgId")] = d.items[folder][id]
			delete(d.items[folder], id)
			d.dropped[id] = true
		}
		return true
	}
}

// folderSync makes a FolderSync request.
func (d *strictDevice) folderSync() bool {
	t := d.w.t
	a := d.w.do(call{cmd: "FolderSync", version: d.version, device: d.name,
		body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(d.treeKey))})
	if !d.arrived() {
		return false
	}
	root := parseDump(t, a.dump)
	if root.get("FolderHierarchy:Status") != "1" {
		t.Fatalf("%s: FolderSync\n%s", d.name, a.dump)
	}
	d.treeKey = root.get("FolderHierarchy:SyncKey")
	for _, c := range root.at("FolderHierarchy:Changes").kids {
		id := c.get("FolderHierarchy:ServerId")
		_, known := d.tree[id]
		switch c.name {
		case "FolderHierarchy:Count":
			continue
		case "FolderHierarchy:Delete":
			if !known {
				t.Fatalf("%s: Delete of folder %s, which is not there", d.name, id)
			}
			delete(d.tree, id)
			continue
		}
		if known != (c.name == "FolderHierarchy:Update") {
			t.Fatalf("%s: %s of folder %s, known: %v", d.name, c.name, id, known)
		}
		if parent := c.get("FolderHierarchy:ParentId"); parent != "0" && d.tree[parent] == "" {
			t.Fatalf("%s: folder %s comes before its parent", d.name, id)
		}
		d.tree[id] = c.get("FolderHierarchy:DisplayName")
	}
	return true
}

// settle synchronises until there is nothing left and compares.
func (d *strictDevice) settle() {
	for d.repeat != nil && !d.repeat() {
	}
	for !d.folderSync() {
	}
	t := d.w.t
	want := map[string]string{}
	must(t, d.w.st.View(t.Context(), d.w.rita.ID, func(tx store.Reader) error {
		all, err := tx.Collections(0)
		for _, c := range all {
			if shown(c.Class, d.version) {
				want[collectionID(c.ID)] = c.Name
			}
		}
		return err
	}))
	if !maps.Equal(d.tree, want) {
		t.Errorf("%s has the folders %v, want %v", d.name, d.tree, want)
	}
	for _, c := range d.w.folders {
		d.settleFolder(c)
	}
}

func (d *strictDevice) settleFolder(c store.Collection) {
	t := d.w.t
	folder := collectionID(c.ID)
	for {
		before := d.keys[folder]
		for request := d.syncRequest(50, false, folder); !request(); {
		}
		if d.keys[folder] == before {
			break
		}
	}
	want := map[string]held{}
	start := filterStart(d.filters[folder], d.w.clock)
	must(t, d.w.st.View(t.Context(), d.w.rita.ID, func(tx store.Reader) error {
		inside := map[store.ThreadID]bool{}
		for r, err := range tx.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			inside[r.Item.Thread] = inside[r.Item.Thread] || d.talk[folder] && !ageOf(r.Entry).less(start)
		}
		for r, err := range tx.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			if ageOf(r.Entry).less(start) && !inside[r.Item.Thread] {
				continue
			}
			h := held{read: r.Item.Flags&store.Seen != 0}
			if s := flagStatus(r.Item); s != flagCleared {
				h.flag = strconv.Itoa(s)
			}
			want[itemID(c.ID, r.UID)] = h
		}
		return nil
	}))
	if !maps.Equal(d.items[folder], want) {
		t.Errorf("%s has in %s\n%v, want\n%v", d.name, folder, d.items[folder], want)
	}
}
