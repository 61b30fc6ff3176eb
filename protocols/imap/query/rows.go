package query

import (
	"context"
	"fmt"
	"iter"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// row is what is known of a message without reading it, as far as was asked for.
type row struct {
	uid      uint32
	modSeq   store.ModSeq
	flags    store.Flags
	keywords []string
	rec      store.Record  // of needEntry and needItem
	head     *mail.Summary // of needSummary, without its parts; never nil then
}

// need is what a test looks at.
type need uint8

const (
	needMarks   need = 1 << iota // modSeq, flags, keywords
	needEntry                    // rec.Entry
	needItem                     // rec
	needSummary                  // rec and head
)

// Windows are how many messages one snapshot of the store serves.
const (
	columnWindow  = 5000
	summaryWindow = 500
)

// scan calls fn with the row of each of some messages that is there, by rising UID.
func (e *evaluator) scan(ctx context.Context, uids wire.Set, n need, fn func(*row)) error {
	if e.only != nil {
		fn(e.onlyRow())
		return nil
	}
	window := uint32(columnWindow)
	if n&needSummary != 0 {
		window = summaryWindow
	}
	return e.windows(ctx, uids, window, func(part wire.Set) error {
		return e.View(ctx, func(r store.Reader) error { return e.readRows(r, part, n, fn) })
	})
}

// windows calls fn with some messages at a time, and tells of the progress between.
func (e *evaluator) windows(ctx context.Context, uids wire.Set, size uint32, fn func(part wire.Set) error) error {
	e.total += uint32(uids.Len())
	for len(uids) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var part wire.Set
		part, uids = take(uids, size)
		if err := fn(part); err != nil {
			return err
		}
		e.done += uint32(part.Len())
		if e.Progress == nil || len(uids) == 0 && e.done < size {
			continue
		}
		if err := e.Progress(e.done, e.total); err != nil {
			return err
		}
	}
	return nil
}

// take cuts the first n numbers off a set.
func take(s wire.Set, n uint32) (head, tail wire.Set) {
	for i, r := range s {
		size := r.Last - r.First + 1
		if size < n {
			n -= size
			continue
		}
		if size == n {
			return s[:i+1], s[i+1:]
		}
		cut := r.First + n
		head = append(append(make(wire.Set, 0, i+1), s[:i]...), wire.Range{First: r.First, Last: cut - 1})
		tail = append(append(make(wire.Set, 0, len(s)-i), wire.Range{First: cut, Last: r.Last}), s[i+1:]...)
		return head, tail
	}
	return s, nil
}

// nearGap is up to how many messages in between are read and passed over, since that costs less than to begin anew.
const nearGap = 32

// spans joins the ranges of a set that are near to each other.
func spans(s wire.Set) iter.Seq[wire.Range] {
	return func(yield func(wire.Range) bool) {
		for i := 0; i < len(s); {
			r := s[i]
			for i++; i < len(s) && s[i].First-r.Last <= nearGap; i++ {
				r.Last = s[i].Last
			}
			if !yield(r) {
				return
			}
		}
	}
}

func (e *evaluator) readRows(r store.Reader, uids wire.Set, n need, fn func(*row)) error {
	for span := range spans(uids) {
		lo, hi := store.UID(span.First), store.UID(span.Last)
		if n&^needMarks == 0 {
			for m, err := range r.Marks(e.Collection, lo, hi) {
				if err != nil {
					return fmt.Errorf("read flags: %w", err)
				}
				if uids.Contains(uint32(m.UID)) {
					fn(&row{uid: uint32(m.UID), modSeq: m.ModSeq, flags: m.Flags, keywords: m.Keywords})
				}
			}
			continue
		}
		for rec, err := range r.ByUID(e.Collection, lo, hi, n.want()) {
			if err != nil {
				return fmt.Errorf("read messages: %w", err)
			}
			if uids.Contains(uint32(rec.UID)) {
				fn(newRow(rec, n))
			}
		}
	}
	return nil
}

func (n need) want() store.Want {
	switch {
	case n&needSummary != 0:
		return store.WantSummary
	case n&(needItem|needMarks) != 0:
		return store.WantItem
	}
	return store.WantEntry
}

func newRow(rec store.Record, n need) *row {
	w := &row{uid: uint32(rec.UID), modSeq: rec.ModSeq, flags: rec.Item.Flags, keywords: rec.Item.Keywords, rec: rec}
	if n&needSummary != 0 {
		w.head = head(rec.Item.Summary)
		w.rec.Item.Summary = nil
	}
	return w
}

// head reads a summary. One that is damaged says nothing of the message, rather than to end every search of the mailbox.
func head(encoded []byte) *mail.Summary {
	s, err := mail.UnmarshalHead(encoded)
	if err != nil {
		return &mail.Summary{}
	}
	return s
}

func (e *evaluator) onlyRow() *row { return newRow(*e.only, needMarks|needItem|needSummary) }
