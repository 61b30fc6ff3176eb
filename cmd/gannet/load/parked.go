package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const (
	heartbeat   = 3000 // seconds; longer than any run
	setups      = 32   // devices that set up at once
	beside      = 1000 // parked Pings while wakes are timed
	pingTarget  = 64 * kib
	wakeTarget  = 20 * time.Millisecond
	filesForUse = 200 // open files besides one for each connection
)

// measureParked parks Pings over TLS, each on a connection of its own, and measures what one costs; then it
// leaves a thousand of them and times how soon a delivery ends one more.
func measureParked(ctx context.Context, b *bench) error {
	idle, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	number := b.allowedPings()
	phones, err := b.parkedPhones(ctx, number)
	defer func() {
		for _, p := range phones {
			p.close()
		}
	}()
	if err != nil {
		return err
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	set, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	lot := newLot(ctx)
	defer lot.leave()
	lot.park(phones)
	if err := b.settle(ctx); err != nil {
		return err
	}
	if n := lot.ended.Load(); n > 0 {
		return fmt.Errorf("%d of %d Pings ended by themselves", n, number)
	}
	if err := b.reportParked(number, idle, set); err != nil {
		return err
	}
	lot.thin(beside)
	return b.measureWakes(ctx, min(beside, number))
}

// allowedPings is how many connections the limit of open files leaves room for.
func (b *bench) allowedPings() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return b.pings
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.report.progress("  open files cannot be raised: %v", err)
	}
	if room := int(limit.Max) - filesForUse; room < b.pings {
		b.report.progress("  %d open files are allowed: that many Pings, not %d", limit.Max, b.pings)
		return room
	}
	return b.pings
}

// parkedPhones sets devices up.
func (b *bench) parkedPhones(ctx context.Context, number int) ([]*phone, error) {
	began := time.Now()
	phones := make([]*phone, number)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(setups)
	for i := range phones {
		g.Go(func() (err error) {
			phones[i], err = b.newPhone(gctx, parkedAccount(i/perAccount), fmt.Sprintf("parked%d", i))
			return err
		})
	}
	err := g.Wait()
	phones = slices.DeleteFunc(phones, func(p *phone) bool { return p == nil })
	b.report.progress("  %d devices added their account in %v", len(phones), time.Since(began).Round(100*time.Millisecond))
	return phones, err
}

// reportParked reports what the parked Pings cost. idle is what was resident before the first device came,
// set when all had set up and nothing was parked.
func (b *bench) reportParked(number int, idle, set float64) error {
	after, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	each := func(bytes float64) float64 { return bytes / kib / float64(number) }
	b.report.add(fmt.Sprintf("server with %d parked Pings over TLS, resident", number), after/mib, idle/mib, "MiB", "idle")
	b.report.add("  above idle, for each: connection, device, Ping", each(after-idle), pingTarget/kib, "KiB", "target")
	b.report.add("  of it for the Ping alone", each(after-set), 0, "KiB", "")
	return nil
}

// lot is where Pings are parked.
type lot struct {
	ctx     context.Context
	cancels []context.CancelFunc
	parked  sync.WaitGroup
	ended   atomic.Int64 // Pings that ended before they were to
}

func newLot(ctx context.Context) *lot { return &lot{ctx: ctx} }

// park sends a Ping of every device and returns at once.
func (l *lot) park(phones []*phone) {
	for _, p := range phones {
		ctx, cancel := context.WithCancel(l.ctx)
		l.cancels = append(l.cancels, cancel)
		l.parked.Go(func() {
			p.Ping(ctx, heartbeat, p.inbox) // ends with an error when it is cancelled
			if ctx.Err() == nil {
				l.ended.Add(1)
			}
		})
	}
}

// thin leaves n of them.
func (l *lot) thin(n int) {
	for _, cancel := range l.cancels[min(n, len(l.cancels)):] {
		cancel()
	}
	l.cancels = l.cancels[:min(n, len(l.cancels))]
}

func (l *lot) leave() {
	l.thin(0)
	l.parked.Wait()
}

// measureWakes times wakes: from the 250 that says a message is durable, and from its last byte, until the
// answer of the Ping has been read.
func (b *bench) measureWakes(ctx context.Context, besides int) error {
	var phones []*phone
	for i := range wakers {
		p, err := b.newPhone(ctx, wakerAccount(i), fmt.Sprintf("waker%d", i))
		if err != nil {
			return err
		}
		defer p.close()
		phones = append(phones, p)
	}
	c, err := e2e.Dial(ctx, b.server.Addr["smtp"])
	if err != nil {
		return err
	}
	defer c.Close()
	var fromCommit, fromSent timings
	for n := range b.samples {
		w, err := wake(ctx, c, phones[n%wakers], fmt.Sprintf("wake-%d", n), letterSize)
		if err != nil {
			return err
		}
		fromCommit, fromSent = append(fromCommit, w.fromCommit), append(fromSent, w.fromSent)
	}
	target := milliseconds(wakeTarget)
	b.report.add(fmt.Sprintf("250 of a delivery until Ping is answered, %d parked, p50", besides), fromCommit.percentile(50), target, "ms", "target")
	b.report.add("  p99", fromCommit.percentile(99), target, "ms", "target")
	b.report.add("last byte sent until Ping is answered, p50", fromSent.percentile(50), 0, "ms", "")
	b.report.add("  p99", fromSent.percentile(99), 0, "ms", "")
	return c.Quit()
}

// woken is how soon one Ping was answered. fromCommit is nothing when the answer was there before the 250.
type woken struct{ fromCommit, fromSent, sync time.Duration }

// parkTime is how long a Ping has to reach the server before the delivery begins. Of one that did not the
// time is counted all the same.
const parkTime = 10 * time.Millisecond

// wake parks one Ping, delivers to it, and lets the device sync what came.
func wake(ctx context.Context, c *e2e.SMTP, p *phone, id string, size int) (w woken, err error) {
	answered := make(chan error, 1)
	var at time.Time
	go func() {
		status, _, err := p.Ping(ctx, heartbeat, p.inbox)
		at = time.Now()
		if err == nil && status != asclient.PingChanges {
			err = fmt.Errorf("ping ended with status %d", status)
		}
		answered <- err
	}()
	select {
	case <-time.After(parkTime):
	case <-ctx.Done():
	}
	err = c.Deliver(outsideSender, []string{p.User}, e2e.Letter{ID: id, To: p.User, Size: size}.Bytes())
	durable, sent := time.Now(), c.Sent
	if err != nil {
		return w, err
	}
	if err := <-answered; err != nil {
		return w, err
	}
	w.fromCommit, w.fromSent = max(0, at.Sub(durable)), at.Sub(sent)
	began := time.Now()
	got, err := p.sync(ctx, window)
	w.sync = time.Since(began)
	if err == nil && len(got.Added) != 1 {
		err = fmt.Errorf("the Sync after Ping brought %d messages", len(got.Added))
	}
	return w, err
}
