package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// crowdOfObjects is how many objects of a folder are many.
const crowdOfObjects = 20

// ingestObject prepares an object for the store, as every way into it does.
func (w *world) ingestObject(ctx context.Context, class store.Class, raw string) (store.NewItem, error) {
	if class == store.Contacts {
		return contacts.Ingest(ctx, w.store, []byte(raw))
	}
	return calendar.Ingest(ctx, w.store, []byte(raw))
}

// editObjects is somebody else at work on events, cards, tasks and notes: a few changes, each by itself.
func (w *world) editObjects() error {
	t, err := w.truth()
	if err != nil {
		return err
	}
	folders := slices.DeleteFunc(slices.Clone(t.folders), func(c store.Collection) bool { return c.Class == store.Mail })
	if len(folders) == 0 {
		return nil
	}
	var log []string
	n := 1 + w.rnd.IntN(3)
	if w.waited {
		n = 1
	}
	for range n {
		c := pick(w, folders)
		what, err := w.editObject(t, c)
		if log = append(log, what); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if t, err = w.truth(); err != nil {
			return err
		}
	}
	w.trail.add("(somebody: %s)", strings.Join(log, "; "))
	return nil
}

// editObject adds, changes, removes or moves an object.
func (w *world) editObject(t *truth, c store.Collection) (what string, err error) {
	live := t.entries[c.ID]
	if len(live) == 0 || len(live) < crowdOfObjects && w.chance(3) {
		w.written++
		raw := kinds[c.Class].write(fmt.Sprintf("object%d@example.net", w.written), kinds[c.Class].invent(w, w.written))
		return "add an object to " + folderID(c.ID), w.putObject(c, 0, raw)
	}
	uids := make([]store.UID, 0, len(live))
	for uid := range live {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	uid := pick(w, uids)
	name := entryID(c.ID, uid)
	update := func(do func(tx store.Tx) error) error { return w.store.Update(w.ctx, w.rita.ID, do) }
	switch n := w.rnd.IntN(12); {
	case n < 2 || len(live) > crowdOfObjects:
		return "remove " + name, update(func(tx store.Tx) error { return tx.Remove(c.ID, uid) })
	case n < 3:
		to := pick(w, t.folders)
		if to.Class != c.Class || to.ID == c.ID {
			return "nothing", nil
		}
		return "move " + name + " to " + folderID(to.ID), update(func(tx store.Tx) error {
			_, err := tx.Move(c.ID, uid, to.ID)
			return err
		})
	}
	old, err := w.object(c.Class, live[uid].Item.Blob)
	if err != nil {
		return "", err
	}
	w.written++
	f := kinds[c.Class].merge(&change{v: activesync.V161, op: "Change", said: kinds[c.Class].vary(w, nil, old.f, w.written), partial: true, when: w.now()}, old.f)
	return "change " + name, w.putObject(c, uid, kinds[c.Class].write(old.uid, f))
}

// putObject adds an object, or replaces that of an entry.
func (w *world) putObject(c store.Collection, uid store.UID, raw string) error {
	item, err := w.ingestObject(w.ctx, c.Class, raw)
	if err != nil {
		return err
	}
	defer item.Blob.Release()
	return w.store.Update(w.ctx, w.rita.ID, func(tx store.Tx) (err error) {
		if uid == 0 {
			_, err = tx.Add(c.ID, item)
		} else {
			_, err = tx.Replace(c.ID, uid, item)
		}
		return err
	})
}
