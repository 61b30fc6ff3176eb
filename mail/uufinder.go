package mail

import "bytes"

// uuFilesMax bounds the uuencoded files that are found in one part.
const uuFilesMax = 100

// uuFinder watches the decoded content of a text part for uuencoded blocks and makes a virtual part of each. A block
// counts when at least one line of data follows its begin; it ends with "end" or with the last line of data.
type uuFinder struct {
	part *Part
	at   int64 // offset of the current line in the content
	line []byte
	size int64 // bytes of the current line, of which line holds the beginning

	name    string
	start   int64 // of "begin"; valid while open
	stop    int64 // end of the last line of data
	decoded int64
	data    int // lines of data
	open    bool
}

func (u *uuFinder) take(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		end := i + 1
		if i < 0 {
			end = len(b)
		}
		if room := uuLineMax - len(u.line); room > 0 && u.wanted(b[0]) {
			u.line = append(u.line, b[:min(end, room)]...)
		}
		u.size += int64(end)
		if i < 0 {
			return
		}
		u.endLine()
		b = b[end:]
	}
}

// wanted tells whether the line needs to be looked at: outside a block only those that begin with b.
func (u *uuFinder) wanted(first byte) bool {
	return u.open || u.size > 0 || first == 'b'
}

func (u *uuFinder) endLine() {
	line := trimEOL(u.line)
	next := u.at + u.size
	switch {
	case !u.open:
		if _, name, ok := uuBegin(line); ok && u.size < uuLineMax && len(u.part.Virtual) < uuFilesMax {
			u.open, u.start, u.stop, u.data, u.decoded = true, u.at, next, 0, 0
			u.name = decodeText(name, u.part.Charset())
		}
	case string(line) == "end":
		u.stop = next
		u.close()
	case u.size < uuLineMax && len(line) > 0 && uuData(line):
		u.stop = next
		u.decoded += int64(line[0]-' ') & 63
		u.data++
	case len(line) > 0:
		u.close()
	}
	u.at, u.size, u.line = next, 0, u.line[:0]
}

// close makes a part of the block.
func (u *uuFinder) close() {
	u.open = false
	if u.data == 0 {
		return
	}
	typ, sub := typeOfName(u.name)
	u.part.Virtual = append(u.part.Virtual, &Part{
		Type: typ, Subtype: sub, Encoding: encodingUU, Disposition: "attachment",
		DispositionParams: []Param{{"filename", cut(u.name, maxParamValue)}},
		Body:              Span{u.start, u.stop - u.start},
		DecodedSize:       u.decoded,
	})
}

func (u *uuFinder) finish() {
	if u.size > 0 {
		u.endLine()
	}
	if u.open {
		u.close()
	}
}

// uuHoles are the ranges of a text part's decoded content that its uuencoded files take.
func uuHoles(p *Part) []Span {
	var holes []Span
	for _, v := range p.Virtual {
		if v.Encoding == encodingUU {
			holes = append(holes, v.Body)
		}
	}
	return holes
}

// holed leaves ranges out of a stream; they are in order and do not overlap.
type holed struct {
	src   source
	at    int64 // offset of rest
	rest  []byte
	holes []Span
}

func (h *holed) next() ([]byte, error) {
	for {
		for len(h.rest) == 0 {
			var err error
			if h.rest, err = h.src.next(); err != nil {
				return nil, err
			}
		}
		n := int64(len(h.rest))
		if len(h.holes) > 0 {
			hole := h.holes[0]
			switch {
			case h.at >= hole.End():
				h.holes = h.holes[1:]
				continue
			case h.at >= hole.Offset:
				n = min(n, hole.End()-h.at)
				h.rest, h.at = h.rest[n:], h.at+n
				continue
			}
			n = min(n, hole.Offset-h.at)
		}
		out := h.rest[:n]
		h.rest, h.at = h.rest[n:], h.at+n
		return out, nil
	}
}
