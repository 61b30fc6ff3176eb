package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What Linux tells of the server's process. proc(5).

// memory returns a field of /proc/PID/status that is given in kB ("VmRSS", "VmHWM"), in bytes.
func (b *bench) memory(field string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.server.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == field {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in the status of process %d", field, b.server.PID())
}

// forgetPeak makes VmHWM begin at what is resident now.
func (b *bench) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", b.server.PID()), []byte("5"), 0)
}

// clockTick is the unit of CPU times in /proc: USER_HZ, which is 100 on all common platforms.
const clockTick = 10 * time.Millisecond

// cpu returns the CPU time that the server has used.
func (b *bench) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.server.PID()))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // behind the name, which may have spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat of process %d: %q", b.server.PID(), text)
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick, err
}

// ownCPU is the CPU time that this process has used.
func ownCPU() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

const (
	quietFor   = time.Second      // without work to speak of: the server has settled
	settleTime = 60 * time.Second // after which it is measured as it is
)

// settle waits until the server has nothing to do: what it put off is done, such as indexing.
func (b *bench) settle(ctx context.Context) error {
	deadline := time.Now().Add(settleTime)
	before, err := b.cpu()
	if err != nil {
		return err
	}
	for time.Now().Before(deadline) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(quietFor):
		}
		after, err := b.cpu()
		if err != nil {
			return err
		}
		if after-before <= quietFor/50 {
			return nil
		}
		before = after
	}
	b.report.progress("  the server is still busy after %v", settleTime)
	return nil
}
