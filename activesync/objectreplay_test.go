package activesync

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestObjectReplay lets three devices and somebody else change objects and their place in the order, one answer in four
// lost and its request repeated. Devices keep what they are told and complain of what they cannot be told; at the end
// all have what is there.
func TestObjectReplay(t *testing.T) {
	once(t)
	newObjectWorld(newObjectRig(t)).run(t)
}

// TestObjectReplayLent lets the devices of another account do the same, while what they may do changes: what they do in
// vain is taken back.
func TestObjectReplayLent(t *testing.T) {
	once(t)
	before := objectClasses[store.Contacts]
	objectClasses[store.Contacts] = plainNotes{} // of which nothing is private
	t.Cleanup(func() { objectClasses[store.Contacts] = before })
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	w := newObjectWorld(r.objects(store.MainCards))
	w.user, w.lend = otto, true
	w.regrant(t)
	w.run(t)
}

func newObjectWorld(o *objectRig) *objectWorld {
	return &objectWorld{objectRig: o, rnd: rand.New(rand.NewPCG(*replaySeed, 9))}
}

// regrant changes what the devices may do.
func (w *objectWorld) regrant(t *testing.T) {
	rights := []store.Rights{mayLook, mayLook | needAdd, mayLook | needChange | needDelete, mayEdit}[w.rnd.IntN(4)]
	must(t, w.st.Update(t.Context(), w.rita.ID, func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: w.rig.folder(w.role).ID, Grantee: w.otto.ID, Rights: rights})
	}))
}

func (w *objectWorld) run(t *testing.T) {
	steps := 1500
	if testing.Short() {
		steps = 200
	}
	for i, v := range []Version{V140, V141, V161} {
		d := &objectDevice{w: w, name: fmt.Sprint("device", i), version: v, has: map[string]string{}, gone: map[string]bool{}}
		d.key = w.prime(t, call{version: v, device: d.name, user: w.user}, w.objectRig.folder, "AirSync:Options", `>AirSync:Conflict "1"`)
		w.devices = append(w.devices, d)
	}
	for range steps {
		if t.Failed() {
			break
		}
		if n := w.rnd.IntN(len(w.devices) + 1); n < len(w.devices) {
			w.devices[n].step(t)
		} else {
			w.edit(t)
			if w.lend && w.rnd.IntN(8) == 0 {
				w.regrant(t)
			}
		}
	}
	for range 2 { // what one of them had still to say is news to the others
		for _, d := range w.devices {
			d.settle(t)
		}
	}
	w.compare(t)
}

type objectWorld struct {
	*objectRig
	rnd     *rand.Rand
	devices []*objectDevice
	written int
	lend    bool // the devices are of another account
}

// An objectDevice is a strict device.
type objectDevice struct {
	w       *objectWorld
	name    string
	version Version
	key     string
	has     map[string]string // ServerId to subject
	gone    map[string]bool   // that it removed itself under the key
	pending []string          // the request whose answer was lost; nil: none
	said    []objectSaid      // what it says
}

// objectSaid is one command of a device.
type objectSaid struct{ op, id, subject string }

// step makes a request, or repeats the one whose answer was lost.
func (d *objectDevice) step(t *testing.T) {
	if d.pending == nil {
		d.write()
	}
	a := d.w.sync(t, call{version: d.version, device: d.name, user: d.w.user, body: syncOne(d.w.objectRig.folder, d.key, d.pending)})
	if d.w.rnd.IntN(4) == 0 {
		return
	}
	d.take(t, a)
}

// settle lets everything come through.
func (d *objectDevice) settle(t *testing.T) {
	for more := true; more && !t.Failed(); {
		if d.pending == nil {
			d.pending, d.said = []string{}, nil
		}
		a := d.w.sync(t, call{version: d.version, device: d.name, user: d.w.user, body: syncOne(d.w.objectRig.folder, d.key, d.pending)})
		more = len(a.body) > 0
		d.take(t, a)
	}
}

// write thinks of what to do.
func (d *objectDevice) write() {
	d.pending, d.said = []string{`AirSync:WindowSize "3"`}, nil
	var commands []string
	used := map[string]bool{}
	for range d.w.rnd.IntN(3) {
		d.w.written++
		subject, day := fmt.Sprint("s", d.w.written), fmt.Sprintf(`Notes:LastModifiedDate "%d"`, 1+d.w.rnd.IntN(3))
		ids := slices.Sorted(maps.Keys(d.has))
		switch n := d.w.rnd.IntN(5); {
		case n < 2 || len(ids) == 0:
			client := fmt.Sprint(d.name, "-", d.w.written)
			commands = append(commands, addLines(client, fmt.Sprintf("Notes:Subject %q", subject), day)...)
			d.said = append(d.said, objectSaid{"Add", client, subject})
		default:
			id := ids[d.w.rnd.IntN(len(ids))]
			if used[id] {
				continue
			}
			used[id] = true
			if n == 4 {
				commands = append(commands, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
				d.said = append(d.said, objectSaid{"Delete", id, ""})
				continue
			}
			commands = append(commands, changeLines(id, fmt.Sprintf("Notes:Subject %q", subject), day)...)
			d.said = append(d.said, objectSaid{"Change", id, subject})
		}
	}
	if len(commands) > 0 {
		d.pending = append(append(d.pending, "AirSync:Commands"), commands...)
	}
}

// take takes an answer that has come through.
func (d *objectDevice) take(t *testing.T, a syncReply) {
	t.Helper()
	said := d.said
	d.pending, d.said = nil, nil
	if len(a.body) == 0 {
		if len(said) > 0 {
			t.Fatalf("%s: an empty answer to commands", d.name)
		}
		return
	}
	if a.status() != "1" {
		t.Fatalf("%s: status %s\n%s", d.name, a.status(), a.dump)
	}
	d.key = a.key()
	gone := d.own(t, a, said)
	for _, c := range a.c.at("AirSync:Commands").children() {
		id, subject := c.get("AirSync:ServerId"), c.get("AirSync:ApplicationData", "Notes:Subject")
		_, known := d.has[id]
		switch c.name {
		case "AirSync:Add":
			if known {
				t.Errorf("%s: Add of %s, which it has\n%s", d.name, id, a.dump)
			}
			d.has[id] = subject
		case "AirSync:Change":
			if !known {
				t.Errorf("%s: Change of %s, which it has not\n%s", d.name, id, a.dump)
			}
			d.has[id] = subject
		default:
			if !known && !gone[id] {
				t.Errorf("%s: %s of %s, which it has not\n%s", d.name, c.name, id, a.dump)
			}
			delete(d.has, id)
		}
	}
}

// own takes over what the device itself has changed, and returns what it removed.
func (d *objectDevice) own(t *testing.T, a syncReply, said []objectSaid) map[string]bool {
	t.Helper()
	failed, added, gone := map[string]bool{}, map[string]string{}, map[string]bool{}
	for _, r := range a.c.at("AirSync:Responses").children() {
		if r.name == "AirSync:Add" {
			added[r.get("AirSync:ClientId")] = r.get("AirSync:ServerId")
		}
		switch status := r.get("AirSync:Status"); status {
		case "1":
		case "7", "8":
			failed[r.get("AirSync:ServerId")] = true
		default:
			t.Errorf("%s: status %s\n%s", d.name, status, a.dump)
		}
	}
	for _, s := range said {
		switch {
		case s.op == "Add" && added[s.id] == "":
			t.Errorf("%s: no answer to the Add %s\n%s", d.name, s.id, a.dump)
		case s.op == "Add":
			d.has[added[s.id]] = s.subject
		case s.op == "Delete":
			delete(d.has, s.id)
			gone[s.id] = true
		case !failed[s.id]:
			if _, there := d.has[s.id]; there {
				d.has[s.id] = s.subject
			}
		}
	}
	return gone
}

func (n *node) children() []*node {
	if n == nil {
		return nil
	}
	return n.kids
}

// edit changes an object as another program does.
func (w *objectWorld) edit(t *testing.T) {
	w.written++
	list := w.records(w.role)
	raw := fmt.Sprintf("s%d|%d|other%d", w.written, 1+w.rnd.IntN(3), w.written)
	item, err := plainNotes{}.ingest(t.Context(), w.st, []byte(raw))
	must(t, err)
	defer item.Blob.Release()
	must(t, w.st.Update(t.Context(), w.rita.ID, func(tx store.Tx) error {
		c, err := tx.CollectionByRole(w.role)
		if err != nil {
			return err
		}
		if len(list) < 3 || w.rnd.IntN(4) == 0 {
			_, err = tx.Add(c.ID, item)
			return err
		}
		r := list[w.rnd.IntN(len(list))]
		if w.rnd.IntN(4) == 0 {
			return tx.Remove(c.ID, r.UID)
		}
		_, err = tx.Replace(c.ID, r.UID, item)
		return err
	}))
}

// compare looks at what has become of it all.
func (w *objectWorld) compare(t *testing.T) {
	var want []string
	for _, rec := range w.records(w.role) {
		data, err := plainNotes{}.show([]byte(w.bytes(rec.Item.Blob)), objectForm{})
		must(t, err)
		want = append(want, data.(plainNote).subject)
	}
	slices.Sort(want)
	for _, d := range w.devices {
		if got := slices.Sorted(maps.Values(d.has)); !slices.Equal(got, want) {
			t.Errorf("%s has\n%q, want\n%q", d.name, got, want)
		}
	}
	t.Logf("%d written, %d left", w.written, len(want))
}
