package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	logins      = 16  // at once
	filesForUse = 200 // open files besides one for each connection

	idleBefore = 15 * time.Second // it is measured; what hibernates has had time to, and our collector
)

// idleModes are the ways in which Dovecot is measured. Ours has but one.
var idleModes = []struct {
	what  string
	modes dovecotModes
}{
	{"Dovecot as Debian sets it up", dovecotModes{}},
	{"Dovecot with shared logins", dovecotModes{shared: true}},
	{"Dovecot with shared logins, hibernation", dovecotModes{shared: true, hibernate: true}},
}

// measureIdle measures what sessions cost that wait in IDLE, on servers that have just started.
func (b *bench) measureIdle(ctx context.Context) error {
	b.allowFiles()
	b.warnOfWatches()
	s, err := startOurs(ctx, b.site, b.trust)
	if err != nil {
		return err
	}
	costs, err := b.idleCosts(ctx, s)
	if err = errors.Join(err, s.stop()); err != nil {
		return err
	}
	for _, m := range idleModes {
		rows := []row{
			{what: fmt.Sprintf("each of %d idle sessions, RSS, %s", b.sessions, m.what), unit: "KiB"},
			{what: "  PSS, " + m.what, unit: "KiB"},
		}
		for k, r := range rows {
			b.report.add(r, ours, costs[k])
		}
		if b.dovecot == nil {
			return nil
		}
		if err := b.measureIdleTheirs(ctx, m.modes, rows); err != nil {
			return fmt.Errorf("%s: %w", m.what, err)
		}
	}
	return nil
}

func (b *bench) measureIdleTheirs(ctx context.Context, modes dovecotModes, rows []row) error {
	modes.fsync = b.fsync
	s, err := b.dovecot.start(ctx, b, modes)
	if err != nil {
		return err
	}
	costs, err := b.idleCosts(ctx, s)
	if err = errors.Join(err, s.stop()); err != nil {
		return err
	}
	for k, r := range rows {
		b.report.add(r, theirs, costs[k])
	}
	return nil
}

// idleCosts returns what one session has resident, RSS and PSS, in KiB.
func (b *bench) idleCosts(ctx context.Context, s *side) (costs [2]float64, err error) {
	if err := s.settle(ctx, b.report); err != nil {
		return costs, err
	}
	rss, pss, _, err := s.memory()
	if err != nil {
		return costs, err
	}
	clients := make([]*imapClient, b.sessions)
	defer func() {
		for _, c := range clients {
			if c != nil {
				c.conn.Close()
			}
		}
	}()
	var g errgroup.Group
	g.SetLimit(logins)
	for i := range clients {
		g.Go(func() (err error) {
			if clients[i], err = s.selected(ctx, idleAccount(i/perAccount), "INBOX"); err != nil {
				return err
			}
			return clients[i].idle()
		})
	}
	if err := g.Wait(); err != nil {
		return costs, err
	}
	if err := pause(ctx, idleBefore); err != nil {
		return costs, err
	}
	if err := s.settle(ctx, b.report); err != nil {
		return costs, err
	}
	rssThen, pssThen, processes, err := s.memory()
	if err != nil {
		return costs, err
	}
	b.report.progress("  %s: %d idle sessions, %d processes, RSS %.1f MiB, before %.1f", s.name, b.sessions, processes, rssThen/mib, rss/mib)
	each := float64(b.sessions) * kib
	return [2]float64{(rssThen - rss) / each, (pssThen - pss) / each}, nil
}

// allowFiles raises the limit of open files; with too few of them there are fewer sessions.
func (b *bench) allowFiles() {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.report.progress("  open files cannot be raised: %v", err)
	}
	if room := int(limit.Max) - filesForUse; room < b.sessions {
		b.report.progress("  %d open files are allowed: that many sessions, not %d", limit.Max, b.sessions)
		b.sessions = room
	}
}

// warnOfWatches tells when the system lets one user watch fewer mailboxes than there are sessions. Dovecot's processes
// then look for news themselves, and do not hibernate.
func (b *bench) warnOfWatches() {
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_user_instances")
	if err != nil || b.dovecot == nil {
		return
	}
	if most, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && most < b.sessions {
		fmt.Printf("idle: fs.inotify.max_user_instances is %d; with fewer than %d Dovecot cannot hibernate that many sessions\n", most, b.sessions)
	}
}
