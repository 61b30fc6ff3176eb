package mail

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"
)

// iso2022KR is ISO-2022-KR, RFC 1557, for reading: SO switches to KS X 1001 in seven bits, SI and the end of a line
// switch back.
type iso2022KR struct{}

// NewDecoder implements encoding.Encoding.
func (iso2022KR) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: &iso2022KRDecoder{}}
}

// NewEncoder implements encoding.Encoding. UTF-8 comes out; nothing is ever written in this charset.
func (iso2022KR) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

type iso2022KRDecoder struct{ shifted bool }

// Reset implements transform.Transformer.
func (d *iso2022KRDecoder) Reset() { d.shifted = false }

// Transform implements transform.Transformer.
func (d *iso2022KRDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		c, rest := src[nSrc], src[nSrc:]
		switch {
		case c == 0x0e:
			d.shifted = true
			nSrc++
		case c == 0x0f:
			d.shifted = false
			nSrc++
		case c == 0x1b && len(rest) < 4 && !atEOF:
			return nDst, nSrc, transform.ErrShortSrc
		case c == 0x1b && len(rest) >= 4 && string(rest[1:4]) == "$)C":
			nSrc += 4
		case d.shifted && c > ' ' && c < 0x7f:
			if len(rest) < 2 && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r, n := koreanPair(rest)
			nDst += utf8.EncodeRune(dst[nDst:], r)
			nSrc += n
		default:
			d.shifted = d.shifted && c != '\n'
			nDst += utf8.EncodeRune(dst[nDst:], rune(c))
			nSrc++
		}
	}
	return nDst, nSrc, nil
}

// koreanPair decodes the two seven-bit bytes at the beginning of b and tells how many it took.
func koreanPair(b []byte) (rune, int) {
	if len(b) < 2 || b[1] <= ' ' || b[1] >= 0x7f {
		return utf8.RuneError, 1
	}
	var out [8]byte
	n, _, _ := korean.EUCKR.NewDecoder().Transform(out[:], []byte{b[0] | 0x80, b[1] | 0x80}, true)
	r, _ := utf8.DecodeRune(out[:n])
	return r, 2
}
