package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/gannetmail/gannet/store"
)

// seqs are the counters of alice and bob.
func (e *env) seqs() [2]store.ModSeq {
	e.Helper()
	alice, err := e.s.ModSeq(e.alice.ID)
	bob, err2 := e.s.ModSeq(e.bob.ID)
	if err := errors.Join(err, err2); err != nil {
		e.Fatalf("modseq: %v", err)
	}
	return [2]store.ModSeq{alice, bob}
}

// testOther has bob's transactions read and write alice's data.
func testOther(e *env) {
	first := e.add(e.in.ID, store.NewItem{})
	e.read(e.bob.ID, func(r store.Reader) error {
		alices, err := r.Of(e.alice.ID)
		if err != nil {
			return err
		}
		a, err := alices.Account()
		if err != nil || a.ID != e.alice.ID || a.ModSeq != first.ModSeq {
			e.Errorf("alice's account through bob's snapshot: %+v, %v", a, err)
		}
		if got, err := collect(alices.Changes(e.in.ID, store.Place{}, store.WantItem)); len(got) != 1 || err != nil {
			e.Errorf("alice's entries through bob's snapshot: %v, %v", got, err)
		}
		_, err = r.Record(e.in.ID, first.UID, store.WantEntry)
		e.is(err, store.NotFound, "bob's own reader")
		back, err := alices.Of(e.bob.ID)
		if back != r {
			e.Errorf("there and back is another reader: %v", err)
		}
		for _, none := range []store.AccountID{0, 999, store.Everyone} {
			_, err := r.Of(none)
			e.is(err, store.NotFound, "an account that is not there")
		}
		return nil
	})
	before := e.seqs()
	bobs := Role(e, e.s, e.bob.ID, store.Inbox)
	b, b2 := e.stage(), e.stage()
	e.write(e.bob.ID, func(tx store.Tx) error {
		alices, err := tx.TxOf(e.alice.ID)
		if err != nil {
			return err
		}
		rec, err := alices.Add(e.in.ID, store.NewItem{Blob: b})
		if err != nil {
			return err
		}
		mine, err := tx.Add(bobs.ID, store.NewItem{Blob: b2})
		if err != nil {
			return err
		}
		if rec.Item.Account != e.alice.ID || rec.ModSeq != before[0]+1 || mine.ModSeq != before[1]+1 {
			e.Errorf("stamps %d of account %d, %d; before %v", rec.ModSeq, rec.Item.Account, mine.ModSeq, before)
		}
		again, err := tx.Of(e.alice.ID)
		if err != nil {
			return err
		}
		if got, err := again.Record(e.in.ID, rec.UID, store.WantEntry); err != nil || got.ModSeq != rec.ModSeq {
			e.Errorf("the write is not seen through Of: %v", err)
		}
		a, err := tx.AccountByID(e.alice.ID)
		if a.ModSeq != rec.ModSeq || a.Used == 0 {
			e.Errorf("alice's row inside of the transaction: %+v", a)
		}
		_, err = tx.Record(e.in.ID, rec.UID, store.WantEntry)
		e.is(err, store.NotFound, "bob's own transaction")
		return nil
	})
	if now := e.seqs(); now != [2]store.ModSeq{before[0] + 1, before[1] + 1} {
		e.Errorf("modseqs went from %v to %v", before, now)
	}
}

// testOtherUndone proves that an error undoes both accounts' part, and nothing of what is committed with it.
func testOtherUndone(e *env) {
	before := e.seqs()
	b := e.stage()
	both := func(result error) store.Work {
		return store.Work{Account: e.bob.ID, Do: func(tx store.Tx) error {
			alices, err := tx.TxOf(e.alice.ID)
			if err != nil {
				return err
			}
			if _, err := alices.Add(e.in.ID, store.NewItem{Blob: b}); err != nil {
				return err
			}
			_, err = tx.ModSeq()
			return errors.Join(err, result)
		}}
	}
	errs := e.s.UpdateAll(context.Background(), []store.Work{both(nil), both(errStop), both(nil)})
	if errs[0] != nil || !errors.Is(errs[1], errStop) || errs[2] != nil {
		e.Errorf("UpdateAll: %v", errs)
	}
	if now := e.seqs(); now != [2]store.ModSeq{before[0] + 2, before[1] + 2} {
		e.Errorf("modseqs went from %v to %v", before, now)
	}
	if n := e.collection(e.in.ID).Total; n != 2 {
		e.Errorf("%d entries; want 2", n)
	}
	full := e.alice
	full.Quota = 1
	e.write(0, func(tx store.Tx) error { return tx.UpdateAccount(full) })
	err := e.s.Update(context.Background(), e.bob.ID, both(nil).Do)
	e.is(err, store.OverQuota, "an item of alice's beyond her quota")
	e.refused(store.NotFound, e.bob.ID, "a transaction of the server", func(tx store.Tx) error { _, err := tx.TxOf(0); return err })
	e.refused(store.NotFound, 0, "one of an account that it has removed", func(tx store.Tx) error {
		if err := tx.RemoveAccount(e.alice.ID); err != nil {
			return err
		}
		_, err := tx.TxOf(e.alice.ID)
		return err
	})
}

// testWaitAny has somebody wait for several accounts.
func testWaitAny(e *env) {
	carol := Account(e, e.s, "carol@example.test")
	everyone, err := e.s.ModSeq(store.Everyone)
	if err != nil {
		e.Fatalf("modseq of everyone: %v", err)
	}
	carols, err := e.s.ModSeq(carol.ID)
	if err != nil {
		e.Fatalf("modseq: %v", err)
	}
	ctx, cancel := context.WithCancel(e.Context())
	defer cancel()
	wait := func(which ...store.AccountID) chan error {
		now := e.seqs()
		at := map[store.AccountID]store.ModSeq{e.alice.ID: now[0], e.bob.ID: now[1], carol.ID: carols, store.Everyone: everyone}
		var known []store.Known
		for _, acct := range which {
			known = append(known, store.Known{Account: acct, ModSeq: at[acct]})
		}
		done := make(chan error, 1)
		go func() { done <- e.s.WaitAny(ctx, known) }()
		return done
	}
	var none []chan error
	for _, which := range [][]store.AccountID{{carol.ID}, {carol.ID, store.Everyone}, {carol.ID, e.bob.ID, store.Everyone}} {
		none = append(none, wait(which...))
	}
	for _, which := range [][]store.AccountID{{e.alice.ID}, {e.bob.ID, e.alice.ID}, {store.Everyone, e.bob.ID, carol.ID, e.alice.ID}} {
		one := wait(which...)
		e.bump()
		if err := <-one; err != nil {
			e.Errorf("WaitAny of %v: %v", which, err)
		}
	}
	if err := e.s.WaitAny(ctx, []store.Known{{Account: carol.ID, ModSeq: carols}, {Account: e.alice.ID}}); err != nil {
		e.Errorf("WaitAny for what is there: %v", err)
	}
	e.is(e.s.WaitAny(ctx, nil), store.Invalid, "WaitAny for nothing")
	e.is(e.s.WaitAny(ctx, []store.Known{{Account: 999}}), store.NotFound, "WaitAny for an unknown account")
	cancel()
	for _, done := range none {
		if err := <-done; !errors.Is(err, context.Canceled) {
			e.Errorf("alice's changes ended the waiting for others: %v", err)
		}
	}
}

// testGrantsWake proves that who was granted a collection is woken when it comes, goes or changes its name.
func testGrantsWake(e *env) {
	var shared store.Collection
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		shared, err = tx.CreateCollection(store.Collection{Name: "Shared", Class: store.Calendar})
		return err
	})
	everyone := func() store.ModSeq {
		n, err := e.s.ModSeq(store.Everyone)
		if err != nil {
			e.Fatalf("modseq of everyone: %v", err)
		}
		return n
	}
	put := func(to store.AccountID, r store.Rights) func(store.Tx) error {
		return func(tx store.Tx) error {
			return tx.PutGrant(store.Grant{Collection: shared.ID, Grantee: to, Rights: r})
		}
	}
	rename := func(name string) func(store.Tx) error {
		return func(tx store.Tx) error { _, err := tx.UpdateCollection(shared.ID, 0, name); return err }
	}
	steps := []struct {
		what     string
		acct     store.AccountID
		do       func(store.Tx) error
		bob, all store.ModSeq
	}{
		{"a grant", e.alice.ID, put(e.bob.ID, store.MayRead), 1, 0},
		{"the same", e.alice.ID, put(e.bob.ID, store.MayRead), 0, 0},
		{"a name", e.alice.ID, rename("Other"), 1, 0},
		{"the same name", e.alice.ID, rename("Other"), 0, 0},
		{"a grant to everyone", e.alice.ID, put(0, store.MayLookup), 0, 1},
		{"a further name", e.alice.ID, rename("Third"), 1, 1},
		{"the owner disabled", 0, func(tx store.Tx) error {
			a := e.alice
			a.Disabled = true
			return tx.UpdateAccount(a)
		}, 1, 1},
		{"a child", e.alice.ID, func(tx store.Tx) error {
			_, err := tx.CreateCollection(store.Collection{Name: "Child", Parent: shared.ID, Class: store.Notes})
			return err
		}, 1, 1},
		{"a withdrawal", e.alice.ID, put(e.bob.ID, 0), 1, 0},
		{"a grant again", e.alice.ID, put(e.bob.ID, store.MayRead), 1, 0},
		{"both gone", e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(shared.ID) }, 1, 1},
		{"mail for everyone", e.alice.ID, func(tx store.Tx) error {
			return tx.PutGrant(store.Grant{Collection: e.in.ID, Rights: store.MayLookup})
		}, 0, 0},
	}
	for _, s := range steps {
		bob, all := e.seqs()[1], everyone()
		e.write(s.acct, s.do)
		if gotBob, gotAll := e.seqs()[1]-bob, everyone()-all; gotBob != s.bob || gotAll < min(s.all, 1) || s.all == 0 && gotAll != 0 {
			e.Errorf("%s: bob's modseq moved by %d, everyone's by %d; want %d, %d", s.what, gotBob, gotAll, s.bob, s.all)
		}
	}
	var wg sync.WaitGroup
	bob, all := e.seqs()[1], everyone()
	wg.Go(func() {
		if err := e.s.WaitAny(e.Context(), []store.Known{{Account: e.bob.ID, ModSeq: bob}, {Account: store.Everyone, ModSeq: all}}); err != nil {
			e.Errorf("WaitAny: %v", err)
		}
	})
	tasks := Role(e, e.s, e.alice.ID, store.MainTasks)
	e.write(e.alice.ID, func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: tasks.ID, Rights: store.MayLookup})
	})
	wg.Wait()
}
