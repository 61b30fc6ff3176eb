package wbxml

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// header begins every document written: WBXML 1.3, public identifier unknown, UTF-8, no string table.
var header = [...]byte{0x03, 0x01, charsetUTF8, 0x00}

// Sizes of the encoder's buffer. A piece is how much of a value is looked at in one go; cleaning may make
// it three times as long, which still fits.
const (
	encoderBuffer = 16 << 10
	pieceSize     = 2 << 10
	maxPiece      = 3*(pieceSize+utf8.UTFMax) + 2
	maxTag        = 8 // page switch and tag, or token and length of opaque data
)

// An Encoder writes one document. Its methods return no error: the first one, be it of the writer or a
// mistake of the caller such as text outside the root element, turns all later calls into no-ops and is
// returned by [Encoder.Err] and [Encoder.Close]. It is not for use by several goroutines at once.
//
// Nothing is written before the first element begins, so an encoder that was never used leaves its writer
// untouched: the empty answer some commands of ActiveSync know.
type Encoder struct {
	w       io.Writer
	buf     []byte
	flushed int64 // bytes handed to w
	err     error
	closed  bool

	page    uint8
	stack   []Tag // elements open
	pending int   // index in buf of the tag byte of an element without content so far; -1 if there is none
}

// NewEncoder returns an encoder that writes to w, buffered until [Encoder.Close].
func NewEncoder(w io.Writer) *Encoder {
	return &Encoder{w: w, pending: -1, stack: make([]Tag, 0, 16)}
}

// Start begins an element. If it ends without content it is written as the bare token.
func (e *Encoder) Start(tag Tag) {
	switch {
	case !e.ok():
		return
	case !tag.valid():
		e.fail(fmt.Errorf("start of %v: %w", tag, errNoTag))
		return
	case len(e.stack) == 0 && e.BytesWritten() > 0:
		e.fail(fmt.Errorf("start of %v: %w", tag, errSecondRoot))
		return
	case len(e.stack) == 0:
		e.buf = append(make([]byte, 0, encoderBuffer), header[:]...)
	}
	e.settle()
	e.room(maxTag)
	if page := tag.Page(); page != e.page {
		e.buf = append(e.buf, tokenSwitchPage, page)
		e.page = page
	}
	e.pending = len(e.buf)
	e.buf = append(e.buf, tag.Token())
	e.stack = append(e.stack, tag)
}

// End ends the innermost element.
func (e *Encoder) End() {
	if !e.inside("end of an element") {
		return
	}
	e.stack = e.stack[:len(e.stack)-1]
	if e.pending >= 0 {
		e.pending = -1
		return
	}
	e.room(maxTag)
	e.buf = append(e.buf, tokenEnd)
}

// Empty writes an element without content.
func (e *Encoder) Empty(tag Tag) {
	e.Start(tag)
	e.End()
}

// Elem writes an element that holds text, or an empty element if text is empty.
func (e *Encoder) Elem(tag Tag, text string) {
	e.Start(tag)
	e.Text(text)
	e.End()
}

// Opaque writes raw bytes, as they are. Empty data is written too, as opaque data of length zero.
func (e *Encoder) Opaque(data []byte) {
	if !e.beginOpaque(int64(len(data))) {
		return
	}
	if len(data) > pieceSize {
		e.flush()
		e.write(data)
		return
	}
	e.room(pieceSize)
	e.buf = append(e.buf, data...)
}

// OpaqueFrom writes n raw bytes read from r. It is an error, wrapping io.ErrUnexpectedEOF, if r has fewer;
// bytes beyond n are not read.
func (e *Encoder) OpaqueFrom(r io.Reader, n int64) {
	if !e.beginOpaque(n) {
		return
	}
	e.flush()
	if e.err != nil {
		return
	}
	copied, err := io.CopyN(e.w, r, n)
	e.flushed += copied
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		e.fail(fmt.Errorf("opaque data: %w", err))
	}
}

// beginOpaque writes what comes before n opaque bytes and reports whether they may follow.
func (e *Encoder) beginOpaque(n int64) bool {
	if !e.inside("opaque data") {
		return false
	}
	if n < 0 || n > 1<<32-1 {
		e.fail(fmt.Errorf("opaque data of %d bytes: %w", n, ErrString))
		return false
	}
	e.settle()
	e.room(maxTag)
	e.buf = appendInt(append(e.buf, tokenOpaque), uint32(n))
	return true
}

// appendInt appends n as mb_u_int32.
func appendInt(b []byte, n uint32) []byte {
	for shift := 28; shift > 0; shift -= 7 {
		if n>>shift != 0 {
			b = append(b, byte(n>>shift)|0x80)
		}
	}
	return append(b, byte(n&0x7F))
}

// BytesWritten returns how long the document is so far, what is still buffered included: with it an
// answer is kept below a budget.
func (e *Encoder) BytesWritten() int64 { return e.flushed + int64(len(e.buf)) }

// Err returns the first error, nil if there was none.
func (e *Encoder) Err() error { return e.err }

// Close writes out what is buffered and returns the first error. It is an error if an element is open.
// Close does not close the writer; a second call changes nothing and returns the same.
func (e *Encoder) Close() error {
	if e.closed {
		return e.err
	}
	if len(e.stack) > 0 {
		e.fail(fmt.Errorf("close: %w", errOpen))
	}
	e.flush()
	e.closed = true
	return e.err
}

// Mistakes of the caller.
var (
	errClosed     = errors.New("encoder is closed")
	errNoTag      = errors.New("not the tag of an element")
	errNoElement  = errors.New("no element is open")
	errOpen       = errors.New("element still open")
	errSecondRoot = errors.New("the root element has ended")
)

// ok reports whether there is anything left to do.
func (e *Encoder) ok() bool {
	if e.closed && e.err == nil {
		e.fail(errClosed)
	}
	return e.err == nil
}

// inside is ok for what has to be within an element.
func (e *Encoder) inside(what string) bool {
	if e.ok() && len(e.stack) == 0 {
		e.fail(fmt.Errorf("%s: %w", what, errNoElement))
	}
	return e.err == nil
}

// fail keeps the first error, with the place it is about.
func (e *Encoder) fail(err error) {
	if e.err != nil {
		return
	}
	if len(e.stack) == 0 {
		e.err = fmt.Errorf("wbxml: %w", err)
		return
	}
	e.err = fmt.Errorf("wbxml: in %s: %w", path(e.stack), err)
}

// settle marks the element begun last as having content.
func (e *Encoder) settle() {
	if e.pending >= 0 {
		e.buf[e.pending] |= hasContent
		e.pending = -1
	}
}

// room makes sure that n bytes fit into the buffer.
func (e *Encoder) room(n int) {
	if cap(e.buf)-len(e.buf) < n {
		e.flush()
	}
}

// flush writes out the buffer, but for a tag byte that may still change.
func (e *Encoder) flush() {
	keep := len(e.buf)
	if e.pending >= 0 {
		keep = e.pending
	}
	e.write(e.buf[:keep])
	e.buf = append(e.buf[:0], e.buf[keep:]...)
	if e.pending >= 0 {
		e.pending = 0
	}
}

// write hands p to the writer.
func (e *Encoder) write(p []byte) {
	if e.err != nil || len(p) == 0 {
		return
	}
	n, err := e.w.Write(p)
	e.flushed += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		e.fail(fmt.Errorf("write: %w", err))
	}
}
