// Command load measures a server under the loads that people bring and prints a table: each figure beside a
// limit or a peer of the same run, with their ratio. Nothing passes or fails by it.
//
//	make load
//	go run -tags sqlite_fts5 ./cmd/gannet/load -gannet bin/gannet -only parked -pings 10000
//
// It starts the real binary on a data directory of its own, talks to it over TLS and SMTP on loopback, and
// shares the machine's cores with it. The data directory is made beside the binary, so that the disk is the
// one that the checkout is on, and removed in the end.
package main

import (
	"context"
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

// options are the flags.
type options struct {
	binary   string
	dir      string
	only     string
	pings    int
	first    int
	objects  int
	large    int
	small    int
	delivery time.Duration
	samples  int
	devices  int
	mix      time.Duration
	pace     time.Duration
	arrivals float64
}

func parse() options {
	var o options
	flag.StringVar(&o.binary, "gannet", "bin/gannet", "the `binary` to measure")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in; it should be on a real disk (default: that of the binary)")
	flag.StringVar(&o.only, "only", "", "comma-separated `names` of what to measure: idle, delivery, first, objects, send, parked, mixed, large")
	flag.IntVar(&o.pings, "pings", 5000, "`number` of parked Pings")
	flag.IntVar(&o.first, "first", 10_000, "messages of the first sync")
	flag.IntVar(&o.objects, "objects", 5000, "`number` of events, and of contacts, of the first sync")
	flag.IntVar(&o.large, "large", 100_000, "messages of the large collection")
	flag.IntVar(&o.small, "small", 100, "messages of the small one that it is compared with")
	flag.DurationVar(&o.delivery, "delivery", 6*time.Second, "how long to deliver")
	flag.IntVar(&o.samples, "samples", 300, "wakes of a parked Ping that are timed")
	flag.IntVar(&o.devices, "devices", 1000, "`number` of devices in the mix")
	flag.DurationVar(&o.mix, "mix", time.Minute, "how long the mix goes on")
	flag.DurationVar(&o.pace, "pace", 20*time.Second, "mean time between two things that the person of a device does")
	flag.Float64Var(&o.arrivals, "arrivals", 10, "messages a `second` that come in during the mix")
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
	stop()
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// A section is one thing to measure, on a server of its own.
type section struct {
	name    string
	measure func(context.Context, *bench) error
}

var sections = []section{
	{"idle", measureIdle},
	{"delivery", measureDelivery},
	{"first", measureFirstSync},
	{"objects", measureObjects},
	{"send", measureSend},
	{"parked", measureParked},
	{"mixed", measureMixed},
	{"large", measureLarge},
}

// bench is what sections work with.
type bench struct {
	options
	report *report
	site   *e2e.Site
	server *e2e.Server // of the section
}

func run(ctx context.Context, o options) (err error) {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	warnOfMemory(dir)
	b := &bench{options: o, report: &report{began: time.Now()}}
	if b.site, err = e2e.Binary(binary).Init(ctx, filepath.Join(dir, "data"), domain); err != nil {
		return err
	}
	b.site.Set = append(b.site.Set, "http.per_address=100000", "http.connections=100000")
	if err := b.seed(ctx); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	for _, s := range sections {
		if !b.wants(s.name) {
			continue
		}
		if err := b.section(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return b.report.print(os.Stdout)
}

// wants reports whether a section was asked for.
func (b *bench) wants(name string) bool {
	return b.only == "" || slices.Contains(strings.Split(b.only, ","), name)
}

// section runs one section on a fresh server.
func (b *bench) section(ctx context.Context, s section) (err error) {
	began := time.Now()
	if b.server, err = b.site.Serve(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.server.Stop()) }()
	if err := b.settle(ctx); err != nil {
		return err
	}
	if err := s.measure(ctx, b); err != nil {
		return err
	}
	b.report.progress("%s measured in %v", s.name, time.Since(began).Round(100*time.Millisecond))
	return nil
}

// tmpfsMagic is the type of a file system that lives in memory. statfs(2).
const tmpfsMagic = 0x01021994

func warnOfMemory(dir string) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err == nil && fs.Type == tmpfsMagic {
		fmt.Fprintf(os.Stderr, "%s is in memory: figures of durable writes mean nothing; choose a disk by -dir\n", dir)
	}
}
