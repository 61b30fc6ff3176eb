package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// prepared returns password as SASLprep (RFC 4013) has it, so that the composed and the decomposed form
// of a letter are one password and SCRAM clients, which must prepare it, agree with the rest. What
// SASLprep forbids is left as it is.
func prepared(password string) string {
	if isASCII(password) {
		return password
	}
	if !utf8.ValidString(password) {
		return password
	}
	mapped := norm.NFKC.String(strings.Map(mapRune, password))
	if mapped == "" || strings.ContainsFunc(mapped, forbidden) {
		return password
	}
	return mapped
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// mapRune is the mapping of RFC 4013, section 2.1: other spaces to a space (RFC 3454, C.1.2), and what
// is "commonly mapped to nothing" (B.1) to nothing.
func mapRune(r rune) rune {
	switch {
	case r == 0x200B: // in both tables; C.1.2 is applied first
		return ' '
	case r != ' ' && unicode.Is(unicode.Zs, r):
		return ' '
	case r == 0x00AD, r == 0x034F, r == 0x1806, r >= 0x180B && r <= 0x180D, r >= 0x200C && r <= 0x200D,
		r == 0x2060, r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF:
		return -1
	}
	return r
}

// forbidden is the prohibited output of RFC 4013, section 2.3, by its general categories.
func forbidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r >= 0xFFF9 && r <= 0xFFFD ||
		r&0xFFFE == 0xFFFE
}
