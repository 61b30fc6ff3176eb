package imapmodel

import (
	"fmt"
	"slices"
	"strings"
)

// names of flags that clients use.
var someFlags = []string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, "$Forwarded", "$Label1", "$label1", "Later", "$Junk"}

// crowd is how many messages of a mailbox are usually too many: then clients delete.
const crowd = 40

// op is something that a client does, with how often.
type op struct {
	weight int
	do     func(c *client) error
}

var ops = []op{
	{3, (*client).noop},
	{4, (*client).fill},
	{12, (*client).storeSome},
	{3, (*client).storeUnchanged},
	{3, (*client).copySome},
	{4, (*client).moveSome},
	{3, (*client).expungeSome},
	{4, (*client).appendSome},
	{4, (*client).readSome},
	{4, (*client).look},
	{1, (*client).mistake},
	{2, (*client).leave},
	{1, (*client).vanishFromNet},
	{3, (*client).waitIdle},
	{3, (*client).pipeline},
	{2, (*client).changes},
	{2, (*client).search},
	{2, (*client).replaceOne},
}

// act does one thing.
func (c *client) act() error {
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
	if c.view.count() > c.world.crowd && c.random.IntN(3) == 0 {
		return c.tidy()
	}
	sum := 0
	for _, o := range ops {
		sum += o.weight
	}
	n := c.random.IntN(sum)
	for _, o := range ops {
		if n -= o.weight; n < 0 {
			err := o.do(c)
			if err == nil && c.random.IntN(4) == 0 {
				c.remember()
			}
			return err
		}
	}
	return nil
}

// choose selects one of the mailboxes.
func (c *client) choose() error {
	err := c.open(c.world.boxes[c.random.IntN(2)].name, c.random.IntN(8) == 0)
	if err == nil && c.notifying {
		err = c.fill()
	}
	return err
}

func (c *client) noop() error {
	_, err := c.do("NOOP")
	return err
}

// some chooses messages: as a set, their indices in the view, and whether the set is of UIDs.
type some struct {
	set     string
	byUID   bool
	indices []int
	unknown int // messages that the set names too, and the client does not know
}

func (s some) verb(name string) string {
	if s.byUID {
		return "UID " + name + " " + s.set
	}
	return name + " " + s.set
}

// some chooses at most n messages; of none the set is empty.
func (c *client) some(n int) some {
	v := c.view
	s := some{byUID: !c.mayNumber() || c.random.IntN(2) == 0}
	if len(v.list) > 0 && c.random.IntN(c.world.sweeps) == 0 {
		s.set, s.unknown = "1:*", v.unknown
		for i := range v.list {
			s.indices = append(s.indices, i)
		}
		return s
	}
	var numbers []uint32
	for range 1 + c.random.IntN(n) {
		if len(v.list) == 0 {
			break
		}
		i := c.random.IntN(len(v.list))
		number := uint32(i + 1)
		if s.byUID {
			number = v.list[i].uid
		}
		if number != 0 && !slices.Contains(s.indices, i) {
			s.indices = append(s.indices, i)
			numbers = append(numbers, number)
		}
	}
	if len(numbers) > 0 {
		s.set = formatSet(numbers)
	}
	if len(s.indices) == 1 && s.indices[0] == len(v.list)-1 && !s.byUID && c.random.IntN(2) == 0 {
		s.set = "*"
	}
	return s
}

// silentStore is a STORE whose effect the client works out itself.
type silentStore struct {
	mode  string
	flags []string
}

// apply changes what is known of a message.
func (s *silentStore) apply(m *message) {
	if !m.told {
		return
	}
	own, _ := canonicalFlags(s.flags)
	has := strings.Fields(m.flags)
	for _, f := range strings.Fields(own) {
		at := slices.Index(has, f)
		switch {
		case s.mode == "+FLAGS" && at < 0:
			has = append(has, f)
		case s.mode == "-FLAGS" && at >= 0:
			has = slices.Delete(has, at, at+1)
		}
	}
	if s.mode == "FLAGS" {
		has = strings.Fields(own)
	}
	m.flags, _ = canonicalFlags(has)
}

func (c *client) storeSome() error {
	return c.store("")
}

// storeUnchanged stores if nobody else did since the largest change that the client saw.
func (c *client) storeUnchanged() error {
	if !c.condstore {
		return nil
	}
	largest := c.view.largest
	for _, m := range c.view.list {
		largest = max(largest, m.modSeq) // what was remembered counts too
	}
	return c.store(fmt.Sprintf(" (UNCHANGEDSINCE %d)", largest))
}

func (c *client) store(condition string) error {
	if c.calm && !c.condstore { // a flag that came and went again is still news
		if err := c.noop(); err != nil {
			return err
		}
	}
	s := c.some(4)
	if len(s.indices) == 0 || c.view.readOnly {
		return nil
	}
	mode := []string{"FLAGS", "+FLAGS", "+FLAGS", "-FLAGS"}[c.random.IntN(4)]
	flags := []string{someFlags[c.random.IntN(len(someFlags))]}
	if c.random.IntN(2) == 0 {
		flags = append(flags, someFlags[c.random.IntN(len(someFlags))])
	}
	suffix := ""
	silent := c.random.IntN(2) == 0 && (c.condstore || !c.notifying)
	if silent {
		suffix = ".SILENT"
	}
	cmd := newCommand("%s%s %s%s (%s)", s.verb("STORE"), condition, mode, suffix, strings.Join(flags, " "))
	if silent {
		cmd.silent = &silentStore{mode, flags}
		if !c.condstore {
			for _, i := range s.indices {
				cmd.silent.apply(&c.view.list[i])
			}
		}
	}
	if err := c.accept(cmd); err != nil {
		return err
	}
	if !c.calm {
		return nil
	}
	return c.echoes(cmd, len(s.indices))
}

// echoes checks that an own change is told as often as it should be while nobody else changes anything.
func (c *client) echoes(cmd *command, n int) error {
	told := 0
	for _, a := range cmd.answers {
		if _, is := a.items["FLAGS"]; is {
			told++
		}
	}
	want := n
	if cmd.silent != nil {
		want = 0
	}
	if told != want {
		return c.wrong("%s: flags of %d messages were told, want %d", cmd.text, told, want)
	}
	before := c.told
	if _, err := c.do("NOOP"); err != nil {
		return err
	}
	if c.told != before {
		return c.wrong("%s: it was told again", cmd.text)
	}
	return nil
}

// elsewhere is a mailbox that is not the selected one.
func (c *client) elsewhere() string {
	for {
		if name := c.world.boxes[c.random.IntN(len(c.world.boxes))].name; name != c.view.name {
			return name
		}
	}
}

func (c *client) copySome() error {
	s := c.some(3)
	if len(s.indices) == 0 || len(s.indices) > crowd/4 || c.view.count() > c.world.crowd {
		return nil
	}
	to := c.elsewhere()
	if c.random.IntN(4) == 0 {
		to = c.view.name
	}
	cmd := newCommand("%s %s", s.verb("COPY"), c.called(to))
	if err := c.accept(cmd); err != nil {
		return err
	}
	return c.copied(cmd.final.code, to, len(s.indices)+s.unknown)
}

func (c *client) moveSome() error {
	s := c.some(3)
	if len(s.indices) == 0 || c.view.readOnly {
		return nil
	}
	to := c.elsewhere()
	was := c.view.count()
	cmd := newCommand("%s %s", s.verb("MOVE"), c.called(to))
	if err := c.accept(cmd); err != nil {
		return err
	}
	code, gone := "", false
	for _, a := range cmd.answers {
		switch {
		case strings.HasPrefix(a.code, "COPYUID"):
			if code = a.code; gone && c.calm {
				return c.wrong("messages go before COPYUID says where")
			}
		case a.name == "EXPUNGE", a.name == "VANISHED":
			gone = true
		}
	}
	if c.calm && c.view.count() != was-len(s.indices) {
		return c.wrong("%d of %d messages are left after MOVE of %d", c.view.count(), was, len(s.indices))
	}
	return c.copied(code, to, len(s.indices)+s.unknown)
}

// copied notes what COPYUID tells.
func (c *client) copied(code, to string, most int) error {
	if code == "" && !c.calm || !strings.HasPrefix(code, "COPYUID") && !c.calm {
		return nil // the messages were gone
	}
	fields := strings.Fields(code)
	if len(fields) != 4 {
		return c.wrong("COPYUID is %q", code)
	}
	from, err := parseSet(fields[2])
	if err != nil {
		return c.wrong("%v", err)
	}
	copies, err := parseSet(fields[3])
	if err != nil || len(copies) != len(from) || len(from) > most && !c.notifying || c.calm && len(from) != most {
		return c.wrong("COPYUID %s: %d messages at most (%v)", code, most, err)
	}
	for i := range from {
		c.world.identities.copied(place{c.view.name, from[i]}, place{to, copies[i]})
	}
	return nil
}

func (c *client) expungeSome() error {
	if c.view.readOnly {
		return nil
	}
	if s := c.some(6); s.byUID && len(s.indices) > 0 {
		_, err := c.do("UID EXPUNGE %s", s.set)
		return err
	}
	if _, err := c.do("EXPUNGE"); err != nil {
		return err
	}
	for _, m := range c.view.list {
		if c.calm && m.told && strings.Contains(m.flags, `\deleted`) {
			return c.wrong("UID %d is there after EXPUNGE", m.uid)
		}
	}
	return nil
}

// tidy deletes many messages.
func (c *client) tidy() error {
	s := c.some(crowd / 2)
	if len(s.indices) == 0 || c.view.readOnly {
		return c.leave()
	}
	if err := c.accept(newCommand(`%s +FLAGS (\Deleted)`, s.verb("STORE"))); err != nil {
		return err
	}
	_, err := c.do("EXPUNGE")
	return err
}
