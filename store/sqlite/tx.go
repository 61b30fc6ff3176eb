package sqlite

import (
	"context"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// tx is one piece of work in the writer. It reads as a reader does, on the writer's connection.
type tx struct {
	reader
	row    accountRow // as of now, including what this transaction did
	stamp  store.ModSeq
	dirty  bool // row differs from the table
	queued bool // the outbound queue changed
	server store.ModSeq
	fx     effects
}

// accountRow is what of its account's row a transaction keeps at hand and writes back once.
type accountRow struct {
	modSeq store.ModSeq
	floor  store.ModSeq
	used   int64
	quota  int64
}

func newTx(s *Store, c *conn, acct store.AccountID) *tx {
	t := &tx{reader: reader{s: s, c: c, ctx: context.Background(), acct: acct}}
	t.reader.tx = t
	return t
}

// do runs fn and writes the account's row.
func (t *tx) do(fn func(store.Tx) error) error {
	if err := t.load(); err != nil {
		return err
	}
	if err := fn(t); err != nil {
		return err
	}
	return t.flush()
}

// end makes a use after the closure's return fail at once.
func (t *tx) end() { t.c = nil }

func (t *tx) load() error {
	found, err := t.c.one(func(r *rows) {
		t.row = accountRow{r.modSeq(), r.modSeq(), r.int(), r.int()}
	}, "SELECT modseq, floor, used, quota FROM account WHERE id = ? AND name IS NOT NULL", t.acct)
	if err == nil && !found {
		err = notFound("account %d", t.acct)
	}
	return err
}

// flush writes the account's row, so that statements that read the table see it.
func (t *tx) flush() error {
	if t.queued && t.server == 0 {
		if err := t.countQueue(); err != nil {
			return err
		}
	}
	if !t.dirty {
		return nil
	}
	t.dirty = false
	return t.c.exec("UPDATE account SET modseq = ?, used = ? WHERE id = ?", t.row.modSeq, t.row.used, t.acct)
}

// countQueue moves the server's counter, once.
func (t *tx) countQueue() error {
	if t.acct == 0 {
		t.server = t.mark()
		return nil
	}
	n, err := t.c.number("UPDATE account SET modseq = modseq + 1 WHERE id = 0 RETURNING modseq")
	t.server = store.ModSeq(n)
	return err
}

// ModSeq implements [store.Tx].
func (t *tx) ModSeq() (store.ModSeq, error) { return t.mark(), nil }

// mark is the number that this transaction stamps; the first call takes it.
func (t *tx) mark() store.ModSeq {
	if t.stamp == 0 {
		t.stamp = t.row.modSeq + 1
		t.row.modSeq = t.stamp
		t.dirty = true
	}
	return t.stamp
}

// use adds to what the account uses; afford asks before.
func (t *tx) use(bytes int64) {
	if bytes != 0 {
		t.row.used += bytes
		t.dirty = true
	}
}

// afford is OverQuota when the account may not grow by so many bytes.
func (t *tx) afford(bytes int64) error {
	if bytes > 0 && t.row.quota > 0 && t.row.used+bytes > t.row.quota {
		return store.OverQuota
	}
	return nil
}

// wrote notes about how many bytes the transaction wrote, for the batch's bound.
func (t *tx) wrote(bytes int) { t.fx.bytes += bytes }

// effects is what the commit will mean for memory.
func (t *tx) effects() effects {
	fx := t.fx
	fx.account, fx.modSeq, fx.server = t.acct, t.stamp, t.server
	return fx
}

// mine is Invalid in the server's own transactions, which have no collections, items and devices, and
// NotFound once the transaction has removed its account.
func (t *tx) mine() error {
	if t.acct == 0 {
		return invalid("account 0 has no data of its own")
	}
	if slices.Contains(t.fx.gone, t.acct) {
		return notFound("account %d", t.acct)
	}
	return nil
}
