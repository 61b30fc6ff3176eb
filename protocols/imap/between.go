package imap

import (
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// maxBetween is how many messages go from one account to another at once: the words of all are in memory.
const maxBetween = 1000

// between copies or moves messages from one account to another: what one person shares with another. Copies are new items
// of the other account, with the same bytes; where they come from, messages go in the same commit. Since one piece of a
// commit does not undo another, what could forbid it is looked at first.
func (t *transfer) between() error {
	if t.uids.Len() > maxBetween {
		return fmt.Errorf("%d messages at most go to another account at once: %w", maxBetween, store.TooLarge)
	}
	from, err := t.s.readRecords(t.s.sel.c, t.uids, store.WantItem)
	if err != nil {
		return err
	}
	items, err := t.items(from)
	if err != nil {
		return err
	}
	var there []bool
	arrived := false
	errs := t.s.server.o.Store.UpdateAll(t.s.ctx, []store.Work{
		{Account: t.s.sel.owner, Do: func(tx store.Tx) (err error) { there, err = t.take(tx, from); return err }},
		{Account: t.to.owner, Do: func(tx store.Tx) error {
			arrived = false
			t.from, t.copies = t.from[:0], t.copies[:0]
			if err := t.insert(tx, from, items, there); err != nil {
				return err
			}
			arrived = true
			return nil
		}},
		{Account: t.s.sel.owner, Do: func(tx store.Tx) error { return t.leave(tx, arrived) }},
	})
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("copy to another account: %w", err)
		}
	}
	t.missing = int(t.uids.Len()) - len(t.from)
	return nil
}

// items makes the new items of records.
func (t *transfer) items(from []store.Record) ([]store.NewItem, error) {
	items := make([]store.NewItem, len(from))
	words := 0
	for i, rec := range from {
		var err error
		if items[i], err = t.item(rec); err != nil {
			return nil, err
		}
		if words += len(items[i].Text.Body) + len(items[i].Text.Headers); words > maxWords {
			return nil, fmt.Errorf("fewer messages have to go to another account at once: %w", store.TooLarge)
		}
	}
	return items, nil
}

// item makes the new item of a record: the message is read anew, for its words and its place in a conversation.
func (t *transfer) item(rec store.Record) (store.NewItem, error) {
	in, err := t.s.server.o.Mail.Stored(t.s.ctx, rec.Item.Blob)
	if err != nil {
		return store.NewItem{}, fmt.Errorf("read message: %w", err)
	}
	n := in.Item
	n.Received, n.Flags, n.Keywords = rec.Received, rec.Item.Flags, rec.Item.Keywords
	if t.to.owner != t.s.acct.ID {
		may, words := changeable(t.to.rights)
		if n.Flags &= may; !words {
			n.Keywords = nil
		}
	}
	return n, nil
}

// take reports which of the messages are still there for the session to take; nil with an error when it may not.
func (t *transfer) take(tx store.Tx, from []store.Record) ([]bool, error) {
	need := store.MayRead
	if t.move {
		need |= store.MayDelete | store.MayExpunge // RFC 6851 section 4.4
	}
	if err := t.s.allowed(tx, t.s.sel.mailbox(), need); err != nil {
		return nil, err
	}
	there := make([]bool, len(from))
	for i, rec := range from {
		_, err := tx.Record(t.s.sel.c, rec.UID, store.WantEntry)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		if there[i] = err == nil; t.all && !there[i] {
			return nil, errMissing
		}
	}
	if t.all && uint64(len(from)) < t.uids.Len() {
		return nil, errMissing
	}
	return there, nil
}

// insert adds copies of those messages that are there. Without any it does nothing: take's error is the one to tell.
func (t *transfer) insert(tx store.Tx, from []store.Record, items []store.NewItem, there []bool) error {
	if there == nil {
		return nil
	}
	if _, err := tx.Collection(t.to.c.ID); err != nil {
		if isNotFound(err) {
			return errNoTarget
		}
		return err
	}
	if err := t.s.allowed(tx, t.to, store.MayInsert); err != nil {
		return err
	}
	for i, n := range items {
		if !there[i] {
			continue
		}
		b, err := tx.Blob(from[i].Item.Blob)
		if err != nil {
			return err
		}
		n.Blob = b
		rec, err := tx.Add(t.to.c.ID, n)
		if err != nil {
			return err
		}
		t.from, t.copies = append(t.from, uint32(from[i].UID)), append(t.copies, uint32(rec.UID))
	}
	return nil
}

// leave takes moved messages out.
func (t *transfer) leave(tx store.Tx, arrived bool) error {
	if !arrived || !t.move {
		return nil
	}
	for _, uid := range t.from {
		if err := tx.Remove(t.s.sel.c, store.UID(uid)); err != nil {
			return err
		}
	}
	return nil
}
