package imapmodel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// appendSome brings one or more messages into the selected mailbox or another.
func (c *client) appendSome() error {
	to, text := c.world.boxes[c.random.IntN(len(c.world.boxes))].name, ""
	n := 1
	if c.offered["MULTIAPPEND"] {
		n += c.random.IntN(3)
	}
	var subjects []string
	for range n {
		subject, letter := c.world.letter()
		subjects = append(subjects, subject)
		flags := ""
		if c.random.IntN(2) == 0 {
			flags = ` (\Seen Later)`
		}
		text += fmt.Sprintf("%s {%d+}\r\n%s", flags, len(letter), letter)
	}
	was := c.view.count()
	cmd, err := c.do("APPEND %s%s", c.called(to), text)
	if err != nil {
		return err
	}
	if c.calm && to == c.view.name && c.view.count() != was+n {
		return c.wrong("%d messages after APPEND of %d to %d", c.view.count(), n, was)
	}
	return c.appended(cmd.final.code, to, subjects)
}

// appended checks APPENDUID.
func (c *client) appended(code, to string, subjects []string) error {
	fields := strings.Fields(code)
	if len(fields) != 3 || fields[0] != "APPENDUID" {
		return c.wrong("APPENDUID is %q", code)
	}
	uids, err := parseSet(fields[2])
	if err != nil || len(uids) != len(subjects) {
		return c.wrong("APPENDUID is %q for %d messages", code, len(subjects))
	}
	for i, uid := range uids {
		if err := c.world.identities.claim(to, uid, subjects[i]); err != nil {
			return c.wrong("%v", err)
		}
	}
	return nil
}

// replaceOne puts a new message in the place of another.
func (c *client) replaceOne() error {
	s := c.some(1)
	if !c.offered["REPLACE"] || len(s.indices) != 1 || s.set == "1:*" || c.view.readOnly {
		return nil
	}
	subject, letter := c.world.letter()
	name := c.view.name
	cmd := newCommand("%s %s {%d+}\r\n%s", s.verb("REPLACE"), c.called(name), len(letter), letter)
	if err := c.run(cmd); err != nil {
		return err
	}
	if !cmd.ok() {
		if c.calm || cmd.final.name != "NO" {
			return c.wrong("REPLACE was answered with %s", cmd.final.text)
		}
		return nil
	}
	for _, a := range cmd.answers {
		if strings.HasPrefix(a.code, "APPENDUID") {
			return c.appended(a.code, name, []string{subject})
		}
	}
	return c.wrong("REPLACE without APPENDUID")
}

// readSome reads messages so that they become \Seen.
func (c *client) readSome() error {
	s := c.some(3)
	if len(s.indices) == 0 {
		return nil
	}
	items := []string{"BODY[]", "BODY[TEXT]", "RFC822", "BODY[TEXT]<0.10>"}[c.random.IntN(4)]
	if c.rev2 && items == "RFC822" {
		items = "BINARY[1]"
	}
	cmd := newCommand("%s (UID %s)", s.verb("FETCH"), items)
	if err := c.accept(cmd); err != nil || !c.calm || c.view.readOnly {
		return err
	}
	for _, i := range s.indices {
		if m := c.view.list[i]; m.told && !strings.Contains(m.flags, `\seen`) {
			return c.wrong("UID %d was read and is not told to be seen", m.uid)
		}
	}
	return nil
}

// look reads messages and leaves them as they are.
func (c *client) look() error {
	s := c.some(5)
	if len(s.indices) == 0 {
		return nil
	}
	items := "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)]"
	if c.condstore {
		items += " MODSEQ"
	}
	cmd := newCommand("%s (%s)", s.verb("FETCH"), items)
	if err := c.accept(cmd); err != nil {
		return err
	}
	if c.calm && len(cmd.answers) != len(s.indices) {
		return c.wrong("%d answers about %d messages", len(cmd.answers), len(s.indices))
	}
	return nil
}

// mistake names a message that there is not.
func (c *client) mistake() error {
	if c.notify != "" {
		return nil // one may come at any moment
	}
	cmd := newCommand("FETCH %d (UID)", c.view.count()+1)
	cmd.mistake = true
	if err := c.run(cmd); err != nil {
		return err
	}
	if cmd.final.name != "BAD" || c.only && !cmd.code("UIDREQUIRED") {
		return c.wrong("%s was answered with %s", cmd.text, cmd.final.text)
	}
	last := uint32(0)
	if known := c.view.known(); len(known) > 0 {
		last = known[len(known)-1]
	}
	_, err := c.do("UID FETCH %d (UID)", last+1000)
	return err
}

// leave closes the mailbox, one way or another; the next act selects one.
func (c *client) leave() error {
	c.remember()
	switch n := c.random.IntN(4); {
	case n == 0:
		_, err := c.do("CLOSE")
		return err
	case n == 1 && c.offered["UNSELECT"]:
		_, err := c.do("UNSELECT")
		return err
	case n == 2:
		if _, err := c.do("LOGOUT"); err != nil {
			return err
		}
		c.drop()
		c.conn = nil
		return nil
	}
	return c.choose()
}

// vanishFromNet ends the connection without a word, perhaps with a command under way whose answer is never read.
func (c *client) vanishFromNet() error {
	c.remember()
	if s := c.some(3); len(s.indices) > 0 && !c.view.readOnly && !c.world.inTurn && c.random.IntN(2) == 0 {
		if err := c.send(newCommand(`%s -FLAGS (\Flagged)`, s.verb("STORE"))); err != nil {
			return err
		}
	}
	c.drop()
	c.conn = nil
	return nil
}

// waitIdle idles until something is told or a moment has passed.
func (c *client) waitIdle() error {
	if !c.idle && !c.notifying {
		return nil
	}
	if c.idle {
		if err := c.beginIdle(); err != nil {
			return err
		}
	}
	told := c.told
	if err := c.listen(20*time.Millisecond, func() bool { return c.told > told }); err != nil && err != errSilence {
		return err
	}
	if c.idle {
		return c.endIdle()
	}
	return nil
}

// pipeline sends commands without waiting; with UIDs this is always unambiguous.
func (c *client) pipeline() error {
	s := c.some(4)
	for i := 0; !s.byUID && i < 10; i++ {
		s = c.some(4)
	}
	if !s.byUID || len(s.indices) == 0 || c.view.readOnly {
		return nil
	}
	items := "FLAGS"
	if c.condstore {
		items += " MODSEQ"
	}
	commands := []*command{
		newCommand(`UID STORE %s +FLAGS (\Answered)`, s.set), newCommand("NOOP"), newCommand("UID FETCH 1:* (%s)", items),
		newCommand("UID EXPUNGE %s", s.set), newCommand("UID FETCH %s (%s)", s.set, items),
	}
	if err := c.run(commands...); err != nil {
		return err
	}
	for _, cmd := range commands {
		if !cmd.ok() {
			return c.wrong("%s was answered with %s", cmd.text, cmd.final.text)
		}
	}
	return nil
}

// changes asks for what changed since some time ago.
func (c *client) changes() error {
	kept := c.kept[c.view.name]
	if !c.condstore || len(kept) == 0 {
		return nil
	}
	old := kept[c.random.IntN(len(kept))]
	vanished := ""
	if c.qresync {
		vanished = " VANISHED"
	}
	cmd, err := c.do("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE %d%s)", old.modSeq, vanished)
	if err != nil {
		return err
	}
	for _, a := range cmd.answers {
		if v := a.items["MODSEQ"]; len(v.list) == 1 {
			if n, err := strconv.ParseUint(v.list[0].text, 10, 63); err != nil || n <= old.modSeq {
				return c.wrong("MODSEQ %s is not after %d", v.list[0].text, old.modSeq)
			}
		}
	}
	return nil
}

// search compares a search with the view.
func (c *client) search() error {
	if !c.world.searches {
		return nil
	}
	key := []string{"UNSEEN", "DELETED", "FLAGGED", "ALL", `BODY "etter numb"`, "SUBJECT letter"}[c.random.IntN(6)]
	every := key == "ALL" || strings.Contains(key, " ") // all letters say this
	byUID := !c.mayNumber() || c.random.IntN(2) == 0
	text := "SEARCH " + key
	if byUID {
		text = "UID " + text
	}
	cmd, err := c.do("%s", text)
	if err != nil || !c.calm {
		return err
	}
	got, err := searched(cmd)
	if err != nil {
		return c.wrong("%v", err)
	}
	var want []uint32
	for i, m := range c.view.list {
		is := every || strings.Contains(m.flags, `\`+strings.ToLower(key))
		if key == "UNSEEN" {
			is = !strings.Contains(m.flags, `\seen`)
		}
		if is && byUID {
			want = append(want, m.uid)
		} else if is {
			want = append(want, uint32(i+1))
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		return c.wrong("%s found %v, want %v", text, got, want)
	}
	return nil
}

// searched reads SEARCH or ESEARCH.
func searched(cmd *command) (found []uint32, err error) {
	for _, a := range cmd.answers {
		switch a.name {
		case "SEARCH":
			for _, v := range a.args {
				n, err := parseSet(v.text)
				if err != nil {
					return nil, err
				}
				found = append(found, n...)
			}
		case "ESEARCH":
			for i, v := range a.args {
				if strings.EqualFold(v.text, "ALL") && i+1 < len(a.args) {
					return parseSet(a.args[i+1].text)
				}
			}
		}
	}
	return found, nil
}
