package activesync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// emptyBatch is how many entries one transaction removes: the writer serves everybody.
const emptyBatch = 500

// emptyFolder removes what a folder holds for good, with DeleteSubFolders the folders in it too, and returns
// the status. It is safe to ask for it again. MS-ASCMD, EmptyFolderContents.
func (h *Handler) emptyFolder(ctx context.Context, q *request, op wire.EmptyOperation) (status int, err error) {
	id, ok := parseCollectionID(op.CollectionID)
	if !ok {
		return itemNotFound, nil
	}
	folders := []store.CollectionID{id}
	err = h.Store.View(ctx, q.account.ID, func(r store.Reader) error {
		f, err := q.reachOf(r, nil).find(id)
		switch {
		case err != nil:
			return err
		case f.lent || f.Fed():
			return errForbidden
		case !op.SubFolders:
			return nil
		}
		all, err := r.Collections(0)
		folders = append(folders, subfolders(all, id)...)
		return err
	})
	for _, folder := range slices.Backward(folders) {
		if err == nil {
			err = h.emptyOne(ctx, q, folder, folder != id)
		}
	}
	switch {
	case err == nil:
		q.log.Info("folder emptied", "folder", op.CollectionID, "folders", len(folders))
		return itemOK, nil
	case isGone(err):
		return itemNotFound, nil
	case errors.Is(err, errForbidden):
		return itemDenied, nil
	}
	return 0, fmt.Errorf("empty folder: %w", err)
}

// subfolders returns the folders under id that devices are shown, parents first.
func subfolders(all []store.Collection, id store.CollectionID) []store.CollectionID {
	under := map[store.CollectionID]bool{id: true}
	var ids []store.CollectionID
	for _, c := range all { // parents come before children
		if under[c.Parent] && folderClasses[c.Class] != "" {
			under[c.ID] = true
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// emptyOne removes a whole folder if that is wanted, which the store does at once however much is in it. One
// that has a role, or holds one that has, stays and is emptied.
func (h *Handler) emptyOne(ctx context.Context, q *request, id store.CollectionID, remove bool) error {
	if remove {
		err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error { return tx.RemoveCollection(id) })
		if err == nil || isGone(err) || !errors.Is(err, store.Invalid) {
			return ignoreGone(err)
		}
	}
	for more := true; more; {
		err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) (err error) {
			more, err = removeBatch(tx, id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ignoreGone is err unless it says that there is no such thing.
func ignoreGone(err error) error {
	if isGone(err) {
		return nil
	}
	return err
}

// removeBatch removes entries of a folder and reports whether there may be more. What the server keeps stays.
func removeBatch(tx store.Tx, id store.CollectionID) (more bool, err error) {
	if c, err := tx.Collection(id); err != nil || c.Fed() {
		return false, err
	}
	uids := make([]store.UID, 0, emptyBatch)
	for r, err := range tx.ByUID(id, 1, store.MaxUID, store.WantEntry) {
		if err != nil {
			return false, err
		}
		if uids = append(uids, r.UID); len(uids) == emptyBatch {
			break
		}
	}
	for _, uid := range uids {
		if err := tx.Remove(id, uid); err != nil {
			return false, err
		}
	}
	return len(uids) == emptyBatch, nil
}
