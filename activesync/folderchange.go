package activesync

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A folderEdit makes the change that a device asks for and returns the collection as it then is, of one that
// has been removed the id alone.
type folderEdit func(q *request, tx store.Tx, asked wire.FolderRequest) (store.Collection, error)

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
	c, err := edit(q, tx, asked)
	if err != nil {
		return "", "", err
	}
	at, err := tx.ModSeq()
	if err != nil {
		return "", "", err
	}
	st.Next = nil // the key is a new one even though the place in the journal is the same
	key = st.step(st.Acked.At)
	mine := ownFolder{ID: c.ID, ModSeq: at, Created: asked.ServerID == "", Key: st.Last}
	mine.Told = c.Name != "" && c.Name != asked.DisplayName
	st.Own = slices.DeleteFunc(st.Own, func(o ownFolder) bool { return o.Key > st.Acked.N }) // it has given these up
	if st.Own = append(st.Own, mine); len(st.Own) > maxOwnFolders {
		st.Own = st.Own[1:]
	}
	if mine.Created {
		id = collectionID(c.ID)
	}
	st.Done = &doneFolder{Request: asked, Command: q.cmd.name, Key: key, ID: id}
	return key, id, nil
}

// createClasses are the types of folder that a device may create. MS-ASCMD, Type (FolderCreate).
var createClasses = map[int]store.Class{1: store.Mail, 12: store.Mail, 13: store.Calendar, 14: store.Contacts, 15: store.Tasks, 17: store.Notes}

func createFolder(q *request, tx store.Tx, asked wire.FolderRequest) (store.Collection, error) {
	class := createClasses[asked.Type]
	if !shown(class, q.version) || asked.DisplayName == "" || asked.ParentID == "" || asked.ServerID != "" {
		return store.Collection{}, fail(folderMalformed, errors.New("not a folder that can be created"))
	}
	parent, err := parentOf(q, tx, asked)
	if err != nil {
		return store.Collection{}, err
	}
	c := store.Collection{Parent: parent, Name: folderName(asked.DisplayName), Class: class}
	if err := checkSiblings(q, tx, c); err != nil {
		return c, err
	}
	c, err = tx.CreateCollection(c)
	return c, editError(err)
}

func deleteFolder(q *request, tx store.Tx, asked wire.FolderRequest) (store.Collection, error) {
	c, err := folderNamed(q, tx, asked)
	if err != nil {
		return c.Collection, err
	}
	if c.Role != "" || c.lent {
		return c.Collection, fail(folderSpecial, errors.New("folder has a role or is somebody else's"))
	}
	if err := tx.RemoveCollection(c.ID); errors.Is(err, store.Invalid) {
		return c.Collection, fail(folderSpecial, err) // something below it has a role
	} else if err != nil {
		return c.Collection, err
	}
	return store.Collection{ID: c.ID}, nil
}

func updateFolder(q *request, tx store.Tx, asked wire.FolderRequest) (store.Collection, error) {
	if asked.DisplayName == "" || asked.ParentID == "" {
		return store.Collection{}, fail(folderMalformed, errors.New("incomplete"))
	}
	f, err := folderNamed(q, tx, asked)
	c := f.Collection
	switch {
	case err != nil:
		return c, err
	case c.Role != "" || f.lent:
		return c, fail(folderExists, errors.New("folder has a role or is somebody else's"))
	}
	if c.Parent, err = parentOf(q, tx, asked); err != nil {
		return c, err
	}
	c.Name = folderName(asked.DisplayName)
	if err := checkSiblings(q, tx, c); err != nil {
		return c, err
	}
	c, err = tx.UpdateCollection(c.ID, c.Parent, c.Name)
	return c, editError(err)
}

// slash stands in names for a slash, which divides the levels of a path in other protocols.
const slash = "\u2215"

// folderName is a name as it is stored: in Unicode normalisation form C as in IMAP, without blanks around it.
// If that is not what the device said it is told.
func folderName(s string) string {
	return strings.ReplaceAll(strings.TrimSpace(norm.NFC.String(s)), "/", slash)
}

// maxFolders is how many collections an account may have so that devices may add to them: as many as IMAP
// allows.
const maxFolders = 10_000

// checkSiblings refuses a folder whose name another one has in the same place, whatever its case, and a new
// one where there are too many already.
func checkSiblings(q *request, tx store.Tx, c store.Collection) error {
	all, err := tx.Collections(0)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != c.ID && other.Parent == c.Parent && strings.EqualFold(norm.NFC.String(other.Name), c.Name) {
			return fail(folderExists, errors.New("name is taken"))
		}
	}
	switch {
	case c.ID != 0 || len(all) < maxFolders:
		return nil
	case q.version < V140:
		return fail(folderUnknown, errTooManyFolders)
	}
	return fail(statusTooManyFolders, errTooManyFolders)
}

// errTooManyFolders says that an account has as many as it may.
var errTooManyFolders = errors.New("too many folders")

// folderNamed returns the folder that is to be changed.
func folderNamed(q *request, tx store.Tx, asked wire.FolderRequest) (folder, error) {
	switch asked.ServerID {
	case "":
		return folder{}, fail(folderMalformed, errors.New("no ServerId"))
	case recipientCache:
		return folder{}, fail(folderSpecial, errors.New("recipient cache"))
	}
	id, ok := parseCollectionID(asked.ServerID)
	if !ok {
		return folder{}, fail(folderNotFound, errors.New("no such id"))
	}
	c, err := q.reachOf(tx, tx).find(id)
	if errors.Is(err, store.NotFound) || err == nil && !shown(c.Class, q.version) {
		return c, fail(folderNotFound, store.NotFound)
	}
	return c, err
}

// parentOf returns the folder that is to hold the other; 0 is the top.
func parentOf(q *request, tx store.Tx, asked wire.FolderRequest) (store.CollectionID, error) {
	switch asked.ParentID {
	case rootID:
		return 0, nil
	case recipientCache:
		return 0, fail(folderSpecial, errors.New("recipient cache"))
	}
	id, ok := parseCollectionID(asked.ParentID)
	if !ok {
		return 0, fail(folderNoParent, errors.New("no such parent"))
	}
	c, err := q.reachOf(tx, tx).find(id)
	switch {
	case errors.Is(err, store.NotFound) || err == nil && !shown(c.Class, q.version), err == nil && c.lent && asked.ServerID != "":
		return 0, fail(folderNoParent, store.NotFound)
	case err == nil && c.lent:
		return 0, fail(folderSpecial, errors.New("parent is somebody else's"))
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
