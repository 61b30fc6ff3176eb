package activesync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// Statuses of the folder commands. MS-ASCMD, Status (FolderSync, FolderCreate, FolderDelete, FolderUpdate).
const (
	folderExists    = 2
	folderSpecial   = 3
	folderNotFound  = 4
	folderNoParent  = 5
	folderBadKey    = 9
	folderMalformed = 10
	folderUnknown   = 12
)

// folderClasses are the kinds of folder that devices are shown, and their name for what is in them.
var folderClasses = map[store.Class]string{store.Mail: classEmail, store.Calendar: classCalendar, store.Contacts: classContacts, store.Tasks: classTasks, store.Notes: classNotes}

// shown reports whether devices of that version are shown folders of that class. MS-ASNOTE: notes from 14.0 on.
func shown(c store.Class, v Version) bool {
	return folderClasses[c] != "" && (c != store.Notes || v >= V140)
}

// shownClasses is the set of the classes that devices of that version are shown, as bits.
func shownClasses(v Version) (set uint) {
	for c := range folderClasses {
		if shown(c, v) {
			set |= 1 << c
		}
	}
	return set
}

// folderTypes are the folders that devices know by their type and never by their name. MS-ASCMD, Type
// (FolderSync).
var folderTypes = map[store.Role]int{
	store.Inbox: 2, store.Drafts: 3, store.Trash: 4, store.Sent: 5, store.Outbox: 6, store.MainTasks: 7,
	store.MainCal: 8, store.MainCards: 9, store.MainNotes: 10, store.Recipients: recipientType,
}

// userFolderTypes are all others.
var userFolderTypes = map[store.Class]int{store.Mail: 12, store.Calendar: 13, store.Contacts: 14, store.Tasks: 15, store.Notes: 17}

// A folderState is what is remembered of a device and the folder tree: up to where in the journal it has
// been told, in two generations.
type folderState struct {
	Version int `json:"v"`
	generations[folderPlace]
	Own     []ownFolder `json:"o,omitempty"`
	Done    *doneFolder `json:"d,omitempty"`
	Classes uint        `json:"cl,omitempty"` // of folders that the device was shown when it began; see shownClasses
	Written int64       `json:"t"`            // when, in days since 1970
}

// lacks reports whether the device was not shown folders that it would be shown now: it must begin anew, with a new
// version of the protocol or of the server.
func (st *folderState) lacks(v Version) bool {
	return shownClasses(v)&^max(st.Classes, 1<<store.Mail) != 0
}

// An ownFolder is a change of the tree that the device itself made. It knows of that once it uses the key of
// the answer, or a later one.
type ownFolder struct {
	ID      store.CollectionID `json:"i"`
	ModSeq  store.ModSeq       `json:"m"`
	Created bool               `json:"c,omitempty"`
	Told    bool               `json:"t,omitempty"` // it is told all the same: the name is not just what it asked for
	Key     uint32             `json:"k"`           // generation of the answer's key
}

// A doneFolder is the last change that the device made, to be answered again when it is repeated.
type doneFolder struct {
	Request wire.FolderRequest `json:"q"`
	Command string             `json:"c"`
	Key     string             `json:"k"`
	ID      string             `json:"i,omitempty"`
}

const (
	foldersKey = "folders"
	// maxOwnFolders bounds the memory of own changes; what falls out of it is told to the device.
	maxOwnFolders = 64
)

// readFolderState returns the state of a device, nil when there is none.
func readFolderState(r store.Reader, device string) (*folderState, error) {
	raw, err := r.State(device, foldersKey)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("state of folders: %w", err)
	}
	st := &folderState{}
	if json.Unmarshal(raw, st) != nil || st.Version != stateVersion {
		return nil, nil
	}
	return st, nil
}

func (st *folderState) write(tx store.Tx, device string, now time.Time) error {
	st.Version, st.Written = stateVersion, now.Unix()/(24*60*60)
	raw, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("state of folders: %w", err)
	}
	return tx.PutState(device, foldersKey, raw)
}

// open is [generations.open], and forgets what the device has confirmed.
func (st *folderState) open(key string) bool {
	moved, ok := st.generations.open(key)
	if moved {
		st.Done = nil
		st.Own = slices.DeleteFunc(st.Own, func(o ownFolder) bool { return o.ModSeq <= st.Acked.At.ModSeq })
	}
	return ok
}

// own returns the memory of the collection that a device has which uses the key of generation n: whether its
// last change is the device's, and whether the device made it.
func (st *folderState) own(c store.Collection, n uint32) (last, created bool) {
	for _, o := range st.Own {
		if o.ID == c.ID && o.Key <= n {
			last = last || o.ModSeq == c.ModSeq && !o.Told
			created = created || o.Created
		}
	}
	return last, created
}

// folderSync answers FolderSync.
func (h *Handler) folderSync(ctx context.Context, q *request, w *answer) error {
	asked, err := wire.ReadFolder(q.body, q.cmd.root)
	if err != nil {
		return err
	}
	f := folderRun{q: q, asked: asked.SyncKey}
	if err := h.Store.View(ctx, q.account.ID, f.run); err != nil {
		return folderError("folder sync", err)
	}
	if f.changed {
		err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error { return f.write(tx) })
		if err != nil {
			return folderError("folder sync", err)
		}
	}
	q.note(f.event())
	wire.WriteFolderSync(w.encoder(), f.key, &f.changes)
	return nil
}

// folderError adds what was attempted to an error that has no status of its own.
func folderError(what string, err error) error {
	var own *statusError
	if errors.As(err, &own) {
		return err
	}
	if errors.Is(err, store.Stale) {
		return fail(folderBadKey, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// A folderRun is one FolderSync on its way.
type folderRun struct {
	q       *request
	asked   string // SyncKey
	state   *folderState
	using   uint32 // generation of the key that the device uses
	changes wire.FolderChanges
	key     string
	changed bool // state is to be written
}

// run finds out what to answer.
func (f *folderRun) run(r store.Reader) (err error) {
	*f = folderRun{q: f.q, asked: f.asked}
	if f.state, err = readFolderState(r, f.q.device.ID); err != nil {
		return err
	}
	account, err := r.Account()
	if err != nil {
		return err
	}
	since := store.ModSeq(0)
	if f.asked != initialKey {
		if f.state == nil || !f.state.open(f.asked) {
			return fail(folderBadKey, errors.New("unknown SyncKey"))
		}
		if f.state.lacks(f.q.version) {
			return fail(folderBadKey, errors.New("there are folders that the device was never shown"))
		}
		since, f.using = f.state.Acked.At.ModSeq, f.state.Acked.N
	}
	list, err := r.Collections(since)
	if err != nil {
		return err
	}
	at := max(since, account.Floor)
	if since == 0 {
		at = account.ModSeq // what is gone by now is not in the list
	}
	for _, c := range list {
		at = max(at, c.ModSeq)
		f.tell(r, c, since)
	}
	slices.Reverse(f.changes.Gone)
	lent, err := lentNow(r, f.q)
	if err != nil {
		return err
	}
	var before lentFolders
	if f.asked != initialKey {
		before = f.state.Acked.At.Lent
	}
	f.tellLent(before, lent)
	f.conclude(since, folderPlace{at, lentOf(lent)}, account)
	return nil
}

// conclude decides about the key of the answer.
func (f *folderRun) conclude(since store.ModSeq, at folderPlace, account store.Account) {
	switch {
	case f.asked == initialKey && f.state != nil && f.state.unused():
		f.state.Next[0].At, f.state.Classes = at, shownClasses(f.q.version) // it asks again for its first key
		f.key, f.changed = f.state.key(1), true
	case f.asked == initialKey:
		f.state = &folderState{generations: beginGenerations(at), Classes: shownClasses(f.q.version)}
		f.key, f.changed = f.state.key(1), true
	case f.changes.Count() > 0:
		f.key, f.changed = f.state.step(at), true
	default:
		f.key = f.asked
		if day := f.q.now.Unix() / (24 * 60 * 60); day-f.state.Written >= refreshAfter && since < account.ModSeq {
			f.state.stay(folderPlace{account.ModSeq, at.Lent})
			f.changed = true
		}
	}
}

// tell adds a collection to the changes, if it is news to the device.
func (f *folderRun) tell(r store.Reader, c store.Collection, since store.ModSeq) {
	if !shown(c.Class, f.q.version) || f.q.quirks.hides(c) || isRecipients(c) && f.q.version < V140 {
		return
	}
	op := c.Since(since)
	if f.asked != initialKey {
		last, created := f.state.own(c, f.using)
		switch {
		case last:
			return
		case created && op == store.Added:
			op = store.Changed
		case created && c.Removed:
			op = store.Removed
		}
	}
	switch op {
	case store.Added, store.Changed:
		f.changes.There = append(f.changes.There, wire.FolderChange{Folder: folderOf(r, c, f.q.version), New: op == store.Added})
	case store.Removed:
		f.changes.Gone = append(f.changes.Gone, wireID(c))
	}
}

// write makes what run found durable, after looking again whether it is still so.
func (f *folderRun) write(tx store.Tx) error {
	if err := f.run(tx); err != nil {
		return err
	}
	if err := f.state.write(tx, f.q.device.ID, f.q.now); err != nil {
		return err
	}
	return f.q.touch(tx)
}

// folderOf is the collection as devices see it. A folder in one that they do not see is at the top.
func folderOf(r store.Reader, c store.Collection, v Version) wire.Folder {
	parent := c.Parent
	if parent != 0 {
		if p, err := r.Collection(parent); err != nil || !shown(p.Class, v) {
			parent = 0
		}
	}
	kind := folderTypes[c.Role]
	if kind == 0 {
		kind = userFolderTypes[c.Class]
	}
	return wire.Folder{ServerID: wireID(c), ParentID: collectionID(parent), DisplayName: c.Name, Type: kind}
}

// errTreeChanged says that a device has not heard of the latest changes of the folder tree.
var errTreeChanged = errors.New("folder tree changed")

// treeUnchanged returns errTreeChanged unless the device knows the tree as it is. One that has never asked
// for it is not told either.
func treeUnchanged(r store.Reader, q *request) error {
	f := folderRun{q: q}
	var err error
	if f.state, err = readFolderState(r, q.device.ID); err != nil || f.state == nil {
		return err
	}
	if f.state.lacks(q.version) {
		return errTreeChanged
	}
	since := f.state.latest().At.ModSeq
	f.using = f.state.latest().N
	list, err := r.Collections(since)
	if errors.Is(err, store.Stale) {
		return errTreeChanged
	} else if err != nil {
		return err
	}
	for _, c := range list {
		f.tell(r, c, since)
	}
	lent, err := lentNow(r, q)
	if err != nil {
		return err
	}
	if f.changes.Count() > 0 || lentOf(lent) != f.state.latest().At.Lent {
		return errTreeChanged
	}
	return nil
}

// getHierarchy answers GetHierarchy, FolderSync's older and simpler sister for mail folders.
func (h *Handler) getHierarchy(ctx context.Context, q *request, w *answer) error {
	var folders []wire.Folder
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) error {
		list, err := r.Collections(0)
		for _, c := range list {
			if c.Class == store.Mail {
				folders = append(folders, folderOf(r, c, q.version))
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("hierarchy: %w", err)
	}
	wire.WriteHierarchy(w.encoder(), folders)
	return nil
}
