package mail

import (
	"bytes"
	"io"
)

// quotedLine bounds the piece of a line that is held back until its end is seen.
const quotedLine = 4096

// quotedSource undoes quoted-printable, RFC 2045 section 6.7, as it is met: lower-case digits and blanks after a soft
// break are accepted, an = that starts nothing stays as it is.
type quotedSource struct {
	src  source
	held []byte // beginning of a line whose end has not come yet
	out  []byte
	bad  bool
	done bool
}

func (d *quotedSource) broken() bool { return d.bad }

func (d *quotedSource) next() ([]byte, error) {
	for !d.done {
		in, err := d.src.next()
		d.out = d.out[:0]
		if err == io.EOF {
			d.done = true
			d.line(d.held, nil)
		} else if err != nil {
			return nil, err
		}
		d.decode(in)
		if len(d.out) > 0 {
			return d.out, nil
		}
	}
	return nil, io.EOF
}

func (d *quotedSource) decode(in []byte) {
	if cap(d.out) < len(in)+len(d.held) {
		d.out = make([]byte, 0, len(in)+len(d.held))
	}
	for len(in) > 0 {
		i := bytes.IndexByte(in, '\n')
		if i < 0 {
			d.hold(in)
			return
		}
		line, end := in[:i], in[i:i+1]
		if len(d.held) > 0 {
			d.held = append(d.held, line...)
			line = d.held
			d.held = d.held[:0]
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line, end = line[:n-1], crlf
		}
		d.line(line, end)
		in = in[i+1:]
	}
}

var crlf = []byte("\r\n")

// hold keeps the beginning of a line. Of a line that is too long for that it gives out all but what may belong
// together with the next byte.
func (d *quotedSource) hold(in []byte) {
	d.held = append(d.held, in...)
	if len(d.held) < quotedLine {
		return
	}
	n := len(bytes.TrimRight(d.held, " \t\r"))
	if i := bytes.LastIndexByte(d.held[:n], '='); i >= 0 && i >= n-2 {
		n = i
	}
	if n == 0 {
		n = len(d.held) - 1 // nothing but blanks
	}
	d.plain(d.held[:n])
	d.held = append(d.held[:0], d.held[n:]...)
}

// line decodes a whole line and its end: blanks before the end are dropped, a last = joins it to the next line.
func (d *quotedSource) line(line, end []byte) {
	for n := len(line); n > 0 && (line[n-1] == ' ' || line[n-1] == '\t'); n-- {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '=' {
		line, end = line[:n-1], nil
	}
	d.plain(line)
	d.out = append(d.out, end...)
}

// plain decodes the escapes of a piece without line end.
func (d *quotedSource) plain(b []byte) {
	for {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			d.out = append(d.out, b...)
			return
		}
		d.out = append(d.out, b[:i]...)
		b = b[i:]
		switch {
		case len(b) >= 3 && isHex(b[1]) && isHex(b[2]):
			d.out = append(d.out, unhex(b[1])<<4|unhex(b[2]))
			b = b[3:]
		case len(b) >= 2 && b[1] == '\r': // a soft break before a bare CR
			b = b[2:]
		default:
			d.bad = true
			d.out = append(d.out, '=')
			b = b[1:]
		}
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex is the value of a digit for which isHex holds.
func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
