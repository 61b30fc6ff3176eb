package sqlite

import (
	"strings"
)

// maxKnown is how many words the writer knows without looking into the table: most texts have no others.
const maxKnown = 200_000

// maxWord is how long a word may be, in bytes, to be in the table; a text with a longer one is partial. Nobody types such.
const maxWord = 128

// terms is what the writer knows to be in the table of words. It forgets all when it knows too many.
type terms struct{ known map[string]struct{} }

// learn adds the words of a text to the table, in the transaction that indexes it.
func (t *terms) learn(c *conn, p pendingText) error {
	long := false
	for _, field := range p.fields {
		for field != "" {
			word, rest := nextWord(field)
			field = rest
			switch {
			case word == "":
			case len(word) > maxWord:
				long = true
			default:
				if err := t.add(c, word); err != nil {
					return err
				}
			}
		}
	}
	if !long || p.deleted {
		return nil
	}
	return c.exec("INSERT OR IGNORE INTO fts_partial (search_key, account) VALUES (?, ?)", p.key, p.account)
}

func (t *terms) add(c *conn, word string) error {
	if _, known := t.known[word]; known {
		return nil
	}
	if err := c.exec("INSERT OR IGNORE INTO term (word) VALUES (?)", word); err != nil {
		return err
	}
	if len(t.known) >= maxKnown || t.known == nil {
		t.known = make(map[string]struct{})
	}
	t.known[strings.Clone(word)] = struct{}{}
	return nil
}

// forget is for a transaction that did not come to be: what was learned in it is not in the table.
func (t *terms) forget() { t.known = nil }

// nextWord is the first run of letters and digits of a text, as the tokenizer cuts it, and what is behind it.
func nextWord(s string) (word, rest string) {
	begin := strings.IndexFunc(s, isToken)
	if begin < 0 {
		return "", ""
	}
	s = s[begin:]
	end := strings.IndexFunc(s, func(r rune) bool { return !isToken(r) })
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}
