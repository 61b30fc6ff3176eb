package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Run holds an engine to the contract. open returns a new, empty store; the engine closes it, and
// checks it, when the test that it was opened for ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := &env{T: t, s: open(t)}
			e.alice = Account(t, e.s, "alice@example.test")
			e.bob = Account(t, e.s, "bob@example.test")
			e.in = Role(t, e.s, e.alice.ID, store.Inbox)
			c.run(e)
		})
	}
}

// cases are the suite. House rules number the promises of the journal; their cases say which.
var cases = []struct {
	name string
	run  func(*env)
}{
	{"update/undoes only what failed", testUndo},
	{"update/survives a panic", testPanic},
	{"update/does nothing after its context", testContext},
	{"update/one modseq each", testOneModSeq},
	{"update/all in one", testUpdateAll},
	{"update/many callers", testCallers},
	{"update/after close", testClosed},
	{"view/sees a snapshot", testSnapshot},
	{"view/unknown account", testUnknownAccount},
	{"view/inside a view", testNestedView},

	{"collection/create", testCreateCollection},
	{"collection/names", testCollectionNames},
	{"collection/move", testMoveCollection},
	{"collection/remove", testRemoveCollection},
	{"collection/changes", testCollectionChanges},
	{"collection/order", testCollectionOrder},

	{"entry/every write has an entry (promise 1)", testEveryWrite},
	{"entry/order of commits is order of modseqs (promise 2)", testCommitOrder},
	{"entry/UIDs rise (promise 3)", testUIDs},
	{"entry/a move keeps the item (promise 3)", testMove},
	{"entry/prune makes stale (promise 4)", testPrune},
	{"entry/prune inside a transaction", testPrunePlace},
	{"entry/a place is a pair (promise 8)", testPlace},
	{"entry/changes", testChanges},
	{"entry/newest", testNewest},
	{"entry/by UID", testByUID},
	{"search/containing", testContaining},
	{"entry/in bulk", testBulk},
	{"entry/want", testWant},
	{"entry/copy", testCopy},
	{"entry/replace", testReplace},
	{"entry/replace what is no message", testReplaceObject},
	{"entry/keys", testKeys},
	{"entry/remove", testRemove},
	{"entry/change what one walks through", testWalkAndWrite},
	{"entry/quota", testQuota},
	{"entry/when it was saved", testSaved},

	{"mark/facets", testFacets},
	{"mark/identical is no change", testIdentical},
	{"mark/keywords", testKeywords},
	{"mark/follow-up", testFollow},
	{"mark/conflict", testConflict},
	{"mark/counts what is deleted", testDeletedCounters},

	{"sharing/grants", testGrants},
	{"sharing/a child starts with its parent's grants", testGrantsInherited},
	{"sharing/what was given", testShared},
	{"sharing/opens no transaction", testSharedScope},
	{"sharing/removals", testGrantsRemoved},
	{"sharing/who was granted is woken", testGrantsWake},
	{"other/read and write", testOther},
	{"other/undone as a whole", testOtherUndone},
	{"subscription/of collections", testSubscribed},
	{"subscription/of other names", testSubscriptions},
	{"annotation/values", testAnnotations},
	{"annotation/bounds", testAnnotationBounds},
	{"setting/of accounts and of the server", testSettings},
	{"setting/bounds", testSettingBounds},
	{"annotation/on what is shared", testAnnotationsShared},
	{"annotation/removals", testAnnotationsRemoved},

	{"blob/sizes", testBlobSizes},
	{"blob/shared by content", testBlobShared},
	{"blob/stays while open", testBlobOpen},
	{"blob/goes with the last reference", testBlobGone},
	{"blob/abort and release", testBlobAbort},
	{"blob/held in a transaction", testBlobHeld},
	{"blob/many at once", testBlobConcurrent},

	{"thread/replies", testThreads},
	{"thread/out of order", testThreadsLate},
	{"thread/subject is a guard", testThreadGuard},
	{"thread/forgotten", testThreadForgotten},

	{"search/words", testSearchWords},
	{"search/CJK", testSearchCJK},
	{"search/filters", testSearchFilters},
	{"search/order", testSearchOrder},
	{"search/follows changes", testSearchFollows},
	{"search/in an update", testSearchUpdate},

	{"device/life", testDevices},
	{"device/state", testState},
	{"queue/order", testQueue},
	{"queue/blobs", testQueueBlobs},

	{"directory/domains", testDomains},
	{"directory/accounts", testAccounts},
	{"directory/remove account", testRemoveAccount},
	{"directory/aliases", testAliases},
	{"directory/credentials", testCredentials},

	{"feed/merges signals (promise 5)", testFeed},
	{"feed/every change wakes", testFeedNoneLost},
	{"feed/queue", testFeedQueue},
	{"feed/several accounts", testWaitAny},
	{"feed/removed account", testFeedRemoved},
	{"feed/all accounts", testChanged},

	{"isolation/another account's ids", testIsolation},
	{"isolation/the server has no data", testServerAccount},
	{"backup/is complete", testBackup},
	{"model/random walk", testModel},
}

// env is what a case works with.
type env struct {
	*testing.T
	s          store.Store
	alice, bob store.Account
	in         store.Collection // alice's inbox
	blobs      int
}

var errStop = errors.New("stop here")

// write runs fn in an update that must go well.
func (e *env) write(acct store.AccountID, fn func(store.Tx) error) {
	e.Helper()
	if err := e.s.Update(context.Background(), acct, fn); err != nil {
		e.Fatalf("update of account %d: %v", acct, err)
	}
}

// read runs fn in a view that must go well.
func (e *env) read(acct store.AccountID, fn func(store.Reader) error) {
	e.Helper()
	if err := e.s.View(context.Background(), acct, fn); err != nil {
		e.Fatalf("view of account %d: %v", acct, err)
	}
}

// refused checks that an update fails with a kind and changes nothing.
func (e *env) refused(kind store.Kind, acct store.AccountID, what string, fn func(store.Tx) error) {
	e.Helper()
	before, _ := e.s.ModSeq(acct)
	if err := e.s.Update(context.Background(), acct, fn); !errors.Is(err, kind) {
		e.Errorf("%s: %v; want %v", what, err, kind)
	}
	if after, _ := e.s.ModSeq(acct); after != before {
		e.Errorf("%s: modseq moved from %d to %d", what, before, after)
	}
}

// is checks an error's kind.
func (e *env) is(err error, kind store.Kind, what string) {
	e.Helper()
	if !errors.Is(err, kind) {
		e.Errorf("%s: %v; want %v", what, err, kind)
	}
}

// stage stages bytes that nobody has staged before.
func (e *env) stage() store.Staged {
	e.Helper()
	e.blobs++
	return Stage(e, e.s, fmt.Appendf(nil, "Subject: message %d\r\n\r\nbody\r\n", e.blobs))
}

// add puts a new item into one of alice's collections.
func (e *env) add(c store.CollectionID, n store.NewItem) store.Record {
	e.Helper()
	if n.Blob == nil {
		n.Blob = e.stage()
	}
	var rec store.Record
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		rec, err = tx.Add(c, n)
		return err
	})
	return rec
}

// folder makes a mail collection of alice's.
func (e *env) folder(name string, parent store.CollectionID) store.Collection {
	e.Helper()
	var c store.Collection
	e.write(e.alice.ID, func(tx store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: name, Parent: parent, Class: store.Mail})
		return err
	})
	return c
}

// collection reads one of alice's collections.
func (e *env) collection(id store.CollectionID) (c store.Collection) {
	e.Helper()
	e.read(e.alice.ID, func(r store.Reader) (err error) {
		c, err = r.Collection(id)
		return err
	})
	return c
}

// list reads a sequence of alice's records to its end.
func (e *env) list(seq func(store.Reader) iter.Seq2[store.Record, error]) (list []store.Record) {
	e.Helper()
	e.read(e.alice.ID, func(r store.Reader) (err error) {
		list, err = collect(seq(r))
		return err
	})
	return list
}

func collect(seq iter.Seq2[store.Record, error]) (list []store.Record, err error) {
	for rec, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, rec)
	}
	return list, nil
}

func (e *env) changes(c store.CollectionID, p store.Place) []store.Record {
	e.Helper()
	return e.list(func(r store.Reader) iter.Seq2[store.Record, error] { return r.Changes(c, p, store.WantItem) })
}

func (e *env) modSeq() store.ModSeq {
	e.Helper()
	n, err := e.s.ModSeq(e.alice.ID)
	if err != nil {
		e.Fatalf("modseq: %v", err)
	}
	return n
}

// uids are the UIDs of records, in their order.
func uids(list []store.Record) (u []store.UID) {
	for _, rec := range list {
		u = append(u, rec.UID)
	}
	return u
}

// day is a fixed point in time, n days on.
func day(n int) time.Time { return time.Date(2026, 3, 1+n, 9, 30, 0, 0, time.UTC) }
