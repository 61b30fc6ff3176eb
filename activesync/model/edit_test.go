package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// deliver brings a letter into the Inbox, as old as it likes.
func (w *world) deliver() error {
	in, err := w.letter()
	if err != nil {
		return err
	}
	defer in.Blob.Release()
	in.Item.Received = w.now().Add(-time.Duration(w.rnd.IntN(8*24*60)) * time.Minute)
	if w.chance(2) {
		in.Item.Received = w.now()
	}
	return w.store.Update(w.ctx, w.rita.ID, func(tx store.Tx) error {
		c, err := tx.CollectionByRole(store.Inbox)
		if err == nil {
			_, err = tx.Add(c.ID, in.Item)
		}
		return err
	})
}

func (w *world) letter() (*mail.Ingested, error) {
	w.letters++
	return w.ingest(letter(w.rnd, w.letters))
}

// edit is somebody else at work: some changes in one transaction.
func (w *world) edit() error {
	w.count.edits++
	if w.chance(25) {
		return w.editTree()
	}
	if w.chance(2) {
		return w.editObjects()
	}
	in, err := w.letter()
	if err != nil {
		return err
	}
	defer in.Blob.Release()
	t, err := w.truth()
	if err != nil {
		return err
	}
	var log []string
	err = w.store.Update(w.ctx, w.rita.ID, func(tx store.Tx) error {
		for i := range 1 + w.rnd.IntN(3) {
			c := pick(w, t.mail())
			if c.Role != store.Inbox && c.Role != store.Drafts && c.Name != "Work" && !w.chance(3) {
				continue
			}
			done, err := w.editFolder(tx, t, c, in, i == 0)
			if err != nil {
				return err
			}
			log = append(log, done)
		}
		return nil
	})
	w.trail.add("(somebody: %s)", strings.Join(log, "; "))
	return err
}

// crowd is how many messages of a folder are many.
const crowd = 40

// editFolder changes something in a folder.
func (w *world) editFolder(tx store.Tx, t *truth, c store.Collection, in *mail.Ingested, fresh bool) (string, error) {
	var live []store.UID
	for r, err := range tx.ByUID(c.ID, 1, store.MaxUID, store.WantEntry) {
		if err != nil {
			return "", err
		}
		live = append(live, r.UID)
	}
	if fresh && (len(live) == 0 || len(live) < crowd && w.chance(2)) {
		item := in.Item
		item.Received = w.now().Add(-time.Duration(w.rnd.IntN(10*24*60)) * time.Minute)
		if c.Role == store.Drafts {
			item.Flags = store.Draft | store.Seen
		}
		r, err := tx.Add(c.ID, item)
		return "add " + entryID(c.ID, r.UID), err
	}
	if len(live) == 0 {
		return "nothing", nil
	}
	uid := pick(w, live)
	if fresh && c.Role == store.Drafts && w.chance(3) {
		_, err := tx.Replace(c.ID, uid, in.Item)
		return "replace " + entryID(c.ID, uid), err
	}
	if len(live) > crowd {
		for _, uid := range live[:len(live)-crowd] {
			if err := tx.Remove(c.ID, uid); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("remove %d of %s", len(live)-crowd, folderID(c.ID)), nil
	}
	return w.editEntry(tx, t, c, uid)
}

func (w *world) editEntry(tx store.Tx, t *truth, c store.Collection, uid store.UID) (what string, err error) {
	change := func(name string, f store.FlagChange) (string, error) {
		_, err := tx.Mark(c.ID, uid, f)
		return fmt.Sprintf("%s %s +%v -%v", name, entryID(c.ID, uid), f.Add, f.Remove), err
	}
	n := w.rnd.IntN(20)
	switch {
	case n < 4:
		return "remove " + entryID(c.ID, uid), tx.Remove(c.ID, uid)
	case n < 6:
		if dst := pick(w, t.mail()); dst.ID != c.ID {
			r, err := tx.Move(c.ID, uid, dst.ID)
			return fmt.Sprintf("move %s to %s", entryID(c.ID, uid), entryID(dst.ID, r.UID)), err
		}
		return "nothing", nil
	case n < 7:
		r, err := tx.Copy(c.ID, uid, c.ID)
		return fmt.Sprintf("copy %s to %s", entryID(c.ID, uid), entryID(c.ID, r.UID)), err
	case n < 12:
		return change("read", w.some(store.Seen))
	case n < 15:
		return change("flag", w.some(store.Flagged))
	case n < 16:
		return change("verb", w.some(pick(w, []store.Flags{store.Answered, store.Forwarded, store.MDNSent})))
	case n < 17:
		follow := &store.Follow{Type: "call", Subject: "ring them", DueDate: w.now().Truncate(time.Hour)}
		return change("follow", store.FlagChange{Add: store.Flagged, SetFollow: &follow})
	default:
		words := append(w.labels(), pick(w, []string{"$Phishing", "Green"}))
		r, err := tx.Record(c.ID, uid, store.WantItem)
		if err != nil {
			return "", err
		}
		for _, k := range r.Item.Keywords { // what was done last with a message is not theirs to change
			if strings.HasPrefix(k, "$Gannet") {
				words = append(words, k)
			}
		}
		slices.Sort(words)
		return change("labels", store.FlagChange{SetKeywords: &words})
	}
}

func (w *world) some(f store.Flags) store.FlagChange {
	if w.chance(2) {
		return store.FlagChange{Add: f}
	}
	return store.FlagChange{Remove: f}
}

// editTree creates, renames or removes a folder, as an IMAP program does.
func (w *world) editTree() error {
	t, err := w.truth()
	if err != nil {
		return err
	}
	var own []store.Collection
	for _, c := range t.mail() {
		if c.Role == "" && c.Name != "Work" {
			own = append(own, c)
		}
	}
	name := fmt.Sprint("shelf ", w.rnd.IntN(6))
	what := ""
	err = w.store.Update(w.ctx, w.rita.ID, func(tx store.Tx) error {
		if len(own) < 3 || len(own) < 8 && w.chance(3) {
			c, err := tx.CreateCollection(store.Collection{Name: name, Class: store.Mail, Parent: pick(w, append(own, t.role(store.Inbox), store.Collection{})).ID})
			what = "create " + folderID(c.ID)
			return err
		}
		c := pick(w, own)
		if w.chance(2) {
			what = "remove " + folderID(c.ID)
			return tx.RemoveCollection(c.ID)
		}
		what = "rename " + folderID(c.ID)
		_, err := tx.UpdateCollection(c.ID, pick(w, []store.CollectionID{0, c.Parent}), name)
		return err
	})
	w.trail.add("(somebody: %s %q: %v)", what, name, err)
	if isRefused(err) {
		return nil
	}
	return err
}
