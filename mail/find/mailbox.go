package find

import (
	"context"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// Mailbox is what is looked through, and how to read it. It is used by one search at a time.
type Mailbox struct {
	// View reads a snapshot of the owner's account. No snapshot is held while Open or Progress is called.
	View func(ctx context.Context, fn func(store.Reader) error) error
	// Open opens a message of the mailbox. One that is NotFound is gone meanwhile, and is not found.
	Open func(ctx context.Context, id store.BlobID) (store.Blob, error)

	Collection store.CollectionID
	UIDs       uidset.Set     // the messages: no others are found
	Location   *time.Location // in which moments of arrival are days; nil: UTC

	// Progress is told, between windows of at most 5,000 messages (500 with summaries, 100 that are read), how many have
	// been looked at and how many are to be, as far as is known: both only grow. Its error ends the work. It may be nil.
	Progress func(done, total uint32) error
}

// Whole is a mailbox of an account with all that it holds now. View and Open read as the account does.
func Whole(ctx context.Context, st store.Store, acct store.AccountID, c store.CollectionID) (*Mailbox, error) {
	m := &Mailbox{
		View:       func(ctx context.Context, fn func(store.Reader) error) error { return st.View(ctx, acct, fn) },
		Open:       st.OpenBlob,
		Collection: c,
	}
	err := m.View(ctx, func(r store.Reader) error {
		for span, err := range r.UIDs(c) {
			if err != nil {
				return fmt.Errorf("read the UIDs of collection %d: %w", c, err)
			}
			m.UIDs = m.UIDs.Join(uidset.Range{First: uint32(span.First), Last: uint32(span.Last)})
		}
		return nil
	})
	return m, err
}

// Result is what a search found.
type Result struct {
	UIDs   uidset.Set
	Scores map[uint32]uint8 // by UID, 1 to 100, of what Fuzzy found; nil without Fuzzy. Those without a score match exactly
}

// Search finds the messages that meet a key. UIDs of messages that are not there name nothing. Errors are those of the
// mailbox's functions and of ctx.
func Search(ctx context.Context, m *Mailbox, k Key) (Result, error) {
	e := newEvaluator(m)
	found, err := e.eval(ctx, e.compile(k), m.UIDs)
	if err != nil {
		return Result{}, err
	}
	return Result{UIDs: found, Scores: e.scoresOf(found)}, nil
}

// Match reports whether one message meets a key; it need not be in m.UIDs. rec is read with its summary.
func Match(ctx context.Context, m *Mailbox, k Key, rec store.Record) (bool, error) {
	e := newEvaluator(m)
	e.only = &rec
	found, err := e.eval(ctx, e.compile(k), uidset.One(uint32(rec.UID)))
	return len(found) > 0, err
}

// Scan calls fn with the row of each of some messages of a mailbox that is there, by rising UID. A row is valid during
// the call, and so is the snapshot: fn must not wait.
func Scan(ctx context.Context, m *Mailbox, uids uidset.Set, n Need, fn func(*Row)) error {
	return newEvaluator(m).scan(ctx, uids, n, fn)
}
