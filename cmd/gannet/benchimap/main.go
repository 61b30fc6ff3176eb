package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const (
	ours   = "gannet"
	theirs = "dovecot"

	domain   = "example.test"
	password = "benchmark-password"

	reader  = "reader@" + domain  // with the large mailbox
	popper  = "popper@" + domain  // with as many messages as are asked for at once
	arrival = "arrival@" + domain // with an empty one

	kib = 1 << 10
	mib = 1 << 20
)

// options are the flags.
type options struct {
	binary   string
	dir      string
	only     string
	messages int
	rounds   int
	sessions int
	million  int
	storage  string
	fsync    string
	alone    bool
}

func parse() options {
	var o options
	flag.StringVar(&o.binary, "gannet", "bin/gannet", "the `binary` to measure")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in; it should be on a real disk (default: that of the binary)")
	flag.StringVar(&o.only, "only", "", "comma-separated `names` of what to measure: "+strings.Join(actNames(), ", ")+", idle, million")
	flag.IntVar(&o.messages, "messages", 50_000, "messages of the large mailbox, at least 2000")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds, of which the median counts")
	flag.IntVar(&o.sessions, "sessions", 1000, "idle sessions")
	flag.IntVar(&o.million, "million", 1_000_000, "messages of the very large mailbox, which is ours alone")
	flag.StringVar(&o.storage, "storage", "maildir", "Dovecot's mailbox `format`: maildir, sdbox or mdbox")
	flag.StringVar(&o.fsync, "fsync", "always", "Dovecot's mail_fsync: always, which is what gannet does, or optimized, which is its default and syncs new mail but no changes of flags")
	flag.BoolVar(&o.alone, "alone", false, "measure gannet without Dovecot")
	flag.Parse()
	if o.dir == "" {
		o.dir = filepath.Dir(o.binary)
	}
	return o
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, parse())
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchimap:", err)
		os.Exit(1)
	}
}

// bench is what acts work with.
type bench struct {
	options
	report  *report
	site    *e2e.Site
	trust   *tls.Config
	dovecot *dovecot // nil: not installed
	sides   []*side
	proofs  map[string]string // by act and round
}

func run(ctx context.Context, o options) (err error) {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return err
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "benchimap-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { // another user may have to reach what is in it
		return err
	}
	b := &bench{options: o, report: &report{began: time.Now()}, proofs: map[string]string{}}
	if err := b.prepare(ctx, binary, dir); err != nil {
		return err
	}
	if b.dovecot != nil {
		defer func() { err = errors.Join(err, b.dovecot.remove()) }()
	}
	if err := b.facts(dir); err != nil {
		return err
	}
	if err := b.compare(ctx); err != nil {
		return err
	}
	if b.wants("idle") {
		if err := b.measureIdle(ctx); err != nil {
			return fmt.Errorf("idle: %w", err)
		}
	}
	if b.wants("million") {
		if err := b.measureMillion(ctx, e2e.Binary(binary), filepath.Join(dir, "million")); err != nil {
			return fmt.Errorf("million: %w", err)
		}
	}
	return b.report.print(os.Stdout)
}

// prepare makes our data directory and finds Dovecot.
func (b *bench) prepare(ctx context.Context, binary, dir string) (err error) {
	if b.site, err = newSite(ctx, e2e.Binary(binary), filepath.Join(dir, "data")); err != nil {
		return err
	}
	if b.trust, err = b.site.Trust(); err != nil {
		return err
	}
	if b.alone {
		return nil
	}
	if b.dovecot, err = findDovecot(ctx, dir, b.storage); err != nil {
		return err
	}
	if b.dovecot == nil {
		fmt.Println(howToInstall)
	}
	return nil
}

// newSite makes a data directory without limits that the many sessions of one machine would meet.
func newSite(ctx context.Context, binary e2e.Binary, data string) (*e2e.Site, error) {
	site, err := binary.Init(ctx, data, domain)
	if err != nil {
		return nil, err
	}
	site.Set = append(site.Set, "imap.connections=100000", "imap.per_address=100000", "imap.per_account=100000",
		"pop3.per_address=1000")
	return site, nil
}

// wants reports whether something was asked for.
func (b *bench) wants(name string) bool {
	return b.only == "" || slices.Contains(strings.Split(b.only, ","), name)
}

// compare runs the acts on both sides by turns.
func (b *bench) compare(ctx context.Context) (err error) {
	if !slices.ContainsFunc(actNames(), b.wants) {
		return b.seed(ctx)
	}
	if err := b.seed(ctx); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := b.startSides(ctx); err != nil {
		return errors.Join(err, b.stopSides())
	}
	defer func() { err = errors.Join(err, b.stopSides()) }()
	for round := range b.rounds {
		b.report.progress("round %d", round+1)
		for _, a := range acts {
			if !b.wants(a.name) || a.once && round > 0 {
				continue
			}
			if err := b.perform(ctx, a, round); err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
		}
	}
	return nil
}

func (b *bench) startSides(ctx context.Context) error {
	s, err := startOurs(ctx, b.site, b.trust)
	if err != nil {
		return err
	}
	b.report.progress("profiles of %s: http://%s/debug/pprof", ours, s.metrics)
	b.sides = append(b.sides, s)
	if b.dovecot == nil {
		return nil
	}
	s, err = b.dovecot.start(ctx, b, dovecotModes{shared: true, fsync: b.fsync})
	if err == nil {
		b.sides = append(b.sides, s)
	}
	return err
}

func (b *bench) stopSides() (err error) {
	for _, s := range b.sides {
		err = errors.Join(err, s.stop())
	}
	b.sides = nil
	return err
}

// perform does one act on each side, in the order that is the other one's turn.
func (b *bench) perform(ctx context.Context, a act, round int) error {
	for i := range b.sides {
		s := b.sides[(i+round)%len(b.sides)]
		for _, each := range b.sides {
			if err := each.settle(ctx, b.report); err != nil {
				return err
			}
		}
		figures, proof, err := a.run(ctx, b, s, round)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for k, r := range a.rows(b) {
			b.report.add(r, s.name, figures[k])
		}
		key := fmt.Sprint(a.name, " ", round)
		if before, ok := b.proofs[key]; ok && before != proof {
			b.report.progress("  the sides answered differently: %s and %s (%s)", before, proof, s.name)
		}
		b.proofs[key] = proof
	}
	return nil
}
