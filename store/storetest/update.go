package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

func testUndo(e *env) {
	before := e.modSeq()
	b := e.stage()
	err := e.s.Update(context.Background(), e.alice.ID, func(tx store.Tx) error {
		if _, err := tx.Add(e.in.ID, store.NewItem{Blob: b}); err != nil {
			return err
		}
		if _, err := tx.CreateCollection(store.Collection{Name: "Lost", Class: store.Mail}); err != nil {
			return err
		}
		return errStop
	})
	if err != errStop {
		e.Errorf("Update = %v; want the function's own error", err)
	}
	if got := e.changes(e.in.ID, store.Place{}); len(got) != 0 {
		e.Errorf("entries after an undone update: %v", got)
	}
	if e.modSeq() != before {
		e.Errorf("modseq %d after an undone update; was %d", e.modSeq(), before)
	}
	e.folder("Lost", 0) // the name is free
}

func testPanic(e *env) {
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			errs[i] = e.s.Update(context.Background(), e.alice.ID, func(tx store.Tx) error {
				_, err := tx.CreateCollection(store.Collection{Name: string(rune('a' + i)), Class: store.Mail})
				if i%2 == 1 {
					panic("as asked")
				}
				return err
			})
		})
	}
	wg.Wait()
	for i, err := range errs {
		if i%2 == 1 {
			e.is(err, store.Internal, "a panic")
		} else if err != nil {
			e.Errorf("update beside a panic: %v", err)
		}
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		list, err := r.Collections(0)
		if want := len(store.DefaultCollections) + len(errs)/2; len(list) != want {
			e.Errorf("%d collections; want %d", len(list), want)
		}
		return err
	})
}

func testContext(e *env) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ran := false
	err := e.s.Update(ctx, e.alice.ID, func(store.Tx) error { ran = true; return nil })
	if ran || !errors.Is(err, context.Canceled) {
		e.Errorf("Update with an ended context: %v, ran: %v", err, ran)
	}
	err = e.s.View(ctx, e.alice.ID, func(store.Reader) error { ran = true; return nil })
	if ran || !errors.Is(err, context.Canceled) {
		e.Errorf("View with an ended context: %v, ran: %v", err, ran)
	}
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	err = e.s.Update(ctx, e.alice.ID, func(tx store.Tx) error {
		cancel() // too late
		_, err := tx.CreateCollection(store.Collection{Name: "Kept", Class: store.Mail})
		return err
	})
	if err != nil {
		e.Errorf("Update whose context ended after the start: %v", err)
	}
}

func testOneModSeq(e *env) {
	before := e.modSeq()
	var stamp store.ModSeq
	e.write(e.alice.ID, func(tx store.Tx) error {
		for range 3 {
			rec, err := tx.Add(e.in.ID, store.NewItem{Blob: e.stage()})
			if err != nil {
				return err
			}
			if stamp, err = tx.ModSeq(); err != nil || rec.ModSeq != stamp || rec.Created != stamp {
				e.Errorf("entry %+v, ModSeq %d, %v", rec.Entry, stamp, err)
			}
		}
		a, err := tx.Account()
		if a.ModSeq != stamp {
			e.Errorf("account at %d inside of transaction %d", a.ModSeq, stamp)
		}
		return err
	})
	if stamp != before+1 || e.modSeq() != stamp {
		e.Errorf("modseq %d, then %d; transaction stamped %d", before, e.modSeq(), stamp)
	}
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.Collections(0); return err })
	if e.modSeq() != stamp {
		e.Errorf("an update that only reads moved modseq to %d", e.modSeq())
	}
	e.write(e.alice.ID, func(tx store.Tx) error { stamp, _ = tx.ModSeq(); return nil })
	if e.modSeq() != stamp {
		e.Errorf("modseq %d after ModSeq returned %d: the number would be given out twice", e.modSeq(), stamp)
	}
}

func testUpdateAll(e *env) {
	bob := Role(e, e.s, e.bob.ID, store.Inbox)
	b := e.stage()
	add := func(c store.CollectionID) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.Add(c, store.NewItem{Blob: b}); return err }
	}
	errs := e.s.UpdateAll(context.Background(), []store.Work{
		{Account: e.alice.ID, Do: add(e.in.ID)},
		{Account: 999, Do: add(e.in.ID)},
		{Account: e.bob.ID, Do: func(tx store.Tx) error {
			if err := add(bob.ID)(tx); err != nil {
				return err
			}
			return errStop
		}},
		{Account: e.bob.ID, Do: add(bob.ID)},
		{Account: e.alice.ID, Do: add(e.in.ID)},
	})
	if len(errs) != 5 || errs[0] != nil || !errors.Is(errs[1], store.NotFound) || errs[2] != errStop || errs[3] != nil || errs[4] != nil {
		e.Errorf("UpdateAll = %v", errs)
	}
	if n := e.collection(e.in.ID).Total; n != 2 {
		e.Errorf("alice has %d entries; want 2", n)
	}
	if n := Role(e, e.s, e.bob.ID, store.Inbox).Total; n != 1 {
		e.Errorf("bob has %d entries; want 1", n)
	}
	if errs := e.s.UpdateAll(context.Background(), nil); len(errs) != 0 {
		e.Errorf("UpdateAll of nothing = %v", errs)
	}
}

func testCallers(e *env) {
	const callers, each = 16, 10
	var wg sync.WaitGroup
	for range callers {
		b := e.stage()
		wg.Go(func() {
			for range each {
				err := e.s.Update(context.Background(), e.alice.ID, func(tx store.Tx) error {
					_, err := tx.Add(e.in.ID, store.NewItem{Blob: b})
					return err
				})
				if err != nil {
					e.Errorf("update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	got := e.changes(e.in.ID, store.Place{})
	if len(got) != callers*each {
		e.Fatalf("%d entries; want %d", len(got), callers*each)
	}
	for i, rec := range got {
		if i > 0 && rec.ModSeq != got[i-1].ModSeq+1 {
			e.Fatalf("modseq %d behind %d", rec.ModSeq, got[i-1].ModSeq)
		}
	}
}

func testClosed(e *env) {
	b := e.stage()
	if err := e.s.Close(); err != nil {
		e.Fatalf("close: %v", err)
	}
	ctx := context.Background()
	e.is(e.s.View(ctx, e.alice.ID, func(store.Reader) error { return nil }), store.Closed, "view")
	e.is(e.s.Update(ctx, e.alice.ID, func(store.Tx) error { return nil }), store.Closed, "update")
	e.is(e.s.UpdateAll(ctx, []store.Work{{}})[0], store.Closed, "update all")
	_, err := e.s.OpenBlob(ctx, b.ID())
	e.is(err, store.Closed, "open blob")
	_, err = e.s.Wait(ctx, e.alice.ID, 1<<40)
	e.is(err, store.Closed, "wait")
	e.is(e.s.Prune(ctx, day(0)), store.Closed, "prune")
	e.is(e.s.Check(ctx, false, func(string) {}), store.Closed, "check")
	e.is(e.s.Backup(ctx, e.TempDir()+"/copy", nil), store.Closed, "backup")
	if err := e.s.Close(); err != nil {
		e.Errorf("second close: %v", err)
	}
}

func testSnapshot(e *env) {
	first := e.add(e.in.ID, store.NewItem{})
	e.read(e.alice.ID, func(r store.Reader) error {
		done := make(chan error)
		go func() {
			done <- e.s.Update(context.Background(), e.alice.ID, func(tx store.Tx) error {
				return tx.Remove(e.in.ID, first.UID)
			})
		}()
		if err := <-done; err != nil {
			return err
		}
		_, err := r.Record(e.in.ID, first.UID, store.WantItem)
		if err != nil {
			e.Errorf("a view sees what was committed after its start: %v", err)
		}
		c, err := r.Collection(e.in.ID)
		if c.Total != 1 {
			e.Errorf("a view counts %d entries; want 1", c.Total)
		}
		return err
	})
	if n := e.collection(e.in.ID).Total; n != 0 {
		e.Errorf("the next view counts %d entries; want 0", n)
	}
}

func testUnknownAccount(e *env) {
	ctx := context.Background()
	e.is(e.s.View(ctx, 999, func(store.Reader) error { return nil }), store.NotFound, "view")
	e.is(e.s.Update(ctx, 999, func(store.Tx) error { return nil }), store.NotFound, "update")
	_, err := e.s.Wait(ctx, 999, 0)
	e.is(err, store.NotFound, "wait")
	_, err = e.s.ModSeq(999)
	e.is(err, store.NotFound, "modseq")
	e.write(0, func(tx store.Tx) error {
		a := e.alice
		a.Disabled = true
		return tx.UpdateAccount(a)
	})
	e.read(e.alice.ID, func(r store.Reader) error {
		a, err := r.Account()
		if !a.Disabled {
			e.Error("the account is not disabled")
		}
		return err
	})
}

// testNestedView has every reader hold a view and ask for another one.
func testNestedView(e *env) {
	const views = 32
	var inside, wg sync.WaitGroup
	inside.Add(views)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for range views {
		wg.Go(func() {
			err := e.s.View(ctx, e.alice.ID, func(store.Reader) error {
				inside.Done()
				inside.Wait()
				return e.s.View(ctx, e.bob.ID, func(r store.Reader) error { _, err := r.Account(); return err })
			})
			if err != nil {
				e.Errorf("view: %v", err)
			}
		})
	}
	wg.Wait()
}
