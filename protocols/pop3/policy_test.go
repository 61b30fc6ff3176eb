package pop3

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// clock is a time that a test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) pass(d time.Duration)     { c.ahead.Add(int64(d)) }
func (w *world) clocked(c *clock) Options { o := w.options(); o.Now = c.now; return o }

// TestLoginDelay: RFC 2449, sections 6.5 and 8.1.1. Each account has its own, failed logins and those
// refused don't count.
func TestLoginDelay(t *testing.T) {
	w := newWorld(t)
	var c clock
	o := w.clocked(&c)
	o.LoginDelay = time.Minute - time.Millisecond
	_, addr, _ := w.serve(o)
	k := enter(t, addr)
	k.cmd("CAPA", "+OK")
	if got := k.multi(); !strings.Contains(got, "\r\nLOGIN-DELAY 60\r\n") {
		t.Errorf("capabilities %q", got)
	}
	k.cmd("QUIT", "+OK")

	k = dial(t, addr)
	k.startTLS()
	k.want("+OK")
	try := func(login, password, want string) {
		t.Helper()
		k.cmd("USER "+login, "+OK")
		k.cmd("PASS "+password, want)
	}
	c.pass(30 * time.Second)
	try("alice", "wrong", "-ERR [AUTH]")
	try("alice", password, "-ERR [LOGIN-DELAY] wait 60 seconds")
	k.cmd("AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=", "-ERR [LOGIN-DELAY]")
	c.pass(30 * time.Second)
	try("alice", password, "+OK")
	k.cmd("QUIT", "+OK")

	k = dial(t, addr)
	k.startTLS()
	k.want("+OK")
	try("bob", password, "+OK")
	k.cmd("QUIT", "+OK")
}

// TestLoginDelayAfterTrouble: a session that could not begin does not hold the next one up.
func TestLoginDelayAfterTrouble(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.LoginDelay = time.Hour
	bad := &sick{Store: w.st}
	o.Store = bad
	_, addr, _ := w.serve(o)
	k := dial(t, addr)
	k.startTLS()
	k.want("+OK")
	fail(&bad.view, store.Busy)
	k.cmd("USER alice", "+OK")
	k.cmd("PASS "+password, "-ERR [SYS/TEMP]")
	fail(&bad.view, nil)
	k.login()
}

// TestLoginsForget: what is remembered for LOGIN-DELAY does not grow for ever.
func TestLoginsForget(t *testing.T) {
	var c clock
	l := logins{delay: time.Minute, now: c.now}
	for i := range store.AccountID(10 * leastSweep) {
		if got := l.take(i); got != admitted {
			t.Fatalf("account %d: %d", i, got)
		}
		l.give(i)
		c.pass(time.Second)
	}
	if len(l.last) > leastSweep || len(l.held) != 0 {
		t.Errorf("%d logins and %d sessions are remembered", len(l.last), len(l.held))
	}
}

// TestExpire: RFC 2449, section 6.7. QUIT removes what is too old, and nothing else does.
func TestExpire(t *testing.T) {
	w := newWorld(t)
	var c clock
	o := w.clocked(&c)
	o.Expire = 30*day + time.Hour
	_, addr, _ := w.serve(o)
	w.add(letter(1, "a"), letter(2, "b"), letter(3, "c"))
	k := enter(t, addr)
	k.cmd("CAPA", "+OK")
	if got := k.multi(); !strings.Contains(got, "\r\nEXPIRE 30\r\n") {
		t.Errorf("capabilities %q", got)
	}
	c.pass(30*day - time.Hour)
	k.cmd("DELE 2", "+OK")
	k.cmd("QUIT", "+OK")
	if w.left() != 2 {
		t.Fatalf("%d messages are left; want 2", w.left())
	}
	c.pass(2 * time.Hour)
	k = enter(t, addr)
	w.add(letter(4, "not of this session"))
	k.cmd("LIST", "+OK 2 messages")
	k.multi()
	k.conn.Close()
	k = reenter(t, addr)
	if w.left() != 3 {
		t.Fatalf("%d messages are left; want 3", w.left())
	}
	w.add(letter(5, "nor this"))
	k.cmd("DELE 1", "+OK")
	k.cmd("QUIT", "+OK")
	if w.left() != 1 { // the store's clock stayed: all of the session are old
		t.Errorf("%d messages are left; want 1", w.left())
	}
}

// TestExpireTrouble: what can't be read is answered, and what is marked goes all the same.
func TestExpireTrouble(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Expire = day
	bad := &sick{Store: w.st}
	o.Store = bad
	w.add(letter(1, "a"), letter(2, "b"))
	_, addr, _ := w.serve(o)
	k := enter(t, addr)
	k.cmd("DELE 1", "+OK")
	fail(&bad.view, store.Busy)
	k.cmd("QUIT", "-ERR [SYS/TEMP]")
	if w.left() != 1 {
		t.Errorf("%d messages are left; want 1", w.left())
	}
}

var verbs = regexp.MustCompile(`%[-+#0-9.]*[a-z]`)

// TestTexts: every language says everything, with the same values in the same order, in one line.
func TestTexts(t *testing.T) {
	for _, l := range languages {
		for i, s := range l.texts {
			if s == "" || strings.ContainsAny(s, "\r\n[") || !slices.Equal(verbs.FindAllString(s, -1), verbs.FindAllString(english[i], -1)) {
				t.Errorf("%s, text %d: %q; in English %q", l.tag, i, s, english[i])
			}
			if len(fmt.Sprintf("-ERR [LOGIN-DELAY] %s\r\n", s)) > 256 { // and a short value: RFC 2449, section 4, has 512
				t.Errorf("%s, text %d is long: %q", l.tag, i, s)
			}
		}
		if l.texts != &english && *l.texts == english {
			t.Errorf("%s is English", l.tag)
		}
	}
}
