package sqlite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
)

// Bounds of a query: what a person may type, not what a program may send.
const (
	maxQueryBytes = 4 << 10
	maxQueryWords = 100
)

// match is the text part of a query in FTS5's language.
type match struct {
	must, not []string
	nothing   bool // no text can match
}

func (m match) empty() bool { return len(m.must) == 0 && len(m.not) == 0 }

var fieldColumns = [...]string{
	store.AnyField:        "{subject sender recipients body attachments}",
	store.SubjectField:    "{subject}",
	store.FromField:       "{sender}",
	store.ToField:         "{recipients}",
	store.BodyField:       "{body}",
	store.AttachmentField: "{attachments}",
}

// matchAll translates terms. Words without a letter or a digit are no condition, as empty ones are.
func matchAll(terms []store.Term) (m match, err error) {
	bytes, words := 0, 0
	for _, t := range terms {
		if int(t.Field) >= len(fieldColumns) {
			return match{}, invalid("search field %d", t.Field)
		}
		list := phrases(t)
		bytes += len(t.Words)
		words += len(list)
		switch expr := strings.Join(list, " AND "); {
		case len(list) == 0:
			m.nothing = m.nothing || t.Not
		case t.Not:
			m.not = append(m.not, fieldColumns[t.Field]+" : ("+expr+")")
		default:
			m.must = append(m.must, fieldColumns[t.Field]+" : ("+expr+")")
		}
	}
	if bytes > maxQueryBytes || words > maxQueryWords {
		return match{}, invalid("search for %d words", words)
	}
	return m, nil
}

// phrases translates a term's words into FTS5 strings, all of which must be found.
func phrases(t store.Term) (list []string) {
	words := fold.String(strings.ReplaceAll(t.Words, "\x00", " ")) // NUL is where FTS5 would take the query to end
	pieces := []string{words}
	if !t.Phrase {
		pieces = strings.Fields(words)
	}
	for i, p := range pieces {
		cut, single := cutQuery(p)
		if !strings.ContainsFunc(cut, isToken) {
			continue
		}
		expr := `"` + strings.ReplaceAll(cut, `"`, `""`) + `"`
		if single || t.Prefix && i == len(pieces)-1 {
			expr += " *"
		}
		list = append(list, expr)
	}
	return list
}

// isToken reports whether r is part of a word. The tokenizer takes everything for a word that had no meaning
// yet when its tables were made, and knows some letters as marks: it never sees the former (see separate),
// and the latter are none here either.
func isToken(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	if 0x19b0 <= r && r <= 0x19c9 || r == 0x1cf2 || r == 0x1cf3 {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

// separate writes a space for every character beyond ASCII that is not part of a word.
func separate(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf || isToken(r) {
			return r
		}
		return ' '
	}, s)
}

// expression is the whole, within the texts of one account.
func (m match) expression(acct store.AccountID) string {
	expr := strings.Join(append([]string{`scope : "` + scopeToken(acct) + `"`}, m.must...), " AND ")
	for _, n := range m.not {
		expr = "(" + expr + ") NOT (" + n + ")"
	}
	return expr
}
