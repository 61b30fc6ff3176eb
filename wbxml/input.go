package wbxml

import (
	"fmt"
	"io"
)

// Sizes of the decoder's buffer: most requests fit the first; the second is taken when a value does not,
// and holds the longest value that is not a stream, with room to spare.
const (
	firstBuffer  = 4 << 10
	secondBuffer = 2 * MaxData
)

// An input is a reader with a buffer, a position and a bound.
type input struct {
	r        io.Reader
	left     int64 // bytes that may still be read from r
	buf      []byte
	pos, end int   // buf[pos:end] has been read from r and not been consumed
	base     int64 // offset in the document of buf[0]
	err      error // what ended reading from r
}

// offset returns how many bytes were consumed.
func (in *input) offset() int64 { return in.base + int64(in.pos) }

// buffered returns how many bytes can be consumed without reading.
func (in *input) buffered() int { return in.end - in.pos }

// need makes n bytes available, n being at most secondBuffer. If the input ends before, it returns why:
// io.EOF, ErrTotal, or the error of the reader.
func (in *input) need(n int) error {
	for in.buffered() < n {
		if in.err != nil {
			return in.err
		}
		in.makeRoom(n)
		in.read()
	}
	return nil
}

// makeRoom moves what is buffered so that n bytes fit behind pos.
func (in *input) makeRoom(n int) {
	if in.pos == in.end {
		in.base += int64(in.pos)
		in.pos, in.end = 0, 0
	}
	if in.pos+n <= len(in.buf) && in.end < len(in.buf) {
		return
	}
	buf := in.buf
	if n > len(buf) {
		buf = make([]byte, secondBuffer)
	}
	copy(buf, in.buf[in.pos:in.end])
	in.base += int64(in.pos)
	in.buf, in.pos, in.end = buf, 0, in.end-in.pos
}

// read reads once, or until a reader that returns nothing and no error has done so too often.
func (in *input) read() {
	const tries = 100
	for range tries {
		n, err := in.r.Read(in.buf[in.end:])
		if n < 0 || n > len(in.buf)-in.end {
			in.err = fmt.Errorf("reader returned a count of %d", n)
			return
		}
		if int64(n) > in.left {
			n, err = int(in.left), ErrTotal
		}
		in.left -= int64(n)
		in.end += n
		in.err = err
		if n > 0 || err != nil {
			return
		}
	}
	in.err = io.ErrNoProgress
}

// readByte consumes one byte of which the grammar says that it must be there.
func (d *Decoder) readByte() (byte, error) {
	if d.in.pos == d.in.end {
		if err := d.in.need(1); err != nil {
			return 0, d.fail(err)
		}
	}
	b := d.in.buf[d.in.pos]
	d.in.pos++
	return b, nil
}

// readInt consumes a multi-byte integer, mb_u_int32: seven bits a byte, most significant first.
func (d *Decoder) readInt() (uint32, error) {
	at := d.in.offset()
	var n uint64
	for range 5 {
		b, err := d.readByte()
		if err != nil {
			return 0, err
		}
		n = n<<7 | uint64(b&0x7F)
		if b&0x80 == 0 {
			if n > 1<<32-1 {
				break
			}
			return uint32(n), nil
		}
	}
	return 0, d.failAt(at, fmt.Errorf("%w: integer of more than 32 bits", ErrSyntax))
}

// Charsets, by their number at IANA (MIBenum), in which a document may be. All are read as UTF-8.
const (
	charsetUnknown = 0
	charsetASCII   = 3
	charsetUTF8    = 106
)

// readHeader consumes version, public identifier, charset and string table.
func (d *Decoder) readHeader() error {
	version, err := d.readByte()
	if err != nil {
		return err
	}
	if version < 0x01 || version > 0x03 {
		return d.failAt(0, fmt.Errorf("%w: WBXML version byte 0x%02X, want 1.1 to 1.3", ErrUnsupported, version))
	}
	public, err := d.readInt()
	if err != nil {
		return err
	}
	if public == 0 { // it stands in the string table, at the index that follows
		if _, err := d.readInt(); err != nil {
			return err
		}
	}
	at := d.in.offset()
	charset, err := d.readInt()
	if err != nil {
		return err
	}
	if charset != charsetUTF8 && charset != charsetUnknown && charset != charsetASCII {
		return d.failAt(at, fmt.Errorf("%w: charset %d, want 106 (UTF-8)", ErrUnsupported, charset))
	}
	return d.readTable()
}

// readTable consumes the string table. Memory grows with what arrives, not with what is announced.
func (d *Decoder) readTable() error {
	at := d.in.offset()
	size, err := d.readInt()
	if err != nil {
		return err
	}
	if size > maxTable {
		return d.failAt(at, fmt.Errorf("%w: string table of %d bytes", ErrString, size))
	}
	for left := int(size); left > 0; {
		if err := d.in.need(1); err != nil {
			return d.fail(err)
		}
		n := min(left, d.in.buffered())
		d.table = append(d.table, d.in.buf[d.in.pos:d.in.pos+n]...)
		d.in.pos += n
		left -= n
	}
	return nil
}
