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

	first  *tx   // the piece of work's own
	others []*tx // of first: those that TxOf opened
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
	t.reader.tx, t.first = t, t
	return t
}

// TxOf implements [store.Tx].
func (t *tx) TxOf(acct store.AccountID) (store.Tx, error) { return t.of(acct) }

// Of implements [store.Reader].
func (t *tx) Of(acct store.AccountID) (store.Reader, error) { return t.of(acct) }

func (t *tx) of(acct store.AccountID) (*tx, error) {
	if acct == t.acct {
		return t, nil
	}
	for _, o := range t.all() {
		if o.acct == acct {
			return o, o.mine()
		}
	}
	if acct <= 0 || t.isGone(acct) {
		return nil, notFound("account %d", acct)
	}
	o := newTx(t.s, t.c, acct)
	o.first = t.first
	if err := o.load(); err != nil {
		return nil, err
	}
	t.first.others = append(t.first.others, o)
	return o, nil
}

// all returns the transactions of the piece of work, its own first.
func (t *tx) all() []*tx { return append([]*tx{t.first}, t.first.others...) }

// do runs fn and writes the accounts' rows.
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
func (t *tx) end() {
	for _, o := range t.all() {
		o.c = nil
	}
}

func (t *tx) load() error {
	found, err := t.c.one(func(r *rows) {
		t.row = accountRow{r.modSeq(), r.modSeq(), r.int(), r.int()}
	}, "SELECT modseq, floor, used, quota FROM account WHERE id = ? AND name IS NOT NULL", t.acct)
	if err == nil && !found {
		err = notFound("account %d", t.acct)
	}
	return err
}

// flush writes the accounts' rows, so that statements that read the table see them.
func (t *tx) flush() error {
	for _, o := range t.first.others {
		t.first.queued = t.first.queued || o.queued
		o.queued = false
		if err := o.writeRow(); err != nil {
			return err
		}
	}
	return t.first.flushOwn()
}

// flushOwn is flush of the piece of work's own transaction.
func (t *tx) flushOwn() error {
	if t.queued && t.server == 0 {
		if err := t.countQueue(); err != nil {
			return err
		}
	}
	return t.writeRow()
}

func (t *tx) writeRow() error {
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

// effects are what the commit will mean for memory, for each account.
func (t *tx) effects() []effects {
	list := make([]effects, 0, 1+len(t.others))
	for _, o := range t.all() {
		fx := o.fx
		fx.account, fx.modSeq, fx.server = o.acct, o.stamp, o.server
		list = append(list, fx)
	}
	return list
}

// mine is Invalid in the server's own transactions, which have no collections, items and devices, and
// NotFound once the transaction has removed its account.
func (t *tx) mine() error {
	if t.acct == 0 {
		return invalid("account 0 has no data of its own")
	}
	if t.isGone(t.acct) {
		return notFound("account %d", t.acct)
	}
	return nil
}

// isGone reports whether the piece of work has removed an account.
func (t *tx) isGone(acct store.AccountID) bool {
	return slices.ContainsFunc(t.all(), func(o *tx) bool { return slices.Contains(o.fx.gone, acct) })
}
