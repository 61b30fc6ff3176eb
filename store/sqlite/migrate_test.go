package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// describe lists tables, columns and indexes, however the SQL that made them was written.
func describe(t *testing.T, c *conn) (list []string) {
	t.Helper()
	err := c.all(func(r *rows) { list = append(list, r.text()) }, `
		SELECT printf('table %s strict=%d without rowid=%d', name, strict, wr) FROM pragma_table_list
			WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'
		UNION ALL SELECT printf('column %s.%s %s notnull=%d default=%s pk=%d', t.name, x.name, x.type, x."notnull", x.dflt_value, x.pk)
			FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) x WHERE t.type = 'table'
		UNION ALL SELECT printf('foreign key %s.%s %s.%s', t.name, x."from", x."table", x."to")
			FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) x WHERE t.type = 'table'
		UNION ALL SELECT printf('index %s.%s unique=%d partial=%d columns=%s', t.name, x.name, x."unique", x.partial,
				(SELECT group_concat(name || CASE desc WHEN 1 THEN ' desc' ELSE '' END, ', ') FROM pragma_index_xinfo(x.name) WHERE key = 1))
			FROM sqlite_schema t JOIN pragma_index_list(t.name) x WHERE t.type = 'table'
		UNION ALL SELECT 'where ' || name || substr(sql, instr(sql, ' WHERE ')) FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'
		UNION ALL SELECT 'virtual ' || sql FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'
		UNION ALL SELECT printf('fts setting %s=%s', k, v) FROM fts_config`)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func openFile(t *testing.T, path string) *conn {
	t.Helper()
	c, err := openWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	return c
}

// TestFreshIsMigrated proves that schema.sql and the migrations lead to the same tables.
func TestFreshIsMigrated(t *testing.T) {
	p, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	fresh := openFile(t, filepath.Join(t.TempDir(), "fresh.db"))
	if _, err := p.apply(t.Context(), fresh, "fresh", time.Now()); err != nil {
		t.Fatal(err)
	}
	migrated := openFile(t, filepath.Join(t.TempDir(), "migrated.db"))
	for v := range p.steps {
		if err := p.migrate(migrated, int64(v)); err != nil {
			t.Fatal(err)
		}
	}
	a, b := describe(t, fresh), describe(t, migrated)
	if len(a) < 100 {
		t.Errorf("only %d lines describe the schema", len(a))
	}
	for _, line := range a {
		if !slices.Contains(b, line) {
			t.Errorf("only in the fresh schema: %s", line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			t.Errorf("only in the migrated schema: %s", line)
		}
	}
}

// TestDescribe proves that the comparison above would see a difference.
func TestDescribe(t *testing.T) {
	for _, change := range []string{
		"ALTER TABLE item ADD COLUMN extra INTEGER", "DROP INDEX entry_newest", "CREATE INDEX more ON item(size)",
		"DROP TABLE summary", "DROP INDEX blob_unreferenced; CREATE INDEX blob_unreferenced ON blob(id) WHERE refs = 1",
	} {
		c := openFile(t, filepath.Join(t.TempDir(), "x.db"))
		p, _ := builtin()
		if err := p.create(c, "x"); err != nil {
			t.Fatal(err)
		}
		before := describe(t, c)
		if err := c.exec(change); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(before, describe(t, c)) {
			t.Errorf("not seen: %s", change)
		}
	}
}

// TestMigrate takes a store with data through two more versions and one that fails.
func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, in := newAccount(t, s, "alice@example.test")
	if err := addBytes(s, a, in, []byte("old data")); err != nil {
		t.Fatal(err)
	}
	s.Close()

	p, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	now := len(p.steps)
	p.steps = append(slices.Clone(p.steps),
		step{"9998_a.sql", "-- a comment\nALTER TABLE item ADD COLUMN a INTEGER NOT NULL DEFAULT 7; CREATE INDEX item_a ON item(a);\n-- and one more\n"},
		step{"9999_b.sql", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b SELECT a FROM item; INSERT INTO nowhere VALUES (1)"})
	c := openFile(t, path)
	snapshot, err := p.apply(t.Context(), c, path, time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC))
	if err == nil || !strings.Contains(err.Error(), "9999_b.sql") {
		t.Fatalf("a migration that fails: %v", err)
	}
	if v, _ := c.number("PRAGMA user_version"); v != int64(now)+1 {
		t.Errorf("version %d after one good and one bad step; want %d", v, now+1)
	}
	if n, _ := c.number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"); n != 0 {
		t.Error("the bad step left a table")
	}
	if n, err := c.number("SELECT a FROM item"); n != 7 {
		t.Errorf("the good step: %d, %v", n, err)
	}
	if snapshot != fmt.Sprintf("%s.v%d-20260506T070809", path, now) {
		t.Errorf("snapshot %q", snapshot)
	}
	old := openFile(t, snapshot)
	if v, _ := old.number("PRAGMA user_version"); v != int64(now) {
		t.Errorf("the snapshot has version %d; want %d", v, now)
	}
	if n, err := old.number("SELECT count(*) FROM item"); n != 1 {
		t.Errorf("the snapshot has %d items, %v", n, err)
	}
	c.close()

	if _, err := Open(context.Background(), path, Options{}); !errors.Is(err, store.Invalid) || !strings.Contains(fmt.Sprint(err), fmt.Sprintf("version %d ", now+1)) {
		t.Errorf("a newer schema: %v; want Invalid", err)
	}
	s = openAt(t, snapshot, Options{}) // the way back
	dump(t, s, a.ID)
}

func TestMigrateForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	c := openFile(t, path)
	if err := c.exec("CREATE TABLE somebody_elses (x)"); err != nil {
		t.Fatal(err)
	}
	c.close()
	if _, err := Open(context.Background(), path, Options{}); !errors.Is(err, store.Invalid) {
		t.Errorf("a database of something else: %v; want Invalid", err)
	}
	if left, _ := filepath.Glob(path + ".v*"); left != nil {
		t.Errorf("snapshots %v", left)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
