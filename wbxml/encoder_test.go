package wbxml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// encode returns what write makes the encoder write.
func encode(t *testing.T, write func(e *Encoder)) []byte {
	t.Helper()
	var out bytes.Buffer
	e := NewEncoder(&out)
	write(e)
	if n := e.BytesWritten(); e.Err() == nil && n < int64(out.Len()) {
		t.Errorf("BytesWritten = %d with %d at the writer", n, out.Len())
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if n := e.BytesWritten(); n != int64(out.Len()) {
		t.Errorf("BytesWritten = %d, want %d", n, out.Len())
	}
	return out.Bytes()
}

func TestEncoder(t *testing.T) {
	tests := []struct {
		name  string
		write func(e *Encoder)
		want  string
	}{
		{"never used", func(e *Encoder) {}, ""},
		{"empty root", func(e *Encoder) { e.Empty(AirSyncSync) }, "03 01 6a 00 05"},
		{"started and ended", func(e *Encoder) { e.Start(AirSyncSync); e.End() }, "03 01 6a 00 05"},
		{"other page first", func(e *Encoder) { e.Empty(PingPing) }, "03 01 6a 00 00 0d 05"},
		{"text", func(e *Encoder) { e.Elem(AirSyncSyncKey, "0") }, "03 01 6a 00 4b 03 30 00 01"},
		{"empty text", func(e *Encoder) { e.Elem(AirSyncSyncKey, "") }, "03 01 6a 00 0b"},
		{"text of which nothing is left", func(e *Encoder) { e.Elem(AirSyncSyncKey, "\x00\x1f\uffff") }, "03 01 6a 00 0b"},
		{"two texts, bytes and none", func(e *Encoder) {
			e.Start(AirSyncSyncKey)
			e.Text("a")
			e.TextBytes([]byte("b"))
			e.Text("\x01")
			e.TextFrom(strings.NewReader(""))
			e.TextFrom(strings.NewReader("c"))
			e.End()
		}, "03 01 6a 00 4b 03 61 00 03 62 00 03 63 00 01"},
		{"opaque", func(e *Encoder) {
			e.Start(ComposeMailMime)
			e.Opaque([]byte{0, 1})
			e.OpaqueFrom(strings.NewReader("abc"), 2)
			e.Opaque(nil)
			e.OpaqueFrom(nil, 0)
			e.End()
		}, "03 01 6a 00 00 15 50 c3 02 00 01 c3 02 61 62 c3 00 c3 00 01"},
		{"pages", func(e *Encoder) {
			e.Start(AirSyncOptions)
			e.Start(AirSyncBaseBodyPreference)
			e.Elem(AirSyncBaseType, "1")
			e.End()
			e.Elem(AirSyncClass, "SMS")
			e.End()
		}, "03 01 6a 00 57 00 11 45 46 03 31 00 01 01 00 00 50 03 53 4d 53 00 01 01"},
		{"unknown tag", func(e *Encoder) { e.Empty(MakeTag(99, 0x3F)) }, "03 01 6a 00 00 63 3f"},
	}
	for _, tt := range tests {
		if got := encode(t, tt.write); !bytes.Equal(got, unhex(t, tt.want)) {
			t.Errorf("%s = %x, want %s", tt.name, got, tt.want)
		}
	}
}

func TestOpaqueLength(t *testing.T) {
	for n, want := range map[int]string{
		0: "00", 1: "01", 0x7F: "7f", 0x80: "8100", 0x3FFF: "ff7f", 0x4000: "818000", 0x1FFFFF: "ffff7f",
		0x200000: "81808000", 0xFFFFFFF: "ffffff7f", 0x10000000: "8180808000", 0xFFFFFFFF: "8fffffff7f",
	} {
		got := appendInt(nil, uint32(n))
		if fmt.Sprintf("%x", got) != want {
			t.Errorf("appendInt(%#x) = %x, want %s", n, got, want)
		}
		d := NewDecoder(bytes.NewReader(got), Limits{})
		if back, err := d.readInt(); back != uint32(n) || err != nil {
			t.Errorf("readInt(%s) = %#x, %v, want %#x", want, back, err, n)
		}
	}
}

func TestEncoderMistakes(t *testing.T) {
	tests := []struct {
		name  string
		write func(e *Encoder)
		err   error
		says  string
	}{
		{"element open", func(e *Encoder) { e.Start(AirSyncSync); e.Start(AirSyncCollections) }, errOpen, "in Sync/Collections"},
		{"END too many", func(e *Encoder) { e.Empty(AirSyncSync); e.End() }, errNoElement, "end of an element"},
		{"text first", func(e *Encoder) { e.Text("a") }, errNoElement, "text"},
		{"text last", func(e *Encoder) { e.Empty(AirSyncSync); e.TextFrom(strings.NewReader("a")) }, errNoElement, "text"},
		{"opaque first", func(e *Encoder) { e.Opaque(nil) }, errNoElement, "opaque"},
		{"second root", func(e *Encoder) { e.Empty(AirSyncSync); e.Empty(AirSyncSync) }, errSecondRoot, "AirSync:Sync"},
		{"no tag", func(e *Encoder) { e.Start(AirSyncSync); e.Start(0x0004) }, errNoTag, "AirSync:0x04"},
		{"attribute bit", func(e *Encoder) { e.Start(0x0085) }, errNoTag, "AirSync:0x85"},
		{"closed", func(e *Encoder) { e.Close(); e.Empty(AirSyncSync) }, errClosed, ""},
		{"opaque data missing", func(e *Encoder) {
			e.Start(ComposeMailMime)
			e.OpaqueFrom(strings.NewReader("abc"), 4)
		}, io.ErrUnexpectedEOF, "in Mime"},
		{"negative length", func(e *Encoder) { e.Start(ComposeMailMime); e.OpaqueFrom(nil, -1) }, ErrString, "-1 bytes"},
		{"text reader fails", func(e *Encoder) {
			e.Start(ComposeMailMime)
			e.TextFrom(iotest.ErrReader(errNoTag))
		}, errNoTag, "in Mime: text"},
		{"idle text reader", func(e *Encoder) { e.Start(ComposeMailMime); e.TextFrom(idle{}) }, io.ErrNoProgress, ""},
	}
	for _, tt := range tests {
		e := NewEncoder(io.Discard)
		tt.write(e)
		if e.Err() != nil {
			e.Start(0) // a later mistake does not displace the first
		}
		err := e.Close()
		if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) || e.Err() != err || e.Close() != err {
			t.Errorf("%s: %v, want %v saying %q", tt.name, err, tt.err, tt.says)
		}
	}
}

// A fullDisk takes so many bytes and no more.
type fullDisk struct{ left int }

var errFull = errors.New("disk full")

func (w *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// TestWriteErrors lets the writer fail at every step of a document with all kinds of value.
func TestWriteErrors(t *testing.T) {
	write := func(e *Encoder) error {
		e.Start(AirSyncSync)
		e.Elem(EmailSubject, strings.Repeat("€", 9000))
		e.Start(ComposeMailMime)
		e.Opaque(make([]byte, 9000))
		e.OpaqueFrom(bytes.NewReader(make([]byte, 9000)), 9000)
		e.TextFrom(strings.NewReader(strings.Repeat("x", 20000)))
		e.End()
		e.End()
		return e.Close()
	}
	whole := NewEncoder(io.Discard)
	if err := write(whole); err != nil {
		t.Fatal(err)
	}
	size := int(whole.BytesWritten())
	for left := 0; left < size; left += 101 {
		if err := write(NewEncoder(&fullDisk{left})); !errors.Is(err, errFull) {
			t.Errorf("with room for %d of %d: %v, want %v", left, size, err, errFull)
		}
	}
	if err := write(NewEncoder(&fullDisk{size})); err != nil {
		t.Errorf("with room for all: %v", err)
	}
}

// cleanText is what Encoder.Text promises, one rune at a time.
func cleanText(s string) string {
	var b strings.Builder
	for _, r := range s { // yields U+FFFD for each byte that is not part of valid UTF-8
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestTextCleaning(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"ASCII", "Hello, world", "Hello, world"},
		{"white space", "a\tb\r\nc", "a\tb\r\nc"},
		{"NUL", "a\x00b", "ab"},
		{"control characters", "\x01\x08\x0b\x0c\x0e\x1f\x1ba", "a"},
		{"DEL and C1 are legal", "\x7f\u0080\u009f", "\x7f\u0080\u009f"},
		{"U+FFFE and U+FFFF", "a\ufffe\uffffb", "ab"},
		{"other noncharacters are legal", "\ufdd0\U0001ffff", "\ufdd0\U0001ffff"},
		{"U+FFFD", "\ufffd", "\ufffd"},
		{"Latin-1", "gr\xfc\xdfe", "gr\ufffd\ufffde"},
		{"cut rune", "a\xe2\x82", "a\ufffd\ufffd"},
		{"rune cut by NUL", "\xe2\x00\x82\xac", "\ufffd\ufffd\ufffd"},
		{"surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"overlong", "\xc0\x80", "\ufffd\ufffd"},
		{"beyond Unicode", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
		{"four bytes", "😀", "😀"},
	}
	for _, tt := range tests {
		if got := cleanText(tt.in); got != tt.want {
			t.Errorf("%s: the test's own cleaning of %q = %q, want %q", tt.name, tt.in, got, tt.want)
		}
		for _, before := range []int{0, 1, 7, 8, pieceSize - 2, pieceSize - 1, pieceSize, encoderBuffer - 3, 2 * encoderBuffer} {
			pad := strings.Repeat("x", before)
			checkText(t, pad+tt.in+pad)
		}
	}
}

// checkText writes s in every way there is and compares what arrives.
func checkText(t *testing.T, s string) {
	t.Helper()
	want := cleanText(s)
	for how, write := range map[string]func(e *Encoder){
		"Text":      func(e *Encoder) { e.Text(s) },
		"TextBytes": func(e *Encoder) { e.TextBytes([]byte(s)) },
		"TextFrom":  func(e *Encoder) { e.TextFrom(strings.NewReader(s)) },
		"bytewise":  func(e *Encoder) { e.TextFrom(iotest.OneByteReader(strings.NewReader(s))) },
		"with EOF":  func(e *Encoder) { e.TextFrom(iotest.DataErrReader(strings.NewReader(s))) },
	} {
		doc := encode(t, func(e *Encoder) { e.Start(EmailSubject); write(e); e.End() })
		expected := "\x03\x01\x6a\x00\x00\x02\x54\x03" + want + "\x00\x01"
		if want == "" {
			expected = "\x03\x01\x6a\x00\x00\x02\x14"
		}
		if string(doc) != expected {
			t.Errorf("%s(%.100q) = %.120q, want %.120q", how, s, doc, expected)
		}
	}
	if !utf8.ValidString(want) {
		t.Errorf("%q is not UTF-8", want)
	}
}

// TestTextBorders moves long text of mixed runes over the borders of the pieces.
func TestTextBorders(t *testing.T) {
	mixed := strings.Repeat("aä€😀\xff\x80\x80\x80\x80\xf0\x9f\x98", pieceSize/8)
	for shift := range 16 {
		checkText(t, strings.Repeat("-", shift)+mixed)
	}
}
