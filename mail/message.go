package mail

import (
	"fmt"
	"io"
	"strings"
)

// stringsBudget bounds the bytes that names, parameters and descriptions of all parts may take in one summary.
const stringsBudget = 1 << 20

// Option changes what Parse does beside reading the structure.
type Option func(*parser)

// WithText makes Parse gather the words for the full-text index in the same pass: at most limit bytes of each field
// of into.
func WithText(limit int, into *SearchText) Option {
	return func(p *parser) { p.textLimit, p.search = limit, into }
}

// Parse reads a message once, to the end of r, and returns its summary. Memory does not depend on the message's size.
// Malformed messages are no error, see [Summary.Defects]; the only errors are those of r.
func Parse(r io.Reader, opts ...Option) (*Summary, error) {
	p := &parser{sum: &Summary{}, limits: &limits{strings: stringsBudget}}
	for _, o := range opts {
		o(p)
	}
	p.sc = newScanner(r)
	defer p.sc.close()
	root, env := p.message(nil, 0)
	p.rest()
	if p.sc.err != nil {
		return nil, fmt.Errorf("read message: %w", p.sc.err)
	}
	s := p.sum
	s.Root, s.Envelope = root, env
	s.Size, s.Lines = p.sc.offset(), p.sc.lines
	p.finish()
	return s, nil
}

// limits are what the parsers of one message share, the nested ones included.
type limits struct {
	parts   int
	strings int
}

// parser reads one stream of bytes: the message, or the decoded content of a part that holds a message.
type parser struct {
	sc       *scanner
	bounds   boundaries
	stop     hit  // the boundary that ended the last body, if stopped
	stopped  bool // false: the stream ended
	hdr      header
	lastOver int64

	sum    *Summary
	limits *limits
	within *Part // the part whose decoded content is read; nil: the message itself

	textLimit int
	lost      bool // text that was there was not gathered
	search    *SearchText
	texts     []textFound
	cids      []string // content ids that HTML refers to
	top       header   // the top header, for a second reading once the body's charset is known
}

func (p *parser) defect(kind DefectKind) {
	if len(p.sum.Defects) < MaxDefects {
		at := int64(0)
		if p.within == nil {
			at = p.sc.offset()
		} else {
			at = p.within.Body.Offset
		}
		p.sum.Defects = append(p.sum.Defects, Defect{kind, at})
	}
}

// message reads a header block and the body that it describes. into is the part that embeds the message, or nil.
func (p *parser) message(into *Part, depth int) (*Part, Envelope) {
	part := &Part{within: p.within}
	p.limits.parts++
	part.Header.Offset = p.sc.offset()
	stopped := p.readHeader(true)
	part.Header.Length = p.sc.offset() - part.Header.Offset
	env := parseEnvelope(&p.hdr, p.contentHint())
	if into == nil && depth == 0 {
		p.topFields(&env)
	}
	p.mimeFields(part, "text/plain")
	p.body(part, depth, stopped)
	return part, env
}

// entity reads a part of a multipart.
func (p *parser) entity(depth int, defaultType string) *Part {
	part := &Part{within: p.within}
	p.limits.parts++
	part.Header.Offset = p.sc.offset()
	stopped := p.readHeader(false)
	part.Header.Length = p.sc.offset() - part.Header.Offset
	p.mimeFields(part, defaultType)
	p.body(part, depth, stopped)
	return part
}

// body reads what follows a header, until a boundary or the end. Where the header was cut off by a boundary the body
// is empty.
func (p *parser) body(part *Part, depth int, cutOff bool) {
	start, lines := p.sc.offset(), p.sc.lines
	part.Body.Offset = start
	if cutOff {
		part.Body.Length, part.Lines = 0, 0
		return
	}
	switch {
	case part.Type == "multipart":
		p.multipart(part, depth)
	case part.embedsMessage() && p.mayNest(depth):
		p.embedded(part, depth)
	default:
		p.leaf(part)
		return
	}
	part.Body.Length, part.Lines = p.bodyCount(start, lines)
	if part.DecodedSize == 0 {
		part.DecodedSize = part.Body.Length
	}
}

// embedsMessage tells whether the part is an embedded message.
func (p *Part) embedsMessage() bool {
	return p.Type == "message" && (p.Subtype == "rfc822" || p.Subtype == "global" || p.Subtype == "news")
}

// mayNest tells whether another level may be opened.
func (p *parser) mayNest(depth int) bool {
	if depth >= MaxDepth {
		p.defect(DefectTooDeep)
		return false
	}
	if p.limits.parts >= MaxParts {
		p.defect(DefectTooManyParts)
		return false
	}
	return true
}

// multipart reads the parts of a multipart, RFC 2046 section 5.1.1, its preamble and epilogue.
func (p *parser) multipart(part *Part, depth int) {
	boundary := part.Param("boundary")
	if boundary == "" || len(boundary) > maxBoundaryLine/2 {
		p.defect(DefectNoBoundary)
		p.leaf(part)
		return
	}
	if !p.mayNest(depth) {
		p.leaf(part)
		return
	}
	if t, known := transferOf(part.Encoding); t != transferIdentity || !known {
		p.defect(DefectEncoding)
	}
	defaultType := "text/plain"
	if part.Subtype == "digest" {
		defaultType = "message/rfc822"
	}
	level := p.bounds.push(boundary)
	p.skipBody() // the preamble
	if !p.stopped || p.stop.level != level {
		p.defect(DefectNoParts)
	}
	for p.stopped && p.stop.level == level && !p.stop.closes {
		p.sc.skipLine() // the boundary itself
		if p.limits.parts >= MaxParts {
			p.defect(DefectTooManyParts)
			p.skipBody()
			continue
		}
		part.Children = append(part.Children, p.entity(depth+1, defaultType))
	}
	p.bounds.pop()
	if p.stopped && p.stop.level == level && p.stop.closes {
		p.sc.skipText() // its line end may belong to the next boundary of an outer multipart
		p.skipBody()    // the epilogue
	} else {
		p.defect(DefectNotClosed)
	}
}

// embedded reads the message inside a message/rfc822. A transfer encoding, which RFC 2046 forbids here, is undone.
func (p *parser) embedded(part *Part, depth int) {
	part.Message = &Message{}
	t, _ := transferOf(part.Encoding)
	if t == transferIdentity {
		part.Message.Root, part.Message.Envelope = p.message(part, depth+1)
		return
	}
	p.defect(DefectEncoding)
	body := p.newBody()
	decoded := &counter{src: newDecoder(t, body)}
	inner := &parser{sum: p.sum, limits: p.limits, within: part, textLimit: p.textLimit, search: p.search}
	inner.sc = newScanner(newSourceReader(decoded))
	part.Message.Root, part.Message.Envelope = inner.message(part, depth+1)
	inner.rest()
	part.DecodedSize = inner.sc.offset()
	inner.sc.close()
	p.texts = append(p.texts, inner.texts...)
	p.lost = p.lost || inner.lost
	p.cids = append(p.cids, inner.cids...)
	_ = drain(body) // its error is the scanner's, which Parse reports
}

// rest reads past what no part wanted.
func (p *parser) rest() {
	for {
		p.bounds = boundaries{}
		p.skipBody()
		if p.sc.pos == p.sc.end && p.sc.eof {
			return
		}
	}
}

// keep copies a string for the summary as far as the budget goes.
func (p *parser) keep(s string) string {
	if len(s) > p.limits.strings {
		s = cut(s, p.limits.strings)
		p.defect(DefectStrings)
	}
	p.limits.strings -= len(s)
	return strings.Clone(s)
}
