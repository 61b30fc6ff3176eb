package wire

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxQuoted is how long a string may be in quotes: some clients read these into short buffers.
const maxQuoted = 1000

// AppendString appends a string in quotes, or as a literal where quotes can't hold it or it is long: with line ends, with
// bytes above 127 unless utf8 says that the client takes UTF-8. NUL, which no string may hold, is left out.
func AppendString(dst []byte, s string, utf8 bool) []byte {
	if !quotable(s, utf8) {
		return appendLiteral(dst, s)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func quotable(s string, allow8 bool) bool {
	if len(s) > maxQuoted {
		return false
	}
	ascii := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 0, c == '\r', c == '\n':
			return false
		case c >= 0x80:
			ascii = false
		}
	}
	return ascii || allow8 && utf8.ValidString(s)
}

func appendLiteral(dst []byte, s string) []byte {
	dst = append(dst, '{')
	dst = strconv.AppendInt(dst, int64(len(s)-strings.Count(s, "\x00")), 10)
	dst = append(dst, "}\r\n"...)
	for i := 0; i < len(s); i++ {
		if s[i] != 0 {
			dst = append(dst, s[i])
		}
	}
	return dst
}

// AppendNString appends a string, or NIL when ok is false.
func AppendNString(dst []byte, s string, ok, utf8 bool) []byte {
	if !ok {
		return append(dst, "NIL"...)
	}
	return AppendString(dst, s, utf8)
}

// AppendAstring appends an atom where the string is one, and else a string.
func AppendAstring(dst []byte, s string, utf8 bool) []byte {
	plain := s != "" && !strings.EqualFold(s, "NIL")
	for i := 0; i < len(s) && plain; i++ {
		plain = class[s[i]]&atomChar != 0
	}
	if plain {
		return append(dst, s...)
	}
	return AppendString(dst, s, utf8)
}

// AppendMailbox appends the name of a mailbox, in modified UTF-7 unless utf8.
func AppendMailbox(dst []byte, name string, utf8 bool) []byte {
	if utf8 || plainName(name) {
		return AppendAstring(dst, name, utf8)
	}
	return AppendAstring(dst, string(AppendUTF7(nil, name)), false)
}

// AppendFlags appends a list of flags.
func AppendFlags(dst []byte, flags []string) []byte {
	dst = append(dst, '(')
	for i, f := range flags {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, f...)
	}
	return append(dst, ')')
}

// AppendDateTime appends a moment in quotes, in its own zone: "17-Jul-1996 02:44:25 -0700".
func AppendDateTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, dateTimeLayout)
	return append(dst, '"')
}

// AppendNumbers appends numbers in the order given, runs of ascending ones as ranges: 1:5,7. The text names each number
// in its place, as COPYUID needs it.
func AppendNumbers(dst []byte, numbers []uint32) []byte {
	for i := 0; i < len(numbers); {
		run := Range{First: numbers[i], Last: numbers[i]}
		start := i
		for i++; i < len(numbers) && numbers[i] == run.Last+1; i++ {
			run.Last++
		}
		if start > 0 {
			dst = append(dst, ',')
		}
		dst = run.Append(dst)
	}
	return dst
}

// IsAtom reports whether s is an atom, RFC 9051 section 9, as a keyword must be.
func IsAtom(s string) bool {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&atomChar == 0 {
			return false
		}
	}
	return s != ""
}
