package mail

import (
	"bytes"
	"io"
)

// lineMax bounds the piece of a line that converters hold.
const lineMax = 16 << 10

// lineReader cuts a source whose line ends are line feeds into lines without them. A line longer than lineMax comes
// in pieces, of which only the last is whole.
type lineReader struct {
	src  source
	in   []byte
	held []byte
	err  error
}

// next returns the next line or piece; the slice is valid until the next call. After the last line it returns io.EOF.
func (l *lineReader) next() (line []byte, whole bool, err error) {
	l.held = l.held[:0]
	for {
		if i := bytes.IndexByte(l.in, '\n'); i >= 0 {
			line := l.in[:i]
			l.in = l.in[i+1:]
			if len(l.held) > 0 {
				l.held = append(l.held, line...)
				line = l.held
			}
			return line, true, nil
		}
		if len(l.in)+len(l.held) >= lineMax {
			n := min(len(l.in), max(lineMax-len(l.held), 1))
			for n < len(l.in) && l.in[n]&0xc0 == 0x80 { // not inside a character
				n++
			}
			l.held = append(l.held, l.in[:n]...)
			l.in = l.in[n:]
			return l.held, false, nil
		}
		l.held = append(l.held, l.in...)
		l.in = nil
		if l.err == nil {
			l.in, l.err = l.src.next()
		}
		if len(l.in) == 0 && l.err != nil {
			if len(l.held) > 0 && l.err == io.EOF {
				return l.held, true, nil
			}
			return nil, false, l.err
		}
	}
}
