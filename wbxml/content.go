package wbxml

import "io"

// TextContent reads to the end of the innermost open element, its End included, and returns all its text
// and opaque data as one string: called after the Start of an element without child elements, it returns
// what that element holds. Child elements are passed over. More than limit bytes are refused with
// [ErrString]; a limit of zero stands for that of a single value in [Limits].
func (d *Decoder) TextContent(limit int64) (string, error) {
	tok, err := d.contentToken()
	if err != nil || tok.Kind == End {
		return "", err
	}
	var first string
	var rest []byte
	if tok.Data != nil && int64(len(tok.Data)) <= d.contentLimit(limit) {
		first = string(tok.Data) // the whole content, nearly always
		if tok, err = d.contentToken(); err != nil || tok.Kind == End {
			return first, err
		}
		rest = append(rest, first...)
	}
	rest, err = d.appendContent(rest, tok, d.contentLimit(limit))
	return string(rest), err
}

// AppendContent is [Decoder.TextContent] for a caller that has memory to put the content in.
func (d *Decoder) AppendContent(dst []byte, limit int64) ([]byte, error) {
	tok, err := d.contentToken()
	if err != nil {
		return dst, err
	}
	limit = min(d.contentLimit(limit), 1<<62) + int64(len(dst))
	return d.appendContent(dst, tok, limit)
}

// contentLimit returns the limit meant by that argument.
func (d *Decoder) contentLimit(limit int64) int64 {
	if limit <= 0 {
		return d.lim.String
	}
	return limit
}

// appendContent appends the content from tok on, until dst would be longer than limit.
func (d *Decoder) appendContent(dst []byte, tok Token, limit int64) ([]byte, error) {
	for tok.Kind != End {
		if tok.Data != nil {
			dst = append(dst, tok.Data...)
		}
		for d.value.open && int64(len(dst)) <= limit {
			if len(dst) == cap(dst) {
				dst = append(dst, make([]byte, MaxData)...)[:len(dst)]
			}
			n, err := d.readValue(dst[len(dst):cap(dst)])
			if err != nil {
				return dst, err
			}
			dst = dst[:len(dst)+n]
		}
		if int64(len(dst)) > limit {
			return dst[:limit], d.failAt(d.in.offset(), ErrString)
		}
		var err error
		if tok, err = d.contentToken(); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// contentToken returns the next token of the innermost open element that is not a child element or part
// of one: Text, Opaque or its End.
func (d *Decoder) contentToken() (Token, error) {
	for {
		tok, err := d.Next()
		if err != nil || tok.Kind != Start {
			return tok, err
		}
		if err := d.Skip(); err != nil {
			return Token{}, err
		}
	}
}

// A contentReader reads the content of one element.
type contentReader struct {
	d     *Decoder
	done  bool // the element has ended
	value valueReader
}

// Content returns a reader of what [Decoder.TextContent] would return, for content that is not to be held
// in memory. Its io.EOF means that the End of the element has been consumed. If it is abandoned before,
// the decoder is still inside the element and [Decoder.Skip] leaves it. No other method of d is to be
// called between its reads.
func (d *Decoder) Content() io.Reader {
	return &contentReader{d: d, done: len(d.stack) == 0, value: valueReader{d, d.value.serial}}
}

// Read implements io.Reader.
func (r *contentReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for !r.done {
		n, err := r.value.Read(p)
		if n > 0 || err != nil && err != io.EOF {
			return n, err
		}
		tok, err := r.d.contentToken()
		if err != nil {
			return 0, err
		}
		r.value.serial = r.d.value.serial
		r.done = tok.Kind == End
	}
	return 0, io.EOF
}
