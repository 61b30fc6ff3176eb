package imap

import (
	"bufio"
	"errors"
	"io"
)

// inflateWindow is how far back what was decompressed may be repeated: RFC 1951, section 2.
const inflateWindow = 32 << 10

// inflateAhead is how much is decompressed before the reader must take it.
const inflateAhead = 16 << 10

// inflater decompresses what a client sends after COMPRESS: RFC 1951. Clients end their commands with zlib's partial
// flush, as RFC 4978 section 4 recommends: all of the data is sent, but up to seven bits of the empty block behind it
// are kept back. The libraries' decoders wait for those bits; this one asks for no bit that it does not need for
// the next byte, and gives out what it has before it waits.
//
// An error is final. Its memory grows with what the client has sent, up to 48 KiB.
type inflater struct {
	in   *bufio.Reader
	bits uint64 // read ahead, the next one lowest
	have uint   // how many they are

	out  []byte // the window, and from next on what has not been read yet
	next int
	err  error

	final     bool     // the block at hand is the last
	stored    int      // bytes left of a block without compression
	lengths   *huffman // of the compressed block at hand; nil between blocks
	distances *huffman
}

func newInflater(r io.Reader) *inflater { return &inflater{in: bufio.NewReader(r)} }

// errDeflate says that a stream is not what RFC 1951 describes.
var errDeflate = errors.New("not a deflate stream")

// Read implements io.Reader.
func (f *inflater) Read(p []byte) (int, error) {
	for f.next == len(f.out) {
		if f.err != nil {
			return 0, f.err
		}
		if f.next > inflateWindow {
			f.out = append(f.out[:0], f.out[f.next-inflateWindow:]...)
			f.next = inflateWindow
		}
		if err := f.step(); errors.Is(err, io.EOF) && !f.final {
			f.err = io.ErrUnexpectedEOF
		} else {
			f.err = err
		}
	}
	n := copy(p, f.out[f.next:])
	f.next += n
	return n, nil
}

// step goes on until there is something to read and more would have to be waited for, or a block ends.
func (f *inflater) step() error {
	switch {
	case f.stored > 0:
		return f.copyStored()
	case f.lengths != nil:
		return f.symbols()
	case f.final:
		return io.EOF
	}
	return f.block()
}

// block reads the header of a block.
func (f *inflater) block() error {
	head, err := f.take(3)
	if err != nil {
		return err
	}
	f.final = head&1 == 1
	switch head >> 1 {
	case 0:
		f.drop(f.have % 8)
		size, err := f.take(32)
		if err != nil {
			return err
		}
		if size&0xffff != ^size>>16&0xffff {
			return errDeflate
		}
		f.stored = int(size & 0xffff)
	case 1:
		f.lengths, f.distances = fixedLengths, fixedDistances
	case 2:
		return f.readCodes()
	default:
		return errDeflate
	}
	return nil
}

// copyStored copies what is there of a block without compression.
func (f *inflater) copyStored() error {
	for ; f.have >= 8 && f.stored > 0; f.stored-- {
		f.out = append(f.out, byte(f.bits))
		f.drop(8)
	}
	if f.next < len(f.out) || f.stored == 0 {
		return nil
	}
	from := len(f.out)
	f.out = append(f.out, make([]byte, min(f.stored, inflateAhead))...)
	n, err := f.in.Read(f.out[from:])
	f.out = f.out[:from+n]
	f.stored -= n
	return err
}

// symbols decodes a compressed block.
func (f *inflater) symbols() error {
	for f.lengths != nil && len(f.out)-f.next < inflateAhead {
		for f.have <= 56 && f.in.Buffered() > 0 {
			if err := f.more(); err != nil {
				return err
			}
		}
		whole, err := f.symbol()
		switch {
		case err != nil:
			return err
		case whole:
		case f.next < len(f.out):
			return nil
		default:
			if err := f.more(); err != nil {
				return err
			}
		}
	}
	return nil
}

// symbol decodes a byte, a repetition or the end of the block, unless the bits that are there are too few. The longest
// has 48 bits.
func (f *inflater) symbol() (whole bool, err error) {
	sym, used, err := f.lengths.decode(f.bits, f.have)
	switch {
	case err != nil || used == 0:
		return false, err
	case sym < endOfBlock:
		f.out = append(f.out, byte(sym))
		f.drop(used)
		return true, nil
	case sym == endOfBlock:
		f.lengths, f.distances = nil, nil
		f.drop(used)
		return true, nil
	case sym-257 >= len(lengthCodes):
		return false, errDeflate
	}
	l := lengthCodes[sym-257]
	length := l.value(f.bits >> used)
	if used += l.extra; used > f.have {
		return false, nil
	}
	sym, n, err := f.distances.decode(f.bits>>used, f.have-used)
	if err != nil || n == 0 {
		return false, err
	}
	if sym >= len(distanceCodes) {
		return false, errDeflate
	}
	d := distanceCodes[sym]
	used += n
	distance := d.value(f.bits >> used)
	if used += d.extra; used > f.have {
		return false, nil
	}
	if distance > len(f.out) {
		return false, errDeflate
	}
	f.drop(used)
	for from := len(f.out) - distance; length > 0; length-- { // what is repeated may overlap its copy
		f.out = append(f.out, f.out[from])
		from++
	}
	return true, nil
}

// more reads a byte of bits.
func (f *inflater) more() error {
	b, err := f.in.ReadByte()
	f.bits |= uint64(b) << f.have
	if err == nil {
		f.have += 8
	}
	return err
}

// drop forgets n bits.
func (f *inflater) drop(n uint) { f.bits, f.have = f.bits>>n, f.have-n }

// take reads n bits, which are a number with its lowest bit first; at most 32.
func (f *inflater) take(n uint) (int, error) {
	for f.have < n {
		if err := f.more(); err != nil {
			return 0, err
		}
	}
	v := f.bits & (1<<n - 1)
	f.drop(n)
	return int(v), nil
}
