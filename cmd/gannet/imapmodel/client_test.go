package imapmodel

import (
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// patience is how long anything may take that must come; it is reached only when it does not.
const patience = 30 * time.Second

// kind is what a session makes use of.
type kind struct {
	name      string
	enable    string // names for ENABLE
	condStore bool   // SELECT (CONDSTORE)
	compress  bool
	idle      bool   // waits with IDLE
	notify    string // SELECTED or SELECTED-DELAYED
	deaf      bool   // NOTIFY without FlagChange
	guest     bool   // another account's, with which the mailboxes are shared
}

// client is one mail program: it outlives its connections, and keeps what it knew of mailboxes.
type client struct {
	kind
	world  *world
	random *rand.Rand

	conn     net.Conn
	out      io.Writer
	flush    func() error
	in       chan received
	packTag  atomic.Value // string: when this tag is answered with OK, what follows is compressed
	tags     int
	pending  []*command // not answered yet, in the order sent
	dialogue []string   // the last lines

	offered                        map[string]bool
	condstore, qresync, rev2, only bool // as enabled
	notifying, idling              bool
	view                           *view // nil: no mailbox is selected
	kept                           map[string][]*cached
	status                         map[string]map[string]string // by mailbox, as last told
	told, gone                     int                          // untagged answers about messages so far, messages told to be gone
	calm                           bool                         // nobody else acts, and the view is the store's
}

// received is an answer, or why there are no more.
type received struct {
	raw []byte
	err error
}

// command is a command in progress.
type command struct {
	tag, name string
	uid       bool
	text      string // behind the tag
	mistake   bool   // BAD is the right answer
	silent    *silentStore
	open      *view // of SELECT
	answers   []*answer
	final     *answer
}

// numbers reports whether the command names or answers messages by sequence number, so that none may go meanwhile.
func (c *command) numbers() bool {
	switch c.name {
	case "FETCH", "STORE", "SEARCH", "SORT", "THREAD":
		return !c.uid
	}
	return false
}

func (c *command) ok() bool              { return c.final != nil && c.final.name == "OK" }
func (c *command) code(name string) bool { return strings.HasPrefix(c.final.code, name) }

// newCommand reads the name from the text.
func newCommand(format string, args ...any) *command {
	text := fmt.Sprintf(format, args...)
	name, rest, _ := strings.Cut(text, " ")
	cmd := &command{name: name, text: text}
	if name == "UID" {
		cmd.uid = true
		cmd.name, _, _ = strings.Cut(rest, " ")
	}
	return cmd
}

// dial connects; nothing is known of the server yet.
func (c *client) dial() error {
	conn, err := net.Dial("tcp", c.world.imap)
	if err != nil {
		return err
	}
	c.conn, c.out, c.flush, c.in = conn, conn, func() error { return nil }, make(chan received, 64)
	c.pending, c.view, c.status = nil, nil, map[string]map[string]string{}
	c.condstore, c.qresync, c.rev2, c.only, c.notifying, c.idling = false, false, false, false, false, false
	c.packTag.Store("none")
	go c.receive(conn, c.in)
	c.dialogue = append(c.dialogue, "-- connected")
	return nil
}

// receive reads answers until the connection ends.
func (c *client) receive(conn net.Conn, in chan<- received) {
	defer close(in)
	plain := bufio.NewReader(conn)
	r := plain
	for {
		raw, err := readAnswer(r)
		if errors.Is(err, io.EOF) && len(raw) > 0 {
			err = io.ErrUnexpectedEOF
		}
		in <- received{raw, err}
		if err != nil {
			return
		}
		if strings.HasPrefix(string(raw), c.packTag.Load().(string)+" OK") {
			r = bufio.NewReader(flate.NewReader(plain))
		}
	}
}

// drop ends the connection without a word.
func (c *client) drop() {
	c.conn.Close()
	for range c.in {
		continue
	}
	c.view = nil
	c.dialogue = append(c.dialogue, "-- disconnected")
}

// note keeps a line for the day that something is wrong.
func (c *client) note(who, text string) {
	text = strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\r\n", "⏎")
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	c.dialogue = append(c.dialogue, who+text)
	if len(c.dialogue) > 400 {
		c.dialogue = append(c.dialogue[:0], c.dialogue[200:]...)
	}
}

// wrong makes the error of a rule that the server broke.
func (c *client) wrong(format string, args ...any) error {
	last := c.dialogue[max(0, len(c.dialogue)-60):]
	return fmt.Errorf("%s: %s\n  %s", c.kind.name, fmt.Sprintf(format, args...), strings.Join(last, "\n  "))
}

// next returns the next answer, within patience.
func (c *client) next(wait time.Duration) (*answer, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case got, open := <-c.in:
		if !open || got.err != nil {
			return nil, c.wrong("the connection ended: %v", got.err)
		}
		c.note("S: ", string(got.raw))
		a, err := parseAnswer(got.raw)
		if err != nil {
			return nil, c.wrong("%v", err)
		}
		return a, nil
	case <-timer.C:
		return nil, errSilence
	}
}

var errSilence = errors.New("nothing came")

// send writes commands at once.
func (c *client) send(commands ...*command) error {
	var b strings.Builder
	for _, cmd := range commands {
		c.tags++
		cmd.tag = fmt.Sprintf("t%d", c.tags)
		c.pending = append(c.pending, cmd)
		if cmd.name == "COMPRESS" {
			c.packTag.Store(cmd.tag)
		}
		line := cmd.tag + " " + cmd.text + "\r\n"
		c.note("C: ", line)
		b.WriteString(line)
	}
	return c.write(b.String())
}

func (c *client) write(text string) error {
	if _, err := io.WriteString(c.out, text); err != nil {
		return c.wrong("write: %v", err)
	}
	return c.flush()
}

// run sends commands at once and takes the answers to all.
func (c *client) run(commands ...*command) error {
	if err := c.send(commands...); err != nil {
		return err
	}
	for len(c.pending) > 0 {
		if err := c.step(patience); err != nil {
			return err
		}
	}
	return nil
}

// do runs one command that must be answered with OK.
func (c *client) do(format string, args ...any) (*command, error) {
	cmd := newCommand(format, args...)
	if err := c.run(cmd); err != nil {
		return cmd, err
	}
	if !cmd.ok() {
		return cmd, c.wrong("%s was answered with %s", cmd.text, cmd.final.text)
	}
	return cmd, nil
}

// step takes one answer.
func (c *client) step(wait time.Duration) error {
	a, err := c.next(wait)
	if errors.Is(err, errSilence) && wait == patience {
		return c.wrong("no answer in %v", wait)
	}
	if err != nil {
		return err
	}
	switch {
	case a.tag == "*":
		if err := c.take(a); err != nil {
			return c.wrong("%v", err)
		}
		if cmd := c.head(); cmd != nil {
			cmd.answers = append(cmd.answers, a)
		}
		return nil
	case a.tag == "+":
		if cmd := c.head(); cmd == nil || cmd.name != "IDLE" || c.idling {
			return c.wrong("a continuation that nobody waits for")
		}
		c.idling = true
		return nil
	}
	cmd := c.head()
	if cmd == nil || cmd.tag != a.tag {
		return c.wrong("an answer to %s", a.tag)
	}
	c.pending, cmd.final = c.pending[1:], a
	if err := c.finished(cmd); err != nil {
		return c.wrong("%v", err)
	}
	return nil
}

// head is the command that the server is at; nil: none.
func (c *client) head() *command {
	if len(c.pending) == 0 {
		return nil
	}
	return c.pending[0]
}

// beginIdle is IDLE up to its continuation.
func (c *client) beginIdle() error {
	if err := c.send(newCommand("IDLE")); err != nil {
		return err
	}
	for !c.idling && len(c.pending) > 0 {
		if err := c.step(patience); err != nil {
			return err
		}
	}
	if !c.idling {
		return c.wrong("IDLE was refused")
	}
	return nil
}

// endIdle is DONE.
func (c *client) endIdle() error {
	c.note("C: ", "DONE")
	c.idling = false
	if err := c.write("DONE\r\n"); err != nil {
		return err
	}
	for len(c.pending) > 0 {
		if err := c.step(patience); err != nil {
			return err
		}
	}
	return nil
}

// listen takes what is pushed until enough says so, or nothing comes for wait.
func (c *client) listen(wait time.Duration, enough func() bool) error {
	for !enough() {
		if err := c.step(wait); err != nil {
			return err
		}
	}
	return nil
}

// login connects and switches on what the kind of session makes use of.
func (c *client) login() error {
	if err := c.dial(); err != nil {
		return err
	}
	if a, err := c.next(patience); err != nil || a.tag != "*" || a.name != "OK" {
		return c.wrong("greeting: %v %v", a, err)
	}
	name := user
	if c.guest {
		name = guest
	}
	if _, err := c.do("LOGIN %s {%d+}\r\n%s", name, len(password), password); err != nil {
		return err
	}
	if _, err := c.do("CAPABILITY"); err != nil {
		return err
	}
	if c.compress {
		if err := c.pack(); err != nil {
			return err
		}
	}
	if c.enable != "" {
		if _, err := c.do("ENABLE %s", c.enable); err != nil {
			return err
		}
	}
	if c.notify != "" {
		return c.subscribe()
	}
	return nil
}

// called is the name under which the session sees a mailbox.
func (c *client) called(name string) string {
	if c.guest {
		name = shared + name
	}
	return `"` + name + `"`
}

// pack begins COMPRESS=DEFLATE.
func (c *client) pack() error {
	if _, err := c.do("COMPRESS DEFLATE"); err != nil {
		return err
	}
	w, err := flate.NewWriter(c.conn, flate.DefaultCompression)
	if err != nil {
		return err
	}
	c.out, c.flush = w, w.Flush
	return nil
}

// subscribe is NOTIFY: messages of the selected mailbox with their UIDs and flags, and the state of the others.
func (c *client) subscribe() error {
	items := "UID FLAGS"
	if c.condstore {
		items += " MODSEQ"
	}
	flagChange := " FlagChange"
	if c.deaf {
		flagChange = ""
	}
	_, err := c.do("NOTIFY SET STATUS (%s (MessageNew (%s) MessageExpunge%s)) (PERSONAL (MessageNew MessageExpunge FlagChange))", c.notify, items, flagChange)
	c.notifying = err == nil
	return err
}
