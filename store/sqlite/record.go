package sqlite

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/gannetmail/gannet/store"
)

// selectRecord is how a record begins for each [store.Want]; scanRecord reads it. The left joins keep
// tombstones, which have no item.
var selectRecord = [...]string{
	store.WantEntry:   "SELECT " + entryColumns + " FROM entry e",
	store.WantItem:    "SELECT " + entryColumns + ", " + itemColumns + " FROM entry e" + joinItem,
	store.WantSummary: "SELECT " + entryColumns + ", " + itemColumns + ", s.data FROM entry e" + joinItem + " LEFT JOIN summary s ON s.item = i.id",
}

const (
	entryColumns = "e.collection, e.uid, e.item, e.created, e.modseq, e.removed, e.received, e.saved, e.key"
	itemColumns  = "i.class, i.blob, i.size, i.flags, i.keywords, i.thread, i.follow, i.verb_time, " +
		"i.content_at, i.read_at, i.follow_at, i.verb_at, i.labels_at, i.other_at"
	joinItem = " LEFT JOIN item i ON i.id = e.item AND e.removed = 0"
)

func (r *reader) scanRecord(row *rows, want store.Want) (rec store.Record) {
	rec.Entry = store.Entry{
		Collection: store.CollectionID(row.int()), UID: store.UID(row.int()), Item: store.ItemID(row.int()),
		Created: row.modSeq(), ModSeq: row.modSeq(), Removed: row.bool(), Received: time.UnixMilli(row.int()).UTC(),
		Saved: time.UnixMilli(row.int()).UTC(), Key: row.text(),
	}
	if want == store.WantEntry || rec.Removed {
		return rec
	}
	rec.Item = store.Item{
		ID: rec.Entry.Item, Account: r.acct, Received: rec.Entry.Received,
		Class: store.Class(row.int()), Blob: row.blobID(), Size: row.int(), Flags: store.Flags(row.int()),
		Keywords: decodeStrings(row.text()), Thread: store.ThreadID(row.int()), Follow: decodeFollow(row.text()), VerbTime: row.time(),
		Stamps: [store.NumFacets]store.ModSeq{row.modSeq(), row.modSeq(), row.modSeq(), row.modSeq(), row.modSeq(), row.modSeq()},
	}
	if want == store.WantSummary {
		rec.Item.Summary = row.blob()
	}
	return rec
}

func encodeFollow(f *store.Follow) string {
	if f == nil {
		return ""
	}
	b, err := json.Marshal(f)
	if err != nil {
		return "" // a time outside of the years 0 to 9999; nothing that a client can ask for
	}
	return string(b)
}

func decodeFollow(s string) *store.Follow {
	if s == "" {
		return nil
	}
	var f store.Follow
	if json.Unmarshal([]byte(s), &f) != nil {
		return nil // Check reports it
	}
	return &f
}

// records runs a query that begins with selectRecord[want].
func (r *reader) records(want store.Want, query string, args ...any) iter.Seq2[store.Record, error] {
	return r.walk(want, func() (*rows, error) { return r.c.query(query, args...) })
}

// walk yields the records of the rows that start returns. In an Update everything is read first: the
// loop's body may change what the walk goes through.
func (r *reader) walk(want store.Want, start func() (*rows, error)) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		row, err := start()
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		if r.tx != nil {
			r.readAll(row, want, yield)
			return
		}
		defer row.close()
		for row.next() {
			if err := r.ctx.Err(); err != nil {
				yield(store.Record{}, err)
				return
			}
			if !yield(r.scanRecord(row, want), nil) {
				return
			}
		}
		if err := row.close(); err != nil {
			yield(store.Record{}, err)
		}
	}
}

func (r *reader) readAll(row *rows, want store.Want, yield func(store.Record, error) bool) {
	var list []store.Record
	for row.next() {
		list = append(list, r.scanRecord(row, want))
	}
	err := row.close()
	for _, rec := range list {
		if !yield(rec, nil) {
			return
		}
	}
	if err != nil {
		yield(store.Record{}, err)
	}
}

// failed is a sequence of one error.
func failed(err error) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) { yield(store.Record{}, err) }
}

// in is the sequence that walk makes, once c is known to be the account's.
func (r *reader) in(c store.CollectionID, walk func() iter.Seq2[store.Record, error]) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if err := r.live(c); err != nil {
			yield(store.Record{}, err)
			return
		}
		walk()(yield)
	}
}

// record runs a query for one record.
func (r *reader) record(want store.Want, what string, query string, args ...any) (rec store.Record, err error) {
	found, err := r.c.one(func(row *rows) { rec = r.scanRecord(row, want) }, query, args...)
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", what, store.NotFound)
	}
	return rec, err
}

// Record implements [store.Reader].
func (r *reader) Record(c store.CollectionID, uid store.UID, want store.Want) (store.Record, error) {
	if err := r.live(c); err != nil {
		return store.Record{}, err
	}
	return r.record(want, "entry", selectRecord[want]+" WHERE e.collection = ? AND e.uid = ? AND e.removed = 0", c, uid)
}

// RecordByKey implements [store.Reader].
func (r *reader) RecordByKey(c store.CollectionID, key string, want store.Want) (store.Record, error) {
	if err := r.live(c); err != nil {
		return store.Record{}, err
	}
	return r.record(want, "entry", selectRecord[want]+" WHERE e.collection = ? AND e.key = ? AND e.key <> '' AND e.removed = 0", c, key)
}

const ofAccount = " AND e.collection IN (SELECT id FROM collection WHERE account = ? AND removed = 0)"

// RecordByItem implements [store.Reader].
func (r *reader) RecordByItem(id store.ItemID, want store.Want) (store.Record, error) {
	return r.record(want, "item", selectRecord[want]+` JOIN collection c ON c.id = e.collection
		WHERE e.item = ? AND e.removed = 0 AND c.account = ? AND c.removed = 0`, id, r.acct)
}

// Changes implements [store.Reader].
func (r *reader) Changes(c store.CollectionID, p store.Place, want store.Want) iter.Seq2[store.Record, error] {
	return r.in(c, func() iter.Seq2[store.Record, error] {
		live := p == store.Place{}
		if !live {
			if err := r.fresh(c, p); err != nil {
				return failed(err)
			}
		}
		return r.records(want, selectRecord[want]+` WHERE e.collection = ? AND (e.modseq, e.uid) > (?, ?)
			AND (e.removed = 0 OR NOT ?) ORDER BY e.modseq, e.uid`, c, p.ModSeq, p.UID, live)
	})
}

// fresh is Stale when a tombstone behind p may be gone: p is below the floor, or it is a place inside
// the floor's transaction and a tombstone further on in it was pruned.
func (r *reader) fresh(c store.CollectionID, p store.Place) error {
	floor, err := r.floor()
	if err != nil {
		return err
	}
	var pruned store.Place
	_, err = r.c.one(func(row *rows) { pruned = store.Place{ModSeq: row.modSeq(), UID: store.UID(row.int())} },
		"SELECT pruned_modseq, pruned_uid FROM collection WHERE id = ?", c)
	if err != nil {
		return err
	}
	if p.ModSeq < floor || p.Less(pruned) {
		return fmt.Errorf("changes of collection %d after %d: %w", c, p.ModSeq, store.Stale)
	}
	return nil
}

// Newest implements [store.Reader].
func (r *reader) Newest(c store.CollectionID, before, since store.Age, want store.Want) iter.Seq2[store.Record, error] {
	return r.in(c, func() iter.Seq2[store.Record, error] {
		below, belowUID := bound(before, math.MaxInt64)
		from, fromUID := bound(since, math.MinInt64)
		return r.records(want, selectRecord[want]+` WHERE e.collection = ? AND e.removed = 0
			AND (e.received, e.uid) < (?, ?) AND (e.received, e.uid) >= (?, ?)
			ORDER BY e.received DESC, e.uid DESC`, c, below, belowUID, from, fromUID)
	})
}

// bound is an Age as the index has it; open stands for the zero Age.
func bound(a store.Age, open int64) (ms, uid int64) {
	if a.UID == 0 && a.Received.IsZero() {
		return open, 0
	}
	return a.Received.UnixMilli(), int64(a.UID)
}

// ByUID implements [store.Reader].
func (r *reader) ByUID(c store.CollectionID, lo, hi store.UID, want store.Want) iter.Seq2[store.Record, error] {
	return r.in(c, func() iter.Seq2[store.Record, error] {
		return r.records(want, selectRecord[want]+` WHERE e.collection = ? AND e.uid BETWEEN ? AND ? AND e.removed = 0
			ORDER BY e.uid`, c, lo, hi)
	})
}

// Thread implements [store.Reader].
func (r *reader) Thread(id store.ThreadID, want store.Want) iter.Seq2[store.Record, error] {
	columns := selectRecord[want]
	if want == store.WantEntry {
		columns += joinItem
	}
	return r.records(want, columns+` WHERE i.thread = ? AND i.account = ? AND e.removed = 0`+ofAccount+
		` ORDER BY e.received, e.item`, id, r.acct, r.acct)
}
