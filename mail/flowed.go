package mail

import (
	"bytes"
	"io"
	"strings"
)

// flowedSource makes paragraphs of format=flowed text, RFC 3676: lines that end in a blank go on, the blank is kept or
// (DelSp) removed, stuffed blanks vanish, quote marks are written once at the beginning of a paragraph.
type flowedSource struct {
	lines  lineReader
	delSp  bool
	flows  bool // the paragraph goes on with the next line
	depth  int  // its quote depth
	middle bool // the next piece continues the current line
	out    []byte
}

// quoteDepthMax bounds the quote marks that are written or nested.
const quoteDepthMax = 32

func newFlowedSource(src source, delSp bool) *flowedSource {
	return &flowedSource{lines: lineReader{src: src}, delSp: delSp}
}

// isFlowed tells whether a text/plain part says format=flowed, and whether it says DelSp=yes.
func (p *Part) isFlowed() (flowed, delSp bool) {
	return strings.EqualFold(p.Param("format"), "flowed"), strings.EqualFold(p.Param("delsp"), "yes")
}

func (f *flowedSource) next() ([]byte, error) {
	f.out = f.out[:0]
	for len(f.out) < chunk/4 {
		line, whole, err := f.lines.next()
		if err == io.EOF {
			if f.flows {
				f.flows = false
				f.out = append(f.out, '\n')
			}
			if len(f.out) == 0 {
				return nil, io.EOF
			}
			return f.out, nil
		}
		if err != nil {
			return nil, err
		}
		f.take(line, whole)
	}
	return f.out, nil
}

func (f *flowedSource) take(line []byte, whole bool) {
	if !f.middle {
		line = f.begin(line)
	}
	f.middle = !whole
	if !whole {
		f.out = append(f.out, line...)
		return
	}
	signature := string(line) == "-- "
	if n := len(line); n > 0 && line[n-1] == ' ' && !signature {
		if f.delSp {
			line = line[:n-1]
		}
		f.out = append(f.out, line...)
		f.flows = true
		return
	}
	f.out = append(f.out, line...)
	f.out = append(f.out, '\n')
	f.flows = false
}

// begin takes quote marks and stuffing off a line and, unless it continues a paragraph, writes the marks.
func (f *flowedSource) begin(line []byte) []byte {
	depth := 0
	for depth < len(line) && line[depth] == '>' {
		depth++
	}
	line = line[depth:]
	if len(line) > 0 && line[0] == ' ' {
		line = line[1:]
	}
	depth = min(depth, quoteDepthMax)
	if f.flows && (depth != f.depth || string(line) == "-- ") {
		f.out = append(f.out, '\n')
		f.flows = false
	}
	if !f.flows && depth > 0 {
		f.out = append(f.out, bytes.Repeat([]byte{'>'}, depth)...)
		if len(line) > 0 {
			f.out = append(f.out, ' ')
		}
	}
	f.depth = depth
	return line
}
