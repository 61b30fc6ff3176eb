package fold

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// String returns the comparator's form of s; folding it again changes nothing. Runs of white space
// become one space, also at the ends. Bytes that are not UTF-8 become U+FFFD.
func String(s string) string {
	if isFolded(s) {
		return s
	}
	var f folder
	return string(f.append(make([]byte, 0, len(s)+8), s))
}

// isFolded tells of most texts that are in the form already: ASCII without capitals and doubled blanks.
func isFolded(s string) bool {
	blank := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf, 'A' <= c && c <= 'Z', '\t' <= c && c <= '\r', c == ' ' && blank:
			return false
		}
		blank = c == ' '
	}
	return true
}

// folder folds a text piece by piece. A piece must end where no character of the next one combines with
// its last.
type folder struct {
	blank bool // the last that was written is a space
}

// append folds s to the end of dst.
func (f *folder) append(dst []byte, s string) []byte {
	start, compose := len(dst), false
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = f.ascii(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case isWhole(r):
			dst, f.blank = utf8.AppendRune(dst, r), false
		case unicode.IsSpace(r):
			dst = f.ascii(dst, ' ')
		case isInvisible(r):
		default:
			compose = compose || mayCompose(r)
			for _, p := range []byte(foldRune(r)) {
				if p == ' ' {
					dst = f.ascii(dst, p)
					continue
				}
				dst, f.blank = append(dst, p), false
			}
		}
	}
	if compose && !norm.NFC.IsNormal(dst[start:]) {
		dst = append(dst[:start], norm.NFC.Bytes(dst[start:])...)
	}
	return dst
}

// ascii folds one ASCII character.
func (f *folder) ascii(dst []byte, c byte) []byte {
	switch {
	case c == ' ', '\t' <= c && c <= '\r':
		if !f.blank {
			dst = append(dst, ' ')
		}
		f.blank = true
		return dst
	case 'A' <= c && c <= 'Z':
		c += 'a' - 'A'
	}
	f.blank = false
	return append(dst, c)
}

// isWhole recognises the characters that Chinese, Japanese and Korean text is made of and that stay as
// they are: unified ideographs, kana, syllables.
func isWhole(r rune) bool {
	return '一' <= r && r <= 0x9fff || 0x3041 <= r && r <= 0x3096 || 0x30a1 <= r && r <= 0x30fe || 0xac00 <= r && r <= 0xd7a3
}

// isInvisible recognises characters that change nothing but how others are laid out.
func isInvisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x61c, r == 0x180e, r == 0xfeff:
		return true
	case 0x200b <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f, 0xfe00 <= r && r <= 0xfe0f:
		return true
	}
	return false
}

// mayCompose tells whether the folded form of r may combine with what stands before it.
func mayCompose(r rune) bool { return r >= 0x900 }

// accents are the marks that are left out: those that any script may use, and those of alphabets.
var accents = []*unicode.RangeTable{unicode.Inherited, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic, unicode.Syriac}

func isAccent(r rune) bool {
	const voiced, halfVoiced = 0x3099, 0x309a // か and が are different letters
	return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me) && r != voiced && r != halfVoiced && unicode.IsOneOf(accents, r)
}

// europe are the characters from U+0080 on that most texts beyond ASCII are written with.
const europe = 0x530 - utf8.RuneSelf

var european = sync.OnceValue(func() *[europe]string {
	var t [europe]string
	for i := range t {
		t[i] = foldSlowly(rune(i + utf8.RuneSelf))
	}
	return &t
})

// foldRune is the folded form of one character, not composed.
func foldRune(r rune) string {
	if r < europe+utf8.RuneSelf {
		return european()[r-utf8.RuneSelf]
	}
	return foldSlowly(r)
}

func foldSlowly(r rune) string {
	s := norm.NFKD.String(cases.Fold().String(norm.NFKD.String(string(r))))
	s = norm.NFKD.String(cases.Fold().String(s)) // U+03D2 and its like need a second turn
	return strings.Map(func(r rune) rune {
		if isAccent(r) || isInvisible(r) {
			return -1
		}
		return r
	}, s)
}
