package sqlite

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// chunked says where a blob's bytes are.
type chunked struct {
	row   int64
	size  int64
	chunk int64 // bytes of every chunk but the last
}

func findBlob(c *conn, id store.BlobID) (b chunked, err error) {
	found, err := c.one(func(r *rows) { b = chunked{r.int(), r.int(), r.int()} },
		"SELECT id, size, chunk_size FROM blob WHERE hash = ?", id)
	if err == nil && !found {
		err = notFound("blob %v", id)
	}
	if err == nil && (b.chunk <= 0 || b.chunk > 1<<20) {
		err = fmt.Errorf("blob %v has chunks of %d bytes: %w", id, b.chunk, store.Damaged)
	}
	return b, err
}

// length is how many bytes chunk seq has.
func (b chunked) length(seq int64) int { return int(min(b.chunk, b.size-seq*b.chunk)) }

// read returns the bytes of chunk seq.
func (b chunked) read(c *conn, z *zipper, seq int64) ([]byte, error) {
	var p piece
	found, err := c.one(func(r *rows) { p = piece{int(r.int()), r.blob()} },
		"SELECT codec, data FROM chunk WHERE id = ?", chunkID(b.row, int(seq)))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("chunk %d is missing: %w", seq, store.Damaged)
	}
	return z.decode(p, b.length(seq))
}

// lastChunk remembers the chunk read last, so that a sequential reader decodes each only once.
type lastChunk struct {
	mu   sync.Mutex
	seq  int64
	data []byte // under mu with seq; nil: none. The bytes themselves never change.
}

func (l *lastChunk) get(seq int64) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seq != seq {
		return nil
	}
	return l.data
}

func (l *lastChunk) put(seq int64, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq, l.data = seq, data
}

// readAt is io.ReaderAt over chunks; get brings one.
func (b chunked) readAt(p []byte, off int64, last *lastChunk, get func(seq int64) ([]byte, error)) (n int, err error) {
	if off < 0 {
		return 0, invalid("read at %d", off)
	}
	for n < len(p) && off < b.size {
		seq := off / b.chunk
		data := last.get(seq)
		if data == nil {
			if data, err = get(seq); err != nil {
				return n, err
			}
			last.put(seq, data)
		}
		k := copy(p[n:], data[off-seq*b.chunk:])
		n += k
		off += int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// blob implements [store.Blob]. It holds a pin, and a connection only while it reads.
type blob struct {
	s      *Store
	id     store.BlobID
	at     chunked
	last   lastChunk
	closed sync.Once
}

// OpenBlob implements [store.Store].
func (s *Store) OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error) {
	if !s.pins.holdLiving(id) {
		return nil, notFound("blob %v", id)
	}
	b := &blob{s: s, id: id}
	if err := b.find(ctx); err != nil {
		s.unpin(id)
		return nil, err
	}
	return b, nil
}

func (b *blob) find(ctx context.Context) error {
	c, err := b.s.chunks.get(ctx)
	if err != nil {
		return err
	}
	defer b.s.chunks.put(c)
	b.at, err = findBlob(c, b.id)
	return err
}

func (b *blob) ID() store.BlobID { return b.id }

func (b *blob) Size() int64 { return b.at.size }

func (b *blob) ReadAt(p []byte, off int64) (int, error) {
	n, err := b.at.readAt(p, off, &b.last, b.fetch)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read blob %v: %w", b.id, err)
	}
	return n, err
}

func (b *blob) fetch(seq int64) ([]byte, error) {
	c, err := b.s.chunks.get(context.Background())
	if err != nil {
		return nil, err
	}
	defer b.s.chunks.put(c)
	return b.at.read(c, b.s.zip, seq)
}

func (b *blob) Close() error {
	b.closed.Do(func() { b.s.unpin(b.id) })
	return nil
}

// held implements [store.Staged] for a blob that the store has already, within one transaction.
type held struct {
	t    *tx
	id   store.BlobID
	at   chunked
	last lastChunk
}

// Blob implements [store.Tx].
func (t *tx) Blob(id store.BlobID) (store.Staged, error) {
	at, err := findBlob(t.c, id)
	if err != nil {
		return nil, err
	}
	return &held{t: t, id: id, at: at}, nil
}

func (h *held) ID() store.BlobID { return h.id }

func (h *held) Size() int64 { return h.at.size }

func (h *held) ReadAt(p []byte, off int64) (int, error) {
	if h.t.c == nil {
		return 0, invalid("read of a blob held by a transaction that ended")
	}
	return h.at.readAt(p, off, &h.last, func(seq int64) ([]byte, error) { return h.at.read(h.t.c, h.t.s.zip, seq) })
}

// Release does nothing: the hold ends with the transaction.
func (h *held) Release() {}
