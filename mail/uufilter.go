package mail

import (
	"bytes"
	"io"
)

// uuFilesMax bounds the uuencoded files that are found in one part.
const uuFilesMax = 100

// uuFilter takes the uuencoded files out of the content of a text part and makes a virtual part of each. A block
// counts when a line of data follows its begin at once; it ends with "end" or with the last line of data.
type uuFilter struct {
	src   source
	found func(name string, block Span, size int64) // may be nil

	state uuState
	held  []byte // the begin of a block that has no data yet; empty lines after its data
	line  []byte // the current line, where it is looked at
	at    int64  // offset of the current line
	seen  int64  // bytes of the current line
	out   []byte
	done  bool

	name  string
	block Span
	size  int64 // decoded
	files int
}

type uuState uint8

const (
	uuStart   uuState = iota // at the beginning of a line: is it a begin?
	uuPassing                // in a line that is none
	uuBegun                  // after a begin: data must follow
	uuInside                 // in the data
)

var uuWord = []byte("begin ")

func (u *uuFilter) next() ([]byte, error) {
	for !u.done {
		in, err := u.src.next()
		u.out = u.out[:0]
		if err == io.EOF {
			u.done = true
			u.finish()
		} else if err != nil {
			return nil, err
		}
		if u.quiet(in) {
			u.at += int64(len(in))
			return in, nil
		}
		for len(in) > 0 {
			in = u.take(in)
		}
		if len(u.out) > 0 {
			return u.out, nil
		}
	}
	return nil, io.EOF
}

// quiet tells that a chunk holds whole lines of which none is a begin.
func (u *uuFilter) quiet(in []byte) bool {
	return u.state == uuStart && len(u.line) == 0 && len(in) > 0 && in[len(in)-1] == '\n' && !bytes.Contains(in, uuWord)
}

// take handles the beginning of in, at most to the end of the line, and returns the rest.
func (u *uuFilter) take(in []byte) []byte {
	n := bytes.IndexByte(in, '\n') + 1
	ended := n > 0
	if !ended {
		n = len(in)
	}
	piece := in[:n]
	u.seen += int64(n)
	if u.state == uuPassing {
		u.out = append(u.out, piece...)
	} else {
		u.line = append(u.line, piece[:min(n, 2*uuLineMax)]...)
		if u.state == uuStart && !u.maybeBegin() || len(u.line) > uuLineMax {
			u.pass(piece)
		}
	}
	if ended {
		u.endLine()
	}
	return in[n:]
}

// maybeBegin tells whether the line so far may become a begin.
func (u *uuFilter) maybeBegin() bool {
	n := min(len(u.line), len(uuWord))
	return bytes.Equal(u.line[:n], uuWord[:n])
}

// pass lets the current line go, with what was held before it; piece is what was appended to it last, perhaps not all
// of it.
func (u *uuFilter) pass(piece []byte) {
	if u.state == uuInside {
		u.close()
	}
	u.out = append(u.out, u.held...)
	u.out = append(u.out, u.line...)
	if kept := min(len(piece), 2*uuLineMax); kept < len(piece) {
		u.out = append(u.out, piece[kept:]...)
	}
	u.held, u.line, u.state = u.held[:0], u.line[:0], uuPassing
}

// endLine decides what a whole line was.
func (u *uuFilter) endLine() {
	line := trimEOL(u.line)
	next := u.at + u.seen
	switch u.state {
	case uuPassing:
		u.state = uuStart
	case uuStart:
		u.startLine(line)
	case uuBegun, uuInside:
		u.dataLine(line, next)
	}
	u.at, u.seen, u.line = next, 0, u.line[:0]
}

// startLine begins a block or lets the line go.
func (u *uuFilter) startLine(line []byte) {
	_, name, ok := uuBegin(line)
	if !ok || u.files >= uuFilesMax {
		u.out = append(u.out, u.line...)
		return
	}
	u.name = string(name)
	u.held = append(u.held[:0], u.line...)
	u.block, u.size, u.state = Span{u.at, u.seen}, 0, uuBegun
}

func (u *uuFilter) dataLine(line []byte, next int64) {
	switch {
	case u.state == uuInside && string(line) == "end":
		u.block.Length = next - u.block.Offset
		u.held = u.held[:0]
		u.close()
		u.state = uuStart
	case u.state == uuInside && len(line) == 0 && len(u.held) < uuLineMax:
		u.held = append(u.held, u.line...) // perhaps the zero line before end, which lost its blank
	case len(line) > 0 && uuData(line):
		u.state = uuInside
		u.block.Length = next - u.block.Offset
		u.size += int64(line[0]-' ') & 63
		u.held = u.held[:0]
	default:
		if u.state == uuInside {
			u.close()
		}
		u.out = append(u.out, u.held...)
		u.held, u.state = u.held[:0], uuStart
		u.startLine(line)
	}
}

// close tells of the block that has ended.
func (u *uuFilter) close() {
	u.files++
	if u.found != nil {
		u.found(u.name, u.block, u.size)
	}
}

// finish settles what is open at the end of the content.
func (u *uuFilter) finish() {
	if u.seen > 0 && u.state != uuPassing {
		u.endLine()
	}
	if u.state == uuInside {
		u.close()
	}
	u.out = append(u.out, u.held...)
	u.held, u.state = u.held[:0], uuPassing
}

// uuPart makes the virtual part of a file found in a text part.
func uuPart(text *Part, name string, block Span, size int64) *Part {
	name = cut(decodeText([]byte(name), text.Charset()), maxParamValue)
	typ, sub := typeOfName(name)
	return &Part{
		Type: typ, Subtype: sub, Encoding: encodingUU, Disposition: "attachment",
		DispositionParams: []Param{{"filename", name}},
		Body:              block, DecodedSize: size, within: text,
	}
}
