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
	tx   *tx        // in an Update
	kin  *[]*reader // all of one View
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	return snapshot(c, func() error {
		var kin []*reader
		r := &reader{s: s, c: c, ctx: ctx, acct: acct, kin: &kin}
		kin = append(kin, r)
		defer func() {
			for _, k := range kin {
				k.c = nil // a use after the return fails at once
			}
		}()
		if err := r.known(acct); err != nil {
			return err
		}
		return fn(r)
	})
}

// known is NotFound for an account that is not there.
func (r *reader) known(acct store.AccountID) error {
	found, err := r.c.exists("SELECT 1 FROM account WHERE id = ? AND name IS NOT NULL", acct)
	if err == nil && !found {
		err = notFound("account %d", acct)
	}
	return err
}

// Of implements [store.Reader].
func (r *reader) Of(acct store.AccountID) (store.Reader, error) {
	for _, k := range *r.kin {
		if k.acct == acct {
			return k, nil
		}
	}
	if acct <= 0 {
		return nil, notFound("account %d", acct)
	}
	if err := r.known(acct); err != nil {
		return nil, err
	}
	k := &reader{s: r.s, c: r.c, ctx: r.ctx, acct: acct, kin: r.kin}
	*r.kin = append(*r.kin, k)
	return k, nil
}

// snapshot runs fn in a reading transaction. The snapshot is taken by the first statement in it.
func snapshot(c *conn, fn func() error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer c.exec("ROLLBACK") // nothing was written; an error here has been seen by fn already
	return fn()
}

// flush makes an Update's account rows visible to its statements.
func (r *reader) flush() error {
	if r.tx == nil {
		return nil
	}
	return r.tx.flush()
}
