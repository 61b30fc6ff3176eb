package sqlite

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestZip(t *testing.T) {
	z, err := newZipper()
	if err != nil {
		t.Fatal(err)
	}
	defer z.close()
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog.\r\n", 2000))
	for _, tt := range []struct {
		name  string
		raw   []byte
		codec int
	}{
		{"empty", []byte{}, codecRaw}, {"short", []byte("hi"), codecRaw}, {"text", text[:chunkSize], codecZstd},
		{"little text", text[:2000], codecZstd}, {"noise", noise(chunkSize, 1), codecRaw}, {"little noise", noise(2000, 1), codecRaw},
	} {
		p := z.encode(tt.raw)
		if p.codec != tt.codec {
			t.Errorf("%s: codec %d, %d of %d bytes; want codec %d", tt.name, p.codec, len(p.data), len(tt.raw), tt.codec)
		}
		out, err := z.decode(p, len(tt.raw))
		if err != nil || !bytes.Equal(out, tt.raw) {
			t.Errorf("%s: decoded %d bytes, %v; want %d", tt.name, len(out), err, len(tt.raw))
		}
		if _, err := z.decode(p, len(tt.raw)+1); !errors.Is(err, store.Damaged) {
			t.Errorf("%s: decoded as another size: %v; want Damaged", tt.name, err)
		}
	}
	bomb := z.enc.EncodeAll(make([]byte, 50<<20), nil)
	if _, err := z.decode(piece{codecZstd, bomb}, chunkSize); !errors.Is(err, store.Damaged) {
		t.Errorf("50 MB in one chunk: %v; want Damaged", err)
	}
}
