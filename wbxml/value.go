package wbxml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A value is what the decoder knows of the Text or Opaque token read last.
type value struct {
	serial uint64 // counts tokens, so that a reader of an older value knows
	data   []byte // what of a short value has not been read through Value
	open   bool   // it is a stream whose end has not been reached
	text   bool   // a stream that ends with NUL; else after left bytes
	left   int64  // bytes of an opaque stream to come, or bytes that a text may still have
}

// inlineString reads STR_I, whose token byte has been consumed.
func (d *Decoder) inlineString() (Token, error) {
	at := d.in.offset() - 1
	seen := 0
	for {
		window := d.in.buf[d.in.pos:d.in.end]
		if i := bytes.IndexByte(window[seen:], 0); i >= 0 && seen+i <= MaxData {
			n := seen + i
			d.in.pos += n + 1
			return d.short(Text, at, window[:n:n])
		}
		if seen = len(window); seen > MaxData {
			break
		}
		if err := d.in.need(seen + 1); err != nil {
			return Token{}, d.fail(err)
		}
	}
	if d.lim.String <= MaxData {
		return Token{}, d.failAt(at, ErrString)
	}
	d.value.open, d.value.text, d.value.left = true, true, d.lim.String
	return Token{Kind: Text, Tag: d.top()}, nil
}

// opaque reads OPAQUE, whose token byte, at that offset, has been consumed.
func (d *Decoder) opaque(at int64) (Token, error) {
	size, err := d.readInt()
	if err != nil {
		return Token{}, err
	}
	n := int64(size)
	switch {
	case n > d.lim.String:
		return Token{}, d.failAt(at, fmt.Errorf("%w: opaque data of %d bytes", ErrString, n))
	case n > d.in.left+int64(d.in.buffered()):
		return Token{}, d.failAt(at, fmt.Errorf("%w: opaque data of %d bytes", ErrTotal, n))
	case n > MaxData:
		d.value.open, d.value.left = true, n
		return Token{Kind: Opaque, Tag: d.top()}, nil
	}
	if err := d.in.need(int(n)); err != nil {
		return Token{}, d.fail(err)
	}
	start := d.in.pos
	d.in.pos += int(n)
	return d.short(Opaque, at, d.in.buf[start:d.in.pos:d.in.pos])
}

// tableString reads STR_T, whose token byte, at that offset, has been consumed.
func (d *Decoder) tableString(at int64) (Token, error) {
	index, err := d.readInt()
	if err != nil {
		return Token{}, err
	}
	if int64(index) >= int64(len(d.table)) {
		return Token{}, d.failAt(at, fmt.Errorf("%w: reference to %d in a string table of %d bytes",
			ErrSyntax, index, len(d.table)))
	}
	data, _, ended := bytes.Cut(d.table[index:], []byte{0})
	if !ended {
		return Token{}, d.failAt(at, fmt.Errorf("%w: string without end in the string table", ErrSyntax))
	}
	if len(data) > MaxData {
		return Token{}, d.failAt(at, fmt.Errorf("%w: %d bytes in the string table", ErrString, len(data)))
	}
	return d.short(Text, at, data[:len(data):len(data)])
}

// short returns a value that is not a stream.
func (d *Decoder) short(kind Kind, at int64, data []byte) (Token, error) {
	if int64(len(data)) > d.lim.String {
		return Token{}, d.failAt(at, ErrString)
	}
	d.value.data = data
	return Token{Kind: kind, Tag: d.top(), Data: data}, nil
}

// top returns the innermost open element.
func (d *Decoder) top() Tag { return d.stack[len(d.stack)-1] }

// readValue reads from the stream into p, which is not empty.
func (d *Decoder) readValue(p []byte) (int, error) {
	if err := d.in.need(1); err != nil {
		return 0, d.fail(err)
	}
	v := &d.value
	window := d.in.buf[d.in.pos:d.in.end]
	if !v.text {
		n := copy(p, window[:min(int64(len(window)), v.left)])
		d.in.pos += n
		v.left -= int64(n)
		v.open = v.left > 0
		return n, nil
	}
	window = window[:min(len(window), len(p)+1)]
	if i := bytes.IndexByte(window, 0); i >= 0 && i <= len(p) {
		window = window[:i]
		v.open = false
	}
	n := copy(p, window)
	if v.left -= int64(n); v.left < 0 {
		return 0, d.failAt(d.in.offset(), ErrString)
	}
	d.in.pos += n
	if !v.open {
		d.in.pos++
	}
	return n, nil
}

// discardValue passes over the rest of the stream.
func (d *Decoder) discardValue() error {
	var sink [512]byte
	for d.value.open {
		if _, err := d.readValue(sink[:]); err != nil {
			return err
		}
	}
	return nil
}

// errStale is what the reader of a value returns when the decoder has gone on.
var errStale = errors.New("wbxml: value is no longer current")

// A valueReader reads the value of one token.
type valueReader struct {
	d      *Decoder
	serial uint64
}

// Value returns a reader of the value of the Text or Opaque token returned last, long or short. It is
// good until the next call of another method of d; a value need not be read to its end. Its errors are
// those of [Decoder.Next], io.EOF meaning the end of the value.
func (d *Decoder) Value() io.Reader { return &valueReader{d, d.value.serial} }

// Read implements io.Reader.
func (r *valueReader) Read(p []byte) (int, error) {
	d := r.d
	switch {
	case r.serial != d.value.serial:
		return 0, errStale
	case d.err != nil && d.err != io.EOF:
		return 0, d.err
	case len(p) == 0:
		return 0, nil
	case len(d.value.data) > 0:
		n := copy(p, d.value.data)
		d.value.data = d.value.data[n:]
		return n, nil
	case !d.value.open:
		return 0, io.EOF
	}
	n, err := d.readValue(p)
	if n == 0 && err == nil {
		err = io.EOF // the terminator was all that was left
	}
	return n, err
}
