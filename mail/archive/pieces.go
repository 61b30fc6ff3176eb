package archive

import (
	"bufio"
	"errors"
	"io"
)

// piece is a line with its end, or a part of one that is longer than the buffer.
type piece struct {
	bytes  []byte // valid until the next call
	starts bool   // it begins a line
	ends   bool   // it ends with LF
}

// pieces cuts a stream into lines with bounded memory.
type pieces struct {
	r      *bufio.Reader
	within bool
	held   []byte // a CR that may belong to the next piece
	buf    []byte
}

// pieceSize bounds a piece. Header lines that mean something here are shorter.
const pieceSize = 64 << 10

func newPieces(r io.Reader) *pieces { return &pieces{r: bufio.NewReaderSize(r, pieceSize)} }

// next returns the next piece; io.EOF at the end.
func (p *pieces) next() (piece, error) {
	line, err := p.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	if len(line) == 0 && len(p.held) == 0 {
		return piece{}, err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return piece{}, err
	}
	ends := len(line) > 0 && line[len(line)-1] == '\n'
	if len(p.held) > 0 {
		p.buf = append(append(p.buf[:0], p.held...), line...)
		line, p.held = p.buf, nil
	}
	if !ends && err == nil && line[len(line)-1] == '\r' { // keeps CRLF in one piece
		p.held = []byte{'\r'}
		line = line[:len(line)-1]
	}
	out := piece{bytes: line, starts: !p.within, ends: ends}
	p.within = !ends
	return out, nil
}
