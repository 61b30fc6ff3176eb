package activesync

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A watch looks for news in one collection for a device that waits. Each look reads only the journal above
// the one before.
type watch struct {
	id      store.CollectionID
	key     string // of the request that waits; empty: the device has heard the newest answer
	at      position
	own     ownChanges
	options wire.Options
	talk    bool              // conversations are to be whole
	state   [sha256.Size]byte // of the state that at and own are from
	looked  store.ModSeq      // the collection has been looked through up to here
	veil    veil
	started bool
}

func newWatch(id store.CollectionID) *watch { return &watch{id: id} }

// news is what a watch found.
type news struct {
	id    store.CollectionID
	why   doctor.Why // empty: nothing
	saved time.Time  // when an item that is new came into the collection; to milliseconds
}

// newsOf describes the first change of a window.
func newsOf(id store.CollectionID, ch change) news {
	switch ch.op {
	case opAdd:
		return news{id, doctor.ItemAdded, ch.record.Saved}
	case opDelete, opSoftDelete:
		return news{id: id, why: doctor.ItemRemoved}
	}
	return news{id: id, why: doctor.ItemChanged}
}

// errNoState says that a device has never synchronised a collection.
var errNoState = errors.New("never synchronised")

// look returns the first that a Sync would tell, if there is anything. An item that grows too old for the
// filter is no reason to wake a device. account is the owner's. The errors are errNoState and store.Stale.
func (w *watch) look(f folder, q *request, account store.Account) (found news, err error) {
	r, collection := f.r, f.Collection
	if w.started && collection.Changed <= w.looked && w.veil == f.veil() {
		return found, nil
	}
	if err := w.load(f, q); err != nil {
		return found, err
	}
	start, err := q.filterStart(r, collection, w.options)
	if err != nil {
		return found, err
	}
	c := chooser{
		journal: r, collection: collection, floor: account.Floor, own: w.own, facets: facetsFor(collection.Class, q.version), together: w.talk,
		start: start, cost: func(store.Record, store.Facets) int64 { return 0 },
	}
	for {
		c.budget = &budget{items: 1, fresh: true}
		next, err := c.choose(w.at)
		if err != nil {
			return found, err
		}
		if len(next.changes) > 0 && next.changes[0].op != opSoftDelete {
			return newsOf(w.id, next.changes[0]), nil
		}
		if w.at = next.next; !next.more {
			break
		}
	}
	w.looked, w.started = collection.Changed, true
	return found, nil
}

// load reads the state if it is not the one that the watch goes on from: the device itself may have changed
// something meanwhile by another command.
func (w *watch) load(f folder, q *request) error {
	st, raw, err := readState(f.r, q.device.ID, w.id)
	if err != nil {
		return err
	}
	if st == nil || st.Veil != f.veil() {
		return errNoState
	}
	w.veil = st.Veil
	if sum := sha256.Sum256(raw); !w.started || sum != w.state {
		if w.key != "" && !st.open(w.key) {
			return errNoState
		}
		w.state, w.at, w.own, w.options = sum, st.heard(w.key), st.Own, st.options()
		w.talk = st.together(q.version)
	}
	return nil
}

// heard returns the position of a device that waits with a key, which has been opened, or with none.
func (st *collectionState) heard(key string) position {
	if key == "" {
		return st.latest().At
	}
	return st.Acked.At
}

// await waits until one of the watches finds something, and returns which do. It returns none and no error
// when the time is up or a newer request of the device has come, and the error of ctx when the client has
// gone. check, if not nil, looks at the same snapshots, and at the watches' own errors; its error ends the
// waiting.
func (h *Handler) await(ctx context.Context, q *request, watches []*watch, check func(store.Reader, error) error) ([]news, error) {
	if q.wait.began.IsZero() {
		q.wait.began, q.wait.clock = time.Now(), h.Now()
	}
	for {
		look := lookout{q: q, watches: watches, check: check}
		everyone, err := h.Store.ModSeq(store.Everyone)
		if err == nil {
			look.known = append(look.known, store.Known{Account: store.Everyone, ModSeq: everyone})
			err = h.Store.View(ctx, q.account.ID, look.all)
		}
		found := look.found
		if err == nil && len(found) == 0 {
			if err = h.Store.WaitAny(ctx, look.known); errors.Is(err, store.NotFound) {
				err = nil // an account is gone since: the next look finds out whether it matters
			}
		}
		switch {
		case len(found) > 0 && err == nil: // else what ended the look counts: the tree, which has changed
			q.wait.news = found
			return found, nil
		case err == nil:
			continue
		case ended(ctx):
			q.wait.superseded = errors.Is(context.Cause(ctx), errSuperseded)
			return nil, nil
		}
		return nil, fmt.Errorf("wait: %w", err)
	}
}

// ended reports whether waiting is over in the way it should be: time is up, or a newer request has come.
func ended(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return errors.Is(cause, errSuperseded) || errors.Is(cause, context.DeadlineExceeded)
}

// A lookout is one look through all watches of a device.
type lookout struct {
	q       *request
	watches []*watch
	check   func(store.Reader, error) error
	found   []news
	known   []store.Known // up to where it has looked: of the device's account, and of those that lend it what is watched
}

// all looks through all watches.
func (l *lookout) all(r store.Reader) error {
	account, err := r.Account()
	if err != nil {
		return err
	}
	l.known = append(l.known, store.Known{Account: account.ID, ModSeq: account.ModSeq})
	if l.check == nil {
		l.check = func(store.Reader, error) error { return nil }
	}
	if err := l.check(r, nil); err != nil {
		return err
	}
	reach := l.q.reachOf(r, nil)
	for _, w := range l.watches {
		f, err := reach.find(w.id)
		if errors.Is(err, store.NotFound) {
			if err := l.check(r, err); err != nil {
				return err
			}
			continue
		} else if err != nil {
			return err
		}
		owner := account
		if f.lent {
			if owner, err = l.lender(f); err != nil {
				return err
			}
		}
		found, err := w.look(f, l.q, owner)
		switch {
		case errors.Is(err, errNoState), errors.Is(err, store.Stale):
			found = news{id: w.id, why: doctor.NotBegun} // a Sync puts it right
		case err != nil:
			return err
		}
		if found.why != "" {
			l.found = append(l.found, found)
		}
	}
	return nil
}

// lender notes who has lent a folder that is watched.
func (l *lookout) lender(f folder) (store.Account, error) {
	owner, err := f.r.Account()
	if err == nil && !slices.ContainsFunc(l.known, func(k store.Known) bool { return k.Account == owner.ID }) {
		l.known = append(l.known, store.Known{Account: owner.ID, ModSeq: owner.ModSeq})
	}
	return owner, err
}
