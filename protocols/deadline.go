package protocols

import (
	"net"
	"sync"
	"time"
)

// Deadlines of an [IdleConn]. Zero fields set no limit.
type Deadlines struct {
	// Idle is how long a Read may wait while nothing is written either.
	Idle time.Duration
	// Stall is how long the other side may take to accept each 64 KiB of a Write.
	Stall time.Duration
}

// writePiece is what is written under one deadline.
const writePiece = 64 << 10

// IdleConn is a connection whose deadlines move with every successful Read and Write. Deadlines set from
// outside (net/http and go-smtp do) hold as well: the earliest counts. What passes a deadline gets
// os.ErrDeadlineExceeded. It may wrap a connection or a TLS session, and may be wrapped by TLS.
//
// As with any net.Conn one goroutine may read while another writes.
type IdleConn struct {
	net.Conn
	limits Deadlines

	mu      sync.Mutex
	reading bool
	readAt  time.Time // set from outside
	writeAt time.Time // set from outside
	bound   time.Time
	pace    pace
}

// pace is the rate that the other side owes.
type pace struct {
	rate   int // bytes a second; 0: none
	grace  time.Duration
	bytes  int64
	waited time.Duration
}

// left is how long the next Read may wait.
func (p *pace) left() time.Duration {
	earned := time.Duration(float64(p.bytes) / float64(p.rate) * float64(time.Second))
	return p.grace + earned - p.waited
}

// NewIdleConn wraps c.
func NewIdleConn(c net.Conn, d Deadlines) *IdleConn { return &IdleConn{Conn: c, limits: d} }

// NetConn returns the wrapped connection.
func (c *IdleConn) NetConn() net.Conn { return c.Conn }

// Bound sets a time at which every Read and Write ends, however busy the connection is: the limit for
// logging in, say. The zero time lifts it.
func (c *IdleConn) Bound(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound = t
	c.arm(time.Now())
}

// Pace asks the other side for rate bytes a second on average from now on, for as long as a message or a
// body is being read; only the time that Reads wait counts, and grace of it is free. Without it a byte
// now and then keeps a connection for ever. A rate of 0 ends it.
func (c *IdleConn) Pace(rate int, grace time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pace = pace{rate: rate, grace: grace}
	c.arm(time.Now())
}

// Read implements net.Conn.
func (c *IdleConn) Read(p []byte) (int, error) {
	begin := time.Now()
	c.mu.Lock()
	c.reading = true
	err := c.armRead(begin)
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
	c.pace.bytes += int64(n)
	c.pace.waited += time.Since(begin)
	return n, err
}

// Write implements net.Conn.
func (c *IdleConn) Write(p []byte) (int, error) {
	var done int
	for {
		piece := p[done:min(len(p), done+writePiece)]
		c.mu.Lock()
		err := c.armWrite(time.Now())
		c.mu.Unlock()
		if err != nil {
			return done, err
		}
		n, err := c.Conn.Write(piece)
		done += n
		if err != nil {
			return done, err
		}
		c.mu.Lock()
		if c.reading && c.limits.Idle > 0 {
			err = c.armRead(time.Now())
		}
		c.mu.Unlock()
		if err != nil || done >= len(p) {
			return done, err
		}
	}
}

// SetDeadline implements net.Conn.
func (c *IdleConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *IdleConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readAt = t
	return c.armRead(time.Now())
}

// SetWriteDeadline implements net.Conn.
func (c *IdleConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeAt = t
	return c.armWrite(time.Now())
}

// arm sets both deadlines anew; c.mu is held. An error shows in the next Read or Write as well.
func (c *IdleConn) arm(now time.Time) {
	c.armRead(now)
	c.armWrite(now)
}

func (c *IdleConn) armRead(now time.Time) error {
	at := earliest(c.readAt, c.bound)
	if c.limits.Idle > 0 {
		at = earliest(at, now.Add(c.limits.Idle))
	}
	if c.pace.rate > 0 {
		at = earliest(at, now.Add(c.pace.left()))
	}
	return c.Conn.SetReadDeadline(at)
}

func (c *IdleConn) armWrite(now time.Time) error {
	at := earliest(c.writeAt, c.bound)
	if c.limits.Stall > 0 {
		at = earliest(at, now.Add(c.limits.Stall))
	}
	return c.Conn.SetWriteDeadline(at)
}

// earliest returns the earlier of two deadlines; zero is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
