package smtp

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLineReader(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"right already", "a: b\r\n\r\nbody\r\n", "a: b\r\n\r\nbody\r\n"},
		{"bare LF", "a: b\n\nbody\n", "a: b\r\n\r\nbody\r\n"},
		{"LF dot LF", "x\n.\ny\r\n", "x\r\n.\r\ny\r\n"},
		{"CR dot CR", "x\r.\ry\r\n", "x . y\r\n"},
		{"CR CR LF", "x\r\r\ny\r\r\r\n", "x\r\ny\r\n"},
		{"bare CR in a field", "a: b\rbcc: c\r\n", "a: b bcc: c\r\n"},
		{"several CRs", "x\r\r\ry\r\n", "x y\r\n"},
		{"CR at the end", "x\r", "x"},
		{"no line end", "x", "x"},
		{"empty", "", ""},
		{"only line ends", "\n\r\n\n", "\r\n\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
				got, err := io.ReadAll(newLineReader(r))
				if err != nil || string(got) != tt.want {
					t.Errorf("%q becomes %q, %v; want %q", tt.in, got, err, tt.want)
				}
			}
		})
	}
}

func FuzzLineReader(f *testing.F) {
	f.Add([]byte("a\r\nb\nc\rd\r\r\n.\r\n"), 3)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		got, err := io.ReadAll(newLineReader(bytes.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		rest := bytes.ReplaceAll(got, []byte("\r\n"), nil)
		if bytes.ContainsAny(rest, "\r\n") {
			t.Errorf("%q becomes %q, which has a line end that is not CRLF", in, got)
		}
		if want := bytes.Count(in, []byte("\n")); bytes.Count(got, []byte("\n")) != want {
			t.Errorf("%q becomes %q; want %d lines", in, got, want)
		}
		pieces, _ := io.ReadAll(newLineReader(iotest.OneByteReader(bytes.NewReader(in))))
		if !bytes.Equal(pieces, got) {
			t.Errorf("%q in pieces becomes %q; at once %q", in, pieces, got)
		}
	})
}
