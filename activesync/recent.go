package activesync

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// The recipient information cache is whom the user writes to, the most used first: a folder of contacts with four
// properties each that devices only read, from 14.0 on. Its name on the wire is fixed, and how much of it a device wants
// it says by MaxItems, which works as a filter: what falls behind is told to be dropped. MS-ASCMD, MaxItems; MS-ASCNTC,
// WeightedRank.

// recipientCache is the id of the recipient information cache.
const recipientCache = "RI"

// recipientType is its type. MS-ASCMD, Type (FolderSync).
const recipientType = 19

// isRecipients reports whether a collection is the recipient information cache.
func isRecipients(c store.Collection) bool { return c.Role == store.Recipients }

// wireID returns the id by which devices know a collection.
func wireID(c store.Collection) string {
	if isRecipients(c) {
		return recipientCache
	}
	return collectionID(c.ID)
}

// named returns the collection that a device means by an id; false if the id cannot be one, or is that of a recipient
// information cache that is not there. Whether there is such a collection find tells.
func (h *reach) named(id string) (store.CollectionID, bool, error) {
	if id != recipientCache {
		c, ok := parseCollectionID(id)
		return c, ok, nil
	}
	if h.v < V140 {
		return 0, false, nil
	}
	c, err := h.r.CollectionByRole(store.Recipients)
	if errors.Is(err, store.NotFound) {
		return 0, false, nil
	} else if err != nil {
		return 0, false, fmt.Errorf("recipient information cache: %w", err)
	}
	return c.ID, true, nil
}

// collectionNamed is [reach.named] outside of a transaction, which it needs for the recipient information cache alone.
func (h *Handler) collectionNamed(ctx context.Context, q *request, id string) (c store.CollectionID, ok bool, err error) {
	if id != recipientCache {
		c, ok = parseCollectionID(id)
		return c, ok, nil
	}
	err = h.Store.View(ctx, q.account.ID, func(r store.Reader) error {
		c, ok, err = q.reachOf(r, nil).named(id)
		return err
	})
	return c, ok, err
}

// maxItemsFit reports whether what options say of MaxItems is right for a folder.
func maxItemsFit(id string, options []wire.Options) bool {
	for _, o := range options {
		if o.MaxItems != 0 && id != recipientCache {
			return false
		}
	}
	return true
}

// filterStart returns where the filter of a device begins in a collection.
func (q *request) filterStart(r store.Reader, c store.Collection, o wire.Options) (age, error) {
	if !isRecipients(c) || o.MaxItems == 0 {
		return startFor(c, q.filter(c.Class, o.FilterType), q.now), nil
	}
	left, last := o.MaxItems, eldest
	for e, err := range r.Newest(c.ID, store.Age{}, store.Age{}, store.WantEntry) {
		if err != nil {
			return eldest, fmt.Errorf("recipient information cache: %w", err)
		}
		if left == 0 {
			return last, nil
		}
		last = ageOf(e.Entry)
		left--
	}
	return eldest, nil
}

// showRecipient is what a device is told of somebody in the recipient information cache.
func showRecipient(c *vcard.Card) *wire.Contact {
	name, addr := contacts.Called(c), ""
	if list := contacts.Addresses(c); len(list) > 0 {
		addr = list[0]
	}
	return &wire.Contact{Texts: map[wbxml.Tag]string{
		wbxml.ContactsEmail1Address: addr, wbxml.ContactsFileAs: name, wbxml.ContactsAlias: name,
		wbxml.ContactsWeightedRank: strconv.Itoa(contacts.Rank(c)),
	}}
}
