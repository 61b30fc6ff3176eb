package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/cmd/gannet/e2e"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

const (
	domain   = "example.test"
	password = "load and load again"

	perAccount = 90 // parked devices of one account
	wakers     = 10 // accounts with one device, whose Pings are timed
	letterSize = 1500
	batch      = 250 // messages in one transaction of the seed
)

// Accounts of the sections.
const (
	alice = "alice@" + domain
	bob   = "bob@" + domain
	first = "first@" + domain
	large = "large@" + domain
	small = "small@" + domain
)

func parkedAccount(i int) string { return fmt.Sprintf("parked%d@%s", i, domain) }
func wakerAccount(i int) string  { return fmt.Sprintf("waker%d@%s", i, domain) }

// seed makes the accounts and their mail by the engine itself, before a server runs.
func (b *bench) seed(ctx context.Context) (err error) {
	began := time.Now()
	st, err := sqlite.Open(ctx, filepath.Join(b.site.Data, "gannet.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	// Hashes as cheap as they can be: they are verified once, and are not what is measured.
	people := auth.New(st, auth.Options{Params: auth.Argon{Memory: 8, Time: 1, Threads: 1}, SCRAMIterations: 4096})
	sizes := map[string]int{alice: 0, bob: 0}
	if b.wants("first") {
		sizes[first] = b.first
	}
	if b.wants("large") {
		sizes[large], sizes[small] = b.large, b.small
	}
	for i := 0; b.wants("parked") && i*perAccount < b.pings; i++ {
		sizes[parkedAccount(i)] = 0
	}
	for i := 0; b.wants("parked") && i < wakers; i++ {
		sizes[wakerAccount(i)] = 0
	}
	for i := 0; b.wants("mixed") && i*perMixed < b.devices; i++ {
		sizes[mixedAccount(i)] = mixedSeed
	}
	total := 0
	for name, n := range sizes {
		if err := addAccount(ctx, st, people, name, n); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		total += n
	}
	if b.wants("objects") {
		if err := seedObjects(ctx, st, people, b.objects); err != nil {
			return err
		}
	}
	b.report.progress("seeded %d accounts and %d messages in %v", len(sizes), total, time.Since(began).Round(100*time.Millisecond))
	return nil
}

func addAccount(ctx context.Context, st store.Store, people *auth.Service, name string, messages int) error {
	account, err := openAccount(ctx, st, people, name)
	if err != nil {
		return err
	}
	return fillInbox(ctx, st, account, messages)
}

// openAccount makes an account that is empty.
func openAccount(ctx context.Context, st store.Store, people *auth.Service, name string) (account store.Account, err error) {
	err = st.Update(ctx, 0, func(tx store.Tx) (err error) {
		account, err = tx.CreateAccount(store.Account{Name: name})
		return err
	})
	if err != nil {
		return account, err
	}
	return account, people.SetPassword(ctx, account.ID, password)
}

// fillInbox puts messages into an Inbox, one a minute until now.
func fillInbox(ctx context.Context, st store.Store, account store.Account, messages int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	begin := time.Now().Add(-time.Duration(messages) * time.Minute)
	for from := 0; from < messages; from += batch {
		g.Go(func() error {
			return fillBatch(ctx, st, account, from, min(from+batch, messages), begin)
		})
	}
	return g.Wait()
}

func fillBatch(ctx context.Context, st store.Store, account store.Account, from, to int, begin time.Time) error {
	var items []store.NewItem
	for i := from; i < to; i++ {
		letter := e2e.Letter{ID: fmt.Sprintf("seed-%d-%d", account.ID, i), To: account.Name, Size: letterSize}
		in, err := mail.Ingest(ctx, st, bytes.NewReader(letter.Bytes()), 1<<20)
		if err != nil {
			return err
		}
		defer in.Blob.Release()
		in.Item.Received = begin.Add(time.Duration(i) * time.Minute)
		items = append(items, in.Item)
	}
	return st.Update(ctx, account.ID, func(tx store.Tx) error {
		inbox, err := tx.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		for _, item := range items {
			if _, err := tx.Add(inbox.ID, item); err != nil {
				return err
			}
		}
		return nil
	})
}
