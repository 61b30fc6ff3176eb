package contacts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// RecentsSource is the Source of the collection of [Recents].
const RecentsSource = "recipients:"

// recentsName is what the collection is called, as it is by Exchange.
const recentsName = "RecipientInfo"

// rankField is the property of a card of [Recents] that has its rank.
const rankField = "X-GANNET-RANK"

// Rank is the rank of a card of [Recents], the greater the more the address is used; 0 for other cards.
func Rank(c *vcard.Card) int {
	n, err := strconv.Atoi(c.Text(rankField))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// card is the card of an address, the same one each time.
func (r recent) card() *vcard.Card {
	c := vcard.New(r.address)
	name := r.name
	if name == "" {
		name = r.address
	}
	c.SetText("FN", name)
	c.SetText("EMAIL", r.address)
	c.SetText(rankField, strconv.FormatInt(r.rank(), 10))
	return c
}

// received is the place of the card in the order of its collection: the more an address is used the newer it is.
func (r recent) received() time.Time { return rankZero.Add(time.Duration(r.rank()) * rankStep) }

// A recentWork is one call of Tend.
type recentWork struct {
	store store.Store
	acct  store.AccountID

	list []recent
	raw  []byte                  // list as it is kept
	have map[string]store.BlobID // cards by key
}

func (w *recentWork) run(ctx context.Context) error {
	due := false
	err := w.store.View(ctx, w.acct, func(r store.Reader) (err error) {
		due, err = w.read(r)
		return err
	})
	if err != nil || !due {
		return err
	}
	items := map[string]store.NewItem{}
	defer func() {
		for _, item := range items {
			item.Blob.Release()
		}
	}()
	for _, one := range w.list {
		c := one.card()
		have, here := w.have[one.address]
		delete(w.have, one.address)
		if here && have == sha256.Sum256(c.Bytes()) {
			continue
		}
		item, err := IngestCard(ctx, w.store, c)
		if err != nil {
			return err
		}
		item.Class, item.Received, item.Text = store.Contacts, one.received(), store.Text{} // nobody searches here
		items[one.address] = item
	}
	return w.store.Update(ctx, w.acct, func(tx store.Tx) error { return w.write(tx, items) })
}

// read reads what is known and what the cards are; due is false if nothing is to be done.
func (w *recentWork) read(r store.Reader) (due bool, err error) {
	if _, err := r.Setting(w.acct, recentsDue); errors.Is(err, store.NotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if w.raw, err = r.Setting(w.acct, recentsSetting); err != nil && !errors.Is(err, store.NotFound) {
		return false, err
	}
	w.raw = bytes.Clone(w.raw)
	w.list, w.have = parseRecents(w.raw), map[string]store.BlobID{}
	c, err := r.CollectionByRole(store.Recipients)
	if errors.Is(err, store.NotFound) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	for e, err := range r.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
		if err != nil {
			return false, err
		}
		w.have[e.Key] = e.Item.Blob
	}
	return true, nil
}

// write writes the cards that differ, and takes out those of addresses that are not kept any more: they are what is
// left in have.
func (w *recentWork) write(tx store.Tx, items map[string]store.NewItem) error {
	c, err := w.ensure(tx)
	if err != nil {
		return err
	}
	for key := range w.have {
		if e, err := tx.RecordByKey(c, key, store.WantEntry); err == nil {
			err = tx.Remove(c, e.UID)
			if err != nil {
				return err
			}
		} else if !errors.Is(err, store.NotFound) {
			return err
		}
	}
	for _, one := range w.list { // in the order of use
		item, differs := items[one.address]
		if !differs {
			continue
		}
		e, err := tx.RecordByKey(c, one.address, store.WantEntry)
		if errors.Is(err, store.NotFound) {
			_, err = tx.Add(c, item)
		} else if err == nil {
			_, err = tx.Replace(c, e.UID, item)
		}
		if err != nil {
			return err
		}
	}
	now, err := tx.Setting(w.acct, recentsSetting)
	if err != nil && !errors.Is(err, store.NotFound) || !bytes.Equal(now, w.raw) {
		return err // what came meanwhile is still to be done
	}
	return tx.PutSetting(w.acct, recentsDue, nil)
}

// ensure returns the collection, and makes it if it is not there.
func (w *recentWork) ensure(tx store.Tx) (store.CollectionID, error) {
	c, err := tx.CollectionByRole(store.Recipients)
	if !errors.Is(err, store.NotFound) {
		return c.ID, err
	}
	name := recentsName
	for n := 2; ; n++ {
		c, err = tx.CreateCollection(store.Collection{Name: name, Class: store.Contacts, Role: store.Recipients, Source: RecentsSource})
		if !errors.Is(err, store.Exists) {
			return c.ID, err
		}
		name = fmt.Sprintf("%s %d", recentsName, n)
	}
}
