package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Addresses returns what an account may send as, canonical: its name first, then its aliases in order.
// A catch-all is not listed; [Service.Owns] knows it.
func (s *Service) Addresses(ctx context.Context, acct store.AccountID) ([]string, error) {
	var all []string
	err := s.st.View(ctx, 0, func(r store.Reader) error {
		a, err := r.AccountByID(acct)
		if err != nil {
			return err
		}
		all = append(all, a.Name)
		aliases, err := r.Aliases(acct)
		for _, al := range aliases {
			if !strings.HasPrefix(al.Address, "@") && !slices.Contains(all, al.Address) {
				all = append(all, al.Address)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("addresses of account %d: %w", acct, err)
	}
	return all, nil
}

// Owns reports whether an account may send as addr: its name, one of its aliases, either with a +tag, or
// an address that no one else has in a domain whose catch-all leads to it.
func (s *Service) Owns(ctx context.Context, acct store.AccountID, addr string) (bool, error) {
	name, err := address.Canonical(addr)
	if err != nil {
		return false, nil
	}
	var owns bool
	err = s.st.View(ctx, 0, func(r store.Reader) error {
		tries := []string{name}
		if base, tag := address.Untag(name); tag != "" {
			tries = append(tries, base)
		}
		for _, try := range tries {
			ids, err := resolveExact(r, try)
			if err != nil || len(ids) > 0 {
				owns = slices.Contains(ids, acct)
				return err
			}
		}
		ids, err := r.Resolve(name)
		if errors.Is(err, store.NotFound) {
			return nil
		}
		owns = slices.Contains(ids, acct)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("owner of %q: %w", name, err)
	}
	return owns, nil
}

// resolveExact is Resolve without the catch-all: nobody for an address that is only caught.
func resolveExact(r store.Directory, name string) ([]store.AccountID, error) {
	ids, err := r.Resolve(name)
	if errors.Is(err, store.NotFound) || len(ids) == 0 {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	a, err := r.AccountByID(ids[0])
	if err != nil || a.Name == name {
		return ids, err
	}
	aliases, err := r.Aliases(ids[0])
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(aliases, func(al store.Alias) bool { return al.Address == name }) {
		return ids, nil
	}
	return nil, nil
}
