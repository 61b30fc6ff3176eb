package find

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// letter is a message that is read.
type letter struct {
	blob    store.Blob
	summary *mail.Summary
}

// bytesWindow is how many messages are read between two looks at the store.
const bytesWindow = 100

// maxText bounds how much text of a message is looked at.
const maxText = 8 << 20

// letters finds by reading messages.
func (e *evaluator) letters(ctx context.Context, uids uidset.Set, look func(*letter) (bool, error)) (uidset.Set, error) {
	var found collector
	try := func(rec store.Record) error {
		is, err := e.read(ctx, rec, look)
		if is {
			found.add(uint32(rec.UID))
		}
		return err
	}
	if e.only != nil {
		return found.set, try(*e.only)
	}
	err := e.windows(ctx, uids, bytesWindow, func(part uidset.Set) error {
		list, err := e.records(ctx, part)
		for i := 0; i < len(list) && err == nil; i++ {
			err = try(list[i])
		}
		return err
	})
	return found.set, err
}

// records reads the rows of some messages, so that the snapshot is gone when they are read.
func (e *evaluator) records(ctx context.Context, uids uidset.Set) (list []store.Record, err error) {
	err = e.View(ctx, func(r store.Reader) error {
		for span := range spans(uids) {
			for rec, err := range r.ByUID(e.Collection, store.UID(span.First), store.UID(span.Last), store.WantSummary) {
				if err != nil {
					return fmt.Errorf("read messages: %w", err)
				}
				if uids.Contains(uint32(rec.UID)) {
					rec.Item.Summary = bytes.Clone(rec.Item.Summary)
					list = append(list, rec)
				}
			}
		}
		return nil
	})
	return list, err
}

// read looks at one message. One that is gone meanwhile is not found.
func (e *evaluator) read(ctx context.Context, rec store.Record, look func(*letter) (bool, error)) (found bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	blob, err := e.Open(ctx, rec.Item.Blob)
	if errors.Is(err, store.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open message: %w", err)
	}
	defer blob.Close()
	l := &letter{blob: blob}
	if l.summary, err = mail.UnmarshalSummary(rec.Item.Summary); err != nil {
		if l.summary, err = mail.Parse(io.NewSectionReader(blob, 0, blob.Size())); err != nil {
			return false, err
		}
	}
	return look(l)
}

func (l *letter) searchText() mail.SearchText { return l.summary.SearchText(l.blob, maxText) }

// charset is that of bytes above 127 in the header which no encoded word names.
func (l *letter) charset() string { return l.summary.Root.Charset() }

// anyField reports whether a field of the message's header is as asked for. value is as sent, folded.
func (l *letter) anyField(is func(name string, value []byte) bool) (bool, error) {
	span := l.summary.Root.Header
	block := make([]byte, min(span.Length, mail.MaxHeader))
	n, err := l.blob.ReadAt(block, span.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read header: %w", err)
	}
	block = block[:n]
	for len(block) > 0 {
		var field []byte
		field, block = cutField(block)
		name, value, ok := bytes.Cut(field, []byte(":"))
		if name = bytes.TrimRight(name, " \t"); ok && len(name) > 0 && is(string(name), value) {
			return true, nil
		}
	}
	return false, nil
}

// cutField cuts the first field, with the lines that continue it, off a header.
func cutField(block []byte) (field, rest []byte) {
	end := 0
	for {
		i := bytes.IndexByte(block[end:], '\n')
		if i < 0 {
			return block, nil
		}
		if end += i + 1; end == len(block) || block[end] != ' ' && block[end] != '\t' {
			return block[:end], block[end:]
		}
	}
}

// hasText reports whether TEXT finds the needle.
func (l *letter) hasText(n needle) (bool, error) {
	found, err := l.anyField(func(name string, value []byte) bool {
		return !mail.IsTraceField(name) && n.inValue(value, l.charset())
	})
	if found || err != nil {
		return found, err
	}
	t := l.searchText()
	return n.inAny(t.Subject, t.From, t.To, t.Attachments, t.Body), nil
}
