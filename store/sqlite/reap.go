package sqlite

import "github.com/gannetmail/gannet/store"

// reap deletes blobs without references: the row's name first, so that nobody finds it any more, then
// its chunks, as many as one step may.
func (s *Store) reap(c *conn) (more bool, err error) {
	victims, more, err := s.victims(c)
	defer func() {
		for _, v := range victims {
			s.pins.settle(v.id)
		}
	}()
	if err != nil || len(victims) == 0 {
		return false, err
	}
	budget := reapChunks
	err = inTransaction(c, func() error {
		for i := 0; i < len(victims) && budget > 0; i++ {
			n, err := s.eraseBlob(c, victims[i].row, budget)
			if err != nil {
				return err
			}
			budget -= max(n, 1)
		}
		return nil
	})
	return more || budget <= 0, err
}

const (
	reapBlobs  = 32
	reapChunks = 64
)

type victim struct {
	row   int64
	id    store.BlobID
	named bool
}

// victims finds blobs to delete that nobody holds, and whether there may be more.
func (s *Store) victims(c *conn) (list []victim, more bool, err error) {
	r, err := c.query("SELECT id, hash FROM blob WHERE refs = 0 ORDER BY id")
	if err != nil {
		return nil, false, err
	}
	for r.next() {
		if len(list) == reapBlobs {
			more = true
			break
		}
		v := victim{row: r.int()}
		hash := r.blob()
		v.named = hash != nil
		copy(v.id[:], hash)
		if s.pins.doom(v.row, v.id, v.named) {
			list = append(list, v)
		}
	}
	return list, more, r.close()
}

// eraseBlob deletes up to budget chunks of a blob, and the row with the last; it returns how many.
func (s *Store) eraseBlob(c *conn, row int64, budget int) (int, error) {
	n, err := c.change("DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id BETWEEN ? AND ? LIMIT ?)",
		chunkID(row, 0), chunkID(row, maxChunks-1), budget)
	if err != nil {
		return 0, err
	}
	if int(n) < budget {
		return int(n), c.exec("DELETE FROM blob WHERE id = ?", row)
	}
	return int(n), c.exec("UPDATE blob SET hash = NULL WHERE id = ?", row)
}
