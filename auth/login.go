package auth

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// target is what a login leads to. An account ID of 0 is an unknown one.
type target struct {
	name    string // names the account, or the unknown login, to the throttle
	account store.Account
	creds   []store.Credential
	version uint64 // changes when any credential does
}

// main returns the main password and its parsed hash, nil when there is none that can be checked.
func (t target) main() (*store.Credential, argonHash) {
	for i := range t.creds {
		if t.creds[i].Kind != store.MainPassword {
			continue
		}
		if h, err := parseArgon(t.creds[i].Hash); err == nil {
			return &t.creds[i], h
		}
	}
	return nil, argonHash{}
}

// version digests what a login depends on.
func (s seal) version(a store.Account, creds []store.Credential) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	maphash.WriteComparable(&h, a.Disabled)
	for _, c := range creds {
		maphash.WriteComparable(&h, c.ID)
		maphash.WriteComparable(&h, c.Hash)
		maphash.WriteComparable(&h, strings.Join(c.Scopes, " "))
	}
	return h.Sum64()
}

// lookup reads what a login leads to, in one snapshot.
func (s *Service) lookup(ctx context.Context, login string) (target, error) {
	var t target
	err := s.st.View(ctx, 0, func(r store.Reader) error {
		names, err := s.candidates(r, login)
		if err != nil {
			return err
		}
		t.name = "unknown " + names[0]
		for _, name := range names {
			a, err := loginAccount(r, name)
			if errors.Is(err, store.NotFound) {
				continue
			} else if err != nil {
				return err
			}
			t.account = a
			t.name = "account " + strconv.FormatInt(int64(a.ID), 10)
			t.creds, err = r.Credentials(a.ID)
			t.version = s.seal.version(a, t.creds)
			return err
		}
		return nil
	})
	if err != nil {
		return target{}, fmt.Errorf("look up login: %w", err)
	}
	return t, nil
}

// candidates returns the canonical addresses that a login may stand for, the likeliest first; at least
// one, which is then no address when nothing could be made of it.
func (s *Service) candidates(r store.Directory, login string) ([]string, error) {
	login = strings.TrimSpace(login)
	prefix, user, split := strings.Cut(login, `\`)
	if !split {
		prefix, user = "", login
	}
	tries := []string{user}
	if !strings.Contains(user, "@") {
		domains, err := s.domainsFor(r, prefix)
		if err != nil {
			return nil, err
		}
		tries = tries[:0]
		for _, d := range domains {
			tries = append(tries, user+"@"+d)
		}
	}
	var names []string
	for _, t := range tries {
		if name, err := address.Canonical(t); err == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = append(names, strings.ToLower(login))
	}
	return names, nil
}

// domainsFor returns the domains that a login without one may be in: first those that prefix, the
// DOMAIN of DOMAIN\user, names in full or by their first label, then the default ones.
func (s *Service) domainsFor(r store.Directory, prefix string) ([]string, error) {
	defaults := s.o.DefaultDomains
	if prefix == "" && len(defaults) > 0 {
		return defaults, nil
	}
	all, err := r.Domains()
	if err != nil {
		return nil, err
	}
	if len(defaults) == 0 && len(all) == 1 {
		defaults = []string{all[0].Name}
	}
	named, err := address.Domain(prefix)
	if err != nil {
		return defaults, nil
	}
	var domains []string
	for _, d := range all {
		if label, _, _ := strings.Cut(d.Name, "."); d.Name == named || label == named {
			domains = append(domains, d.Name)
		}
	}
	return append(domains, defaults...), nil
}

// loginAccount returns the account that a canonical address is, or is an alias of. Lists and catch-alls
// are no logins: NotFound.
func loginAccount(r store.Directory, name string) (store.Account, error) {
	ids, err := resolveExact(r, name)
	if err != nil {
		return store.Account{}, err
	}
	if len(ids) != 1 {
		return store.Account{}, fmt.Errorf("login %q: %w", name, store.NotFound)
	}
	return r.AccountByID(ids[0])
}
