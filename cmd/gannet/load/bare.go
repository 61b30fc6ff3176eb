package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

// bareGroupCommit is the least that durable delivery can be: ten writers hand a record to one committer, who
// writes all that wait at the end of a file, syncs it and lets them go. It returns records a second.
func bareGroupCommit(ctx context.Context, path string, lasting time.Duration) (rate float64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(path)) }()
	records := make(chan chan error, connections)
	g, ctx := errgroup.WithContext(ctx)
	written := 0
	began := time.Now()
	deadline := began.Add(lasting)
	var writers sync.WaitGroup
	for range connections {
		writers.Add(1)
		g.Go(func() error {
			defer writers.Done()
			for time.Now().Before(deadline) && ctx.Err() == nil {
				durable := make(chan error, 1)
				records <- durable
				if err := <-durable; err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	g.Go(func() error {
		writers.Wait()
		close(records)
		return nil
	})
	record := e2e.Letter{ID: "bare", To: alice, Size: deliverySize}.Bytes()
	for first := range records {
		waiting := []chan error{first}
		for len(records) > 0 {
			waiting = append(waiting, <-records)
		}
		err := commit(f, record, len(waiting))
		for _, durable := range waiting {
			durable <- err
		}
		written += len(waiting)
	}
	return float64(written) / time.Since(began).Seconds(), g.Wait()
}

// commit appends n records in one write and syncs.
func commit(f *os.File, record []byte, n int) error {
	var together []byte
	for range n {
		together = append(together, record...)
	}
	if _, err := f.Write(together); err != nil {
		return err
	}
	return f.Sync()
}

// bareEngine is the store without SMTP: ten callers parse a message and deliver it, each in a transaction of
// its own. It returns messages a second.
func bareEngine(ctx context.Context, path string, lasting time.Duration) (rate float64, err error) {
	st, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var account store.Account
	err = st.Update(ctx, 0, func(tx store.Tx) (err error) {
		if err := tx.CreateDomain(domain); err != nil {
			return err
		}
		account, err = tx.CreateAccount(store.Account{Name: alice})
		return err
	})
	if err != nil {
		return 0, err
	}
	service := mail.NewService(st, mail.ServiceOptions{Hostname: "localhost"})
	var delivered atomic.Int64
	began := time.Now()
	deadline := began.Add(lasting)
	g, gctx := errgroup.WithContext(ctx)
	for k := range connections {
		g.Go(func() error {
			for n := 0; time.Now().Before(deadline); n++ {
				letter := e2e.Letter{ID: fmt.Sprintf("engine-%d-%d", k, n), To: alice, Size: deliverySize}
				if err := deliverBare(gctx, st, service, account, letter); err != nil {
					return err
				}
				delivered.Add(1)
			}
			return nil
		})
	}
	err = g.Wait()
	return float64(delivered.Load()) / time.Since(began).Seconds(), err
}

func deliverBare(ctx context.Context, st store.Store, service *mail.Service, account store.Account, l e2e.Letter) error {
	in, err := mail.Ingest(ctx, st, bytes.NewReader(l.Bytes()), mib)
	if err != nil {
		return err
	}
	defer in.Blob.Release()
	to := []mail.Recipient{{Address: account.Name, Account: account.ID}}
	return errors.Join(service.Deliver(ctx, mail.Incoming{Ingested: in, Sender: outsideSender}, to)...)
}
