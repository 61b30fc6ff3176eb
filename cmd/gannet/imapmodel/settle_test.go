package imapmodel

import (
	"fmt"
	"slices"
	"strconv"
)

// settle brings the view up to date in the way of the session's kind, and compares it with the store.
func (c *client) settle(all []*mailbox) error {
	c.calm = false
	if c.conn == nil {
		if err := c.login(); err != nil {
			return err
		}
	}
	if c.view == nil {
		if err := c.choose(); err != nil {
			return err
		}
	}
	m := find(all, c.view.name)
	learn := c.learnByAsking
	switch {
	case c.notifying:
		learn = c.learnByEvents
	case c.idle:
		learn = c.learnByIdling
	}
	if err := learn(m); err != nil {
		return err
	}
	if c.notifying {
		if err := c.settleStatus(all); err != nil {
			return err
		}
	}
	if err := c.fill(); err != nil {
		return err
	}
	if text := c.view.differs(m, false); text != "" {
		return c.wrong("%s: %s", m.name, text)
	}
	c.remember()
	if c.world.statuses {
		return c.askStatus(all)
	}
	return nil
}

func (c *client) learnByAsking(m *mailbox) error {
	if err := c.noop(); err != nil {
		return err
	}
	if text := c.view.differs(m, true); text != "" {
		return c.wrong("%s after NOOP: %s", m.name, text)
	}
	return nil
}

func (c *client) learnByIdling(m *mailbox) error {
	if err := c.beginIdle(); err != nil {
		return err
	}
	if err := c.hear(m, func() string { return c.view.differs(m, true) }); err != nil {
		return err
	}
	return c.endIdle()
}

// learnByEvents waits for what NOTIFY pushes. With SELECTED-DELAYED messages are gone only after a command.
func (c *client) learnByEvents(m *mailbox) error {
	strict := func() string { return c.view.differs(m, false) }
	if c.notify == "SELECTED" {
		return c.hear(m, strict)
	}
	if err := c.hear(m, func() string { return c.lacks(m) }); err != nil {
		return err
	}
	if err := c.noop(); err != nil {
		return err
	}
	if text := strict(); text != "" {
		return c.wrong("%s after NOOP: %s", m.name, text)
	}
	return nil
}

// lacks is differs but for messages that are gone, perhaps before they could be fetched, and for flags where they are not
// told.
func (c *client) lacks(m *mailbox) string {
	v, uids := *c.view, m.uids()
	if c.deaf {
		m = &mailbox{box: m.box, list: slices.Clone(m.list)}
		for i := range m.list {
			if at, found := v.place(m.list[i].uid); found {
				m.list[i].message = v.list[at]
			}
		}
	}
	v.list = slices.DeleteFunc(slices.Clone(v.list), func(x message) bool { return !contains(uids, x.uid) })
	return v.differs(m, false)
}

// contains looks into what is sorted.
func contains(sorted []uint32, uid uint32) bool {
	_, is := slices.BinarySearch(sorted, uid)
	return is
}

// hear listens until nothing differs.
func (c *client) hear(m *mailbox, differs func() string) error {
	err := c.listen(patience, func() bool { return len(c.in) == 0 && differs() == "" })
	if err != nil {
		return fmt.Errorf("%s by push: %s: %w", m.name, differs(), err)
	}
	return nil
}

// settleStatus waits until what was pushed of the other mailboxes is right.
func (c *client) settleStatus(all []*mailbox) error {
	differs := func() string {
		for _, m := range all {
			if told := c.status[m.name]; told != nil && m.name != c.view.name {
				if text := statusDiffers(told, m); text != "" {
					return text
				}
			}
		}
		return ""
	}
	return c.hear(find(all, c.view.name), differs)
}

// statusDiffers compares STATUS with what a mailbox holds.
func statusDiffers(told map[string]string, m *mailbox) string {
	for name, want := range map[string]uint64{
		"MESSAGES": uint64(len(m.list)), "UIDNEXT": uint64(m.uidNext), "UIDVALIDITY": uint64(m.validity),
		"UNSEEN": uint64(m.unseen), "HIGHESTMODSEQ": max(1, m.highest),
	} {
		if got, is := told[name]; is && got != strconv.FormatUint(want, 10) {
			return fmt.Sprintf("STATUS of %s tells %s %s, not %d", m.name, name, got, want)
		}
	}
	return ""
}

// askStatus asks for the state of all mailboxes.
func (c *client) askStatus(all []*mailbox) error {
	items := "MESSAGES UIDNEXT UIDVALIDITY UNSEEN"
	if c.condstore {
		items += " HIGHESTMODSEQ"
	}
	for _, m := range all {
		if _, err := c.do("STATUS %s (%s)", c.called(m.name), items); err != nil {
			return err
		}
		if text := statusDiffers(c.status[m.name], m); text != "" {
			return c.wrong("%s", text)
		}
	}
	delete(c.status, c.view.name)
	return nil
}
