package imapmodel

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// take applies an untagged answer, and reports a rule that it breaks.
func (c *client) take(a *answer) error {
	switch a.name {
	case "OK":
		return c.takeCode(a.code)
	case "NO", "BAD":
		return errors.New("an untagged error")
	case "BYE":
		if cmd := c.head(); cmd == nil || cmd.name != "LOGOUT" {
			return errors.New("sent away")
		}
	case "CAPABILITY":
		c.offered = map[string]bool{}
		for _, v := range a.args {
			c.offered[strings.ToUpper(v.text)] = true
		}
	case "ENABLED":
		return c.takeEnabled(a)
	case "STATUS":
		return c.takeStatus(a)
	case "EXISTS", "RECENT", "EXPUNGE", "VANISHED", "FETCH", "UIDFETCH", "FLAGS":
		return c.takeMessages(a)
	}
	return nil
}

func (c *client) takeEnabled(a *answer) error {
	for _, v := range a.args {
		switch strings.ToUpper(v.text) {
		case "CONDSTORE":
			c.condstore = true
		case "QRESYNC":
			c.qresync, c.condstore = true, true
		case "IMAP4REV2":
			c.rev2 = true
		case "UIDONLY":
			c.only = true
		}
	}
	return nil
}

func (c *client) takeStatus(a *answer) error {
	if len(a.args) != 2 || !a.args[1].isList || len(a.args[1].list)%2 != 0 {
		return errors.New("STATUS is malformed")
	}
	items := map[string]string{}
	for i := 0; i < len(a.args[1].list); i += 2 {
		items[strings.ToUpper(a.args[1].list[i].text)] = a.args[1].list[i+1].text
	}
	name := strings.TrimPrefix(a.args[0].text, shared)
	if c.status[name] == nil {
		c.status[name] = map[string]string{}
	}
	maps.Copy(c.status[name], items)
	return nil
}

// takeCode applies the code of an untagged OK.
func (c *client) takeCode(code string) error {
	name, arg, _ := strings.Cut(code, " ")
	cmd := c.head()
	if name == "CLOSED" {
		if cmd == nil || cmd.open == nil || c.view == nil || c.view == cmd.open {
			return errors.New("CLOSED, but nothing is to be closed")
		}
		c.view = cmd.open
		return nil
	}
	if name != "UIDVALIDITY" && name != "UIDNEXT" && name != "HIGHESTMODSEQ" {
		return nil
	}
	if cmd == nil || cmd.open == nil || cmd.open != c.view {
		return fmt.Errorf("%s outside of SELECT", name)
	}
	n, err := strconv.ParseUint(arg, 10, 63)
	if err != nil || n == 0 {
		return fmt.Errorf("%s is no number", code)
	}
	switch name {
	case "UIDVALIDITY":
		c.view.validity = uint32(n)
	case "UIDNEXT":
		c.view.uidNext = uint32(n)
	case "HIGHESTMODSEQ":
		for _, k := range c.kept[c.view.name] {
			if n < k.modSeq {
				return fmt.Errorf("HIGHESTMODSEQ %d, was %d before", n, k.modSeq)
			}
		}
		c.view.safe = n
	}
	return nil
}

// takeMessages applies what is told of the selected mailbox.
func (c *client) takeMessages(a *answer) error {
	v := c.view
	if v == nil {
		return fmt.Errorf("%s without a mailbox", a.name)
	}
	if !v.counted && a.name != "EXISTS" && a.name != "FLAGS" {
		return fmt.Errorf("%s before EXISTS", a.name)
	}
	if a.name != "FLAGS" && a.name != "RECENT" {
		c.told++
	}
	switch a.name {
	case "FLAGS":
		v.keywords = map[string]bool{}
		if len(a.args) != 1 || !a.args[0].isList {
			return errors.New("FLAGS is malformed")
		}
		for _, f := range a.args[0].list {
			v.keywords[strings.ToLower(f.text)] = true
		}
	case "EXISTS":
		return v.exists(int(a.n))
	case "RECENT":
		if c.rev2 || int(a.n) > v.count() {
			return fmt.Errorf("RECENT %d", a.n)
		}
	case "EXPUNGE":
		if c.qresync || c.only {
			return errors.New("EXPUNGE where VANISHED is wanted")
		}
		if err := c.mayGo(); err != nil {
			return err
		}
		c.gone++
		return v.expunge(a.n)
	case "VANISHED":
		return c.takeVanished(a)
	case "FETCH", "UIDFETCH":
		return c.takeFetch(a)
	}
	return nil
}

// mayGo reports whether a message may be told to be gone now.
func (c *client) mayGo() error {
	cmd := c.head()
	switch {
	case cmd == nil && c.notify != "SELECTED":
		return errors.New("a message goes while no command is in progress")
	case cmd != nil && cmd.numbers() && !c.only && c.notify != "SELECTED":
		return fmt.Errorf("a message goes while %s is answered", cmd.name)
	}
	return nil
}

func (c *client) takeVanished(a *answer) error {
	if !c.qresync && !c.only {
		return errors.New("VANISHED, but QRESYNC is off")
	}
	args, earlier := a.args, false
	if len(args) == 2 && args[0].isList && len(args[0].list) == 1 && strings.EqualFold(args[0].list[0].text, "EARLIER") {
		args, earlier = args[1:], true
	}
	if len(args) != 1 {
		return errors.New("VANISHED is malformed")
	}
	uids, err := parseSet(args[0].text)
	if err != nil {
		return err
	}
	if earlier {
		return c.takeEarlier(uids)
	}
	if err := c.mayGo(); err != nil {
		return err
	}
	c.gone += len(uids)
	for _, uid := range uids {
		if err := c.view.vanish(uid); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) takeEarlier(uids []uint32) error {
	cmd := c.head()
	if cmd == nil || cmd.open == nil && !strings.Contains(cmd.text, "VANISHED") {
		return errors.New("VANISHED (EARLIER) that nobody asked for")
	}
	for _, uid := range uids {
		if _, found := c.view.place(uid); found {
			return fmt.Errorf("VANISHED (EARLIER) of %d, which is there", uid)
		}
		delete(c.view.cache, uid)
	}
	return nil
}

func (c *client) takeFetch(a *answer) error {
	if (a.name == "UIDFETCH") != c.only {
		return errors.New("the wrong kind of FETCH")
	}
	uid := uint32(0)
	if text := a.items["UID"].text; text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n == 0 {
			return fmt.Errorf("UID %q", text)
		}
		uid = uint32(n)
	} else if c.qresync && !c.only {
		return errors.New("FETCH without UID after QRESYNC was enabled")
	}
	m, err := c.view.message(a.n, uid)
	if err != nil {
		return err
	}
	modSeq := uint64(0)
	if v, is := a.items["MODSEQ"]; is {
		if !c.condstore || !v.isList || len(v.list) != 1 {
			return errors.New("MODSEQ that nobody wants, or malformed")
		}
		if modSeq, err = strconv.ParseUint(v.list[0].text, 10, 63); err != nil || modSeq == 0 {
			return fmt.Errorf("MODSEQ %q", v.list[0].text)
		}
	}
	flags, told, err := c.readFlags(a)
	if err != nil {
		return err
	}
	if told && c.condstore && modSeq == 0 {
		return errors.New("FLAGS without MODSEQ after CONDSTORE was enabled")
	}
	if cmd := c.head(); cmd != nil && cmd.silent != nil && !told && modSeq != 0 {
		cmd.silent.apply(m)
		return c.view.take(m, "", false, modSeq)
	}
	if told && m.told && c.deaf && c.head() == nil {
		return errors.New("FETCH of changed flags, which NOTIFY did not ask for")
	}
	if err := c.claim(m, a); err != nil {
		return err
	}
	return c.view.take(m, flags, told, modSeq)
}

// readFlags reads FLAGS of a FETCH.
func (c *client) readFlags(a *answer) (flags string, told bool, err error) {
	v, told := a.items["FLAGS"]
	if !told {
		return "", false, nil
	}
	if !v.isList {
		return "", false, errors.New("FLAGS is no list")
	}
	var names []string
	for _, f := range v.list {
		if c.view.keywords != nil && !strings.EqualFold(f.text, `\Recent`) && !c.view.keywords[strings.ToLower(f.text)] {
			return "", false, fmt.Errorf("%s, which FLAGS didn't list", f.text)
		}
		names = append(names, f.text)
	}
	flags, recent := canonicalFlags(names)
	if recent && c.rev2 {
		return "", false, errors.New(`\Recent in a session of IMAP4rev2`)
	}
	return flags, true, nil
}

// claim tells the world what message a UID is; the same UID is never another.
func (c *client) claim(m *message, a *answer) error {
	for name, v := range a.items {
		if strings.HasPrefix(name, "BODY[HEADER.FIELDS (SUBJECT)]") && m.uid != 0 {
			subject := strings.TrimSpace(strings.TrimPrefix(v.text, "Subject:"))
			return c.world.identities.claim(c.view.name, m.uid, subject)
		}
	}
	return nil
}

// finished applies a tagged answer.
func (c *client) finished(cmd *command) error {
	if cmd.open != nil {
		if err := c.opened(cmd); err != nil {
			return err
		}
	}
	switch {
	case cmd.name == "CLOSE" && cmd.ok(), cmd.name == "UNSELECT" && cmd.ok():
		c.view = nil
	case cmd.final.name == "BAD" && !cmd.mistake:
		return fmt.Errorf("%s is BAD", cmd.text)
	}
	v := c.view
	if v == nil {
		return nil
	}
	if err := v.ordered(); err != nil || !c.condstore {
		return err
	}
	if v.cache == nil && !cmd.numbers() && cmd.ok() && v.safe > 0 {
		v.safe = max(v.safe, v.largest) // all before the answer was told
	}
	if text, is := strings.CutPrefix(cmd.final.code, "HIGHESTMODSEQ "); is {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil || n < v.largest {
			return fmt.Errorf("HIGHESTMODSEQ %s, but %d was seen", text, v.largest)
		}
		v.safe = max(v.safe, n)
	}
	return nil
}

// opened applies the answer to SELECT.
func (c *client) opened(cmd *command) error {
	if !cmd.ok() {
		c.view = nil
		return nil
	}
	v := c.view
	delete(c.status, cmd.open.name) // told before it was selected; from here on its messages are told of
	if v != cmd.open {
		return errors.New("SELECT without CLOSED for the mailbox before")
	}
	if !v.counted || v.validity == 0 || v.uidNext == 0 || v.safe == 0 {
		return errors.New("SELECT told too little")
	}
	if v.cache == nil {
		return nil
	}
	return v.settleCache()
}
