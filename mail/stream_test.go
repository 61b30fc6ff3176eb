package mail

import (
	"bytes"
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/iotest"
)

// randomReader gives out between one and most bytes at a time.
type randomReader struct {
	r    io.Reader
	rnd  *rand.Rand
	most int
}

func (r *randomReader) Read(p []byte) (int, error) {
	return r.r.Read(p[:min(len(p), 1+r.rnd.IntN(r.most))])
}

// checkStreaming holds for every message: it does not matter in which pieces it arrives.
func checkStreaming(t testing.TB, name string, msg []byte) {
	t.Helper()
	var whole, pieces SearchText
	want, err := Parse(bytes.NewReader(msg), WithText(8<<10, &whole))
	if err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{1, 7, 1000, 70000} {
		if most == 1 && len(msg) > 20000 {
			continue
		}
		r := &randomReader{bytes.NewReader(msg), rand.New(rand.NewPCG(uint64(most), uint64(len(msg)))), most}
		got, err := Parse(r, WithText(8<<10, &pieces))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: in pieces of up to %d bytes the summary differs:\n%s\n%s", name, most, shape(got.Root), shape(want.Root))
			continue
		}
		if pieces != whole {
			t.Errorf("%s: in pieces of up to %d bytes the text differs", name, most)
		}
	}
	later := want.SearchText(bytes.NewReader(msg), 8<<10)
	later.Headers, later.Partial = whole.Headers, whole.Partial // the header is read from what is stored only
	if later != whole {
		t.Errorf("%s: SearchText differs from WithText:\n%.300v\n%.300v", name, later, whole)
	}
}

func TestCorpusInPieces(t *testing.T) {
	n := 0
	corpusMessages(t, func(name string, msg []byte) {
		if n++; n < 3000 || n%8 == 0 {
			checkStreaming(t, name, msg)
		}
	})
}

func TestReaderErrors(t *testing.T) {
	msg := attachmentMail(200 << 10)
	for _, n := range []int64{0, 1, 100, 70000, 150000} {
		if _, err := Parse(io.MultiReader(io.LimitReader(bytes.NewReader(msg), n), iotest.ErrReader(io.ErrClosedPipe))); err == nil {
			t.Errorf("after %d bytes: no error", n)
		}
	}
	s, _ := Parse(bytes.NewReader(msg))
	p := s.Part("2")
	for _, n := range []int{0, 100, 100000} {
		if _, err := io.Copy(io.Discard, s.OpenPart(bytes.NewReader(msg[:n]), p)); err != nil {
			t.Errorf("a shortened store is no error here: %v", err)
		}
	}
	if _, err := s.Text(brokenAt{}, Plain, 100); err == nil {
		t.Error("Text of a broken store gave no error")
	}
}

// brokenAt is a store that cannot be read.
type brokenAt struct{}

func (brokenAt) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }
