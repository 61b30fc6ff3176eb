package sqlite

import (
	"encoding/json"
	"iter"
	"math"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Search implements [store.Reader].
func (r *reader) Search(q store.Query, want store.Want) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		f, err := r.filter(q)
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		m, err := matchAll(q.Terms)
		switch {
		case err != nil:
			yield(store.Record{}, err)
		case m.nothing || len(f.collections) == 0:
		case m.empty() && q.Thread != 0:
			r.searchThread(f, want)(yield)
		case m.empty():
			r.searchAll(f, want)(yield)
		default:
			r.searchText(f, m, want)(yield)
		}
	}
}

// filter is what a query asks besides text, as the statements bind it.
type filter struct {
	store.Query
	collections []store.CollectionID
	since       int64 // first millisecond
	before      int64 // first millisecond that is too late
}

func (r *reader) filter(q store.Query) (filter, error) {
	f := filter{Query: q, collections: q.Collections, since: math.MinInt64, before: math.MaxInt64}
	if !q.Since.IsZero() {
		f.since = ceilMillis(q.Since)
	}
	if !q.Before.IsZero() {
		f.before = ceilMillis(q.Before)
	}
	if q.Collections != nil {
		for _, c := range q.Collections {
			if err := r.live(c); err != nil {
				return filter{}, err
			}
		}
		return f, nil
	}
	err := r.c.all(func(row *rows) { f.collections = append(f.collections, store.CollectionID(row.int())) },
		"SELECT id FROM collection WHERE account = ?1 AND removed = 0 AND (?2 = 0 OR class = ?2) ORDER BY id", r.acct, q.Class)
	return f, err
}

// ceilMillis is the first whole millisecond at or after t.
func ceilMillis(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

// itemFilter are the conditions on e and i; args binds them.
const itemFilter = ` AND e.collection IN (SELECT value FROM json_each(?)) AND e.received >= ? AND e.received < ?
	AND i.flags & ? = ? AND i.flags & ? = 0 AND (? = 0 OR i.class = ?) AND (? = 0 OR i.thread = ?)`

func (f filter) args() []any {
	list, err := json.Marshal(f.collections)
	if err != nil {
		list = []byte("[]") // integers always marshal
	}
	return []any{string(list), f.since, f.before, f.With, f.With, f.Without, f.Class, f.Class, f.Thread, f.Thread}
}

// selectItem begins a query that walks from items to their entries.
var selectItem = [...]string{
	store.WantEntry:   "SELECT " + entryColumns,
	store.WantItem:    "SELECT " + entryColumns + ", " + itemColumns,
	store.WantSummary: "SELECT " + entryColumns + ", " + itemColumns + ", s.data",
}

var joinSummary = [...]string{
	store.WantEntry: "", store.WantItem: "", store.WantSummary: " LEFT JOIN summary s ON s.item = i.id",
}

const joinEntry = " CROSS JOIN entry e ON e.item = i.id AND e.removed = 0" // CROSS: in this order

// searchThread walks one conversation.
func (r *reader) searchThread(f filter, want store.Want) iter.Seq2[store.Record, error] {
	query := selectItem[want] + " FROM item i" + joinEntry + joinSummary[want] + " WHERE i.account = ?" + itemFilter +
		" AND i.thread = ? ORDER BY e.received DESC, e.item DESC"
	return r.records(want, query, append(append([]any{r.acct}, f.args()...), f.Thread)...)
}

// searchAll walks the collections side by side, each by arrival.
func (r *reader) searchAll(f filter, want store.Want) iter.Seq2[store.Record, error] {
	var walks []iter.Seq2[store.Record, error]
	for _, c := range f.collections {
		g := f
		g.collections = []store.CollectionID{c}
		query := selectItem[want] + " FROM entry e CROSS JOIN item i ON i.id = e.item" + joinSummary[want] +
			" WHERE e.collection = ? AND e.removed = 0" + itemFilter + " ORDER BY e.received DESC, e.uid DESC"
		walks = append(walks, r.records(want, query, append([]any{c}, g.args()...)...))
	}
	return merge(walks)
}

// searchText walks the full-text index, and beside it what waits to be indexed.
func (r *reader) searchText(f filter, m match, want store.Want) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		fresh, err := r.matchPending(m)
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		walks := []iter.Seq2[store.Record, error]{r.searchIndex(f, m, want)}
		if len(fresh) > 0 {
			walks = append(walks, r.searchKeys(f, fresh, want))
		}
		merge(walks)(yield)
	}
}

func (r *reader) searchIndex(f filter, m match, want store.Want) iter.Seq2[store.Record, error] {
	query := selectItem[want] + " FROM fts CROSS JOIN item i ON i.search_key = fts.rowid" + joinEntry + joinSummary[want] + `
		WHERE fts MATCH ? AND fts.rowid >= ? AND fts.rowid < ? AND fts.rowid NOT IN (SELECT search_key FROM fts_pending)` +
		itemFilter + " ORDER BY fts.rowid DESC"
	args := append([]any{m.expression(r.acct), keyAt(f.since), keyAt(f.before)}, f.args()...)
	return r.walk(want, func() (*rows, error) { return r.c.queryContext(r.ctx, query, args...) })
}

// keyAt is the lowest key of a millisecond; the open bounds stay open.
func keyAt(ms int64) int64 {
	if ms == math.MinInt64 || ms == math.MaxInt64 {
		return ms
	}
	return int64(firstKey(time.UnixMilli(ms)))
}

func (r *reader) searchKeys(f filter, keys []int64, want store.Want) iter.Seq2[store.Record, error] {
	list, err := json.Marshal(keys)
	if err != nil {
		return failed(err)
	}
	query := selectItem[want] + " FROM json_each(?) k CROSS JOIN item i ON i.search_key = k.value" + joinEntry + joinSummary[want] +
		" WHERE i.account = ?" + itemFilter + " ORDER BY e.received DESC, e.item DESC"
	return r.records(want, query, append([]any{string(list), r.acct}, f.args()...)...)
}

// matchPending returns the keys of the account's waiting texts that match. They are put into an index
// in memory, so that one matcher decides for all.
func (r *reader) matchPending(m match) (keys []int64, err error) {
	var list []pendingText
	err = r.c.all(func(row *rows) { list = append(list, scanPending(row)) },
		"SELECT "+pendingColumns+" FROM fts_pending WHERE account = ? AND deleted = 0", r.acct)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var schema string
	if _, err := r.c.one(func(row *rows) { schema = row.text() }, "SELECT sql FROM sqlite_schema WHERE name = 'fts'"); err != nil {
		return nil, err
	}
	c, err := openConn("file::memory:?_mutex=no&_stmt_cache_size=4")
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := c.exec(schema); err != nil {
		return nil, err
	}
	err = inTransaction(c, func() error {
		for _, p := range list {
			if err := insertText(c, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.all(func(row *rows) { keys = append(keys, row.int()) }, "SELECT rowid FROM fts WHERE fts MATCH ?", m.expression(r.acct))
	return keys, err
}
