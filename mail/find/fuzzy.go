package find

import (
	"context"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
	"github.com/gannetmail/gannet/store/uidset"
)

// fuzzyKey is words to look for, RFC 6203: in any order, and the beginnings of words also.
type fuzzyKey struct {
	field store.Field
	words []string
}

// maxWords is how many words of a text are looked for approximately.
const maxWords = 16

// fuzzyFields are the fields of the header that the index knows the words of.
var fuzzyFields = map[string]store.Field{
	"SUBJECT": store.SubjectField, "FROM": store.FromField, "TO": store.ToField, "CC": store.ToField, "BCC": store.ToField,
}

// compileFuzzy plans a key behind FUZZY. Keys that are no text, and texts without words, match as ever.
func (e *evaluator) compileFuzzy(k Key) *node {
	field, known := store.AnyField, true
	switch k.Op {
	case And, Or:
		return e.compileJoined(k, e.compileFuzzy)
	case Body:
		field = store.BodyField
	case Text:
	case Header:
		field, known = fuzzyFields[k.Field]
	default:
		known = false
	}
	words := strings.Fields(fold.String(k.Text))
	if !known || len(words) == 0 {
		return e.compile(k)
	}
	return &node{op: nodeFuzzy, rank: rankIndex, fuzz: &fuzzyKey{field, words[:min(len(words), maxWords)]}}
}

// fuzzy finds messages and scores them: words as they stand 100, all of the words 80, words that begin so 60.
func (e *evaluator) fuzzy(ctx context.Context, k *fuzzyKey, within uidset.Set) (found uidset.Set, err error) {
	if e.scores == nil {
		e.scores = make(map[uint32]uint8)
	}
	for _, try := range k.tries() {
		if found.Len() == within.Len() {
			break
		}
		hits, err := e.words(ctx, try.terms)
		if err != nil {
			return nil, err
		}
		hits = within.Minus(found).Intersect(hits)
		for _, r := range hits {
			for i := range r.Last - r.First + 1 {
				e.scores[r.First+i] = max(e.scores[r.First+i], try.score)
			}
		}
		found = found.Union(hits)
	}
	return found, nil
}

// try is one of the ways to look for words, and what a message is worth that is found so.
type try struct {
	score uint8
	terms []store.Term
}

func (k *fuzzyKey) tries() []try {
	all := strings.Join(k.words, " ")
	begun := make([]store.Term, len(k.words))
	for i, w := range k.words {
		begun[i] = store.Term{Field: k.field, Words: w, Prefix: true}
	}
	tries := []try{
		{100, []store.Term{{Field: k.field, Words: all, Phrase: true}}},
		{80, []store.Term{{Field: k.field, Words: all}}},
		{60, begun},
	}
	if len(k.words) == 1 {
		return append(tries[:1], tries[2])
	}
	return tries
}

// words asks the index for words.
func (e *evaluator) words(ctx context.Context, terms []store.Term) (uidset.Set, error) {
	var uids []uint32
	err := e.View(ctx, func(r store.Reader) error {
		q := store.Query{Collections: []store.CollectionID{e.Collection}, Terms: terms}
		for rec, err := range r.Search(q, store.WantEntry) {
			if err != nil {
				return fmt.Errorf("ask the index: %w", err)
			}
			if rec.Collection == e.Collection {
				uids = append(uids, uint32(rec.UID))
			}
		}
		return nil
	})
	return uidset.Of(uids), err
}

// scoresOf is the scores of what was found in the end.
func (e *evaluator) scoresOf(found uidset.Set) map[uint32]uint8 {
	for uid := range e.scores {
		if !found.Contains(uid) {
			delete(e.scores, uid)
		}
	}
	return e.scores
}
