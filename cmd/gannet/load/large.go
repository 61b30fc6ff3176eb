package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

// comparisons is how often each act is timed on either collection.
const comparisons = 60

// costs are the timings of one collection.
type costs struct{ folders, empty, wake, incremental timings }

// measureLarge does the same on a large and on a small collection, by turns. Nothing of it may cost more on
// the large one.
func measureLarge(ctx context.Context, b *bench) error {
	big, little := &costs{}, &costs{}
	sides := []struct {
		account string
		size    int
		costs   *costs
		phone   *phone
	}{{account: large, size: b.large, costs: big}, {account: small, size: b.small, costs: little}}
	for i := range sides {
		side := &sides[i]
		p, err := b.newPhone(ctx, side.account, "compared")
		if err != nil {
			return err
		}
		defer p.close()
		began := time.Now()
		items, _, err := p.syncAll(ctx, window)
		if err != nil {
			return err
		}
		if items != side.size {
			return fmt.Errorf("%s: %d of %d messages came", side.account, items, side.size)
		}
		if side.account == large {
			b.report.add(fmt.Sprintf("first sync of %d messages, window %d", items, window), float64(items)/time.Since(began).Seconds(), 5000, "items/s", "target")
		}
		side.phone = p
	}
	c, err := e2e.Dial(ctx, b.server.Addr["smtp"])
	if err != nil {
		return err
	}
	defer c.Close()
	for n := range comparisons {
		for _, side := range sides {
			if err := side.costs.take(ctx, c, side.phone, n); err != nil {
				return fmt.Errorf("%s: %w", side.account, err)
			}
		}
	}
	b.reportLarge(big, little)
	return c.Quit()
}

// take times each act once.
func (k *costs) take(ctx context.Context, c *e2e.SMTP, p *phone, n int) error {
	p.FolderKey = "0"
	began := time.Now()
	if err := p.FolderSync(ctx); err != nil {
		return err
	}
	k.folders = append(k.folders, time.Since(began))
	began = time.Now()
	if _, err := p.sync(ctx, window); err != nil {
		return err
	}
	k.empty = append(k.empty, time.Since(began))
	w, err := wake(ctx, c, p, fmt.Sprintf("compare-%d-%d", n, len(p.User)), letterSize)
	if err != nil {
		return err
	}
	k.wake, k.incremental = append(k.wake, w.fromSent), append(k.incremental, w.sync)
	return nil
}

// reportLarge sets the medians beside each other.
func (b *bench) reportLarge(big, little *costs) {
	whose := fmt.Sprintf("with %d", b.small)
	in := fmt.Sprintf(" in a collection of %d, p50", b.large)
	for _, l := range []struct {
		what        string
		big, little timings
	}{
		{"FolderSync from key 0", big.folders, little.folders},
		{"empty Sync", big.empty, little.empty},
		{"Sync of one new message", big.incremental, little.incremental},
		{"last byte sent until Ping is answered", big.wake, little.wake},
	} {
		b.report.add(l.what+in, l.big.percentile(50), l.little.percentile(50), "ms", whose)
	}
}
