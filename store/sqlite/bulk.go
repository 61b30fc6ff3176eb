package sqlite

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// What programs ask of whole mailboxes is read in pieces that SQLite itself makes one text of: a row costs a call into C,
// and a mailbox has a million.

// marksPiece is how many entries one piece has.
const marksPiece = 1000

const selectMarks = `SELECT group_concat(m, char(10)) FROM (
	SELECT e.uid || ' ' || e.modseq || ' ' || i.flags || ' ' || i.keywords AS m
	FROM entry e CROSS JOIN item i ON i.id = e.item
	WHERE e.collection = ? AND e.uid BETWEEN ? AND ? AND e.removed = 0 ORDER BY e.uid LIMIT ?)`

// Marks implements [store.Reader].
func (r *reader) Marks(c store.CollectionID, lo, hi store.UID) iter.Seq2[store.Marks, error] {
	return func(yield func(store.Marks, error) bool) {
		if err := r.live(c); err != nil {
			yield(store.Marks{}, err)
			return
		}
		for lo <= hi {
			n, last, err := 0, store.UID(0), r.ctxErr()
			var piece string
			if err == nil {
				_, err = r.c.one(func(row *rows) { piece = row.text() }, selectMarks, c, lo, hi, marksPiece)
			}
			for piece != "" && err == nil {
				var line string
				line, piece, _ = strings.Cut(piece, "\n")
				var m store.Marks
				if m, err = parseMarks(line); err == nil && !yield(m, nil) {
					return
				}
				last = m.UID
				n++
			}
			if err != nil {
				yield(store.Marks{}, err)
				return
			}
			if n < marksPiece || last == store.MaxUID {
				return
			}
			lo = last + 1
		}
	}
}

// ctxErr is the error of the View's context; an Update's is not asked once it runs.
func (r *reader) ctxErr() error {
	if r.tx != nil {
		return nil
	}
	return r.ctx.Err()
}

// parseMarks reads a line that selectMarks made.
func parseMarks(line string) (m store.Marks, err error) {
	var fields [3]int64
	for i := range fields {
		var field string
		field, line, _ = strings.Cut(line, " ")
		if fields[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return m, fmt.Errorf("marks of an entry: %w: %w", store.Internal, err)
		}
	}
	return store.Marks{
		UID: store.UID(fields[0]), ModSeq: store.ModSeq(fields[1]), Flags: store.Flags(fields[2]), Keywords: decodeStrings(line),
	}, nil
}

// uidsPiece is how many UIDs are looked at at once.
const uidsPiece = 1 << 15

// UIDs implements [store.Reader].
func (r *reader) UIDs(c store.CollectionID) iter.Seq2[store.UIDRange, error] {
	return func(yield func(store.UIDRange, error) bool) {
		if err := r.live(c); err != nil {
			yield(store.UIDRange{}, err)
			return
		}
		var run store.UIDRange // not yet yielded; First 0: none
		if whole, err := r.wholeRange(c); err != nil || whole.First != 0 {
			yield(whole, err)
			return
		}
		for lo := store.UID(1); ; {
			pieces, next, err := r.uidsFrom(c, lo)
			if err != nil {
				yield(store.UIDRange{}, err)
				return
			}
			for _, p := range pieces {
				if run.First != 0 && p.First == run.Last+1 {
					run.Last = p.Last
					continue
				}
				if run.First != 0 && !yield(run, nil) {
					return
				}
				run = p
			}
			if next == 0 {
				break
			}
			lo = next
		}
		if run.First != 0 {
			yield(run, nil)
		}
	}
}

// wholeRange is the one range of a collection without holes, as large ones that nobody cleans up are: known from three rows.
// First is 0 when there are holes, or nothing.
func (r *reader) wholeRange(c store.CollectionID) (run store.UIDRange, err error) {
	const live = " FROM entry WHERE collection = ? AND removed = 0 ORDER BY uid "
	total, err := r.c.number("SELECT total FROM collection WHERE id = ?", c)
	if err != nil || total == 0 {
		return run, err
	}
	first, err := r.c.number("SELECT uid"+live+"LIMIT 1", c)
	if err != nil {
		return run, err
	}
	last, err := r.c.number("SELECT uid"+live+"DESC LIMIT 1", c)
	if err != nil || last-first+1 != total {
		return run, err
	}
	return store.UIDRange{First: store.UID(first), Last: store.UID(last)}, nil
}

// uidsFrom reads the next piece at or behind lo; next is where to go on, 0 at the end. A piece without holes, as most are,
// is only counted.
func (r *reader) uidsFrom(c store.CollectionID, lo store.UID) (pieces []store.UIDRange, next store.UID, err error) {
	if err := r.ctxErr(); err != nil {
		return nil, 0, err
	}
	first, err := r.c.number("SELECT uid FROM entry WHERE collection = ? AND uid >= ? AND removed = 0 ORDER BY uid LIMIT 1", c, lo)
	if err != nil || first == 0 {
		return nil, 0, err
	}
	last := min(first+uidsPiece-1, int64(store.MaxUID))
	var count, most int64
	_, err = r.c.one(func(row *rows) { count, most = row.int(), row.int() },
		"SELECT count(*), max(uid) FROM entry WHERE collection = ? AND uid BETWEEN ? AND ? AND removed = 0", c, first, last)
	if err != nil {
		return nil, 0, err
	}
	if last < int64(store.MaxUID) {
		next = store.UID(last + 1)
	}
	if count == most-first+1 {
		return []store.UIDRange{{First: store.UID(first), Last: store.UID(most)}}, next, nil
	}
	var text string
	_, err = r.c.one(func(row *rows) { text = row.text() }, `SELECT group_concat(uid, ' ') FROM (
		SELECT uid FROM entry WHERE collection = ? AND uid BETWEEN ? AND ? AND removed = 0 ORDER BY uid)`, c, first, last)
	if err != nil {
		return nil, 0, err
	}
	for text != "" {
		var field string
		field, text, _ = strings.Cut(text, " ")
		uid, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, 0, fmt.Errorf("UIDs of a collection: %w: %w", store.Internal, err)
		}
		if n := len(pieces); n > 0 && uint64(pieces[n-1].Last)+1 == uid {
			pieces[n-1].Last = store.UID(uid)
		} else {
			pieces = append(pieces, store.UIDRange{First: store.UID(uid), Last: store.UID(uid)})
		}
	}
	return pieces, next, nil
}
