package imap

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/flate"
)

// TestDeflater reads back what was written in pieces of all sizes, each as soon as it was written.
func TestDeflater(t *testing.T) {
	from, to := io.Pipe()
	d := &deflater{out: to}
	r := flate.NewReader(from)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		piece := make([]byte, random.IntN(40_000)+1)
		for j := range piece {
			piece[j] = "* 1 FETCH (FLAGS (\\Seen) UID 17)\r\n"[(j+random.IntN(2))%33]
		}
		if i%10 == 0 {
			for j := range piece {
				piece[j] = byte(random.Uint32())
			}
		}
		wrote := make(chan error, 1)
		go func() {
			_, err := d.Write(piece)
			wrote <- err
		}()
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, piece) {
			t.Fatalf("piece %d of %d bytes came back otherwise: %v", i, len(piece), err)
		}
		if err := <-wrote; err != nil {
			t.Fatal(err)
		}
	}
	if len(d.last) > dictionary || cap(d.last) > 2*dictionary {
		t.Errorf("%d bytes kept, %d held", len(d.last), cap(d.last))
	}
}
