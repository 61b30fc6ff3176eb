package wire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Classes of characters, RFC 9051 section 9.
const (
	atomChar    = 1 << iota // ATOM-CHAR
	astringChar             // ATOM-CHAR or ]
	tagChar                 // ASTRING-CHAR but +
	listChar                // ATOM-CHAR, wildcards or ]
	keyChar                 // of words that end before [ and <: FETCH attributes
	digit
)

var class = func() (t [256]uint8) {
	for c := 0x21; c < 0x7f; c++ {
		if strings.IndexByte(`(){%*"\]`, byte(c)) < 0 {
			t[c] = atomChar | astringChar | tagChar | listChar | keyChar
		}
		if '0' <= c && c <= '9' {
			t[c] |= digit
		}
	}
	t[']'] = astringChar | tagChar | listChar
	t['%'], t['*'] = listChar, listChar
	t['+'] &^= tagChar
	t['['] &^= keyChar
	t['<'] &^= keyChar
	return t
}()

// run reads one or more bytes of a class.
func (r *Reader) run(want uint8, what string) string {
	var small [64]byte
	b := small[:0]
	for class[r.peek()]&want != 0 {
		b = append(b, r.ahead)
		r.take()
	}
	switch {
	case r.err != nil:
		return ""
	case len(b) == 0:
		r.fail("expected " + what)
	}
	return string(b)
}

// Atom reads an atom as sent.
func (r *Reader) Atom() string { return r.run(atomChar, "an atom") }

// word reads an atom in upper case: a key word of the protocol.
func (r *Reader) word() string { return upper(r.Atom()) }

func upper(s string) string { return strings.ToUpper(s) }

// Astring reads an atom, a quoted string or a literal.
func (r *Reader) Astring() string {
	switch r.peek() {
	case '"', '{':
		return r.String()
	}
	return r.run(astringChar, "a string")
}

// String reads a quoted string or a literal. Text is UTF-8: other bytes above 127 are refused in a quoted string, and
// left as they are in a literal.
func (r *Reader) String() string {
	switch r.peek() {
	case '"':
		return r.quoted()
	case '{':
		return r.literalText(false)
	}
	r.fail("expected a string")
	return ""
}

// NString8 reads a string, a literal in which NUL may stand (~{n}, RFC 4466 section 2.3), or NIL, for which ok is false.
func (r *Reader) NString8() (s string, ok bool) {
	if r.peek() == '~' {
		s = r.literalText(true)
		return s, r.err == nil
	}
	return r.NString()
}

// NString reads a string or NIL, for which ok is false.
func (r *Reader) NString() (s string, ok bool) {
	if c := r.peek(); c == 'N' || c == 'n' {
		if r.word() != "NIL" {
			r.fail("expected a string or NIL")
		}
		return "", false
	}
	return r.String(), r.err == nil
}

func (r *Reader) quoted() string {
	r.take()
	var small [64]byte
	b := small[:0]
	ascii := true
	for {
		c := r.peek()
		switch {
		case r.err != nil:
			return ""
		case c == '"':
			r.take()
			if !ascii && !utf8.Valid(b) {
				r.fail("a quoted string that is not UTF-8")
				return ""
			}
			return string(b)
		case c == '\r', c == '\n', c == 0:
			r.fail("a quoted string that does not end")
			return ""
		case c == '\\':
			r.take()
			if c = r.peek(); c != '"' && c != '\\' {
				r.fail("a wrong escape in a quoted string")
				return ""
			}
		case c >= 0x80:
			ascii = false
		}
		r.take()
		b = append(b, c)
	}
}

// number reads decimal digits up to 63 bits, as all numbers of RFC 9051 and 7162 are bounded.
func (r *Reader) number(bits int) uint64 {
	s := r.run(digit, "a number")
	if r.err != nil {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, bits)
	if err != nil {
		r.fail("a number out of range")
		return 0
	}
	return n
}

// Number reads a number of 32 bits.
func (r *Reader) Number() uint32 { return uint32(r.number(32)) }

// Number64 reads a number of 63 bits.
func (r *Reader) Number64() uint64 { return r.number(63) }

// NZNumber reads a number of 32 bits that is not zero.
func (r *Reader) NZNumber() uint32 {
	n := r.Number()
	if n == 0 {
		r.fail("expected a number above zero")
	}
	return n
}

// Flag reads a flag or a keyword, RFC 9051 section 2.3.2. System flags come in their usual spelling, keywords as sent.
// \Recent is refused: no client may set it.
func (r *Reader) Flag() string {
	if !r.accept('\\') {
		return r.run(atomChar, "a flag")
	}
	name := r.Atom()
	for _, f := range systemFlags {
		if strings.EqualFold(name, f[1:]) {
			return f
		}
	}
	r.fail("an unknown system flag")
	return ""
}

var systemFlags = [...]string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`}

// Flags reads a list of flags in parentheses, which may be empty.
func (r *Reader) Flags() []string {
	flags := []string{}
	r.list(true, func() { flags = append(flags, r.Flag()) })
	return flags
}
