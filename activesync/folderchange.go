package activesync

import (
	"context"
	"errors"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A folderEdit makes the change that a device asks for and returns the collection's id.
type folderEdit func(tx store.Tx, asked wire.FolderRequest) (store.CollectionID, error)

// folderCreate answers FolderCreate.
func (h *Handler) folderCreate(ctx context.Context, q *request, w *answer) error {
	return h.editFolders(ctx, q, w, createFolder)
}

// folderDelete answers FolderDelete.
func (h *Handler) folderDelete(ctx context.Context, q *request, w *answer) error {
	return h.editFolders(ctx, q, w, deleteFolder)
}

// folderUpdate answers FolderUpdate.
func (h *Handler) folderUpdate(ctx context.Context, q *request, w *answer) error {
	return h.editFolders(ctx, q, w, updateFolder)
}

// editFolders changes the tree for a device: with a key of its own that stands for the tree after the
// change, and so that the change is not told to the device and not made twice.
func (h *Handler) editFolders(ctx context.Context, q *request, w *answer, edit folderEdit) error {
	asked, err := wire.ReadFolder(q.body, q.cmd.root)
	if err != nil {
		return err
	}
	var key, id string
	err = h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		st, err := readFolderState(tx, q.device.ID)
		if err != nil {
			return err
		}
		if st == nil || !st.open(asked.SyncKey) {
			return fail(folderBadKey, errors.New("unknown SyncKey"))
		}
		if d := st.Done; d != nil && d.Command == q.cmd.name && d.Request == asked {
			key, id = d.Key, d.ID
			return nil
		}
		if key, id, err = st.edit(tx, q, asked, edit); err != nil {
			return err
		}
		if err := st.write(tx, q.device.ID, q.now); err != nil {
			return err
		}
		return q.touch(tx)
	})
	if err != nil {
		return folderError(q.cmd.name, err)
	}
	wire.WriteFolderDone(w.encoder(), q.cmd.root, key, id)
	return nil
}

// edit makes the change and remembers it.
func (st *folderState) edit(tx store.Tx, q *request, asked wire.FolderRequest, edit folderEdit) (key, id string, err error) {
	c, err := edit(tx, asked)
	if err != nil {
		return "", "", err
	}
	at, err := tx.ModSeq()
	if err != nil {
		return "", "", err
	}
	created := asked.ServerID == ""
	st.Own = append(st.Own, ownFolder{ID: c, ModSeq: at, Created: created})
	if len(st.Own) > maxOwnFolders {
		st.Own = st.Own[1:]
	}
	st.Next = nil // the key is a new one even though the place in the journal is the same
	key = st.step(st.Acked.At)
	if created {
		id = collectionID(c)
	}
	st.Done = &doneFolder{Request: asked, Command: q.cmd.name, Key: key, ID: id}
	return key, id, nil
}

// createClasses are the types of folder that a device may create. MS-ASCMD, Type (FolderCreate).
var createClasses = map[int]store.Class{1: store.Mail, 12: store.Mail}

func createFolder(tx store.Tx, asked wire.FolderRequest) (store.CollectionID, error) {
	class := createClasses[asked.Type]
	if folderClasses[class] == "" || asked.DisplayName == "" || asked.ServerID != "" {
		return 0, fail(folderMalformed, errors.New("not a folder that can be created"))
	}
	parent, err := parentOf(tx, asked)
	if err != nil {
		return 0, err
	}
	c, err := tx.CreateCollection(store.Collection{Parent: parent, Name: asked.DisplayName, Class: class})
	return c.ID, editError(err)
}

func deleteFolder(tx store.Tx, asked wire.FolderRequest) (store.CollectionID, error) {
	c, err := folderNamed(tx, asked)
	if err != nil {
		return 0, err
	}
	if c.Role != "" {
		return 0, fail(folderSpecial, errors.New("folder has a role"))
	}
	if err := tx.RemoveCollection(c.ID); errors.Is(err, store.Invalid) {
		return 0, fail(folderSpecial, err) // something below it has a role
	} else if err != nil {
		return 0, err
	}
	return c.ID, nil
}

func updateFolder(tx store.Tx, asked wire.FolderRequest) (store.CollectionID, error) {
	if asked.DisplayName == "" || asked.ParentID == "" {
		return 0, fail(folderMalformed, errors.New("incomplete"))
	}
	c, err := folderNamed(tx, asked)
	if err != nil {
		return 0, err
	}
	if c.Role != "" {
		return 0, fail(folderExists, errors.New("folder has a role"))
	}
	parent, err := parentOf(tx, asked)
	if err != nil {
		return 0, err
	}
	_, err = tx.UpdateCollection(c.ID, parent, asked.DisplayName)
	return c.ID, editError(err)
}

// folderNamed returns the folder that is to be changed.
func folderNamed(tx store.Tx, asked wire.FolderRequest) (store.Collection, error) {
	id, ok := parseCollectionID(asked.ServerID)
	if !ok {
		return store.Collection{}, fail(folderNotFound, errors.New("no such id"))
	}
	c, err := tx.Collection(id)
	if errors.Is(err, store.NotFound) || err == nil && folderClasses[c.Class] == "" {
		return c, fail(folderNotFound, store.NotFound)
	}
	return c, err
}

// parentOf returns the folder that is to hold the other; 0 is the top.
func parentOf(tx store.Tx, asked wire.FolderRequest) (store.CollectionID, error) {
	if asked.ParentID == rootID {
		return 0, nil
	}
	id, ok := parseCollectionID(asked.ParentID)
	if !ok {
		return 0, fail(folderNoParent, errors.New("no such parent"))
	}
	c, err := tx.Collection(id)
	if errors.Is(err, store.NotFound) || err == nil && folderClasses[c.Class] == "" {
		return 0, fail(folderNoParent, store.NotFound)
	}
	return id, err
}

// editError gives the store's refusals their statuses.
func editError(err error) error {
	switch {
	case errors.Is(err, store.Exists):
		return fail(folderExists, err)
	case errors.Is(err, store.Invalid):
		return fail(folderMalformed, err)
	}
	return err
}
