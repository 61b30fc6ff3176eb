package smtp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/protocols"
)

// conn is one client's connection as go-smtp gets it, below TLS. It guards what the library leaves open:
//
//   - the first read error is the last: after a time-out inside DATA or BDAT the library would take the
//     rest of the message for commands;
//   - it can be told to close once the next reply is out, and to stop reading after so many bytes;
//   - replies are gathered until the server has to wait for the client, RFC 2920 section 3.2.
type conn struct {
	*protocols.Conn
	ctx     context.Context // of the connection: the library hands none on
	log     *slog.Logger
	errors  atomic.Int32 // 5xx replies so far
	inData  atomic.Int32 // messages being read: more than one while a cut-off BDAT unwinds
	stopped atomic.Bool  // the server stops: no further command
	probing atomic.Bool  // answer reads at once with errNothing
	final   atomic.Bool  // close when the next reply is written
	drain   atomic.Int64 // bytes that may still be read, when draining
	limited atomic.Bool  // draining
	closed  func(*conn)  // called once, by Close

	mu      sync.Mutex
	readErr error  // of the first failed read
	out     []byte // replies not yet written
	once    sync.Once
}

// maxGathered is how many bytes of replies are gathered at most.
const maxGathered = 16 << 10

// errNothing answers reads while probing. It is a time-out, which TLS does not take for the end.
var errNothing error = &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}

// errFlood ends a connection whose client goes on sending a message that was refused.
var errFlood = errors.New("message goes on beyond its limit")

func newConn(ctx context.Context, c *protocols.Conn) *conn {
	return &conn{Conn: c, ctx: ctx, log: c.Log()}
}

// NetConn returns the connection below, for [protocols.From].
func (c *conn) NetConn() net.Conn { return c.Conn }

// stop ends the connection, unless a message is being read: then after it.
func (c *conn) stop() {
	c.stopped.Store(true)
	if c.inData.Load() == 0 {
		c.SetReadDeadline(time.Unix(1, 0)) // wakes the read that waits for a command
	}
}

// Read implements net.Conn. It sends gathered replies before it waits.
func (c *conn) Read(p []byte) (int, error) {
	if c.probing.Load() {
		return 0, errNothing
	}
	if err := c.failed(); err != nil {
		return 0, c.shaped(err)
	}
	if err := c.flush(); err != nil {
		return 0, c.fail(err)
	}
	if c.stopped.Load() && c.inData.Load() == 0 {
		return 0, c.fail(os.ErrDeadlineExceeded)
	}
	n, err := c.Conn.Read(p)
	if err == nil && c.limited.Load() && c.drain.Add(-int64(n)) < 0 {
		n, err = 0, errFlood
	}
	if err != nil {
		return n, c.fail(err)
	}
	return n, nil
}

// failed is the error of the first failed read, if there was one.
func (c *conn) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readErr
}

func (c *conn) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readErr == nil {
		c.readErr = err
	}
	return c.shaped(c.readErr)
}

// shaped turns a time-out inside a message into a reply: the library passes a bare *smtp.SMTPError on
// as it is, and would answer anything else with a permanent 554. It is the connection's last reply.
func (c *conn) shaped(err error) error {
	if c.inData.Load() == 0 || errors.Is(err, io.EOF) {
		return err
	}
	c.final.Store(true)
	var t net.Error
	if errors.As(err, &t) && t.Timeout() {
		return errTimeout
	}
	if errors.Is(err, errFlood) {
		return smtp.ErrDataTooLarge
	}
	return err
}

// Write implements net.Conn. What it takes is sent before the next wait for the client.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.out = append(c.out, p...)
	full := len(c.out) > maxGathered
	c.mu.Unlock()
	if c.final.Load() {
		return len(p), c.Close()
	}
	if full {
		return len(p), c.flush()
	}
	return len(p), nil
}

func (c *conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.out)
	c.out = c.out[:0]
	if cap(c.out) > maxGathered {
		c.out = nil
	}
	return err
}

// Close sends what is left and closes the connection.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		c.Conn.SetWriteDeadline(time.Time{}) // tls.Conn.Close leaves one that has passed
		c.flush()                            // the client may be gone already
		err = c.Conn.Close()
		if c.closed != nil {
			c.closed(c)
		}
	})
	return err
}

// drainAtMost lets the client send n more bytes until [conn.endDrain].
func (c *conn) drainAtMost(n int64) {
	c.drain.Store(n)
	c.limited.Store(true)
}

func (c *conn) endDrain() { c.limited.Store(false) }
