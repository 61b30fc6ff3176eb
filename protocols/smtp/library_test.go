package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The tests of this file hold our guards for what go-smtp leaves open; the package page lists them.

const envelope = "EHLO c.example\r\nMAIL FROM:<a@elsewhere.test>\r\nRCPT TO:<alice@example.test>\r\n"

// open gets as far as an accepted recipient.
func (k *talk) open() {
	k.t.Helper()
	k.send(envelope)
	k.want("250")
	k.want("250")
	k.want("250")
}

func (w *world) wantInbox(n int) []string {
	w.t.Helper()
	got := w.inbox(w.alice.ID)
	if len(got) != n {
		w.t.Fatalf("%d messages in the inbox, want %d: %.200q", len(got), n, got)
	}
	return got
}

// pipes is a listener whose connections are in memory, so that time is the test's own.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// inBubble runs a test whose time passes only while everybody waits.
func inBubble(t *testing.T, o Options, f func(w *world, k *talk)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o.Store, o.Mail = w.st, w.mail
		ln := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- New(o).Serve(ctx, ln) }()
		theirs, ours := net.Pipe()
		ln.conns <- theirs
		k := &talk{t: t}
		k.use(ours)
		ours.SetDeadline(time.Time{})
		k.want("220")
		f(w, k)
		ours.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Bug 1: a time-out inside DATA must not turn the rest of the message into commands.
func TestTimeoutInsideData(t *testing.T) {
	inBubble(t, Options{Idle: time.Minute}, func(w *world, k *talk) {
		k.cmd("EHLO c.example", "250")
		k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
		k.cmd("RCPT TO:<alice@example.test>", "250")
		k.cmd("DATA", "354")
		begin := time.Now()
		k.send("Subject: x\r\n\r\nMAIL FROM:<evil@elsewhere.test>\r\n")
		k.want("421 4.4.2")
		if waited := time.Since(begin); waited != time.Minute {
			t.Errorf("time-out after %v, want a minute", waited)
		}
		k.gone()
		w.wantInbox(0)
	})
}

func TestTimeoutInsideChunk(t *testing.T) {
	inBubble(t, Options{Idle: time.Minute}, func(w *world, k *talk) {
		k.cmd("EHLO c.example", "250")
		k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
		k.cmd("RCPT TO:<alice@example.test>", "250")
		k.send("BDAT 1000 LAST\r\nSubject: x\r\n\r\nRSET\r\n")
		k.want("421 4.4.2")
		k.gone()
		w.wantInbox(0)
	})
}

func TestTimeoutBetweenCommands(t *testing.T) {
	inBubble(t, Options{Idle: time.Minute}, func(w *world, k *talk) {
		k.cmd("EHLO c.example", "250")
		k.want("421 4.4.2")
		k.gone()
	})
}

// Bug 2: a message may take longer than the idle time, if it keeps coming; not if it trickles.
func TestDeadlineMovesInsideData(t *testing.T) {
	inBubble(t, Options{Idle: time.Minute}, func(w *world, k *talk) {
		k.cmd("EHLO c.example", "250")
		k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
		k.cmd("RCPT TO:<alice@example.test>", "250")
		k.cmd("DATA", "354")
		for range 20 {
			k.send(strings.Repeat("X: "+strings.Repeat("y", 70)+"\r\n", 60))
			time.Sleep(50 * time.Second)
		}
		k.send("\r\n.\r\n")
		k.want("250 2.0.0")
		w.wantInbox(1)
	})
}

func TestTrickle(t *testing.T) {
	inBubble(t, Options{Idle: time.Minute}, func(w *world, k *talk) {
		k.cmd("EHLO c.example", "250")
		k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
		k.cmd("RCPT TO:<alice@example.test>", "250")
		k.cmd("DATA", "354")
		begin := time.Now()
		var client sync.WaitGroup
		defer client.Wait()
		client.Go(func() {
			for range 1000 {
				if _, err := io.WriteString(k.w, "x"); err != nil {
					return
				}
				time.Sleep(30 * time.Second)
			}
		})
		k.want("421 4.4.2")
		if took := time.Since(begin); took > rateGrace+2*time.Minute {
			t.Errorf("a trickle went on for %v", took)
		}
		k.gone()
		w.wantInbox(0)
	})
}

// Bug 3: binary bytes without a line end, in one packet with their command.
func TestChunksWithoutLines(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{}))
	k.send(envelope + "BDAT 15\r\nSubject: x\r\n\r\n>BDAT 10000\r\n" + strings.Repeat("x", 10_000) + "BDAT 200000\r\n" + strings.Repeat("y", 200_000) + "BDAT 0 LAST\r\n")
	for _, want := range []string{"250", "250", "250", "250", "250", "250", "250 2.0.0 delivered"} {
		k.want(want)
	}
	got := w.wantInbox(1)[0]
	if body := got[strings.Index(got, "\r\n\r\n")+4:]; body != ">"+strings.Repeat("x", 10_000)+strings.Repeat("y", 200_000) {
		t.Errorf("body has %d bytes: %.80q", len(body), body)
	}
}

func TestBinaryMIMERefused(t *testing.T) {
	k := start(t, newWorld(t).serve(Options{}))
	k.cmd("EHLO c.example", "250")
	k.cmd("MAIL FROM:<a@elsewhere.test> BODY=BINARYMIME", "504")
}

// Bug 4: long lines are part of real mail; endless ones are not.
func TestLongLines(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(Options{})
	k := start(t, addr)
	k.open()
	k.cmd("DATA", "354")
	line := strings.Repeat("z", 120<<10)
	k.send("Subject: x\r\n\r\n" + line + "\r\n.\r\n")
	k.want("250 2.0.0")
	if got := w.wantInbox(1)[0]; !strings.HasSuffix(got, "\r\n\r\n"+line+"\r\n") {
		t.Errorf("stored %d bytes", len(got))
	}
	k.open()
	k.cmd("DATA", "354")
	io.WriteString(k.w, "Subject: x\r\n\r\n"+strings.Repeat("z", 300<<10)+"\r\n.\r\n") // may be cut off
	k.gone()
	w.wantInbox(1)
}

// Bug 6: what goes wrong inside is no business of the client.
func TestInternalTextStaysInside(t *testing.T) {
	for _, op := range []string{"view", "blob", "update"} {
		t.Run(op, func(t *testing.T) {
			w := newWorld(t)
			bad := &faulty{Store: w.st}
			k := start(t, w.serve(Options{Store: bad, Mail: w.mailOn(bad)}))
			k.cmd("EHLO c.example", "250")
			k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
			bad.set(op, errors.New("secret path /var/lib"))
			if op == "view" {
				k.cmd("RCPT TO:<alice@example.test>", "451 4.3.0 local error")
			} else {
				k.cmd("RCPT TO:<alice@example.test>", "250")
				k.cmd("DATA", "354")
				k.send("Subject: x\r\n\r\n.\r\n")
				k.want("451 4.3.0 local error")
			}
			if strings.Contains(k.last, "secret") {
				t.Errorf("reply %q", k.last)
			}
			if !strings.Contains(w.logs.String(), "secret path") {
				t.Error("the log does not tell the cause")
			}
			bad.set(op, nil)
			w.wantInbox(0)
			k.cmd("RSET", "250")
			k.open()
			k.cmd("DATA", "354")
			k.send("Subject: x\r\n\r\n.\r\n")
			k.want("250 2.0.0")
			w.wantInbox(1)
		})
	}
}

// Bug 7: the limit is the limit, to the byte, for DATA and for BDAT.
func TestSizeLimit(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{}))
	limit := int(w.mail.MaxSize())
	head := "Subject: x\r\n\r\n"
	message := func(size int) string {
		line := strings.Repeat("x", 62) + "\r\n"
		body := strings.Repeat(line, (size-len(head))/len(line)+1)[:size-len(head)-2] + "\r\n"
		return head + body
	}
	for _, tt := range []struct {
		size int
		want string
	}{{limit, "250 2.0.0"}, {limit + 1, "552 5.3.4"}, {limit + 50_000, "552 5.3.4"}, {limit, "250 2.0.0"}} {
		k.open()
		k.cmd("DATA", "354")
		k.send(message(tt.size) + ".\r\n")
		k.want(tt.want)
		k.open()
		k.send(fmt.Sprintf("BDAT %d LAST\r\n%s", tt.size, message(tt.size)))
		k.want(tt.want)
	}
	w.wantInbox(4)
}

// A client that goes on after a refusal is cut off.
func TestFlood(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{}))
	k.open()
	k.cmd("DATA", "354")
	line := strings.Repeat("x", 998) + "\r\n"
	for range 20 << 10 { // up to 20 MiB, of which 1 MiB is permitted
		if _, err := io.WriteString(k.w, line); err != nil {
			break
		}
	}
	k.gone()
	w.wantInbox(0)
}

// A connection that ends inside the last chunk is not the end of the message.
func TestCutInsideChunk(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, chunk := range []string{"BDAT 100 LAST\r\nSubject: x\r\n\r\nhalf", "BDAT 10\r\nSubject: xBDAT 50 LAST\r\n\r\n"} {
			t.Run(fmt.Sprintf("secure=%v", secure), func(t *testing.T) {
				w := newWorld(t)
				k := start(t, w.serve(Options{}))
				if secure {
					k.cmd("EHLO c.example", "250")
					k.cmd("STARTTLS", "220")
					k.startTLS()
				}
				k.open()
				k.send(chunk)
				if c, ok := k.conn.(*tls.Conn); ok {
					c.CloseWrite() // close_notify: only TLS knows
				} else {
					k.conn.(*net.TCPConn).CloseWrite()
				}
				for {
					line, err := k.reply()
					if err != nil {
						break
					}
					if strings.HasPrefix(line, "250 2.0.0 delivered") {
						t.Error("half a message was accepted")
					}
				}
				w.wantInbox(0)
			})
		}
	}
}

// A whole chunk under TLS with more commands behind it is accepted.
func TestChunkThenCommandsUnderTLS(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{}))
	k.cmd("EHLO c.example", "250")
	k.cmd("STARTTLS", "220")
	k.startTLS()
	k.open()
	message := "Subject: x\r\n\r\n" + strings.Repeat("x", 40_000) + "\r\n"
	k.send(fmt.Sprintf("BDAT %d LAST\r\n%sNOOP\r\nQUIT\r\n", len(message), message))
	k.want("250 2.0.0 delivered")
	w.wantInbox(1)
}

// RSET between chunks forgets the message, and ends the connection before the next: see [session.Reset].
func TestResetInsideChunks(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(Options{})
	for _, reset := range []string{"RSET", "EHLO again.example"} {
		k := start(t, addr)
		k.open()
		k.send("BDAT 14\r\nSubject: 1\r\n\r\n" + reset + "\r\nBDAT 3\r\nabc")
		k.want("250")
		k.want("250")
		k.want("502")
		k.cmd("MAIL FROM:<a@elsewhere.test>", "421 4.4.2")
		k.gone()
	}
	k := start(t, addr)
	k.open()
	k.send("BDAT 14 LAST\r\nSubject: 2\r\n\r\n")
	k.want("250 2.0.0")
	if got := w.wantInbox(1)[0]; !strings.Contains(got, "Subject: 2") {
		t.Errorf("stored %q", got)
	}
}
