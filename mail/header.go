package mail

import "bytes"

// lookahead is how far a line that is no field looks for one that is.
const lookahead = 4096

// readHeader reads a header block into p.hdr. It stops after the empty line, or before a boundary, or before a line
// with which the body has evidently begun, or at the end. It reports whether a boundary stopped it.
//
// A line that is no field is dropped when fields follow it (a broken fold); otherwise the empty line was forgotten and
// the body begins there.
func (p *parser) readHeader(message bool) (stopped bool) {
	h := &p.hdr
	h.reset()
	start := p.sc.offset()
	kept := false // the current field is one that we read
	for first := true; ; first = false {
		line, whole := p.sc.peekLine(window)
		if len(line) == 0 {
			if !message || !first {
				p.defect(DefectNoBlankLine)
			}
			return false
		}
		if whole && len(bytes.TrimRight(line, "\r\n")) == 0 {
			p.sc.advance(len(line))
			return false
		}
		if line[0] == '-' && p.atBoundary(line) {
			p.defect(DefectNoBlankLine)
			return true
		}
		over := p.sc.offset()-start > MaxHeader
		switch name, value, ok := cutField(line); {
		case over:
			p.overHeader(start)
			kept = false
		case (line[0] == ' ' || line[0] == '\t') && !first:
			if kept {
				h.extend(line)
			}
		case ok:
			kept = h.begin(name, value)
		case first && message && isFromLine(line):
			p.defect(DefectFromLine)
			kept = false
		case !p.fieldFollows():
			p.defect(DefectNoBlankLine)
			return false
		default:
			p.defect(DefectHeaderLine)
			kept = false
		}
		p.takeLine(len(line), whole, kept)
	}
}

// takeLine advances past the line of which a piece was seen, keeping what follows it if it is part of a field.
func (p *parser) takeLine(n int, whole, kept bool) {
	p.sc.advance(n)
	for !whole {
		var line []byte
		line, whole = p.sc.peekLine(window)
		if len(line) == 0 {
			return
		}
		if kept && len(p.hdr.data) < MaxHeader {
			p.hdr.extend(line)
		}
		p.sc.advance(len(line))
	}
}

// overHeader notes once that the block is too long.
func (p *parser) overHeader(start int64) {
	if p.lastOver != start+1 {
		p.lastOver = start + 1
		p.defect(DefectHeaderSize)
	}
}

// begin starts a field and reports whether it is one that the package reads.
func (h *header) begin(name, value []byte) bool {
	id := fieldOf(name)
	if id == fieldNone {
		return false
	}
	if id == fieldReceived {
		h.received++
		return false
	}
	n := len(h.data)
	h.fields = append(h.fields, field{id, n, n})
	h.extend(value)
	return true
}

// extend appends to the last field.
func (h *header) extend(value []byte) {
	if !h.eightBit && !asciiOnly(value) {
		h.eightBit = true
	}
	h.data = append(h.data, value...)
	h.fields[len(h.fields)-1].end = len(h.data)
}

// isFromLine recognises the line that an mbox puts before a message, quoted or not.
func isFromLine(line []byte) bool {
	line = bytes.TrimLeft(line, ">")
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte("From\t"))
}

// fieldFollows looks whether, after the line that comes next, a header field stands before an empty line.
func (p *parser) fieldFollows() bool {
	p.sc.peekLine(lookahead)
	for p.sc.end-p.sc.pos < lookahead && p.sc.fill() {
	}
	data := p.sc.buf[p.sc.pos:p.sc.end]
	data = data[:min(len(data), lookahead)]
	for lines := 0; lines < 4; lines++ {
		i := bytes.IndexByte(data, p.sc.eol)
		if i < 0 {
			return false
		}
		data = data[i+1:]
		if lines == 3 || len(data) == 0 {
			return false
		}
		next := data
		if j := bytes.IndexByte(next, p.sc.eol); j >= 0 {
			next = next[:j+1]
		}
		if len(trimEOL(next)) == 0 {
			return false
		}
		if looksLikeField(next) {
			return true
		}
	}
	return false
}
