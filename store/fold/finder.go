package fold

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Finder looks for a needle in a text that is written to it, in pieces of any size. Its memory depends on
// the needle only. The zero value finds the empty needle.
type Finder struct {
	needle []byte
	found  bool
	fold   folder
	raw    []byte // of the text, not yet folded: the next piece may combine with its end
	window []byte // folded, the end of which may be the beginning of the needle
}

// NewFinder returns a finder of a needle, which it folds.
func NewFinder(needle string) *Finder { return &Finder{needle: []byte(String(needle))} }

const (
	findPiece = 4 << 10 // of the text is folded at a time
	findHeld  = 1 << 10 // is held back at most; so many combining marks nobody writes
)

// Write takes a piece of the text in UTF-8. It never fails.
func (f *Finder) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !f.found {
		k := min(len(p), findPiece)
		f.raw = append(f.raw, p[:k]...)
		p = p[k:]
		if cut := boundary(f.raw); cut > 0 {
			f.take(f.raw[:cut])
			f.raw = append(f.raw[:0], f.raw[cut:]...)
		}
	}
	return n, nil
}

// take folds a piece and looks into it.
func (f *Finder) take(raw []byte) {
	f.window = f.fold.append(f.window, string(raw))
	f.found = f.found || bytes.Contains(f.window, f.needle)
	keep := max(0, len(f.needle)-1)
	f.window = append(f.window[:0], f.window[max(0, len(f.window)-keep):]...)
}

// Break ends the text: what is written from now on is another one, which the needle may not span.
func (f *Finder) Break() {
	f.found = f.Found()
	f.raw, f.window, f.fold = f.raw[:0], f.window[:0], folder{}
}

// Found reports whether the needle is in what was written so far.
func (f *Finder) Found() bool {
	if f.found || len(f.needle) == 0 {
		return true
	}
	rest := f.fold
	return bytes.Contains(rest.append(bytes.Clone(f.window), string(f.raw)), f.needle)
}

// boundary is where a text may be cut: before the last character that surely does not combine with the
// one before it.
func boundary(b []byte) int {
	for i := len(b) - 1; i > 0; i-- {
		if b[i] < utf8.RuneSelf {
			return i
		}
		if utf8.RuneStart(b[i]) && utf8.FullRune(b[i:]) && norm.NFKC.Properties(b[i:]).BoundaryBefore() {
			return i
		}
	}
	if len(b) > findHeld {
		return len(b) - utf8.UTFMax
	}
	return 0
}
