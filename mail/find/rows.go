package find

import (
	"context"
	"fmt"
	"iter"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// Row is what is known of a message without reading it, as far as was asked for with [Need].
type Row struct {
	UID      uint32
	ModSeq   store.ModSeq
	Flags    store.Flags
	Keywords []string
	Record   store.Record  // without its summary; of NeedEntry the entry only
	Head     *mail.Summary // of NeedSummary, without its parts; never nil then
}

// Need is what of a row is looked at.
type Need uint8

// What may be needed of a row.
const (
	NeedMarks   Need = 1 << iota // ModSeq, Flags, Keywords
	NeedEntry                    // Record.Entry
	NeedItem                     // Record
	NeedSummary                  // Record and Head
)

// Windows are how many messages one snapshot of the store serves.
const (
	columnWindow  = 5000
	summaryWindow = 500
)

// scan calls fn with the row of each of some messages that is there, by rising UID.
func (e *evaluator) scan(ctx context.Context, uids uidset.Set, n Need, fn func(*Row)) error {
	if e.only != nil {
		fn(e.onlyRow())
		return nil
	}
	window := uint32(columnWindow)
	if n&NeedSummary != 0 {
		window = summaryWindow
	}
	return e.windows(ctx, uids, window, func(part uidset.Set) error {
		return e.View(ctx, func(r store.Reader) error { return e.readRows(r, part, n, fn) })
	})
}

// windows calls fn with some messages at a time, and tells of the progress between.
func (e *evaluator) windows(ctx context.Context, uids uidset.Set, size uint32, fn func(part uidset.Set) error) error {
	e.total += uint32(uids.Len())
	for len(uids) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var part uidset.Set
		part, uids = uids.Cut(size)
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

// nearGap is up to how many messages in between are read and passed over, since that costs less than to begin anew.
const nearGap = 32

// spans joins the ranges of a set that are near to each other.
func spans(s uidset.Set) iter.Seq[uidset.Range] {
	return func(yield func(uidset.Range) bool) {
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

func (e *evaluator) readRows(r store.Reader, uids uidset.Set, n Need, fn func(*Row)) error {
	for span := range spans(uids) {
		lo, hi := store.UID(span.First), store.UID(span.Last)
		if n&^NeedMarks == 0 {
			for m, err := range r.Marks(e.Collection, lo, hi) {
				if err != nil {
					return fmt.Errorf("read flags: %w", err)
				}
				if uids.Contains(uint32(m.UID)) {
					fn(&Row{UID: uint32(m.UID), ModSeq: m.ModSeq, Flags: m.Flags, Keywords: m.Keywords})
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

func (n Need) want() store.Want {
	switch {
	case n&NeedSummary != 0:
		return store.WantSummary
	case n&(NeedItem|NeedMarks) != 0:
		return store.WantItem
	}
	return store.WantEntry
}

func newRow(rec store.Record, n Need) *Row {
	w := &Row{UID: uint32(rec.UID), ModSeq: rec.ModSeq, Flags: rec.Item.Flags, Keywords: rec.Item.Keywords, Record: rec}
	if n&NeedSummary != 0 {
		w.Head = head(rec.Item.Summary)
		w.Record.Item.Summary = nil
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

func (e *evaluator) onlyRow() *Row { return newRow(*e.only, NeedMarks|NeedItem|NeedSummary) }
