package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannetmail/gannet/store"
)

const backupPages = 256 // copied between two looks at the context

// Backup implements [store.Store].
func (s *Store) Backup(ctx context.Context, path string, progress func(done, total int64)) error {
	if !s.readers.enter() {
		return errClosed
	}
	defer s.readers.leave()
	c, err := openReader(s.path) // its own connection: it reads for long
	if err != nil {
		return err
	}
	defer c.close()
	return backup(ctx, c, path, progress)
}

// backup copies the database open as c, as it is now, to a new file. The copy grows under a name of its
// own and gets path when it is complete and on disk; an interrupted one is removed.
func backup(ctx context.Context, c *conn, path string, progress func(done, total int64)) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("backup to %s: %w", path, store.Exists)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("backup to %s: %w", path, wrap(err))
	}
	defer f.Close()
	defer os.Remove(part)
	err = snapshot(c, func() error { return copyPages(ctx, c, part, progress) })
	if err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("backup to %s: %w", path, wrap(err))
	}
	if err := os.Link(part, path); err != nil { // unlike a rename it never replaces anything
		return fmt.Errorf("backup to %s: %w", path, wrap(err))
	}
	return syncDir(filepath.Dir(path))
}

// copyPages copies within one snapshot of c: writers go on, and the copy never starts over.
func copyPages(ctx context.Context, c *conn, part string, progress func(done, total int64)) error {
	if _, err := c.number("SELECT count(*) FROM sqlite_schema"); err != nil { // takes the snapshot
		return err
	}
	dst, err := openConn("file:" + uriPath(part) + "?_journal_mode=OFF&_synchronous=OFF&_mutex=no")
	if err != nil {
		return err
	}
	defer dst.close()
	b, err := dst.db.Backup("main", c.db, "main")
	if err != nil {
		return wrap(err)
	}
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			b.Finish()
			return err
		}
		if done, err = b.Step(backupPages); err != nil {
			b.Finish()
			return wrap(err)
		}
		if progress != nil {
			total := int64(b.PageCount())
			progress(total-int64(b.Remaining()), total)
		}
	}
	if err := b.Finish(); err != nil {
		return wrap(err)
	}
	return nil
}
