package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A transfer carries messages between the process that reads or writes files and the one that has the store: records,
// each a kind, a length of four bytes and JSON; behind a message's record its bytes in chunks, each with a length of
// four bytes. Neither side holds a message whole.
const (
	recordHead    = 'H' // whom and where to; the first record
	recordFolder  = 'F' // of an export: the folder that the next messages are in
	recordMessage = 'M' // a messageRecord; chunks follow
	recordEnd     = 'E' // nothing follows; of an export with the error, if there is one
)

const (
	chunkSize  = 64 << 10
	maxRecord  = 1 << 20
	lastChunk  = 0
	givenUp    = 1<<32 - 1 // in the place of a chunk: whoever sends cannot read the rest
	recordSize = 5         // kind and length
)

// errGivenUp means that the sender could not read a message to its end.
var errGivenUp = errors.New("the message was given up by the sender")

// messageRecord is what goes before a message's bytes.
type messageRecord struct {
	ID       string      `json:"id"` // of an import: what it is remembered by; of an export: unique in its folder
	Flags    store.Flags `json:"flags,omitempty"`
	Keywords []string    `json:"keywords,omitempty"`
	Received time.Time   `json:"received,omitzero"`
	Class    store.Class `json:"class,omitempty"` // of an item that is no message
}

// transferWriter writes a transfer.
type transferWriter struct{ w *bufio.Writer }

func newTransferWriter(w io.Writer) transferWriter {
	return transferWriter{bufio.NewWriterSize(w, chunkSize)}
}

func (t transferWriter) record(kind byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	if len(text) > maxRecord {
		return fmt.Errorf("transfer: a record of %d bytes: %w", len(text), store.TooLarge)
	}
	if err := t.w.WriteByte(kind); err != nil {
		return err
	}
	if err := t.length(uint32(len(text))); err != nil {
		return err
	}
	_, err = t.w.Write(text)
	return err
}

func (t transferWriter) length(n uint32) error {
	_, err := t.w.Write(binary.BigEndian.AppendUint32(nil, n))
	return err
}

// message writes a message. unread is the error of r, after which the transfer goes on; err is that of the transfer.
func (t transferWriter) message(m messageRecord, r io.Reader) (unread, err error) {
	if err := t.record(recordMessage, m); err != nil {
		return nil, err
	}
	buf := make([]byte, chunkSize)
	for {
		n, rerr := r.Read(buf)
		if n > 0 {
			if err := t.length(uint32(n)); err != nil {
				return nil, err
			}
			if _, err := t.w.Write(buf[:n]); err != nil {
				return nil, err
			}
		}
		switch {
		case errors.Is(rerr, io.EOF):
			return nil, t.length(lastChunk)
		case rerr != nil:
			return rerr, t.length(givenUp)
		}
	}
}

func (t transferWriter) flush() error { return t.w.Flush() }

// transferReader reads a transfer.
type transferReader struct {
	r    *bufio.Reader
	body *chunks // of the message whose record came last
}

func newTransferReader(r io.Reader) *transferReader {
	return &transferReader{r: bufio.NewReaderSize(r, chunkSize)}
}

// next returns the next record, behind what is left of a message. The end of the stream is an error:
// a transfer ends with a record.
func (t *transferReader) next() (kind byte, text []byte, err error) {
	if t.body != nil {
		if _, err := io.Copy(io.Discard, t.body); err != nil && !errors.Is(err, errGivenUp) {
			return 0, nil, err
		}
		t.body = nil
	}
	var head [recordSize]byte
	if _, err := io.ReadFull(t.r, head[:]); err != nil {
		return 0, nil, cut(err)
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxRecord {
		return 0, nil, usagef("transfer: a record of %d bytes", n)
	}
	text = make([]byte, n)
	if _, err := io.ReadFull(t.r, text); err != nil {
		return 0, nil, cut(err)
	}
	if head[0] == recordMessage {
		t.body = &chunks{r: t.r}
	}
	return head[0], text, nil
}

// cut is the error for a transfer that ends before its end.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.ErrUnexpectedEOF
	}
	return &brokenTransfer{err}
}

// brokenTransfer is an error of the stream, in contrast to one of a message in it.
type brokenTransfer struct{ err error }

func (e *brokenTransfer) Error() string { return "the transfer broke off: " + e.err.Error() }
func (e *brokenTransfer) Unwrap() error { return e.err }

// chunks reads the bytes of one message.
type chunks struct {
	r    *bufio.Reader
	left uint32
	err  error
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.left == 0 {
		if c.err = c.open(); c.err != nil {
			return 0, c.err
		}
	}
	n, err := c.r.Read(p[:min(len(p), int(c.left))])
	c.left -= uint32(n)
	if err != nil {
		c.err = cut(err)
	}
	return n, c.err
}

// open reads the length of the next chunk.
func (c *chunks) open() error {
	var head [4]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return cut(err)
	}
	switch n := binary.BigEndian.Uint32(head[:]); {
	case n == lastChunk:
		return io.EOF
	case n == givenUp:
		return errGivenUp
	case n > chunkSize:
		return cut(usagef("a chunk of %d bytes", n))
	default:
		c.left = n
		return nil
	}
}
