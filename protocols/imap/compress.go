package imap

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// compress is COMPRESS, RFC 4978.
func compress(s *session, c wire.Command) reply {
	s.r.Space()
	mechanism := s.r.Atom()
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	switch {
	case s.packed:
		return no("COMPRESSIONACTIVE", "the connection is compressed already")
	case mechanism != "DEFLATE" && mechanism != "deflate":
		return bad("only DEFLATE is offered")
	case s.r.Buffered() > 0:
		s.done = true // what was sent behind the command can't be told from what is compressed
		s.w.Status("", wire.BYE, "", "wait for the answer to COMPRESS")
		return bad("wait for the answer")
	}
	s.w.Status(c.Tag, wire.OK, "", "compressing from here on")
	if s.w.Flush() != nil {
		s.done = true
		return reply{sent: true}
	}
	var stream io.ReadWriter = s.conn
	if s.tls != nil {
		stream = s.tls
	}
	s.packed = true
	s.r.Reset(newInflater(stream))
	s.w.Reset(&deflater{out: stream})
	return reply{sent: true}
}

// dictionary is how much of what was sent before the next piece is compressed with.
const dictionary = 8 << 10

// deflater compresses each Write so that the other side can read all of it. What it keeps between two is the dictionary:
// the usual encoder takes a megabyte for each connection.
type deflater struct {
	out  io.Writer
	last []byte
}

// Write implements io.Writer.
func (d *deflater) Write(p []byte) (int, error) {
	var packed bytes.Buffer
	if err := flate.StatelessDeflate(&packed, p, false, d.last); err != nil {
		return 0, fmt.Errorf("compress: %w", err)
	}
	if _, err := d.out.Write(packed.Bytes()); err != nil {
		return 0, err
	}
	if keep := dictionary - len(p); keep <= 0 {
		d.last = append(d.last[:0], p[len(p)-dictionary:]...)
	} else {
		d.last = append(append(d.last[:0], d.last[max(0, len(d.last)-keep):]...), p...)
	}
	return len(p), nil
}
