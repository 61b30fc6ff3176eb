package sqlite

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
)

// searchKey is a row of the full-text index. Its upper bits are the item's arrival in milliseconds, so
// that "newest first" and "between these days" are the order and a range of rowids, which FTS5 walks
// without sorting. The lower 20 bits tell items of one millisecond apart. Copies of an item have the
// same text and arrival, and share its row.
type searchKey int64

const keyBits = 20

// firstKey is the lowest key of a time. Times that do not fit (before 1831, after 2109) sort at the ends.
func firstKey(t time.Time) searchKey {
	const most = 1<<(62-keyBits) - 1
	return searchKey(min(max(t.UnixMilli(), -most), most) << keyBits)
}

// freeSearchKey finds a key for a new item.
func (t *tx) freeSearchKey(received time.Time, id store.ItemID) (searchKey, error) {
	const mask = 1<<keyBits - 1
	first := firstKey(received)
	for n := range int64(mask) {
		key := first | searchKey((int64(id)+n)&mask)
		taken, err := t.c.exists(`SELECT 1 FROM item WHERE search_key = ?1
			UNION ALL SELECT 1 FROM fts_pending WHERE search_key = ?1 LIMIT 1`, int64(key))
		if err != nil || !taken {
			return key, err
		}
	}
	return 0, fmt.Errorf("no search key left at %v: %w", received, store.Internal)
}

// ownSearchKey returns the key under which an item's new text belongs: its own, or a new one when
// copies share the old text.
func (t *tx) ownSearchKey(id store.ItemID, received time.Time) (searchKey, error) {
	key, err := t.c.number("SELECT search_key FROM item WHERE id = ?", id)
	if err != nil {
		return 0, err
	}
	shared, err := t.c.exists("SELECT 1 FROM item WHERE search_key = ? AND id <> ?", key, id)
	if err != nil || !shared {
		return searchKey(key), err
	}
	return t.freeSearchKey(received, id)
}

// How much of each field is indexed, in bytes.
const (
	maxShortText = 8 << 10
	maxLongText  = 32 << 10
	maxBodyText  = 128 << 10
)

// indexText puts a text aside to be indexed under key. FTS5 writes a segment at every savepoint, which
// would cost more than all the rest of a delivery; so the writer indexes many at once (see docs/adr/0003).
func (t *tx) indexText(key searchKey, text store.Text) error {
	whole := !text.Partial
	field := func(s string, max int) string {
		s, cut := indexable(s, max)
		whole = whole && !cut
		return s
	}
	f := []string{
		field(text.Subject, maxShortText), field(text.From, maxShortText), field(text.To, maxLongText),
		field(text.Attachments, maxLongText), field(text.Body, maxBodyText), field(text.Headers, maxLongText),
	}
	bytes := 0
	for _, s := range f {
		bytes += len(s)
	}
	t.wrote(bytes)
	t.fx.chores |= choreIndex
	t.fx.texts += textWeight(bytes)
	if err := t.notePartial(key, whole); err != nil {
		return err
	}
	return t.c.exec(`INSERT OR REPLACE INTO fts_pending (search_key, account, deleted, subject, sender, recipients, attachments, body, headers)
		VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?)`, int64(key), t.acct, f[0], f[1], f[2], f[3], f[4], f[5])
}

// notePartial remembers of which texts the index has not all, so that it can't say what is not in them.
func (t *tx) notePartial(key searchKey, whole bool) error {
	if whole {
		return t.c.exec("DELETE FROM fts_partial WHERE search_key = ?", int64(key))
	}
	return putPartial(t.c, int64(key), int64(t.acct))
}

func putPartial(c *conn, key, account int64) error {
	return c.exec("INSERT OR IGNORE INTO fts_partial (search_key, account) VALUES (?, ?)", key, account)
}

// unindexText notes that an item with this key is gone; with the last one goes the text.
func (t *tx) unindexText(key searchKey) error {
	used, err := t.c.exists("SELECT 1 FROM item WHERE search_key = ? LIMIT 1", int64(key))
	if err != nil || used {
		return err
	}
	t.fx.chores |= choreIndex
	t.fx.texts += textWeight(0)
	return t.c.exec("INSERT OR REPLACE INTO fts_pending (search_key, account, deleted) VALUES (?, ?, 1)", int64(key), t.acct)
}

// textWeight is what a text counts as among those that wait: a long one as several.
func textWeight(bytes int) int { return 1 + bytes/4096 }

// indexable cuts a text at max bytes, at a character, and brings it into the form of the index: folded, and ready for the
// tokenizer.
func indexable(s string, max int) (text string, cut bool) {
	if cut = len(s) > max; cut {
		for max > 0 && !utf8.RuneStart(s[max]) {
			max--
		}
		s = s[:max]
	}
	return cutText(fold.String(s)), cut
}

// One step of indexing takes at most so many texts, and ends at so many bytes.
const (
	indexTexts = 32
	indexBytes = 128 << 10
)

// pendingText is a row of fts_pending.
type pendingText struct {
	key     int64
	account int64
	deleted bool
	fields  [6]string // subject, sender, recipients, attachments, body, headers
}

func (p pendingText) bytes() (n int) {
	for _, f := range p.fields {
		n += len(f)
	}
	return n
}

const pendingColumns = "search_key, account, deleted, subject, sender, recipients, attachments, body, headers"

func scanPending(r *rows) pendingText {
	return pendingText{r.int(), r.int(), r.bool(), [6]string{r.text(), r.text(), r.text(), r.text(), r.text(), r.text()}}
}

// index moves some texts from fts_pending to the index.
func (h *chores) index(c *conn) (more bool, err error) {
	var list []pendingText
	err = inTransaction(c, func() (err error) {
		if list, more, err = nextPending(c); err != nil {
			return err
		}
		for _, p := range list {
			if err := indexPending(c, p); err != nil {
				return err
			}
			if !p.deleted && h.words.learn(p) {
				if err := putPartial(c, p.key, p.account); err != nil {
					return err
				}
			}
		}
		return h.words.save(c)
	})
	h.words.saved(err == nil)
	if err == nil {
		for _, p := range list {
			h.pending -= textWeight(p.bytes())
		}
		if h.pending < 0 || !more {
			h.pending = 0
		}
		h.add(choreMerge)
	}
	return more, err
}

const mergePages = 64 // that one step of merging writes

// mergeIndex merges segments of the indexes a little further.
func mergeIndex(c *conn) (more bool, err error) {
	for _, table := range []string{"fts", "fts_headers"} {
		did, err := mergeTable(c, table)
		if err != nil {
			return false, err
		}
		more = more || did
	}
	return more, nil
}

func mergeTable(c *conn, table string) (more bool, err error) {
	before, err := c.number("SELECT total_changes()")
	if err != nil {
		return false, err
	}
	err = inTransaction(c, func() error {
		return c.exec("INSERT INTO "+table+" ("+table+", rank) VALUES ('merge', ?)", mergePages)
	})
	if err != nil {
		return false, err
	}
	after, err := c.number("SELECT total_changes()")
	return after-before >= 2, err // less is how FTS5 says that there is nothing to merge
}

func nextPending(c *conn) (list []pendingText, more bool, err error) {
	r, err := c.query("SELECT " + pendingColumns + " FROM fts_pending ORDER BY search_key")
	if err != nil {
		return nil, false, err
	}
	bytes := 0
	for r.next() {
		if len(list) == indexTexts || bytes > indexBytes {
			more = true
			break
		}
		p := scanPending(r)
		bytes += p.bytes()
		list = append(list, p)
	}
	return list, more, r.close()
}

func indexPending(c *conn, p pendingText) error {
	for _, table := range []string{"fts", "fts_headers"} {
		known, err := c.exists("SELECT 1 FROM "+table+"_docsize WHERE id = ?", p.key)
		if err != nil {
			return err
		}
		if known {
			if err := c.exec("DELETE FROM "+table+" WHERE rowid = ?", p.key); err != nil {
				return err
			}
		}
	}
	if p.deleted {
		if err := c.exec("DELETE FROM fts_partial WHERE search_key = ?", p.key); err != nil {
			return err
		}
	} else {
		if err := insertText(c, p); err != nil {
			return err
		}
		if err := insertHeaders(c, p); err != nil {
			return err
		}
	}
	return c.exec("DELETE FROM fts_pending WHERE search_key = ?", p.key)
}

// insertHeaders indexes the values of further header fields, apart from what people search for.
func insertHeaders(c *conn, p pendingText) error {
	if p.fields[5] == "" {
		return nil
	}
	return c.exec("INSERT INTO fts_headers (rowid, scope, headers) VALUES (?, ?, ?)",
		p.key, scopeToken(store.AccountID(p.account)), p.fields[5])
}

func insertText(c *conn, p pendingText) error {
	f := p.fields
	return c.exec(`INSERT INTO fts (rowid, scope, subject, sender, recipients, attachments, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.key, scopeToken(store.AccountID(p.account)), f[0], f[1], f[2], f[3], f[4])
}

// scopeToken is the word in the scope column that all texts of an account have.
func scopeToken(acct store.AccountID) string { return fmt.Sprintf("a%d", acct) }
