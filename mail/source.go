package mail

import "io"

// source is a stream read chunk by chunk. A chunk is never empty and is valid until the next call; the end is io.EOF
// with no chunk. Every filter of this package reads one and is one, so that bytes are copied only where they change.
type source interface {
	next() ([]byte, error)
}

// readerSource makes a source of an io.Reader.
type readerSource struct {
	r   io.Reader
	buf []byte
}

// chunk is how much a readerSource asks for at once.
const chunk = 16 << 10

// newReaderSource reads r, of which about size bytes are expected; a negative size is unknown.
func newReaderSource(r io.Reader, size int64) *readerSource {
	n := int64(chunk)
	if size >= 0 && size < n {
		n = size + 1
	}
	return &readerSource{r: r, buf: make([]byte, n)}
}

func (s *readerSource) next() ([]byte, error) {
	for empty := 0; empty < 100; empty++ {
		n, err := s.r.Read(s.buf)
		if n > 0 {
			return s.buf[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, io.ErrNoProgress
}

// sourceReader makes an io.Reader of a source.
type sourceReader struct {
	src  source
	rest []byte
	err  error
}

func newSourceReader(src source) *sourceReader { return &sourceReader{src: src} }

// Read implements io.Reader.
func (r *sourceReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 && r.err == nil {
		r.rest, r.err = r.src.next()
	}
	if len(r.rest) == 0 {
		return 0, r.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// WriteTo implements io.WriterTo without the copy that Read makes.
func (r *sourceReader) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		for len(r.rest) > 0 {
			n, err := w.Write(r.rest)
			total += int64(n)
			r.rest = r.rest[n:]
			if err != nil {
				return total, err
			}
		}
		if r.err == nil {
			r.rest, r.err = r.src.next()
		}
		if len(r.rest) == 0 && r.err != nil {
			if r.err == io.EOF {
				return total, nil
			}
			return total, r.err
		}
	}
}

// counter counts what passes.
type counter struct {
	src source
	n   int64
}

func (c *counter) next() ([]byte, error) {
	b, err := c.src.next()
	c.n += int64(len(b))
	return b, err
}

// tee shows every chunk to a watcher.
type tee struct {
	src  source
	tell func([]byte)
}

func (t *tee) next() ([]byte, error) {
	b, err := t.src.next()
	if len(b) > 0 {
		t.tell(b)
	}
	return b, err
}

// section passes the bytes from skip on, length of them.
type section struct {
	src    source
	skip   int64
	length int64
}

func (s *section) next() ([]byte, error) {
	for s.length > 0 {
		b, err := s.src.next()
		if err != nil {
			return nil, err
		}
		if int64(len(b)) <= s.skip {
			s.skip -= int64(len(b))
			continue
		}
		b = b[s.skip:]
		s.skip = 0
		b = b[:min(int64(len(b)), s.length)]
		s.length -= int64(len(b))
		return b, nil
	}
	return nil, io.EOF
}

// drain reads to the end.
func drain(src source) error {
	for {
		if _, err := src.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// failed ends at once with its error.
type failed struct{ err error }

func (f failed) next() ([]byte, error) { return nil, f.err }
