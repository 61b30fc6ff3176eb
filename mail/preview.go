package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// previewRunes is the length of a preview in characters.
const previewRunes = 255

// previewOf makes a preview of text: quoted lines and the line that introduces them, signatures, rules and addresses
// of links are left out, white space and invisible characters collapse to one blank. Where nothing remains, the
// quoted lines are shown after all.
func previewOf(text string) string {
	if s := collapse(text, true); s != "" {
		return s
	}
	return collapse(text, false)
}

func collapse(text string, strip bool) string {
	var b strings.Builder
	runes := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strip {
			if line == "--" { // the signature
				break
			}
			if strings.HasPrefix(line, ">") || isAttribution(line) || isRule(line) {
				continue
			}
		}
		for word := range strings.FieldsFuncSeq(line, isFiller) {
			if strip && isAddress(word) {
				continue
			}
			if runes > 0 {
				b.WriteByte(' ')
				runes++
			}
			for _, r := range word {
				if runes >= previewRunes {
					return strings.TrimRight(b.String(), " ")
				}
				if r == utf8.RuneError || unicode.IsControl(r) {
					continue
				}
				b.WriteRune(r)
				runes++
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// isFiller tells white space and the invisible characters with which newsletters push their text out of the preview.
func isFiller(r rune) bool {
	switch r {
	case '\u034f', '\u00ad', '\u200b', '\u2060', '\ufeff', '\u2007', '\u2800':
		return true
	case '\u200c', '\u200d': // joiners: real inside words, which have no blank beside them
		return false
	}
	return unicode.IsSpace(r)
}

// isAddress tells whether a word is nothing but a link.
func isAddress(word string) bool {
	if len(word) > 1 && strings.Trim(word, "\u200c\u200d") == "" {
		return true
	}
	word = strings.TrimLeft(word, "<([")
	return strings.HasPrefix(word, "cid:") || strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") || word == "\u200c" || word == "\u200d"
}

// isAttribution recognises the line before a quotation: it ends in a colon and says that somebody wrote.
func isAttribution(line string) bool {
	if !strings.HasSuffix(line, ":") || len(line) < 12 || len(line) > 400 {
		return false
	}
	lower := strings.ToLower(line)
	for _, verb := range []string{" wrote:", " writes:", "schrieb:", "geschrieben:", "a écrit :", "a écrit:", "escribió:",
		"ha scritto:", "schreef:", "escreveu:", "skrev:", "napisał:", "написал:", "写道:", "写道：", "original message-----"} {
		if strings.HasSuffix(lower, verb) {
			return true
		}
	}
	return false
}

// isRule recognises a line drawn with characters.
func isRule(line string) bool {
	return len(line) >= 4 && strings.Trim(line, "-_=*~# ") == ""
}
