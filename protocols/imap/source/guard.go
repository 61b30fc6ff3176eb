package source

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Bounds of what a server may send. go-imap's client holds lines, and literals that are no bodies, in memory whole.
const (
	maxLine    = 256 << 10
	maxLiteral = 64 << 10         // but for bodies
	patience   = 10 * time.Minute // for the next bytes
)

// guard is a connection that bounds lines and literals, and waits for bytes instead of for whole answers: a large body
// over a slow line takes its time.
type guard struct {
	net.Conn
	first   []byte // read before the connection's own bytes
	maxBody int64
	line    int    // bytes of the line so far, literals left out
	tail    []byte // its last bytes, where a literal's size is
	body    bool   // the answer has a body
	skip    int64  // bytes of a literal to come
	err     error
}

// errServer begins what is said of a server that does not speak as it should.
var errServer = errors.New("the server does not keep to IMAP")

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	if len(g.first) > 0 {
		n := copy(p, g.first)
		g.first = g.first[n:]
		return n, nil
	}
	if err := g.Conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	n, err := g.Conn.Read(p)
	if g.err = g.look(p[:n]); g.err != nil {
		return 0, g.err
	}
	return n, err
}

// SetReadDeadline does nothing: see Read.
func (g *guard) SetReadDeadline(time.Time) error { return nil }

// tailSize is enough for "{size}" and the line's end.
const tailSize = 32

// look follows lines and literals.
func (g *guard) look(p []byte) error {
	for len(p) > 0 {
		if g.skip > 0 {
			n := min(g.skip, int64(len(p)))
			p, g.skip = p[n:], g.skip-n
			continue
		}
		end := bytes.IndexByte(p, '\n') + 1
		part := p
		if end > 0 {
			part = p[:end]
		}
		p = p[len(part):]
		if g.line += len(part); g.line > maxLine {
			return fmt.Errorf("%w: a line of more than %d bytes", errServer, maxLine)
		}
		seen := append(g.tail, part...)
		g.body = g.body || bytes.Contains(bytes.ToUpper(seen), []byte("BODY["))
		g.tail = append([]byte{}, seen[max(0, len(seen)-tailSize):]...)
		if end == 0 {
			continue
		}
		if err := g.lineEnds(); err != nil {
			return err
		}
	}
	return nil
}

// lineEnds looks whether a literal follows the line, or a new answer.
func (g *guard) lineEnds() error {
	line := bytes.TrimRight(g.tail, "\r\n")
	g.tail = g.tail[:0]
	open := bytes.LastIndexByte(line, '{')
	if open < 0 || !bytes.HasSuffix(line, []byte("}")) {
		g.line, g.body = 0, false
		return nil
	}
	size, err := strconv.ParseInt(string(line[open+1:len(line)-1]), 10, 64)
	if err != nil { // braces in a text
		g.line, g.body = 0, false
		return nil
	}
	bound := int64(maxLiteral)
	if g.body {
		bound = g.maxBody
	}
	if size < 0 || size > bound {
		return fmt.Errorf("%w: a literal of %d bytes where at most %d are expected", errServer, size, bound)
	}
	g.skip = size
	return nil
}
