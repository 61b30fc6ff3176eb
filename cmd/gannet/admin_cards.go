package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// cardsPut is the head of an upload of cards that go into an address book; each is the body of a message record.
type cardsPut struct {
	Account string `json:"account"`
	Book    string `json:"book,omitempty"` // its name; empty: the main one. Made where it is missing
	Dry     bool   `json:"dry,omitempty"`
}

// cardsDone is what became of each card: one of the card words, or why it was refused.
type cardsDone struct {
	Account string   `json:"account"`
	Book    string   `json:"book"`
	Results []string `json:"results"`
	Refused []bool   `json:"refused"`
}

// What becomes of a card.
const (
	cardNew     = "new"
	cardChanged = "changed" // one with its UID was there
	cardKnown   = "known"   // the same was there
)

// maxCard is the largest card that is taken, in bytes.
const maxCard = 4 << 20

// putCards adds cards, or replaces those with their UIDs, all of an upload in one transaction.
func (a *admin) putCards(ctx context.Context, body io.Reader) (any, error) {
	in := newTransferReader(body)
	kind, text, err := in.next()
	if err != nil {
		return nil, err
	}
	var q cardsPut
	if kind != recordHead || json.Unmarshal(text, &q) != nil {
		return nil, usagef("transfer: the first record is no head")
	}
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	p := cardPutter{admin: a, q: q, done: cardsDone{Account: account.Name, Results: []string{}, Refused: []bool{}}}
	defer p.release()
	for {
		kind, _, err := in.next()
		switch {
		case err != nil:
			return nil, err
		case kind == recordEnd:
			return p.commit(ctx, account)
		case kind != recordMessage || len(p.items) == maxUpload:
			return nil, usagef("transfer: unexpected record %q", kind)
		}
		if err := p.take(ctx, in.body); err != nil {
			return nil, err
		}
	}
}

// A cardPutter puts the cards of one upload.
type cardPutter struct {
	admin *admin
	q     cardsPut
	items []store.NewItem // without a blob: refused
	done  cardsDone
}

func (p *cardPutter) release() {
	for _, item := range p.items {
		if item.Blob != nil {
			item.Blob.Release()
		}
	}
}

// take stages a card. What is wrong with the card is its result, anything else an error.
func (p *cardPutter) take(ctx context.Context, r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxCard+1))
	if err != nil {
		return err
	}
	var item store.NewItem
	if len(raw) > maxCard {
		err = fmt.Errorf("more than %d bytes: %w", maxCard, vcard.ErrUnclear)
	} else {
		item, err = contacts.Ingest(ctx, p.admin.store, raw)
	}
	result := ""
	if errors.Is(err, vcard.ErrUnclear) {
		result, item = err.Error(), store.NewItem{}
	} else if err != nil {
		return err
	}
	item.Class = store.Contacts
	p.items = append(p.items, item)
	p.done.Results = append(p.done.Results, result)
	p.done.Refused = append(p.done.Refused, result != "")
	return nil
}

// commit puts what was staged, or tells what would become of it.
func (p *cardPutter) commit(ctx context.Context, account store.Account) (cardsDone, error) {
	if p.q.Dry {
		err := p.admin.store.View(ctx, account.ID, func(r store.Reader) error {
			book, err := addressBook(r, p.q.Book)
			if isNotFound(err) {
				book, err = store.Collection{Name: p.q.Book}, nil
			}
			if err != nil {
				return err
			}
			return p.put(r, nil, book)
		})
		return p.done, err
	}
	err := p.admin.store.Update(ctx, account.ID, func(tx store.Tx) error {
		book, err := addressBook(tx, p.q.Book)
		if isNotFound(err) && p.q.Book != "" {
			book, err = tx.CreateCollection(store.Collection{Name: p.q.Book, Class: store.Contacts})
			err = usageIf(usageIf(err, store.Invalid), store.Exists)
		}
		if err != nil {
			return err
		}
		return p.put(tx, tx, book)
	})
	return p.done, err
}

// put puts the cards into a book; a nil tx only tells what would become of them.
func (p *cardPutter) put(r store.Reader, tx store.Tx, book store.Collection) error {
	p.done.Book = book.Name
	for i, item := range p.items {
		if item.Blob == nil {
			continue
		}
		var err error
		if p.done.Results[i], err = putCard(r, tx, book, item); err != nil {
			return err
		}
	}
	return nil
}

func isNotFound(err error) bool { return errors.Is(err, store.NotFound) }

// putCard puts one card into a book; a nil tx only tells what would become of it.
func putCard(r store.Reader, tx store.Tx, book store.Collection, item store.NewItem) (string, error) {
	var before store.Record
	err := error(store.NotFound)
	if item.Key != "" && book.ID != 0 {
		before, err = r.RecordByKey(book.ID, item.Key, store.WantItem)
	}
	switch {
	case err != nil && !isNotFound(err):
		return "", err
	case err == nil && before.Item.Blob == item.Blob.ID():
		return cardKnown, nil
	case err == nil:
		if tx != nil {
			_, err = tx.Replace(book.ID, before.UID, item)
		}
		return cardChanged, err
	case tx == nil:
		return cardNew, nil
	}
	_, err = tx.Add(book.ID, item)
	return cardNew, err
}

// addressBook finds an address book by its name; an empty one is the main one.
func addressBook(r store.Reader, name string) (store.Collection, error) {
	if name == "" {
		return r.CollectionByRole(store.MainCards)
	}
	all, err := r.Collections(0)
	if err != nil {
		return store.Collection{}, err
	}
	for _, c := range all {
		if c.Class == store.Contacts && strings.EqualFold(c.Name, name) {
			return c, nil
		}
	}
	return store.Collection{}, fmt.Errorf("address book %q: %w", name, store.NotFound)
}

// cardsGet asks for the cards of an address book behind a UID.
type cardsGet struct {
	Account string    `json:"account"`
	Book    string    `json:"book,omitempty"` // empty: the main one
	After   store.UID `json:"after,omitempty"`
	Three   bool      `json:"three,omitempty"` // vCard 3.0
}

// cardsGot are some of them; more follow if there is a UID.
type cardsGot struct {
	Account string    `json:"account"`
	Book    string    `json:"book"`
	Cards   []string  `json:"cards"`
	Unread  []string  `json:"unread,omitempty"` // what could not be read, and why
	After   store.UID `json:"after,omitempty"`
}

// cardsPage is how many bytes of cards are answered at once, about.
const cardsPage = 1 << 20

// getCards reads cards of an address book.
func (a *admin) getCards(ctx context.Context, q cardsGet, _ say) (cardsGot, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return cardsGot{}, err
	}
	got := cardsGot{Account: account.Name, Cards: []string{}}
	var page []store.Record
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		book, err := addressBook(r, q.Book)
		if isNotFound(err) {
			return notFound("%s has no address book %q", account.Name, q.Book)
		} else if err != nil {
			return err
		}
		got.Book = book.Name
		size := int64(0)
		for rec, err := range r.ByUID(book.ID, q.After+1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			page = append(page, rec)
			if size += rec.Item.Size; size >= cardsPage {
				got.After = rec.UID
				break
			}
		}
		return nil
	})
	if err != nil {
		return cardsGot{}, err
	}
	for _, rec := range page {
		text, err := a.readCard(ctx, rec, q.Three)
		if err != nil && ctx.Err() != nil {
			return cardsGot{}, err
		} else if err != nil {
			got.Unread = append(got.Unread, fmt.Sprintf("card %d: %v", rec.UID, err))
			continue
		}
		got.Cards = append(got.Cards, text)
	}
	return got, nil
}

// readCard returns the text of a card.
func (a *admin) readCard(ctx context.Context, rec store.Record, three bool) (string, error) {
	blob, err := a.store.OpenBlob(ctx, rec.Item.Blob)
	if err != nil {
		return "", err
	}
	defer blob.Close()
	var raw bytes.Buffer
	if _, err := io.Copy(&raw, interrupted{ctx, io.NewSectionReader(blob, 0, blob.Size())}); err != nil {
		return "", err
	}
	if !three {
		return raw.String(), nil
	}
	c, _, err := vcard.Read(raw.String())
	if err != nil {
		return "", err
	}
	return string(c.Bytes3()), nil
}
