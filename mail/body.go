package mail

import (
	"bytes"
	"io"
	"slices"
)

// BodyType is a form of a message's text.
type BodyType uint8

// The forms. The numbers are ActiveSync's.
const (
	Plain BodyType = 1
	HTML  BodyType = 2
)

// Body is the text of a message in one form, UTF-8 with CRLF line ends.
type Body struct {
	Type      BodyType
	Data      []byte
	Truncated bool  // Data is not all
	Size      int64 // bytes of the whole; beyond countMax an estimate
}

// countMax is how much converted text is counted exactly.
const countMax = 16 << 20

// Native is the form in which the message's text was written: HTML if any of it is.
func (s *Summary) Native() BodyType {
	for _, p := range s.bodyParts(HTML) {
		if p.Is("text", "html") {
			return HTML
		}
	}
	return Plain
}

// Text returns the text of the message in the wanted form: the part or parts that a mail program shows, converted
// where they are in the other form. Data holds at most limit bytes, cut at a character boundary and, for HTML, not
// inside a tag, an entity or a comment; a negative limit is none. The errors are those of ra.
func (s *Summary) Text(ra io.ReaderAt, want BodyType, limit int64) (Body, error) {
	body := Body{Type: want}
	src := &crlfSource{src: s.bodySource(ra, want)}
	total := s.textSize(want)
	for {
		b, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Body{}, err
		}
		body.Size += int64(len(b))
		if room := limit - int64(len(body.Data)); limit < 0 || room >= int64(len(b)) {
			body.Data = append(body.Data, b...)
		} else {
			body.Data = append(body.Data, b[:max(room, 0)]...)
			limit = int64(len(body.Data)) // nothing is added after a cut
		}
		if body.Size > countMax && int64(len(body.Data)) < body.Size {
			body.Size = max(body.Size, total)
			break
		}
	}
	if int64(len(body.Data)) < body.Size {
		body.Truncated = true
		body.Data = trimCut(body.Data, want)
	}
	return body, nil
}

// textSize guesses the size of the text from the sizes of its parts.
func (s *Summary) textSize(want BodyType) int64 {
	var n int64
	for _, p := range s.bodyParts(want) {
		n += p.DecodedSize
	}
	return n
}

// BodyReader streams the text of the message in the wanted form: UTF-8 with line feeds.
func (s *Summary) BodyReader(ra io.ReaderAt, want BodyType) io.Reader {
	return newSourceReader(s.bodySource(ra, want))
}

// Frame of an HTML body made of plain text.
const (
	htmlHead = `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>` + "\n"
	htmlFoot = "</body></html>\n"
)

func (s *Summary) bodySource(ra io.ReaderAt, want BodyType) source {
	parts := s.bodyParts(want)
	seq := &sequence{}
	framed := want == HTML && len(parts) > 0 && !parts[0].Is("text", "html") &&
		slices.ContainsFunc(parts, func(p *Part) bool { return p.DecodedSize > 0 }) // no text is no document
	if framed {
		seq.add(func() source { return &literal{[]byte(htmlHead)} })
	}
	for i, p := range parts {
		if i > 0 {
			seq.add(func() source { return &literal{separator(want)} })
		}
		seq.add(func() source { return convert(p, s.textSource(ra, p), want, true) })
	}
	if framed {
		seq.add(func() source { return &literal{[]byte(htmlFoot)} })
	}
	return seq
}

// separator stands between the texts of a mixed message.
func separator(want BodyType) []byte {
	if want == HTML {
		return []byte("<br>\n")
	}
	return []byte("\n")
}

// literal is a source of given bytes.
type literal struct{ b []byte }

func (l *literal) next() ([]byte, error) {
	if len(l.b) == 0 {
		return nil, io.EOF
	}
	b := l.b
	l.b = nil
	return b, nil
}

// sequence is one source after the other, each opened when its turn comes.
type sequence struct {
	open []func() source
	cur  source
}

func (q *sequence) add(open func() source) { q.open = append(q.open, open) }

func (q *sequence) next() ([]byte, error) {
	for {
		if q.cur == nil {
			if len(q.open) == 0 {
				return nil, io.EOF
			}
			q.cur, q.open = q.open[0](), q.open[1:]
		}
		b, err := q.cur.next()
		if err == io.EOF {
			q.cur = nil
			continue
		}
		return b, err
	}
}

// crlfSource makes every line feed a CRLF; there are no other line ends in its input.
type crlfSource struct {
	src source
	out []byte
}

func (c *crlfSource) next() ([]byte, error) {
	in, err := c.src.next()
	if err != nil {
		return nil, err
	}
	c.out = slices.Grow(c.out[:0], len(in)+len(in)/16)
	for {
		i := bytes.IndexByte(in, '\n')
		if i < 0 {
			c.out = append(c.out, in...)
			return c.out, nil
		}
		c.out = append(append(c.out, in[:i]...), '\r', '\n')
		in = in[i+1:]
	}
}
