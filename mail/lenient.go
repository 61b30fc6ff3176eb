package mail

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// lenient reads text that is UTF-8 or should be. Under a declared UTF-8 a wrong byte becomes U+FFFD; otherwise it is
// taken for windows-1252, which is what undeclared text most often is. A byte order mark at the beginning is dropped.
type lenient struct {
	declared bool
	begun    bool
}

var byteOrderMark = []byte("\ufeff")

// Reset implements transform.Transformer.
func (l *lenient) Reset() { l.begun = false }

// Transform implements transform.Transformer.
func (l *lenient) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	if !l.begun {
		if len(src) < 3 && !atEOF && bytes.HasPrefix(byteOrderMark, src) {
			return 0, 0, transform.ErrShortSrc
		}
		if bytes.HasPrefix(src, byteOrderMark) {
			nSrc = len(byteOrderMark)
		}
		l.begun = true
	}
	for nSrc < len(src) {
		n := copyASCII(dst[nDst:], src[nSrc:])
		nDst, nSrc = nDst+n, nSrc+n
		if nSrc == len(src) {
			break
		}
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		r, size := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && size <= 1 {
			if !atEOF && !utf8.FullRune(src[nSrc:]) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if !l.declared {
				r = charmap.Windows1252.DecodeByte(src[nSrc])
			}
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += size
	}
	return nDst, nSrc, nil
}

// copyASCII copies the run of bytes below 128 that src begins with, as far as dst has room.
func copyASCII(dst, src []byte) int {
	n := min(len(dst), len(src))
	i := 0
	for ; i+8 <= n; i += 8 {
		s := src[i : i+8 : i+8]
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&0x80 != 0 {
			break
		}
	}
	for i < n && src[i] < utf8.RuneSelf {
		i++
	}
	copy(dst[:i], src[:i])
	return i
}

// normalSource makes every line end a line feed and drops control characters but tabs.
type normalSource struct {
	src source
	cr  bool // the last byte was a CR
	out []byte
}

func (n *normalSource) next() ([]byte, error) {
	for {
		in, err := n.src.next()
		if err != nil {
			return nil, err
		}
		if !n.cr && nextControl(in) < 0 {
			return in, nil
		}
		n.out = n.normalise(n.out[:0], in)
		if len(n.out) > 0 {
			return n.out, nil
		}
	}
}

func (n *normalSource) normalise(out, in []byte) []byte {
	out = slices.Grow(out, len(in))
	for len(in) > 0 {
		if n.cr {
			n.cr = false
			if in[0] == '\n' {
				in = in[1:]
				continue
			}
		}
		i := bytes.IndexByte(in, '\r')
		end := i
		if i < 0 {
			end = len(in)
		}
		out = appendWithoutControls(out, in[:end])
		if i < 0 {
			break
		}
		out = append(out, '\n')
		n.cr = true
		in = in[i+1:]
	}
	return out
}

// appendWithoutControls appends what text may hold of in.
func appendWithoutControls(out, in []byte) []byte {
	for {
		i := nextControl(in)
		if i < 0 {
			return append(out, in...)
		}
		out = append(out, in[:i]...)
		in = in[i+1:]
	}
}

// nextControl returns where the first control character stands that is neither tab nor line feed, -1 if there is none:
// NULs, and what XML has no place for.
func nextControl(b []byte) int {
	for i, c := range b {
		if c < ' ' && c != '\t' && c != '\n' {
			return i
		}
	}
	return -1
}
