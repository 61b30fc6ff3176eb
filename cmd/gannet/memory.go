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

// tendMemory adjusts the collector to what lives, until ctx ends, and collects what a busy time left
// behind: the garbage, and the stacks of parked requests, which only a collection shrinks; the system
// gets them back at once. A server that is idle does nothing. Whoever sets GOGC decides instead.
func tendMemory(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return untilDone(ctx)
	}
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	percent := 100
	defer debug.SetGCPercent(percent)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		m := readMemory()
		if want := gcPercent(m.live); want != percent {
			percent = want
			debug.SetGCPercent(percent)
		}
		if garbage := m.heap - min(m.live, m.heap); garbage > max(m.live/leftBehind, littleGarbage) {
			debug.FreeOSMemory()
		}
	}
}

// Garbage that is left alone: a part of what lives, and some bytes.
const (
	leftBehind    = 8
	littleGarbage = 8 << 20
)

// memory is what the collector tells, in bytes.
type memory struct {
	live uint64 // after the last collection
	heap uint64 // now, garbage included
}

func readMemory() memory {
	s := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	runtimemetrics.Read(s)
	return memory{live: s[0].Value.Uint64(), heap: s[1].Value.Uint64()}
}
