package activesync

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A countingStore counts the records that reading transactions hand out.
type countingStore struct {
	store.Store
	records atomic.Int64
	writes  atomic.Int64
}

func (s *countingStore) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	return s.Store.View(ctx, acct, func(r store.Reader) error { return fn(countingReader{r, s}) })
}

func (s *countingStore) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	s.writes.Add(1)
	return s.Store.Update(ctx, acct, fn)
}

func (s *countingStore) UpdateAll(ctx context.Context, work []store.Work) []error {
	s.writes.Add(1)
	return s.Store.UpdateAll(ctx, work)
}

type countingReader struct {
	store.Reader
	s *countingStore
}

func (r countingReader) count(seq iter.Seq2[store.Record, error]) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for rec, err := range seq {
			r.s.records.Add(1)
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (r countingReader) Changes(c store.CollectionID, p store.Place, w store.Want) iter.Seq2[store.Record, error] {
	return r.count(r.Reader.Changes(c, p, w))
}

func (r countingReader) Newest(c store.CollectionID, before, since store.Age, w store.Want) iter.Seq2[store.Record, error] {
	return r.count(r.Reader.Newest(c, before, since, w))
}

func (r countingReader) ByUID(c store.CollectionID, lo, hi store.UID, w store.Want) iter.Seq2[store.Record, error] {
	return r.count(r.Reader.ByUID(c, lo, hi, w))
}

// addMany puts n copies of a message into the Inbox.
func (r *rig) addMany(t testing.TB, in *mail.Ingested, n int) {
	t.Helper()
	c := r.folder(store.Inbox).ID
	for n > 0 {
		batch := min(n, 500)
		n -= batch
		if err := r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
			for range batch {
				if _, err := tx.Add(c, in.Item); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestConstant checks that what a device costs does not grow with its mailbox: the state, and what is read
// for an empty Sync, for one new message, for a Ping.
func TestConstant(t *testing.T) {
	type cost struct{ state, empty, emptyWrites, one, ping int64 }
	measure := func(size int) cost {
		var counted *countingStore
		r := newRig(t, func(o *Options) {
			counted = &countingStore{Store: o.Store}
			o.Store = counted
		})
		in, err := mail.Ingest(t.Context(), r.st, strings.NewReader(fmt.Sprintf(plainMessage, 1, 1)), 1<<20)
		must(t, err)
		defer in.Blob.Release()
		r.addMany(t, in, size)
		r.primeFolders(t)
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		during := func(do func()) int64 {
			before := counted.records.Load()
			do()
			return counted.records.Load() - before
		}
		var c cost
		r.sync(t, call{body: syncOne(inbox, key, nil)}) // the request itself is remembered
		writes := counted.writes.Load()
		c.empty = during(func() { r.sync(t, call{body: syncOne(inbox, key, nil)}) })
		c.emptyWrites = counted.writes.Load() - writes
		r.addMany(t, in, 1)
		c.ping = during(func() {
			if status, _, _ := r.ping(t, pingBody(60, inbox)); status != "2" {
				t.Errorf("ping: status %s", status)
			}
		})
		c.one = during(func() {
			if a := r.sync(t, call{body: syncOne(inbox, key, nil)}); len(a.commands("Add")) != 1 {
				t.Errorf("one new message:\n%s", a.dump)
			}
		})
		must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
			_, raw, err := readState(tx, "phone1", r.folder(store.Inbox).ID)
			c.state = int64(len(raw))
			return err
		}))
		return c
	}
	small, large := measure(20), measure(3000)
	t.Logf("with 20 messages %+v, with 3000 %+v", small, large)
	if large.state > small.state+16 { // numbers have more digits
		t.Errorf("state grows from %d to %d bytes", small.state, large.state)
	}
	small.state, large.state = 0, 0
	if small != large || large.empty != 0 || large.emptyWrites != 0 {
		t.Errorf("with 20 messages %+v, with 3000 %+v", small, large)
	}
}
