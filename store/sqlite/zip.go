package sqlite

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/gannetmail/gannet/store"
)

// The codecs of a chunk.
const (
	codecRaw  = 0
	codecZstd = 1
)

// piece is a chunk as it is stored.
type piece struct {
	codec int
	data  []byte
}

// zipper compresses and expands chunks. One is shared by all.
type zipper struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newZipper() (*zipper, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(chunkSize), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<20), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return &zipper{enc, dec}, nil
}

func (z *zipper) close() {
	z.enc.Close()
	z.dec.Close()
}

// sampleSize is how much of a chunk is tried before the rest is. Random data costs only that.
const sampleSize = 4 << 10

func (z *zipper) encode(raw []byte) piece {
	if len(raw) > 4*sampleSize {
		middle := raw[len(raw)/2:][:sampleSize]
		if !pays(z.enc.EncodeAll(middle, nil), middle) {
			return piece{codecRaw, raw}
		}
	}
	if out := z.enc.EncodeAll(raw, make([]byte, 0, len(raw)/2+64)); pays(out, raw) {
		return piece{codecZstd, out}
	}
	return piece{codecRaw, raw}
}

// pays reports whether compression saved an eighth.
func pays(out, raw []byte) bool { return len(out) < len(raw)-len(raw)/8 }

// encodeAll encodes chunks and returns their size in the store as well.
func (z *zipper) encodeAll(chunks [][]byte) (list []piece, bytes int) {
	list = make([]piece, len(chunks))
	for i, raw := range chunks {
		list[i] = z.encode(raw)
		bytes += len(list[i].data)
	}
	return list, bytes
}

// decode returns a chunk's bytes, which must be size many.
func (z *zipper) decode(p piece, size int) ([]byte, error) {
	out := p.data
	switch p.codec {
	case codecRaw:
	case codecZstd:
		var err error
		if out, err = z.dec.DecodeAll(p.data, make([]byte, 0, size)); err != nil {
			return nil, fmt.Errorf("zstd: %w: %w", err, store.Damaged)
		}
	default:
		return nil, fmt.Errorf("codec %d: %w", p.codec, store.Damaged)
	}
	if len(out) != size {
		return nil, fmt.Errorf("chunk of %d bytes instead of %d: %w", len(out), size, store.Damaged)
	}
	return out, nil
}
