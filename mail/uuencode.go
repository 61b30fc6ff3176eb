package mail

import (
	"bytes"
	"io"
)

// uuLineMax is the longest line of a uuencoded block that is looked at: 45 bytes make 61 characters.
const uuLineMax = 256

// uuSource undoes uuencoding: the lines from "begin" to "end". Lines before begin and after end are ignored, and so
// is begin itself when the block starts with data.
type uuSource struct {
	src  source
	held []byte
	out  []byte
	bad  bool
	over bool // end was seen
	done bool
}

func (d *uuSource) broken() bool { return d.bad }

func (d *uuSource) next() ([]byte, error) {
	for !d.done {
		in, err := d.src.next()
		d.out = d.out[:0]
		if err == io.EOF {
			d.done = true
			d.line(d.held)
		} else if err != nil {
			return nil, err
		}
		for len(in) > 0 && !d.over {
			i := bytes.IndexByte(in, '\n')
			if i < 0 {
				if len(d.held) < uuLineMax {
					d.held = append(d.held, in...)
				}
				break
			}
			line := in[:i]
			if len(d.held) > 0 {
				line = append(d.held, line...)
				d.held = d.held[:0]
			}
			d.line(line)
			in = in[i+1:]
		}
		if len(d.out) > 0 {
			return d.out, nil
		}
	}
	return nil, io.EOF
}

func (d *uuSource) line(line []byte) {
	line = trimEOL(line)
	if d.over || len(line) == 0 || len(line) > uuLineMax {
		return
	}
	if string(line) == "end" {
		d.over = true
		return
	}
	if _, _, ok := uuBegin(line); ok {
		return
	}
	if !uuData(line) {
		d.bad = true
		return
	}
	d.out = appendUU(d.out, line)
}

// uuBegin recognises "begin MODE NAME".
func uuBegin(line []byte) (mode, name []byte, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("begin "))
	if !ok {
		return nil, nil, false
	}
	mode, name, ok = bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	name = bytes.TrimSpace(name)
	if !ok || len(mode) < 3 || len(mode) > 4 || len(name) == 0 {
		return nil, nil, false
	}
	for _, c := range mode {
		if c < '0' || c > '7' {
			return nil, nil, false
		}
	}
	return mode, name, true
}

// uuData tells whether line, without its end, can be a line of uuencoded data: a length character and enough others,
// give or take a checksum character and blanks that were cut off.
func uuData(line []byte) bool {
	if len(line) == 0 || len(line) > uuLineMax {
		return false
	}
	for _, c := range line {
		if c < ' ' || c > '`' {
			return false
		}
	}
	n := int(line[0]-' ') & 63
	full := 1 + (n+2)/3*4
	return len(line) <= full+2 && (len(line) >= full || len(line) >= full-8)
}

// appendUU decodes a line for which uuData holds.
func appendUU(out, line []byte) []byte {
	n := int(line[0]-' ') & 63
	line = line[1:]
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	for i := 0; n > 0; i += 4 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		group := [3]byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
		k := min(n, 3)
		out = append(out, group[:k]...)
		n -= k
	}
	return out
}
