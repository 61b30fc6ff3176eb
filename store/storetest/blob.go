package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

// noise returns n bytes that do not compress, text n that do.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	r.Read(b)
	return b
}

func text(n int, seed uint64) []byte {
	words := []string{"the ", "quick ", "brown ", "fox ", "jumps ", "over ", "a ", "lazy ", "dog\r\n"}
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = append(b, words[r.IntN(len(words))]...)
	}
	return b[:n]
}

// sameBytes compares what r reads, in whole, in parts and past the end, with want.
func (e *env) sameBytes(r io.ReaderAt, want []byte) {
	e.Helper()
	got := make([]byte, len(want)+1)
	n, err := r.ReadAt(got, 0)
	if n != len(want) || err != io.EOF || !bytes.Equal(got[:n], want) {
		e.Errorf("read of %d bytes: %d, %v", len(want), n, err)
	}
	for _, off := range []int{0, 1, 65535, 65536, 65537, len(want) / 2, len(want) - 1} {
		if off < 0 || off >= len(want) {
			continue
		}
		part := got[:min(1000, len(want)-off)]
		if n, err := r.ReadAt(part, int64(off)); n != len(part) || err != nil && err != io.EOF || !bytes.Equal(part, want[off:off+n]) {
			e.Errorf("read at %d: %d, %v", off, n, err)
		}
	}
	if n, err := r.ReadAt(got[:1], int64(len(want))); n != 0 || err != io.EOF {
		e.Errorf("read at the end: %d, %v", n, err)
	}
	if _, err := r.ReadAt(got[:1], -1); err == nil {
		e.Error("read at -1 goes well")
	}
}

func testBlobSizes(e *env) {
	for i, n := range []int{0, 1, 100, 65535, 65536, 65537, 200_000, 262_144, 262_145, 1_500_000} {
		for _, data := range [][]byte{noise(n, uint64(i)), text(n, uint64(i))} {
			b := Stage(e, e.s, data)
			if b.Size() != int64(n) || b.ID() != sha256.Sum256(data) {
				e.Errorf("staged %d bytes: size %d, id %v", n, b.Size(), b.ID())
			}
			e.sameBytes(b, data)
			rec := e.add(e.in.ID, store.NewItem{Blob: b})
			if rec.Item.Size != int64(n) || rec.Item.Blob != b.ID() {
				e.Errorf("item %+v", rec.Item)
			}
			b.Release()
			b.Release() // does nothing
			o, err := e.s.OpenBlob(e.Context(), rec.Item.Blob)
			if err != nil {
				e.Fatalf("open: %v", err)
			}
			if o.Size() != int64(n) || o.ID() != rec.Item.Blob {
				e.Errorf("opened: size %d, id %v", o.Size(), o.ID())
			}
			e.sameBytes(o, data)
			o.Close()
			o.Close()
		}
	}
	_, err := e.s.OpenBlob(e.Context(), store.BlobID{1})
	e.is(err, store.NotFound, "an unknown blob")
}

func testBlobShared(e *env) {
	for _, n := range []int{1000, 700_000} {
		data := text(n, 7)
		var wg sync.WaitGroup
		for range 8 { // identical uploads at the same time
			wg.Go(func() {
				b := Stage(e, e.s, data)
				err := e.s.Update(context.Background(), e.alice.ID, func(tx store.Tx) error {
					_, err := tx.Add(e.in.ID, store.NewItem{Blob: b})
					return err
				})
				if err != nil {
					e.Errorf("add: %v", err)
				}
				b.Release()
			})
		}
		wg.Wait()
	}
	recs := e.changes(e.in.ID, store.Place{})
	for _, rec := range recs[1:] {
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
	}
	b, err := e.s.OpenBlob(e.Context(), recs[0].Item.Blob)
	if err != nil {
		e.Fatalf("open the last reference: %v", err)
	}
	defer b.Close()
	if _, err := b.ReadAt(make([]byte, b.Size()), 0); err != nil {
		e.Errorf("read the last reference: %v", err)
	}
}

// gone waits until a blob cannot be opened any more: bytes are deleted in the background. meanwhile
// may be nil.
func (e *env) gone(id store.BlobID, meanwhile func()) {
	e.Helper()
	for e.Context().Err() == nil {
		b, err := e.s.OpenBlob(e.Context(), id)
		if err != nil {
			e.is(err, store.NotFound, "a blob without references")
			return
		}
		b.Close()
		if meanwhile == nil {
			time.Sleep(time.Millisecond) // nothing tells when
		} else {
			meanwhile()
		}
	}
}

func testBlobOpen(e *env) {
	data := noise(400_000, 3)
	rec := e.add(e.in.ID, store.NewItem{Blob: Stage(e, e.s, text(2000, 9))})
	b := Stage(e, e.s, data)
	rec = e.add(e.in.ID, store.NewItem{Blob: b})
	b.Release()
	o, err := e.s.OpenBlob(e.Context(), rec.Item.Blob)
	if err != nil {
		e.Fatalf("open: %v", err)
	}
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
	small := Stage(e, e.s, text(900, 4))
	other := e.add(e.in.ID, store.NewItem{Blob: small})
	small.Release()
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, other.UID) })
	e.gone(other.Item.Blob, nil) // so whatever deletes has been at work
	e.sameBytes(o, data)
	o.Close()
	e.gone(rec.Item.Blob, nil)
}

func testBlobGone(e *env) {
	for _, n := range []int{10, 900_000} {
		b := Stage(e, e.s, noise(n, 5))
		rec := e.add(e.in.ID, store.NewItem{Blob: b})
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
		e.sameBytes(b, noise(n, 5)) // staged still
		again := e.add(e.in.ID, store.NewItem{Blob: b})
		b.Release()
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, again.UID) })
		e.gone(rec.Item.Blob, func() { // others who write must not keep it from happening
			e.write(e.bob.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err })
		})
		e.refused(store.Invalid, e.alice.ID, "a released blob", func(tx store.Tx) error {
			_, err := tx.Add(e.in.ID, store.NewItem{Blob: b})
			return err
		})
	}
}

func testBlobAbort(e *env) {
	for _, n := range []int{10, 700_000} {
		w, err := e.s.NewBlob(e.Context())
		if err != nil {
			e.Fatalf("new blob: %v", err)
		}
		if _, err := w.Write(noise(n, 6)); err != nil {
			e.Fatalf("write: %v", err)
		}
		w.Abort()
		if _, err := w.Finish(); err == nil {
			e.Error("an aborted blob can be finished")
		}
		w, err = e.s.NewBlob(e.Context())
		if err != nil {
			e.Fatalf("new blob: %v", err)
		}
		if _, err := w.Write(noise(n, 6)); err != nil {
			e.Fatalf("write: %v", err)
		}
		b, err := w.Finish()
		if err != nil {
			e.Fatalf("finish: %v", err)
		}
		w.Abort() // does nothing now
		e.sameBytes(b, noise(n, 6))
		b.Release()
		e.gone(b.ID(), nil)
		if _, err := w.Write([]byte("x")); err == nil {
			e.Error("a finished blob can be written to")
		}
	}
	e.refused(store.Invalid, e.alice.ID, "no blob", func(tx store.Tx) error {
		_, err := tx.Add(e.in.ID, store.NewItem{})
		return err
	})
}

func testBlobHeld(e *env) {
	data := text(300_000, 8)
	b := Stage(e, e.s, data)
	rec := e.add(e.in.ID, store.NewItem{Blob: b})
	b.Release()
	bob := Role(e, e.s, e.bob.ID, store.Inbox)
	e.write(e.bob.ID, func(tx store.Tx) error {
		h, err := tx.Blob(rec.Item.Blob)
		if err != nil {
			return err
		}
		e.sameBytes(h, data)
		_, err = tx.Add(bob.ID, store.NewItem{Blob: h})
		h.Release()
		return err
	})
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, rec.UID) })
	o, err := e.s.OpenBlob(e.Context(), rec.Item.Blob)
	if err != nil {
		e.Fatalf("open: %v", err)
	}
	defer o.Close()
	e.sameBytes(o, data)
	e.refused(store.NotFound, e.alice.ID, "an unknown blob", func(tx store.Tx) error { _, err := tx.Blob(store.BlobID{9}); return err })
}

func testBlobConcurrent(e *env) {
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			data := noise(300_000+i*70_001, uint64(i))
			if i%2 == 0 {
				data = text(len(data), uint64(i))
			}
			b := Stage(e, e.s, data)
			defer b.Release()
			var rec store.Record
			err := e.s.Update(context.Background(), e.alice.ID, func(tx store.Tx) (err error) {
				rec, err = tx.Add(e.in.ID, store.NewItem{Blob: b})
				return err
			})
			if err != nil {
				e.Errorf("add: %v", err)
				return
			}
			o, err := e.s.OpenBlob(context.Background(), rec.Item.Blob)
			if err != nil {
				e.Errorf("open: %v", err)
				return
			}
			defer o.Close()
			var readers sync.WaitGroup
			for range 3 {
				readers.Go(func() { e.sameBytes(o, data) })
			}
			readers.Wait()
		})
	}
	wg.Wait()
}
