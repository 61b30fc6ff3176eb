package wbxml

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"
)

// Text writes a string, inline. An empty one writes nothing, so that its element is empty.
//
// Clients stop parsing at what XML 1.0 does not allow, and ask for the same item again and again. So the
// control characters U+0000 to U+001F other than tab, line feed and carriage return are left out, as are
// U+FFFE and U+FFFF, and each byte that is not part of valid UTF-8 becomes U+FFFD. A text of which nothing
// is left counts as empty.
func (e *Encoder) Text(s string) { writeText(e, s) }

// TextBytes is [Encoder.Text] for a byte slice, which is not changed.
func (e *Encoder) TextBytes(b []byte) { writeText(e, b) }

// TextFrom is [Encoder.Text] for all that r holds, of any length.
func (e *Encoder) TextFrom(r io.Reader) {
	if !e.inside("text") {
		return
	}
	const tries = 100 // how often r may return nothing and no error
	var carry [utf8.UTFMax]byte
	carried, begun := 0, false
	for empty := 0; e.err == nil; {
		mark := e.beginPiece(begun)
		e.buf = append(e.buf, carry[:carried]...)
		read := len(e.buf)
		n, err := r.Read(e.buf[read : read+pieceSize])
		e.buf = e.buf[:read+n]
		carried = 0
		if err == nil { // what follows may end a rune that begins here
			whole := mark + runeBorder(e.buf[mark:])
			carried = copy(carry[:], e.buf[whole:])
			e.buf = e.buf[:whole]
		}
		begun = e.endPiece(mark, begun)
		if empty++; n > 0 {
			empty = 0
		}
		switch {
		case err == io.EOF:
			e.endText(begun)
			return
		case err != nil:
			e.fail(fmt.Errorf("text: %w", err))
		case empty == tries:
			e.fail(fmt.Errorf("text: %w", io.ErrNoProgress))
		}
	}
}

func writeText[S string | []byte](e *Encoder, s S) {
	if !e.inside("text") {
		return
	}
	begun := false
	for len(s) > 0 && e.err == nil {
		n := pieceLen(s)
		mark := e.beginPiece(begun)
		e.buf = append(e.buf, s[:n]...)
		begun = e.endPiece(mark, begun)
		s = s[n:]
	}
	e.endText(begun)
}

// beginPiece makes room for pieceSize bytes of text and a rune, to be appended to e.buf, and returns where
// they go. The first piece has the token in front; begun says whether any text has been written before.
func (e *Encoder) beginPiece(begun bool) (mark int) {
	e.room(maxPiece)
	if !begun {
		e.buf = append(e.buf, tokenStrI)
	}
	return len(e.buf)
}

// endPiece cleans what was appended from mark on and reports whether text has now been written. If nothing
// is left of what was to be the beginning, it takes back the token.
func (e *Encoder) endPiece(mark int, begun bool) bool {
	if n := cleanLen(e.buf[mark:]); n < len(e.buf)-mark {
		tail := bytes.Clone(e.buf[mark+n:])
		e.buf = appendClean(e.buf[:mark+n], tail)
	}
	if begun {
		return true
	}
	if len(e.buf) == mark {
		e.buf = e.buf[:mark-1]
		return false
	}
	e.settle()
	return true
}

// endText ends the string, if there is one.
func (e *Encoder) endText(begun bool) {
	if begun {
		e.buf = append(e.buf, 0)
	}
}

// rawText writes a string as it is, empty or not; it must not contain NUL.
func (e *Encoder) rawText(b []byte) {
	if !e.inside("text") {
		return
	}
	e.settle()
	e.room(maxTag)
	e.buf = append(append(append(e.buf, tokenStrI), b...), 0)
}

// pieceLen returns how much of s is the next piece: no more than pieceSize, and no part of a rune.
func pieceLen[S string | []byte](s S) int {
	if len(s) <= pieceSize {
		return len(s)
	}
	for n := pieceSize; n > pieceSize-utf8.UTFMax; n-- {
		if utf8.RuneStart(s[n]) {
			return n
		}
	}
	return pieceSize // so many bytes that continue a rune are part of none
}

// runeBorder returns the length of b without the beginning of a rune at its end.
func runeBorder(b []byte) int {
	for n := len(b) - 1; n >= 0 && n > len(b)-utf8.UTFMax; n-- {
		if utf8.RuneStart(b[n]) {
			if utf8.FullRune(b[n:]) {
				break
			}
			return n
		}
	}
	return len(b)
}

// cleanLen returns how many bytes at the beginning of b can be written as they are.
func cleanLen(b []byte) int {
	const high, space = 0x8080808080808080, 0x2020202020202020
	i := 0
	for i < len(b) {
		for i+8 <= len(b) { // eight at a time while all are 0x20 to 0x7F
			w := binary.LittleEndian.Uint64(b[i:])
			if (w|(w-space)&^w)&high != 0 {
				break
			}
			i += 8
		}
		for stop := min(i+8, len(b)); i < stop; {
			n := cleanRune(b[i:])
			if n <= 0 {
				return i
			}
			i += n
		}
	}
	return i
}

// cleanRune returns the length of the character that b, which is not empty, begins with: negative if it is
// to be left out, zero if it is no character.
func cleanRune(b []byte) int {
	if c := b[0]; c < utf8.RuneSelf {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return -1
		}
		return 1
	}
	r, n := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && n == 1:
		return 0
	case r == 0xFFFE || r == 0xFFFF:
		return -n
	}
	return n
}

// appendClean appends what may be written of b.
func appendClean(dst, b []byte) []byte {
	for len(b) > 0 {
		n := cleanRune(b)
		switch {
		case n > 0:
			dst = append(dst, b[:n]...)
		case n == 0:
			dst = append(dst, "\uFFFD"...)
			n = 1
		default:
			n = -n
		}
		b = b[n:]
	}
	return dst
}
