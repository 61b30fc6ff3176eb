package activesync

import (
	"iter"

	"github.com/gannetmail/gannet/store"
)

// journal is the part of [store.Reader] that choosing a window needs.
type journal interface {
	Record(c store.CollectionID, uid store.UID, want store.Want) (store.Record, error)
	Changes(c store.CollectionID, p store.Place, want store.Want) iter.Seq2[store.Record, error]
	Newest(c store.CollectionID, before, since store.Age, want store.Want) iter.Seq2[store.Record, error]
	ByUID(c store.CollectionID, lo, hi store.UID, want store.Want) iter.Seq2[store.Record, error]
	Thread(id store.ThreadID, want store.Want) iter.Seq2[store.Record, error]
}

// op is what an answer says of an item.
type op uint8

const (
	opAdd op = iota + 1
	opChange
	opDelete
	opSoftDelete // it has left the filter; the server keeps it
)

// A change is one command to the device.
type change struct {
	op     op
	record store.Record // for opAdd, and opChange with [store.Content], with its summary
	facets store.Facets // of opChange: what to tell
	name   string       // of opDelete: the server id of what never was an entry; empty: the record's
}

// A window is what one answer tells of a collection.
type window struct {
	changes []change
	more    bool     // there is more to tell
	next    position // of a device that has processed the changes
	told    int      // changes, whether they are in the list or not
	skipped int      // entries passed over because they are no news to the device
}

// maxScan bounds how many entries one request looks at without telling them. It then answers with what it
// has; the position has moved on, and so the next request goes on from there.
const maxScan = 20000

// A budget bounds an answer. The collections of one request share it.
type budget struct {
	items int   // commands left
	bytes int64 // left, as estimated before anything is written
	fresh bool  // nothing has been taken yet: the first item fits whatever its size
}

// take takes room for one item and reports whether there was any.
func (b *budget) take(bytes int64) bool {
	if b.items <= 0 || !b.fresh && bytes > b.bytes {
		return false
	}
	b.items--
	b.bytes -= bytes
	b.fresh = false
	return true
}

// A chooser finds out, in one snapshot, what to tell a device of one collection: changes of what it has, in the order of the
// journal; then what has left the filter; then what has been added; then the walk goes on; then conversations
// are made whole. The order is what makes positions work: nothing is added or walked before the journal is
// empty, so all that the device has is as of position.Journal.
type chooser struct {
	journal    journal
	collection store.Collection
	floor      store.ModSeq // of the account
	own        ownChanges
	facets     store.Facets // that the device's protocol version can be told
	start      age          // where the filter is to begin
	together   bool         // conversations are to be whole
	hurried    bool         // others wait: what takes long is left to the next time
	budget     *budget
	count      bool                                   // only count the changes
	cost       func(store.Record, store.Facets) int64 // bytes that an item takes in the answer

	w     window
	p     position
	whole map[store.ThreadID]bool // conversations that have been made whole

	insides   map[store.ThreadID]bool // conversations by whether they have an entry inside of the filter
	insidesOf age                     // its start
}

// choose returns the window that follows from.
func (c *chooser) choose(from position) (window, error) {
	c.p, c.w, c.whole, c.own = from, window{}, nil, c.own.after(from)
	c.p.Talk.Wanted = c.p.Talk.Wanted && c.together // else it begins anew when they are wanted again
	full, err := c.run()
	c.w.more, c.w.next = full, c.p
	return c.w, err
}

// run goes through the phases until one of them finds the window full.
func (c *chooser) run() (full bool, err error) {
	for _, phase := range []func() (bool, error){
		c.tellJournal, c.tellLeaving, c.narrow, c.tellAdded, c.walk, c.widen, c.gather, c.sweep,
	} {
		if full, err = phase(); full || err != nil {
			return full, err
		}
	}
	return false, nil
}

// tell puts a change into the window and reports whether it fits.
func (c *chooser) tell(ch change) bool {
	if !c.budget.take(c.cost(ch.record, ch.facets)) {
		return false
	}
	if c.w.told++; !c.count {
		c.w.changes = append(c.w.changes, ch)
	}
	return true
}

// skip counts an entry passed over and reports whether it is time to stop.
func (c *chooser) skip() bool {
	c.w.skipped++
	return c.w.skipped%maxScan == 0
}

// tellJournal tells the changes of entries that the device has.
func (c *chooser) tellJournal() (bool, error) {
	if c.collection.Changed <= c.p.Journal.ModSeq && c.p.Journal.UID == store.MaxUID {
		return false, nil // nothing to read: never too old, however far the floor has risen
	}
	for r, err := range c.journal.Changes(c.collection.ID, c.p.Journal.store(), store.WantItem) {
		if err != nil {
			return false, err
		}
		ch, ok := c.changed(r)
		if ok {
			if ch, err = c.complete(ch); err != nil {
				return false, err
			}
			if !c.tell(ch) {
				return true, nil
			}
		}
		if r.Removed {
			c.p.forget(r.Entry)
		}
		c.p.Journal = placeOf(r.Place())
		if !ok && c.skip() {
			return true, nil
		}
	}
	c.p.drain(max(c.collection.Changed, c.floor, c.p.Journal.ModSeq))
	return false, nil
}

// changed returns what to tell of an entry of the journal, if anything. Entries that the device does not
// have are no matter: it will get them as they then are.
func (c *chooser) changed(r store.Record) (change, bool) {
	has := c.p.has(r.Entry)
	if r.Removed {
		if !has {
			_, has = c.own.created(r.UID)
		}
		return change{op: opDelete, record: r}, has && !c.own.made(r.UID, r.ModSeq)
	}
	facets := c.own.news(r, c.p.Known) & c.facets
	return change{op: opChange, record: r, facets: facets}, has && facets != 0
}

// complete reads the summary of an item whose content changed.
func (c *chooser) complete(ch change) (change, error) {
	if c.count || ch.op != opChange || ch.facets&store.Content == 0 {
		return ch, nil
	}
	var err error
	ch.record, err = c.journal.Record(c.collection.ID, ch.record.UID, store.WantSummary)
	return ch, err
}

// want is how much to read of an item that the device is to get.
func (c *chooser) want() store.Want {
	if c.count {
		return store.WantItem
	}
	return store.WantSummary
}

// tellLeaving tells the device to drop what the filter has passed.
func (c *chooser) tellLeaving() (bool, error) {
	if c.p.settled() {
		return false, nil
	}
	low, high, want := c.p.Leave.Low, c.p.Leave.High, store.WantEntry
	if c.together {
		want = store.WantItem
	}
	for r, err := range c.journal.Newest(c.collection.ID, high.store(), low.store(), want) {
		if err != nil {
			return false, err
		}
		leaves := c.p.leaves(r.Entry)
		stays := false
		if leaves {
			if stays, err = c.belongs(r); err != nil {
				return false, err
			}
		}
		if leaves && !stays && !c.tell(change{op: opSoftDelete, record: r}) {
			return true, nil
		}
		if stays {
			c.p.Talk.Extra = c.p.Talk.Extra.with(r.UID)
		}
		c.p.Leave.High = ageOf(r.Entry)
		if (!leaves || stays) && c.skip() {
			return true, nil
		}
	}
	c.p.Leave = leaving{}
	return false, nil
}

// narrow moves the filter forward and tells what has left it.
func (c *chooser) narrow() (bool, error) {
	if !c.p.Start.less(c.start) {
		return false, nil
	}
	c.p.narrow(c.start)
	return c.tellLeaving()
}

// tellAdded tells what was added since the walk began.
func (c *chooser) tellAdded() (bool, error) {
	last := c.collection.UIDNext - 1
	if c.p.Added >= last {
		return false, nil
	}
	for r, err := range c.journal.ByUID(c.collection.ID, c.p.Added+1, last, c.want()) {
		if err != nil {
			return false, err
		}
		told, full, err := c.tellOne(r)
		if full || err != nil {
			return full, err
		}
		c.p.Added = r.UID
		if !told && c.skip() {
			return true, nil
		}
	}
	c.p.Added = last
	return false, nil
}

// tellOne tells what there is to be told of an entry that was added, first of the others in its conversation.
// It reports whether that was anything, and whether the window is full.
func (c *chooser) tellOne(r store.Record) (told, full bool, err error) {
	outside := ageOf(r.Entry).less(c.p.Start)
	belongs := false
	switch {
	case !c.together:
	case outside:
		belongs, err = c.belongs(r)
	default:
		full, err = c.tellOthers(r.Item.Thread)
	}
	if full || err != nil {
		return false, full, err
	}
	ch, ok := c.added(r, outside && !belongs)
	if ok && !c.tell(ch) {
		return false, true, nil
	}
	if belongs {
		c.p.Talk.Extra = c.p.Talk.Extra.with(r.UID)
	}
	return ok, false, nil
}

// added returns what to tell of an entry that was added, if anything. What the device itself moved here it
// has already, even if it is outside of the filter.
func (c *chooser) added(r store.Record, outside bool) (change, bool) {
	own, mine := c.own.created(r.UID)
	switch {
	case !mine:
		return change{op: opAdd, record: r}, !outside
	case outside:
		return change{op: opSoftDelete, record: r}, true
	}
	facets := c.own.news(r, own.AsOf) & c.facets
	return change{op: opChange, record: r, facets: facets}, facets != 0
}

// walk tells what was there when the device began, from the newest down.
func (c *chooser) walk() (bool, error) {
	if c.p.walked() {
		return false, nil
	}
	for r, err := range c.journal.Newest(c.collection.ID, c.p.Walk.store(), c.p.Start.store(), c.want()) {
		if err != nil {
			return false, err
		}
		news := r.UID <= c.p.Base && !c.p.Talk.Extra.has(r.UID)
		if news && !c.tell(change{op: opAdd, record: r}) {
			return true, nil
		}
		c.p.Walk = ageOf(r.Entry)
		c.p.Talk.Extra = c.p.Talk.Extra.without(r.UID)
		if !news && c.skip() {
			return true, nil
		}
	}
	c.p.Walk = c.p.Start
	return false, nil
}

// widen moves the filter back and walks what lies between.
func (c *chooser) widen() (bool, error) {
	if !c.start.less(c.p.Start) {
		return false, nil
	}
	c.p.widen(c.start)
	return c.walk()
}
