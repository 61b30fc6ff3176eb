package wbxml

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

// TestNoAllocationPerToken checks that ten times the document takes no more allocations.
func TestNoAllocationPerToken(t *testing.T) {
	short, long := benchMessages(10), benchMessages(100)
	encode := func(messages []message) float64 {
		return testing.AllocsPerRun(20, func() {
			e := NewEncoder(io.Discard)
			writeSync(e, messages)
			e.Close()
		})
	}
	if few, many := encode(short), encode(long); many > few || many > 4 {
		t.Errorf("encoding 10 messages takes %v allocations, 100 take %v", few, many)
	}
	decode := func(doc []byte) float64 {
		return testing.AllocsPerRun(20, func() {
			d := NewDecoder(bytes.NewReader(doc), Limits{})
			d.Next()
			d.Skip()
		})
	}
	if few, many := decode(syncDocument(10)), decode(syncDocument(100)); many > few || many > 4 {
		t.Errorf("decoding 10 messages takes %v allocations, 100 take %v", few, many)
	}
}

// endless yields the same line of text again and again.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], "a line of text, über 東京\r\n")
	}
	return len(p), nil
}

// TestLongValuesInLittleMemory passes values of 32 MiB from an encoder through a pipe to a decoder.
func TestLongValuesInLittleMemory(t *testing.T) {
	const size = 32 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from, to := io.Pipe()
	go func() {
		e := NewEncoder(to)
		e.Start(ComposeMailSendMail)
		e.Start(ComposeMailMime)
		e.OpaqueFrom(endless{}, size)
		e.End()
		e.Start(AirSyncBaseData)
		e.TextFrom(io.LimitReader(endless{}, size))
		e.End()
		e.End()
		to.CloseWithError(e.Close())
	}()
	d := NewDecoder(from, Limits{})
	d.Next()
	for _, tag := range []Tag{ComposeMailMime, AirSyncBaseData} {
		if tok, err := d.Next(); tok.Tag != tag || err != nil {
			t.Fatalf("got %v, %v, want %v", tok.Tag, err, tag)
		}
		n, err := io.Copy(io.Discard, d.Content())
		if err != nil || n < size || n > size+4 { // a rune cut at the end becomes up to U+FFFD of three bytes
			t.Errorf("%v: %d bytes, %v, want %d", tag, n, err, size)
		}
	}
	d.Next()
	if _, err := d.Next(); err != io.EOF {
		t.Errorf("at the end: %v, want EOF", err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes allocated, want at most 1 MiB", grown)
	}
}
