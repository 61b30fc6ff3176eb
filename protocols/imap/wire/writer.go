package wire

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// writeSize is how many bytes are gathered before they go out.
const writeSize = 32 << 10

// Writer writes responses. They are gathered and go out when 32 KiB are full or at Flush. The first error sticks: the
// methods do nothing after it, and Flush and Err return it. It is not for use by several goroutines.
type Writer struct {
	// UTF8 is set once the client enabled UTF8=ACCEPT or IMAP4rev2: see [Reader].
	UTF8 bool

	out io.Writer
	buf []byte
	err error
}

// NewWriter returns a writer of responses.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: out, buf: make([]byte, 0, writeSize)}
}

// Reset makes the writer continue on another stream, as after COMPRESS. What was not flushed is lost.
func (w *Writer) Reset(out io.Writer) { w.out, w.buf, w.err = out, w.buf[:0], nil }

// Err is the first error so far.
func (w *Writer) Err() error { return w.err }

// Release gives the buffer up while nothing waits in it: an idle session has none.
func (w *Writer) Release() {
	if len(w.buf) == 0 {
		w.buf = nil
	}
}

// Buffered is the number of bytes that wait for Flush.
func (w *Writer) Buffered() int { return len(w.buf) }

// Flush sends what was gathered.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.buf) > 0 {
		n, err := w.out.Write(w.buf)
		if err == nil && n < len(w.buf) {
			err = io.ErrShortWrite
		}
		if err != nil {
			w.err = fmt.Errorf("write response: %w", err)
		}
	}
	if w.buf = w.buf[:0]; cap(w.buf) > 4*writeSize {
		w.buf = make([]byte, 0, writeSize) // one long string doesn't cost the session its memory
	}
	return w.err
}

// put takes the buffer with something appended.
func (w *Writer) put(b []byte) {
	if w.err != nil {
		return
	}
	if w.buf = b; len(b) >= writeSize {
		_ = w.Flush()
	}
}

// Raw writes text as it stands: key words, atoms, ready-made lines.
func (w *Writer) Raw(s string) { w.put(append(w.buf, s...)) }

// RawBytes writes bytes as they stand, as an ENVELOPE that was made at delivery.
func (w *Writer) RawBytes(b []byte) { w.put(append(w.buf, b...)) }

// Byte writes one byte: a space or a parenthesis.
func (w *Writer) Byte(c byte) { w.put(append(w.buf, c)) }

// CRLF ends a line.
func (w *Writer) CRLF() { w.put(append(w.buf, '\r', '\n')) }

// Number writes a number.
func (w *Writer) Number(n uint64) { w.put(strconv.AppendUint(w.buf, n, 10)) }

// String writes a string: see [AppendString].
func (w *Writer) String(s string) { w.put(AppendString(w.buf, s, w.UTF8)) }

// NString writes a string, or NIL when ok is false.
func (w *Writer) NString(s string, ok bool) { w.put(AppendNString(w.buf, s, ok, w.UTF8)) }

// Astring writes an atom or a string.
func (w *Writer) Astring(s string) { w.put(AppendAstring(w.buf, s, w.UTF8)) }

// Mailbox writes the name of a mailbox in the session's encoding.
func (w *Writer) Mailbox(name string) { w.put(AppendMailbox(w.buf, name, w.UTF8)) }

// Flags writes a list of flags.
func (w *Writer) Flags(flags []string) { w.put(AppendFlags(w.buf, flags)) }

// DateTime writes a moment.
func (w *Writer) DateTime(t time.Time) { w.put(AppendDateTime(w.buf, t)) }

// Set writes a set, which may not be empty.
func (w *Writer) Set(s Set) { w.put(s.Append(w.buf)) }

// Section writes BODY[section]<offset>, or another name than BODY; span may be nil.
func (w *Writer) Section(name string, s Section, span *Span) {
	b := append(append(w.buf, name...), '[')
	b = append(s.Append(b, w.UTF8), ']')
	if span != nil {
		b = append(b, '<')
		b = strconv.AppendUint(b, span.Offset, 10)
		b = append(b, '>')
	}
	w.put(b)
}

// Literal writes size bytes of r as a literal, binary ones as ~{n}. They pass through the buffer, whatever the size. If r
// has fewer, the answer can't be ended any more: the error is ErrShort and the connection is of no further use.
func (w *Writer) Literal(size int64, r io.Reader, binary bool) {
	b := w.buf
	if binary {
		b = append(b, '~')
	}
	b = append(b, '{')
	b = strconv.AppendInt(b, size, 10)
	w.put(append(b, "}\r\n"...))
	for empty := 0; size > 0 && w.err == nil; {
		if cap(w.buf) < writeSize {
			w.buf = append(make([]byte, 0, writeSize), w.buf...)
		}
		room := w.buf[len(w.buf):cap(w.buf)]
		if int64(len(room)) > size {
			room = room[:size]
		}
		n, err := r.Read(room)
		size -= int64(n)
		if empty++; n > 0 {
			empty = 0
		}
		w.put(w.buf[:len(w.buf)+n])
		switch {
		case size == 0 || w.err != nil:
		case errors.Is(err, io.EOF):
			w.err = fmt.Errorf("write literal: %w", ErrShort)
		case err != nil:
			w.err = fmt.Errorf("write literal: %w", err)
		case empty > 100:
			w.err = fmt.Errorf("write literal: %w", io.ErrNoProgress)
		}
	}
}
