package archive

import (
	"bytes"
	"io"
)

// lineEnds is what to do with the bytes of one message.
type lineEnds struct {
	way LineEnds
	rd  bool // a '>' is taken from lines that are quoted as in mboxrd
}

// reader returns the bytes of a message that lies in r.
func (e lineEnds) reader(r io.Reader) io.Reader {
	if e.rd {
		r = &lineReader{r: r, change: unquoteFrom}
	}
	switch e.way {
	case AsIs:
		return r
	case AsLF:
		return &lineReader{r: r, change: toLF}
	}
	return &crlfReader{r: r}
}

// crlfReader gives lines CRLF if the first one ends in a bare LF, and otherwise leaves all as it is.
type crlfReader struct {
	r       io.Reader
	decided bool
	convert bool
	last    byte // the byte before in
	in      []byte
	out     []byte
	err     error
}

// Read implements io.Reader.
func (c *crlfReader) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		if c.in == nil {
			c.in = make([]byte, 16<<10)
		}
		var n int
		n, c.err = c.r.Read(c.in)
		c.take(c.in[:n])
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// take makes out of what was read.
func (c *crlfReader) take(in []byte) {
	if i := bytes.IndexByte(in, '\n'); !c.decided && i >= 0 { // the end of the first line
		before := c.last
		if i > 0 {
			before = in[i-1]
		}
		c.decided, c.convert = true, before != '\r'
	}
	if !c.convert {
		c.out = in
	} else {
		c.out = make([]byte, 0, len(in)+len(in)/32+2)
		for _, b := range in {
			if b == '\n' && c.last != '\r' {
				c.out = append(c.out, '\r')
			}
			c.out = append(c.out, b)
			c.last = b
		}
	}
	if len(in) > 0 {
		c.last = in[len(in)-1]
	}
}

// lineReader changes each line. Lines longer than a buffer are handed on in pieces, of which only the first is a
// line's beginning and only the last its end.
type lineReader struct {
	r      io.Reader
	change func(line []byte, starts bool) []byte
	lines  *pieces
	out    []byte
}

// Read implements io.Reader.
func (l *lineReader) Read(p []byte) (int, error) {
	if l.lines == nil {
		l.lines = newPieces(l.r)
	}
	for len(l.out) == 0 {
		piece, err := l.lines.next()
		if err != nil {
			return 0, err
		}
		l.out = l.change(piece.bytes, piece.starts)
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// unquoteFrom takes one '>' from a line of '>'s before "From ".
func unquoteFrom(line []byte, starts bool) []byte {
	if starts && isQuotedFrom(line) {
		return line[1:]
	}
	return line
}

// isQuotedFrom reports whether a line is ">From ", ">>From " and so on.
func isQuotedFrom(line []byte) bool {
	rest := bytes.TrimLeft(line, ">")
	return len(rest) < len(line) && bytes.HasPrefix(rest, fromPrefix)
}

// toLF ends a line with a bare LF.
func toLF(line []byte, _ bool) []byte {
	if n := len(line); n >= 2 && line[n-2] == '\r' && line[n-1] == '\n' {
		line[n-2] = '\n'
		return line[:n-1]
	}
	return line
}
