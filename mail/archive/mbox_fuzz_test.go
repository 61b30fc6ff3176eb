package archive

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"
)

// FuzzMboxScan wants every byte of a file to belong to a message, or to a line between two, and the ranges to be in
// order.
func FuzzMboxScan(f *testing.F) {
	f.Add([]byte(dateLine + "A: 1\nContent-Length: 2\n\nx\n\n" + dateLine + "Status: R\n\n>From y"))
	f.Add([]byte("\r\n" + dateLine + "\r\n\r\n" + dateLine + "X-Gannet-Export: {\"id\":\"1\",\"open\":1}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s := newMboxScanner(bytes.NewReader(file))
		at := int64(0)
		for n := 0; ; n++ {
			m, err := s.next()
			if errors.Is(err, io.EOF) || n == 0 && errors.Is(err, errNoMbox) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if m.start < at || m.body <= m.start || m.end < m.body || m.end > int64(len(file)) || m.sum == "" {
				t.Fatalf("message %+v behind %d of %d", m, at, len(file))
			}
			if gap := file[at:m.start]; len(bytes.TrimRight(gap, "\r\n")) > 0 || n > 0 && len(gap) > 2 {
				t.Fatalf("%q belongs to no message", gap)
			}
			if !bytes.HasPrefix(file[m.start:], fromPrefix) {
				t.Fatalf("message at %d does not begin with From", m.start)
			}
			at = m.end
		}
		if at > 0 && len(bytes.TrimRight(file[at:], "\r\n")) > 0 {
			t.Fatalf("%q belongs to no message", file[at:])
		}
	})
}

// FuzzMboxRoundTrip exports and reads two messages of any bytes.
func FuzzMboxRoundTrip(f *testing.F) {
	f.Add([]byte("A: 1\r\n\r\nFrom x\r\n"), []byte("\n\n"))
	f.Add([]byte(""), []byte("From \r"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		dir := filepath.Join(t.TempDir(), "out")
		target, err := NewTarget(Mbox, dir, AsIs)
		if err != nil {
			t.Fatal(err)
		}
		folder := Folder{Path: []string{"x"}}
		if err := target.Folder(folder); err != nil {
			t.Fatal(err)
		}
		for i, b := range [][]byte{one, two} {
			if err := target.Message(Message{Received: dateThere}, string(rune('1'+i)), bytes.NewReader(b)); err != nil {
				t.Fatal(err)
			}
		}
		if err := target.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Mbox, dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, all := readAll(t, s)
		if got := all["x"]; len(got) != 2 || got[0].Bytes != string(one) || got[1].Bytes != string(two) {
			t.Fatalf("%q and %q became %+v", one, two, got)
		}
	})
}
