package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// DefaultRetry is how long a recipient waits after its first, second, … failed attempt; the last wait
// repeats until the recipient expires.
var DefaultRetry = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// Options of a [Runner]. Zero values mean the defaults.
type Options struct {
	Routes    Routes
	Retry     []time.Duration // default DefaultRetry
	Parallel  int             // transactions with other servers at once; default 20
	PerHop    int             // of these with one hop; default 4
	Local     int             // local deliveries at once; default 4
	WarnAfter time.Duration   // tell the sender of a message that waits this long; 0: never
	Grace     time.Duration   // how long running attempts may go on after the end of Run's context; default 10 s
	Log       *slog.Logger    // default: discarded
	Now       func() time.Time
}

func (o Options) withDefaults() Options {
	if len(o.Retry) == 0 {
		o.Retry = DefaultRetry
	}
	if o.Parallel <= 0 {
		o.Parallel = 20
	}
	if o.PerHop <= 0 {
		o.PerHop = 4
	}
	if o.Local <= 0 {
		o.Local = 4
	}
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Runner delivers what is in the outbound queue. One Runner works on a store at a time.
type Runner struct {
	store store.Store
	mail  *mail.Service
	send  Transport
	o     Options

	mu       sync.Mutex
	inFlight map[store.QueueID]bool
	busy     map[string]int // running jobs by destination
	remote   int            // running jobs that are not local

	jobs     sync.WaitGroup
	finished chan struct{} // a job has ended; holds one
}

// New makes a Runner on st. t may be nil where no route is set.
func New(st store.Store, m *mail.Service, t Transport, o Options) *Runner {
	return &Runner{
		store: st, mail: m, send: t, o: o.withDefaults(),
		inFlight: make(map[store.QueueID]bool), busy: make(map[string]int), finished: make(chan struct{}, 1),
	}
}

// Run works until ctx ends, then lets running attempts end and returns nil. The error is for a store
// that is closed under it.
func (r *Runner) Run(ctx context.Context) error {
	attempts, stop := r.attemptContext(ctx)
	defer stop()
	defer r.jobs.Wait()
	seen, err := r.store.ModSeq(0)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	changed := make(chan struct{}, 1)
	r.jobs.Go(func() { r.watch(ctx, seen, changed) })
	for {
		next, err := r.start(ctx, attempts)
		if errors.Is(err, store.Closed) {
			return fmt.Errorf("queue: %w", err)
		} else if err != nil && ctx.Err() == nil {
			r.o.Log.ErrorContext(ctx, "read queue", "error", err)
			next = r.o.Now().Add(r.o.Retry[0])
		}
		if !r.sleep(ctx, next, changed) {
			return nil
		}
	}
}

// attemptContext makes the context of attempts: it ends a grace after ctx.
func (r *Runner) attemptContext(ctx context.Context) (context.Context, func()) {
	attempts, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var timer *time.Timer
	var mu sync.Mutex
	release := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(r.o.Grace, cancel)
	})
	return attempts, func() {
		release()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}

// watch passes on that the queue changed. Where waiting fails, Run looks at the queue and finds out why.
func (r *Runner) watch(ctx context.Context, seen store.ModSeq, changed chan<- struct{}) {
	for {
		n, err := r.store.Wait(ctx, 0, seen)
		if ctx.Err() != nil {
			return
		}
		signal(changed)
		if err == nil {
			seen = n
			continue
		}
		r.o.Log.ErrorContext(ctx, "wait for queue", "error", err)
		if errors.Is(err, store.Closed) || !pause(ctx, time.Second) {
			return
		}
	}
}

// pause waits; false: ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// sleep returns when there may be work: true; or when ctx ended: false. A zero next is never.
func (r *Runner) sleep(ctx context.Context, next time.Time, changed <-chan struct{}) bool {
	var due <-chan time.Time
	if !next.IsZero() {
		t := time.NewTimer(max(next.Sub(r.o.Now()), 0))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-r.finished:
	case <-due:
	}
	return ctx.Err() == nil
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
