package subscription

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
)

// Subscribe fetches a calendar and makes a folder of it, called name, or what the calendar calls itself. An error says
// in words of people what is wrong, and nothing is left behind; it wraps store.Exists if the account has the calendar, or
// a folder of that name, and store.Invalid if the URL is none that is asked.
func (s *Service) Subscribe(ctx context.Context, acct store.AccountID, address, name string) (Subscription, error) {
	if s.o.Off {
		return Subscription{}, ErrOff
	}
	u, err := s.parseURL(address)
	if err != nil {
		return Subscription{}, err
	}
	source := u.String()
	err = s.store.View(ctx, acct, func(r store.Reader) error {
		_, err := s.room(r, source, name, "")
		return err
	})
	if err != nil {
		return Subscription{}, err
	}
	got, err := s.get(ctx, source, "", "")
	if err != nil {
		return Subscription{}, err
	}
	if err := acquire(ctx, s.reading); err != nil {
		return Subscription{}, err
	}
	defer func() { <-s.reading }()
	f, err := readFeed(got.body)
	if err != nil {
		return Subscription{}, err
	}
	return s.begin(ctx, acct, source, name, got, f)
}

// begin makes the folder of a calendar that was fetched, and fills it.
func (s *Service) begin(ctx context.Context, acct store.AccountID, source, name string, got *answer, f *feed) (Subscription, error) {
	at := place{acct: acct}
	st := state{Form: form}
	err := s.store.Update(ctx, acct, func(tx store.Tx) error {
		title, err := s.room(tx, source, name, nameOf(f.name, hostOf(source)))
		if err != nil {
			return err
		}
		c, err := tx.CreateCollection(store.Collection{Name: title, Class: store.Calendar, Source: source})
		if err != nil {
			return err
		}
		at.collection = c.ID
		return st.write(tx, acct, c.ID)
	})
	if err != nil {
		return Subscription{}, fmt.Errorf("folder of calendar: %w", err)
	}
	release, err := s.lock(ctx, at)
	if err != nil {
		return Subscription{}, err
	}
	defer release()
	if _, err := s.settle(ctx, at, source, got, f, &st); err != nil {
		return Subscription{}, errors.Join(err, s.drop(context.WithoutCancel(ctx), at))
	}
	return s.one(ctx, at)
}

// room finds the name of a new folder; taken is store.Exists.
func (s *Service) room(r store.Reader, source, name, title string) (string, error) {
	all, err := r.Collections(0)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	count := 0
	for _, c := range all {
		if c.Source == source {
			return "", fmt.Errorf("this calendar is the folder %s already: %w", c.Name, store.Exists)
		}
		if c.Parent == 0 {
			taken[c.Name] = true
		}
		if isSource(c.Source) {
			count++
		}
	}
	switch {
	case count >= maxSubscriptions:
		return "", fmt.Errorf("an account has at most %d subscribed calendars: %w", maxSubscriptions, store.Invalid)
	case name != "" && taken[name]:
		return "", fmt.Errorf("there is a folder %s already: %w", name, store.Exists)
	case name != "":
		return name, nil
	}
	for n, base := 2, title; taken[title]; n++ {
		title = fmt.Sprintf("%s %d", base, n)
	}
	return title, nil
}

// maxName is how many bytes of what a calendar calls itself are taken.
const maxName = 120

// nameOf makes a name for a folder of what a calendar calls itself.
func nameOf(given, host string) string {
	name := strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == '/' || c == utf8.RuneError {
			return ' '
		}
		return c
	}, given)), " ")
	if name == "" {
		return host
	}
	return firstBytes(name, maxName)
}
