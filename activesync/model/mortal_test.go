package model

import (
	"context"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

// mortal is a store that can die beside a commit, as the machine does that runs it: what it has made durable stays, and
// nothing comes after. It then refuses everything until the server is started anew.
type mortal struct {
	inner store.Store

	mu       sync.Mutex
	fuse     int  // commits until it dies; 0: it does not
	before   bool // it dies before the last of them, else after
	dead     bool
	commits  int // since it was armed
	together int // of these, by UpdateAll
}

// arm lets it die at the n-th commit from now.
func (m *mortal) arm(n int, before bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fuse, m.before, m.commits, m.together = n, before, 0, 0
}

// disarm reports whether it has died.
func (m *mortal) disarm() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fuse = 0
	return m.dead
}

func (m *mortal) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return store.Closed
	}
	return nil
}

// commit runs a commit, if it comes to that.
func (m *mortal) commit(do func()) error {
	m.mu.Lock()
	last := m.fuse == 1
	if m.dead || last && m.before {
		m.dead = true
		m.mu.Unlock()
		return store.Closed
	}
	if m.fuse > 1 {
		m.fuse--
	}
	m.mu.Unlock()
	do()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commits++
	if last {
		m.dead = true
		return store.Closed
	}
	return nil
}

func (m *mortal) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.inner.View(ctx, acct, fn)
}

func (m *mortal) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) (err error) {
	if died := m.commit(func() { err = m.inner.Update(ctx, acct, fn) }); died != nil {
		return died
	}
	return err
}

func (m *mortal) UpdateAll(ctx context.Context, work []store.Work) (errs []error) {
	died := m.commit(func() {
		errs = m.inner.UpdateAll(ctx, work)
		m.mu.Lock()
		m.together++
		m.mu.Unlock()
	})
	if died != nil {
		errs = make([]error, len(work))
		for i := range errs {
			errs[i] = died
		}
	}
	return errs
}

func (m *mortal) NewBlob(ctx context.Context) (store.BlobWriter, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	return m.inner.NewBlob(ctx)
}

func (m *mortal) OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error) {
	if err := m.alive(); err != nil {
		return nil, err
	}
	return m.inner.OpenBlob(ctx, id)
}

func (m *mortal) Wait(ctx context.Context, acct store.AccountID, after store.ModSeq) (store.ModSeq, error) {
	if err := m.alive(); err != nil {
		return 0, err
	}
	return m.inner.Wait(ctx, acct, after)
}

func (m *mortal) WaitAny(ctx context.Context, known []store.Known) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.inner.WaitAny(ctx, known)
}

func (m *mortal) Changed(ctx context.Context, after int64) ([]store.AccountID, int64, error) {
	if err := m.alive(); err != nil {
		return nil, after, err
	}
	return m.inner.Changed(ctx, after)
}

func (m *mortal) ModSeq(acct store.AccountID) (store.ModSeq, error) { return m.inner.ModSeq(acct) }

func (m *mortal) Prune(ctx context.Context, before time.Time) error {
	return m.inner.Prune(ctx, before)
}

func (m *mortal) Check(ctx context.Context, deep bool, report func(string)) error {
	return m.inner.Check(ctx, deep, report)
}

func (m *mortal) Backup(ctx context.Context, path string, progress func(done, total int64)) error {
	return m.inner.Backup(ctx, path, progress)
}

func (m *mortal) Close() error { return m.inner.Close() }
