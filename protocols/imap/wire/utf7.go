package wire

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrUTF7 is the error of [DecodeUTF7].
var ErrUTF7 = errors.New("not modified UTF-7")

// modified is the base64 of RFC 9051 appendix A.1: a comma for the slash, no padding, no stray bits.
var modified = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding).Strict()

// DecodeUTF7 turns a mailbox name from modified UTF-7 into UTF-8. It takes only the one spelling that [AppendUTF7]
// writes: printable ASCII stands for itself and is never in base64, runs of base64 are ended and not adjacent,
// surrogates come in pairs.
func DecodeUTF7(s string) (string, error) {
	if plainName(s) {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < 0x20 || c > 0x7e:
			return "", ErrUTF7
		case c != '&':
			out = append(out, c)
			i++
			continue
		}
		run, rest, ended := strings.Cut(s[i+1:], "-")
		var err error
		switch {
		case !ended:
			return "", ErrUTF7
		case run == "":
			out = append(out, '&')
		default:
			if strings.HasPrefix(rest, "&") && !strings.HasPrefix(rest, "&-") {
				return "", ErrUTF7
			}
			if out, err = appendRun(out, run); err != nil {
				return "", err
			}
		}
		i = len(s) - len(rest)
	}
	return string(out), nil
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e || s[i] == '&' {
			return false
		}
	}
	return true
}

// appendRun decodes one run of base64.
func appendRun(out []byte, run string) ([]byte, error) {
	b, err := modified.DecodeString(run)
	if err != nil || len(b)%2 != 0 || strings.ContainsAny(run, "\r\n") {
		return nil, ErrUTF7
	}
	for i := 0; i < len(b); i += 2 {
		c := rune(b[i])<<8 | rune(b[i+1])
		if utf16.IsSurrogate(c) {
			if i += 2; i >= len(b) {
				return nil, ErrUTF7
			}
			if c = utf16.DecodeRune(c, rune(b[i])<<8|rune(b[i+1])); c == utf8.RuneError {
				return nil, ErrUTF7
			}
		}
		if c >= 0x20 && c <= 0x7e {
			return nil, ErrUTF7
		}
		out = utf8.AppendRune(out, c)
	}
	return out, nil
}

// AppendUTF7 appends a name in modified UTF-7. Bytes that are no UTF-8 become U+FFFD.
func AppendUTF7(dst []byte, s string) []byte {
	if plainName(s) {
		return append(dst, s...)
	}
	var units []byte
	flush := func() {
		if len(units) > 0 {
			dst = append(dst, '&')
			dst = modified.AppendEncode(dst, units)
			dst = append(dst, '-')
			units = units[:0]
		}
	}
	for _, c := range s {
		switch {
		case c == '&':
			flush()
			dst = append(dst, "&-"...)
		case c >= 0x20 && c <= 0x7e:
			flush()
			dst = append(dst, byte(c))
		case c >= 0x10000:
			high, low := utf16.EncodeRune(c)
			units = append(units, byte(high>>8), byte(high), byte(low>>8), byte(low))
		default:
			units = append(units, byte(c>>8), byte(c))
		}
	}
	flush()
	return dst
}

// Mailbox reads a mailbox name as UTF-8. INBOX comes in upper case however it was written. A name that is not in the
// encoding of the session (see UTF8) is refused, and so are control characters.
func (r *Reader) Mailbox() string { return r.mailboxName(r.Astring()) }

func (r *Reader) mailboxName(s string) string {
	if r.err != nil {
		return ""
	}
	if !r.UTF8 {
		decoded, err := DecodeUTF7(s)
		if err != nil {
			r.fail("a mailbox name that is not modified UTF-7")
			return ""
		}
		s = decoded
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, isControl) {
		r.fail("a mailbox name with characters that may not be in one")
		return ""
	}
	if strings.EqualFold(s, "INBOX") {
		return "INBOX"
	}
	return s
}

// isControl reports what RFC 5198 forbids in a name: the controls of ASCII and Latin-1, line and paragraph separators.
func isControl(c rune) bool {
	return c < 0x20 || c >= 0x7f && c <= 0x9f || c == 0x2028 || c == 0x2029
}

// Pattern reads a mailbox name with wildcards as of LIST, as UTF-8.
func (r *Reader) Pattern() string {
	if c := r.peek(); c == '"' || c == '{' {
		return r.mailboxName(r.String())
	}
	return r.mailboxName(r.run(listChar, "a mailbox name"))
}
