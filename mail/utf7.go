package mail

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// utf7Encoding is UTF-7, RFC 2152, for reading; nothing is ever written in it.
type utf7Encoding struct{}

// NewDecoder implements encoding.Encoding.
func (utf7Encoding) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: &utf7Decoder{}}
}

// NewEncoder implements encoding.Encoding. UTF-8 comes out: a reader of UTF-7 takes it for what it is.
func (utf7Encoding) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

// utf7Decoder keeps the state of a base64 run between calls.
type utf7Decoder struct {
	inside bool   // after +
	first  bool   // nothing came since +
	acc    uint32 // bits not yet given out
	bits   int
	high   rune // first half of a surrogate pair
}

// Reset implements transform.Transformer.
func (d *utf7Decoder) Reset() { *d = utf7Decoder{} }

// Transform implements transform.Transformer.
func (d *utf7Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if len(dst)-nDst < 2*utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		c := src[nSrc]
		nSrc++
		if d.inside {
			nDst += d.shifted(dst[nDst:], c)
			continue
		}
		switch {
		case c == '+':
			*d = utf7Decoder{inside: true, first: true}
		case c >= utf8.RuneSelf:
			nDst += utf8.EncodeRune(dst[nDst:], rune(c))
		default:
			dst[nDst] = c
			nDst++
		}
	}
	if atEOF && d.high != 0 && len(dst)-nDst >= utf8.UTFMax {
		nDst += utf8.EncodeRune(dst[nDst:], utf8.RuneError)
		d.high = 0
	}
	return nDst, nSrc, nil
}

// shifted takes one byte of a base64 run and writes what it completes.
func (d *utf7Decoder) shifted(dst []byte, c byte) int {
	v := base64Table[c]
	if v >= 64 {
		return d.unshift(dst, c)
	}
	d.first = false
	d.acc = d.acc<<6 | uint32(v)
	if d.bits += 6; d.bits < 16 {
		return 0
	}
	d.bits -= 16
	unit := rune(d.acc >> d.bits & 0xffff)
	d.acc &= 1<<d.bits - 1
	return d.unit(dst, unit)
}

// unshift ends a base64 run with the byte that does not belong to it; a hyphen vanishes, and "+-" is a plus sign.
func (d *utf7Decoder) unshift(dst []byte, c byte) int {
	n := 0
	if d.high != 0 {
		n = utf8.EncodeRune(dst, utf8.RuneError)
	}
	first := d.first
	*d = utf7Decoder{}
	switch {
	case c == '-' && first:
		dst[n] = '+'
		return n + 1
	case c == '-':
		return n
	case first: // a plus sign that nobody escaped
		dst[n] = '+'
		n++
	}
	if c == '+' {
		d.inside, d.first = true, true
		return n
	}
	if c >= utf8.RuneSelf {
		return n + utf8.EncodeRune(dst[n:], rune(c))
	}
	dst[n] = c
	return n + 1
}

// unit writes one UTF-16 code unit, joining surrogates.
func (d *utf7Decoder) unit(dst []byte, u rune) int {
	high := d.high
	d.high = 0
	switch {
	case high != 0 && 0xdc00 <= u && u <= 0xdfff:
		return utf8.EncodeRune(dst, utf16.DecodeRune(high, u))
	case 0xd800 <= u && u <= 0xdbff:
		d.high = u
		if high != 0 {
			return utf8.EncodeRune(dst, utf8.RuneError)
		}
		return 0
	}
	n := 0
	if high != 0 {
		n = utf8.EncodeRune(dst, utf8.RuneError)
	}
	return n + utf8.EncodeRune(dst[n:], u)
}
