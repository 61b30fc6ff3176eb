package imap

import "slices"

// The longest code, and how many there are of each kind: RFC 1951, section 3.2.
const (
	maxCodeBits  = 15
	maxLengths   = 286
	maxDistances = 30
	endOfBlock   = 256
)

// fastBits is how long a code may be to be found by one look into a table.
const fastBits = 9

// huffman is a canonical Huffman code: RFC 1951, section 3.2.2.
type huffman struct {
	count   [maxCodeBits + 1]uint16 // codes of each length
	symbols []uint16                // by rising code
	fast    [1 << fastBits]uint16   // by the next bits: symbol<<4 and length; 0 for codes that are longer
}

// newHuffman makes the code in which each symbol has so many bits; 0: it does not occur.
func newHuffman(lengths []uint8) (*huffman, error) {
	h := &huffman{symbols: make([]uint16, len(lengths))}
	for _, n := range lengths {
		h.count[n]++
	}
	h.count[0] = 0
	left := 1
	var next, code [maxCodeBits + 2]int // where the symbols of a length go, and its next code
	for n := 1; n <= maxCodeBits; n++ {
		if left = left<<1 - int(h.count[n]); left < 0 {
			return nil, errDeflate // more codes than bits can tell apart
		}
		next[n+1] = next[n] + int(h.count[n])
		code[n+1] = (code[n] + int(h.count[n])) << 1
	}
	for sym, n := range lengths {
		if n == 0 {
			continue
		}
		h.symbols[next[n]] = uint16(sym)
		next[n]++
		h.learn(sym, int(n), code[n])
		code[n]++
	}
	return h, nil
}

// learn enters a short code into the table, whatever bits follow it.
func (h *huffman) learn(sym, n, code int) {
	if n > fastBits {
		return
	}
	reversed := 0 // codes are written with their highest bit first
	for i := range n {
		reversed |= code >> i & 1 << (n - 1 - i)
	}
	for i := reversed; i < len(h.fast); i += 1 << n {
		h.fast[i] = uint16(sym<<4 | n)
	}
}

// decode finds the symbol that the first of so many bits are the code of, and the code's length: 0 when there are too
// few bits to tell.
func (h *huffman) decode(bits uint64, have uint) (sym int, used uint, err error) {
	if e := h.fast[bits&(1<<fastBits-1)]; e != 0 && uint(e&15) <= have {
		return int(e >> 4), uint(e & 15), nil
	}
	code, first, index := 0, 0, 0
	for n := uint(1); n <= maxCodeBits; n++ {
		if n > have {
			return 0, 0, nil
		}
		code |= int(bits >> (n - 1) & 1)
		count := int(h.count[n])
		if code-first < count {
			return int(h.symbols[index+code-first]), n, nil
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, 0, errDeflate
}

// valueCode is what a symbol stands for: a number, to which the number in the extra bits is added.
type valueCode struct {
	base  int
	extra uint
}

func (c valueCode) value(bits uint64) int { return c.base + int(bits&(1<<c.extra-1)) }

// lengthCodes are those of the symbols from 257 on, distanceCodes those of distances: RFC 1951, section 3.2.5.
var (
	lengthCodes   = slices.Concat(valueCodes(3, 4, 28), []valueCode{{258, 0}})
	distanceCodes = valueCodes(1, 2, 30)
)

// valueCodes are n codes from base on. The extra bits become one more after every so many codes, for the first time after
// twice as many.
func valueCodes(base, every, n int) []valueCode {
	list := make([]valueCode, n)
	for i := range list {
		list[i] = valueCode{base, uint(max(0, i/every-1))}
		base += 1 << list[i].extra
	}
	return list
}

// The codes of blocks that bring none: RFC 1951, section 3.2.6.
var fixedLengths, fixedDistances = fixedCodes()

func fixedCodes() (lengths, distances *huffman) {
	bits := slices.Concat(slices.Repeat([]uint8{8}, 144), slices.Repeat([]uint8{9}, 112),
		slices.Repeat([]uint8{7}, 24), slices.Repeat([]uint8{8}, 8))
	lengths, _ = newHuffman(bits) // complete as written
	distances, _ = newHuffman(slices.Repeat([]uint8{5}, maxDistances))
	return lengths, distances
}

// codeOrder is the order in which the lengths of the codes for code lengths come.
var codeOrder = [...]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the codes of a block that brings its own: RFC 1951, section 3.2.7.
func (f *inflater) readCodes() error {
	head, err := f.take(14)
	if err != nil {
		return err
	}
	lengths, distances := head&31+257, head>>5&31+1
	if lengths > maxLengths || distances > maxDistances {
		return errDeflate
	}
	var order [len(codeOrder)]uint8
	for _, sym := range codeOrder[:head>>10+4] {
		n, err := f.take(3)
		if err != nil {
			return err
		}
		order[sym] = uint8(n)
	}
	h, err := newHuffman(order[:])
	if err != nil {
		return err
	}
	bits, err := f.readLengths(h, lengths+distances)
	if err != nil {
		return err
	}
	if bits[endOfBlock] == 0 {
		return errDeflate
	}
	if f.distances, err = newHuffman(bits[lengths:]); err != nil {
		return err
	}
	f.lengths, err = newHuffman(bits[:lengths])
	return err
}

// readLengths reads the lengths of n codes, which are themselves in a code.
func (f *inflater) readLengths(h *huffman, n int) ([]uint8, error) {
	bits := make([]uint8, 0, n)
	for len(bits) < n {
		sym, used, err := h.decode(f.bits, f.have)
		if err == nil && used == 0 {
			err = f.more()
		}
		if err != nil {
			return nil, err
		}
		f.drop(used)
		var last uint8
		repeat := valueCode{1, 0}
		switch {
		case used == 0:
			continue
		case sym < 16:
			last = uint8(sym)
		case sym == 16 && len(bits) == 0:
			return nil, errDeflate
		case sym == 16:
			last, repeat = bits[len(bits)-1], valueCode{3, 2}
		case sym == 17:
			repeat = valueCode{3, 3}
		default:
			repeat = valueCode{11, 7}
		}
		more, err := f.take(repeat.extra)
		if err != nil {
			return nil, err
		}
		if repeat.base+more > n-len(bits) {
			return nil, errDeflate
		}
		bits = append(bits, slices.Repeat([]uint8{last}, repeat.base+more)...)
	}
	return bits, nil
}
