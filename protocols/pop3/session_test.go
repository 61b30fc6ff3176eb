package pop3

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// TestDrop: a connection that ends before QUIT removes nothing, and the maildrop is free again.
func TestDrop(t *testing.T) {
	w := newWorld(t)
	w.add(letter(1, "a"), letter(2, "b"))
	_, addr, _ := w.serve(w.options())
	k := enter(t, addr)
	k.cmd("DELE 1", "+OK")
	k.cmd("DELE 2", "+OK")
	k.conn.Close()
	k = reenter(t, addr)
	k.cmd("STAT", "+OK 2 ")
	k.cmd("QUIT", "+OK")
	k.gone()
	if w.left() != 2 {
		t.Errorf("%d messages are left", w.left())
	}
}

// reenter logs in as soon as the account's last session has ended.
func reenter(t *testing.T, addr string) *talk {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		k := dial(t, addr)
		k.startTLS()
		k.want("+OK")
		k.cmd("USER alice", "+OK")
		k.cmd("PASS "+password, "")
		if strings.HasPrefix(k.last, "+OK") {
			return k
		}
		if !strings.HasPrefix(k.last, "-ERR [IN-USE]") || time.Now().After(end) {
			t.Fatalf("login: %s", k.last)
		}
		k.conn.Close()
		time.Sleep(time.Millisecond)
	}
}

// TestStop: a stopping server sends waiting sessions away, and they remove nothing.
func TestStop(t *testing.T) {
	w := newWorld(t)
	w.add(letter(1, "a"))
	_, addr, stop := w.serve(w.options())
	k := enter(t, addr)
	k.cmd("DELE 1", "+OK")
	waiting := dial(t, addr) // before TLS
	stop()
	k.gone()
	waiting.gone()
	if w.left() != 1 {
		t.Errorf("%d messages are left", w.left())
	}
}

// TestStopInTransfer: a message on its way when the server stops arrives whole.
func TestStopInTransfer(t *testing.T) {
	w := newWorld(t)
	large := letter(1, strings.Repeat(strings.Repeat("x", 70)+"\r\n", 400_000)) // more than the sockets hold
	w.add(large)
	_, addr, stop := w.serve(w.options())
	k := enter(t, addr)
	k.cmd("RETR 1", "+OK")
	stopped := make(chan struct{})
	go func() {
		stop()
		close(stopped)
	}()
	for { // until nobody is let in any more
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		c.Close()
	}
	if got := k.multi(); got != large {
		t.Errorf("%d bytes arrived; want %d", len(got), len(large))
	}
	k.gone()
	<-stopped
}

// TestIdle: who says nothing is sent away without an answer, RFC 1939 section 3.
func TestIdle(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Idle = 50 * time.Millisecond
	plain, _, _ := w.serve(o)
	k := dial(t, plain)
	k.want("+OK")
	k.gone()
	o.Idle, o.Login = 0, 50*time.Millisecond
	plain, _, _ = w.serve(o)
	k = dial(t, plain)
	k.want("+OK")
	k.gone()
}

// TestLongLine: a line beyond the limit ends the session; one within does not.
func TestLongLine(t *testing.T) {
	w := newWorld(t)
	_, addr, _ := w.serve(w.options())
	k := dial(t, addr)
	k.startTLS()
	k.want("+OK")
	k.cmd("USER "+strings.Repeat("x", maxLine-7), "+OK")
	k.cmd("NOOP "+strings.Repeat("x", maxLine), "-ERR line too long")
	k.gone()
}

// TestInjection: what was sent behind STLS is not carried out under TLS.
func TestInjection(t *testing.T) {
	w := newWorld(t)
	plain, _, _ := w.serve(w.options())
	k := dial(t, plain)
	k.want("+OK")
	k.send("STLS\r\nUSER alice\r\nCAPA\r\n")
	k.want("+OK begin TLS")
	k.startTLS()
	k.cmd("PASS "+password, "-ERR USER comes first")
}

// TestUniqueIDs: they survive a restart of the server.
func TestUniqueIDs(t *testing.T) {
	w := newWorld(t)
	w.add(letter(1, "a"), letter(2, "b"))
	var lists []string
	for range 2 {
		_, addr, stop := w.serve(w.options())
		k := enter(t, addr)
		k.cmd("UIDL", "+OK")
		lists = append(lists, k.multi())
		k.cmd("QUIT", "+OK")
		stop()
	}
	if lists[0] != lists[1] || strings.Count(lists[0], "\n") != 2 {
		t.Errorf("unique ids %q, then %q", lists[0], lists[1])
	}
}

// TestGoneMeanwhile: another protocol may remove a message during a session.
func TestGoneMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.add(letter(1, "a"), letter(2, "b"))
	_, addr, _ := w.serve(w.options())
	k := enter(t, addr)
	inbox := storetest.Role(t, w.st, w.alice.ID, store.Inbox)
	err := w.st.Update(t.Context(), w.alice.ID, func(tx store.Tx) error { return tx.Remove(inbox.ID, 1) })
	if err != nil {
		t.Fatal(err)
	}
	w.add(letter(3, "c"))
	k.cmd("RETR 1", "-ERR the message is gone")
	k.cmd("STAT", "+OK 2 ")
	k.cmd("DELE 1", "+OK")
	k.cmd("DELE 2", "+OK")
	k.cmd("QUIT", "+OK")
	if w.left() != 1 {
		t.Errorf("%d messages are left", w.left())
	}
	k = enter(t, addr)
	k.cmd("UIDL 1", fmt.Sprintf("+OK 1 %d.3", inbox.UIDValidity))
	k.cmd("QUIT", "+OK")
}

// TestFlags: nothing that a session does marks a message as read.
func TestFlags(t *testing.T) {
	w := newWorld(t)
	w.add(letter(1, "a"))
	_, addr, _ := w.serve(w.options())
	k := enter(t, addr)
	k.cmd("RETR 1", "+OK")
	k.multi()
	k.cmd("QUIT", "+OK")
	if c := storetest.Role(t, w.st, w.alice.ID, store.Inbox); c.Unread != 1 {
		t.Errorf("%d are unread", c.Unread)
	}
}

// TestLargeMessage: more bytes than any buffer has, compared one by one.
func TestLargeMessage(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("Subject: large\r\n\r\n")
	for i := range 60000 {
		fmt.Fprintf(&b, ".%d\r\n%s\r\n", i, strings.Repeat("x", i%97))
	}
	w.add(b.String())
	_, addr, _ := w.serve(w.options())
	k := enter(t, addr)
	k.cmd("LIST 1", fmt.Sprintf("+OK 1 %d", b.Len()))
	k.cmd("RETR 1", "+OK")
	if got := k.multi(); got != b.String() {
		t.Errorf("got %d bytes; want %d", len(got), b.Len())
	}
	k.cmd("TOP 1 3", "+OK")
	if got := k.multi(); got != "Subject: large\r\n\r\n.0\r\n\r\n.1\r\n" {
		t.Errorf("top %q", got)
	}
	k.cmd("RETR 1", "+OK") // the client goes away in the middle
	k.conn.Close()
}

// TestManyDeletes: more than one transaction's worth.
func TestManyDeletes(t *testing.T) {
	w := newWorld(t)
	w.fill(2*batch + 10)
	_, addr, _ := w.serve(w.options())
	k := enter(t, addr)
	var b bytes.Buffer
	for i := range 2*batch + 9 {
		fmt.Fprintf(&b, "DELE %d\r\n", i+1)
	}
	go k.conn.Write(b.Bytes())
	for range 2*batch + 9 {
		k.want("+OK")
	}
	k.cmd("QUIT", "+OK")
	if w.left() != 1 {
		t.Errorf("%d messages are left", w.left())
	}
	k = enter(t, addr) // renewed from what was kept
	inbox := storetest.Role(t, w.st, w.alice.ID, store.Inbox)
	k.cmd("UIDL 1", fmt.Sprintf("+OK 1 %d.%d", inbox.UIDValidity, 2*batch+10))
	k.cmd("QUIT", "+OK")
}

// fill puts n small messages into alice's Inbox.
func (w *world) fill(n int) {
	w.t.Helper()
	inbox := storetest.Role(w.t, w.st, w.alice.ID, store.Inbox)
	blob := storetest.Stage(w.t, w.st, []byte(letter(1, "same for all")))
	for n > 0 {
		some := min(n, 5000)
		n -= some
		err := w.st.Update(context.Background(), w.alice.ID, func(tx store.Tx) error {
			for range some {
				if _, err := tx.Add(inbox.ID, store.NewItem{Class: store.Mail, Blob: blob}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestHundredThousand holds the memory of a session over a large maildrop to its bound.
func TestHundredThousand(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("a large mailbox")
	}
	const n = 100_000
	w := newWorld(t)
	w.fill(n)
	var kept keeper
	before := heap()
	began := time.Now()
	s, err := kept.load(t.Context(), w.st, w.alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	first := time.Since(began)
	grown := int64(heap()) - int64(before)
	began = time.Now()
	if s, err = kept.load(t.Context(), w.st, w.alice.ID); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages: %d KiB, %v at first, %v again", len(s.uids), grown>>10, first, time.Since(began))
	if len(s.uids) != n || grown > 1<<20 {
		t.Errorf("%d messages in %d bytes", len(s.uids), grown)
	}
	_, addr, _ := w.serve(w.options())
	k := enter(t, addr)
	k.cmd("LIST", "+OK 100000 messages")
	if got := strings.Count(k.multi(), "\n"); got != n {
		t.Errorf("%d lines", got)
	}
	k.cmd("UIDL", "+OK")
	if got := strings.Count(k.multi(), "\n"); got != n {
		t.Errorf("%d lines", got)
	}
	k.cmd("QUIT", "+OK")
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
