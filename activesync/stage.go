package activesync

import (
	"context"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A stage keeps the bodies and files of one request in the store until it has been answered.
type stage struct {
	store store.Store
	kept  []store.Staged
}

// contents returns what takes them in.
func (s *stage) contents(ctx context.Context) wire.Contents {
	return func(r io.Reader) (wire.Content, error) {
		w, err := s.store.NewBlob(ctx)
		if err != nil {
			return wire.Content{}, fmt.Errorf("begin content: %w", err)
		}
		defer w.Abort() // does nothing after Finish
		if _, err := io.Copy(w, r); err != nil {
			return wire.Content{}, fmt.Errorf("content: %w", err)
		}
		kept, err := w.Finish()
		if err != nil {
			return wire.Content{}, fmt.Errorf("stage content: %w", err)
		}
		s.kept = append(s.kept, kept)
		return wire.Content{Index: len(s.kept) - 1, Sum: kept.ID().String(), Size: kept.Size()}, nil
	}
}

// open returns what was kept.
func (s *stage) open(c wire.Content) *io.SectionReader {
	return io.NewSectionReader(s.kept[c.Index], 0, c.Size)
}

// release frees what no transaction took.
func (s *stage) release() {
	for _, k := range s.kept {
		k.Release()
	}
	s.kept = nil
}
