package kql

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gannetmail/gannet/mail/find"
)

// Bounds of a query.
const (
	MaxTerms = 100 // words, phrases and restrictions
	MaxDepth = 30  // parentheses within each other, and NOTs in a row
)

// The errors of [Parse].
var (
	ErrComplex = errors.New("too much to look for")
	ErrEmpty   = errors.New("nothing to look for")
)

// Parse reads a query. now is the moment that relative dates count from, its location the one in which they are days.
// The error is ErrComplex or ErrEmpty.
func Parse(text string, now time.Time) (find.Key, error) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	p := &parser{rest: text, today: find.DayOf(now)}
	var keys []find.Key
	for again := true; again; again = p.skipClosing() {
		if k, ok := p.any(); ok {
			keys = append(keys, k)
		}
	}
	switch {
	case p.err != nil:
		return find.Key{}, p.err
	case len(keys) > 0:
		return find.AllOf(keys...), nil
	case strings.ContainsFunc(text, isWordRune): // operators alone
		return find.Key{Op: find.Text, Text: strings.TrimSpace(text)}, nil
	}
	return find.Key{}, ErrEmpty
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// parser reads a query from its front.
type parser struct {
	rest  string
	today find.Day
	terms int
	depth int
	scope *restriction // inside of the parentheses behind a property
	err   error
}

// restriction is the property and the operator that values stand behind.
type restriction struct {
	*property
	op operator
}

// part is one of several things that stand in a row.
type part struct {
	key find.Key
	of  string // the property whose values are alternatives; empty: none
}

// skipClosing passes over a parenthesis that closes nothing.
func (p *parser) skipClosing() (ok bool) {
	p.space()
	p.rest, ok = strings.CutPrefix(p.rest, ")")
	return ok && p.err == nil
}

// any reads alternatives: parts with OR between. It reports false where nothing stands to look for.
func (p *parser) any() (find.Key, bool) {
	var keys []find.Key
	for {
		if k, ok := p.all(); ok {
			keys = append(keys, k)
		}
		if p.err != nil || !p.keyword("OR") {
			break
		}
	}
	return find.AnyOf(keys...), len(keys) > 0
}

// all reads parts in a row, with or without AND between.
func (p *parser) all() (find.Key, bool) {
	var parts []part
	joined := false // AND stood before
	for p.err == nil && !p.ends() && !p.atKeyword("OR") {
		if p.conjunction() {
			joined = true
			continue
		}
		next, ok := p.part()
		if !ok {
			continue
		}
		if last := len(parts) - 1; !joined && last >= 0 && next.of != "" && parts[last].of == next.of {
			parts[last].key = either(parts[last].key, next.key)
		} else {
			parts = append(parts, next)
		}
		joined = false
	}
	keys := make([]find.Key, len(parts))
	for i := range parts {
		keys[i] = parts[i].key
	}
	return find.AllOf(keys...), len(keys) > 0
}

func either(a, b find.Key) find.Key {
	if a.Op == find.Or {
		return find.AnyOf(append(a.Keys[:len(a.Keys):len(a.Keys)], b)...)
	}
	return find.AnyOf(a, b)
}

// conjunction passes over what stands between two parts that both are wanted.
func (p *parser) conjunction() bool {
	if p.keyword("AND") {
		return true
	}
	for _, near := range []string{"NEAR", "ONEAR"} {
		if !p.atKeyword(near) {
			continue
		}
		p.rest = p.rest[len(near):]
		if i := strings.IndexByte(p.rest, ')'); i > 0 && p.rest[0] == '(' && !strings.ContainsAny(p.rest[:i], " \"") {
			p.rest = p.rest[i+1:] // NEAR(n=4)
		}
		return true
	}
	return false
}

// ends reports whether the text or the parenthesis ends here.
func (p *parser) ends() bool {
	p.space()
	return p.rest == "" || p.rest[0] == ')'
}

// part reads a term, negated or not, or what stands in parentheses.
func (p *parser) part() (part, bool) {
	if !p.enter() {
		return part{}, false
	}
	defer p.leave()
	p.space()
	switch {
	case p.keyword("NOT"), p.minus():
		next, ok := p.part()
		return part{key: find.NoneOf(next.key)}, ok
	case strings.HasPrefix(p.rest, "+"):
		p.rest = p.rest[1:]
		return p.part()
	case strings.HasPrefix(p.rest, "("):
		k, ok := p.group()
		return part{key: k}, ok
	case p.rest == "" || p.rest[0] == ')':
		return part{}, false
	}
	return p.term()
}

// minus passes over a minus that stands directly before a term.
func (p *parser) minus() bool {
	if len(p.rest) < 2 || p.rest[0] != '-' || p.rest[1] == '-' || p.rest[1] == ')' || startsBlank(p.rest[1:]) {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// group reads what stands in parentheses; the opening one is here.
func (p *parser) group() (find.Key, bool) {
	p.rest = p.rest[1:]
	k, ok := p.any()
	p.space()
	p.rest = strings.TrimPrefix(p.rest, ")")
	return k, ok
}

func (p *parser) enter() bool {
	if p.depth++; p.depth > MaxDepth {
		p.err = ErrComplex
	}
	return p.err == nil
}

func (p *parser) leave() { p.depth-- }

// count counts one more term.
func (p *parser) count() {
	if p.terms++; p.terms > MaxTerms {
		p.err = ErrComplex
	}
}

// keyword passes over an operator in capitals, if it stands here.
func (p *parser) keyword(word string) bool {
	if !p.atKeyword(word) {
		return false
	}
	p.rest = p.rest[len(word):]
	return true
}

func (p *parser) atKeyword(word string) bool {
	p.space()
	after, ok := strings.CutPrefix(p.rest, word)
	return ok && (after == "" || startsBlank(after) || strings.ContainsRune("()", rune(after[0])) || quoteLen(after) > 0)
}

func (p *parser) space() { p.rest = strings.TrimLeftFunc(p.rest, isBlank) }

// isBlank recognises what stands between words.
func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func startsBlank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && isBlank(r)
}

// quotes are the marks that phrases stand between, in any pairs: keyboards of phones make curly ones.
const quotes = `"“”„‟«»`

// quoteLen is the length of the quotation mark that s begins with, 0 if there is none.
func quoteLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if s == "" || !strings.ContainsRune(quotes, r) {
		return 0
	}
	return n
}
