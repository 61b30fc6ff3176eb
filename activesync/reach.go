package activesync

import (
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// A collection that another account lends is to a device a folder as any other. What is in it, and its journal, are
// the owner's; what is remembered of the device is the borrower's. So the code that works on a collection is given a
// [store.Reader], or Tx, that is made of both, and does not know for whom it works. Which collections there are for a
// request, and what it may do in them, is decided here and nowhere else, anew in each transaction.

// A reach finds collections for a request within one transaction or snapshot of its account.
type reach struct {
	r      store.Reader
	tx     store.Tx // nil: only for reading
	v      Version
	shared []store.Shared
	looked bool // shared has been read
}

// reachOf returns the reach of a request in one transaction; tx is nil in a snapshot.
func (q *request) reachOf(r store.Reader, tx store.Tx) *reach {
	return &reach{r: r, tx: tx, v: q.version}
}

// A folder is a collection within reach.
type folder struct {
	store.Collection
	rights store.Rights
	lent   bool         // it is another account's
	r      store.Reader // journal of its owner, states of the request's account
	tx     store.Tx     // likewise; nil in a snapshot
}

// What a request must have the right to do in a collection so that a device may add, change or delete objects there.
// An occurrence is deleted by a change of its series.
const (
	needAdd    = store.MayInsert
	needChange = store.MayWrite
	needDelete = store.MayDelete | store.MayExpunge
	needAny    = needAdd | needChange | needDelete // one of these: something may be done
)

// allows reports whether the request may do in the collection what it needs those rights for. Nobody changes what the
// server keeps, and nobody what he does not see.
func (f folder) allows(need store.Rights) bool {
	return !f.Fed() && f.rights&need == need && f.veil() != veilAll
}

// veil is how much the request sees of the objects of the collection.
func (f folder) veil() veil {
	switch {
	case !f.lent:
		return unveiled
	case f.rights&store.MayRead == 0:
		return veilAll
	}
	return veilPrivate
}

// find returns a collection that devices are shown, NotFound if there is none within reach.
func (h *reach) find(id store.CollectionID) (folder, error) {
	c, err := h.r.Collection(id)
	switch {
	case err == nil && folderClasses[c.Class] == "":
		return folder{}, noFolder(id)
	case err == nil:
		return folder{Collection: c, rights: store.AllRights, r: h.r, tx: h.tx}, nil
	case !errors.Is(err, store.NotFound):
		return folder{}, err
	}
	lent, err := h.lent()
	if err != nil {
		return folder{}, err
	}
	for _, s := range lent {
		if s.ID == id {
			return h.borrow(s)
		}
	}
	return folder{}, noFolder(id)
}

func noFolder(id store.CollectionID) error {
	return fmt.Errorf("folder %s: %w", collectionID(id), store.NotFound)
}

// lent returns the collections of others that the request's device is shown.
func (h *reach) lent() ([]store.Shared, error) {
	if h.looked {
		return h.shared, nil
	}
	all, err := h.r.Shared()
	if err != nil {
		return nil, fmt.Errorf("what is lent: %w", err)
	}
	for _, s := range all {
		if lends(s, h.v) && len(h.shared) < maxLent {
			h.shared = append(h.shared, s)
		}
	}
	h.looked = true
	return h.shared, nil
}

// maxLent bounds the folders of others that a device is shown, so that nobody fills another's phone.
const maxLent = 200

// lends reports whether a device is shown a collection that was granted to its account. Mail is shared by IMAP, to whom
// somebody writes is nobody else's business, and of calendars one may be given the times alone.
func lends(s store.Shared, v Version) bool {
	if s.Class == store.Mail || s.Role == store.Recipients || isRecipients(s.Collection) || !shown(s.Class, v) || s.Rights&store.MayLookup == 0 {
		return false
	}
	return s.Rights&store.MayRead != 0 || s.Class == store.Calendar && s.Rights&store.MaySeeTimes != 0
}

// item returns an item by its id, and a folder that it is in. NotFound if it is in none within reach.
func (h *reach) item(id store.ItemID, want store.Want) (store.Record, folder, error) {
	r, err := h.r.RecordByItem(id, want)
	if errors.Is(err, store.NotFound) {
		r, err = h.lentItem(id, want)
	}
	if err != nil {
		return store.Record{}, folder{}, err
	}
	in, err := h.find(r.Collection)
	if err != nil {
		return store.Record{}, folder{}, err
	}
	return r, in, nil
}

// lentItem returns an item of an account that lends anything; whether it lends this one is still to be asked.
func (h *reach) lentItem(id store.ItemID, want store.Want) (store.Record, error) {
	lent, err := h.lent()
	if err != nil {
		return store.Record{}, err
	}
	asked := make(map[store.AccountID]bool)
	for _, s := range lent {
		if asked[s.Account] {
			continue
		}
		asked[s.Account] = true
		owner, err := h.r.Of(s.Account)
		if err != nil {
			return store.Record{}, fmt.Errorf("owner of %s: %w", collectionID(s.ID), err)
		}
		if r, err := owner.RecordByItem(id, want); !errors.Is(err, store.NotFound) {
			return r, err
		}
	}
	return store.Record{}, errNoItem
}

// borrow opens a collection of another account.
func (h *reach) borrow(s store.Shared) (folder, error) {
	f := folder{Collection: s.Collection, rights: s.Rights, lent: true}
	if h.tx == nil {
		owner, err := h.r.Of(s.Account)
		if err != nil {
			return f, fmt.Errorf("owner of %s: %w", collectionID(s.ID), err)
		}
		f.r = lentReader{Reader: owner, home: h.r}
		return f, nil
	}
	owner, err := h.tx.TxOf(s.Account)
	if err != nil {
		return f, fmt.Errorf("owner of %s: %w", collectionID(s.ID), err)
	}
	f.tx = lentTx{Tx: owner, home: h.tx}
	f.r = f.tx
	return f, nil
}

// A lentReader reads the owner's data, and of devices the borrower's.
type lentReader struct {
	store.Reader
	home store.Reader
}

// Devices implements [store.Reader].
func (r lentReader) Devices() ([]store.Device, error) { return r.home.Devices() }

// Device implements [store.Reader].
func (r lentReader) Device(id string) (store.Device, error) { return r.home.Device(id) }

// State implements [store.Reader].
func (r lentReader) State(device, key string) ([]byte, error) { return r.home.State(device, key) }

// StateKeys implements [store.Reader].
func (r lentReader) StateKeys(device, prefix string) ([]string, error) {
	return r.home.StateKeys(device, prefix)
}

// A lentTx changes the owner's data, and of devices the borrower's.
type lentTx struct {
	store.Tx
	home store.Tx
}

// Devices implements [store.Reader].
func (t lentTx) Devices() ([]store.Device, error) { return t.home.Devices() }

// Device implements [store.Reader].
func (t lentTx) Device(id string) (store.Device, error) { return t.home.Device(id) }

// State implements [store.Reader].
func (t lentTx) State(device, key string) ([]byte, error) { return t.home.State(device, key) }

// StateKeys implements [store.Reader].
func (t lentTx) StateKeys(device, prefix string) ([]string, error) {
	return t.home.StateKeys(device, prefix)
}

// PutDevice implements [store.Tx].
func (t lentTx) PutDevice(d store.Device) error { return t.home.PutDevice(d) }

// RemoveDevice implements [store.Tx].
func (t lentTx) RemoveDevice(id string) error { return t.home.RemoveDevice(id) }

// PutState implements [store.Tx].
func (t lentTx) PutState(device, key string, value []byte) error {
	return t.home.PutState(device, key, value)
}
