package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// leadsElsewhere reports whether mail for an address of an account goes to others too. By that of a group a meeting knows
// none of its members: each of them answers for himself, and who invites a group that he belongs to invites the others.
func (h *Handler) leadsElsewhere(ctx context.Context, addr string) (others bool, err error) {
	canonical, err := address.Canonical(addr)
	if err != nil {
		return false, nil // nobody's
	}
	err = h.Store.View(ctx, 0, func(r store.Reader) error {
		ids, err := mail.ResolveIn(r, canonical)
		others = len(ids) > 1
		if errors.Is(err, store.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("who has %q: %w", canonical, err)
	}
	return others, nil
}

// personalAddresses are those of an account that lead to nobody else.
func (h *Handler) personalAddresses(ctx context.Context, acct store.AccountID) ([]string, error) {
	all, err := h.Auth.Addresses(ctx, acct)
	if err != nil {
		return nil, fmt.Errorf("addresses of account %d: %w", acct, err)
	}
	var list []string
	for i, one := range all {
		if i > 0 { // the first is its name
			others, err := h.leadsElsewhere(ctx, one)
			if err != nil {
				return nil, err
			}
			if others {
				continue
			}
		}
		list = append(list, one)
	}
	return list, nil
}
