package sqlite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Chinese, Japanese and Korean text has no spaces where words end, and unicode61 would make one token
// of a whole sentence. Runs of it are cut into overlapping pairs, in the text and in the query: 東京都
// becomes 東京 京都 都. The last character stands alone as well, so that one character is found by
// prefix wherever it stands. A phrase of pairs matches exactly where the run contains the word.

var cjk = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

func isCJK(r rune) bool {
	return r >= 0x1100 && unicode.IsOneOf(cjk, r) || r == 'ー' || r == '々'
}

func beginsCJK(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return isCJK(r)
}

// cutText prepares a text for the index.
func cutText(s string) string {
	if isASCII(s) {
		return s
	}
	s = separate(norm.NFKC.String(s)) // full-width letters, half-width katakana
	if !strings.ContainsFunc(s, isCJK) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) * 2)
	walkRuns(s, func(run []rune) { writePairs(&b, run, true) }, func(other string) { b.WriteString(other) })
	return b.String()
}

// cutQuery prepares the words of a query as cutText does the text. The end of the query is not the
// end of a run in the text, so the character alone is left away there. single tells that the query
// ends in a run of one character, which matches as a prefix only.
func cutQuery(s string) (words string, single bool) {
	s = separate(norm.NFKC.String(s))
	var b strings.Builder
	var last []rune
	flush := func(more bool) {
		if last != nil {
			writePairs(&b, last, more)
		}
		single = !more && len(last) == 1
		last = nil
	}
	walkRuns(s, func(run []rune) { last = run }, func(other string) {
		flush(true)
		b.WriteString(other)
	})
	flush(false)
	return b.String(), single
}

// walkRuns calls run for each run of CJK characters and other for what is between.
func walkRuns(s string, run func([]rune), other func(string)) {
	for s != "" {
		n := strings.IndexFunc(s, isCJK)
		if n < 0 {
			other(s)
			return
		}
		if n > 0 {
			other(s[:n])
		}
		s = s[n:]
		end := strings.IndexFunc(s, func(r rune) bool { return !isCJK(r) })
		if end < 0 {
			end = len(s)
		}
		run([]rune(s[:end]))
		s = s[end:]
	}
}

// writePairs writes a run as pairs, each with spaces around; with ends its last character alone too.
func writePairs(b *strings.Builder, run []rune, ends bool) {
	b.WriteByte(' ')
	for i := 0; i+1 < len(run); i++ {
		b.WriteRune(run[i])
		b.WriteRune(run[i+1])
		b.WriteByte(' ')
	}
	if ends || len(run) == 1 {
		b.WriteRune(run[len(run)-1])
		b.WriteByte(' ')
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
