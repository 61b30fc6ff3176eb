package sqlite

import (
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
)

// Containing implements [store.Reader].
//
// The text is cut into words as the tokenizer would. Where it begins or ends is not known to be the edge of
// a word of the mailbox, so the words that it may be part of are looked up in the vocabulary, and any of
// them will do. Messages in which a text without blanks was found so certainly have it. Others are
// candidates, and so are all of which the index has not all.
func (r *reader) Containing(c store.CollectionID, f store.Field, text string) iter.Seq2[store.Hit, error] {
	return func(yield func(store.Hit, error) bool) {
		hits, err := r.containing(c, f, separate(fold.String(text)))
		if err != nil {
			yield(store.Hit{}, err)
			return
		}
		for _, h := range hits {
			if !yield(h, nil) {
				return
			}
		}
	}
}

func (r *reader) containing(c store.CollectionID, f store.Field, text string) ([]store.Hit, error) {
	if f > store.HeaderField {
		return nil, invalid("search field %d", f)
	}
	if err := r.live(c); err != nil {
		return nil, err
	}
	runs := cutRuns(text)
	if len(runs) == 0 {
		return r.everyEntry(nil, c)
	}
	list, err := slots(runs, func(piece string, where wordPattern) ([]string, error) {
		return findWords(r.c, int64(r.acct), piece, where)
	})
	if err != nil {
		return nil, err
	}
	phrases, whole := slotPhrases(list)
	keys, all, err := r.textsWith(phrases, f)
	if err != nil {
		return nil, err
	}
	hits, err := r.ofTexts(keys, c, len(runs) == 1 && runs[0].begins && runs[0].ends)
	if err != nil {
		return nil, err
	}
	if whole && all {
		hits, err = r.undecided(hits, c)
	} else {
		hits, err = r.everyEntry(hits, c)
	}
	return sortHits(hits), err
}

// sortHits sorts by UID and drops repetitions; who is sure once is sure.
func sortHits(hits []store.Hit) []store.Hit {
	slices.SortFunc(hits, func(a, b store.Hit) int {
		switch {
		case a.UID != b.UID:
			return int(int64(a.UID) - int64(b.UID))
		case a.Sure == b.Sure:
			return 0
		case a.Sure:
			return -1
		}
		return 1
	})
	return slices.CompactFunc(hits, func(a, b store.Hit) bool { return a.UID == b.UID })
}

// everyEntry adds all entries of c, as candidates.
func (r *reader) everyEntry(hits []store.Hit, c store.CollectionID) ([]store.Hit, error) {
	for span, err := range r.UIDs(c) {
		if err != nil {
			return nil, err
		}
		for uid := uint64(span.First); uid <= uint64(span.Last); uid++ {
			hits = append(hits, store.Hit{UID: store.UID(uid)})
		}
	}
	return hits, nil
}

// phrasesAtOnce is how many phrases one query looks for: FTS5 looks at each of them for each text.
const phrasesAtOnce = 128

// textsWith lists the keys of the account's indexed texts in which one of the phrases stands. It gives up,
// and all is false, when as many texts were seen as make it likely that hardly one has none of them.
func (r *reader) textsWith(phrases []string, f store.Field) (keys map[int64]struct{}, all bool, err error) {
	total, err := r.c.number("SELECT sum(total) FROM collection WHERE account = ? AND removed = 0", r.acct)
	if err != nil {
		return nil, false, err
	}
	keys = map[int64]struct{}{}
	seen := 0
	for some := range slices.Chunk(phrases, phrasesAtOnce) {
		if len(keys) >= int(total) || seen > 2*int(total)+1000 {
			return keys, false, r.dropWaiting(keys)
		}
		if err := r.ctxErr(); err != nil {
			return nil, false, err
		}
		expr := "(" + strings.Join(some, " OR ") + ")"
		for _, p := range partsOf(f) {
			n, err := r.match(keys, p.table, p.columns+" : "+expr)
			if err != nil {
				return nil, false, err
			}
			seen += n
		}
	}
	return keys, true, r.dropWaiting(keys)
}

// part is some columns of an index.
type part struct{ table, columns string }

// partsOf says where the index has a field.
func partsOf(f store.Field) []part {
	headers := part{"fts_headers", "{headers}"}
	switch f {
	case store.HeaderField:
		return []part{headers}
	case store.AnyField:
		return []part{{"fts", fieldColumns[f]}, headers}
	}
	return []part{{"fts", fieldColumns[f]}}
}

// match adds the keys of the account's texts that match.
func (r *reader) match(keys map[int64]struct{}, table, expr string) (n int, err error) {
	var list string
	row, err := r.c.queryContext(r.ctx, "SELECT group_concat(rowid, ' ') FROM "+table+" WHERE "+table+" MATCH ?",
		"scope : "+phrase(scopeToken(r.acct), false)+" AND "+expr)
	if err != nil {
		return 0, err
	}
	for row.next() {
		list = row.text()
	}
	if err := row.close(); err != nil {
		return 0, err
	}
	for list != "" {
		var field string
		field, list, _ = strings.Cut(list, " ")
		key, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, invalid("key %q", field)
		}
		keys[key] = struct{}{}
		n++
	}
	return n, nil
}

// dropWaiting takes out the texts of which the index has an old form: the new one waits.
func (r *reader) dropWaiting(keys map[int64]struct{}) error {
	return r.c.all(func(row *rows) { delete(keys, row.int()) }, "SELECT search_key FROM fts_pending WHERE account = ?", r.acct)
}

const (
	uidsOf  = "SELECT group_concat(uid, ' ') FROM (SELECT e.uid FROM "
	entryOf = " CROSS JOIN entry e ON e.item = i.id AND e.removed = 0 WHERE e.collection = ?"
)

// ofTexts lists the entries of c whose texts have these keys.
func (r *reader) ofTexts(keys map[int64]struct{}, c store.CollectionID, sure bool) ([]store.Hit, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	sorted := make([]int64, 0, len(keys))
	for key := range keys {
		sorted = append(sorted, key)
	}
	slices.Sort(sorted)
	list, err := json.Marshal(sorted)
	if err != nil {
		return nil, err
	}
	query := uidsOf + "json_each(?) k CROSS JOIN item i ON i.search_key = k.value" + entryOf + ")"
	return r.gather(nil, sure, query, string(list), c)
}

// undecided adds the entries of c about which the index can't say no: of which it has not all, or nothing yet.
func (r *reader) undecided(hits []store.Hit, c store.CollectionID) (_ []store.Hit, err error) {
	for _, table := range []string{"fts_partial", "fts_pending"} {
		query := uidsOf + table + " p CROSS JOIN item i ON i.search_key = p.search_key" + entryOf + " AND p.account = ?)"
		if hits, err = r.gather(hits, false, query, c, r.acct); err != nil {
			return nil, err
		}
	}
	return hits, nil
}

// gather adds the UIDs that a query makes one text of.
func (r *reader) gather(hits []store.Hit, sure bool, query string, args ...any) ([]store.Hit, error) {
	var list string
	if _, err := r.c.one(func(row *rows) { list = row.text() }, query, args...); err != nil {
		return nil, err
	}
	for list != "" {
		var field string
		field, list, _ = strings.Cut(list, " ")
		uid, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, invalid("UID %q", field)
		}
		hits = append(hits, store.Hit{UID: store.UID(uid), Sure: sure})
	}
	return hits, nil
}
