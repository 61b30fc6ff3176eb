package smtp

import (
	"bytes"
	"io"
)

// lineReader makes every line of a message end with CRLF: a bare LF becomes CRLF, CRs directly before
// a line end go with it, and CRs anywhere else become one space. See "Line ends" in the package page.
type lineReader struct {
	r   io.Reader
	in  []byte
	out []byte // converted
	pos int    // of out, already handed on
	cr  bool   // CRs are waiting to be judged by what follows
	err error
}

const lineChunk = 4 << 10 // the library reads no more at once

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: r, in: make([]byte, lineChunk), out: make([]byte, 0, lineChunk+lineChunk/16)}
}

// Read implements io.Reader.
func (l *lineReader) Read(p []byte) (int, error) {
	for l.pos == len(l.out) {
		if l.err != nil {
			return 0, l.err
		}
		var n int
		n, l.err = l.r.Read(l.in)
		l.out, l.pos = l.convert(l.out[:0], l.in[:n]), 0
	}
	n := copy(p, l.out[l.pos:])
	l.pos += n
	return n, nil
}

// convert appends src to dst, line ends made right.
func (l *lineReader) convert(dst, src []byte) []byte {
	for len(src) > 0 {
		if l.cr && src[0] != '\r' && src[0] != '\n' {
			dst = append(dst, ' ')
		}
		i := bytes.IndexAny(src, "\r\n")
		if i < 0 {
			l.cr = false
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		if l.cr = src[i] == '\r'; !l.cr {
			dst = append(dst, '\r', '\n')
		}
		src = src[i+1:]
	}
	return dst
}
