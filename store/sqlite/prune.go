package sqlite

import (
	"context"
	"time"

	"github.com/gannetmail/gannet/store"
)

const pruneRows = 200 // tombstones that one step deletes

// Prune implements [store.Store].
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	full := func(step func(*conn, int64) (int, error)) func(*conn) (bool, error) {
		return func(c *conn) (bool, error) {
			n, err := step(c, before.UnixMilli())
			return n == pruneRows, err
		}
	}
	// A removed collection is emptied before its tombstone may go.
	for _, step := range []func(*conn) (bool, error){full(pruneEntries), s.purgeStep, full(pruneCollections)} {
		for more := true; more; {
			err := s.writer.inner(ctx, 0, func(c *conn) (err error) {
				more, err = step(c)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// pruneEntries deletes some tombstones of entries and raises floors above them; it returns how many.
func pruneEntries(c *conn, before int64) (int, error) {
	type tombstone struct {
		account    int64
		collection int64
		place      store.Place
	}
	var list []tombstone
	err := c.all(func(r *rows) {
		list = append(list, tombstone{r.int(), r.int(), store.Place{ModSeq: r.modSeq(), UID: store.UID(r.int())}})
	}, `SELECT c.account, e.collection, e.modseq, e.uid FROM entry e JOIN collection c ON c.id = e.collection
		WHERE e.removed = 1 AND e.removed_at < ? ORDER BY e.removed_at LIMIT ?`, before, pruneRows)
	if err != nil {
		return 0, err
	}
	for _, t := range list {
		if err := c.exec("DELETE FROM entry WHERE collection = ? AND uid = ?", t.collection, t.place.UID); err != nil {
			return 0, err
		}
		err := c.exec(`UPDATE collection SET pruned_modseq = ?1, pruned_uid = ?2
			WHERE id = ?3 AND (pruned_modseq, pruned_uid) < (?1, ?2)`, t.place.ModSeq, t.place.UID, t.collection)
		if err != nil {
			return 0, err
		}
		if err := raiseFloor(c, t.account, t.place.ModSeq); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func raiseFloor(c *conn, account int64, to store.ModSeq) error {
	return c.exec("UPDATE account SET floor = ?1 WHERE id = ?2 AND floor < ?1", to, account)
}

// pruneCollections does the same for tombstones of collections, once they are empty.
func pruneCollections(c *conn, before int64) (int, error) {
	type tombstone struct {
		id, account int64
		modSeq      store.ModSeq
	}
	var list []tombstone
	err := c.all(func(r *rows) { list = append(list, tombstone{r.int(), r.int(), r.modSeq()}) },
		`SELECT id, account, modseq FROM collection WHERE removed = 1 AND removed_at < ? AND purge = 0
			ORDER BY removed_at LIMIT ?`, before, pruneRows)
	if err != nil {
		return 0, err
	}
	for _, t := range list {
		if err := c.exec("DELETE FROM collection WHERE id = ?", t.id); err != nil {
			return 0, err
		}
		if err := raiseFloor(c, t.account, t.modSeq); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
