package smtp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail/queue"
)

func (w *world) transport() *Transport {
	return NewTransport(TransportOptions{Hostname: "out.example.test", TLS: testPKI(w.t).client})
}

func routeTo(t *testing.T, addr string, policy queue.TLSPolicy) queue.Route {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return queue.Route{Host: host, Port: port, TLS: policy}
}

func outgoing(body string, to ...string) queue.Message {
	m := queue.Message{Sender: "me@outside.test", Body: strings.NewReader(body), Size: int64(len(body))}
	for _, a := range to {
		m.Recipients = append(m.Recipients, queue.Target{Address: a})
	}
	return m
}

// The transport delivers to our own server in every way of protection, recipient by recipient.
func TestTransportToServer(t *testing.T) {
	for _, policy := range []queue.TLSPolicy{queue.TLSMay, queue.TLSRequire, queue.TLSOff, queue.TLSImplicit} {
		t.Run(fmt.Sprint(policy), func(t *testing.T) {
			w := newWorld(t)
			addr := w.serve(Options{Implicit: policy == queue.TLSImplicit})
			body := "Subject: dots\r\n\r\n.\r\n..x\r\nend\r\n"
			got := w.transport().Send(t.Context(), routeTo(t, addr, policy), outgoing(body, "alice@example.test", "nobody@example.test", "bob@example.test"))
			if got[0].Failed || got[2].Failed || !got[0].Relayed {
				t.Errorf("outcomes %+v", got)
			}
			if o := got[1]; !o.Failed || !o.Permanent || o.Status != "5.1.1" || o.Remote != "127.0.0.1" {
				t.Errorf("outcome of the unknown recipient %+v", o)
			}
			in := w.wantInbox(1)[0]
			if !strings.HasSuffix(in, "\r\n\r\n.\r\n..x\r\nend\r\n") {
				t.Errorf("stored %q", in)
			}
			if want := map[bool]string{true: "with ESMTP id", false: "with ESMTPS id"}[policy == queue.TLSOff]; !strings.Contains(in, want) {
				t.Errorf("stored %q; want %q", in, want)
			}
			if !strings.Contains(in, "from out.example.test") {
				t.Errorf("stored %q", in)
			}
		})
	}
}

// fake is a server that plays a list of replies: one for the greeting and one for each command, and one
// more for the data.
type fake struct {
	done chan struct{} // closed when the connection is
	mu   sync.Mutex
	got  []string
	data string
}

// commands are what the client sent until it closed the connection.
func (f *fake) commands() []string {
	<-f.done
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.got...)
}

// serveFake answers one connection; an empty reply closes it.
func serveFake(t *testing.T, replies ...string) (*fake, string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{done: make(chan struct{})}
	var running sync.WaitGroup
	t.Cleanup(func() { ln.Close(); running.Wait() })
	running.Go(func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(30 * time.Second))
		f.play(c, replies)
	})
	return f, ln.Addr().String()
}

func (f *fake) play(c net.Conn, replies []string) {
	defer close(f.done)
	r := bufio.NewReader(c)
	for _, reply := range replies {
		if reply == "" {
			return
		}
		io.WriteString(c, strings.ReplaceAll(reply, "\n", "\r\n")+"\r\n")
		if strings.HasPrefix(reply, "354") {
			var data strings.Builder
			for line := ""; line != ".\r\n"; data.WriteString(line) {
				var err error
				if line, err = r.ReadString('\n'); err != nil {
					break
				}
			}
			f.mu.Lock()
			f.data = data.String()
			f.mu.Unlock()
			continue
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		f.mu.Lock()
		f.got = append(f.got, strings.TrimRight(line, "\r\n"))
		f.mu.Unlock()
	}
	io.Copy(io.Discard, r)
}

func TestTransportReplies(t *testing.T) {
	const hi, ehlo = "220 hi", "250 hi"
	tests := []struct {
		name    string
		replies []string
		want    []queue.Outcome // without Remote
	}{
		{"all goes well", []string{hi, ehlo, "250 ok", "250 ok", "250 ok", "354 go", "250 2.6.0 taken"},
			[]queue.Outcome{{Status: "2.0.0", Relayed: true}, {Status: "2.0.0", Relayed: true}}},
		{"busy greeting", []string{"421 4.3.2 busy"}, failures("4.3.2", "busy", false)},
		{"refusing greeting", []string{"554 no SMTP here"}, failures("4.0.0", "no SMTP here", false)},
		{"MAIL refused", []string{hi, ehlo, "550 5.7.1 not you"}, failures("5.7.1", "not you", true)},
		{"MAIL deferred", []string{hi, ehlo, "451 later"}, failures("4.0.0", "later", false)},
		{"one unknown, one too many", []string{hi, ehlo, "250 ok", "550-5.1.1 no\n550 5.1.1 such user", "552 too many", "221 bye"},
			[]queue.Outcome{{Failed: true, Permanent: true, Status: "5.1.1", Text: "no such user"}, {Failed: true, Status: "4.5.3", Text: "too many"}}},
		{"251 will forward", []string{hi, ehlo, "250 ok", "251 will forward", "250 ok", "354 go", "250 ok"},
			[]queue.Outcome{{Status: "2.0.0", Relayed: true}, {Status: "2.0.0", Relayed: true}}},
		{"DATA refused", []string{hi, ehlo, "250 ok", "250 ok", "250 ok", "452 4.3.1 full", "221 bye"}, failures("4.3.1", "full", false)},
		{"message refused", []string{hi, ehlo, "250 ok", "250 ok", "250 ok", "354 go", "554 5.6.0 spam", "221 bye"}, failures("5.6.0", "spam", true)},
		{"status of another class", []string{hi, ehlo, "550 4.1.1 odd"}, failures("5.0.0", "4.1.1 odd", true)},
		{"old server", []string{hi, "500 what", "250 hello", "250 ok", "250 ok", "250 ok", "354 go", "250 ok"},
			[]queue.Outcome{{Status: "2.0.0", Relayed: true}, {Status: "2.0.0", Relayed: true}}},
		{"too small", []string{hi, "250-hi\n250 SIZE 10", "221 bye"}, failures("5.3.4", "the next server takes messages of at most 10 bytes", true)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, addr := serveFake(t, tt.replies...)
			tr := NewTransport(TransportOptions{Hostname: "out.test"})
			got := tr.Send(t.Context(), routeTo(t, addr, queue.TLSMay), outgoing("Subject: x\r\n\r\n", "a@b.test", "c@b.test"))
			for i := range got {
				got[i].Remote = ""
				if got[i] != tt.want[i] {
					t.Errorf("outcome %d is %+v; want %+v", i, got[i], tt.want[i])
				}
			}
		})
	}
}

func failures(status, text string, permanent bool) []queue.Outcome {
	o := queue.Outcome{Failed: true, Permanent: permanent, Status: status, Text: text}
	return []queue.Outcome{o, o}
}

// A connection that ends anywhere is worth another try.
func TestTransportLostConnection(t *testing.T) {
	all := []string{"220 hi", "250 hi", "250 ok", "250 ok", "250 ok", "354 go"}
	for n := range len(all) + 1 {
		_, addr := serveFake(t, append(append([]string(nil), all[:n]...), "")...)
		tr := NewTransport(TransportOptions{Hostname: "out.test"})
		for _, o := range tr.Send(t.Context(), routeTo(t, addr, queue.TLSOff), outgoing("Subject: x\r\n\r\n", "a@b.test", "c@b.test")) {
			if !o.Failed || o.Permanent || o.Status[0] != '4' {
				t.Errorf("lost after %d replies: %+v", n, o)
			}
		}
	}
}

func TestTransportWhatIsSent(t *testing.T) {
	f, addr := serveFake(t, "220 hi", "250-hi\n250-SIZE\n250-8BITMIME\n250-SMTPUTF8\n250 DSN", "250 ok", "250 ok", "250 ok", "354 go", "250 ok", "221 bye")
	m := outgoing("Subject: x\r\n\r\n.dot\r\n", "a b@b.test", "jörg@b.test")
	m.UTF8, m.EnvID, m.Recipients[0].Notify = true, "a+b=c", "FAILURE,DELAY"
	got := NewTransport(TransportOptions{Hostname: "out.test"}).Send(t.Context(), routeTo(t, addr, queue.TLSMay), m)
	if got[0].Failed || got[0].Relayed {
		t.Errorf("outcomes %+v", got)
	}
	want := "EHLO out.test\nMAIL FROM:<me@outside.test> SIZE=20 BODY=8BITMIME SMTPUTF8 ENVID=a+2Bb+3Dc\n" +
		"RCPT TO:<\"a b\"@b.test> NOTIFY=FAILURE,DELAY\nRCPT TO:<jörg@b.test>\nDATA\nQUIT"
	if got := strings.Join(f.commands(), "\n"); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	if f.data != "Subject: x\r\n\r\n..dot\r\n.\r\n" {
		t.Errorf("data %q", f.data)
	}
}

// Nothing that was queued can put a line of its own into the dialogue.
func TestTransportInjection(t *testing.T) {
	f, addr := serveFake(t, "220 hi", "250 hi", "250 ok", "250 ok", "354 go", "250 ok", "221 bye")
	m := outgoing("Subject: x\r\n\r\n", "a@b.test>\r\nRCPT TO:<evil@b.test", "fine@b.test")
	got := NewTransport(TransportOptions{Hostname: "out.test"}).Send(t.Context(), routeTo(t, addr, queue.TLSOff), m)
	if !got[0].Failed || !got[0].Permanent || got[1].Failed {
		t.Errorf("outcomes %+v", got)
	}
	if s := strings.Join(f.commands(), "\n"); strings.Contains(s, "evil") {
		t.Errorf("sent %q", s)
	}
}

func TestTransportNeeds(t *testing.T) {
	// SMTPUTF8 where it is not offered.
	_, addr := serveFake(t, "220 hi", "250 hi", "221 bye")
	m := outgoing("Subject: x\r\n\r\n", "a@b.test")
	m.UTF8 = true
	tr := NewTransport(TransportOptions{Hostname: "out.test"})
	if o := tr.Send(t.Context(), routeTo(t, addr, queue.TLSMay), m)[0]; !o.Permanent || o.Status != "5.6.7" {
		t.Errorf("outcome %+v", o)
	}
	// TLS where it is not offered, and where the certificate is unknown.
	_, addr = serveFake(t, "220 hi", "250 hi", "221 bye")
	if o := tr.Send(t.Context(), routeTo(t, addr, queue.TLSRequire), m)[0]; o.Permanent || !strings.Contains(o.Text, "STARTTLS") {
		t.Errorf("outcome %+v", o)
	}
	w := newWorld(t)
	m.UTF8 = false
	if o := tr.Send(t.Context(), routeTo(t, w.serve(Options{}), queue.TLSRequire), m)[0]; o.Permanent || !strings.Contains(o.Text, "certificate") {
		t.Errorf("outcome %+v", o)
	}
	// A server that is not there.
	if o := tr.Send(t.Context(), queue.Route{Host: "127.0.0.1", Port: "1"}, m)[0]; o.Permanent || o.Status != "4.4.1" || o.Remote != "" {
		t.Errorf("outcome %+v", o)
	}
}

// Where TLS is taken as offered and fails, the message goes without.
func TestTransportFallsBack(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first, second := &fake{done: make(chan struct{})}, &fake{done: make(chan struct{})}
	var running sync.WaitGroup
	t.Cleanup(func() { ln.Close(); running.Wait() })
	running.Go(func() {
		for _, f := range []struct {
			f       *fake
			replies []string
		}{
			{first, []string{"220 hi", "250-hi\n250 STARTTLS", "220 go", ""}},
			{second, []string{"220 hi", "250-hi\n250 STARTTLS", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"}},
		} {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			f.f.play(c, f.replies)
			c.Close()
		}
	})
	got := NewTransport(TransportOptions{Hostname: "out.test"}).Send(t.Context(), routeTo(t, ln.Addr().String(), queue.TLSMay), outgoing("Subject: x\r\n\r\n", "a@b.test"))
	if got[0].Failed {
		t.Errorf("outcome %+v; first saw %q", got[0], first.commands())
	}
}

func TestTransportLogin(t *testing.T) {
	w := newWorld(t)
	hop := routeTo(t, w.serve(Options{Mode: Submission, Implicit: true}), queue.TLSImplicit)
	hop.User, hop.Password = "alice@example.test", password
	m := outgoing("From: alice@example.test\r\n\r\n", "bob@example.test")
	m.Sender = "alice@example.test"
	if o := w.transport().Send(t.Context(), hop, m)[0]; o.Failed {
		t.Errorf("outcome %+v", o)
	}
	hop.Password = "wrong"
	m.Body = strings.NewReader("")
	if o := w.transport().Send(t.Context(), hop, m)[0]; !o.Failed || o.Permanent || o.Status != "4.7.8" {
		t.Errorf("with a wrong password: %+v", o)
	}
}

func TestTransportStops(t *testing.T) {
	_, addr := serveFake(t, "220 hi", "250 hi", "250 ok", "250 ok", "354 go") // and never answers the data
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan []queue.Outcome, 1)
	reading := make(chan struct{})
	m := outgoing("", "a@b.test")
	m.Body = io.MultiReader(strings.NewReader("Subject: x\r\n\r\n"), signalReader(reading))
	go func() {
		done <- NewTransport(TransportOptions{Hostname: "out.test"}).Send(ctx, routeTo(t, addr, queue.TLSOff), m)
	}()
	<-reading
	cancel()
	if o := (<-done)[0]; !o.Failed || o.Permanent {
		t.Errorf("outcome %+v", o)
	}
}

// signalReader is empty, and tells when it is asked.
type signalReader chan struct{}

func (s signalReader) Read([]byte) (int, error) { close(s); return 0, io.EOF }

// A part of a message is never sent as the whole.
func TestTransportBrokenBody(t *testing.T) {
	f, addr := serveFake(t, "220 hi", "250 hi", "250 ok", "250 ok", "354 go", "250 ok")
	m := outgoing("", "a@b.test")
	m.Body = io.MultiReader(strings.NewReader("Subject: x\r\n\r\nhalf"), brokenReader{})
	if o := NewTransport(TransportOptions{Hostname: "out.test"}).Send(t.Context(), routeTo(t, addr, queue.TLSOff), m)[0]; !o.Failed || o.Permanent {
		t.Errorf("outcome %+v", o)
	}
	<-f.done
	if strings.HasSuffix(f.data, "\r\n.\r\n") {
		t.Errorf("sent %q", f.data)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzReply(f *testing.F) {
	f.Add(550, "5.1.1 no such user")
	f.Add(450, "5.1.1 x")
	f.Add(250, "")
	f.Fuzz(func(t *testing.T, code int, text string) {
		e := newReplyError(code, text)
		if !isStatus(e.status) || strings.ContainsAny(e.text, "\r\n") || len(e.text) > 600 {
			t.Errorf("newReplyError(%d, %q) = %+v", code, text, e)
		}
	})
}
