package subscription

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// maxBatch is how many events one transaction writes, so that others who write need not wait long.
const maxBatch = 200

// Changes says what a fetch changed.
type Changes struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

// any reports whether there was a change.
func (c Changes) any() bool { return c != Changes{} }

// errEmpty keeps events that are there when there are none in the calendar.
var errEmpty = errors.New("the calendar is empty, the events that are there stay")

// An application brings what a feed says into a folder.
type application struct {
	s      *Service
	at     place
	source string
	feed   *feed
	st     *state // told of what is left out; its validators are taken out before anything is written

	have   map[string]known     // by key
	todo   map[string]store.UID // by key, what is to be written, and in whose place; 0: nobody's
	gone   []store.UID
	batch  []staged
	marked bool
	Changes
}

// known is an event that the folder has.
type known struct {
	uid   store.UID
	print string
}

// staged is an event that waits for its transaction.
type staged struct {
	uid  store.UID
	item store.NewItem
}

// apply writes what differs between the folder and the feed. After an error the folder may have some of it; the state
// then knows that it is not done.
func (s *Service) apply(ctx context.Context, at place, source string, f *feed, st *state) (Changes, error) {
	a := &application{s: s, at: at, source: source, feed: f, st: st, todo: map[string]store.UID{}}
	defer a.release()
	if err := a.read(ctx); err != nil {
		return a.Changes, err
	}
	st.Skipped, st.Refused, st.Told = f.skipped, 0, nil
	if err := a.compare(); err != nil {
		return a.Changes, err
	}
	if err := a.write(ctx); err != nil {
		return a.Changes, err
	}
	return a.Changes, a.remove(ctx)
}

// read lists what the folder has.
func (a *application) read(ctx context.Context) error {
	a.have = map[string]known{}
	err := a.s.store.View(ctx, a.at.acct, func(r store.Reader) error {
		for record, err := range r.ByUID(a.at.collection, 1, store.MaxUID, store.WantSummary) {
			if err != nil {
				return err
			}
			a.have[record.Key] = known{record.UID, printIn(record)}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("subscribed calendar: %w", err)
	}
	return nil
}

// refuse notes an event that is left out.
func (a *application) refuse(line int, err error) {
	if a.st.Refused++; len(a.st.Told) < maxTold {
		a.st.Told = append(a.st.Told, Refusal{line, firstBytes(strings.TrimPrefix(err.Error(), calendar.ErrUnclear.Error()+": "), maxReason)})
	}
}

// compare finds out what is to be done.
func (a *application) compare() error {
	left := map[string]bool{} // keys that the feed does not have
	for key := range a.have {
		left[key] = true
	}
	fresh := map[string]string{} // prints of events with new keys
	var order []string
	found := 0
	for e := range a.feed.events() {
		was, there := a.have[e.key]
		delete(left, e.key)
		found++
		switch {
		case e.err != nil:
			a.refuse(e.line, e.err)
		case !there:
			fresh[e.key] = e.print
			order = append(order, e.key)
		case was.print != e.print:
			a.todo[e.key] = was.uid
		}
	}
	if found == 0 && len(a.have) > 0 {
		return errEmpty
	}
	a.adopt(order, fresh, left)
	for key := range left {
		a.gone = append(a.gone, a.have[key].uid)
	}
	return nil
}

// adopt finds events that only have another UID than before; the others with new ones are to be added.
func (a *application) adopt(order []string, fresh map[string]string, left map[string]bool) {
	byPrint := map[string][]string{}
	for key := range left {
		p := a.have[key].print
		byPrint[p] = append(byPrint[p], key)
	}
	for _, key := range order {
		if same := byPrint[fresh[key]]; len(same) > 0 {
			byPrint[fresh[key]] = same[1:]
			delete(left, same[0])
			continue
		}
		a.todo[key] = 0
	}
}

// write stages and writes what is new or changed.
func (a *application) write(ctx context.Context) error {
	for e := range a.feed.events() {
		if len(a.todo) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("subscribed calendar: %w", err)
		}
		uid, wanted := a.todo[e.key]
		if !wanted || e.err != nil {
			continue
		}
		delete(a.todo, e.key)
		item, err := a.stage(ctx, e)
		if errors.Is(err, calendar.ErrUnclear) || errors.Is(err, store.TooLarge) {
			a.refuse(e.line, err)
			continue
		} else if err != nil {
			return err
		}
		a.batch = append(a.batch, staged{uid, item})
		if len(a.batch) == maxBatch {
			if err := a.flush(ctx); err != nil {
				return err
			}
		}
	}
	return a.flush(ctx)
}

func (a *application) stage(ctx context.Context, e event) (store.NewItem, error) {
	raw, err := e.kept()
	if err != nil {
		return store.NewItem{}, err
	}
	item, err := calendar.Ingest(ctx, a.s.store, raw)
	if err != nil {
		return item, err
	}
	item.Class, item.Key = store.Calendar, e.key
	if item.Summary, err = summaryOf(e.print); err != nil {
		item.Blob.Release()
		return item, fmt.Errorf("summary of event: %w", err)
	}
	return item, nil
}

// flush writes what is staged.
func (a *application) flush(ctx context.Context) error {
	if len(a.batch) == 0 {
		return nil
	}
	defer a.release()
	return a.update(ctx, func(tx store.Tx) (c Changes, err error) {
		for _, one := range a.batch {
			if one.uid == 0 {
				_, err = tx.Add(a.at.collection, one.item)
				c.Added++
			} else {
				_, err = tx.Replace(a.at.collection, one.uid, one.item)
				c.Changed++
			}
			if err != nil {
				return c, err
			}
		}
		return c, nil
	})
}

// remove takes out what is gone.
func (a *application) remove(ctx context.Context) error {
	for len(a.gone) > 0 {
		n := min(len(a.gone), maxBatch)
		err := a.update(ctx, func(tx store.Tx) (c Changes, err error) {
			for _, uid := range a.gone[:n] {
				if err := tx.Remove(a.at.collection, uid); err != nil && !errors.Is(err, store.NotFound) {
					return c, err
				}
				c.Removed++
			}
			return c, nil
		})
		if err != nil {
			return err
		}
		a.gone = a.gone[n:]
	}
	return nil
}

// update runs one transaction on the folder. The first one notes that what it begins is not done.
func (a *application) update(ctx context.Context, do func(store.Tx) (Changes, error)) error {
	var changes Changes
	err := a.s.store.Update(ctx, a.at.acct, func(tx store.Tx) (err error) {
		if err := sameFolder(tx, a.at, a.source); err != nil {
			return err
		}
		if !a.marked {
			a.st.forget()
			if err := a.st.write(tx, a.at.acct, a.at.collection); err != nil {
				return err
			}
		}
		changes, err = do(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("subscribed calendar: %w", err)
	}
	a.marked = true
	a.Added, a.Changed, a.Removed = a.Added+changes.Added, a.Changed+changes.Changed, a.Removed+changes.Removed
	return nil
}

// sameFolder is store.NotFound if the folder of a subscription is no longer there.
func sameFolder(r store.Reader, at place, source string) error {
	c, err := r.Collection(at.collection)
	if err == nil && c.Source != source {
		err = store.NotFound
	}
	return err
}

// release gives up what was staged and not written.
func (a *application) release() {
	for _, one := range a.batch {
		one.item.Blob.Release()
	}
	a.batch = a.batch[:0]
}
