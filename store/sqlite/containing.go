package sqlite

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
)

// maxExpansion is how many words a piece of a text may stand for; what stands for more is no condition.
const maxExpansion = 4000

// Containing implements [store.Reader].
//
// The text is cut into words as the tokenizer would. Of one word it is not known where in a word of the mailbox it stands,
// so all words with it inside are looked up in the table of words, and any of them will do; of several the first is an
// end, the last a beginning. Messages in which one word was found certainly have it. Others are candidates, and so are all
// of which the index has not all.
func (r *reader) Containing(c store.CollectionID, f store.Field, text string) iter.Seq2[store.Hit, error] {
	return func(yield func(store.Hit, error) bool) {
		hits, err := r.containing(c, f, text)
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
	expr, sure, err := r.needle(fold.String(text))
	if err != nil {
		return nil, err
	}
	if expr == "" {
		return r.everyEntry(c)
	}
	found := map[store.UID]bool{} // sure or not
	if f != store.HeaderField {
		columns := fieldColumns[f]
		if err := r.matching(found, c, "fts", columns+" : ("+expr+")", sure); err != nil {
			return nil, err
		}
	}
	if f == store.HeaderField || f == store.AnyField {
		if err := r.matching(found, c, "fts_headers", "{headers} : ("+expr+")", sure); err != nil {
			return nil, err
		}
	}
	if err := r.undecided(found, c); err != nil {
		return nil, err
	}
	hits := make([]store.Hit, 0, len(found))
	for uid, sure := range found {
		hits = append(hits, store.Hit{UID: uid, Sure: sure})
	}
	slices.SortFunc(hits, func(a, b store.Hit) int { return int(int64(a.UID) - int64(b.UID)) })
	return hits, nil
}

// everyEntry is the answer about a text of which the index knows nothing.
func (r *reader) everyEntry(c store.CollectionID) (hits []store.Hit, err error) {
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

// needle makes an expression of FTS5 of a folded text: one that every text with it inside matches. It is empty when the text
// has no word, or only such as stand for too many. sure says that what matches has the text.
func (r *reader) needle(text string) (expr string, sure bool, err error) {
	var words []string
	for rest := text; rest != ""; {
		var w string
		if w, rest = nextWord(rest); w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 || len(words) > maxQueryWords || len(text) > maxQueryBytes {
		return "", false, nil
	}
	if strings.ContainsFunc(text, isCJK) {
		return cjkNeedle(words), false, nil
	}
	var must []string
	for i, w := range words {
		first, last := i == 0, i == len(words)-1
		var piece string
		switch {
		case first:
			if piece, err = r.expand(w, !last); err != nil {
				return "", false, err
			}
		case last:
			piece = quoted(w) + " *"
		default:
			piece = quoted(w)
		}
		if piece != "" {
			must = append(must, piece)
		}
	}
	sure = len(words) == 1 && words[0] == text && isASCII(text)
	return strings.Join(must, " AND "), sure, nil
}

// cjkNeedle is needle of words with characters that are indexed in pairs. Other words are no condition.
func cjkNeedle(words []string) string {
	var must []string
	for _, w := range words {
		walkRuns(w, func(run []rune) {
			for i := 0; i+1 < len(run); i++ {
				must = append(must, quoted(string(run[i:i+2])))
			}
			if len(run) == 1 {
				must = append(must, quoted(string(run))+" *")
			}
		}, func(string) {})
	}
	return strings.Join(must, " AND ")
}

func quoted(word string) string { return `"` + strings.ReplaceAll(word, `"`, `""`) + `"` }

// expand lists the words of the table that have w inside, or at their end: ("a" OR "b"). It is empty when they are too many.
// A word of nothing else is among them, known or not.
func (r *reader) expand(w string, end bool) (string, error) {
	query := "SELECT word FROM term WHERE instr(word, ?) > 0 LIMIT ?"
	if end {
		query = "SELECT word FROM term WHERE substr(word, -" + strconv.Itoa(utf8.RuneCountInString(w)) + ") = ? LIMIT ?"
	}
	list := []string{quoted(w)}
	err := r.c.all(func(row *rows) { list = append(list, quoted(row.text())) }, query, w, maxExpansion+1)
	if err != nil || len(list) > maxExpansion {
		return "", err
	}
	return "(" + strings.Join(list, " OR ") + ")", nil
}

const uidsOf = `SELECT group_concat(uid, ' ') FROM (SELECT e.uid FROM `

// matching adds the entries of c whose texts match.
func (r *reader) matching(found map[store.UID]bool, c store.CollectionID, table, expr string, sure bool) error {
	expr = `scope : ` + quoted(scopeToken(r.acct)) + " AND " + expr
	query := uidsOf + table + " CROSS JOIN item i ON i.search_key = " + table + ".rowid CROSS JOIN entry e ON e.item = i.id AND e.removed = 0" +
		" WHERE " + table + " MATCH ? AND e.collection = ?)"
	return r.gather(found, sure, query, expr, c)
}

// undecided adds the entries of c about which the index can't say no: of which it has not all, or nothing yet.
func (r *reader) undecided(found map[store.UID]bool, c store.CollectionID) error {
	for _, table := range []string{"fts_partial", "fts_pending"} {
		query := uidsOf + table + " p CROSS JOIN item i ON i.search_key = p.search_key CROSS JOIN entry e ON e.item = i.id AND e.removed = 0" +
			" WHERE p.account = ? AND e.collection = ?)"
		if err := r.gather(found, false, query, r.acct, c); err != nil {
			return err
		}
	}
	return nil
}

// gather adds the UIDs that a query makes one text of. Who is sure already stays so.
func (r *reader) gather(found map[store.UID]bool, sure bool, query string, args ...any) error {
	var text string
	if _, err := r.c.one(func(row *rows) { text = row.text() }, query, args...); err != nil {
		return err
	}
	for text != "" {
		var field string
		field, text, _ = strings.Cut(text, " ")
		uid, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return invalid("UID %q", field)
		}
		found[store.UID(uid)] = found[store.UID(uid)] || sure
	}
	return nil
}
