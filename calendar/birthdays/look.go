package birthdays

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// isBook reports whether a collection is an address book that people fill.
func isBook(c store.Collection) bool { return c.Class == store.Contacts && !c.Fed() }

// look finds out which cards are to be compared, and whether there is anything to do.
func (t *tending) look(r store.Reader) (work bool, err error) {
	last, known, err := readPlace(r, t.acct)
	if err != nil {
		return false, err
	}
	all, err := r.Collections(0)
	if err != nil {
		return false, err
	}
	t.next = place{Books: map[store.CollectionID]store.ModSeq{}}
	var changed []store.CollectionID
	here, filled := false, false // the calendar; any address book
	for _, c := range all {
		here = here || c.Role == store.Birthdays
		if !isBook(c) {
			continue
		}
		t.books, t.next.Books[c.ID] = append(t.books, c.ID), c.Changed
		filled = filled || c.Total > 0
		if at, read := last.Books[c.ID]; c.Changed > at && (read || c.Total > 0) {
			changed = append(changed, c.ID)
		}
	}
	slices.Sort(t.books)
	t.whole = !known || t.lost(last)
	if t.whole && !here && !filled || !t.whole && len(changed) == 0 {
		return false, nil
	}
	account, err := r.Account()
	if err != nil {
		return false, err
	}
	for c := range t.next.Books {
		t.next.Books[c] = account.ModSeq // as far from the floor as can be
	}
	if !t.whole {
		if err := t.collect(r, changed, last); !errors.Is(err, store.Stale) {
			return true, err
		}
		t.whole = true
	}
	return true, t.collect(r, t.books, place{})
}

// lost reports whether an address book is gone of which there may be events.
func (t *tending) lost(last place) bool {
	for c := range last.Books {
		if _, here := t.next.Books[c]; !here {
			return true
		}
	}
	return false
}

// collect names the cards that have changed since a place.
func (t *tending) collect(r store.Reader, books []store.CollectionID, since place) error {
	t.names = map[string]bool{}
	for _, c := range books {
		from := store.Place{}
		if at, read := since.Books[c]; read {
			from = store.After(at)
		}
		for e, err := range r.Changes(c, from, store.WantEntry) {
			if err != nil {
				return err
			}
			t.names[nameOf(e.Entry)] = true
		}
	}
	return nil
}

// nameOf names a card wherever it is: by its UID, or as an item if that is none.
func nameOf(e store.Entry) string {
	if e.Key != "" {
		return keyPrefix + e.Key
	}
	return itemPrefix + strconv.FormatInt(int64(e.Item), 10)
}

const (
	keyPrefix  = "uid:"
	itemPrefix = "item:"
)

// find returns the entry of a card that counts, NotFound if it is in no address book.
func (t *tending) find(r store.Reader, name string) (store.Record, error) {
	if digits, ok := strings.CutPrefix(name, itemPrefix); ok {
		id, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return store.Record{}, store.NotFound
		}
		e, err := r.RecordByItem(store.ItemID(id), store.WantItem)
		if err == nil && (e.Key != "" || !slices.Contains(t.books, e.Collection)) {
			err = store.NotFound
		}
		return e, err
	}
	for _, c := range t.books {
		e, err := r.RecordByKey(c, strings.TrimPrefix(name, keyPrefix), store.WantItem)
		if !errors.Is(err, store.NotFound) {
			return e, err
		}
	}
	return store.Record{}, store.NotFound
}
