package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/gannetmail/gannet/store"
)

func (e *env) bump() {
	e.Helper()
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err })
}

func testFeed(e *env) {
	start := e.modSeq()
	if n, err := e.s.Wait(e.Context(), e.alice.ID, start-1); n != start || err != nil {
		e.Errorf("Wait for what is there: %d, %v; want %d", n, err, start)
	}
	ctx, cancel := context.WithCancel(e.Context())
	cancel()
	if _, err := e.s.Wait(ctx, e.alice.ID, start); !errors.Is(err, context.Canceled) {
		e.Errorf("Wait with an ended context: %v", err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if n, err := e.s.Wait(e.Context(), e.alice.ID, start); n <= start || err != nil {
				e.Errorf("Wait: %d, %v", n, err)
			}
		})
	}
	for range 5 {
		e.bump()
	}
	wg.Wait()
	if n, err := e.s.Wait(e.Context(), e.alice.ID, start+2); n != start+5 || err != nil {
		e.Errorf("Wait after five changes: %d, %v; want the last, %d", n, err, start+5)
	}
	bob, _ := e.s.ModSeq(e.bob.ID)
	ctx, cancel = context.WithCancel(e.Context())
	woken := make(chan error)
	go func() { _, err := e.s.Wait(ctx, e.bob.ID, bob); woken <- err }()
	e.bump() // alice's
	cancel()
	if err := <-woken; !errors.Is(err, context.Canceled) {
		e.Errorf("alice's change woke bob: %v", err)
	}
}

// testFeedNoneLost has readers follow writers; each must come to see the last change.
func testFeedNoneLost(e *env) {
	const changes = 200
	last := e.modSeq() + changes
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := store.ModSeq(0); n < last; {
				next, err := e.s.Wait(e.Context(), e.alice.ID, n)
				if err != nil || next <= n {
					e.Errorf("Wait after %d: %d, %v", n, next, err)
					return
				}
				n = next
				err = e.s.View(e.Context(), e.alice.ID, func(r store.Reader) error {
					a, err := r.Account()
					if a.ModSeq < n {
						e.Errorf("woken for %d; the journal is at %d", n, a.ModSeq)
					}
					return err
				})
				if err != nil {
					e.Errorf("view: %v", err)
				}
			}
		})
	}
	for range changes {
		e.bump()
	}
	wg.Wait()
}

func testFeedQueue(e *env) {
	at := func() store.ModSeq {
		n, err := e.s.ModSeq(0)
		if err != nil {
			e.Fatalf("modseq of the server: %v", err)
		}
		return n
	}
	start := at()
	e.bump()
	if at() != start {
		e.Error("a change of alice's moved the server's counter")
	}
	var id store.QueueID
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		id, err = tx.Enqueue(e.stage(), store.Queued{Recipient: "x@y.test"})
		return err
	})
	if n, err := e.s.Wait(e.Context(), 0, start); n != start+1 || err != nil {
		e.Errorf("Wait for the queue: %d, %v; want %d", n, err, start+1)
	}
	e.write(0, func(tx store.Tx) error { return tx.Requeue(store.Queued{ID: id, Due: day(1)}) })
	e.write(e.bob.ID, func(tx store.Tx) error { return tx.Dequeue(id) })
	if at() != start+3 {
		e.Errorf("the server's counter is %d; want %d", at(), start+3)
	}
	before := e.modSeq()
	e.write(e.alice.ID, func(tx store.Tx) error {
		if _, err := tx.Enqueue(e.stage(), store.Queued{Recipient: "x@y.test"}); err != nil {
			return err
		}
		return nil
	})
	if e.modSeq() != before {
		e.Errorf("queueing moved alice's modseq")
	}
}

func testFeedRemoved(e *env) {
	n := e.modSeq()
	done := make(chan error)
	go func() { _, err := e.s.Wait(e.Context(), e.alice.ID, n); done <- err }()
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(e.alice.ID) })
	e.is(<-done, store.NotFound, "Wait for an account that is removed")
	_, err := e.s.ModSeq(e.alice.ID)
	e.is(err, store.NotFound, "ModSeq of a removed account")
}

// testChanged follows all accounts at once.
func testChanged(e *env) {
	_, at, err := e.s.Changed(e.Context(), 0)
	if err != nil {
		e.Fatal(err)
	}
	type news struct {
		accounts []store.AccountID
		err      error
	}
	told := make(chan news)
	next := func() {
		accounts, n, err := e.s.Changed(e.Context(), at)
		at = n
		slices.Sort(accounts)
		told <- news{accounts, err}
	}
	want := func(what string, accounts ...store.AccountID) {
		e.Helper()
		if got := <-told; got.err != nil || !slices.Equal(got.accounts, accounts) {
			e.Errorf("%s: %v, %v; want %v", what, got.accounts, got.err, accounts)
		}
	}
	go next()
	e.bump()
	want("who waits is told", e.alice.ID)
	e.bump()
	e.write(e.bob.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err })
	e.bump()
	go next()
	want("what happened meanwhile, each once", e.alice.ID, e.bob.ID)
	e.write(0, func(tx store.Tx) error {
		_, err := tx.Enqueue(e.stage(), store.Queued{Recipient: "x@y.test"})
		return err
	})
	carol := Account(e, e.s, "carol@example.test")
	e.write(carol.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err })
	go next()
	want("not the server, but who is new", carol.ID)
	e.bump()
	e.write(carol.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err })
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(carol.ID) })
	go next()
	want("not who is gone", e.alice.ID)
	ctx, cancel := context.WithCancel(e.Context())
	cancel()
	if _, n, err := e.s.Changed(ctx, at); !errors.Is(err, context.Canceled) || n != at {
		e.Errorf("with an ended context: %d, %v", n, err)
	}
}
