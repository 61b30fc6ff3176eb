package model

import (
	"maps"
	"slices"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A device keeps what it was told, and nothing else.
type device struct {
	w       *world
	name    string
	version activesync.Version
	tree    *tree
	boxes   map[string]*box // by server id of the folder
	last    []*delivery     // requests that may come again
	cache   *syncRequest    // the last complete Sync, which an empty one repeats
	ids     int             // ClientIds used
	bound   bool            // it comes before everything else
	moves   map[move]string // where its moves led
	repeat  func() error    // the request whose answer was lost, to be made again; nil: none
}

func newDevice(w *world, name string, v activesync.Version) *device {
	return &device{w: w, name: name, version: v, tree: newTree(), boxes: map[string]*box{}, moves: map[move]string{}}
}

// A box is a folder on a device.
type box struct {
	id      string
	class   store.Class
	managed []string             // what the device has said it manages of objects; nil: nothing said
	names   map[string]store.UID // entries that are known by another one's id
	state   *state               // under the key that the device has
	prev    *state               // under the key before, while the server still takes it; nil: it does not
	options options
	said    bool              // the options were the device's own
	used    map[string]string // keys that were ever given, to what they told
	pending []*command        // whose answer did not come
	unsure  bool              // the server died, and it does not show whether it has told anything
	singly  int               // answers that may hold one item each, since the device asked again and again
}

// A state is what a device has while it holds one key.
type state struct {
	key   string // "0": it has to begin
	items map[string]*item
	done  []done            // its commands that the server has executed under this key
	next  []string          // keys of answers to this one, which may or may not have come through
	later map[string]*state // what the device has that has heard them; nil: it does not show
	leave map[string]bool   // items that the server was about to let go
	gone  map[string]bool   // items that the device removed and the server had lost already: it may say so
	made  map[string]string // ClientIds of drafts made under this key, to their ids
	added map[string]*added // ClientIds of objects made under this key
	asked int               // requests with this key
	floor store.ModSeq      // as of which all has been told
}

func newState(key string) *state {
	return &state{key: key, items: map[string]*item{}, leave: map[string]bool{}, gone: map[string]bool{}, made: map[string]string{}, added: map[string]*added{}, later: map[string]*state{}}
}

func (s *state) clone() *state {
	out := *s
	out.items = make(map[string]*item, len(s.items))
	for id, it := range s.items {
		copied := *it
		copied.shown = maps.Clone(it.shown)
		out.items[id] = &copied
	}
	out.later = map[string]*state{}
	out.done, out.next = slices.Clone(s.done), slices.Clone(s.next)
	out.leave, out.gone, out.made, out.added = maps.Clone(s.leave), maps.Clone(s.gone), maps.Clone(s.made), maps.Clone(s.added)
	return &out
}

// ids are those of the items, sorted.
func (s *state) ids() []string { return slices.Sorted(maps.Keys(s.items)) }

// An item is what a device knows of one.
type item struct {
	uid    store.UID                     // the entry that it is
	item   store.ItemID                  // whose item
	stamps [store.NumFacets]store.ModSeq // which change of each facet the device knows
	own    [store.NumFacets]store.ModSeq // changes of its own, never to be told
	behind bool                          // the device made the entry, which comes in its turn
	floor  store.ModSeq                  // of changes after it, the device may be told again
	shown  map[string]*node              // what it shows, by element; of a message
	has    fields                        // what it holds; of an object
}

// facetList are those that a change may tell, as a device of version v can be told them.
func facetsOf(v activesync.Version, class store.Class) (list []int) {
	if class != store.Mail {
		return []int{0}
	}
	known := store.Content | store.ReadFlag
	if v >= activesync.V120 {
		known |= store.FollowUp
	}
	if v >= activesync.V140 {
		known |= store.Verb | store.Labels
	}
	for k := range store.NumFacets {
		if known&(1<<k) != 0 {
			list = append(list, k)
		}
	}
	return list
}

// news are the facets that the device must be told, and those that it may be told.
func (it *item) news(v activesync.Version, rec store.Record) (must, may store.Facets) {
	for _, k := range facetsOf(v, rec.Item.Class) {
		at := rec.Item.Stamps[k]
		switch {
		case at == it.own[k] && at != 0:
		case at != it.stamps[k]:
			must |= 1 << k
			may |= 1 << k
		case at > it.floor:
			may |= 1 << k
		}
	}
	return must, may
}

// know notes that the device knows facets as they now are.
func (it *item) know(rec store.Record, facets store.Facets) {
	for k := range store.NumFacets {
		if facets&(1<<k) != 0 {
			it.stamps[k] = rec.Item.Stamps[k]
		}
	}
}

// show takes over elements.
func (it *item) show(kids []*node) {
	for _, k := range kids {
		it.shown[k.name] = k
	}
}

// box returns the folder, new if the device has not synchronised it.
func (d *device) box(id string) *box {
	if d.boxes[id] == nil {
		d.boxes[id] = &box{id: id, class: d.tree.folders[id].class(), names: map[string]store.UID{}, state: newState("0"), used: map[string]string{}, options: noOptions}
	}
	return d.boxes[id]
}

// forget makes the device begin again with a folder, as it does with status 3.
func (b *box) forget() { b.state, b.prev = newState("0"), nil }

// under returns the state that belongs to a key, nil for a key that the server does not take: of the answers to the
// key before it remembers the last two.
func (b *box) under(key string) *state {
	switch {
	case key == b.state.key && b.prev != nil && !slices.Contains(b.prev.next, key):
		return nil
	case key == b.state.key:
		return b.state
	case b.prev != nil && key == b.prev.key:
		return b.prev
	}
	return nil
}

// chance is true once in n times.
func (w *world) chance(n int) bool { return w.rnd.IntN(n) == 0 }

// pick returns one of a list.
func pick[T any](w *world, list []T) T { return list[w.rnd.IntN(len(list))] }

// noOptions are those of a device that has said nothing.
var noOptions = options{wins: -1, limit: unasked, truncate: -1}

// say takes over the options of a request, nil for none, and reports whether that changes anything. They stay until
// others are said.
func (b *box) say(o *options) bool {
	if o == nil {
		return false
	}
	before, after := b.options, *o
	if before.wins < 0 {
		before.wins = 1
	}
	if after.wins < 0 {
		after.wins = 1
	}
	changed := !b.said || before != after
	b.options, b.said = *o, true
	return changed
}

// restart forgets the options of before.
func (b *box) restart(o *options) {
	b.options, b.said, b.managed = noOptions, false, nil
	clear(b.names)
	b.say(o)
}
