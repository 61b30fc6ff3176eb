package sqlite

import (
	"context"
	"sync"
	"time"
)

// pool holds reading connections. They are opened when first needed and kept.
type pool struct {
	open func() (*conn, error)
	idle chan *conn    // closed connections are nil: a permit to open one
	gone chan struct{} // closed when the pool closes
	once sync.Once
	out  sync.WaitGroup // connections that are lent
	mu   sync.Mutex     // guards closed against out.Add
	shut bool
	// patience is how long get waits before it opens one connection more than the pool has. A View
	// inside a View would otherwise wait for itself. grow lets one do so in each such time: a burst of
	// readers gets through with few connections, and SQLite keeps the files of closed ones open.
	patience time.Duration
	grow     chan struct{}
}

func newPool(size int, open func() (*conn, error)) *pool {
	p := &pool{
		open: open, idle: make(chan *conn, size), gone: make(chan struct{}),
		patience: 250 * time.Millisecond, grow: make(chan struct{}, 1),
	}
	for range size {
		p.idle <- nil
	}
	return p
}

// get lends a connection. put takes it back.
func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !p.enter() {
		return nil, errClosed
	}
	c, err := p.wait(ctx)
	if err == nil && c == nil {
		if c, err = p.open(); err != nil {
			p.idle <- nil
		}
	}
	if err != nil {
		p.leave()
		return nil, err
	}
	return c, nil
}

// wait returns an idle connection, or nil when one may be opened.
func (p *pool) wait(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.idle:
		return c, nil
	default:
	}
	timer := time.NewTimer(p.patience)
	defer timer.Stop()
	patient := timer.C
	var grow chan struct{} // nil blocks: not yet
	for {
		select {
		case c := <-p.idle:
			return c, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.gone:
			return nil, errClosed
		case <-patient:
			grow = p.grow
		case grow <- struct{}{}:
			time.AfterFunc(p.patience, func() { <-p.grow })
			return p.open()
		}
	}
}

func (p *pool) put(c *conn) {
	select {
	case p.idle <- c:
	default: // one more than the pool has
		c.close()
	}
	p.leave()
}

// enter keeps the pool from closing until leave; false when it is closed.
func (p *pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return false
	}
	p.out.Add(1)
	return true
}

func (p *pool) leave() { p.out.Done() }

// close waits for lent connections and closes all.
func (p *pool) close() error {
	p.mu.Lock()
	if p.shut {
		p.mu.Unlock()
		return nil
	}
	p.shut = true
	p.mu.Unlock()
	close(p.gone)
	p.out.Wait()
	close(p.idle)
	var first error
	for c := range p.idle {
		if c == nil {
			continue
		}
		if err := c.close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
