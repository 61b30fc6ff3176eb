package auth

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// watched is a store that counts its transactions and can be made to fail.
type watched struct {
	store.Store
	views   atomic.Int64
	updates atomic.Int64
	fail    error // what every transaction returns
}

func (d *watched) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	d.views.Add(1)
	if d.fail != nil {
		return d.fail
	}
	return d.Store.View(ctx, acct, fn)
}

func (d *watched) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	d.updates.Add(1)
	if d.fail != nil {
		return d.fail
	}
	return d.Store.Update(ctx, acct, fn)
}

// edit changes the store from outside of the service, as another process would.
func (d *watched) edit(t testing.TB, acct store.AccountID, fn func(store.Tx) error) {
	t.Helper()
	if err := d.Store.Update(t.Context(), acct, fn); err != nil {
		t.Fatal(err)
	}
}

// disable disables alice.
func (d *watched) disable(t testing.TB) {
	t.Helper()
	d.edit(t, 0, func(tx store.Tx) error {
		a, err := tx.AccountByID(alice)
		if err != nil {
			return err
		}
		a.Disabled = true
		return tx.UpdateAccount(a)
	})
}

// creds returns the credentials of an account.
func (d *watched) creds(t testing.TB, acct store.AccountID) []store.Credential {
	t.Helper()
	var creds []store.Credential
	err := d.Store.View(t.Context(), 0, func(r store.Reader) (err error) {
		creds, err = r.Credentials(acct)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

// addDevices gives alice devices.
func (d *watched) addDevices(t testing.TB, devices ...store.Device) {
	t.Helper()
	d.edit(t, alice, func(tx store.Tx) error {
		for _, dev := range devices {
			dev.Account = alice
			if err := tx.PutDevice(dev); err != nil {
				return err
			}
		}
		return nil
	})
}

// cheap makes hashing take no time.
var cheap = Argon{Memory: 8, Time: 1, Threads: 1}

const (
	alice store.AccountID = 1
	bob   store.AccountID = 2
	carol store.AccountID = 3 // has no password
)

// newTest returns a service on a store with alice and bob, whose passwords are "alice's secret" and
// "bob's secret".
func newTest(t testing.TB, o Options) (*Service, *watched) {
	t.Helper()
	d := &watched{Store: storetest.New(t)}
	d.edit(t, 0, func(tx store.Tx) error {
		for _, name := range []string{"example.test", "xn--bcher-kva.example"} {
			if err := tx.CreateDomain(name); err != nil {
				return err
			}
		}
		for i, a := range []store.Account{{Name: "alice@example.test"}, {Name: "bob@example.test"}, {Name: "carol@xn--bcher-kva.example"}} {
			if made, err := tx.CreateAccount(a); err != nil || made.ID != alice+store.AccountID(i) {
				t.Fatalf("create account %s: %d, %v", a.Name, made.ID, err)
			}
		}
		for name, accounts := range map[string][]store.AccountID{
			"a.liddell@example.test": {alice}, "team@example.test": {alice, bob}, "@xn--bcher-kva.example": {bob},
			"alice+shop@example.test": {bob},
		} {
			if err := tx.PutAlias(store.Alias{Address: name, Accounts: accounts}); err != nil {
				return err
			}
		}
		return nil
	})
	if o.Params == (Argon{}) {
		o.Params = cheap
	}
	o.SCRAMIterations = max(o.SCRAMIterations, 1)
	if o.DefaultDomains == nil {
		o.DefaultDomains = []string{"example.test"}
	}
	s := New(d, o)
	for id, password := range map[store.AccountID]string{alice: "alice's secret", bob: "bob's secret"} {
		if err := s.SetPassword(t.Context(), id, password); err != nil {
			t.Fatal(err)
		}
	}
	return s, d
}

func used(creds []store.Credential) int {
	return len(slices.DeleteFunc(creds, func(c store.Credential) bool { return c.Used.IsZero() }))
}
