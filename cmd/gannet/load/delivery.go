package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const (
	connections   = 10
	deliverySize  = 5 << 10
	outsideSender = "sender@example.net"
)

// measureDelivery delivers over ten connections for a while. Beside it the same bytes are made durable in the
// barest way there is, and by the store alone.
func measureDelivery(ctx context.Context, b *bench) error {
	bare, err := bareGroupCommit(ctx, filepath.Join(b.site.Data, "bare"), b.delivery/2)
	if err != nil {
		return err
	}
	engine, err := bareEngine(ctx, filepath.Join(filepath.Dir(b.site.Data), "engine.db"), b.delivery/2)
	if err != nil {
		return err
	}
	before, err := b.cpu()
	if err != nil {
		return err
	}
	ownBefore := ownCPU()
	began := time.Now()
	waits, err := b.deliverAll(ctx, began.Add(b.delivery))
	if err != nil {
		return err
	}
	took, own := time.Since(began), ownCPU()-ownBefore
	after, err := b.cpu()
	if err != nil {
		return err
	}
	rate := float64(len(waits)) / took.Seconds()
	b.report.add("bare group commit: 10 writers, 5 KB, write and fsync", bare, 0, "records/s", "")
	b.report.add("durable SMTP delivery, 5 KB, 10 connections", rate, bare, "messages/s", "bare group commit")
	b.report.add("  beside the engine alone: parse and deliver, 10 callers", rate, engine, "messages/s", "engine alone")
	b.report.add("  beside the target", rate, 3000, "messages/s", "target")
	b.report.add("  CPU of the server for one", milliseconds(after-before)/float64(len(waits)), 1, "ms", "target")
	b.report.add("  CPU of the clients for one, on the same cores", milliseconds(own)/float64(len(waits)), 0, "ms", "")
	b.report.add("  wait for the 250, p50", waits.percentile(50), 0, "ms", "")
	b.report.add("  wait for the 250, longest", waits.percentile(100), 50, "ms", "target")
	return nil
}

// deliverAll delivers until the deadline and returns how long each message took from MAIL to its 250.
func (b *bench) deliverAll(ctx context.Context, deadline time.Time) (timings, error) {
	var mu sync.Mutex
	var all timings
	g, ctx := errgroup.WithContext(ctx)
	for k := range connections {
		g.Go(func() error {
			mine, err := b.deliverOver(ctx, fmt.Sprintf("delivery-%d", k), deadline)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			return err
		})
	}
	return all, g.Wait()
}

func (b *bench) deliverOver(ctx context.Context, name string, deadline time.Time) (timings, error) {
	c, err := e2e.Dial(ctx, b.server.Addr["smtp"])
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var took timings
	for n := 0; time.Now().Before(deadline); n++ {
		if err := ctx.Err(); err != nil {
			return took, err
		}
		message := e2e.Letter{ID: fmt.Sprintf("%s-%d", name, n), To: alice, Size: deliverySize}.Bytes()
		began := time.Now()
		if err := c.Deliver(outsideSender, []string{alice}, message); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
	return took, c.Quit()
}
