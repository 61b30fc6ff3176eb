package birthdays

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

const (
	maxChunk = 100     // cards that are compared and written together, so that others who write need not wait long
	maxCard  = 4 << 20 // bytes of the largest card that is read
)

// A pair is a card and what the calendar has of it.
type pair struct {
	name string
	card store.BlobID // zero: there is none any more
	have map[string]store.BlobID
}

// A write is a change of one event; without an item the event goes.
type write struct {
	uid  string
	item store.NewItem
}

// compare brings the events of some cards up to date.
func (t *tending) compare(ctx context.Context, names []string) error {
	pairs := make([]pair, 0, len(names))
	err := t.store.View(ctx, t.acct, func(r store.Reader) error {
		for _, name := range names {
			p, err := t.pair(r, name)
			if err != nil {
				return err
			}
			pairs = append(pairs, p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var list []write
	defer func() {
		for _, w := range list {
			if w.item.Blob != nil {
				w.item.Blob.Release()
			}
		}
	}()
	for _, p := range pairs {
		person, err := t.person(ctx, p.card)
		if errors.Is(err, store.NotFound) {
			continue // it has changed once more, and will be compared for that
		} else if err != nil {
			return err
		}
		for _, k := range kinds {
			w, differs, err := t.differs(ctx, k, p, person)
			if err != nil {
				return err
			}
			if differs {
				list = append(list, w)
			}
		}
	}
	return t.apply(ctx, list)
}

// pair finds a card and its events.
func (t *tending) pair(r store.Reader, name string) (pair, error) {
	p := pair{name: name, have: map[string]store.BlobID{}}
	card, err := t.find(r, name)
	if err == nil {
		p.card = card.Item.Blob
	} else if !errors.Is(err, store.NotFound) {
		return p, err
	}
	c, err := r.CollectionByRole(store.Birthdays)
	if errors.Is(err, store.NotFound) {
		return p, nil
	} else if err != nil {
		return p, err
	}
	for _, k := range kinds {
		uid := k.uid(name)
		e, err := r.RecordByKey(c.ID, uid, store.WantItem)
		if err == nil {
			p.have[uid] = e.Item.Blob
		} else if !errors.Is(err, store.NotFound) {
			return p, err
		}
	}
	return p, nil
}

// person reads a card.
func (t *tending) person(ctx context.Context, id store.BlobID) (Person, error) {
	if id == (store.BlobID{}) {
		return Person{}, nil
	}
	b, err := t.store.OpenBlob(ctx, id)
	if err != nil {
		return Person{}, fmt.Errorf("open card: %w", err)
	}
	defer b.Close()
	if b.Size() > maxCard {
		return Person{}, nil
	}
	raw := make([]byte, b.Size())
	if _, err := b.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return Person{}, fmt.Errorf("read card: %w", err)
	}
	return t.cards.Person(raw), nil
}

// differs reports whether an event is not what the card says, and makes it.
func (t *tending) differs(ctx context.Context, k kind, p pair, person Person) (w write, differs bool, err error) {
	w.uid = k.uid(p.name)
	have, here := p.have[w.uid]
	raw := k.event(p.name, person)
	if raw == nil {
		return w, here, nil
	}
	if here && have == sha256.Sum256(raw) {
		return w, false, nil
	}
	w.item, err = calendar.Ingest(ctx, t.store, raw)
	w.item.Class = store.Calendar
	return w, err == nil, err
}

// apply makes changes.
func (t *tending) apply(ctx context.Context, list []write) error {
	if len(list) == 0 {
		return nil
	}
	return t.store.Update(ctx, t.acct, func(tx store.Tx) error {
		c, err := ensure(tx)
		if err != nil {
			return err
		}
		for _, w := range list {
			if err := w.do(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w write) do(tx store.Tx, c store.CollectionID) error {
	e, err := tx.RecordByKey(c, w.uid, store.WantEntry)
	gone := errors.Is(err, store.NotFound)
	switch {
	case err != nil && !gone:
		return err
	case w.item.Blob == nil && gone:
		return nil
	case w.item.Blob == nil:
		return tx.Remove(c, e.UID)
	case gone:
		_, err = tx.Add(c, w.item)
	default:
		_, err = tx.Replace(c, e.UID, w.item)
	}
	return err
}

// ensure returns the calendar, and makes it if it is not there.
func ensure(tx store.Tx) (store.CollectionID, error) {
	c, err := tx.CollectionByRole(store.Birthdays)
	if !errors.Is(err, store.NotFound) {
		return c.ID, err
	}
	name := Name
	for n := 2; ; n++ {
		c, err = tx.CreateCollection(store.Collection{Name: name, Class: store.Calendar, Role: store.Birthdays, Source: Source})
		if !errors.Is(err, store.Exists) {
			return c.ID, err
		}
		name = fmt.Sprintf("%s %d", Name, n)
	}
}

// sweep takes out the events of cards that are not there any more.
func (t *tending) sweep(ctx context.Context) error {
	keep := map[string]bool{}
	for name := range t.names {
		for _, k := range kinds {
			keep[k.uid(name)] = true
		}
	}
	var list []write
	err := t.store.View(ctx, t.acct, func(r store.Reader) error {
		c, err := r.CollectionByRole(store.Birthdays)
		if errors.Is(err, store.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		for e, err := range r.ByUID(c.ID, 1, store.MaxUID, store.WantEntry) {
			if err != nil {
				return err
			}
			if !keep[e.Key] {
				list = append(list, write{uid: e.Key})
			}
		}
		return nil
	})
	for len(list) > 0 && err == nil {
		n := min(len(list), maxChunk)
		err, list = t.apply(ctx, list[:n]), list[n:]
	}
	return err
}
