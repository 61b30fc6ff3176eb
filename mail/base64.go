package mail

import (
	"io"
	"slices"
)

// Classes of characters in base64Table beside the 64 values.
const (
	b64Junk  = 0x80 // does not belong
	b64Space = 0x81 // blank or line end
	b64Pad   = 0x82 // =
)

var base64Table = func() (t [256]byte) {
	for i := range t {
		t[i] = b64Junk
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = byte(i)
	}
	for _, c := range " \t\r\n\v\f" {
		t[c] = b64Space
	}
	t['='] = b64Pad
	return t
}()

// afterPadMax bounds the line that is kept to decide whether data goes on after padding.
const afterPadMax = 4096

// base64Source undoes base64, RFC 2045 section 6.8, as it is met: characters that do not belong are skipped, missing
// padding is supplied. After padding, data goes on only with a line that is nothing but base64 (some programs encode
// in pieces); anything else, such as a footer that a list appended in the clear, ends the content.
type base64Source struct {
	src   source
	out   []byte
	acc   uint32 // bits of an unfinished quantum
	have  int    // characters in acc
	line  []byte // after padding: the line so far
	after bool   // padding was seen, the next line decides
	ended bool
	bad   bool
	done  bool
}

func (d *base64Source) broken() bool { return d.bad }

func (d *base64Source) next() ([]byte, error) {
	for !d.done {
		in, err := d.src.next()
		d.out = d.out[:0]
		if err == io.EOF {
			d.done = true
			d.finish()
		} else if err != nil {
			return nil, err
		}
		if !d.ended {
			d.decode(in)
		}
		if len(d.out) > 0 {
			return d.out, nil
		}
	}
	return nil, io.EOF
}

// finish settles what is pending at the end of the stream.
func (d *base64Source) finish() {
	if d.after {
		d.decideLine()
	}
	d.flush()
}

// decode appends what in stands for to out.
func (d *base64Source) decode(in []byte) {
	d.out = slices.Grow(d.out, len(in)/4*3+6)
	for i := 0; i < len(in) && !d.ended; {
		if d.after {
			i += d.takeAfter(in[i:])
			continue
		}
		if d.have == 0 {
			i += d.quanta(in[i:])
			if i == len(in) {
				return
			}
		}
		v := base64Table[in[i]]
		switch {
		case v < 64:
			d.acc = d.acc<<6 | uint32(v)
			if d.have++; d.have == 4 {
				d.out = append(d.out, byte(d.acc>>16), byte(d.acc>>8), byte(d.acc))
				d.acc, d.have = 0, 0
			}
		case v == b64Pad:
			d.flush()
			d.after = true
			d.line = d.line[:0]
		case v == b64Junk:
			d.bad = true
		}
		i++
	}
}

// quanta decodes whole groups of four for as long as nothing else comes, and returns how many bytes it took.
func (d *base64Source) quanta(in []byte) int {
	out := d.out[len(d.out):cap(d.out)]
	i, o := 0, 0
	for i+4 <= len(in) && o+3 <= len(out) {
		a, b := base64Table[in[i]], base64Table[in[i+1]]
		c, e := base64Table[in[i+2]], base64Table[in[i+3]]
		if (a|b|c|e)&0x80 != 0 {
			break
		}
		v := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(e)
		out[o], out[o+1], out[o+2] = byte(v>>16), byte(v>>8), byte(v)
		i, o = i+4, o+3
	}
	d.out = d.out[:len(d.out)+o]
	return i
}

// flush gives out what an unfinished quantum is worth.
func (d *base64Source) flush() {
	switch d.have {
	case 1:
		d.bad = true
	case 2:
		d.out = append(d.out, byte(d.acc>>4))
	case 3:
		d.out = append(d.out, byte(d.acc>>10), byte(d.acc>>2))
	}
	d.acc, d.have = 0, 0
}

// takeAfter gathers the line after padding and returns how many bytes it took.
func (d *base64Source) takeAfter(in []byte) int {
	for i, c := range in {
		if c == '\n' || c == '\r' {
			d.decideLine()
			return i + 1
		}
		if c == '=' && len(d.line) == 0 {
			continue // the second of two
		}
		if d.line = append(d.line, c); len(d.line) >= afterPadMax {
			d.decideLine()
			return i + 1
		}
	}
	return len(in)
}

// decideLine decodes the gathered line if it is base64, else ends the content.
func (d *base64Source) decideLine() {
	line := d.line
	for len(line) > 0 && base64Table[line[len(line)-1]] == b64Space {
		line = line[:len(line)-1]
	}
	if len(line) == 0 {
		d.line = d.line[:0]
		return
	}
	pads := 0
	for _, c := range line {
		v := base64Table[c]
		if v == b64Pad {
			pads++
		} else if v >= 64 || pads > 0 {
			d.ended, d.bad, d.after = true, true, false
			return
		}
	}
	if len(line)%4 != 0 || pads > 2 {
		d.ended, d.bad, d.after = true, true, false
		return
	}
	d.after = false
	d.decode(append([]byte(nil), line...))
	if pads > 0 {
		d.after = true
		d.line = d.line[:0]
	}
}
