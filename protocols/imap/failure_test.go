package imap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// say sends text as it stands.
func (f *fetcher) say(text string) {
	f.t.Helper()
	if _, err := io.WriteString(f.conn, text); err != nil {
		f.t.Fatal(err)
	}
}

// hear reads lines until one begins with prefix, which it returns.
func (f *fetcher) hear(prefix string) string {
	f.t.Helper()
	for {
		if line := f.line(); bytes.HasPrefix(line, []byte(prefix)) {
			return string(line)
		}
	}
}

// ended checks that the server closed the connection.
func (f *fetcher) ended() {
	f.t.Helper()
	if b, err := io.ReadAll(f.r); err != nil {
		f.t.Errorf("connection stays: %q, %v", b, err)
	}
}

// TestSlowReader asks for much and reads nothing: neither writers nor other sessions may wait for that.
func TestSlowReader(t *testing.T) {
	w := newSite(t, nil)
	slow := w.login(t)
	large := []byte("Subject: large\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 20_000))
	for range 12 {
		slow.append(large)
	}
	slow.do("SELECT INBOX")
	slow.say("s FETCH 1:* (BODY.PEEK[])\r\n")
	other := w.login(t)
	other.do("SELECT INBOX")
	other.append([]byte("Subject: small\r\n\r\nsmall\r\n"))
	other.do("STORE 1:* +FLAGS (\\Flagged)")
	other.do("UID COPY 1 Archive")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := w.store.Update(ctx, w.acct.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err }); err != nil {
		t.Error(err)
	}
	slow.hear("s OK")
}

func TestStop(t *testing.T) {
	w := newSite(t, nil)
	idle, quiet, stranger := w.login(t), w.login(t), w.dial(t)
	idle.do("SELECT INBOX")
	idle.say("i IDLE\r\n")
	idle.hear("+ ")
	stranger.line()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	for _, f := range []*fetcher{idle, quiet, stranger} {
		if line := f.hear("* BYE"); !strings.Contains(line, "stopping") {
			t.Errorf("said %q", line)
		}
		f.ended()
	}
}

func TestNoPasswordInPlain(t *testing.T) {
	w := newSite(t, func(o *Options) { o.LoopbackPlain = false })
	f := w.dial(t)
	if line := string(f.line()); !strings.Contains(line, "LOGINDISABLED") || strings.Contains(line, "AUTH=PLAIN") {
		t.Errorf("greeted with %q", line)
	}
	f.say("a LOGIN alice {22+}\r\n" + password + "\r\n")
	f.hear("a NO [PRIVACYREQUIRED]")
	f.say("b AUTHENTICATE PLAIN\r\n")
	f.hear("b NO [PRIVACYREQUIRED]")
	f.say("c STARTTLS\r\n")
	f.hear("c BAD") // no certificate in this test
}

// TestStrangers bounds what somebody may send who has not logged in.
func TestStrangers(t *testing.T) {
	w := newSite(t, func(o *Options) { o.MaxErrors = 5 })
	f := w.dial(t)
	f.line()
	f.say("a LOGIN " + strings.Repeat("x", 30_000) + " y\r\n")
	f.hear("a BAD [TOOBIG]")
	f.say("b LOGIN {999999}\r\n")
	f.hear("b BAD [TOOBIG]")
	f.say("c SELECT INBOX\r\n")
	f.hear("c BAD log in first")
	f.say("d NOSUCH thing\r\n")
	f.hear("d BAD no such command")
	f.say("\r\n")
	f.hear("* BAD")
	f.hear("* BYE")
	f.ended()

	f = w.dial(t)
	f.line()
	f.say("a LOGIN alice {5000000+}\r\n")
	f.hear("* BYE") // more than is read away
	f.ended()
}

func TestLoginInTime(t *testing.T) {
	w := newSite(t, func(o *Options) { o.Login = 50 * time.Millisecond })
	f := w.dial(t)
	f.line()
	f.hear("* BYE no login in time")
	f.ended()
}

func TestTooManySessions(t *testing.T) {
	w := newSite(t, func(o *Options) { o.MaxPerAccount = 2 })
	first := w.login(t)
	w.login(t)
	third := w.dial(t)
	third.line()
	login := fmt.Sprintf("LOGIN alice {%d+}\r\n%s\r\n", len(password), password)
	third.say("a " + login)
	third.hear("a NO [LIMIT]")
	first.do("LOGOUT")
	first.ended()
	third.say("b " + login)
	third.hear("b OK")
	third.do("UNAUTHENTICATE")
	w.login(t)
}

// TestHalfClosed sends commands and closes its side: it gets all its answers.
func TestHalfClosed(t *testing.T) {
	w := newSite(t, nil)
	f := w.login(t)
	f.say("a SELECT INBOX\r\nb APPEND INBOX {9+}\r\nA: b\r\n\r\nc\r\nc NOOP\r\n")
	f.conn.(*net.TCPConn).CloseWrite()
	f.hear("a OK")
	f.hear("b OK")
	f.hear("c OK")
	f.ended()
}

// TestCutAppend breaks the connection in a literal: nothing of it is stored.
func TestCutAppend(t *testing.T) {
	w := newSite(t, nil)
	f := w.login(t)
	f.say("a APPEND INBOX {1000}\r\n")
	f.hear("+ ")
	f.say("Subject: half of a mess")
	f.conn.Close()
	g := w.login(t)
	for _, line := range g.do("STATUS INBOX (MESSAGES UIDNEXT)") {
		if !bytes.Contains(line, []byte("(MESSAGES 0 UIDNEXT 1)")) {
			t.Errorf("%s", line)
		}
	}
}

// TestMailboxRemoved ends a session whose mailbox another one removes.
func TestMailboxRemoved(t *testing.T) {
	w := newSite(t, nil)
	f, g := w.login(t), w.login(t)
	f.do("CREATE Work")
	f.do("SELECT Work")
	f.say("i IDLE\r\n")
	f.hear("+ ")
	g.do("DELETE Work")
	if line := f.hear("* BYE"); !strings.Contains(line, "removed") {
		t.Errorf("said %q", line)
	}
	f.ended()
}
