package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Ingested is a message that was read once: its bytes staged in the store, its summary and its search
// text made. Whoever made it releases it: defer in.Blob.Release().
type Ingested struct {
	Blob    store.Staged
	Summary *Summary
	Item    store.NewItem // Class, Blob, Summary, Refs and Text are set
}

// Incoming is a message on its way into mailboxes.
type Incoming struct {
	*Ingested
	Sender string // reverse-path; empty: a notice, which nothing is ever sent in answer to
	Junk   bool   // goes to the Junk collection instead of the Inbox
	// Author is the account that submitted the message to this server; 0: it came from elsewhere, whatever
	// Sender claims.
	Author store.AccountID
	Stored store.BlobID // where the bytes are when Blob is nil, as it is for what comes from the queue
}

// Deliver puts the message into the mailbox of every recipient, in one commit, and returns one error
// for each of to: nil means that the message is durable in that mailbox. One failing mailbox does not
// touch the others. An account that several recipients lead to gets the message once, and each of
// those recipients the same answer. What follows from the message is done in the same commit: see
// [Service.DeliverAll].
func (s *Service) Deliver(ctx context.Context, m Incoming, to []Recipient) []error {
	index := make(map[store.AccountID]int, len(to))
	list := make([]Delivery, 0, len(to))
	for _, r := range to {
		if _, known := index[r.Account]; known {
			continue
		}
		index[r.Account] = len(list)
		list = append(list, Delivery{Account: r.Account, Message: m})
	}
	results := s.DeliverAll(ctx, list)
	errs := make([]error, len(to))
	for i, r := range to {
		if err := results[index[r.Account]]; err != nil {
			errs[i] = fmt.Errorf("deliver to %q: %w", r.Address, err)
		}
	}
	return errs
}

// DeliverTx puts the message into the mailbox of tx's account, as part of that transaction. It goes to the
// Inbox, or to where its conversation goes: see [FollowConversation].
func (s *Service) DeliverTx(tx store.Tx, m Incoming) (store.Record, error) {
	role := store.Inbox
	if m.Junk {
		role = store.Junk
	}
	c, err := tx.CollectionByRole(role)
	if err != nil {
		return store.Record{}, fmt.Errorf("find %s: %w", role, err)
	}
	item := m.Item
	item.Received = s.now()
	r, err := tx.Add(c.ID, item)
	if err != nil || m.Junk {
		return r, err
	}
	return s.follow(tx, r)
}

// Accept delivers as [Service.Deliver] does for a sender who can be given one answer only: see
// [Service.TakeOver].
func (s *Service) Accept(ctx context.Context, m Incoming, to []Recipient) error {
	return s.TakeOver(ctx, m, to, s.Deliver(ctx, m, to))
}

// TakeOver makes one answer of the errors that [Service.Deliver] gave for to: nil means that the server
// has taken the message over for every recipient. Where some mailboxes have it and others could not take
// it, the rest goes to the queue, which tries again and tells the sender in the end. When no mailbox has
// it, the first error is the answer.
func (s *Service) TakeOver(ctx context.Context, m Incoming, to []Recipient, errs []error) error {
	var failed []Recipient
	var first error
	for i, err := range errs {
		if err == nil {
			continue
		}
		failed = append(failed, to[i])
		if first == nil {
			first = err
		}
	}
	if len(failed) == 0 || len(failed) == len(to) {
		return first
	}
	s.log.LogAttrs(ctx, slog.LevelWarn, "some mailboxes refused a message; queued for them",
		slog.Int("recipients", len(failed)), slog.Any("error", first))
	// The others have it for good: the sender going away must not keep the rest from the queue.
	return s.Postpone(context.WithoutCancel(ctx), m, failed)
}

// Postpone puts mailboxes here, each once, into the queue under their accounts' own names, to be tried
// again; who wrote the message is remembered with it. It is for what [Service.Deliver] could not do.
func (s *Service) Postpone(ctx context.Context, m Incoming, to []Recipient) error {
	err := s.store.Update(ctx, 0, func(tx store.Tx) error {
		seen := make(map[store.AccountID]bool, len(to))
		for _, r := range to {
			if seen[r.Account] {
				continue
			}
			seen[r.Account] = true
			a, err := tx.AccountByID(r.Account)
			if errors.Is(err, store.NotFound) {
				continue // the account was removed meanwhile: nobody is left to tell
			} else if err != nil {
				return err
			}
			if err := s.EnqueueTx(tx, m.Blob, store.Queued{Account: m.Author, Sender: m.Sender, Recipient: a.Name}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("postpone delivery: %w", err)
	}
	return nil
}

// EnqueueTx queues b for one recipient, due at once, as part of that transaction. q's Domain and times are
// set here. A recipient that is no address is store.Invalid.
func (s *Service) EnqueueTx(tx store.Tx, b store.Staged, q store.Queued) error {
	canonical, err := address.Canonical(q.Recipient)
	if err != nil {
		return fmt.Errorf("recipient: %w", err)
	}
	local, _, _ := address.Split(q.Recipient) // its case belongs to the other side
	_, q.Domain, _ = address.Split(canonical)
	q.Recipient = local + "@" + q.Domain
	q.UTF8 = q.UTF8 || strings.ContainsFunc(local, func(r rune) bool { return r >= utf8.RuneSelf })
	q.Created = s.now()
	q.Due, q.Expires = q.Created, q.Created.Add(s.life)
	if _, err := tx.Enqueue(b, q); err != nil {
		return fmt.Errorf("queue for %q: %w", q.Recipient, err)
	}
	return nil
}
