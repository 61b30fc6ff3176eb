package query

import (
	"context"
	"slices"
	"time"

	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// Mailbox is what a session sees of a mailbox, and how to read it. It is used by one command at a time.
type Mailbox struct {
	// View reads a snapshot of the owner's account. No snapshot is held while Open or Progress is called.
	View func(ctx context.Context, fn func(store.Reader) error) error
	// Open opens a message of the mailbox. One that is NotFound is gone meanwhile, and is not found.
	Open func(ctx context.Context, id store.BlobID) (store.Blob, error)

	Collection store.CollectionID
	Map        *uidmap.Map    // the messages: no others are found
	Recent     wire.Set       // UIDs that are \Recent
	Saved      wire.Set       // UIDs that $ stands for
	Now        time.Time      // of OLDER and YOUNGER
	Location   *time.Location // in which internal and save dates are days; nil: UTC

	// Progress is that of find.Mailbox.
	Progress func(done, total uint32) error
}

// engine is the mailbox as the engine sees it, without what it holds.
func (m *Mailbox) engine() *find.Mailbox {
	return &find.Mailbox{View: m.View, Open: m.Open, Collection: m.Collection, Location: m.Location, Progress: m.Progress}
}

// find looks for what a program names.
func (m *Mailbox) find(ctx context.Context, program wire.Key) (find.Result, error) {
	e := m.engine()
	e.UIDs = m.Map.UIDs()
	return find.Search(ctx, e, m.key(program))
}

// Result is what a search found.
type Result struct {
	UIDs   wire.Set
	ModSeq uint64           // the largest of what was found, when the program has MODSEQ; else 0
	Scores map[uint32]uint8 // by UID, 1 to 100, of what FUZZY found; nil without FUZZY. Those without a score match exactly
}

// Search finds the messages that a program names. Numbers of messages that are not there name nothing. Errors are those of
// the mailbox's functions and of ctx.
func Search(ctx context.Context, m *Mailbox, program wire.Key) (Result, error) {
	found, err := m.find(ctx, program)
	if err != nil {
		return Result{}, err
	}
	r := Result{UIDs: found.UIDs, Scores: found.Scores}
	if asksModSeq(program) {
		r.ModSeq, err = ModSeq(ctx, m, found.UIDs)
	}
	return r, err
}

// Match reports whether a program finds one message, which need not be in m.Map. rec is read with its summary.
func Match(ctx context.Context, m *Mailbox, program wire.Key, rec store.Record) (bool, error) {
	return find.Match(ctx, m.engine(), m.key(program), rec)
}

// ModSeq is the largest modseq of some messages; 0 when none is there. RFC 7162 section 3.1.5 wants it beside the result
// of a search with MODSEQ.
func ModSeq(ctx context.Context, m *Mailbox, uids wire.Set) (uint64, error) {
	var most store.ModSeq
	err := find.Scan(ctx, m.engine(), uids, find.NeedMarks, func(r *find.Row) { most = max(most, r.ModSeq) })
	return uint64(most), err
}

// asksModSeq reports whether MODSEQ occurs in a program.
func asksModSeq(k wire.Key) bool {
	return k.Op == wire.SearchModSeq || slices.ContainsFunc(k.Keys, asksModSeq)
}
