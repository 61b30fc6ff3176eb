package activesync

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A file is a part of a stored message, or what is attached to an event, open for reading.
type file struct {
	kind    string           // media type; empty: not known
	encoded int64            // bytes that are gone through to read it
	read    func() io.Reader // from its beginning
	close   func() error
}

// openFile opens what a FileReference names. What does not exist, or out of reach, is store.NotFound.
func (h *Handler) openFile(ctx context.Context, q *request, reference string) (*file, error) {
	id, partID, ok := parseFileReference(reference)
	if !ok {
		return nil, errNoItem
	}
	var r store.Record
	var in folder
	err := h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		r, in, err = q.reachOf(tx, nil).item(id, store.WantSummary)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch r.Item.Class {
	case store.Mail:
		return h.openPart(ctx, r, partID)
	case store.Calendar:
		return h.openEventFile(ctx, r, in.veil(), partID)
	}
	return nil, errNoItem
}

// openPart opens a part of a message.
func (h *Handler) openPart(ctx context.Context, r store.Record, partID string) (*file, error) {
	id := r.Item.ID
	summary, err := mail.UnmarshalSummary(r.Item.Summary)
	if err != nil {
		return nil, fmt.Errorf("summary of item %d: %w", id, err)
	}
	part := summary.Part(partID)
	if part == nil {
		return nil, errNoItem
	}
	blob, err := h.Store.OpenBlob(ctx, r.Item.Blob)
	if err != nil {
		return nil, fmt.Errorf("message of item %d: %w", id, err)
	}
	f := &file{encoded: part.Body.Length, read: func() io.Reader { return summary.OpenPart(blob, part) }, close: blob.Close}
	if part.Type != "" {
		f.kind = part.MediaType()
	}
	return f, nil
}

// Close frees the file.
func (f *file) Close() error { return f.close() }

// contentType is the media type of the file.
func (f *file) contentType() string {
	if f.kind == "" {
		return "application/octet-stream"
	}
	return f.kind
}

// open returns the bytes of the file from the first on that is wanted; the whole file is open(0, size).
func (f *file) open(first, length int64) (io.Reader, error) {
	r := f.read()
	if _, err := io.CopyN(io.Discard, r, first); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return io.LimitReader(r, length), nil
}

// size is the length of the file, read to its end: what a message says of itself need not be true.
func (f *file) size() (int64, error) {
	n, err := io.Copy(io.Discard, f.read())
	if err != nil {
		return 0, fmt.Errorf("read file: %w", err)
	}
	return n, nil
}

// Why there is no such piece of a file.
var (
	errRange     = errors.New("bad range") // it cannot be read, or lies outside of the file
	errEmptyFile = errors.New("file is empty")
)

// parseRange reads "m-n", zero-based and inclusive, and cuts it to a file of that size. The empty range is
// the whole file.
func parseRange(s string, size int64) (first, length int64, err error) {
	if s == "" {
		return 0, size, nil
	}
	from, to, ok := strings.Cut(strings.TrimSpace(s), "-")
	m, err1 := strconv.ParseInt(from, 10, 64)
	n, err2 := strconv.ParseInt(to, 10, 64)
	switch {
	case !ok, err1 != nil, err2 != nil, m < 0, n < m, m >= size && size > 0:
		return 0, 0, errRange
	case size == 0:
		return 0, 0, errEmptyFile
	}
	return m, min(n, size-1) - m + 1, nil
}

// base64Reader encodes what another reader yields.
type base64Reader struct {
	r   io.Reader
	out []byte // encoded, not yet read
	buf [3 << 10]byte
	enc [4 << 10]byte
	err error
}

func newBase64Reader(r io.Reader) io.Reader { return &base64Reader{r: r} }

// Read implements io.Reader.
func (b *base64Reader) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		n, err := io.ReadFull(b.r, b.buf[:])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		b.err = err
		base64.StdEncoding.Encode(b.enc[:], b.buf[:n])
		b.out = b.enc[:base64.StdEncoding.EncodedLen(n)]
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}
