package protocols

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// door is a net.Listener over pipes; errors in the queue come out of Accept.
type door struct {
	queue chan any // net.Conn or error
	once  sync.Once
	done  chan struct{}
}

func newDoor() *door { return &door{queue: make(chan any), done: make(chan struct{})} }

func (d *door) Accept() (net.Conn, error) {
	select {
	case v := <-d.queue:
		if err, ok := v.(error); ok {
			return nil, err
		}
		return v.(net.Conn), nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error {
	d.once.Do(func() { close(d.done) })
	return nil
}

func (d *door) Addr() net.Addr { return &net.UnixAddr{Name: "door", Net: "test"} }

// dial knocks from an address.
func (d *door) dial(from string) net.Conn {
	near, far := net.Pipe()
	d.queue <- remoteConn{near, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 4711))}
	return far
}

type remoteConn struct {
	net.Conn
	remote net.Addr
}

func (c remoteConn) RemoteAddr() net.Addr { return c.remote }

// echo answers each line with itself until the client leaves.
func echo(_ context.Context, c *Conn) {
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		fmt.Fprintln(c, lines.Text())
	}
}

func say(t *testing.T, c net.Conn, line string) {
	t.Helper()
	fmt.Fprintln(c, line)
	if got, err := bufio.NewReader(c).ReadString('\n'); err != nil || got != line+"\n" {
		t.Errorf("said %q, heard %q, %v", line, got, err)
	}
}

// serve runs Serve in a bubble while fn uses the door.
func serve(t *testing.T, o Options, handle func(context.Context, *Conn), fn func(t *testing.T, d *door, stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Serve(ctx, d, o, handle) }()
		fn(t, d, stop)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}

func TestLimits(t *testing.T) {
	refuse := func(c net.Conn, why error) { fmt.Fprintf(c, "421 %v\n", why) }
	serve(t, Options{MaxConns: 5, MaxPerAddress: 2, Refuse: refuse}, echo, func(t *testing.T, d *door, _ func()) {
		a1, a2 := d.dial("192.0.2.1"), d.dial("::ffff:192.0.2.1")
		say(t, a1, "one")
		say(t, a2, "two")
		wantLine(t, d.dial("192.0.2.1"), "421 too many connections from this address\n")
		v6 := d.dial("2001:db8::1")
		d.dial("2001:db8::ffff:1")
		wantLine(t, d.dial("2001:db8::2"), "421 too many connections from this address\n")
		other := d.dial("2001:db8:0:1::1")
		say(t, other, "five")
		wantLine(t, d.dial("198.51.100.1"), "421 too many connections\n")
		v6.Close()
		a1.Close()
		synctest.Wait()
		say(t, d.dial("192.0.2.1"), "again")
	})
}

func wantLine(t *testing.T, c net.Conn, want string) {
	t.Helper()
	if got, err := io.ReadAll(c); string(got) != want || err != nil {
		t.Errorf("heard %q, %v; want %q and the end", got, err, want)
	}
}

func TestRefusedClientThatDoesNotListen(t *testing.T) {
	refuse := func(c net.Conn, why error) { fmt.Fprintln(c, why) }
	serve(t, Options{MaxConns: 1, Refuse: refuse}, echo, func(t *testing.T, d *door, stop func()) {
		c := d.dial("192.0.2.1")
		for range maxRefusing + 10 {
			d.dial("192.0.2.2")
		}
		c.Close()
		stop()
	})
}

func TestAcceptBacksOff(t *testing.T) {
	serve(t, Options{}, echo, func(t *testing.T, d *door, _ func()) {
		begin := time.Now()
		for range 12 {
			d.queue <- fmt.Errorf("accept: %w", syscall.EMFILE)
		}
		c := d.dial("192.0.2.1")
		say(t, c, "hello")
		c.Close()
		if took := time.Since(begin); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("12 errors took %v; want pauses from 5 ms to 1 s", took)
		}
		d.queue <- fmt.Errorf("accept: %w", syscall.EMFILE) // and then it is stopped
	})
}

func TestServeEndsWithABrokenListener(t *testing.T) {
	d := newDoor()
	broken := errors.New("broken")
	ended := make(chan error)
	go func() { ended <- Serve(t.Context(), d, Options{}, echo) }()
	d.queue <- broken
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("Serve = %v; want %v", err, broken)
	}
}

func TestGracefulStop(t *testing.T) {
	work := func(ctx context.Context, c *Conn) {
		<-ctx.Done() // told to stop
		time.Sleep(4 * time.Second)
		fmt.Fprintln(c, "bye")
	}
	serve(t, Options{Grace: 5 * time.Second}, work, func(t *testing.T, d *door, stop func()) {
		c := d.dial("192.0.2.1")
		synctest.Wait()
		begin := time.Now()
		stop()
		wantLine(t, c, "bye\n")
		if took := time.Since(begin); took != 4*time.Second {
			t.Errorf("bye after %v; want 4 s", took)
		}
	})
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	serve(t, Options{Grace: 5 * time.Second}, echo, func(t *testing.T, d *door, stop func()) {
		c := d.dial("192.0.2.1")
		say(t, c, "hello")
		begin := time.Now()
		stop()
		wantLine(t, c, "")
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("closed after %v; want 5 s", took)
		}
	})
}

func TestSlowlorisIsClosed(t *testing.T) {
	handle := func(ctx context.Context, c *Conn) {
		c.Pace(10, time.Minute)
		echo(ctx, c)
	}
	serve(t, Options{Deadlines: Deadlines{Idle: time.Minute, Stall: time.Second}}, handle, func(t *testing.T, d *door, _ func()) {
		c := d.dial("192.0.2.1")
		begin := time.Now()
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				break
			}
			time.Sleep(20 * time.Second)
		}
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("closed after %v; want about a minute", took)
		}
	})
}

func TestPanicEndsOnlyItsConnection(t *testing.T) {
	var log bytes.Buffer
	handle := func(ctx context.Context, c *Conn) {
		if c.RemoteIP() == netip.MustParseAddr("192.0.2.66") {
			panic("evil")
		}
		echo(ctx, c)
	}
	serve(t, Options{Proto: "test", Log: slog.New(slog.NewTextHandler(&log, nil))}, handle, func(t *testing.T, d *door, _ func()) {
		c := d.dial("192.0.2.1")
		wantLine(t, d.dial("192.0.2.66"), "")
		say(t, c, "still here")
		c.Close()
	})
	if got := log.String(); !strings.Contains(got, "evil") || !strings.Contains(got, "conn=test-2 remote=192.0.2.66") {
		t.Errorf("log %q; want the panic with proto, conn and remote", got)
	}
}

// The listener form under net/http: limits hold, Shutdown leaves nothing open.
func TestUnderHTTP(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(ln, Options{Proto: "http", MaxConns: 1, Deadlines: Deadlines{Stall: time.Minute}})
	inside := make(chan struct{})
	release := make(chan struct{})
	srv := &http.Server{
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if _, ok := From(c); !ok {
				t.Errorf("From(%T) finds no Conn", c)
			}
			return ctx
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(inside)
			<-release
			io.WriteString(w, "hello")
		}),
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("http.Server.Serve = %v", err)
		}
	})
	wg.Go(func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get("http://" + ln.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); string(body) != "hello" || err != nil {
			t.Errorf("body %q, %v", body, err)
		}
	})
	<-inside
	second, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	second.SetDeadline(time.Now().Add(10 * time.Second))
	if n, err := second.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection over the limit: %d, %v; want it closed", n, err)
	}
	second.Close()
	close(release)
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := l.Shutdown(t.Context()); err != nil || l.Open() != 0 {
		t.Errorf("Shutdown = %v with %d open", err, l.Open())
	}
	wg.Wait()
}

func TestFromFindsTheConnBelowTLS(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	d := newDoor()
	go func() { d.queue <- near }()
	l := Listen(d, Options{Proto: "imap"})
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	inside := NewIdleConn(tls.Server(c, &tls.Config{}), Deadlines{})
	got, ok := From(inside)
	if !ok || got != c || got.ID() != "imap-1" || got.RemoteIP().IsValid() {
		t.Errorf("From = %v, %v; want the accepted Conn", got, ok)
	}
	if _, ok := From(far); ok {
		t.Error("From finds a Conn in a bare pipe")
	}
	c.Close()
	if err := c.Close(); !errors.Is(err, net.ErrClosed) || l.Open() != 0 {
		t.Errorf("second Close = %v, %d open", err, l.Open())
	}
	d.Close()
}
