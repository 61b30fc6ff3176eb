package activesync

import (
	"bufio"
	"io"
	"unicode/utf8"
)

// crlfReader makes every line end CRLF.
type crlfReader struct {
	r    *bufio.Reader
	last byte
	held bool // a line feed is due
}

// Read implements io.Reader.
func (c *crlfReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		b := byte('\n')
		if c.held {
			c.held = false
		} else {
			var err error
			if b, err = c.r.ReadByte(); err != nil {
				if n > 0 {
					return n, nil
				}
				return 0, err
			}
			if b == '\n' && c.last != '\r' {
				b, c.held = '\r', true
			}
		}
		p[n] = b
		c.last = b
		n++
	}
	return n, nil
}

// runeLimit reads no more than left bytes and ends at a character's border.
type runeLimit struct {
	r    *bufio.Reader
	left int64
}

// Read implements io.Reader.
func (l *runeLimit) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		head, err := l.r.Peek(utf8.UTFMax)
		if len(head) == 0 {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		size := 1
		if head[0] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(head)
		}
		if int64(size) > l.left {
			l.left = 0
			if n > 0 {
				return n, nil
			}
			return 0, io.EOF
		}
		if size > len(p)-n {
			if n > 0 {
				return n, nil
			}
			return 0, io.ErrShortBuffer
		}
		copy(p[n:], head[:size])
		l.r.Discard(size)
		l.left -= int64(size)
		n += size
	}
	return n, nil
}

// textReader replaces what is no UTF-8, and what a document must not hold, by question marks, byte by byte.
type textReader struct{ r *bufio.Reader }

// Read implements io.Reader.
func (t *textReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if n > 0 && t.r.Buffered() < utf8.UTFMax {
			return n, nil // rather than wait for more
		}
		head, err := t.r.Peek(utf8.UTFMax)
		if len(head) == 0 {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		c, size := utf8.DecodeRune(head)
		switch {
		case c == utf8.RuneError && size == 1, forbidden(c):
			p[n] = '?'
		case size > len(p)-n:
			if n > 0 {
				return n, nil
			}
			return 0, io.ErrShortBuffer
		default:
			copy(p[n:], head[:size])
		}
		t.r.Discard(size)
		n += size
	}
	return n, nil
}
