package mail

import "bytes"

// boundaries are the delimiters of the multiparts that are open, innermost last. Looking a line up costs the same
// however many are open.
type boundaries struct {
	level   map[string]int // delimiter to its innermost level
	shadows []shadow
	longest int
}

// shadow remembers what a level replaced.
type shadow struct {
	delim string
	was   int // level that had the same delimiter before, or -1
}

// hit is a delimiter line that was met.
type hit struct {
	level  int  // index of the multipart it belongs to
	closes bool // it ends with two hyphens
}

func (b *boundaries) push(delim string) int {
	if b.level == nil {
		b.level = make(map[string]int)
	}
	was, had := b.level[delim]
	if !had {
		was = -1
	}
	n := len(b.shadows)
	b.level[delim] = n
	b.shadows = append(b.shadows, shadow{delim, was})
	b.longest = max(b.longest, len(delim))
	return n
}

func (b *boundaries) pop() {
	last := b.shadows[len(b.shadows)-1]
	b.shadows = b.shadows[:len(b.shadows)-1]
	if last.was < 0 {
		delete(b.level, last.delim)
	} else {
		b.level[last.delim] = last.was
	}
}

// match tells whether line, which starts with two hyphens, is a delimiter of an open multipart: exactly, apart from
// what follows a blank (RFC 2046 section 5.1.1 asks for padding there, some programs write more), so that one boundary
// may be the beginning of another. Where the line could be both, opening wins over closing.
func (b *boundaries) match(line []byte) (hit, bool) {
	line = bytes.TrimRight(line, " \t\r\n")
	if len(line) < 2 {
		return hit{}, false
	}
	line = line[2:]
	if h, ok := b.exact(line); ok {
		return h, true
	}
	if i := bytes.IndexAny(line, " \t"); i > 0 {
		return b.exact(line[:i])
	}
	return hit{}, false
}

func (b *boundaries) exact(line []byte) (hit, bool) {
	if len(line) > b.longest+2 {
		return hit{}, false
	}
	if n, ok := b.level[string(line)]; ok {
		return hit{n, false}, true
	}
	if rest, ok := bytes.CutSuffix(line, []byte("--")); ok {
		if n, ok := b.level[string(rest)]; ok {
			return hit{n, true}, true
		}
	}
	return hit{}, false
}
