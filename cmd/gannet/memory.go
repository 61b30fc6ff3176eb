package main

import (
	"context"
	"os"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"time"
)

// The collector may let garbage grow to the size of what lives. With thousands of parked requests
// that doubles the memory for a little time saved, so the more lives the less garbage is allowed.
var gcBands = []struct {
	live    uint64 // bytes, from here on
	percent int
}{{256 << 20, 25}, {64 << 20, 50}, {0, 100}}

func gcPercent(live uint64) int {
	for _, b := range gcBands {
		if live >= b.live {
			return b.percent
		}
	}
	return 100
}

// tendMemory adjusts the collector to what lives, until ctx ends. Whoever sets GOGC decides instead.
func tendMemory(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return untilDone(ctx)
	}
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	sample := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	percent := 100
	defer debug.SetGCPercent(percent)
	for {
		runtimemetrics.Read(sample)
		if want := gcPercent(sample[0].Value.Uint64()); want != percent {
			percent = want
			debug.SetGCPercent(percent)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
