package contacts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// A listing is the address list in memory. Reading it takes some hundred milliseconds for ten thousand
// accounts, more than a person who types should wait for with each letter.
type listing struct {
	mu   sync.Mutex // held while reading, so that one reads for all who wait
	rows []row      // never changed once it is here
	read time.Time
}

// A row is a person with what finds them.
type row struct {
	Person
	name  string   // Display, folded: the order
	words []string // folded: what a typed word may be the beginning of
}

// rows returns the address list in its order, at most MaxAge old.
func (d *Directory) rows(ctx context.Context) ([]row, error) {
	now := time.Now
	if d.Now != nil {
		now = d.Now
	}
	d.listing.mu.Lock()
	defer d.listing.mu.Unlock()
	l := &d.listing
	if age := now().Sub(l.read); !l.read.IsZero() && age >= 0 && age < MaxAge {
		return l.rows, nil
	}
	begun := now()
	var rows []row
	err := d.Store.View(ctx, 0, func(r store.Reader) (err error) {
		rows, err = readRows(r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the address list: %w", err)
	}
	l.rows, l.read = rows, begun
	return rows, nil
}

func readRows(r store.Directory) ([]row, error) {
	accounts, err := r.Accounts()
	if err != nil {
		return nil, err
	}
	aliases, err := r.Aliases(0)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(r)
	if err != nil {
		return nil, err
	}
	var rows []row
	further := map[store.AccountID][]string{} // addresses of one person
	for _, a := range aliases {
		g, isGroup := groups[a.Address]
		switch {
		case strings.HasPrefix(a.Address, "@"), g.Hidden:
		case isGroup, len(a.Accounts) > 1:
			rows = append(rows, newRow(listOf(a, g), nil))
		default:
			further[a.Accounts[0]] = append(further[a.Accounts[0]], a.Address)
		}
	}
	for _, a := range accounts {
		hidden, err := IsHidden(r, a.ID)
		if err != nil {
			return nil, err
		}
		if hidden || a.Disabled {
			continue
		}
		p, err := personOf(r, a)
		if err != nil {
			return nil, err
		}
		rows = append(rows, newRow(p, further[a.ID]))
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.Address, b.Address))
	})
	return rows, nil
}

func newRow(p Person, further []string) row {
	w := row{Person: p, name: folded(p.Display)}
	for _, name := range []string{p.Display, p.First, p.Last} {
		w.words = append(w.words, nameWords(name)...)
	}
	for _, a := range append(further, p.Address) {
		local, _, _ := address.Split(a)
		w.words = append(append(w.words, folded(a)), nameWords(local)...)
	}
	slices.Sort(w.words)
	w.words = slices.Clip(slices.Compact(w.words))
	return w
}

// matches reports whether each of the words typed is the beginning of one of the row's.
func (w *row) matches(typed []string) bool {
	for _, t := range typed {
		i, _ := slices.BinarySearch(w.words, t)
		if i == len(w.words) || !strings.HasPrefix(w.words[i], t) {
			return false
		}
	}
	return true
}

// nameWords cuts a name into what people begin to type: what stands between blanks, and the parts of it
// that stand between other characters ("Anne-Marie" is also "Marie").
func nameWords(name string) []string {
	var words []string
	for _, w := range strings.Fields(folded(name)) {
		if w = trimmed(w); w != "" {
			words = append(words, w)
		}
		if parts := strings.FieldsFunc(w, notWord); len(parts) > 1 {
			words = append(words, parts...)
		}
	}
	return words
}

// typedWords cuts what somebody typed at blanks and commas, and drops what stands around words.
func typedWords(text string) []string {
	words := strings.FieldsFunc(folded(text), func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	for i := range words {
		words[i] = trimmed(words[i])
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// trimmed takes away what is neither letter nor digit at both ends.
func trimmed(s string) string { return strings.TrimFunc(s, notWord) }

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

// listOf is the row of a group, or of an alias with several accounts.
func listOf(a store.Alias, g Group) Person {
	local, _, _ := address.Split(a.Address)
	return Person{Display: cmp.Or(strings.TrimSpace(g.Display), local), Alias: local, Address: a.Address, List: true, Members: a.Accounts}
}

// personOf is the row of an account.
func personOf(r store.Directory, a store.Account) (Person, error) {
	known, err := ReadProperties(r, a.ID)
	if err != nil {
		return Person{}, err
	}
	local, _, _ := address.Split(a.Name)
	p := Person{
		Account: a.ID, Display: cmp.Or(strings.TrimSpace(a.Display), local),
		First: known.FirstName, Last: known.LastName, Alias: local, Address: a.Name, Properties: known,
	}
	if p.First == "" && p.Last == "" {
		p.First, p.Last = splitName(a.Display)
	}
	return p, nil
}

// splitName guesses first and last name: "Anna Maria Berg" and "Berg, Anna Maria" are the same. A single
// word is neither.
func splitName(display string) (first, last string) {
	if l, f, ok := strings.Cut(display, ","); ok {
		return strings.TrimSpace(f), strings.TrimSpace(l)
	}
	words := strings.Fields(display)
	if len(words) < 2 {
		return "", ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

// isNotFound reports whether err only says that there is nothing.
func isNotFound(err error) bool { return errors.Is(err, store.NotFound) }
