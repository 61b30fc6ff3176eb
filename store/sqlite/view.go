package sqlite

import (
	"context"

	"github.com/gannetmail/gannet/store"
)

// reader reads one account's data on one connection: a snapshot's in a View, the writer's in an Update.
type reader struct {
	s    *Store
	c    *conn
	ctx  context.Context // the View's, which lives as long as the reader
	acct store.AccountID
	tx   *tx // in an Update
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	return snapshot(c, func() error {
		r := &reader{s: s, c: c, ctx: ctx, acct: acct}
		defer func() { r.c = nil }() // a use after the return fails at once
		found, err := c.exists("SELECT 1 FROM account WHERE id = ? AND name IS NOT NULL", acct)
		if err != nil {
			return err
		}
		if !found {
			return notFound("account %d", acct)
		}
		return fn(r)
	})
}

// snapshot runs fn in a reading transaction. The snapshot is taken by the first statement in it.
func snapshot(c *conn, fn func() error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer c.exec("ROLLBACK") // nothing was written; an error here has been seen by fn already
	return fn()
}

// flush makes an Update's own account row visible to its statements.
func (r *reader) flush() error {
	if r.tx == nil {
		return nil
	}
	return r.tx.flush()
}
