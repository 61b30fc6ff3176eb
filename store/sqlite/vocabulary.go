package sqlite

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// The vocabulary of an account is the words of its texts, for searches inside of words. It is kept in blocks
// of sorted words, which a search reads from end to end: to look a word up is rarely asked for. Each step of
// indexing adds a block of the words that it had not seen lately; small blocks are merged, so that a word
// stands in few of them.

// maxWord is how long a word may be, in bytes, to be in the vocabulary; a text with a longer one is partial.
const maxWord = 1 << 10

// vocabulary is what the writer knows of the vocabularies: words that it added not long ago.
type vocabulary struct {
	seed  maphash.Seed
	known []uint64                      // hashes of account and word, each in the slot that it names; 0: none
	fresh map[int64]map[string]struct{} // by account, of the step at work
}

const knownSlots = 1 << 18 // 2 MiB

func newVocabulary() vocabulary {
	return vocabulary{seed: maphash.MakeSeed(), known: make([]uint64, knownSlots), fresh: map[int64]map[string]struct{}{}}
}

func (v *vocabulary) hash(account int64, word string) uint64 {
	return maphash.String(v.seed, word) + uint64(account)*0x9e3779b97f4a7c15
}

// learn notes the words of a text that is indexed. It reports whether one was too long to be noted.
func (v *vocabulary) learn(p pendingText) (long bool) {
	fresh := v.fresh[p.account]
	if fresh == nil {
		fresh = map[string]struct{}{}
		v.fresh[p.account] = fresh
	}
	for _, field := range p.fields {
		for field != "" {
			var word string
			word, field = nextWord(field)
			switch h := v.hash(p.account, word); {
			case word == "", v.known[h%knownSlots] == h, beginsCJK(word): // whose pairs are found without
			case len(word) > maxWord:
				long = true
			default:
				fresh[word] = struct{}{}
			}
		}
	}
	return long
}

// save writes what was learned, in the transaction that indexes the texts.
func (v *vocabulary) save(c *conn) error {
	for account, fresh := range v.fresh {
		if len(fresh) == 0 {
			continue
		}
		words := make([]string, 0, len(fresh))
		for word := range fresh {
			words = append(words, word)
		}
		slices.Sort(words)
		if err := putBlock(c, account, words); err != nil {
			return err
		}
		if err := mergeBlocks(c, account); err != nil {
			return err
		}
	}
	return nil
}

// saved ends a step. What was learned counts as known if the step was committed.
func (v *vocabulary) saved(committed bool) {
	for account, fresh := range v.fresh {
		for word := range fresh {
			if h := v.hash(account, word); committed {
				v.known[h%knownSlots] = h
			}
		}
	}
	clear(v.fresh)
}

// blockSizes are the upper bounds of small and of middling blocks, in bytes: so many of one kind are merged.
// Larger ones stay as they are.
var blockSizes = [...]int{16 << 10, 128 << 10}

const fewBlocks = 8

func mergeBlocks(c *conn, account int64) error {
	from := 0
	for _, to := range blockSizes {
		const which = " FROM vocabulary WHERE account = ? AND bytes >= ? AND bytes < ?"
		n, err := c.number("SELECT count(*)"+which, account, from, to)
		if err != nil {
			return err
		}
		if n < fewBlocks {
			return nil
		}
		var lists [][]string
		err = c.all(func(r *rows) { lists = append(lists, strings.Split(strings.Trim(r.text(), "\n"), "\n")) },
			"SELECT words"+which, account, from, to)
		if err != nil {
			return err
		}
		if err := c.exec("DELETE"+which, account, from, to); err != nil {
			return err
		}
		if err := putBlock(c, account, mergeWords(lists)); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// putBlock adds a block of sorted words.
func putBlock(c *conn, account int64, words []string) error {
	block := "\n" + strings.Join(words, "\n") + "\n"
	return c.exec("INSERT INTO vocabulary (account, bytes, words) VALUES (?, ?, ?)", account, len(block), block)
}

// mergeWords makes one sorted list of several, without repetitions.
func mergeWords(lists [][]string) []string {
	for len(lists) > 1 {
		half := lists[:0]
		for pair := range slices.Chunk(lists, 2) {
			if len(pair) == 1 {
				half = append(half, pair[0])
				continue
			}
			half = append(half, mergeTwo(pair[0], pair[1]))
		}
		lists = half
	}
	return lists[0]
}

func mergeTwo(a, b []string) []string {
	all := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch strings.Compare(a[0], b[0]) {
		case -1:
			all, a = append(all, a[0]), a[1:]
		case 1:
			all, b = append(all, b[0]), b[1:]
		default:
			a = a[1:]
		}
	}
	return append(append(all, a...), b...)
}

// wordPattern says where in a word a piece stands.
type wordPattern uint8

const (
	inside wordPattern = iota
	atEnd
	atBegin
)

// findWords lists the words of an account in which a piece stands. Those without digits come first, and the
// shortest of them: these tend to be in the most texts.
func findWords(c *conn, account int64, piece string, where wordPattern) ([]string, error) {
	switch where {
	case atEnd:
		piece += "\n"
	case atBegin:
		piece = "\n" + piece
	}
	var found []string
	err := c.all(func(r *rows) { found = appendMatches(found, r.text(), piece) }, "SELECT words FROM vocabulary WHERE account = ?", account)
	if err != nil {
		return nil, fmt.Errorf("read vocabulary: %w", err)
	}
	slices.SortFunc(found, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	found = slices.Compact(found)
	hasDigit := func(word string) bool { return strings.ContainsAny(word, "0123456789") }
	names := slices.DeleteFunc(slices.Clone(found), hasDigit)
	return append(names, slices.DeleteFunc(found, func(word string) bool { return !hasDigit(word) })...), nil
}

// appendMatches adds the words of a block in which a pattern occurs; a line feed in it is an end of the word.
func appendMatches(found []string, block, pattern string) []string {
	for at := 0; ; {
		i := strings.Index(block[at:], pattern)
		if i < 0 {
			return found
		}
		i += at
		begin := i
		if pattern[0] != '\n' {
			begin = strings.LastIndexByte(block[:i], '\n')
		}
		end := begin + 1 + strings.IndexByte(block[begin+1:], '\n')
		found = append(found, block[begin+1:end])
		at = end
	}
}

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
