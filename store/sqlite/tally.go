package sqlite

import "github.com/gannetmail/gannet/store"

// tally is what one live item adds to its collection's counters, besides itself.
type tally struct{ unread, size, deleted, deletedSize int64 }

func tallyOf(i store.Item) tally {
	n := tally{size: i.Size}
	if i.Flags&store.Seen == 0 {
		n.unread = 1
	}
	if i.Flags&store.Deleted != 0 {
		n.deleted, n.deletedSize = 1, i.Size
	}
	return n
}

// less is what changes in the counters when an item goes from m to n.
func (n tally) less(m tally) tally {
	return tally{n.unread - m.unread, n.size - m.size, n.deleted - m.deleted, n.deletedSize - m.deletedSize}
}

// touch stamps an entry and counts what changed in its collection.
func (t *tx) touch(c store.CollectionID, uid store.UID, n tally) error {
	if err := t.c.exec("UPDATE entry SET modseq = ? WHERE collection = ? AND uid = ?", t.mark(), c, uid); err != nil {
		return err
	}
	return t.c.exec(`UPDATE collection SET unread = unread + ?, size = size + ?, deleted = deleted + ?,
		deleted_size = deleted_size + ?, changed = ? WHERE id = ?`, n.unread, n.size, n.deleted, n.deletedSize, t.mark(), c)
}
