package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

func (e *env) subscriptions(acct store.AccountID) (list []string) {
	e.Helper()
	e.read(acct, func(r store.Reader) (err error) { list, err = r.Subscriptions(); return err })
	return list
}

func testSubscribed(e *env) {
	set := func(on bool) func(store.Tx) error {
		return func(tx store.Tx) error { return tx.SetSubscribed(e.in.ID, on) }
	}
	e.read(e.alice.ID, func(r store.Reader) error {
		list, err := r.Collections(0)
		for _, c := range list {
			if !c.Subscribed {
				e.Errorf("a new account's %s is not subscribed", c.Name)
			}
		}
		return err
	})
	e.quiet("subscribed already", false, set(true))
	e.quiet("unsubscribed", true, set(false))
	e.quiet("unsubscribed again", false, set(false))
	if e.collection(e.in.ID).Subscribed {
		e.Error("still subscribed")
	}
	e.quiet("subscribed", true, set(true))

	c := e.folder("Work", 0)
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.SetSubscribed(c.ID, false) })
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(c.ID, e.in.ID, "Play"); return err })
	if got := e.collection(c.ID); got.Subscribed || got.Name != "Play" {
		e.Errorf("renamed: %+v", got)
	}
	e.refused(store.NotFound, e.alice.ID, "nothing", func(tx store.Tx) error { return tx.SetSubscribed(999, true) })
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(c.ID) })
	e.refused(store.NotFound, e.alice.ID, "a removed one", func(tx store.Tx) error { return tx.SetSubscribed(c.ID, true) })
	if again := e.folder("Play", e.in.ID); !again.Subscribed {
		e.Error("a new collection with the name of a removed one is not subscribed")
	}
}

func testSubscriptions(e *env) {
	subscribe := func(name string) func(store.Tx) error { return func(tx store.Tx) error { return tx.Subscribe(name) } }
	unsubscribe := func(name string) func(store.Tx) error { return func(tx store.Tx) error { return tx.Unsubscribe(name) } }
	names := []string{"Other Users/bob/é", "\xff\x00binary", "a", strings.Repeat("x", 1000), "A"}
	for _, name := range names {
		e.quiet("a name", true, subscribe(name))
	}
	e.quiet("a name again", false, subscribe("a"))
	slices.Sort(names)
	if got := e.subscriptions(e.alice.ID); !slices.Equal(got, names) {
		e.Errorf("subscriptions %q; want %q", got, names)
	}
	e.quiet("one less", true, unsubscribe("\xff\x00binary"))
	if got := e.subscriptions(e.alice.ID); !slices.Equal(got, names[:4]) {
		e.Errorf("subscriptions %q; want %q", got, names[:4])
	}
	e.refused(store.NotFound, e.alice.ID, "what is not there", unsubscribe("\xff\x00binary"))
	e.refused(store.NotFound, e.bob.ID, "what is another account's", unsubscribe("a"))
	e.refused(store.Invalid, e.alice.ID, "no name", subscribe(""))
	e.refused(store.Invalid, e.alice.ID, "a long name", subscribe(strings.Repeat("x", 1001)))
	if got := e.subscriptions(e.bob.ID); len(got) != 0 {
		e.Errorf("bob's subscriptions: %q", got)
	}
	e.write(e.bob.ID, func(tx store.Tx) error {
		for i := range 10_000 {
			if err := tx.Subscribe(fmt.Sprint("name ", i)); err != nil {
				return err
			}
		}
		return nil
	})
	e.refused(store.TooLarge, e.bob.ID, "one too many", subscribe("name 10000"))
	e.write(e.bob.ID, subscribe("name 9999")) // there already
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(e.bob.ID) })
}
