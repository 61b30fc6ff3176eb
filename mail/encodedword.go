package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// word is a piece of header text: an encoded word (RFC 2047) or what stands between them.
type word struct {
	charset string // empty for plain text
	base64  bool
	owned   bool   // text is not shared with the header
	text    []byte // still encoded
}

// encodedWordMax is the longest encoded word that is looked for. RFC 2047 allows 75 characters; programs exceed it.
const encodedWordMax = 8 << 10

// decodeText decodes an unstructured header value: unfolded, words decoded, controls turned into blanks, trimmed.
// Bytes above 127 outside words are read as UTF-8 where they are, else in the charset of hint.
func decodeText(raw []byte, hint string) string {
	raw = trimBlank(raw)
	if isPlainHeader(raw) {
		return string(raw)
	}
	raw = unfold(raw)
	if !bytes.Contains(raw, []byte("=?")) {
		return cleanText(decodeCharset(raw, "", hint))
	}
	var out strings.Builder
	for _, w := range joinWords(splitWords(raw)) {
		if w.charset == "" {
			out.WriteString(decodeCharset(w.text, "", hint))
		} else {
			out.WriteString(decodeCharset(w.decode(), w.charset, ""))
		}
	}
	return cleanText(out.String())
}

// isPlainHeader tells whether nothing in the value needs decoding.
func isPlainHeader(b []byte) bool {
	for i, c := range b {
		if c < ' ' || c >= 0x7f || c == '?' && i > 0 && b[i-1] == '=' {
			return false
		}
	}
	return true
}

// unfold removes line ends and makes the blanks after them one blank, RFC 5322 section 2.2.3.
func unfold(b []byte) []byte {
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\r' && b[i] != '\n' {
			out = append(out, b[i])
			continue
		}
		for i+1 < len(b) && (b[i+1] == '\r' || b[i+1] == '\n') {
			i++
		}
		if i+1 < len(b) && b[i+1] != ' ' && b[i+1] != '\t' {
			out = append(out, ' ')
		}
	}
	return out
}

func trimBlank(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }

// cleanText makes blanks of controls, drops what is no character, and trims.
func cleanText(s string) string {
	s = strings.TrimSpace(s)
	clean := utf8.ValidString(s)
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] != 0x7f
	}
	if clean {
		return s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == 0:
			return -1
		case r < ' ' || r == 0x7f:
			return ' '
		}
		return r
	}, s))
}

// splitWords cuts a value into encoded words and what stands between.
func splitWords(b []byte) []word {
	var words []word
	for len(b) > 0 {
		i := bytes.Index(b, []byte("=?"))
		if i < 0 {
			break
		}
		w, size, ok := cutWord(b[i:])
		if !ok {
			words = append(words, word{text: b[:i+2]})
			b = b[i+2:]
			continue
		}
		if i > 0 {
			words = append(words, word{text: b[:i]})
		}
		words = append(words, w)
		b = b[i+size:]
	}
	if len(b) > 0 {
		words = append(words, word{text: b})
	}
	return words
}

// cutWord reads the encoded word that b begins with and tells how long it is.
func cutWord(b []byte) (w word, size int, ok bool) {
	limited := b[:min(len(b), encodedWordMax)]
	rest := limited[2:]
	q := bytes.IndexByte(rest[:min(len(rest), 64)], '?')
	if q <= 0 || q+3 > len(rest) || rest[q+2] != '?' {
		return word{}, 0, false
	}
	name := rest[:q]
	if bytes.ContainsAny(name, " \t<>@,;\"()") {
		return word{}, 0, false
	}
	if star := bytes.IndexByte(name, '*'); star > 0 { // RFC 2231 section 5: the language
		name = name[:star]
	}
	w.charset = string(name)
	switch rest[q+1] {
	case 'b', 'B':
		w.base64 = true
	case 'q', 'Q':
	default:
		return word{}, 0, false
	}
	text := rest[q+3:]
	end := bytes.Index(text, []byte("?="))
	if end < 0 { // cut off: to the next blank
		if end = bytes.IndexAny(text, " \t,<"); end < 0 {
			end = len(text)
		}
		w.text = bytes.TrimRight(text[:end], "?")
		return w, 2 + q + 3 + end, true
	}
	w.text = text[:end]
	return w, 2 + q + 3 + end + 2, true
}

// joinWords drops the blanks between encoded words and joins neighbours of one charset, since programs cut words
// inside a character or inside a base64 group.
func joinWords(words []word) []word {
	out := words[:0:0]
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w.charset == "" {
			between := len(out) > 0 && out[len(out)-1].charset != "" && i+1 < len(words) && words[i+1].charset != ""
			if between && len(trimBlank(w.text)) == 0 {
				continue
			}
			out = append(out, w)
			continue
		}
		if n := len(out); n > 0 && out[n-1].charset != "" && strings.EqualFold(out[n-1].charset, w.charset) {
			out[n-1] = out[n-1].join(w)
			continue
		}
		out = append(out, w)
	}
	return out
}

// join makes one word of two. Base64 that ends inside a group goes on with the next text, otherwise both are decoded
// and the result is kept as a quoted word that needs no escape.
func (w word) join(next word) word {
	if w.base64 && next.base64 && len(w.text)%4 != 0 && !bytes.HasSuffix(w.text, []byte("=")) {
		w.text = append(w.own(), next.text...)
		w.owned = true
		return w
	}
	return word{charset: w.charset, text: append(w.literal(), next.literal()...), owned: true}
}

// own is the text for appending to.
func (w word) own() []byte {
	if w.owned {
		return w.text
	}
	return w.text[:len(w.text):len(w.text)]
}

// literal is the word as quoted text in which only what must be is escaped.
func (w word) literal() []byte {
	if !w.base64 {
		return w.own()
	}
	decoded := w.decode()
	out := make([]byte, 0, len(decoded)+8)
	for _, c := range decoded {
		switch c {
		case '=', '_':
			out = append(out, '=', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		default:
			out = append(out, c)
		}
	}
	return out
}

// decode undoes the encoding of the word; the charset remains.
func (w word) decode() []byte {
	if w.base64 {
		return decodeBase64(w.text)
	}
	out := make([]byte, 0, len(w.text))
	for i := 0; i < len(w.text); i++ {
		c := w.text[i]
		switch {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(w.text) && isHex(w.text[i+1]) && isHex(w.text[i+2]):
			out = append(out, unhex(w.text[i+1])<<4|unhex(w.text[i+2]))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// decodeBase64 decodes what is there, as base64Source does.
func decodeBase64(b []byte) []byte {
	d := base64Source{}
	d.decode(b)
	d.finish()
	return d.out
}
