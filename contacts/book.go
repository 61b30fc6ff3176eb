package contacts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Books are the address books that people keep for themselves. It is safe for concurrent use.
type Books struct {
	Store store.Store
}

// An Acquaintance is a card of somebody's address book by one of its addresses.
type Acquaintance struct {
	Display string // never empty
	Address string // as the card has it
	Card    *vcard.Card
}

// maxRead is how many cards are read for one question.
const maxRead = 200

// maxCard is the size of the largest card that is read, in bytes.
const maxCard = 4 << 20

// Knows reports whether an address is in an address book of an account. It implements autoreply.Acquaintances.
func (b *Books) Knows(ctx context.Context, acct store.AccountID, addr string) (bool, error) {
	found, err := b.withAddress(ctx, acct, addr)
	return len(found) > 0, err
}

// withAddress returns the first card that has an address.
func (b *Books) withAddress(ctx context.Context, acct store.AccountID, addr string) ([]Acquaintance, error) {
	canonical, err := address.Canonical(addr)
	if err != nil {
		return nil, nil
	}
	local, _, _ := address.Split(canonical)
	items, err := b.mentioning(ctx, acct, local+"@") // the domain may be written in two ways
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		card, err := b.read(ctx, item)
		if err != nil {
			return nil, err
		}
		if card != nil && hasAddress(card, canonical) {
			return []Acquaintance{{Display: Called(card), Address: addr, Card: card}}, nil
		}
	}
	return nil, nil
}

// mentioning lists cards among whose names and addresses a text stands.
func (b *Books) mentioning(ctx context.Context, acct store.AccountID, text string) (items []store.Item, err error) {
	err = b.Store.View(ctx, acct, func(r store.Reader) error {
		all, err := r.Collections(0)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Class != store.Contacts || c.Fed() { // whom somebody writes to is not yet somebody he knows
				continue
			}
			for hit, err := range r.Containing(c.ID, store.FromField, text) {
				if err != nil {
					return err
				}
				if len(items) >= maxRead {
					return nil
				}
				record, err := r.Record(c.ID, hit.UID, store.WantItem)
				if err != nil {
					return err
				}
				items = append(items, record.Item)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("address books: %w", err)
	}
	return items, nil
}

// Called is how somebody is called by those who keep the card; never empty.
func Called(c *vcard.Card) string {
	if fn := c.Text("FN"); fn != "" && fn != "?" {
		return fn
	}
	return FileAs(c)
}

// Resolve finds out who of an account's address books is meant by what somebody typed: an address, also in angle
// brackets, or the beginnings of names. Each address of a card is one result; people are the first limit of total, by
// name.
func (b *Books) Resolve(ctx context.Context, acct store.AccountID, text string, limit int) (people []Acquaintance, total int, err error) {
	if addr := bareAddress(text); addr != "" {
		people, err := b.withAddress(ctx, acct, addr)
		return people, len(people), err
	}
	q := store.Query{Class: store.Contacts}
	for _, w := range typedWords(text) {
		q.Terms = append(q.Terms, store.Term{Field: store.FromField, Words: w, Prefix: true})
	}
	if len(q.Terms) == 0 {
		return nil, 0, nil
	}
	var items []store.Item
	err = b.Store.View(ctx, acct, func(r store.Reader) error {
		for record, err := range r.Search(q, store.WantItem) {
			if err != nil {
				return err
			}
			if items = append(items, record.Item); len(items) >= maxRead {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("address books: %w", err)
	}
	for _, item := range items {
		card, err := b.read(ctx, item)
		if err != nil {
			return nil, 0, err
		}
		if card == nil {
			continue
		}
		for _, addr := range Addresses(card) {
			people = append(people, Acquaintance{Display: Called(card), Address: addr, Card: card})
		}
	}
	slices.SortStableFunc(people, func(a, b Acquaintance) int { return strings.Compare(folded(a.Display), folded(b.Display)) })
	return people[:min(len(people), max(limit, 0))], len(people), nil
}

// read reads a card; nil for one that cannot be read.
func (b *Books) read(ctx context.Context, item store.Item) (*vcard.Card, error) {
	blob, err := b.Store.OpenBlob(ctx, item.Blob)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("open card: %w", err)
	}
	defer blob.Close()
	if blob.Size() > maxCard {
		return nil, nil
	}
	raw := make([]byte, blob.Size())
	if _, err := blob.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read card: %w", err)
	}
	card, _, err := vcard.Read(string(raw))
	if err != nil {
		return nil, nil
	}
	return card, nil
}
