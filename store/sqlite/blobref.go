package sqlite

import (
	"fmt"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// pins say which blobs must stay although no row may refer to them.
type pins struct {
	mu    sync.Mutex
	held  map[store.BlobID]int      // open blobs and staged ones
	dying map[store.BlobID]struct{} // being deleted right now
	rows  map[int64]struct{}        // blob rows that are being written and have no hash yet
}

func (p *pins) init() {
	p.held = make(map[store.BlobID]int)
	p.dying = make(map[store.BlobID]struct{})
	p.rows = make(map[int64]struct{})
}

func (p *pins) hold(id store.BlobID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[id]++
}

// holdLiving is hold, unless the blob is being deleted.
func (p *pins) holdLiving(id store.BlobID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.dying[id]; ok {
		return false
	}
	p.held[id]++
	return true
}

func (p *pins) stage(row int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows[row] = struct{}{}
}

// doom marks a blob without references as being deleted; false when somebody holds it.
func (p *pins) doom(row int64, id store.BlobID, named bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.rows[row]; ok {
		return false
	}
	if !named {
		return true
	}
	if p.held[id] > 0 {
		return false
	}
	p.dying[id] = struct{}{}
	return true
}

// settle ends doom: the deletion is committed, or did not happen.
func (p *pins) settle(id store.BlobID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dying, id)
}

// unpin ends hold; the last one may make the blob garbage.
func (s *Store) unpin(id store.BlobID) {
	s.pins.mu.Lock()
	s.pins.held[id]--
	last := s.pins.held[id] == 0
	if last {
		delete(s.pins.held, id)
	}
	s.pins.mu.Unlock()
	if last {
		s.writer.want(choreReap)
	}
}

// unstage ends stage.
func (s *Store) unstage(row int64) {
	s.pins.mu.Lock()
	delete(s.pins.rows, row)
	s.pins.mu.Unlock()
	s.writer.want(choreReap)
}

// refer counts a reference to a staged blob and stores its bytes if the store has not got them.
func (t *tx) refer(b store.Staged) error {
	st, ours := b.(*staged)
	if ours && st.released() {
		return invalid("use of a released blob")
	}
	n, err := t.c.change("UPDATE blob SET refs = refs + 1 WHERE hash = ?", b.ID())
	if err != nil || n > 0 {
		return err
	}
	if !ours || st.stored {
		return notFound("blob %v", b.ID())
	}
	row, err := t.c.insert("INSERT INTO blob (hash, size, chunk_size, refs) VALUES (?, ?, ?, 1)", st.id, st.size, chunkSize)
	if err != nil {
		return err
	}
	for _, p := range st.pieces {
		t.wrote(len(p.data))
	}
	return insertChunks(t.c, row, 0, st.pieces)
}

// referAgain counts one more reference to a blob that a row refers to already.
func (t *tx) referAgain(id store.BlobID) error {
	n, err := t.c.change("UPDATE blob SET refs = refs + 1 WHERE hash = ?", id)
	if err == nil && n == 0 {
		err = fmt.Errorf("blob %v is missing: %w", id, store.Damaged)
	}
	return err
}

// unrefer takes a reference back. The bytes are deleted later, unless another one comes.
func (t *tx) unrefer(id store.BlobID) error {
	refs := int64(-1)
	_, err := t.c.one(func(r *rows) { refs = r.int() }, "UPDATE blob SET refs = refs - 1 WHERE hash = ? RETURNING refs", id)
	if err == nil && refs < 0 {
		err = fmt.Errorf("blob %v is missing: %w", id, store.Damaged)
	}
	if refs == 0 {
		t.fx.chores |= choreReap
	}
	return err
}
