package protocols

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// pipe returns an IdleConn and its other end, in a bubble of its own time.
func pipe(t *testing.T, d Deadlines, fn func(t *testing.T, c *IdleConn, other net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		fn(t, NewIdleConn(near, d), far)
		near.Close()
		far.Close()
		time.Sleep(time.Hour) // whoever sleeps wakes and finds them closed
	})
}

// wantTimeout checks that fn ends with a time-out after want.
func wantTimeout(t *testing.T, want time.Duration, fn func() (int, error)) {
	t.Helper()
	begin := time.Now()
	n, err := fn()
	if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != want {
		t.Errorf("%d bytes, %v after %v; want a time-out after %v", n, err, time.Since(begin), want)
	}
}

func TestIdleMovesWithReads(t *testing.T) {
	pipe(t, Deadlines{Idle: time.Minute}, func(t *testing.T, c *IdleConn, other net.Conn) {
		go func() {
			for range 10 {
				time.Sleep(59 * time.Second)
				other.Write([]byte("x"))
			}
		}()
		buf := make([]byte, 8)
		for range 10 {
			if _, err := c.Read(buf); err != nil {
				t.Fatal(err)
			}
		}
		wantTimeout(t, time.Minute, func() (int, error) { return c.Read(buf) })
	})
}

func TestIdleMovesWithWrites(t *testing.T) {
	pipe(t, Deadlines{Idle: time.Minute}, func(t *testing.T, c *IdleConn, other net.Conn) {
		go io.Copy(io.Discard, other)
		go func() {
			for range 5 {
				time.Sleep(50 * time.Second)
				c.Write([]byte("* still here"))
			}
		}()
		wantTimeout(t, 310*time.Second, func() (int, error) { return c.Read(make([]byte, 8)) })
	})
}

func TestNoIdleLimit(t *testing.T) {
	pipe(t, Deadlines{}, func(t *testing.T, c *IdleConn, other net.Conn) {
		go func() {
			time.Sleep(48 * time.Hour)
			other.Write([]byte("x"))
		}()
		if n, err := c.Read(make([]byte, 8)); n != 1 || err != nil {
			t.Errorf("Read = %d, %v", n, err)
		}
	})
}

func TestStall(t *testing.T) {
	pipe(t, Deadlines{Stall: time.Minute}, func(t *testing.T, c *IdleConn, other net.Conn) {
		go func() { // takes one piece each 40 s, three in all
			for range 3 {
				time.Sleep(40 * time.Second)
				io.CopyN(io.Discard, other, writePiece)
			}
		}()
		begin := time.Now()
		n, err := c.Write(make([]byte, 5*writePiece))
		if n != 3*writePiece || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 180*time.Second {
			t.Errorf("Write = %d, %v after %v; want three pieces and a time-out after 3 min", n, err, time.Since(begin))
		}
	})
}

// Slowloris: a byte each half minute keeps the idle deadline away, but not the pace.
func TestPace(t *testing.T) {
	pipe(t, Deadlines{Idle: time.Minute}, func(t *testing.T, c *IdleConn, other net.Conn) {
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-time.After(30 * time.Second):
					other.Write([]byte("x"))
				case <-stop:
					return
				}
			}
		}()
		defer close(stop)
		c.Pace(100, 5*time.Minute)
		begin := time.Now()
		var err error
		for err == nil {
			_, err = c.Read(make([]byte, 8))
		}
		if lasted := time.Since(begin); !errors.Is(err, os.ErrDeadlineExceeded) || lasted < 5*time.Minute || lasted > 6*time.Minute {
			t.Errorf("the drip ended with %v after %v; want a time-out after 5 min", err, lasted)
		}
		c.Pace(0, 0)
		if _, err := c.Read(make([]byte, 8)); err != nil {
			t.Errorf("without a pace: %v", err)
		}
	})
}

func TestPaceIgnoresOurOwnTime(t *testing.T) {
	pipe(t, Deadlines{}, func(t *testing.T, c *IdleConn, other net.Conn) {
		go func() {
			for range 20 {
				other.Write(make([]byte, 1000))
			}
		}()
		c.Pace(1000, 2*time.Second)
		for range 20 {
			if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour) // the disk is slow, the client is not
		}
	})
}

func TestBound(t *testing.T) {
	pipe(t, Deadlines{Idle: time.Minute}, func(t *testing.T, c *IdleConn, other net.Conn) {
		go func() {
			for {
				if _, err := other.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		c.Bound(time.Now().Add(3*time.Minute + time.Millisecond))
		wantTimeout(t, 3*time.Minute+time.Millisecond, func() (int, error) { return io.ReadFull(c, make([]byte, 1000)) })
		c.Bound(time.Time{})
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("after the bound was lifted: %v", err)
		}
	})
}

func TestOuterDeadlines(t *testing.T) {
	pipe(t, Deadlines{Idle: time.Minute}, func(t *testing.T, c *IdleConn, _ net.Conn) {
		buf := make([]byte, 1)
		c.SetDeadline(time.Now().Add(10 * time.Second))
		wantTimeout(t, 10*time.Second, func() (int, error) { return c.Read(buf) })
		wantTimeout(t, 0, func() (int, error) { return c.Write(buf) })
		c.SetDeadline(time.Now().Add(time.Hour))
		wantTimeout(t, time.Minute, func() (int, error) { return c.Read(buf) })
		c.SetDeadline(time.Time{})
		go func() { // as net/http ends its background read
			time.Sleep(5 * time.Second)
			c.SetReadDeadline(time.Unix(1, 0))
		}()
		wantTimeout(t, 5*time.Second, func() (int, error) { return c.Read(buf) })
	})
}
