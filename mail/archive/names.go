package archive

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeName reads a folder name in modified UTF-7 (RFC 3501 section 5.1.3), as Courier and Dovecot name folders. A
// name that is none is taken as it is.
func decodeName(s string) string {
	var out strings.Builder
	for rest := s; rest != ""; {
		before, after, found := strings.Cut(rest, "&")
		out.WriteString(before)
		if !found {
			break
		}
		code, tail, closed := strings.Cut(after, "-")
		if !closed {
			return s
		}
		if code == "" {
			out.WriteByte('&')
		} else if text, ok := decodeShifted(code); ok {
			out.WriteString(text)
		} else {
			return s
		}
		rest = tail
	}
	return out.String()
}

// shifted is the alphabet between '&' and '-'.
var shifted = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

func decodeShifted(code string) (string, bool) {
	raw, err := shifted.DecodeString(code)
	if err != nil || len(raw)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	text := string(utf16.Decode(units))
	return text, !strings.ContainsRune(text, utf8.RuneError)
}

// encodeName writes a folder name in modified UTF-7.
func encodeName(s string) string {
	var out strings.Builder
	var wide []rune
	flush := func() {
		if len(wide) == 0 {
			return
		}
		var raw []byte
		for _, unit := range utf16.Encode(wide) {
			raw = append(raw, byte(unit>>8), byte(unit))
		}
		out.WriteString("&" + shifted.EncodeToString(raw) + "-")
		wide = wide[:0]
	}
	for _, r := range s {
		switch {
		case r < ' ' || r > '~':
			wide = append(wide, r)
			continue
		case r == '&':
			flush()
			out.WriteString("&-")
			continue
		}
		flush()
		out.WriteRune(r)
	}
	flush()
	return out.String()
}

// CleanPath makes names that a store takes of a source's: valid UTF-8, no control characters, no '/', at most 255
// bytes, none empty.
func CleanPath(path []string) []string {
	var clean []string
	for _, name := range path {
		name = strings.Map(func(r rune) rune {
			switch {
			case r == '/':
				return '_'
			case r < ' ', r >= 0x7f && r < 0xa0:
				return -1
			}
			return r
		}, strings.ToValidUTF8(name, "\uFFFD"))
		name = strings.TrimSpace(name)
		for len(name) > 255 {
			_, n := utf8.DecodeLastRuneInString(name)
			name = name[:len(name)-n]
		}
		if name != "" {
			clean = append(clean, name)
		}
	}
	return clean
}
