package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// skip reads the rest of a command away, within Drain: line by line, and past the literals that the client sends
// without waiting. Where the client waits for a continuation the command ends, since none will be given.
func (r *Reader) skip() {
	budget := r.limits.Drain
	for !r.ended && !r.err.Lost {
		if l := r.open; l != nil {
			r.open = nil
			if !l.accepted && !l.NonSync {
				r.ended = true
				return
			}
			r.discard(l.left, &budget)
			continue
		}
		r.skipLine(&budget)
	}
}

// discard reads n bytes away.
func (r *Reader) discard(n int64, budget *int64) {
	if n > *budget {
		r.err.Lost = true
		return
	}
	*budget -= n
	got, err := io.CopyN(io.Discard, r.br, n)
	r.pos += got
	if err != nil {
		r.broken(err)
	}
}

// skipLine reads up to a line feed and notes the literal that the line announces at its end.
func (r *Reader) skipLine(budget *int64) {
	tail := r.tail
	r.tail = nil
	if r.has {
		r.has = false
		r.pos++
		if tail = append(tail, r.ahead); r.ahead == '\n' {
			r.announced(tail)
			return
		}
	}
	for {
		part, err := r.br.ReadSlice('\n')
		r.pos += int64(len(part))
		tail = lastBytes(tail, part)
		switch *budget -= int64(len(part)); {
		case err == nil:
			r.announced(tail)
			return
		case *budget < 0:
			r.err.Lost = true
			return
		case !errors.Is(err, bufio.ErrBufferFull):
			r.broken(err)
			return
		}
	}
}

const tailSize = 32 // more than any announcement of a literal is long

func lastBytes(tail, part []byte) []byte {
	if len(part) > tailSize {
		return append(tail[:0], part[len(part)-tailSize:]...)
	}
	tail = append(tail, part...)
	if n := len(tail) - tailSize; n > 0 {
		tail = append(tail[:0], tail[n:]...)
	}
	return tail
}

// announced looks at the end of a line: {n+} says that n bytes belong to the command, {n} that the client waits.
func (r *Reader) announced(tail []byte) {
	r.ended = true
	tail = bytes.TrimSuffix(bytes.TrimSuffix(tail, []byte("\n")), []byte("\r"))
	inner, ok := bytes.CutSuffix(tail, []byte("+}"))
	if !ok {
		return
	}
	i := len(inner)
	for i > 0 && '0' <= inner[i-1] && inner[i-1] <= '9' {
		i--
	}
	switch n, err := strconv.ParseInt(string(inner[i:]), 10, 63); {
	case i == len(inner):
		return
	case i > 0 && inner[i-1] != '{':
		return
	case i == 0, err != nil: // digits without end
		r.err.Lost = true
	default:
		r.open = &Literal{NonSync: true, accepted: true, left: n}
		r.ended = false
	}
}
