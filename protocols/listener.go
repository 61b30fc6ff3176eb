package protocols

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Options of a listener. Zero fields set no limit.
type Options struct {
	Proto         string // for logs and connection ids
	MaxConns      int    // at once
	MaxPerAddress int    // at once from one IPv4 address or IPv6 /64
	Deadlines
	// Refuse may tell the client of a connection over a limit why it is closed (SMTP 421); why is
	// ErrTooMany or ErrTooManyFromAddress. It has a few seconds. Nil: close without a word, which
	// is also right under TLS.
	Refuse func(c net.Conn, why error)
	// Grace is how long [Serve] lets handlers go on after its context ended; 0: 10 s.
	Grace time.Duration
	Log   *slog.Logger
}

const (
	refuseTime  = 3 * time.Second
	maxRefusing = 64 // further ones are closed without a word
	firstPause  = 5 * time.Millisecond
	longPause   = time.Second
	grace       = 10 * time.Second
)

// Listener is a net.Listener that keeps Options. All its connections are *Conn.
type Listener struct {
	ln       net.Listener
	o        Options
	limiter  limiter
	last     atomic.Uint64 // connection number
	refusing chan struct{}
	refusals sync.WaitGroup
	closed   chan struct{}
	once     sync.Once

	mu   sync.Mutex
	open map[*Conn]struct{}
	idle chan struct{} // closed when the last connection ends; nil: nobody waits
}

// Listen wraps ln, which it closes when it is closed itself.
func Listen(ln net.Listener, o Options) *Listener {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = grace
	}
	return &Listener{
		ln: ln, o: o, limiter: limiter{most: o.MaxConns, mostEach: o.MaxPerAddress},
		refusing: make(chan struct{}, maxRefusing), closed: make(chan struct{}), open: make(map[*Conn]struct{}),
	}
}

// Accept implements net.Listener; the connection is a *Conn. When the machine is short of descriptors or
// memory it waits and tries again.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.accept()
	if err != nil {
		return nil, err // not a nil *Conn in an interface
	}
	return c, nil
}

func (l *Listener) accept() (*Conn, error) {
	pause := firstPause
	for {
		raw, err := l.ln.Accept()
		switch {
		case err == nil:
			if c := l.admit(raw); c != nil {
				return c, nil
			}
			pause = firstPause
		case passing(err):
			l.o.Log.Warn("accept", LogProto, l.o.Proto, LogError, err, "pause", pause)
			if !l.wait(pause) {
				return nil, net.ErrClosed
			}
			pause = min(2*pause, longPause)
		default:
			return nil, err
		}
	}
}

// passing reports whether an error of Accept goes away by itself.
func passing(err error) bool {
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// wait pauses; false: the listener was closed meanwhile.
func (l *Listener) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.closed:
		return false
	}
}

// admit returns raw as a Conn, or nil when it was over a limit or the listener is closed.
func (l *Listener) admit(raw net.Conn) *Conn {
	select {
	case <-l.closed:
		raw.Close()
		return nil
	default:
	}
	ip := remoteIP(raw)
	key := counted(ip)
	if why := l.limiter.take(key); why != nil {
		l.refuse(raw, why)
		return nil
	}
	c := &Conn{
		IdleConn: NewIdleConn(raw, l.o.Deadlines), l: l, key: key, ip: ip,
		id: l.o.Proto + "-" + strconv.FormatUint(l.last.Add(1), 36),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = struct{}{}
	return c
}

func (l *Listener) refuse(raw net.Conn, why error) {
	l.o.Log.Info("connection refused", LogProto, l.o.Proto, LogRemote, raw.RemoteAddr(), LogError, why)
	if l.o.Refuse == nil {
		raw.Close()
		return
	}
	select {
	case l.refusing <- struct{}{}:
	default:
		raw.Close()
		return
	}
	l.refusals.Go(func() {
		defer func() { <-l.refusing }()
		defer raw.Close()
		raw.SetDeadline(time.Now().Add(refuseTime))
		l.o.Refuse(raw, why)
	})
}

// Close implements net.Listener: no connection is accepted any more, open ones go on.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.ln.Close()
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return l.ln.Addr() }

// Open is how many connections are open.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// Shutdown closes the listener, waits until its connections are closed, and closes those that are left
// when ctx ends; then it returns an error that wraps the context's.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.Close()
	defer l.refusals.Wait()
	select {
	case <-l.drained():
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	var left []*Conn
	for c := range l.open {
		left = append(left, c)
	}
	l.mu.Unlock()
	for _, c := range left {
		c.Close()
	}
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("closed %d connections of %s: %w", len(left), l.Addr(), context.Cause(ctx))
}

// drained returns a channel that is closed once no connection is open.
func (l *Listener) drained() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	return l.idle
}

// gone forgets a connection.
func (l *Listener) gone(c *Conn) {
	l.limiter.give(c.key)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	if len(l.open) == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
}

// Conn is an accepted connection.
type Conn struct {
	*IdleConn
	l    *Listener
	key  netip.Prefix
	ip   netip.Addr
	id   string
	once sync.Once

	served served
}

// ID names the connection in logs, "smtp-1z"; unique for its listener while the process lives.
func (c *Conn) ID() string { return c.id }

// RemoteIP is the client's network address; invalid when it has none (a Unix socket).
func (c *Conn) RemoteIP() netip.Addr { return c.ip }

// Log returns the listener's logger with the connection's protocol, id and remote address.
func (c *Conn) Log() *slog.Logger {
	return c.l.o.Log.With(LogProto, c.l.o.Proto, LogConn, c.id, LogRemote, c.ip.String())
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.IdleConn.Close()
		c.l.gone(c)
	})
	return err
}

// From finds the Conn below TLS and other wrappings that have a NetConn method.
func From(c net.Conn) (*Conn, bool) {
	for {
		switch v := c.(type) {
		case *Conn:
			return v, true
		case interface{ NetConn() net.Conn }:
			c = v.NetConn()
		default:
			return nil, false
		}
	}
}
