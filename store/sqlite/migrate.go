package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

//go:embed schema.sql
var schemaSQL string

//go:embed migrations
var migrationFiles embed.FS

// plan is how a database gets its tables: all at once when it is new, else step by step. Version n is
// the schema after the first n steps; it is kept in user_version.
type plan struct {
	schema string
	steps  []step
}

type step struct{ name, sql string }

// applicationID marks the file as ours: "gnet".
const applicationID = 0x676e6574

// builtin reads the plan from the embedded files.
func builtin() (plan, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		return plan{}, fmt.Errorf("list migrations: %w", err)
	}
	p := plan{schema: schemaSQL}
	for i, name := range names {
		if !strings.HasPrefix(path.Base(name), fmt.Sprintf("%04d_", i+1)) {
			return plan{}, fmt.Errorf("migration %s should be number %d: %w", name, i+1, store.Internal)
		}
		sql, err := migrationFiles.ReadFile(name)
		if err != nil {
			return plan{}, fmt.Errorf("read migration: %w", err)
		}
		p.steps = append(p.steps, step{path.Base(name), string(sql)})
	}
	return p, nil
}

// apply brings the database at file, open as c, to the plan's version. Before it changes a database
// that has data it writes a snapshot beside it, whose path it returns ("" when none was needed).
func (p plan) apply(ctx context.Context, c *conn, file string, now time.Time) (snapshot string, err error) {
	have, err := c.number("PRAGMA user_version")
	if err != nil {
		return "", fmt.Errorf("read schema version: %w", err)
	}
	want := int64(len(p.steps))
	switch {
	case have == want:
		return "", nil
	case have > want:
		return "", fmt.Errorf("%s has schema version %d and this program knows up to %d; use the program that wrote it or a newer one: %w",
			file, have, want, store.Invalid)
	case have == 0:
		return "", p.create(c, file)
	}
	snapshot = fmt.Sprintf("%s.v%d-%s", file, have, now.UTC().Format("20060102T150405"))
	if err := backup(ctx, c, snapshot, nil); err != nil {
		return "", fmt.Errorf("snapshot before migration: %w", err)
	}
	for v := have; v < want; v++ {
		if err := p.migrate(c, v); err != nil {
			return snapshot, fmt.Errorf("migration %s: %w", p.steps[v].name, err)
		}
	}
	return snapshot, nil
}

// create makes the tables of a new database.
func (p plan) create(c *conn, file string) error {
	tables, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if tables > 0 {
		return fmt.Errorf("%s is a database of something else: %w", file, store.Invalid)
	}
	return inTransaction(c, func() error {
		for _, sql := range []string{
			p.schema,
			fmt.Sprintf("PRAGMA application_id = %d", applicationID),
			fmt.Sprintf("PRAGMA user_version = %d", len(p.steps)),
		} {
			if err := c.exec(sql); err != nil {
				return fmt.Errorf("create tables: %w", err)
			}
		}
		return nil
	})
}

// migrate runs the step from version v to v+1.
func (p plan) migrate(c *conn, v int64) error {
	return inTransaction(c, func() error {
		if err := c.exec(p.steps[v].sql); err != nil {
			return err
		}
		return c.exec(fmt.Sprintf("PRAGMA user_version = %d", v+1))
	})
}

// inTransaction runs fn between BEGIN IMMEDIATE and COMMIT.
func inTransaction(c *conn, fn func() error) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil && !c.db.AutoCommit() {
		if undo := c.exec("ROLLBACK"); undo != nil {
			return fmt.Errorf("%w (and rollback: %w)", err, undo)
		}
	}
	return err
}

// uriPath escapes a file name for SQLite's "file:" form.
func uriPath(name string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(name)
}

// syncDir makes the directory entries of dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", wrap(err))
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync directory: %w", wrap(err))
	}
	return nil
}
