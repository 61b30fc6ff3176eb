package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store"
)

// model is what an account should hold, kept by the plainest means.
type model struct {
	*env
	rand   *rand.Rand
	modSeq store.ModSeq
	cols   map[store.CollectionID]*modelCollection
	blobs  []store.Staged
	client map[store.CollectionID]*modelClient
}

type modelCollection struct {
	name    string
	parent  store.CollectionID
	role    bool
	next    store.UID
	entries map[store.UID]*modelEntry
}

type modelEntry struct {
	item     store.ItemID
	created  store.ModSeq
	modSeq   store.ModSeq
	received time.Time
	flags    store.Flags
	keywords []string
	blob     store.Staged
	saved    time.Time
}

// modelClient follows one collection by Changes alone, in windows.
type modelClient struct {
	place store.Place
	has   map[store.UID]store.Flags
}

const modelSteps = 600

// testModel takes random steps in the store and in the model, and compares them.
func testModel(e *env) {
	seed := uint64(time.Now().UnixNano())
	e.Logf("seed %d", seed)
	m := &model{
		env: e, rand: rand.New(rand.NewPCG(seed, 0)), modSeq: e.modSeq(),
		cols: map[store.CollectionID]*modelCollection{}, client: map[store.CollectionID]*modelClient{},
	}
	for i := range 6 {
		m.blobs = append(m.blobs, Stage(e, e.s, text(1000*(i+1), uint64(i))))
	}
	m.cols[e.in.ID] = &modelCollection{name: "Inbox", role: true, next: 1, entries: map[store.UID]*modelEntry{}}
	steps := []func(){m.add, m.add, m.add, m.mark, m.mark, m.replace, m.move, m.copy, m.remove, m.create, m.rename, m.drop, m.follow, m.follow, m.undone}
	for i := range modelSteps {
		steps[m.rand.IntN(len(steps))]()
		if i%50 == 49 {
			m.compare()
		}
		if i%200 == 199 {
			m.prune()
		}
		if e.Failed() {
			e.Fatalf("at step %d", i)
		}
	}
	for id := range m.cols {
		for m.window(id, 1000) > 0 {
		}
		m.compareClient(id)
	}
}

// pick returns a random collection and, if it has any, one of its entries.
func (m *model) pick() (store.CollectionID, store.UID, *modelEntry) {
	ids := slices.Sorted(maps.Keys(m.cols))
	id := ids[m.rand.IntN(len(ids))]
	all := slices.Sorted(maps.Keys(m.cols[id].entries))
	if len(all) == 0 {
		return id, 0, nil
	}
	uid := all[m.rand.IntN(len(all))]
	return id, uid, m.cols[id].entries[uid]
}

func (m *model) flags() store.Flags { return store.Flags(m.rand.IntN(int(store.AllFlags) + 1)) }

func (m *model) word() string { return string(rune('a' + m.rand.IntN(6))) }

// put notes a new entry, and checks what the store says of it.
func (m *model) put(c store.CollectionID, rec store.Record, en modelEntry) {
	col := m.cols[c]
	if rec.UID != col.next || rec.Created != m.modSeq || rec.ModSeq != m.modSeq {
		m.Errorf("new entry %+v; want UID %d at %d", rec.Entry, col.next, m.modSeq)
	}
	en.item, en.created, en.modSeq, en.saved = rec.Item.ID, m.modSeq, m.modSeq, rec.Saved
	col.entries[rec.UID] = &en
	col.next = rec.UID + 1
}

func (m *model) add() {
	c, _, _ := m.pick()
	b := m.blobs[m.rand.IntN(len(m.blobs))]
	f, k := m.flags(), []string{m.word()}
	received := day(m.rand.IntN(30))
	rec := m.env.add(c, store.NewItem{Blob: b, Flags: f, Keywords: k, Received: received, Text: store.Text{Body: k[0]}})
	m.modSeq++
	m.put(c, rec, modelEntry{received: received, flags: f, keywords: k, blob: b})
}

func (m *model) mark() {
	c, uid, en := m.pick()
	if en == nil {
		return
	}
	f := store.FlagChange{Add: m.flags() & m.flags(), Remove: m.flags() & m.flags()}
	flags := en.flags&^f.Remove | f.Add
	keywords := en.keywords
	if m.rand.IntN(3) == 0 {
		f.SetKeywords = &[]string{m.word()}
		keywords = *f.SetKeywords
	}
	changed := flags != en.flags || !slices.Equal(keywords, en.keywords)
	if changed {
		m.modSeq++
		en.flags, en.keywords, en.modSeq = flags, keywords, m.modSeq
	}
	m.write(m.alice.ID, func(tx store.Tx) error {
		rec, err := tx.Mark(c, uid, f)
		if rec.ModSeq != en.modSeq {
			m.Errorf("marked entry at %d; want %d", rec.ModSeq, en.modSeq)
		}
		return err
	})
}

func (m *model) replace() {
	c, uid, en := m.pick()
	if en == nil {
		return
	}
	b := m.blobs[m.rand.IntN(len(m.blobs))]
	var rec store.Record
	m.write(m.alice.ID, func(tx store.Tx) (err error) { rec, err = tx.Replace(c, uid, store.NewItem{Blob: b}); return err })
	m.modSeq++
	delete(m.cols[c].entries, uid)
	fresh := *en
	fresh.blob = b
	m.put(c, rec, fresh)
}

func (m *model) move() {
	c, uid, en := m.pick()
	dst, _, _ := m.pick()
	if en == nil {
		return
	}
	if c == dst {
		m.refused(store.Invalid, m.alice.ID, "move", func(tx store.Tx) error { _, err := tx.Move(c, uid, dst); return err })
		return
	}
	var rec store.Record
	m.write(m.alice.ID, func(tx store.Tx) (err error) { rec, err = tx.Move(c, uid, dst); return err })
	m.modSeq++
	delete(m.cols[c].entries, uid)
	m.put(dst, rec, *en)
}

func (m *model) copy() {
	c, uid, en := m.pick()
	dst, _, _ := m.pick()
	if en == nil {
		return
	}
	var rec store.Record
	m.write(m.alice.ID, func(tx store.Tx) (err error) { rec, err = tx.Copy(c, uid, dst); return err })
	m.modSeq++
	m.put(dst, rec, *en)
}

func (m *model) remove() {
	c, uid, en := m.pick()
	if en == nil {
		return
	}
	m.write(m.alice.ID, func(tx store.Tx) error { return tx.Remove(c, uid) })
	m.modSeq++
	delete(m.cols[c].entries, uid)
}

func (m *model) create() {
	parent, _, _ := m.pick()
	name := fmt.Sprintf("folder %d", m.rand.IntN(8))
	if len(m.cols) > 12 || m.taken(0, parent, name) {
		return
	}
	c := m.folder(name, parent)
	m.modSeq++
	m.cols[c.ID] = &modelCollection{name: name, parent: parent, next: 1, entries: map[store.UID]*modelEntry{}}
}

func (m *model) taken(id, parent store.CollectionID, name string) bool {
	for k, c := range m.cols {
		if k != id && c.parent == parent && c.name == name {
			return true
		}
	}
	return false
}

func (m *model) rename() {
	id, _, _ := m.pick()
	name := fmt.Sprintf("folder %d", m.rand.IntN(8))
	col := m.cols[id]
	if col.role || m.taken(id, col.parent, name) {
		return
	}
	if col.name != name {
		m.modSeq++
	}
	col.name = name
	m.write(m.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(id, col.parent, name); return err })
}

func (m *model) drop() {
	id, _, _ := m.pick()
	if m.cols[id].role || m.rand.IntN(3) > 0 {
		return
	}
	m.write(m.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(id) })
	m.modSeq++
	doomed := map[store.CollectionID]bool{id: true}
	for range m.cols {
		for k, c := range m.cols {
			doomed[k] = doomed[k] || doomed[c.parent]
		}
	}
	for k := range doomed {
		if doomed[k] {
			delete(m.cols, k)
			delete(m.client, k)
		}
	}
}

// undone changes much and fails.
func (m *model) undone() {
	c, uid, en := m.pick()
	err := m.s.Update(m.Context(), m.alice.ID, func(tx store.Tx) error {
		if _, err := tx.Add(c, store.NewItem{Blob: m.blobs[0], Text: store.Text{Body: "undone"}}); err != nil {
			return err
		}
		if en != nil {
			if err := tx.Remove(c, uid); err != nil {
				return err
			}
		}
		return errStop
	})
	if err != errStop {
		m.Errorf("undone: %v", err)
	}
}

func (m *model) prune() {
	if err := m.s.Prune(m.Context(), time.Now().Add(time.Hour)); err != nil {
		m.Errorf("prune: %v", err)
	}
}

func (m *model) follow() {
	id, _, _ := m.pick()
	m.window(id, 1+m.rand.IntN(5))
}

// window has the client of a collection read some changes. One that is too old starts over, with all
// that is there; one that has read to the end goes on behind the snapshot's ModSeq, not behind the last
// entry, which may lie below the floor.
func (m *model) window(id store.CollectionID, size int) (n int) {
	cl := m.client[id]
	if cl == nil {
		cl = &modelClient{has: map[store.UID]store.Flags{}}
		m.client[id] = cl
	}
	m.read(m.alice.ID, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		first := cl.place == store.Place{}
		for rec, err := range r.Changes(id, cl.place, store.WantItem) {
			if errors.Is(err, store.Stale) {
				*cl = modelClient{has: map[store.UID]store.Flags{}}
				n = 1
				return nil
			}
			if err != nil {
				return err
			}
			if cl.place = rec.Place(); rec.Removed {
				delete(cl.has, rec.UID)
			} else {
				cl.has[rec.UID] = rec.Item.Flags
			}
			if n++; n == size && !first {
				return nil
			}
		}
		cl.place = store.After(a.ModSeq)
		return nil
	})
	return n
}

func (m *model) compareClient(id store.CollectionID) {
	has := m.client[id].has
	want := m.cols[id].entries
	if len(has) != len(want) {
		m.Errorf("the client of collection %d has %d entries; want %d", id, len(has), len(want))
	}
	for uid, en := range want {
		if f, ok := has[uid]; !ok || f != en.flags {
			m.Errorf("the client of collection %d has entry %d: %v, flags %b; want %b", id, uid, ok, f, en.flags)
		}
	}
}

// compare reads everything and compares it with the model.
func (m *model) compare() {
	m.Helper()
	m.read(m.alice.ID, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		var used int64
		for id, col := range m.cols {
			c, err := r.Collection(id)
			if err != nil {
				return err
			}
			list, err := collect(r.ByUID(id, 1, store.MaxUID, store.WantItem))
			if err != nil {
				return err
			}
			used += m.compareCollection(c, col, list)
		}
		if a.ModSeq != m.modSeq || a.Used != used {
			m.Errorf("account at %d uses %d; want %d, %d", a.ModSeq, a.Used, m.modSeq, used)
		}
		for _, w := range []string{"a", "f", "undone"} {
			list, err := collect(r.Search(store.Query{Terms: []store.Term{{Words: w}}}, store.WantEntry))
			if err != nil {
				return err
			}
			for _, rec := range list {
				if col := m.cols[rec.Collection]; col == nil || col.entries[rec.UID] == nil || w == "undone" {
					m.Errorf("search finds %+v, which is not there", rec.Entry)
				}
			}
		}
		return nil
	})
}

func (m *model) compareCollection(c store.Collection, col *modelCollection, list []store.Record) (size int64) {
	want := c
	want.Unread, want.Size, want.Deleted, want.DeletedSize = 0, 0, 0, 0
	want.Name, want.UIDNext, want.Total = col.name, col.next, int64(len(col.entries))
	for _, rec := range list {
		en := col.entries[rec.UID]
		if en == nil {
			m.Errorf("collection %d has entry %d; it should not", c.ID, rec.UID)
			continue
		}
		if rec.Item.ID != en.item || rec.Created != en.created || rec.ModSeq != en.modSeq || rec.Item.Flags != en.flags ||
			!slices.Equal(rec.Item.Keywords, en.keywords) || rec.Item.Blob != en.blob.ID() || !rec.Item.Received.Equal(en.received) ||
			!rec.Saved.Equal(en.saved) {
			m.Errorf("collection %d has %+v; want %+v", c.ID, rec, en)
		}
		want.Size += rec.Item.Size
		if rec.Item.Flags&store.Seen == 0 {
			want.Unread++
		}
		if rec.Item.Flags&store.Deleted != 0 {
			want.Deleted++
			want.DeletedSize += rec.Item.Size
		}
	}
	if len(list) != len(col.entries) || c != want {
		m.Errorf("collection %+v has %d entries; want %+v", c, len(list), want)
	}
	return want.Size
}
