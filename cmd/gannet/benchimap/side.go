package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

// side is a running server that is measured.
type side struct {
	name               string
	imaps, pop3s, lmtp string // host:port
	metrics            string // of ours
	tls                *tls.Config
	pid                int // the root of its processes
	stop               func() error
}

// startOurs serves a data directory.
func startOurs(ctx context.Context, site *e2e.Site, trust *tls.Config) (*side, error) {
	server, err := site.Serve(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	return &side{
		name: ours, tls: trust, pid: server.PID(), stop: server.Stop,
		imaps: server.Addr["imaps"], pop3s: server.Addr["pop3s"], lmtp: server.Addr["lmtp"],
		metrics: server.Addr["metrics"],
	}, nil
}

// What Linux tells of processes. proc(5).

// processes are the side's root and everything below it.
func (s *side) processes() ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, path := range stats {
		fields, err := statFields(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		parent, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, err
		}
		children[parent] = append(children[parent], pid)
	}
	all := []int{s.pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

// statFields are the fields behind the name, which may have spaces: state, parent, …
func statFields(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return nil, fmt.Errorf("%s: %q", path, text)
	}
	return fields, nil
}

// clockTick is the unit of CPU times in /proc: USER_HZ, which is 100 on all common platforms.
const clockTick = 10 * time.Millisecond

// cpu is the CPU time of all its processes, of those too that ended.
func (s *side) cpu() (time.Duration, error) {
	all, err := s.processes()
	if err != nil {
		return 0, err
	}
	ticks := 0
	for _, pid := range all {
		fields, err := statFields(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		for _, field := range fields[11:15] { // utime, stime and those of children that were waited for
			n, err := strconv.Atoi(field)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * clockTick, nil
}

// memory is what all its processes have resident, in bytes: rss counts shared pages in each, pss shares them out.
func (s *side) memory() (rss, pss float64, processes int, err error) {
	all, err := s.processes()
	if err != nil {
		return 0, 0, 0, err
	}
	for _, pid := range all {
		r, p, err := residents(pid)
		if err != nil {
			continue
		}
		rss, pss, processes = rss+r, pss+p, processes+1
	}
	return rss, pss, processes, nil
}

func residents(pid int) (rss, pss float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "Rss":
			rss = kb * kib
		case "Pss":
			pss = kb * kib
		}
	}
	return rss, pss, nil
}

const (
	quietFor   = 300 * time.Millisecond // without work to speak of: a side has settled
	settleTime = 120 * time.Second      // after which it is measured as it is
)

// settle waits until the side has nothing to do: what it put off, such as indexing, is done.
func (s *side) settle(ctx context.Context, r *report) error {
	deadline := time.Now().Add(settleTime)
	before, err := s.cpu()
	if err != nil {
		return err
	}
	for time.Now().Before(deadline) {
		if err := pause(ctx, quietFor); err != nil {
			return err
		}
		after, err := s.cpu()
		if err != nil {
			return err
		}
		if after-before <= quietFor/20 {
			return nil
		}
		before = after
	}
	r.progress("  %s is still busy after %v", s.name, settleTime)
	return nil
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
