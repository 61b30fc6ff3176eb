package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// Events, tasks, notes and cards are items: each is an object of its own with a UID, by which an import knows it again.

// itemsPut is the head of an upload of items; each is the body of a message record, which has its class.
type itemsPut struct {
	Account string `json:"account"`
	Folder  string `json:"folder,omitempty"` // its name, made where it is missing; empty: the main one of each class
	Dry     bool   `json:"dry,omitempty"`
}

// itemsDone is the answer.
type itemsDone struct {
	Account  string        `json:"account"`
	Outcomes []itemOutcome `json:"outcomes"` // in the order of the items
}

// itemOutcome is what became of an item. It was known if it was neither added, changed nor refused.
type itemOutcome struct {
	outcome
	Changed bool   `json:"changed,omitempty"` // another one with its UID was there
	Folder  string `json:"folder"`            // where it is, or is to be
}

// An itemKind is what is particular about the items of a class.
type itemKind struct {
	role store.Role // of the main folder
	// ingest stages an item. What is wrong with the item wraps calendar.ErrUnclear or vcard.ErrUnclear.
	ingest func(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error)
	// same reports whether two items that differ in their bytes say the same.
	same func(a, b []byte) bool
}

// itemKindOf returns it; false for mail.
func itemKindOf(class store.Class) (itemKind, bool) {
	switch class {
	case store.Calendar:
		return itemKind{store.MainCal, ingestObject(calendar.VEvent), sameObject}, true
	case store.Tasks:
		return itemKind{store.MainTasks, ingestObject(calendar.VTodo), sameObject}, true
	case store.Notes:
		return itemKind{store.MainNotes, ingestObject(calendar.VJournal), sameObject}, true
	case store.Contacts:
		return itemKind{store.MainCards, contacts.Ingest, func(_, _ []byte) bool { return false }}, true
	}
	return itemKind{}, false
}

// ingestObject stages objects of one kind. What only this server keeps in objects is not taken from outside.
func ingestObject(kind string) func(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	return func(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
		o, _, err := calendar.ReadObject(string(raw))
		switch {
		case err != nil:
			return store.NewItem{}, err
		case o.Kind() != kind:
			return store.NewItem{}, fmt.Errorf("%s instead of %s: %w", o.Kind(), kind, calendar.ErrUnclear)
		case len(o.UID()) > store.MaxKey:
			return store.NewItem{}, fmt.Errorf("a UID of more than %d bytes: %w", store.MaxKey, calendar.ErrUnclear)
		}
		if out := o.Outward(); out != o {
			raw = out.Bytes()
		}
		return calendar.Ingest(ctx, st, raw)
	}
}

func sameObject(a, b []byte) bool {
	x, _, err := calendar.ReadObject(string(a))
	if err != nil {
		return false
	}
	y, _, err := calendar.ReadObject(string(b))
	return err == nil && x.SameOutward(y)
}

// maxItem is the largest item that is taken, in bytes.
const maxItem = 8 << 20

// putItems adds items, or replaces those with their UIDs, all of an upload in one commit.
func (a *admin) putItems(ctx context.Context, body io.Reader) (any, error) {
	p := itemPutter{admin: a, done: itemsDone{Outcomes: []itemOutcome{}}}
	defer p.release()
	err := readUpload(body, &p.q, func() (err error) {
		p.account, err = a.account(ctx, p.q.Account)
		p.done.Account = p.account.Name
		return err
	}, func(m messageRecord, r io.Reader) error { return p.take(ctx, m, r) })
	if err == nil {
		err = p.commit(ctx)
	}
	return p.done, err
}

// An itemPutter puts the items of one upload.
type itemPutter struct {
	admin   *admin
	q       itemsPut
	account store.Account
	items   []stagedItem // those that were neither refused nor known at once
	done    itemsDone
}

// A stagedItem is to be put.
type stagedItem struct {
	store.NewItem
	kind    itemKind
	same    store.BlobID // what is there in its place and says the same; zero: nothing, as far as one knows
	outcome int
}

func (p *itemPutter) release() {
	for _, item := range p.items {
		item.Blob.Release()
	}
}

// take stages an item. What is wrong with the item is its outcome, anything else an error.
func (p *itemPutter) take(ctx context.Context, m messageRecord, r io.Reader) error {
	kind, ok := itemKindOf(m.Class)
	if !ok {
		return usagef("transfer: items of class %v", m.Class)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxItem+1))
	if err != nil {
		return err
	}
	p.done.Outcomes = append(p.done.Outcomes, itemOutcome{})
	at := len(p.done.Outcomes) - 1
	if len(raw) > maxItem {
		p.done.Outcomes[at].Refused = fmt.Sprintf("larger than %s", rough(maxItem))
		return nil
	}
	there, err := p.there(ctx, at, m)
	if err != nil || there.UID != 0 && there.Item.Blob == sha256.Sum256(raw) {
		return err // it is known
	}
	item, err := kind.ingest(ctx, p.admin.store, raw)
	switch {
	case errors.Is(err, vcard.ErrUnclear), errors.Is(err, calendar.ErrUnclear):
		p.done.Outcomes[at].Refused = err.Error()
		return nil
	case err != nil:
		return err
	}
	item.Class = m.Class
	staged := stagedItem{NewItem: item, kind: kind, outcome: at}
	if there.UID != 0 {
		staged.same = p.sameThere(ctx, staged, there, raw)
	}
	p.items = append(p.items, staged)
	return ctx.Err()
}

// there is what is in the place of an item, by the UID that its sender says it has; zero if there is nothing.
func (p *itemPutter) there(ctx context.Context, at int, m messageRecord) (there store.Record, err error) {
	if m.ID == "" || len(m.ID) > store.MaxKey {
		return there, nil
	}
	err = p.admin.store.View(ctx, p.account.ID, func(r store.Reader) error {
		c, found, err := p.find(r, stagedItem{NewItem: store.NewItem{Key: m.ID, Class: m.Class}})
		p.done.Outcomes[at].Folder, there = c.Name, found
		return err
	})
	return there, err
}

// sameThere is the content that is in the place of an item, if it says the same in other bytes.
func (p *itemPutter) sameThere(ctx context.Context, item stagedItem, there store.Record, raw []byte) store.BlobID {
	old, err := p.admin.readBlob(ctx, there.Item.Blob)
	if err != nil || !item.kind.same(old, raw) { // what cannot be read is replaced
		return store.BlobID{}
	}
	return there.Item.Blob
}

// find finds the folder for an item and what is in its place. Where no folder is named, what was moved out of the main
// one is found too. Either is zero if it is not there.
func (p *itemPutter) find(r store.Reader, item stagedItem) (store.Collection, store.Record, error) {
	all, err := r.Collections(0)
	if err != nil {
		return store.Collection{}, store.Record{}, err
	}
	main, err := chooseFolder(all, item.Class, p.q.Folder)
	if err != nil && !isNotFound(err) {
		return store.Collection{}, store.Record{}, err
	}
	places := []store.Collection{main}
	if p.q.Folder == "" {
		places = append(places, slices.DeleteFunc(all, func(c store.Collection) bool {
			return c.Class != item.Class || c.ID == main.ID || c.Fed()
		})...)
	}
	for _, c := range places {
		if c.ID == 0 || item.Key == "" {
			continue
		}
		there, err := r.RecordByKey(c.ID, item.Key, store.WantItem)
		if !isNotFound(err) {
			return c, there, err
		}
	}
	return main, store.Record{}, nil
}

// commit puts what was staged, or tells what would become of it.
func (p *itemPutter) commit(ctx context.Context) error {
	if p.q.Dry {
		return p.admin.store.View(ctx, p.account.ID, func(r store.Reader) error {
			for _, item := range p.items {
				if err := p.put(r, nil, item); err != nil {
					return err
				}
			}
			return nil
		})
	}
	work := make([]store.Work, len(p.items))
	for i, item := range p.items {
		work[i] = store.Work{Account: p.account.ID, Do: func(tx store.Tx) error { return p.put(tx, tx, item) }}
	}
	for i, err := range p.admin.store.UpdateAll(ctx, work) {
		if err := p.done.Outcomes[p.items[i].outcome].refuse(err); err != nil {
			return err
		}
	}
	return nil
}

// put puts an item; a nil tx only tells what would become of it.
func (p *itemPutter) put(r store.Reader, tx store.Tx, item stagedItem) error {
	c, there, err := p.find(r, item)
	if err == nil && c.ID == 0 {
		c, err = p.newFolder(r, tx, item)
	}
	if err != nil {
		return err
	}
	o := &p.done.Outcomes[item.outcome]
	o.Folder, o.Added, o.Changed = c.Name, false, false
	switch {
	case there.UID == 0:
		o.Added = true
		if tx != nil {
			_, err = tx.Add(c.ID, item.NewItem)
		}
	case there.Item.Blob != item.Blob.ID() && there.Item.Blob != item.same:
		o.Changed = true
		if tx != nil {
			_, err = tx.Replace(c.ID, there.UID, item.NewItem)
		}
	}
	return err
}

// newFolder makes the folder for an item, or tells its name.
func (p *itemPutter) newFolder(r store.Reader, tx store.Tx, item stagedItem) (store.Collection, error) {
	c := store.Collection{Name: p.q.Folder, Class: item.Class}
	if c.Name == "" {
		c.Role = item.kind.role
		c.Name = placeText(c.Role, nil)
	}
	all, err := r.Collections(0)
	if err != nil {
		return c, err
	}
	if _, taken := childNamed(all, 0, c.Name); taken {
		c.Name = otherName(c.Name, c.Class)
	}
	if tx == nil {
		return c, nil
	}
	c, err = tx.CreateCollection(c)
	return c, usageIf(usageIf(err, store.Invalid), store.Exists)
}

// otherName is the name of a folder where a folder of another class has its name.
func otherName(name string, class store.Class) string { return fmt.Sprintf("%s (%s)", name, class) }

// chooseFolder finds the folder of a class with a name, or the main one.
func chooseFolder(all []store.Collection, class store.Class, name string) (store.Collection, error) {
	kind, _ := itemKindOf(class)
	for _, name := range []string{name, otherName(name, class)} {
		for _, c := range all {
			switch {
			case c.Class != class:
			case name == "" && c.Role == kind.role:
				return c, nil
			case !strings.EqualFold(c.Name, name):
			case c.Fed():
				return c, usagef("the content of %s comes from elsewhere, and nothing can be put there", c.Name) // from where may be a secret
			default:
				return c, nil
			}
		}
	}
	return store.Collection{}, fmt.Errorf("%s folder %q: %w", class, name, store.NotFound)
}

func isNotFound(err error) bool { return errors.Is(err, store.NotFound) }
