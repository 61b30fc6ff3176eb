package sqlite

import "github.com/gannetmail/gannet/store"

// Move implements [store.Tx].
func (t *tx) Move(c store.CollectionID, uid store.UID, dst store.CollectionID) (store.Record, error) {
	if c == dst {
		return store.Record{}, invalid("move within collection %d", c)
	}
	col, err := t.Collection(dst)
	if err != nil {
		return store.Record{}, err
	}
	rec, err := t.Record(c, uid, store.WantItem)
	if err != nil {
		return store.Record{}, err
	}
	if err := t.unkeyed(dst, rec.Key, 0); err != nil {
		return store.Record{}, err
	}
	if err := t.bury(rec); err != nil {
		return store.Record{}, err
	}
	return t.enter(col, rec.Item, rec.Key)
}

// Copy implements [store.Tx].
func (t *tx) Copy(c store.CollectionID, uid store.UID, dst store.CollectionID) (store.Record, error) {
	col, err := t.Collection(dst)
	if err != nil {
		return store.Record{}, err
	}
	rec, err := t.Record(c, uid, store.WantSummary)
	if err != nil {
		return store.Record{}, err
	}
	if err := t.unkeyed(dst, rec.Key, 0); err != nil {
		return store.Record{}, err
	}
	if err := t.afford(rec.Item.Size); err != nil {
		return store.Record{}, err
	}
	if err := t.referAgain(rec.Item.Blob); err != nil {
		return store.Record{}, err
	}
	i := rec.Item
	if i.ID, err = t.nextItem(); err != nil {
		return store.Record{}, err
	}
	key, err := t.c.number("SELECT search_key FROM item WHERE id = ?", rec.Item.ID)
	if err != nil {
		return store.Record{}, err
	}
	if err := t.putItem(&i, searchKey(key)); err != nil {
		return store.Record{}, err
	}
	return t.enter(col, i, rec.Key)
}

// Remove implements [store.Tx].
func (t *tx) Remove(c store.CollectionID, uid store.UID) error {
	rec, err := t.Record(c, uid, store.WantItem)
	if err != nil {
		return err
	}
	if err := t.bury(rec); err != nil {
		return err
	}
	return t.deleteItem(rec.Item.ID, rec.Item.Blob, rec.Item.Thread)
}

// bury turns an entry into a tombstone.
func (t *tx) bury(rec store.Record) error {
	err := t.c.exec("UPDATE entry SET removed = 1, removed_at = ?, modseq = ? WHERE collection = ? AND uid = ?",
		t.s.now(), t.mark(), rec.Collection, rec.UID)
	if err != nil {
		return err
	}
	t.use(-rec.Item.Size)
	n := tallyOf(rec.Item)
	return t.c.exec(`UPDATE collection SET total = total - 1, unread = unread - ?, size = size - ?,
		deleted = deleted - ?, deleted_size = deleted_size - ?, changed = ? WHERE id = ?`,
		n.unread, n.size, n.deleted, n.deletedSize, t.mark(), rec.Collection)
}

// deleteItem deletes all rows of an item that has no live entry any more.
func (t *tx) deleteItem(id store.ItemID, blob store.BlobID, thread store.ThreadID) error {
	if err := t.unrefer(blob); err != nil {
		return err
	}
	if err := t.c.exec("DELETE FROM summary WHERE item = ?", id); err != nil {
		return err
	}
	key, err := t.c.number("DELETE FROM item WHERE id = ? RETURNING search_key", id)
	if err != nil {
		return err
	}
	if err := t.unindexText(searchKey(key)); err != nil {
		return err
	}
	return t.leaveThread(thread)
}
