package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const (
	starts      = 5                      // of which the middle one counts
	startTarget = 500 * time.Millisecond // design.md, section 9
	idleTarget  = 60 << 20
	mib         = 1 << 20
	kib         = 1 << 10
)

// measureIdle measures starting and doing nothing: on a new data directory, and on the seeded one.
func measureIdle(ctx context.Context, b *bench) error {
	if err := b.measureStarts(ctx, b.site, "seeded store"); err != nil {
		return err
	}
	fresh, err := b.site.Binary.Init(ctx, filepath.Join(filepath.Dir(b.site.Data), "fresh"), domain)
	if err != nil {
		return err
	}
	if err := b.measureStarts(ctx, fresh, "new store"); err != nil {
		return err
	}
	b.server, err = b.site.Serve(context.WithoutCancel(ctx)) // the section wants one to stop
	return err
}

// measureStarts leaves no server running.
func (b *bench) measureStarts(ctx context.Context, site *e2e.Site, what string) error {
	var took timings
	for range starts {
		if err := b.server.Stop(); err != nil {
			return err
		}
		var err error
		if b.server, err = site.Serve(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		took = append(took, b.server.Took)
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	resident, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	b.report.add("start until ready, "+what, took.percentile(50), milliseconds(startTarget), "ms", "target")
	b.report.add("idle server resident, "+what, resident/mib, idleTarget/mib, "MiB", "target")
	if site != b.site {
		return b.server.Stop()
	}
	return nil
}
