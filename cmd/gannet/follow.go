package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gannetmail/gannet/calendar/birthdays"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// A follower keeps something of every account that follows from its journal. Its tend looks at one account, costs
// nothing worth counting when there is nothing to do, and may be ended at any time.
type follower struct {
	name string
	tend func(context.Context, store.AccountID) error
}

// followAgain is after how long an account is looked at again with which something went wrong.
const followAgain = time.Minute

// follow looks at every account once, and at each that changes, until ctx ends.
func (s *server) follow(ctx context.Context) error {
	_, at, err := s.store.Changed(ctx, 0)
	if err != nil {
		return followEnd(ctx, err)
	}
	var todo []store.AccountID
	err = s.store.View(ctx, 0, func(r store.Reader) error {
		all, err := r.Accounts()
		for _, a := range all {
			todo = append(todo, a.ID)
		}
		return err
	})
	if err != nil {
		return followEnd(ctx, err)
	}
	for {
		wrong := s.tendAll(ctx, todo)
		todo, at, err = s.changed(ctx, at, len(wrong) > 0)
		if err != nil {
			return followEnd(ctx, err)
		}
		todo = append(todo, wrong...) // one that is there twice has nothing left to do the second time
	}
}

// changed waits for changes; with again not for ever.
func (s *server) changed(ctx context.Context, at int64, again bool) ([]store.AccountID, int64, error) {
	wait, stop := ctx, context.CancelFunc(func() {})
	if again {
		wait, stop = context.WithTimeout(ctx, followAgain)
	}
	defer stop()
	accounts, next, err := s.store.Changed(wait, at)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil
	}
	return accounts, next, err
}

// followEnd is the error with which following ends: none when it was to.
func followEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// tendAll looks at some accounts and returns those with which something went wrong.
func (s *server) tendAll(ctx context.Context, todo []store.AccountID) (wrong []store.AccountID) {
	for _, acct := range todo {
		for _, f := range s.followers {
			err := f.tend(ctx, acct)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				s.log.LogAttrs(ctx, slog.LevelError, f.name+" not up to date", slog.Int64("account", int64(acct)), slog.Any("error", err))
				wrong = append(wrong, acct)
			}
		}
	}
	return wrong
}

// cardDays reads cards for the calendar of birthdays.
type cardDays struct{}

// Person implements [birthdays.Cards].
func (cardDays) Person(raw []byte) (p birthdays.Person) {
	c, _, err := vcard.Read(string(raw))
	if err != nil || contacts.IsGroup(c) {
		return p
	}
	p.Birthday, p.Anniversary = cardDay(c, contacts.Birthday), cardDay(c, contacts.Anniversary)
	p.Name = contacts.Called(c)
	return p
}

// cardDay is a day of a card.
func cardDay(c *vcard.Card, a contacts.Attribute) birthdays.Day {
	d, ok := a.Date(c)
	if !ok {
		return birthdays.Day{}
	}
	return birthdays.Day{Year: d.Year, Month: time.Month(d.Month), Day: d.Day}
}
