package imapmodel

import (
	"fmt"
	"slices"
)

// open selects a mailbox, perhaps with what is remembered of it.
func (c *client) open(name string, readOnly bool) error {
	v := &view{name: name, byUID: c.only, readOnly: readOnly}
	verb, params := "SELECT", ""
	if readOnly {
		verb = "EXAMINE"
	}
	old := c.remembered(name)
	switch {
	case old != nil && c.qresync:
		params = c.resync(v, old)
	case c.condStore:
		params = " (CONDSTORE)"
		c.condstore = true
	}
	cmd := newCommand("%s %s%s", verb, c.called(name), params)
	cmd.open = v
	if c.view == nil {
		c.view = v
	}
	if err := c.run(cmd); err != nil {
		return err
	}
	if !cmd.ok() {
		return c.wrong("SELECT was answered with %s", cmd.final.text)
	}
	if old != nil && c.condstore && !c.qresync {
		return c.catchUp(old)
	}
	return nil
}

// remembered chooses what the client goes by: mostly the last, sometimes much older, sometimes nothing.
func (c *client) remembered(name string) *cached {
	kept := c.kept[name]
	switch n := c.random.IntN(6); {
	case len(kept) == 0 || n == 0:
		return nil
	case n < 4:
		return kept[len(kept)-1]
	}
	return kept[c.random.IntN(len(kept))]
}

// remember keeps the view for a later time, if it is complete.
func (c *client) remember() {
	if c.view == nil || !c.condstore {
		return
	}
	if k := c.view.keep(); k != nil {
		kept := c.kept[c.view.name]
		if len(kept) >= 8 {
			at := c.random.IntN(len(kept))
			kept = slices.Delete(kept, at, at+1)
		}
		c.kept[c.view.name] = append(kept, k)
	}
}

// resync makes the parameters of QRESYNC, with or without what is optional.
func (c *client) resync(v *view, old *cached) string {
	v.cache = map[uint32]*message{}
	var uids []uint32
	for _, m := range old.list {
		v.cache[m.uid] = &m
		uids = append(uids, m.uid)
	}
	known, sample := "", ""
	if len(uids) > 0 && c.random.IntN(2) == 0 {
		v.partial = true
		known = " " + formatSet(uids)
		if c.random.IntN(2) == 0 {
			known = fmt.Sprintf(" 1:%d", uids[len(uids)-1])
		}
		if c.random.IntN(2) == 0 {
			seqs, some := []uint32{}, []uint32{}
			for i, uid := range uids {
				if c.random.IntN(3) == 0 || i == 0 {
					seqs, some = append(seqs, uint32(i+1)), append(some, uid)
				}
			}
			sample = fmt.Sprintf(" (%s %s)", formatSet(seqs), formatSet(some))
		}
	}
	return fmt.Sprintf(" (QRESYNC (%d %d%s%s))", old.validity, old.modSeq, known, sample)
}

// catchUp brings what was known of a mailbox up to date without QRESYNC, RFC 7162 section 6: which messages there are,
// and the flags of those that changed.
func (c *client) catchUp(old *cached) error {
	if _, err := c.do("UID FETCH 1:* (UID)"); err != nil {
		return err
	}
	v := c.view
	for i := range v.list {
		m := &v.list[i]
		k := slices.IndexFunc(old.list, func(o message) bool { return o.uid == m.uid })
		if m.told || m.uid == 0 || k < 0 {
			continue
		}
		*m = old.list[k]
	}
	_, err := c.do("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE %d)", old.modSeq)
	return err
}

// fill asks for what is not known of the messages that are there.
func (c *client) fill() error {
	for range 10 {
		v := c.view
		if v.holes() == 0 {
			break
		}
		items := "UID FLAGS"
		if c.condstore {
			items += " MODSEQ"
		}
		var holes []uint32
		for i, m := range v.list {
			if m.uid == 0 || !m.told {
				holes = append(holes, uint32(i+1))
			}
		}
		last := uint32(0)
		if known := v.known(); len(known) > 0 {
			last = known[len(known)-1]
		}
		var err error
		switch {
		case c.mayNumber() && c.random.IntN(2) == 0:
			err = c.accept(newCommand("FETCH %s (%s)", formatSet(holes), items))
		case len(holes) > 0 && int(holes[0]) == len(v.known())+1 && len(holes) == v.count()-len(v.known()):
			_, err = c.do("UID FETCH %d:* (%s)", last+1, items)
		default:
			_, err = c.do("UID FETCH 1:* (%s)", items)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayNumber reports whether sequence numbers can be used: not where messages may be told to be gone at any moment.
func (c *client) mayNumber() bool { return !c.only && c.notify != "SELECTED" }

// accept runs a command that may be refused because messages went meanwhile; then the client must be able to learn which.
func (c *client) accept(cmd *command) error {
	gone := c.gone
	if err := c.run(cmd); err != nil {
		return err
	}
	if cmd.ok() {
		return nil
	}
	if cmd.final.name != "NO" || !cmd.code("EXPUNGEISSUED") && !cmd.code("MODIFIED") || cmd.uid || c.calm {
		return c.wrong("%s was answered with %s", cmd.text, cmd.final.text)
	}
	if _, err := c.do("NOOP"); err != nil {
		return err
	}
	if c.gone == gone {
		return c.wrong("%s was refused since messages are gone, but none is told to be", cmd.text)
	}
	return nil
}
