package pop3

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/store"
)

// retr is RETR.
func retr(p *session, rest string) {
	if i, ok := p.message(rest); ok {
		p.send(i, allLines)
	}
}

// top is TOP: the header, the line after it and so many lines more.
func top(p *session, rest string) {
	which, lines, _ := strings.Cut(rest, " ")
	n, ok := number(lines)
	if !ok {
		p.bad(noCode, textTopUsage)
		return
	}
	if i, ok := p.message(which); ok {
		p.send(i, n)
	}
}

// chunk is how much of a message is in memory at once.
const chunk = 32 << 10

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// send answers with a message, or with the lines of its top. The first bytes are read before the answer
// begins, so that a message which cannot be read is an error; what fails later ends the connection,
// since nothing else would tell the client that the message is not whole.
func (p *session) send(i, lines int) {
	rec, err := p.drop.record(p.ctx, p.server.o.Store, i)
	if err != nil {
		p.trouble("read message", err)
		return
	}
	blob, err := p.server.o.Store.OpenBlob(p.ctx, rec.Item.Blob)
	if err != nil {
		p.trouble("open message", err)
		return
	}
	defer blob.Close()
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	n, err := blob.ReadAt(buf[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		p.trouble("read message", err)
		return
	}
	p.ok(textOctets, blob.Size())
	if err := p.stream(blob, buf[:], n, lines); err != nil {
		p.log.LogAttrs(p.ctx, slog.LevelWarn, "message not sent to its end", slog.Any(protocols.LogError, err))
		p.out, p.done = p.out[:0], true
		return
	}
	p.retrieved++
}

// stream sends a message of which the first n bytes are in buf already.
func (p *session) stream(blob store.Blob, buf []byte, n, lines int) error {
	s := stuffer{wire: &p.wire, left: lines, fresh: true, header: true}
	for at := int64(0); ; {
		more := s.write(buf[:n])
		at += int64(n)
		if p.err != nil {
			return p.err
		}
		if !more || at >= blob.Size() {
			break
		}
		var err error
		if n, err = blob.ReadAt(buf, at); n == 0 || err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(err, io.ErrUnexpectedEOF)
		}
	}
	s.end()
	return nil
}

// allLines is a stuffer's left for whole messages.
const allLines = -1

// stuffer turns stored bytes into the lines of a multi-line response, RFC 1939 section 3: CRLF after
// each, and a dot before one that begins with a dot.
type stuffer struct {
	*wire
	left   int  // lines of the body still wanted; allLines: all
	header bool // the empty line has not come
	fresh  bool // at the beginning of a line
	cr     bool // the byte before was a CR
	long   int  // bytes of this line so far
}

// write sends the next bytes and reports whether more are wanted.
func (s *stuffer) write(b []byte) (more bool) {
	for len(b) > 0 {
		if s.fresh && b[0] == '.' {
			s.out = append(s.out, '.')
		}
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			s.out = append(s.out, b...)
			s.fresh, s.cr, s.long = false, b[len(b)-1] == '\r', s.long+len(b)
			s.spill()
			return true
		}
		s.out = append(s.out, b[:i]...)
		if i > 0 {
			s.cr = b[i-1] == '\r'
		}
		s.long += i
		if !s.newline() {
			return false
		}
		b = b[i+1:]
	}
	return true
}

// newline ends a line and reports whether another one is wanted.
func (s *stuffer) newline() (more bool) {
	empty := s.long == 0 || s.long == 1 && s.cr
	if !s.cr {
		s.out = append(s.out, '\r')
	}
	s.out = append(s.out, '\n')
	s.spill()
	s.fresh, s.cr, s.long = true, false, 0
	switch {
	case s.header:
		s.header = !empty
		return s.header || s.left != 0
	case s.left > 0:
		s.left--
	}
	return s.left != 0
}

// end closes the last line, if it is open, and the response.
func (s *stuffer) end() {
	if !s.fresh {
		s.newline()
	}
	s.out = append(s.out, '.', '\r', '\n')
	s.spill()
}

// finish is QUIT after the login. The maildrop is free again before the client knows, since it may come
// back at once.
func (p *session) finish() {
	o := &p.server.o
	var expired int
	var late error
	if days := o.Expire / day; days > 0 {
		expired, late = p.drop.expire(p.ctx, o.Store, o.Now().Add(-days*day))
	}
	removed, err := p.drop.commit(p.ctx, o.Store)
	err = errors.Join(late, err)
	p.close()
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.Int("retrieved", p.retrieved), slog.Int("deleted", removed), slog.Int("expired", expired)}
	if err != nil {
		level, attrs = slog.LevelError, append(attrs, slog.Any(protocols.LogError, err))
	}
	p.log.LogAttrs(p.ctx, level, "session ended", attrs...)
	if err != nil {
		p.no(codeTemp, textNotRemoved)
		return
	}
	p.ok(textGoodbye)
}
