package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// Leeway: what the server may tell although the device knows it.
//
//   - While a folder has more to come than one window holds, a change that has been told may be told again with a
//     later one of the same item: the server remembers up to where it has told all, not each facet of each item.
//   - What the device was told last of an item that it then moves may be told again in the new place: the server does
//     not know yet that it was heard.
//   - An item that the filter has passed may be told a last change before it leaves; one that was about to leave when
//     the filter came back may leave and come again; so may one that the device has moved into a folder whose filter
//     has since become wider, and an object that has another entry, for its place in the order is another.
//   - An object that has another entry may be told again, whoever changed it last.
//   - That an item is gone may be told to the device that removed it, if somebody else was quicker.
//
// What is told so is counted and printed.

// filterDays are the periods of FilterType. MS-ASCMD, FilterType; months as the server counts them.
var filterDays = map[int]int{1: 1, 2: 3, 3: 7, 4: 14, 5: 31, 6: 92, 7: 183}

// toBeDone is the FilterType of tasks that are not done.
const toBeDone = 8

// filterStart is where the filter of a folder begins; zero: it has no beginning. It moves with the hours.
func (w *world) filterStart(c store.Collection, filter int, now time.Time) time.Time {
	switch {
	case c.Class == store.Tasks && filter == toBeDone:
		return endless
	case c.Role == store.Drafts, filterDays[filter] == 0, c.Class != store.Mail && c.Class != store.Calendar:
		return time.Time{}
	}
	return now.Truncate(time.Hour).AddDate(0, 0, -filterDays[filter])
}

// A view is one folder as a device is to be told of it at one moment.
type view struct {
	w       *world
	v       activesync.Version
	c       store.Collection
	live    entries
	start   time.Time // of the filter
	options options
	at      store.ModSeq
	base    *state               // what the device goes on from; nil: there is nothing after it
	names   map[string]store.UID // of the box; nil: nobody asks for them
}

func (w *world) view(t *truth, v activesync.Version, c store.Collection, o options, now time.Time) *view {
	return &view{w: w, v: v, c: c, live: t.entries[c.ID], start: w.filterStart(c, o.filter, now), options: o, at: t.at}
}

func (v *view) inside(r store.Record) bool { return !r.Received.Before(v.start) }

// owed are the commands that the device must still be told, by id.
func (v *view) owed(s *state) map[string]string {
	owed := map[string]string{}
	known := make(map[store.UID]bool, len(s.items))
	for id, it := range s.items {
		rec, live := v.entryOf(id, it)
		known[rec.UID] = true
		switch {
		case !live:
			owed[id] = "Delete"
		case !v.inside(rec):
			owed[id] = "SoftDelete"
		default:
			if must, _ := it.news(v.v, rec); must != 0 {
				owed[id] = "Change"
			}
		}
	}
	for uid, rec := range v.live {
		if !known[uid] && v.inside(rec) {
			owed[entryID(v.c.ID, uid)] = "Add"
		}
	}
	return owed
}

// take lets the device take one command of an answer, and returns the command as it should have been written.
func (v *view) take(s *state, got *node) (*node, error) {
	op := strings.TrimPrefix(got.name, "AirSync:")
	id := got.text("AirSync:ServerId")
	want := el(got.name, leaf("AirSync:ServerId", id))
	it, known := s.items[id]
	fault := func(why string) (*node, error) { return nil, fmt.Errorf("%s of %s: %s", op, id, why) }
	v.w.count.commands++
	v.w.count.class(v.c.Class).told++
	if op == "Add" {
		return v.takeAdd(s, id, want)
	}
	if !known {
		if op == "Delete" && s.gone[id] {
			v.w.count.again++
			delete(s.gone, id)
			return want, nil
		}
		return fault("the device does not have it")
	}
	rec, live := v.entryOf(id, it)
	switch {
	case op == "Delete" && !live, op == "SoftDelete" && live && !v.inside(rec):
		delete(s.items, id)
		delete(s.leave, id)
	case op == "SoftDelete" && live && s.leave[id]:
		v.w.count.again++
		delete(s.items, id)
		delete(s.leave, id)
	case op == "Change" && live:
		data, err := v.change(it, rec, got.at("AirSync:ApplicationData"))
		if err != nil {
			return fault(err.Error())
		}
		want.add(el("AirSync:ApplicationData", data...))
	default:
		return fault(fmt.Sprintf("it is live: %v, inside: %v", live, live && v.inside(rec)))
	}
	return want, nil
}

func (v *view) takeAdd(s *state, id string, want *node) (*node, error) {
	uid, ok := uidOf(folderID(v.c.ID), id)
	if other, named := v.names[id]; named {
		uid = other
	}
	rec, live := v.live[uid]
	switch {
	case !ok || !live:
		return nil, fmt.Errorf("Add of %s, which is not there", id)
	case !v.inside(rec):
		return nil, fmt.Errorf("Add of %s, which is outside of the filter", id)
	case s.items[id] != nil || s.has(uid):
		return nil, fmt.Errorf("Add of %s, which the device has", id)
	}
	data, err := v.w.render(v.v, v.c.Class, v.options, rec, false)
	if err != nil {
		return nil, err
	}
	it := &item{uid: uid, item: rec.Item.ID, shown: map[string]*node{}, floor: v.at}
	it.know(rec, store.AllFacets)
	if err := v.learn(it, rec, data); err != nil {
		return nil, err
	}
	s.items[id] = it
	return want.add(el("AirSync:ApplicationData", data...)), nil
}

// has reports whether the device has an entry, under whatever id.
func (s *state) has(uid store.UID) bool {
	for _, it := range s.items {
		if it.uid == uid {
			return true
		}
	}
	return false
}

// learn lets the device have all of an item.
func (v *view) learn(it *item, rec store.Record, data []*node) error {
	if v.c.Class == store.Mail {
		clear(it.shown)
		it.show(data)
		return nil
	}
	o, err := v.w.object(v.c.Class, rec.Item.Blob)
	if err == nil {
		it.has = o.f
	}
	return err
}

// change is what a Change must say. Which facets it tells the answer itself says: they must be news.
func (v *view) change(it *item, rec store.Record, got *node) ([]*node, error) {
	told := toldFacets(got)
	if v.c.Class != store.Mail {
		told = store.Content
	}
	must, may := it.news(v.v, rec)
	if told == 0 || told&^may != 0 {
		return nil, fmt.Errorf("it tells facets %06b, news are %06b, at most %06b: stamps %v, known %v, own %v, told up to %d",
			told, must, may, rec.Item.Stamps, it.stamps, it.own, it.floor)
	}
	if told&store.Content != 0 {
		told = store.AllFacets
	} else if must&^told != 0 {
		return nil, fmt.Errorf("it tells facets %06b, news are %06b", told, must)
	}
	if told&may&^must != 0 && told != store.AllFacets || must == 0 {
		v.w.count.again++
	}
	var data []*node
	if told == store.AllFacets {
		var err error
		if data, err = v.w.render(v.v, v.c.Class, v.options, rec, false); err != nil {
			return nil, err
		}
		it.know(rec, told)
		return data, v.learn(it, rec, data)
	}
	data = marks(rec.Item, told)
	it.know(rec, told)
	it.show(data)
	return data, nil
}

// toldFacets are those whose elements a Change has.
func toldFacets(data *node) (f store.Facets) {
	if data == nil {
		return 0
	}
	for name, facet := range map[string]store.Facets{
		"Email:Read": store.ReadFlag, "Email:Flag": store.FollowUp, "Email2:LastVerbExecuted": store.Verb,
		"Email:Categories": store.Labels, "Email:DateReceived": store.Content,
	} {
		if data.at(name) != nil {
			f |= facet
		}
	}
	if f&store.Content != 0 {
		f = store.Content
	}
	return f
}

// phase orders the commands of an answer: what changed, what leaves, what is new.
func phase(got *node) int {
	return slices.Index([]string{"AirSync:Delete", "AirSync:Change", "AirSync:SoftDelete", "AirSync:Add"}, got.name)
}

// settle notes up to where the device knows all, when an answer has told the journal to its end, and what the server
// is about to let go.
func (v *view) settle(s *state, told []*node, more bool) {
	drained := !more || slices.ContainsFunc(told, func(n *node) bool { return phase(n) >= 2 })
	if drained {
		s.floor = v.at
	}
	for id, it := range s.items {
		if drained && !it.behind || !more {
			it.floor, it.behind = v.at, false
		}
		if rec, live := v.entryOf(id, it); live && !v.inside(rec) {
			s.leave[id] = true
		}
	}
	if !more {
		clear(s.leave)
	}
}
