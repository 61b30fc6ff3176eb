package birthdays

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// Source is the Source of the calendar.
const Source = "birthdays:"

// Name is what the calendar is called, with a number behind it where there is something of that name already.
const Name = "Birthdays"

// Cards knows what a card is.
type Cards interface {
	// Person reads a card as it is stored; the zero Person if it has no days or cannot be read.
	Person(raw []byte) Person
}

// A Service keeps the calendars of all accounts. Two calls of Tend for one account must not overlap.
type Service struct {
	store store.Store
	cards Cards
	log   *slog.Logger
}

// New makes a service; log may be nil.
func New(st store.Store, cards Cards, log *slog.Logger) *Service {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{st, cards, log}
}

// Tend brings the calendar of an account up to date. An account that is gone is none to tend. After an error some of it
// may be done, and the next call does the rest. Where the account has no room left, nothing is done until it changes again.
func (s *Service) Tend(ctx context.Context, acct store.AccountID) error {
	t := &tending{Service: s, acct: acct}
	err := t.run(ctx)
	switch {
	case errors.Is(err, store.NotFound):
		if _, gone := s.store.ModSeq(acct); errors.Is(gone, store.NotFound) {
			return nil
		}
	case errors.Is(err, store.OverQuota):
		s.log.LogAttrs(ctx, slog.LevelWarn, "no room for birthdays", slog.Int64("account", int64(acct)))
		return nil
	}
	if err != nil {
		return fmt.Errorf("birthdays: %w", err)
	}
	return nil
}

// A tending is one call of Tend.
type tending struct {
	*Service
	acct  store.AccountID
	books []store.CollectionID // the oldest first
	next  place
	names map[string]bool // of cards to be compared
	whole bool            // these are all cards: what other events there are go
}

func (t *tending) run(ctx context.Context) error {
	work := false
	err := t.store.View(ctx, t.acct, func(r store.Reader) (err error) {
		work, err = t.look(r)
		return err
	})
	if err != nil || !work {
		return err
	}
	names := slices.Sorted(maps.Keys(t.names))
	for chunk := range slices.Chunk(names, maxChunk) {
		if err := t.compare(ctx, chunk); err != nil {
			return err
		}
	}
	if t.whole {
		if err := t.sweep(ctx); err != nil {
			return err
		}
	}
	return t.store.Update(ctx, t.acct, func(tx store.Tx) error { return t.next.write(tx, t.acct) })
}
