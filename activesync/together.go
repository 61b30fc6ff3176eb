package activesync

import (
	"github.com/gannetmail/gannet/store"
)

// ConversationMode: a device that wants conversations whole also gets those entries outside of the filter
// whose conversation has an entry inside, in the same collection. Which these are does not follow from what
// never changes about an entry, so they are remembered one by one, at most maxExtra of them: further ones
// are not told. They come before an entry that is added, and by a walk of their own behind the other one
// for what was there before. They leave when the filter has moved, or something has been removed, and their
// conversation has nothing inside any more. MS-ASCMD, ConversationMode.

// maxExtra is how many entries outside of the filter a device gets for the sake of their conversations.
const maxExtra = 256

// conversations is what a position says about whole conversations. Its zero value is a device that does not
// want them.
type conversations struct {
	Wanted   bool   `json:"c,omitempty"`
	Extra    uidSet `json:"x,omitempty"` // outside of the filter, and the device has them
	Gathered age    `json:"g,omitzero"`  // of entries from the newest down to here the conversations are whole
	Swept    age    `json:"s,omitzero"`  // Start when Extra was gone through last
}

// narrow follows the filter forward: what is older counts no more. What a walk had not come to yet, and is
// outside now, may belong to any conversation.
func (p *conversations) narrow(start age, walked bool) {
	switch {
	case !p.Wanted:
	case !walked:
		p.Gathered = youngest
	case p.Gathered.less(start):
		p.Gathered = start
	}
}

// inside reports whether a conversation has an entry inside of the filter. A long conversation is gone through once,
// however many of its entries are asked about.
func (c *chooser) inside(thread store.ThreadID) (bool, error) {
	if c.insides == nil || c.insidesOf != c.p.Start {
		c.insides, c.insidesOf = make(map[store.ThreadID]bool), c.p.Start
	}
	is, known := c.insides[thread]
	if known {
		return is, nil
	}
	is, err := c.lookInside(thread)
	if err == nil {
		c.insides[thread] = is
	}
	return is, err
}

func (c *chooser) lookInside(thread store.ThreadID) (bool, error) {
	for r, err := range c.journal.Thread(thread, store.WantEntry) {
		if err != nil {
			return false, err
		}
		if r.Collection == c.collection.ID && !ageOf(r.Entry).less(c.p.Start) {
			return true, nil
		}
	}
	return false, nil
}

// belongs reports whether the device is to have an entry outside of the filter, and there is room for it.
func (c *chooser) belongs(r store.Record) (bool, error) {
	if !c.together || c.p.Talk.Extra.len() >= maxExtra {
		return false, nil
	}
	return c.inside(r.Item.Thread)
}

// tellOthers tells the entries outside of the filter that belong to a conversation, and reports whether the
// window is full.
func (c *chooser) tellOthers(thread store.ThreadID) (bool, error) {
	if c.whole[thread] {
		return false, nil
	}
	for r, err := range c.journal.Thread(thread, c.want()) {
		if err != nil {
			return false, err
		}
		switch {
		case r.Collection != c.collection.ID, !ageOf(r.Entry).less(c.p.Start), r.UID > c.p.Added:
			continue
		case c.p.has(r.Entry), c.p.Talk.Extra.len() >= maxExtra:
			continue
		}
		if !c.tell(change{op: opAdd, record: r}) {
			return true, nil
		}
		c.p.Talk.Extra = c.p.Talk.Extra.with(r.UID)
	}
	if c.whole == nil {
		c.whole = make(map[store.ThreadID]bool)
	}
	c.whole[thread] = true
	return false, nil
}

// gather walks through what the device has of the filter and makes conversations whole.
func (c *chooser) gather() (bool, error) {
	talk := &c.p.Talk
	if !c.together || c.hurried {
		return false, nil
	}
	if !talk.Wanted {
		talk.Wanted, talk.Gathered = true, youngest
	}
	if c.p.Start == eldest || !c.p.Start.less(talk.Gathered) {
		talk.Gathered = c.p.Start
		return false, nil
	}
	for r, err := range c.journal.Newest(c.collection.ID, talk.Gathered.store(), c.p.Start.store(), store.WantItem) {
		if err != nil {
			return false, err
		}
		before := c.w.told
		if full, err := c.tellOthers(r.Item.Thread); full || err != nil {
			return full, err
		}
		talk.Gathered = ageOf(r.Entry)
		if c.w.told == before && c.skip() {
			return true, nil
		}
	}
	talk.Gathered = c.p.Start
	return false, nil
}

// sweep tells the device to drop what it has for the sake of a conversation that has left the filter, or all
// of that when it does not want conversations whole any more.
func (c *chooser) sweep() (bool, error) {
	talk := &c.p.Talk
	if c.hurried || c.together && talk.Swept == c.p.Start || !c.together && *talk == (conversations{}) {
		return false, nil
	}
	extra := talk.Extra
	for i := range extra.len() {
		r, err := c.journal.Record(c.collection.ID, extra.at(i), store.WantItem)
		if err != nil {
			return false, err
		}
		stays := false
		if c.together {
			if stays, err = c.inside(r.Item.Thread); err != nil {
				return false, err
			}
		}
		if stays {
			continue
		}
		if !c.tell(change{op: opSoftDelete, record: r}) {
			return true, nil
		}
		talk.Extra = talk.Extra.without(r.UID)
	}
	if talk.Swept = c.p.Start; !c.together {
		*talk = conversations{}
	}
	return false, nil
}

// forget drops an entry that has been removed, after which other entries may have nothing to be there for.
func (p *position) forget(e store.Entry) {
	p.Talk.Extra = p.Talk.Extra.without(e.UID)
	if p.Talk.Extra != "" {
		p.Talk.Swept = age{}
	}
}

// setTalk takes over the ConversationMode of a request; one that does not say leaves it as it is. It reports
// whether that changed anything.
func (st *collectionState) setTalk(on *bool) bool {
	if on == nil || st.Talk == *on {
		return false
	}
	st.Talk = *on
	return true
}

// together reports whether conversations are to be whole. MS-ASCMD, ConversationMode.
func (st *collectionState) together(v Version) bool { return st.Talk && v >= V140 }
