package sqlite

import "github.com/gannetmail/gannet/store"

const purgeItems = 100 // entries that one step deletes

// purge deletes what a removed collection held, and then accounts that are gone.
func (s *Store) purge(c *conn) (more bool, err error) {
	err = inTransaction(c, func() error {
		more, err = s.purgeStep(c)
		return err
	})
	return more, err
}

func (s *Store) purgeStep(c *conn) (more bool, err error) {
	id, err := c.number("SELECT id FROM collection WHERE purge = 1 LIMIT 1")
	if err != nil {
		return false, err
	}
	if id != 0 {
		return true, s.purgeCollection(c, store.CollectionID(id))
	}
	return purgeAccount(c)
}

func (s *Store) purgeCollection(c *conn, id store.CollectionID) error {
	acct, err := c.number("SELECT account FROM collection WHERE id = ?", id)
	if err != nil {
		return err
	}
	t := newTx(s, c, store.AccountID(acct))
	var list []store.Record
	err = c.all(func(r *rows) { list = append(list, t.scanRecord(r, store.WantItem)) },
		selectRecord[store.WantItem]+" WHERE e.collection = ? ORDER BY e.uid LIMIT ?", id, purgeItems)
	if err != nil {
		return err
	}
	for _, rec := range list {
		if err := c.exec("DELETE FROM entry WHERE collection = ? AND uid = ?", id, rec.UID); err != nil {
			return err
		}
		if rec.Removed {
			continue
		}
		if err := t.deleteItem(rec.Item.ID, rec.Item.Blob, rec.Item.Thread); err != nil {
			return err
		}
	}
	if len(list) < purgeItems {
		err = c.exec("UPDATE collection SET purge = 0 WHERE id = ?", id)
	}
	s.writer.chores.add(t.fx.chores)
	return err
}

// purgeAccount deletes the rows of one account that was removed and has no collections left. Its own row
// stays, nameless: to delete it SQLite would look for references to it in every item of the store.
func purgeAccount(c *conn) (more bool, err error) {
	id, err := c.number("SELECT id FROM account WHERE purge = 1 LIMIT 1")
	if err != nil || id == 0 {
		return false, err
	}
	for _, sql := range []string{
		"DELETE FROM thread_ref WHERE account = ?",
		"DELETE FROM vocabulary WHERE account = ?",
		"DELETE FROM collection WHERE account = ?",
		"UPDATE account SET purge = 0 WHERE id = ?",
	} {
		if err := c.exec(sql, id); err != nil {
			return false, err
		}
	}
	return true, nil
}
