package mail

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// window is how much of the message is in memory. It bounds what one step may look at: a header line piece, a
// candidate for a boundary line.
const window = 64 << 10

// maxBoundaryLine is the longest line that may be a boundary, trailing blanks included.
const maxBoundaryLine = 2048

// eolPeek is how much of a stream decides whether its lines end in CR alone.
const eolPeek = 4096

var windows = sync.Pool{New: func() any { b := make([]byte, window); return &b }}

// scanner reads a stream through a sliding window and knows where it stands.
type scanner struct {
	r     io.Reader
	buf   []byte
	lent  *[]byte // the window's home in the pool
	pos   int     // next byte to give out
	end   int     // end of what was read
	base  int64   // stream offset of buf[0]
	lines int64   // line ends given out
	eol   byte    // '\n', or '\r' in a stream that knows no line feed
	eof   bool
	err   error // first error of r other than io.EOF

	bodyEnd   int64 // where the last body ended, if a boundary ended it
	bodyLines int64 // lines at that point
	bodyLast  byte  // and the byte before it
	last      byte  // the last byte given out
}

func newScanner(r io.Reader) *scanner {
	lent := windows.Get().(*[]byte)
	s := &scanner{r: r, buf: *lent, lent: lent, eol: '\n'}
	for s.end < eolPeek && s.fill() {
	}
	head := s.buf[:min(s.end, eolPeek)]
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		s.eol = '\r'
	}
	return s
}

// close gives the window back; the scanner must not be used afterwards.
func (s *scanner) close() {
	windows.Put(s.lent)
	s.buf, s.lent = nil, nil
}

// offset is the stream position of the next byte.
func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

// fill reads more into the window, sliding it when needed. It returns false when nothing more comes: at the end of
// the stream, after an error, or when the window is full of unread bytes.
func (s *scanner) fill() bool {
	if s.eof {
		return false
	}
	if s.pos > 0 && (s.pos == s.end || s.end == len(s.buf)) {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	for empty := 0; s.end < len(s.buf); {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.eof = true
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
		}
		if n > 0 || err != nil {
			return n > 0
		}
		if empty++; empty > 100 {
			s.eof, s.err = true, io.ErrNoProgress
			return false
		}
	}
	return false
}

// advance gives out n bytes that the caller has seen.
func (s *scanner) advance(n int) {
	if n > 0 {
		s.last = s.buf[s.pos+n-1]
	}
	s.lines += int64(bytes.Count(s.buf[s.pos:s.pos+n], []byte{s.eol}))
	s.pos += n
}

// peekLine returns the next line with its line end, or a piece of it when it is longer than max or the window; whole
// tells which. It does not advance. An empty slice is the end of the stream.
func (s *scanner) peekLine(max int) (line []byte, whole bool) {
	from := 0
	for {
		data := s.buf[s.pos:s.end]
		if i := bytes.IndexByte(data[from:], s.eol); i >= 0 {
			return data[:from+i+1], true
		}
		from = len(data)
		if from >= max {
			return data, false
		}
		if !s.fill() {
			return s.buf[s.pos:s.end], s.eof
		}
	}
}

// skipLine advances past the rest of the current line.
func (s *scanner) skipLine() {
	for {
		line, whole := s.peekLine(len(s.buf))
		s.advance(len(line))
		if whole || len(line) == 0 {
			return
		}
	}
}

// skipText reads past a line up to its end.
func (s *scanner) skipText() {
	for {
		line, whole := s.peekLine(len(s.buf))
		if text := trimEOL(line); whole || len(line) == 0 {
			s.advance(len(text))
			return
		}
		s.advance(len(line))
	}
}

// trimEOL removes the line end.
func trimEOL(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}
