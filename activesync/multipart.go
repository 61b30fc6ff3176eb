package activesync

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// parts are what a multipart answer has beside its document. Each is written twice: to find its length,
// which stands before them all, and to send it. MS-ASCMD, MultiPartResponse.
type parts struct {
	list []part
	size int64 // of all
}

type part struct {
	write func(io.Writer) error
	size  int64
}

// add measures a part and returns its number, from 1 on: 0 is the document.
func (p *parts) add(write func(io.Writer) error) (int, error) {
	var n counter
	if err := write(&n); err != nil {
		return 0, err
	}
	p.list = append(p.list, part{write, int64(n)})
	p.size += int64(n)
	return len(p.list), nil
}

// counter counts what is written to it.
type counter int64

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// errLong says that an answer has no room for its own offsets.
var errLong = errors.New("multipart answer above 4 GiB")

// send makes the answer the table of all parts, the document and the parts.
func (p *parts) send(w *answer, document []byte) error {
	head := 4 + 8*(1+len(p.list))
	total := int64(head) + int64(len(document)) + p.size
	if total > 1<<32-1 {
		return errLong
	}
	table := binary.LittleEndian.AppendUint32(nil, uint32(1+len(p.list)))
	at := uint32(head)
	row := func(size int64) {
		table = binary.LittleEndian.AppendUint32(table, at)
		table = binary.LittleEndian.AppendUint32(table, uint32(size))
		at += uint32(size)
	}
	row(int64(len(document)))
	for _, part := range p.list {
		row(part.size)
	}
	out := w.raw(typeMultipart, total)
	if _, err := out.Write(append(table, document...)); err != nil {
		return err
	}
	for i, part := range p.list {
		var n counter
		if err := part.write(io.MultiWriter(out, &n)); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
		if int64(n) != part.size {
			return fmt.Errorf("part %d has %d bytes, %d were announced", i+1, n, part.size)
		}
	}
	return nil
}
