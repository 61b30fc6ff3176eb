package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A truth is what the store holds at one moment. What has not changed since the one before is shared with it.
type truth struct {
	at      store.ModSeq
	tree    []store.Collection // live ones that devices may be shown, parents before children
	folders []store.Collection // those whose content the model knows
	entries map[store.CollectionID]entries
}

// entries are the live ones of a folder.
type entries map[store.UID]store.Record

type cached struct {
	changed store.ModSeq
	entries entries
}

// truth reads the store.
func (w *world) truth() (*truth, error) {
	t := &truth{entries: map[store.CollectionID]entries{}}
	err := w.store.View(w.ctx, w.rita.ID, func(r store.Reader) error {
		account, err := r.Account()
		if err != nil {
			return err
		}
		t.at = account.ModSeq
		all, err := r.Collections(0)
		if err != nil {
			return err
		}
		for _, c := range all {
			if _, known := shownSince[c.Class]; known {
				t.tree = append(t.tree, c)
			}
			if c.Class != store.Mail && kinds[c.Class] == nil {
				continue
			}
			t.folders = append(t.folders, c)
			before, known := w.read[c.ID]
			if !known || before.changed != c.Changed {
				before = cached{c.Changed, entries{}}
				for rec, err := range r.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
					if err != nil {
						return err
					}
					before.entries[rec.UID] = rec
				}
				w.read[c.ID] = before
			}
			t.entries[c.ID] = before.entries
		}
		return nil
	})
	return t, err
}

// mail are the folders that hold mail.
func (t *truth) mail() []store.Collection {
	return slices.DeleteFunc(slices.Clone(t.folders), func(c store.Collection) bool { return c.Class != store.Mail })
}

// folder returns a live folder by its server id.
func (t *truth) folder(id string) (store.Collection, bool) {
	for _, c := range t.folders {
		if folderID(c.ID) == id {
			return c, true
		}
	}
	return store.Collection{}, false
}

// shown are the folders that a device of version v is shown.
func (t *truth) shown(v activesync.Version) (list []store.Collection) {
	for _, c := range t.tree {
		if v >= shownSince[c.Class] {
			list = append(list, c)
		}
	}
	return list
}

// shownSince says from which version on devices are shown folders of a class. MS-ASNOTE: notes from 14.0 on.
var shownSince = map[store.Class]activesync.Version{store.Mail: activesync.V25, store.Contacts: activesync.V25, store.Calendar: activesync.V25,
	store.Tasks: activesync.V25, store.Notes: activesync.V140}

func (t *truth) role(role store.Role) store.Collection {
	for _, c := range t.folders {
		if c.Role == role {
			return c
		}
	}
	return store.Collection{}
}

// Ids are the store's own, so that a device that starts over finds everything under its name. The model reads them:
// it must know which entry an Add is about.

func folderID(c store.CollectionID) string {
	if c == 0 {
		return "0"
	}
	return fmt.Sprint("c", c)
}

func entryID(c store.CollectionID, uid store.UID) string { return fmt.Sprintf("c%d:%d", c, uid) }

// uidOf reads the id of an entry of a folder.
func uidOf(folder, id string) (store.UID, bool) {
	number, ok := strings.CutPrefix(id, folder+":")
	uid, err := strconv.ParseUint(number, 10, 32)
	return store.UID(uid), ok && err == nil
}
