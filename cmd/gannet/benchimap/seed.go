package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

const (
	batch       = 250 // messages in one transaction of the seed
	perAccount  = 10  // idle sessions of one account
	idleMailbox = 100 // messages in its INBOX
)

func idleAccount(i int) string { return fmt.Sprintf("idle%d@%s", i, domain) }

// seedling is an account to make, with so many messages in its INBOX.
type seedling struct {
	account  string
	messages int
}

// seedlings are the accounts for what is asked for.
func (b *bench) seedlings() (all []seedling) {
	if slices.ContainsFunc(actNames(), b.wants) {
		all = append(all, seedling{reader, b.messages}, seedling{popper, many}, seedling{arrival, 0})
	}
	for i := 0; b.wants("idle") && i*perAccount < b.sessions; i++ {
		all = append(all, seedling{idleAccount(i), idleMailbox})
	}
	return all
}

// seed fills both sides with the same.
func (b *bench) seed(ctx context.Context) error {
	all := b.seedlings()
	began := time.Now()
	if err := fillOurs(ctx, b.site.Data, all, letter); err != nil {
		return fmt.Errorf("%s: %w", ours, err)
	}
	b.report.progress("filled %s in %v", ours, time.Since(began).Round(100*time.Millisecond))
	if b.dovecot == nil || len(all) == 0 {
		return nil
	}
	began = time.Now()
	if err := b.fillTheirs(ctx, all); err != nil {
		return fmt.Errorf("%s: %w", theirs, err)
	}
	b.report.progress("filled %s in %v", theirs, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// fillOurs fills a data directory by the engine itself, before a server runs.
func fillOurs(ctx context.Context, data string, all []seedling, write func(int) []byte) (err error) {
	st, err := sqlite.Open(ctx, filepath.Join(data, "gannet.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	// Hashes as cheap as they can be, since Dovecot compares plain texts here.
	people := auth.New(st, auth.Options{Params: auth.Argon{Memory: 8, Time: 1, Threads: 1}, SCRAMIterations: 4096})
	for _, s := range all {
		account, err := addAccount(ctx, st, people, s.account)
		if err != nil {
			return err
		}
		for from := 0; from < s.messages; from += batch {
			if err := fillBatch(ctx, st, account, from, min(from+batch, s.messages), write); err != nil {
				return err
			}
		}
	}
	return nil
}

func addAccount(ctx context.Context, st store.Store, people *auth.Service, name string) (account store.Account, err error) {
	err = st.Update(ctx, 0, func(tx store.Tx) (err error) {
		account, err = tx.CreateAccount(store.Account{Name: name})
		return err
	})
	if err != nil {
		return account, err
	}
	return account, people.SetPassword(ctx, account.ID, password)
}

// fillBatch adds messages in their order, so that a message has the same UID on either side.
func fillBatch(ctx context.Context, st store.Store, account store.Account, from, to int, write func(int) []byte) error {
	taken := make([]*mail.Ingested, to-from)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i := range taken {
		g.Go(func() (err error) {
			taken[i], err = mail.Ingest(gctx, st, bytes.NewReader(write(from+i)), mib)
			return err
		})
	}
	err := g.Wait()
	defer func() {
		for _, in := range taken {
			if in != nil {
				in.Blob.Release()
			}
		}
	}()
	if err != nil {
		return err
	}
	return st.Update(ctx, account.ID, func(tx store.Tx) error {
		inbox, err := tx.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		for _, in := range taken {
			if _, err := tx.Add(inbox.ID, in.Item); err != nil {
				return err
			}
		}
		return nil
	})
}

// fillTheirs fills Dovecot over IMAP, so that its indexes are what it makes of new mail. Nothing is synced meanwhile.
func (b *bench) fillTheirs(ctx context.Context, all []seedling) error {
	s, err := b.dovecot.start(ctx, b, dovecotModes{shared: true, fsync: "never"})
	if err != nil {
		return err
	}
	for _, seed := range all {
		if err := s.fill(ctx, seed); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", seed.account, err), s.stop())
		}
	}
	return s.stop()
}

func (s *side) fill(ctx context.Context, seed seedling) error {
	c, err := s.login(ctx, seed.account)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	for from := 0; from < seed.messages; from += batch {
		var letters [][]byte
		for i := from; i < min(from+batch, seed.messages); i++ {
			letters = append(letters, letter(i))
		}
		if err := c.appendAll("INBOX", letters...); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return c.logout()
}
