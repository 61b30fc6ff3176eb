package sqlite

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// Check implements [store.Store]. Each rule is one statement, and so sees one state of the tables. It
// has a connection of its own: it reads for long, and FTS5 checks what a connection that searched
// before remembers of the index, not what is there now.
func (s *Store) Check(ctx context.Context, deep bool, report func(problem string)) error {
	if !s.readers.enter() {
		return errClosed
	}
	defer s.readers.leave()
	c, err := openReader(s.path)
	if err != nil {
		return err
	}
	defer c.close()
	if err := checkFile(ctx, c, deep, report); err != nil {
		return err
	}
	for _, r := range rules {
		if err := reportRows(ctx, c, r, report); err != nil {
			return err
		}
	}
	if !deep {
		return nil
	}
	return s.checkBlobs(ctx, c, report)
}

// checkFile asks SQLite about its pages, indexes and references.
func checkFile(ctx context.Context, c *conn, deep bool, report func(string)) error {
	pragma := "PRAGMA quick_check"
	if deep {
		pragma = "PRAGMA integrity_check"
	}
	err := reportRows(ctx, c, pragma, func(problem string) {
		if problem != "ok" {
			report("database file: " + problem)
		}
	})
	if err != nil {
		return err
	}
	return reportRows(ctx, c, `SELECT printf('table %s, row %s refers to a row of %s that does not exist', "table", rowid, parent)
		FROM pragma_foreign_key_check`, report)
}

// reportRows reports the first column of each row.
func reportRows(ctx context.Context, c *conn, query string, report func(string)) error {
	r, err := c.queryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	for r.next() {
		report(r.text())
	}
	if err := r.close(); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

// checkBlobs reads every blob and compares it with its hash.
func (s *Store) checkBlobs(ctx context.Context, c *conn, report func(string)) error {
	for row := int64(0); ; {
		var id store.BlobID
		found, err := c.one(func(r *rows) { row, id = r.int(), r.blobID() },
			"SELECT id, hash FROM blob WHERE id > ? AND hash IS NOT NULL AND refs > 0 ORDER BY id LIMIT 1", row)
		if err != nil || !found {
			return err
		}
		if err := s.checkBlob(ctx, id); errors.Is(err, store.Damaged) {
			report(fmt.Sprintf("blob %v: %v", id, err))
		} else if err != nil && !errors.Is(err, store.NotFound) { // it may have gone meanwhile
			return fmt.Errorf("check: %w", err)
		}
	}
}

func (s *Store) checkBlob(ctx context.Context, id store.BlobID) error {
	b, err := s.OpenBlob(ctx, id)
	if err != nil {
		return err
	}
	defer b.Close()
	h := sha256.New()
	buf := make([]byte, chunkSize)
	for off := int64(0); off < b.Size(); off += int64(len(buf)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buf[:min(int64(len(buf)), b.Size()-off)]
		if _, err := b.ReadAt(part, off); err != nil {
			return err
		}
		h.Write(part)
	}
	if store.BlobID(h.Sum(nil)) != id {
		return fmt.Errorf("the bytes do not have this hash: %w", store.Damaged)
	}
	return nil
}
