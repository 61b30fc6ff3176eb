package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// Ingest reads a message to its end, once, into a new blob and parses it on the way. A message of more
// than max bytes is store.TooLarge; no more than that is read or staged. Other errors are those of r,
// unwrapped by errors.Is and errors.As, and of the store. Memory does not depend on the size.
func Ingest(ctx context.Context, st store.Store, r io.Reader, max int64) (*Ingested, error) {
	w, err := st.NewBlob(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin message: %w", err)
	}
	defer w.Abort() // does nothing after Finish
	var text SearchText
	summary, err := Parse(&stager{ctx: ctx, r: r, w: w, left: max}, WithText(searchLimit, &text))
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	blob, err := w.Finish()
	if err != nil {
		return nil, fmt.Errorf("stage message: %w", err)
	}
	if err = text.readHeaders(summary, blob, searchLimit); err == nil {
		var item store.NewItem
		if item, err = newItem(summary, text); err == nil {
			item.Blob = blob
			return &Ingested{Blob: blob, Summary: summary, Item: item}, nil
		}
	}
	blob.Release()
	return nil, fmt.Errorf("read message: %w", err)
}

// IngestFrom is [Ingest] of what write writes. write has ended when it returns; its error, or a panic in
// it, is the error, and nothing is staged then.
func IngestFrom(ctx context.Context, st store.Store, max int64, write func(io.Writer) error) (*Ingested, error) {
	from, to := io.Pipe()
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if v := recover(); v != nil { // out of reach of whoever recovers for the caller
				err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
			to.CloseWithError(err)
			done <- err
		}()
		err = write(to)
	}()
	in, err := Ingest(ctx, st, from, max)
	from.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // lets a writer go that nobody reads any more
	wrote := <-done
	switch {
	case err != nil:
		return nil, err
	case wrote != nil:
		in.Blob.Release()
		return nil, fmt.Errorf("write message: %w", wrote)
	}
	return in, nil
}

// searchLimit bounds each field of the search text, in bytes. Words beyond it are not found.
const searchLimit = 256 << 10

// newItem makes what the store keeps of a message beside its bytes.
func newItem(s *Summary, text SearchText) (store.NewItem, error) {
	encoded, err := s.MarshalBinary()
	if err != nil {
		return store.NewItem{}, fmt.Errorf("encode summary: %w", err)
	}
	return store.NewItem{Class: store.Mail, Summary: encoded, Refs: refs(&s.Envelope), Text: text.store()}, nil
}

// maxRefs is how many references are kept, the youngest: the engine looks at no more.
const maxRefs = 50

// refs place a message in its conversation.
func refs(e *Envelope) store.Refs {
	r := store.Refs{MessageID: e.MessageID, Subject: e.BaseSubject()}
	all := slices.Concat(e.References, e.InReplyTo) // what is answered is the youngest
	for _, id := range all[max(0, len(all)-maxRefs):] {
		if !slices.Contains(r.References, id) {
			r.References = append(r.References, id)
		}
	}
	return r
}

// stager hands on what it reads after writing it to the blob, up to a limit. Its first error stays.
type stager struct {
	ctx  context.Context
	r    io.Reader
	w    io.Writer
	left int64
	err  error
}

// Read implements io.Reader.
func (s *stager) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1] // one byte more shows that there is more
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if s.left < 0 {
		s.err = store.TooLarge
		return 0, s.err
	}
	if n > 0 {
		if _, werr := s.w.Write(p[:n]); werr != nil {
			s.err = fmt.Errorf("stage: %w", werr)
			return 0, s.err
		}
	}
	if err != nil {
		s.err = err
	}
	return n, err
}

// Stored reads a message that is in the store already. The result's Blob and Item.Blob are nil: a
// transaction gets them from its store.Tx.Blob.
func (s *Service) Stored(ctx context.Context, id store.BlobID) (*Ingested, error) {
	blob, err := s.store.OpenBlob(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open message: %w", err)
	}
	defer blob.Close()
	var text SearchText
	summary, err := Parse(io.NewSectionReader(blob, 0, blob.Size()), WithText(searchLimit, &text))
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	if err := text.readHeaders(summary, blob, searchLimit); err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	item, err := newItem(summary, text)
	if err != nil {
		return nil, err
	}
	return &Ingested{Summary: summary, Item: item}, nil
}
