package mail

import (
	"bytes"
	"io"
)

// bodySource gives out the bytes of the current body until a boundary line or the end of the stream. The line end
// before the boundary belongs to the boundary and is not given out.
type bodySource struct {
	p       *parser
	pending int  // bytes of the window given out by the last call, not yet advanced past
	begun   bool // something was looked at
	ended   bool
}

func (p *parser) newBody() *bodySource {
	p.stopped = false
	return &bodySource{p: p}
}

// skipBody reads past a body.
func (p *parser) skipBody() {
	b := bodySource{p: p}
	p.stopped = false
	for {
		if _, err := b.next(); err != nil {
			return
		}
	}
}

// atBoundary tells whether a line, which starts with a hyphen, is a boundary, and remembers which.
func (p *parser) atBoundary(line []byte) bool {
	if len(p.bounds.shadows) == 0 || !bytes.HasPrefix(line, []byte("--")) || len(line) > maxBoundaryLine {
		return false
	}
	h, ok := p.bounds.match(line)
	if ok {
		p.stop, p.stopped = h, true
		p.markEnd(0)
	}
	return ok
}

// markEnd remembers where the body ended: before a line end of n bytes that the boundary claims.
func (p *parser) markEnd(n int) {
	p.sc.bodyEnd = p.sc.offset()
	p.sc.bodyLines, p.sc.bodyLast = p.sc.lines, p.sc.last
	if n > 0 {
		p.sc.advance(n)
	}
}

// bodyCount is the length and the number of lines of the last body, which began at start when so many lines had been
// given out. A line without its end counts.
func (p *parser) bodyCount(start, lines int64) (length, count int64) {
	end, now, last := p.sc.offset(), p.sc.lines, p.sc.last
	if p.stopped {
		end, now, last = p.sc.bodyEnd, p.sc.bodyLines, p.sc.bodyLast
	}
	count = now - lines
	if end > start && last != p.sc.eol {
		count++
	}
	return end - start, count
}

func (b *bodySource) next() ([]byte, error) {
	s := b.p.sc
	if b.pending > 0 {
		s.advance(b.pending)
		b.pending = 0
	}
	if b.ended {
		return nil, io.EOF
	}
	if !b.begun {
		b.begun = true
		if line, _ := s.peekLine(maxBoundaryLine); len(line) > 0 && line[0] == '-' && b.p.atBoundary(line) {
			b.ended = true
			return nil, io.EOF
		}
	}
	for {
		n, stop := b.scan()
		if n > 0 {
			b.pending = n
			return s.buf[s.pos : s.pos+n], nil
		}
		if stop {
			b.ended = true
			return nil, io.EOF
		}
	}
}

// scan finds how much of the window belongs to the body. With stop the body ends there.
func (b *bodySource) scan() (n int, stop bool) {
	s := b.p.sc
	if s.pos == s.end && !s.fill() {
		return 0, true
	}
	if len(b.p.bounds.shadows) == 0 {
		return s.end - s.pos, false
	}
	from := 0
	for {
		data := s.buf[s.pos:s.end]
		i := indexBoundary(data[from:], s.eol)
		if i < 0 {
			return b.withoutTail(data)
		}
		at := from + i // the line end before the hyphens
		line, ok := lineAt(data[at+1:], s.eol)
		if !ok && len(line) < maxBoundaryLine && !s.eof {
			// not all of the line is there: give out what is before it, or read more
			if lead := lineEndStart(data, at); lead > 0 {
				return lead, false
			}
			s.fill()
			continue
		}
		if h, match := b.match(line); match {
			lead := lineEndStart(data, at)
			if lead > 0 {
				return lead, false
			}
			b.p.stop, b.p.stopped = h, true
			b.p.markEnd(at + 1)
			return 0, true
		}
		from = at + 1
	}
}

func (b *bodySource) match(line []byte) (hit, bool) {
	if len(line) > maxBoundaryLine {
		return hit{}, false
	}
	return b.p.bounds.match(line)
}

// withoutTail holds back what may be the beginning of a boundary.
func (b *bodySource) withoutTail(data []byte) (n int, stop bool) {
	s := b.p.sc
	if s.eof {
		return len(data), len(data) == 0
	}
	n = len(data)
	if n > 0 && data[n-1] == '-' {
		n--
	}
	if n > 0 && data[n-1] == s.eol {
		n = lineEndStart(data, n-1)
	} else if n == len(data) && n > 0 && data[n-1] == '\r' {
		n--
	} else {
		n = len(data)
	}
	if n == 0 {
		s.fill()
	}
	return n, false
}

// indexBoundary finds a line end followed by two hyphens.
func indexBoundary(b []byte, eol byte) int {
	return bytes.Index(b, []byte{eol, '-', '-'})
}

// lineAt returns the line that b begins with, without its end, and whether the end is there.
func lineAt(b []byte, eol byte) ([]byte, bool) {
	if i := bytes.IndexByte(b, eol); i >= 0 {
		return b[:i], true
	}
	return b, false
}

// lineEndStart is where the line end begins whose last byte is at i.
func lineEndStart(data []byte, i int) int {
	if data[i] == '\n' && i > 0 && data[i-1] == '\r' {
		return i - 1
	}
	return i
}
