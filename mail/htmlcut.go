package mail

import "bytes"

// entityMax is the longest entity: &CounterClockwiseContourIntegral;.
const entityMax = 33

// htmlCut finds how much of HTML that was cut at its end may be kept: not inside a tag, a comment, an entity, a script
// or a style.
func htmlCut(b []byte) int {
	n, at := wholeTags(b)
	for n > at {
		tail := b[max(at, n-entityMax):n]
		i := bytes.LastIndexByte(tail, '&')
		switch {
		case b[n-1] == '<':
			n--
		case i >= 0 && maybeEntity(tail[i+1:]):
			n -= len(tail) - i
		default:
			return n
		}
	}
	return n
}

// wholeTags is how much of b ends outside a tag, and where the last whole tag ends.
func wholeTags(b []byte) (n, last int) {
	at := 0
	for at < len(b) {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			break
		}
		start := at + i
		end := tagEnd(b[start:])
		if end < 0 {
			return start, last
		}
		if raw := rawEnd(b[start : start+end]); raw != "" {
			j := indexFold(b[start+end:], raw)
			if j < 0 {
				return start, last
			}
			closing := tagEnd(b[start+end+j:])
			if closing < 0 {
				return start, last
			}
			end += j + closing
		}
		at = start + end
		if end > 1 {
			last = at
		}
	}
	return len(b), last
}

// tagEnd is the length of the tag or comment that b begins with, or -1 if it has no end. A < that begins nothing has
// length one.
func tagEnd(b []byte) int {
	if len(b) < 2 {
		return -1
	}
	if bytes.HasPrefix(b, []byte("<!--")) {
		if i := bytes.Index(b[2:], []byte("-->")); i >= 0 {
			return 2 + i + 3
		}
		return -1
	}
	if c := b[1]; c != '/' && c != '!' && c != '?' && !('a' <= c|0x20 && c|0x20 <= 'z') {
		return 1
	}
	quote := byte(0)
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i + 1
		case (c == '"' || c == '\'') && bytes.HasSuffix(bytes.TrimRight(b[max(0, i-8):i], " \t\r\n"), []byte("=")):
			quote = c
		}
	}
	return -1
}

// rawEnd is what ends the raw text after a tag, or empty.
func rawEnd(tag []byte) string {
	switch {
	case len(tag) >= 7 && equalFold(tag[:6], "<style"):
		return "</style"
	case len(tag) >= 8 && equalFold(tag[:7], "<script"):
		return "</script"
	case len(tag) >= 7 && equalFold(tag[:6], "<title"):
		return "</title"
	}
	return ""
}

func maybeEntity(b []byte) bool {
	for _, c := range b {
		if !(c == '#' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
			return false
		}
	}
	return true
}
