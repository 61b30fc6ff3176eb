package smtp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// What the store cannot do becomes a reply, and nothing is stored.
func TestStoreErrors(t *testing.T) {
	tests := []struct {
		op   string
		err  error
		want string
	}{
		{"blob", store.Full, "452 4.3.1"},
		{"write", store.Full, "452 4.3.1"},
		{"update", store.Full, "452 4.3.1"},
		{"update", store.OverQuota, "452 4.2.2"},
		{"update", store.NotFound, "550 5.1.1"},
		{"update", store.Busy, "451 4.3.2"},
		{"update", store.Closed, "421 4.3.2"},
		{"update", store.Internal, "451 4.3.0"},
		{"write", store.Internal, "451 4.3.0"},
		{"write", store.TooLarge, "552 5.3.4"},
	}
	for _, mode := range []Mode{MX, LMTP, Submission} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%v/%s/%v", mode, tt.op, tt.err), func(t *testing.T) {
				w := newWorld(t)
				bad := &faulty{Store: w.st}
				k := w.openAs(mode, bad)
				bad.set(tt.op, fmt.Errorf("injected: %w", tt.err))
				k.cmd("DATA", "354")
				k.send("From: alice@example.test\r\nSubject: x\r\n\r\n" + strings.Repeat("body\r\n", 100_000) + ".\r\n")
				k.want(tt.want)
				bad.set(tt.op, nil)
				if n := len(w.inbox(w.bob.ID)) + len(w.queue()); n != 0 {
					t.Errorf("%d messages are stored", n)
				}
			})
		}
	}
}

// openAs begins a transaction to bob in any mode.
func (w *world) openAs(mode Mode, st store.Store) *talk {
	w.t.Helper()
	k := start(w.t, w.serve(Options{Mode: mode, Store: st, Mail: w.mailOn(st)}))
	switch mode {
	case LMTP:
		k.cmd("LHLO c.example", "250")
	case Submission:
		k.login()
	default:
		k.cmd("EHLO c.example", "250")
	}
	k.cmd("MAIL FROM:<alice@example.test>", "250")
	k.cmd("RCPT TO:<bob@example.test>", "250")
	return k
}

// login logs alice in under STARTTLS.
func (k *talk) login() {
	k.t.Helper()
	k.cmd("EHLO c.example", "250")
	k.cmd("STARTTLS", "220")
	k.startTLS()
	k.cmd("EHLO c.example", "250")
	k.cmd("AUTH PLAIN AGFsaWNlQGV4YW1wbGUudGVzdABjb3JyZWN0IGhvcnNl", "235")
}

// When one of two mailboxes fails, SMTP has one answer and the queue takes the rest; LMTP has two answers.
func TestPartialFailure(t *testing.T) {
	for _, mode := range []Mode{MX, LMTP} {
		t.Run(mode.String(), func(t *testing.T) {
			w := newWorld(t)
			bad := &faulty{Store: w.st, only: w.bob.ID}
			k := w.openAs(mode, bad)
			k.cmd("RCPT TO:<alice@example.test>", "250")
			bad.set("update", fmt.Errorf("injected: %w", store.Internal))
			k.cmd("DATA", "354")
			k.send("Subject: x\r\n\r\n.\r\n")
			queued := 1
			if mode == LMTP {
				k.want("451 4.3.0 <bob@example.test>")
				queued = 0
			}
			k.want("250 2.0.0")
			if a, b, q := len(w.inbox(w.alice.ID)), len(w.inbox(w.bob.ID)), len(w.queue()); a != 1 || b != 0 || q != queued {
				t.Errorf("alice %d, bob %d, queue %d", a, b, q)
			}
		})
	}
}

// Behind one LMTP recipient that is an alias there is one answer.
func TestPartialFailureOfAlias(t *testing.T) {
	w := newWorld(t)
	bad := &faulty{Store: w.st, only: w.bob.ID}
	k := start(t, w.serve(Options{Mode: LMTP, Store: bad, Mail: w.mailOn(bad)}))
	k.cmd("LHLO c.example", "250")
	k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
	k.cmd("RCPT TO:<list@example.test>", "250")
	bad.set("update", fmt.Errorf("injected: %w", store.OverQuota))
	k.cmd("DATA", "354")
	k.send("Subject: x\r\n\r\n.\r\n")
	k.want("250 2.0.0 <list@example.test>")
	if q := w.queue(); len(q) != 1 || q[0].Recipient != "bob@example.test" || q[0].Sender != "a@elsewhere.test" {
		t.Errorf("queue %+v", q)
	}
}

func TestFullMailboxAtRcpt(t *testing.T) {
	w := newWorld(t)
	err := w.st.Update(t.Context(), 0, func(tx store.Tx) error {
		b := w.bob
		b.Quota, b.Disabled = 1000, true // a disabled account still gets mail
		return tx.UpdateAccount(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	k := start(t, w.serve(Options{}))
	k.cmd("EHLO c.example", "250")
	k.cmd("MAIL FROM:<a@elsewhere.test> SIZE=2000", "250")
	k.cmd("RCPT TO:<bob@example.test>", "452 4.2.2")
	k.cmd("RSET", "250")
	k.cmd("MAIL FROM:<a@elsewhere.test> SIZE=200", "250")
	k.cmd("RCPT TO:<bob@example.test>", "250")
}

func TestLoop(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{}))
	for _, tt := range []struct {
		hops int
		want string
	}{{MaxHops - 1, "250 2.0.0"}, {MaxHops, "554 5.4.6"}} { // ours is one more
		k.cmd("EHLO c.example", "250")
		k.cmd("MAIL FROM:<a@elsewhere.test>", "250")
		k.cmd("RCPT TO:<alice@example.test>", "250")
		k.cmd("DATA", "354")
		k.send(strings.Repeat("Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\r\n", tt.hops) + "Subject: x\r\n\r\n.\r\n")
		k.want(tt.want)
	}
	w.wantInbox(1)
}

// What is stored begins with our trace and has the sender's bytes behind it.
func TestStoredBytes(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{Now: func() time.Time { return time.Date(2026, 3, 1, 4, 5, 6, 0, time.UTC) }}))
	k.cmd("EHLO [192.0.2.9]", "250")
	k.cmd(`MAIL FROM:<"odd one"@elsewhere.test>`, "250")
	k.cmd("RCPT TO:<alice@example.test>", "250")
	k.cmd("DATA", "354")
	k.send("Subject: x\r\n\r\none\ntwo\r\r\nthree\r.\r\n..four\r\n.\r\n")
	k.want("250 2.0.0 delivered as ")
	id := strings.Fields(k.last)[4]
	want := "Return-Path: <\"odd one\"@elsewhere.test>\r\n" +
		"Received: from [192.0.2.9] ([127.0.0.1])\r\n\tby mail.example.test (Gannet) with ESMTP id " + id + ";\r\n\tSun, 1 Mar 2026 04:05:06 +0000\r\n" +
		"Subject: x\r\n\r\none\r\ntwo\r\nthree .\r\n.four\r\n"
	if got := w.wantInbox(1)[0]; got != want {
		t.Errorf("stored\n%q\nwant\n%q", got, want)
	}
	if log := w.logs.String(); !strings.Contains(log, "id="+id) || !strings.Contains(log, "proto=smtp") {
		t.Errorf("log\n%s", log)
	}
}

func TestConnectionLimit(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(Options{MaxConns: 2})
	one, two := start(t, addr), start(t, addr)
	k := dial(t, addr)
	k.want("421 4.7.0")
	k.gone()
	one.cmd("QUIT", "221")
	one.gone()
	two.cmd("NOOP", "250")
	start(t, addr)
}

// A stop sends idle clients away and lets a message in transfer end.
func TestGracefulStop(t *testing.T) {
	w := newWorld(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	o := Options{Store: w.st, Mail: w.mail, Log: slog.New(slog.NewTextHandler(w.logs, nil)), Grace: 20 * time.Second}
	go func() { done <- New(o).Serve(ctx, ln) }()
	idle, busy := start(t, ln.Addr().String()), start(t, ln.Addr().String())
	busy.open()
	busy.cmd("DATA", "354")
	busy.send("Subject: x\r\n")
	cancel()
	idle.want("421")
	idle.gone()
	busy.send("\r\n.\r\n")
	busy.want("250 2.0.0")
	busy.gone()
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.wantInbox(1)
	if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		c.Close()
		t.Error("still listening")
	}
}

func TestReplyAfterQuitUnderTLS(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{}))
	k.cmd("EHLO c.example", "250")
	k.cmd("STARTTLS", "220")
	k.startTLS()
	k.cmd("EHLO c.example", "250")
	k.cmd("QUIT", "221")
	if _, err := k.reply(); err != io.EOF {
		t.Errorf("after QUIT: %v; want a clean end", err)
	}
}

func TestNeedsTLS(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := New(Options{Mode: Submission}).Serve(t.Context(), ln); err == nil {
		t.Error("submission without TLS is served")
	}
}
