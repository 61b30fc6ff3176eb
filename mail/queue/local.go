package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// errGone says that a row was taken out of the queue by somebody else.
var errGone = errors.New("no longer queued")

// deliver puts a message into mailboxes here. Whatever fails is settled as a row that waits or is
// reported; whatever succeeds has left the queue in the mailbox's own transaction.
func (r *Runner) deliver(ctx context.Context, j *job) {
	in, err := r.mail.Stored(ctx, j.rows[0].Blob)
	if err != nil {
		r.o.Log.ErrorContext(ctx, "read queued message", "blob", j.rows[0].Blob, "error", err)
		r.settle(ctx, j.rows, same(len(j.rows), localError))
		return
	}
	var failed []store.Queued
	var outcomes []Outcome
	fail := func(row store.Queued, o Outcome) {
		failed, outcomes = append(failed, row), append(outcomes, o)
	}
	boxes := r.resolve(ctx, j.rows, fail)
	for i, err := range r.put(ctx, in, boxes) {
		for _, row := range boxes[i].rows {
			if err == nil {
				r.log(ctx, slog.LevelInfo, "delivered", row, Outcome{})
			} else if !errors.Is(err, errGone) {
				fail(row, r.localOutcome(ctx, row, err))
			}
		}
	}
	if len(failed) > 0 {
		r.settle(ctx, failed, outcomes)
	}
}

// box is one mailbox and the rows that lead to it.
type box struct {
	account store.AccountID
	rows    []store.Queued
}

// resolve finds the mailboxes. A row that leads to several is replaced by one row for each, without those that another row
// leads to: they then succeed and fail apart, and nobody gets the message twice.
func (r *Runner) resolve(ctx context.Context, rows []store.Queued, fail func(store.Queued, Outcome)) []*box {
	var boxes []*box
	index := make(map[store.AccountID]*box)
	several := make(map[store.QueueID][]mail.Recipient)
	for _, row := range rows {
		to, err := r.mail.Reach(ctx, row.Recipient, row.Account)
		switch {
		case err != nil:
			fail(row, r.localOutcome(ctx, row, err))
			continue
		case len(to) > 1:
			several[row.ID] = to
			continue
		}
		b := index[to[0].Account]
		if b == nil {
			b = &box{account: to[0].Account}
			index[b.account] = b
			boxes = append(boxes, b)
		}
		b.rows = append(b.rows, row)
	}
	for _, row := range rows {
		to, expands := several[row.ID]
		if !expands {
			continue
		}
		to = slices.DeleteFunc(to, func(t mail.Recipient) bool { return index[t.Account] != nil })
		if err := r.expand(ctx, row, to); err != nil && !errors.Is(err, errGone) {
			fail(row, r.localOutcome(ctx, row, err))
		}
	}
	return boxes
}

// expand replaces the row of an alias by rows for the accounts behind it, in one transaction.
func (r *Runner) expand(ctx context.Context, row store.Queued, to []mail.Recipient) error {
	err := r.store.Update(ctx, 0, func(tx store.Tx) error {
		blob, err := tx.Blob(row.Blob)
		if err != nil {
			return err
		}
		for _, t := range to {
			a, err := tx.AccountByID(t.Account)
			if errors.Is(err, store.NotFound) {
				continue // removed since it was found
			} else if err != nil {
				return err
			}
			member := row
			member.Recipient = a.Name
			if err := r.mail.EnqueueTx(tx, blob, member); err != nil {
				return err
			}
		}
		return dequeue(tx, row.ID)
	})
	if err != nil {
		return fmt.Errorf("expand %q: %w", row.Recipient, err)
	}
	return nil
}

// put delivers into every box, each with the removal of its rows and with what follows from the delivery in one
// transaction, all in one commit.
func (r *Runner) put(ctx context.Context, in *mail.Ingested, boxes []*box) []error {
	list := make([]mail.Delivery, len(boxes))
	for i, b := range boxes {
		note := r.successNotice(ctx, b.rows, "delivered")
		defer note.release()
		first := b.rows[0]
		m := mail.Incoming{Ingested: in, Sender: first.Sender, Author: first.Account, Stored: first.Blob}
		list[i] = mail.Delivery{
			Account: b.account, Message: m,
			Begin: func(tx store.Tx) (mail.Incoming, error) { return b.take(tx, m) },
			End:   func(tx store.Tx) error { return note.enqueue(tx, r.mail) },
		}
	}
	return r.mail.DeliverAll(ctx, list)
}

// take takes the rows of the box out of the queue and returns their message with a hold on its bytes.
func (b *box) take(tx store.Tx, m mail.Incoming) (mail.Incoming, error) {
	blob, err := tx.Blob(m.Stored)
	if err != nil {
		return m, err
	}
	mine := *m.Ingested
	mine.Blob, mine.Item.Blob = blob, blob
	m.Ingested = &mine
	for _, row := range b.rows {
		if err := dequeue(tx, row.ID); err != nil {
			return m, err
		}
	}
	return m, nil
}

// dequeue removes a row that must still be there.
func dequeue(tx store.Tx, id store.QueueID) error {
	err := tx.Dequeue(id)
	if errors.Is(err, store.NotFound) {
		return errGone
	}
	return err
}

// localError is the outcome of what is ours to mend: the log has the reason.
var localError = temporary("4.3.0", "local error")

// localOutcome says what an error of this server's own means for a recipient.
func (r *Runner) localOutcome(ctx context.Context, row store.Queued, err error) Outcome {
	switch {
	case errors.Is(err, store.NotFound), errors.Is(err, store.Invalid):
		return permanent("5.1.1", "no such recipient here")
	case errors.Is(err, mail.ErrNotForSender):
		return permanent("5.7.1", "the address takes no mail of this sender")
	case errors.Is(err, store.Busy): // others had the calendar
		return temporary("4.3.2", "busy")
	case errors.Is(err, store.OverQuota):
		return temporary("4.2.2", "mailbox full")
	case errors.Is(err, store.Full):
		return temporary("4.3.1", "insufficient system storage")
	}
	r.o.Log.ErrorContext(ctx, "deliver from queue", "queue", row.ID, "to", row.Recipient, "error", err)
	return localError
}
