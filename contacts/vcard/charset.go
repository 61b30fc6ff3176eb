package vcard

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// narrow takes the marks of its encoding off a file and makes UTF-8 of UTF-16; other charsets are those of single
// lines. mended says what had to be done.
func narrow(raw []byte) (text, mended string) {
	if b, ok := bytes.CutPrefix(raw, []byte("\xEF\xBB\xBF")); ok {
		return string(b), ""
	}
	order, wide := unicode.LittleEndian, false
	switch {
	case len(raw) < 4:
	case raw[0] == 0xFF && raw[1] == 0xFE, raw[0] != 0 && raw[1] == 0 && raw[2] != 0 && raw[3] == 0:
		wide = true
	case raw[0] == 0xFE && raw[1] == 0xFF, raw[0] == 0 && raw[1] != 0 && raw[2] == 0 && raw[3] != 0:
		order, wide = unicode.BigEndian, true
	}
	if !wide {
		return string(raw), ""
	}
	b, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw), ""
	}
	return string(b), "UTF-16"
}

// foreign reports whether bytes are not plain UTF-8, but perhaps in a charset that switches by escapes.
func foreign(s string) bool { return !utf8.ValidString(s) || strings.IndexByte(s, 0x1B) >= 0 }

// inCharset decodes bytes in a named charset. It reports false where there is no such one, or they are not in it.
func inCharset(name, s string) (string, bool) {
	enc, err := htmlindex.Get(strings.TrimSpace(name))
	if err != nil {
		return s, false
	}
	text, err := enc.NewDecoder().String(s)
	return text, err == nil && !strings.ContainsRune(text, utf8.RuneError)
}

// windows decodes bytes of which nothing is known.
func windows(s string) string {
	text, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return text
}

// unquotedPrintable decodes quoted-printable in a charset, empty for UTF-8. What is wrong in it stays as it is.
func unquotedPrintable(s, charset string) string {
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(s)))
	if err != nil {
		raw = lenientQuoted(s)
	}
	text := string(raw)
	if charset != "" && !strings.EqualFold(charset, "UTF-8") {
		if decoded, ok := inCharset(charset, text); ok {
			return decoded
		}
	}
	if !utf8.ValidString(text) {
		return windows(text)
	}
	return text
}

// lenientQuoted decodes what can be decoded.
func lenientQuoted(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
