package activesync

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestSyncGone checks that a folder that is gone is quiet for a device that does not know it yet.
func TestSyncGone(t *testing.T) {
	r := newRig(t)
	var c store.Collection
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: "Harbour", Class: store.Mail})
		return err
	}))
	id := collectionID(c.ID)
	key := r.prime(t, call{}, id)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.RemoveCollection(c.ID) }))
	if a := r.sync(t, call{body: syncOne(id, key, nil)}); !a.nothing() {
		t.Errorf("gone folder:\n%s", a.dump)
	}
	if a := r.sync(t, call{body: syncOne(id, "0", nil)}); a.status() != "12" {
		t.Errorf("gone folder from the start:\n%s", a.dump)
	}
}

// TestSyncAfterPrune checks that a quiet folder is not left behind when tombstones are pruned, as long as its
// device asks once in a while, and that one left behind starts over.
func TestSyncAfterPrune(t *testing.T) {
	for _, asks := range []bool{true, false} {
		t.Run(fmt.Sprint(asks), func(t *testing.T) {
			r := newRig(t)
			inbox := r.fill(1)
			key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
			c := r.folder(store.Junk)
			r.clock = r.clock.AddDate(0, 0, 8)
			for range 3 {
				r.deliver(store.Junk, lunch)
			}
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(c.ID, 1) }))
			if asks {
				r.sync(t, call{body: syncOne(inbox, key, nil)})
			}
			r.clock = r.clock.AddDate(0, 1, 0)
			must(t, r.st.Prune(t.Context(), r.clock.AddDate(0, 0, -20)))
			r.fill(1)
			a := r.sync(t, call{body: syncOne(inbox, key, nil)})
			if want := map[bool]string{true: "1", false: "3"}[asks]; a.status() != want {
				t.Errorf("status %s, want %s\n%s", a.status(), want, a.dump)
			}
		})
	}
}

// TestSyncSticks is a device that breaks on the second of three messages: it gets the first alone, then the
// second as a note, and then everything.
func TestSyncSticks(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(3)
	key := r.prime(t, call{}, inbox)
	bad := "Number 1." // in the message that it breaks on
	got := map[string]bool{}
	requests := 0
	for len(got) < 3 {
		if requests++; requests > 40 {
			t.Fatalf("after %d requests it has %v", requests, got)
		}
		a := r.sync(t, call{body: syncOne(inbox, key, nil)})
		if strings.Contains(a.dump, bad) {
			continue
		}
		for _, add := range a.commands("Add") {
			got[add.get("AirSync:ServerId")] = true
		}
		key = a.key()
	}
	r.whole(t, call{}, inbox, key)
}

// TestSyncVersionChange checks that a device that comes with another version goes on with its keys.
func TestSyncVersionChange(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	key := r.whole(t, call{version: V121}, inbox, r.prime(t, call{version: V121}, inbox))
	r.fill(1)
	if a := r.sync(t, call{version: V141, body: syncOne(inbox, key, nil)}); len(a.commands("Add")) != 1 || a.c.at("AirSync:Class") != nil {
		t.Errorf("other version:\n%s", a.dump)
	}
}

// TestSyncTogether sends one request many times at once: all get the same answer, and its command is done
// once.
func TestSyncTogether(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	inbox := r.fill(3)
	key := r.prime(t, call{}, inbox)
	a := r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:WindowSize "2"`})})
	body := syncOne(inbox, a.key(), []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId \"" + inbox + ":3\""})
	answers := make([]string, 8)
	var together sync.WaitGroup
	for i := range answers {
		req := r.request(call{cmd: "Sync", body: body})
		together.Go(func() {
			rec := httptest.NewRecorder()
			r.ServeHTTP(rec, req)
			answers[i] = rec.Body.String()
		})
	}
	together.Wait()
	for i, got := range answers {
		if got == "" || got != answers[0] {
			t.Errorf("answer %d differs:\n%x\n%x", i, got, answers[0])
		}
	}
	if n := len(r.records(store.Trash)); n != 1 {
		t.Errorf("%d in Deleted Items", n)
	}
}

// A fullStore refuses all writing.
type fullStore struct {
	store.Store
	full bool
}

func (s *fullStore) UpdateAll(ctx context.Context, work []store.Work) []error {
	if !s.full {
		return s.Store.UpdateAll(ctx, work)
	}
	errs := make([]error, len(work))
	for i := range errs {
		errs[i] = store.Full
	}
	return errs
}

// TestSyncFull checks that nothing is told or acknowledged that could not be made durable.
func TestSyncFull(t *testing.T) {
	full := &fullStore{}
	r := newRig(t, func(o *Options) {
		full.Store = o.Store
		o.Store = full
	})
	inbox := r.fill(2)
	key := r.prime(t, call{}, inbox)
	full.full = true
	a := r.sync(t, call{body: syncOne(inbox, key, nil)})
	if a.status() != "5" || a.key() != key || a.c.at("AirSync:Commands") != nil {
		t.Errorf("disk full:\n%s", a.dump)
	}
	full.full = false
	if a = r.sync(t, call{body: syncOne(inbox, key, nil)}); a.status() != "1" || len(a.commands("Add")) != 2 {
		t.Errorf("with space again:\n%s", a.dump)
	}
}

// TestOwnChangeBehindWindow checks that a window which ends behind the device's own change does not make that news when
// the message changes once more.
func TestOwnChangeBehindWindow(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	inbox := r.fill(4)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	list := r.records(store.Inbox)
	flag := func(i int) {
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
			_, err := tx.Mark(list[i].Collection, list[i].UID, store.FlagChange{Add: store.Flagged})
			return err
		}))
	}
	one := `AirSync:WindowSize "1"`
	flag(1)
	flag(2)
	mine := []string{one, "AirSync:Commands", ">AirSync:Change", ">>AirSync:ServerId " + strconv.Quote(itemID(list[0].Collection, list[0].UID)),
		">>AirSync:ApplicationData", `>>>Email:Read "1"`}
	a := r.sync(t, call{body: syncOne(inbox, key, mine)})
	flag(3)
	a = r.sync(t, call{body: syncOne(inbox, a.key(), []string{one})}) // ends behind the device's own change
	flag(0)
	for _, c := range r.sync(t, call{body: syncOne(inbox, a.key(), nil)}).commands("Change") {
		if c.at("AirSync:ApplicationData", "Email:Read") != nil {
			t.Errorf("the device is told what it did itself: %+v", c.at("AirSync:ApplicationData"))
		}
	}
}
