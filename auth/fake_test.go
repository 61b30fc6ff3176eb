package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// directory is the part of a store that this package uses, in memory, counting what is done to it.
type directory struct {
	store.Store // nil: anything else is a test's mistake

	mu       sync.Mutex
	domains  []store.Domain
	accounts []store.Account
	aliases  []store.Alias
	creds    []store.Credential
	devices  []store.Device
	views    int
	updates  int
	fail     error // what every transaction returns
}

func (d *directory) View(_ context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.views++
	if d.fail != nil {
		return d.fail
	}
	return fn(directoryTx{d: d, acct: acct})
}

func (d *directory) Update(_ context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.updates++
	if d.fail != nil {
		return d.fail
	}
	return fn(directoryTx{d: d, acct: acct})
}

// edit changes the directory from outside of the service, as another process would.
func (d *directory) edit(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

func (d *directory) counts() (views, updates int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.views, d.updates
}

type directoryTx struct {
	store.Tx
	d    *directory
	acct store.AccountID
}

func (x directoryTx) Domains() ([]store.Domain, error) { return x.d.domains, nil }

func (x directoryTx) AccountByID(id store.AccountID) (store.Account, error) {
	for _, a := range x.d.accounts {
		if a.ID == id {
			return a, nil
		}
	}
	return store.Account{}, fmt.Errorf("account %d: %w", id, store.NotFound)
}

func (x directoryTx) Resolve(name string) ([]store.AccountID, error) {
	for _, a := range x.d.accounts {
		if a.Name == name {
			return []store.AccountID{a.ID}, nil
		}
	}
	_, domain, _ := strings.Cut(name, "@")
	for _, want := range []string{name, "@" + domain} {
		for _, al := range x.d.aliases {
			if al.Address == want {
				return al.Accounts, nil
			}
		}
	}
	return nil, fmt.Errorf("address %q: %w", name, store.NotFound)
}

func (x directoryTx) Aliases(acct store.AccountID) ([]store.Alias, error) {
	var out []store.Alias
	for _, al := range x.d.aliases {
		if acct == 0 || slices.Contains(al.Accounts, acct) {
			out = append(out, al)
		}
	}
	return out, nil
}

func (x directoryTx) Credentials(acct store.AccountID) ([]store.Credential, error) {
	var out []store.Credential
	for _, c := range x.d.creds {
		if c.Account == acct {
			out = append(out, c)
		}
	}
	return out, nil
}

func (x directoryTx) Devices() ([]store.Device, error) {
	var out []store.Device
	for _, dev := range x.d.devices {
		if dev.Account == x.acct {
			out = append(out, dev)
		}
	}
	return out, nil
}

func (x directoryTx) PutCredential(c store.Credential) (store.CredentialID, error) {
	for i, old := range x.d.creds {
		if old.ID == c.ID {
			x.d.creds[i] = c
			return c.ID, nil
		}
	}
	c.ID = store.CredentialID(100 + x.d.updates)
	x.d.creds = append(x.d.creds, c)
	return c.ID, nil
}

func (x directoryTx) UseCredential(id store.CredentialID, at time.Time) error {
	for i := range x.d.creds {
		if x.d.creds[i].ID == id {
			x.d.creds[i].Used = at
			return nil
		}
	}
	return store.NotFound
}

func (x directoryTx) RemoveCredential(id store.CredentialID) error {
	x.d.creds = slices.DeleteFunc(x.d.creds, func(c store.Credential) bool { return c.ID == id })
	return nil
}

// cheap makes hashing take no time.
var cheap = Argon{Memory: 8, Time: 1, Threads: 1}

const (
	alice store.AccountID = 1
	bob   store.AccountID = 2
)

// newTest returns a service on a directory with alice and bob, whose passwords are "alice's secret" and
// "bob's secret".
func newTest(t testing.TB, o Options) (*Service, *directory) {
	t.Helper()
	d := &directory{
		domains: []store.Domain{{Name: "example.test"}, {Name: "xn--bcher-kva.example"}},
		accounts: []store.Account{
			{ID: alice, Name: "alice@example.test", Display: "Alice"}, {ID: bob, Name: "bob@example.test"},
		},
		aliases: []store.Alias{
			{Address: "a.liddell@example.test", Accounts: []store.AccountID{alice}},
			{Address: "team@example.test", Accounts: []store.AccountID{alice, bob}},
			{Address: "@xn--bcher-kva.example", Accounts: []store.AccountID{bob}},
		},
	}
	if o.Params == (Argon{}) {
		o.Params = cheap
	}
	if o.SCRAMIterations == 0 {
		o.SCRAMIterations = 1
	}
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
