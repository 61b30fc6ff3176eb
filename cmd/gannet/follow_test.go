package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/gannetmail/gannet/calendar/birthdays"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/store/storetest"
)

// TestFollow has every account looked at, each that changes again, and one with which something went wrong at the next
// opportunity.
func TestFollow(t *testing.T) {
	st := storetest.New(t)
	anna, bert := storetest.Account(t, st, "anna@example.test").ID, storetest.Account(t, st, "bert@example.test").ID
	seen := make(chan store.AccountID)
	wrong := true // the first look at anna fails
	s := &server{store: st, log: slog.New(slog.DiscardHandler), followers: []follower{{"a test", func(ctx context.Context, acct store.AccountID) error {
		select {
		case seen <- acct:
		case <-ctx.Done():
			return ctx.Err()
		}
		if acct == anna && wrong {
			wrong = false
			return errors.New("wrong")
		}
		return nil
	}}}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.follow(ctx) }()
	want := func(list ...store.AccountID) {
		t.Helper()
		for _, acct := range list {
			if got := <-seen; got != acct {
				t.Errorf("looked at %d, want %d", got, acct)
			}
		}
	}
	bump := func(acct store.AccountID) {
		t.Helper()
		if err := st.Update(t.Context(), acct, func(tx store.Tx) error { _, err := tx.ModSeq(); return err }); err != nil {
			t.Fatal(err)
		}
	}
	want(anna, bert)
	bump(bert)
	want(bert, anna)
	bump(anna)
	want(anna)
	carl := storetest.Account(t, st, "carl@example.test").ID
	bump(carl)
	want(carl)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestCardDays(t *testing.T) {
	for text, want := range map[string]birthdays.Person{
		"BEGIN:VCARD\nVERSION:4.0\nFN:Anna\nBDAY:--0229\nEND:VCARD\n":                                    {Name: "Anna", Birthday: birthdays.Day{Month: 2, Day: 29}},
		"BEGIN:VCARD\nVERSION:3.0\nFN:\nORG:Sails\nBDAY:1984-05-07T00:00:00Z\nEND:VCARD\n":               {Name: "Sails", Birthday: birthdays.Day{Year: 1984, Month: 5, Day: 7}},
		"BEGIN:VCARD\nVERSION:4.0\nFN:Ben\nBDAY;VALUE=text:in spring\nANNIVERSARY:20100601\nEND:VCARD\n": {Name: "Ben", Anniversary: birthdays.Day{Year: 2010, Month: 6, Day: 1}},
		"BEGIN:VCARD\nVERSION:4.0\nFN:Club\nKIND:group\nBDAY:19900101\nEND:VCARD\n":                      {},
		"BEGIN:VCARD\nVERSION:4.0\nFN:Month\nBDAY:1984-05\nEND:VCARD\n":                                  {Name: "Month"},
		"no card": {},
	} {
		if got := (cardDays{}).Person([]byte(text)); got != want {
			t.Errorf("%q: %+v; want %+v", text, got, want)
		}
	}
}

// BenchmarkFollow looks at accounts of which nothing has changed, as at the start of a server.
func BenchmarkFollow(b *testing.B) {
	st := storetest.Open(b, sqlite.Options{})
	recents := &contacts.Recents{Store: st}
	s := &server{store: st, log: slog.New(slog.DiscardHandler), followers: []follower{
		{"birthdays", birthdays.New(st, cardDays{}, nil).Tend}, {"recipients", recents.Tend},
	}}
	var all []store.AccountID
	for i := range 200 {
		all = append(all, storetest.Account(b, st, fmt.Sprintf("p%d@example.test", i)).ID)
	}
	for b.Loop() {
		s.tendAll(b.Context(), all)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(all)), "µs/account")
}
