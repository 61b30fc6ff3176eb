package imap

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// partialFlushes are commands as zlib writes them with Z_PARTIAL_FLUSH: one, then twelve in a block with codes of its own.
var partialFlushes = []struct{ packed, first, last string }{
	{"4a34540876f571750e51f0f473f28fe0e50208", "a1 SELECT INBOX\r\n", "a1 SELECT INBOX\r\n"},
	{"40181de33008034100fcca954983388cc194800f81889c28728a284ac3ff1f01e5d22cfd74b3a97c962893e5711695db92b2bd53ff887d3619" +
		"9ef15bbcccd6dfff7ed00a68c5a903ea38ad81d69c7aa09ed30668c3690bb4e534000d9c76403b4eb5c483f2029fc22ec614cb949fed02",
		"b1 UID FETCH 1 (", "b12 UID FETCH 12 (INTERNALDATE BODY.PEEK[])\r\n"},
}

// TestInflatePartialFlush wants what was flushed before anything else comes.
func TestInflatePartialFlush(t *testing.T) {
	in, client := io.Pipe()
	r := newInflater(in)
	for _, flush := range partialFlushes {
		packed, err := hex.DecodeString(flush.packed)
		if err != nil {
			t.Fatal(err)
		}
		go client.Write(packed)
		var got strings.Builder
		for buf := make([]byte, 4096); !strings.HasSuffix(got.String(), flush.last); {
			n, err := r.Read(buf)
			if err != nil {
				t.Fatalf("after %q: %v", got.String(), err)
			}
			got.Write(buf[:n])
		}
		if !strings.HasPrefix(got.String(), flush.first) {
			t.Errorf("read %q", got.String())
		}
	}
	client.Close()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestInflate reads what another encoder writes, with every setting, in pieces of all sizes.
func TestInflate(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		var packed, plain bytes.Buffer
		w, err := flate.NewWriter(&packed, level)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			some := flateSample(random, i)
			plain.Write(some)
			w.Write(some)
			if i%3 == 0 {
				w.Flush()
			}
		}
		w.Close()
		got, err := io.ReadAll(newInflater(&dribble{packed.Bytes(), random}))
		if err != nil || !bytes.Equal(got, plain.Bytes()) {
			t.Errorf("level %d: %d bytes, %v; want %d", level, len(got), err, plain.Len())
		}
	}
}

// flateSample is text, noise or one byte again and again.
func flateSample(random *rand.Rand, kind int) []byte {
	b := make([]byte, random.IntN(30_000)+1)
	for i := range b {
		switch kind % 3 {
		case 0:
			b[i] = "A1 APPEND INBOX (\\Seen) {310}\r\n"[(i+random.IntN(2))%31]
		case 1:
			b[i] = byte(random.Uint32())
		}
	}
	return b
}

// dribble gives out its bytes in pieces of random sizes.
type dribble struct {
	left   []byte
	random *rand.Rand
}

// Read implements io.Reader.
func (d *dribble) Read(p []byte) (int, error) {
	if len(d.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), d.random.IntN(700)+1)], d.left)
	d.left = d.left[n:]
	return n, nil
}

// FuzzInflate wants what another decoder reads.
func FuzzInflate(f *testing.F) {
	for _, flush := range partialFlushes {
		packed, err := hex.DecodeString(flush.packed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Add([]byte{1, 3, 0, 0xfc, 0xff, 'a', 'b', 'c'})
	f.Add([]byte{0x4b, 0x4c, 0x04, 0x00})
	f.Fuzz(func(t *testing.T, packed []byte) {
		const most = 1 << 20
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), most))
		got, err := io.ReadAll(io.LimitReader(newInflater(bytes.NewReader(packed)), most))
		if wantErr == nil && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
		}
	})
}
