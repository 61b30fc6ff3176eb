package mail

import (
	"bytes"
	"io"
	"slices"
)

// Bounds of what the HTML tokenizer must hold at once.
const (
	htmlTagMax  = 32 << 10 // bytes of one tag; what is beyond, such as a data: address, is dropped
	htmlTextMax = 16 << 10 // bytes of text without a tag; a tag without meaning is put in after them
)

// htmlLimiter keeps the tokens of an HTML stream short, so that a tokenizer that holds one token at a time needs
// little memory whatever comes. It drops comments and the content of script and style altogether.
type htmlLimiter struct {
	src   source
	out   []byte
	state htmlState
	quote byte   // inside a tag: the open quote
	size  int    // bytes of the current tag or run of text
	name  []byte // name of the current tag, in lower case; at most 16 bytes
	named bool   // the name is complete
	tail  []byte // last bytes of what is being dropped, to find its end
	until string // that end
}

type htmlState uint8

const (
	htmlText htmlState = iota
	htmlOpen           // after <
	htmlTag            // inside a tag
	htmlSkip           // dropping until l.until
)

func (l *htmlLimiter) next() ([]byte, error) {
	for {
		in, err := l.src.next()
		if err != nil {
			if l.state == htmlOpen && err == io.EOF {
				l.state = htmlText
				return []byte("&lt;"), nil
			}
			return nil, err
		}
		l.out = slices.Grow(l.out[:0], len(in))
		for len(in) > 0 {
			in = l.step(in)
		}
		if len(l.out) > 0 {
			return l.out, nil
		}
	}
}

// step takes the beginning of b and returns the rest.
func (l *htmlLimiter) step(b []byte) []byte {
	switch l.state {
	case htmlText:
		return l.text(b)
	case htmlOpen:
		return l.open(b)
	case htmlTag:
		return l.tag(b)
	}
	return l.skip(b)
}

func (l *htmlLimiter) text(b []byte) []byte {
	i := bytes.IndexByte(b, '<')
	n := i
	if i < 0 {
		n = len(b)
	}
	for run := b[:n]; len(run) > 0; {
		room := htmlTextMax - l.size
		if len(run) <= room {
			l.out = append(l.out, run...)
			l.size += len(run)
			break
		}
		// break only after a blank, so that no entity and no character is torn
		k := bytes.IndexAny(run[max(room, 0):], " \n\t")
		if k < 0 {
			l.out = append(l.out, run...)
			l.size += len(run)
			break
		}
		k += max(room, 0) + 1
		l.out = append(append(l.out, run[:k]...), "<wbr>"...)
		run = run[k:]
		l.size = 0
	}
	if i < 0 {
		return nil
	}
	l.state, l.size = htmlOpen, 0
	return b[i+1:]
}

// open decides what the character after < begins.
func (l *htmlLimiter) open(b []byte) []byte {
	c := b[0]
	switch {
	case c == '!' || c == '?':
		l.state, l.tail, l.until = htmlSkip, append(l.tail[:0], '<', c), ""
		return b[1:]
	case c == '/' || 'a' <= c|0x20 && c|0x20 <= 'z':
		l.out = append(l.out, '<')
		l.state, l.size, l.quote, l.name, l.named = htmlTag, 1, 0, l.name[:0], false
	default:
		l.out = append(l.out, "&lt;"...)
		l.state, l.size = htmlText, 4
	}
	return b
}

func (l *htmlLimiter) tag(b []byte) []byte {
	for i, c := range b {
		switch {
		case l.quote != 0:
			if c == l.quote {
				l.quote = 0
			}
		case c == '>':
			l.emit(b[:i])
			l.out = append(l.out, '>')
			l.close()
			return b[i+1:]
		case (c == '"' || c == '\'') && l.named && l.afterEquals(b[:i]):
			l.quote = c
		case !l.named:
			l.nameByte(c)
		}
	}
	l.emit(b)
	return nil
}

// afterEquals tells whether a quote opens a value: the last character before it that is no blank is an equals sign.
func (l *htmlLimiter) afterEquals(before []byte) bool {
	before = bytes.TrimRight(before, " \t\r\n")
	if len(before) == 0 {
		return true // the tag began in an earlier chunk; most quotes open a value
	}
	return before[len(before)-1] == '='
}

func (l *htmlLimiter) nameByte(c byte) {
	if 'a' <= c|0x20 && c|0x20 <= 'z' || c == '/' && len(l.name) == 0 {
		if len(l.name) < 16 {
			l.name = append(l.name, c|0x20)
		}
		return
	}
	l.named = true
}

// emit writes a piece of a tag as far as its bound allows. A quote that stays open in a shortened tag is closed.
func (l *htmlLimiter) emit(b []byte) {
	room := htmlTagMax - l.size
	l.size += len(b)
	if room <= 0 {
		return
	}
	if len(b) > room {
		l.out = append(l.out, b[:room]...)
		l.out = append(l.out, `">`...)
		return
	}
	l.out = append(l.out, b...)
}

// close ends a tag; after script and style everything up to their end is dropped.
func (l *htmlLimiter) close() {
	l.state = htmlText
	if l.size > htmlTagMax {
		l.out = l.out[:len(l.out)-1] // the shortened tag was closed already
	}
	l.size = 0
	switch string(l.name) {
	case "script":
		l.state, l.until = htmlSkip, "</script"
	case "style":
		l.state, l.until = htmlSkip, "</style"
	}
	l.tail = l.tail[:0]
}

// skip drops a comment, a declaration or a raw element.
func (l *htmlLimiter) skip(b []byte) []byte {
	if l.until == "" { // <! or <? : is it a comment?
		l.tail = append(l.tail, b[0])
		switch {
		case string(l.tail) == "<!-":
			return b[1:]
		case string(l.tail) == "<!--":
			l.until, l.tail = "-->", append(l.tail[:0], "--"...) // <!--> is a whole comment
			return b[1:]
		}
		l.until, l.tail = ">", l.tail[:0]
		return b
	}
	if end, ok := l.findEnd(b); ok {
		l.state, l.size = htmlText, 0
		if l.until[0] == '<' { // an end tag: give it out
			l.out = append(l.out, l.until...)
			l.state, l.size, l.quote, l.name, l.named = htmlTag, len(l.until), 0, append(l.name[:0], '/'), true
		}
		return b[end:]
	}
	return nil
}

// findEnd looks for l.until, which may have begun in an earlier chunk, and returns where b goes on after it.
func (l *htmlLimiter) findEnd(b []byte) (int, bool) {
	n := len(l.until)
	if len(l.tail) > 0 {
		joined := append(l.tail, b[:min(len(b), n-1)]...)
		if i := indexFold(joined, l.until); i >= 0 {
			return i + n - len(l.tail), true
		}
	}
	if i := indexFold(b, l.until); i >= 0 {
		return i + n, true
	}
	keep := append(l.tail, b[max(0, len(b)-n+1):]...)
	l.tail = append(l.tail[:0], keep[max(0, len(keep)-n+1):]...)
	return 0, false
}

// indexFold finds a lower-case ASCII word in b whatever its case.
func indexFold(b []byte, word string) int {
	first := word[0]
	for from := 0; ; {
		i := bytes.IndexByte(b[from:], first)
		if i < 0 || from+i+len(word) > len(b) {
			return -1
		}
		from += i
		if equalFold(b[from:from+len(word)], word) {
			return from
		}
		from++
	}
}

func equalFold(b []byte, lower string) bool {
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
