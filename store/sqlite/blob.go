package sqlite

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// Blobs are cut into chunks. A blob of up to memoryChunks stays in memory until a transaction refers
// to it; a larger one goes to the store in pieces of spillChunks.
const (
	chunkSize    = 64 << 10
	memoryChunks = 4
	spillChunks  = 16
	maxChunks    = 1 << 20 // chunk.id has 20 bits for the number: 64 GiB
)

// chunkID is the row of a blob's chunk.
func chunkID(blob int64, seq int) int64 { return blob<<20 | int64(seq) }

// blobWriter implements [store.BlobWriter].
type blobWriter struct {
	s    *Store
	ctx  context.Context // of NewBlob, which spans the writing
	hash hash.Hash
	size int64
	part []byte   // the chunk being filled
	full [][]byte // filled ones, not yet in the store
	row  int64    // blob.id once something is in the store
	seq  int      // number of the first of full
	err  error    // why it cannot go on
	done bool
}

// NewBlob implements [store.Store].
func (s *Store) NewBlob(ctx context.Context) (store.BlobWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &blobWriter{s: s, ctx: ctx, hash: sha256.New()}, nil
}

func (w *blobWriter) Write(p []byte) (int, error) {
	if w.done && w.err == nil {
		w.err = invalid("write to a finished blob")
	}
	written := 0
	for len(p) > 0 && w.err == nil {
		if len(w.part) == chunkSize {
			if w.err = w.turn(); w.err != nil {
				break
			}
		}
		n := min(len(p), chunkSize-len(w.part))
		w.part = append(w.part, p[:n]...)
		w.hash.Write(p[:n])
		w.size += int64(n)
		written += n
		p = p[n:]
	}
	return written, w.err
}

// turn puts the filled chunk aside and spills when there are enough.
func (w *blobWriter) turn() error {
	if w.seq+len(w.full) >= maxChunks-1 {
		return fmt.Errorf("blob of %d bytes: %w", w.size, store.TooLarge)
	}
	w.full = append(w.full, w.part)
	w.part = nil
	if w.row == 0 && len(w.full) < memoryChunks || w.row != 0 && len(w.full) < spillChunks {
		return nil
	}
	return w.spill(nil)
}

// spill writes the chunks put aside; then, if it is not nil, runs last in the same transaction.
func (w *blobWriter) spill(last func(*conn) error) error {
	pieces, bytes := w.s.zip.encodeAll(w.full)
	row := w.row
	err := w.s.writer.inner(w.ctx, bytes, func(c *conn) error {
		var err error
		if row == 0 {
			if row, err = w.newRow(c); err != nil {
				return err
			}
		}
		if err := insertChunks(c, row, w.seq, pieces); err != nil {
			return err
		}
		if last == nil {
			return nil
		}
		return last(c)
	})
	if err != nil {
		if w.row == 0 && row != 0 {
			w.s.unstage(row) // it was rolled back
		}
		return fmt.Errorf("write blob: %w", err)
	}
	w.row = row
	w.seq += len(w.full)
	w.full = nil
	return nil
}

// newRow makes the row of a blob whose hash is not known yet. It is noted before the commit, so that
// nobody takes it for garbage.
func (w *blobWriter) newRow(c *conn) (int64, error) {
	row, err := c.insert("INSERT INTO blob (size, chunk_size, refs) VALUES (0, ?, 0)", chunkSize)
	if err == nil {
		w.s.pins.stage(row)
	}
	return row, err
}

func insertChunks(c *conn, row int64, seq int, pieces []piece) error {
	for i, p := range pieces {
		if err := c.exec("INSERT INTO chunk (id, codec, data) VALUES (?, ?, ?)", chunkID(row, seq+i), p.codec, p.data); err != nil {
			return err
		}
	}
	return nil
}

// Finish implements [store.BlobWriter].
func (w *blobWriter) Finish() (store.Staged, error) {
	if w.err == nil && w.done {
		w.err = invalid("blob finished twice")
	}
	if w.err != nil {
		w.drop()
		return nil, w.err
	}
	if len(w.part) > 0 {
		w.full = append(w.full, w.part)
		w.part = nil
	}
	st := &staged{s: w.s, size: w.size}
	w.hash.Sum(st.id[:0])
	if w.row == 0 {
		w.done = true
		st.raw = w.full
		st.pieces, _ = w.s.zip.encodeAll(w.full)
		return st, nil
	}
	if w.err = w.name(st); w.err != nil {
		w.drop()
		return nil, w.err
	}
	w.done = true
	return st, nil
}

// name gives the row of a large blob its hash, or finds that the store has these bytes already.
func (w *blobWriter) name(st *staged) error {
	w.s.pins.hold(st.id)
	known := false
	err := w.spill(func(c *conn) error {
		var err error
		known, err = c.exists("SELECT 1 FROM blob WHERE hash = ?", st.id)
		if err != nil || known {
			return err
		}
		return c.exec("UPDATE blob SET hash = ?, size = ? WHERE id = ?", st.id, w.size, w.row)
	})
	if err != nil {
		w.s.unpin(st.id)
		return err
	}
	st.stored = true
	w.s.unstage(w.row) // named now, or garbage
	w.row = 0
	return nil
}

// Abort implements [store.BlobWriter].
func (w *blobWriter) Abort() {
	if w.done {
		return
	}
	w.drop()
	w.err = invalid("use of an aborted blob")
}

// drop gives up what is in the store.
func (w *blobWriter) drop() {
	if w.row != 0 {
		w.s.unstage(w.row)
		w.row = 0
	}
	w.part, w.full, w.done = nil, nil, true
}

// staged implements [store.Staged].
type staged struct {
	s      *Store
	id     store.BlobID
	size   int64
	raw    [][]byte // a small blob's bytes, by chunks
	pieces []piece  // the same, as they will be stored
	stored bool     // a large one: it is in the store, pinned
	mu     sync.Mutex
	open   store.Blob // of a large one, opened by the first ReadAt; under mu
	gone   bool       // released; under mu
}

func (st *staged) ID() store.BlobID { return st.id }

func (st *staged) Size() int64 { return st.size }

func (st *staged) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, invalid("read at %d", off)
	}
	if st.stored {
		b, err := st.reader()
		if err != nil {
			return 0, err
		}
		return b.ReadAt(p, off)
	}
	n := 0
	for n < len(p) && off < st.size {
		chunk := st.raw[off/chunkSize]
		k := copy(p[n:], chunk[off%chunkSize:])
		n += k
		off += int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (st *staged) reader() (store.Blob, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.gone {
		return nil, invalid("read of a released blob")
	}
	if st.open == nil {
		b, err := st.s.OpenBlob(context.Background(), st.id)
		if err != nil {
			return nil, err
		}
		st.open = b
	}
	return st.open, nil
}

func (st *staged) released() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.gone
}

// Release implements [store.Staged].
func (st *staged) Release() {
	st.mu.Lock()
	gone := st.gone
	st.gone = true
	open := st.open
	st.open = nil
	st.mu.Unlock()
	if gone {
		return
	}
	if open != nil {
		open.Close()
	}
	if st.stored {
		st.s.unpin(st.id)
	}
}
