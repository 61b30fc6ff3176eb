package activesync

import (
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// step is one thing that happens.
func (w *world) step() {
	switch n := w.rnd.IntN(100); {
	case n < 55:
		w.devices[w.rnd.IntN(len(w.devices))].act()
	case n < 60:
		w.clock = w.clock.Add(time.Duration(w.rnd.IntN(180)) * time.Minute)
	case n < 63:
		w.editTree()
	default:
		must(w.t, w.st.Update(w.t.Context(), w.rita.ID, w.edit))
	}
}

// edit is somebody else at work, in one transaction.
func (w *world) edit(tx store.Tx) error {
	for range 1 + w.rnd.IntN(3) {
		c := w.folders[w.rnd.IntN(len(w.folders))]
		live, err := w.live(tx, c.ID)
		if err != nil {
			return err
		}
		n := w.rnd.IntN(10)
		if n < 4 && len(live) < 60 || len(live) == 0 {
			item := w.blobs[w.rnd.IntN(len(w.blobs))].Item
			item.Received = w.clock.Add(-time.Duration(w.rnd.IntN(10*24*60)) * time.Minute)
			if _, err := tx.Add(c.ID, item); err != nil {
				return err
			}
			continue
		}
		if err := w.editEntry(tx, n, c, live[w.rnd.IntN(len(live))]); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) editEntry(tx store.Tx, n int, c store.Collection, uid store.UID) error {
	var err error
	switch {
	case n < 6:
		_, err = tx.Mark(c.ID, uid, w.someFlags(store.Seen))
	case n < 7:
		_, err = tx.Mark(c.ID, uid, w.someFlags(store.Flagged))
	case n < 8:
		if dst := w.folders[w.rnd.IntN(len(w.folders))]; dst.ID != c.ID {
			_, err = tx.Move(c.ID, uid, dst.ID)
		}
	default:
		err = tx.Remove(c.ID, uid)
	}
	return err
}

func (w *world) someFlags(f store.Flags) store.FlagChange {
	if w.rnd.IntN(2) == 0 {
		return store.FlagChange{Add: f}
	}
	return store.FlagChange{Remove: f}
}

func (w *world) live(tx store.Reader, c store.CollectionID) ([]store.UID, error) {
	var uids []store.UID
	for r, err := range tx.ByUID(c, 1, store.MaxUID, store.WantEntry) {
		if err != nil {
			return nil, err
		}
		uids = append(uids, r.UID)
	}
	return uids, nil
}

// editTree creates, renames or removes a folder that nobody synchronises.
func (w *world) editTree() {
	must(w.t, w.st.Update(w.t.Context(), w.rita.ID, func(tx store.Tx) error {
		all, err := tx.Collections(0)
		if err != nil {
			return err
		}
		var own []store.Collection
		for _, c := range all {
			if strings.HasPrefix(c.Name, "tree") {
				own = append(own, c)
			}
		}
		w.trees++
		name := fmt.Sprint("tree", w.trees)
		if len(own) < 3 {
			_, err = tx.CreateCollection(store.Collection{Name: name, Class: store.Mail, Parent: w.folders[0].ID})
			return err
		}
		c := own[w.rnd.IntN(len(own))]
		if w.rnd.IntN(2) == 0 {
			return tx.RemoveCollection(c.ID)
		}
		_, err = tx.UpdateCollection(c.ID, 0, name)
		return err
	}))
}
