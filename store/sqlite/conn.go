package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/gannetmail/gannet/store"
)

// conn is one connection of the driver, without database/sql around it: the engine has its own pool,
// and long scans are half as dear. It belongs to one goroutine at a time; several rows may be open.
type conn struct {
	db *sqlite3.SQLiteConn
	// inject, when set, may fail a statement before it runs. Tests only.
	inject func(query string) error
	writes int // statements executed so far
	// failed is the first error of SQLite since the writer last cleared it: a closure that goes on
	// after such an error must not be committed.
	failed error
}

// settings are in the DSN so that every connection has them. The driver's own default in WAL mode is
// synchronous=NORMAL, which forgets acknowledged commits when the power fails.
const settings = "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate" +
	"&_foreign_keys=on&_stmt_cache_size=160&_mutex=no"

func openWriter(path string) (*conn, error) {
	return openConn("file:"+uriPath(path)+settings, "PRAGMA wal_autocheckpoint = 0", "PRAGMA temp_store = MEMORY",
		fmt.Sprintf("PRAGMA journal_size_limit = %d", keptLog))
}

func openReader(path string) (*conn, error) {
	return openConn("file:"+uriPath(path)+settings+"&_query_only=true", "PRAGMA temp_store = MEMORY")
}

func openConn(dsn string, pragmas ...string) (*conn, error) {
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", wrap(err))
	}
	k := &conn{db: c.(*sqlite3.SQLiteConn)}
	for _, p := range pragmas {
		if err := k.exec(p); err != nil {
			k.close()
			return nil, err
		}
	}
	return k, nil
}

func (c *conn) close() error {
	if err := c.db.Close(); err != nil {
		return fmt.Errorf("close database: %w", wrap(err))
	}
	return nil
}

// exec runs a statement that returns no rows.
func (c *conn) exec(query string, args ...any) error {
	_, err := c.change(query, args...)
	return err
}

// change runs a statement and returns how many rows it changed.
func (c *conn) change(query string, args ...any) (int64, error) {
	r, err := c.run(query, args)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// insert runs a statement and returns the new row's id.
func (c *conn) insert(query string, args ...any) (int64, error) {
	r, err := c.run(query, args)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

func (c *conn) run(query string, args []any) (driver.Result, error) {
	if c.inject != nil {
		if err := c.inject(query); err != nil {
			return nil, c.fail(err)
		}
	}
	c.writes++
	r, err := c.db.ExecContext(context.Background(), query, values(args))
	if err != nil {
		return nil, c.fail(err)
	}
	return r, nil
}

// fail gives err its kind and remembers it.
func (c *conn) fail(err error) error {
	err = wrap(err)
	if c.failed == nil && isEngine(err) {
		c.failed = err
	}
	return err
}

// query starts a statement that returns rows. The first step is taken here.
func (c *conn) query(query string, args ...any) (*rows, error) {
	return c.queryContext(context.Background(), query, args...)
}

// queryContext is query for statements that may step for long before they yield a row: when ctx ends
// the step is interrupted.
func (c *conn) queryContext(ctx context.Context, query string, args ...any) (*rows, error) {
	if c.inject != nil {
		if err := c.inject(query); err != nil {
			return nil, c.fail(err)
		}
	}
	r, err := c.db.QueryContext(ctx, query, values(args))
	if err != nil {
		return nil, c.fail(err)
	}
	return &rows{c: c, r: r, vals: make([]driver.Value, len(r.Columns()))}, nil
}

// one runs a query for at most one row and gives it to scan; found tells whether there was one.
func (c *conn) one(scan func(*rows), query string, args ...any) (found bool, err error) {
	r, err := c.query(query, args...)
	if err != nil {
		return false, err
	}
	found = r.next()
	if found {
		scan(r)
	}
	return found, r.close()
}

// all runs a query and gives each row to scan.
func (c *conn) all(scan func(*rows), query string, args ...any) error {
	r, err := c.query(query, args...)
	if err != nil {
		return err
	}
	for r.next() {
		scan(r)
	}
	return r.close()
}

// number runs a query for one integer; no row is 0.
func (c *conn) number(query string, args ...any) (n int64, err error) {
	_, err = c.one(func(r *rows) { n = r.int() }, query, args...)
	return n, err
}

// exists reports whether a query has a row.
func (c *conn) exists(query string, args ...any) (bool, error) {
	return c.one(func(*rows) {}, query, args...)
}

// rows walks through a result. The column methods take the columns of the current row from left to
// right; a value of another type than the schema's STRICT columns allow reads as zero.
type rows struct {
	c    *conn
	r    driver.Rows
	vals []driver.Value
	at   int
	err  error
}

func (r *rows) next() bool {
	if r.err != nil {
		return false
	}
	r.at = 0
	if err := r.r.Next(r.vals); err != nil {
		if err != io.EOF {
			r.err = r.c.fail(err)
		}
		return false
	}
	return true
}

// close ends the walk and returns the error that ended it, if any.
func (r *rows) close() error {
	err := r.r.Close()
	if r.err != nil {
		return r.err
	}
	if err != nil {
		return r.c.fail(err)
	}
	return nil
}

func (r *rows) value() driver.Value {
	v := r.vals[r.at]
	r.at++
	return v
}

func (r *rows) int() int64 {
	v, _ := r.value().(int64)
	return v
}

func (r *rows) text() string {
	v, _ := r.value().(string)
	return v
}

func (r *rows) blob() []byte {
	v, _ := r.value().([]byte)
	return v
}

func (r *rows) bool() bool { return r.int() != 0 }

func (r *rows) modSeq() store.ModSeq { return store.ModSeq(r.int()) }

// time reads milliseconds; 0 is the zero time.
func (r *rows) time() time.Time { return fromMillis(r.int()) }

func (r *rows) blobID() (id store.BlobID) {
	copy(id[:], r.blob())
	return id
}

// values turns arguments into what the driver binds.
func values(args []any) []driver.NamedValue {
	if len(args) == 0 {
		return nil
	}
	list := make([]driver.NamedValue, len(args))
	for i, a := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: value(a)}
	}
	return list
}

func value(a any) driver.Value {
	switch v := a.(type) {
	case int64, string, []byte, nil:
		return v
	case int:
		return int64(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case time.Time:
		return millis(v)
	case store.AccountID:
		return int64(v)
	case store.CollectionID:
		return int64(v)
	case store.ItemID:
		return int64(v)
	case store.ThreadID:
		return int64(v)
	case store.CredentialID:
		return int64(v)
	case store.QueueID:
		return int64(v)
	case store.UID:
		return int64(v)
	case store.ModSeq:
		return int64(v)
	case store.BlobID:
		return v[:]
	case store.Flags:
		return int64(v)
	case store.Rights:
		return int64(v)
	case store.Class:
		return int64(v)
	case store.Role:
		return string(v)
	case uint32:
		return int64(v)
	}
	panic(fmt.Sprintf("sqlite: argument of type %T", a)) // a mistake in this package
}

// millis is t as Unix milliseconds; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
