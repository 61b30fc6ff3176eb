package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const (
	window      = 512
	sends       = 200 // SendMail
	emptySyncs  = 200
	sendTarget  = 5 * time.Millisecond
	emptyTarget = 2 * time.Millisecond
	firstTarget = 150 * time.Millisecond // one window
)

// measureFirstSync lets a new phone take a large Inbox.
func measureFirstSync(ctx context.Context, b *bench) error {
	p, err := b.newPhone(ctx, first, "firstphone")
	if err != nil {
		return err
	}
	defer p.close()
	idle, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	if err := b.forgetPeak(); err != nil {
		return err
	}
	began := time.Now()
	got, err := p.sync(ctx, window)
	if err != nil {
		return err
	}
	once := time.Since(began)
	items, _, err := p.syncAll(ctx, window)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if items += len(got.Added); items != b.first {
		return fmt.Errorf("the first sync brought %d of %d messages", items, b.first)
	}
	peak, err := b.memory("VmHWM")
	if err != nil {
		return err
	}
	b.report.add(fmt.Sprintf("first sync of %d messages, window %d", b.first, window), float64(items)/took.Seconds(), 5000, "items/s", "target")
	b.report.add("  its first window", milliseconds(once), milliseconds(firstTarget), "ms", "target")
	b.report.add("  peak resident while it runs", peak/mib, idle/mib, "MiB", "before")
	return b.measureEmptySync(ctx, p)
}

func (b *bench) measureEmptySync(ctx context.Context, p *phone) error {
	var took timings
	for range emptySyncs {
		began := time.Now()
		got, err := p.sync(ctx, window)
		if err != nil {
			return err
		}
		took = append(took, time.Since(began))
		if len(got.Added) > 0 {
			return fmt.Errorf("a Sync that should be empty brought %d messages", len(got.Added))
		}
	}
	b.report.add("empty Sync, p50", took.percentile(50), milliseconds(emptyTarget), "ms", "target")
	return nil
}

// measureSend sends one message after the other to another local account, each kept in Sent Items.
func measureSend(ctx context.Context, b *bench) error {
	p, err := b.newPhone(ctx, alice, "sender")
	if err != nil {
		return err
	}
	defer p.close()
	var took timings
	for n := range sends {
		name := fmt.Sprintf("send-%d", n)
		letter := e2e.Letter{ID: name, To: bob, Size: deliverySize}.Bytes()
		began := time.Now()
		if err := p.SendMail(ctx, asclient.Outgoing{MIME: letter, ClientID: name, Save: true}); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	b.report.add("SendMail of 5 KB, p50", took.percentile(50), milliseconds(sendTarget), "ms", "target")
	b.report.add("  p99", took.percentile(99), 0, "ms", "")
	return nil
}
