package wire

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// Literal is a string announced with its size, RFC 9051 section 4.3. Its bytes are read with Read, and must be read, or
// the command be given up with [Reader.Abandon], before anything else of the command is.
type Literal struct {
	Size    int64
	NonSync bool // {n+}: the client doesn't wait, RFC 7888
	Binary  bool // ~{n}: NUL may occur, RFC 3516 and RFC 6855

	r        *Reader
	left     int64
	accepted bool
}

// Literal reads the announcement of a literal that will be streamed, of at most limit bytes, or returns nil after a
// mistake. Binary says whether ~{n} may stand here. The client is asked for the bytes at the first Read, so the session
// may still refuse.
func (r *Reader) Literal(limit int64, binary bool) *Literal {
	l := r.announcement(binary)
	if l == nil {
		return nil
	}
	if l.Size > limit || l.NonSync && l.Size > r.limits.NonSync {
		r.failWith(ErrTooBig, "literal too large")
		return nil
	}
	return l
}

// Accept asks the client for the bytes of a synchronising literal. Calling it again, or for a literal that isn't one,
// does nothing.
func (l *Literal) Accept() error {
	switch {
	case l.accepted || l.NonSync:
		return nil
	case l.r.err != nil:
		return l.r.err
	}
	if l.r.Continue != nil {
		if err := l.r.Continue(l.Size); err != nil {
			l.r.failWith(errors.Join(ErrRefused, err), "literal refused")
			return err
		}
	}
	l.accepted = true
	return nil
}

// Read implements io.Reader: Size bytes, then io.EOF. A stream that ends before gives io.ErrUnexpectedEOF.
func (l *Literal) Read(p []byte) (int, error) {
	if err := l.Accept(); err != nil {
		return 0, err
	}
	switch {
	case l.left == 0:
		l.close()
		return 0, io.EOF
	case l.r.open != l: // the command was given up or is over
		return 0, ErrRefused
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.br.Read(p)
	l.left -= int64(n)
	l.r.pos += int64(n)
	if l.left == 0 {
		l.close()
		return n, nil
	}
	if err != nil {
		l.r.broken(err)
		err = l.r.err.Err
	}
	return n, err
}

func (l *Literal) close() {
	if l.r.open == l {
		l.r.open = nil
	}
}

// announcement reads {n}, {n+}, ~{n} or ~{n+} and the line end after it.
func (r *Reader) announcement(binary bool) *Literal {
	l := &Literal{r: r}
	if binary && r.accept('~') {
		l.Binary = true
	}
	if !r.accept('{') {
		r.fail("expected a literal")
		return nil
	}
	head := append(r.tailBuf[:0], '{')
	for r.err == nil && len(head) < tailSize {
		c := r.peek()
		if c != '+' && c != '}' && (c < '0' || c > '9') {
			break
		}
		r.take()
		head = append(head, c)
	}
	digits, closed := bytes.CutSuffix(head[1:], []byte("}"))
	digits, l.NonSync = bytes.CutSuffix(digits, []byte("+"))
	n, err := strconv.ParseInt(string(digits), 10, 63)
	if r.accept('\r') {
		head = append(head, '\r')
	}
	if !closed || err != nil || bytes.IndexByte(digits, '+') >= 0 || r.peek() != '\n' || r.err != nil {
		r.fail("malformed literal")
		r.tail = head
		return nil
	}
	r.take()
	l.Size, l.left = n, n
	r.open = l
	return l
}

// literalText reads a literal into memory. NUL is refused but in a binary one, which may come where binary is set.
func (r *Reader) literalText(binary bool) string {
	limit := min(r.limits.Literal, r.limits.Command-r.kept)
	l := r.Literal(limit, binary)
	if l == nil {
		return ""
	}
	if l.Accept() != nil {
		return ""
	}
	b := make([]byte, l.Size)
	if _, err := io.ReadFull(l, b); err != nil && r.err == nil {
		r.broken(err)
	}
	if l.Size == 0 {
		l.close()
	}
	r.kept += l.Size
	if !l.Binary && bytes.IndexByte(b, 0) >= 0 {
		r.fail("NUL in a literal")
	}
	if r.err != nil {
		return ""
	}
	return string(b)
}
