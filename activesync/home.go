package activesync

import (
	"context"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// home is the zone in which the request's person lives. One that cannot be read is the server's.
func (h *Handler) home(q *request) *time.Location {
	if q.home != nil {
		return q.home
	}
	home, err := h.homeOf(q.http.Context(), q.account.ID)
	if err != nil {
		q.log.Warn("zone of the account", "error", err)
		return h.Location
	}
	q.home = home
	return home
}

// homeOf is the zone in which an account's person lives.
func (h *Handler) homeOf(ctx context.Context, acct store.AccountID) (*time.Location, error) {
	var name string
	err := h.Store.View(ctx, acct, func(r store.Reader) (err error) {
		name, err = calendar.HomeName(r, acct)
		return err
	})
	if err != nil {
		return nil, err
	}
	if name == "" {
		return h.Location, nil
	}
	home, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, err)
	}
	return home, nil
}
