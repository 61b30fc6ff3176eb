package queue

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Bounds of one look at the queue.
const (
	batch  = 200  // rows beyond those in flight that are read at first
	window = 5000 // rows that are read at most when those before them cannot start
	group  = 100  // recipients of one transaction, RFC 5321 section 4.5.3.1.8
)

// job is one attempt: recipients of one message behind one destination.
type job struct {
	rows []store.Queued
	dest string // key of busy: "" is here, otherwise the hop
	hop  *Route // nil with a dest: no route
}

// noRoute is the destination of what cannot go anywhere.
const noRoute = "none"

// jobKey tells messages apart: the same bytes sent twice are two.
type jobKey struct {
	blob    store.BlobID
	account store.AccountID
	sender  string
	envID   string
	utf8    bool
	created time.Time
	dest    string
}

// start begins every attempt that is due and for which there is room, and returns when the next row
// becomes due; zero when none does before something changes.
func (r *Runner) start(ctx, attempts context.Context) (time.Time, error) {
	limit := 0
	for {
		// What is in flight now may land while the queue is read, and must not start again from the rows as
		// they were. Nothing else starts attempts.
		flying := r.flying()
		limit = max(limit, len(flying)+batch)
		rows, local, err := r.read(ctx, limit)
		if err != nil {
			return time.Time{}, err
		}
		jobs, next := r.plan(rows, local, flying)
		started := r.launch(attempts, jobs)
		switch {
		case started > 0 && len(rows) == limit:
			limit = 0
		case !next.IsZero() || len(rows) < limit || limit >= window:
			return next, nil
		default:
			limit = min(4*limit, window)
		}
	}
}

// far is after every row's due time.
var far = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// read returns the first limit rows by due time, those not yet due among them, and the local domains.
func (r *Runner) read(ctx context.Context, limit int) (rows []store.Queued, local map[string]bool, err error) {
	err = r.store.View(ctx, 0, func(v store.Reader) error {
		if rows, err = v.QueueDue(far, limit); err != nil || len(rows) == 0 {
			return err
		}
		domains, err := v.Domains()
		local = make(map[string]bool, len(domains))
		for _, d := range domains {
			local[d.Name] = true
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("look at queue: %w", err)
	}
	return rows, local, nil
}

// plan groups the rows that are due and not in flight, the longest due first, and says when the first
// of the others is due.
func (r *Runner) plan(rows []store.Queued, local map[string]bool, flying map[store.QueueID]bool) (jobs []*job, next time.Time) {
	now := r.o.Now()
	open := make(map[jobKey]*job)
	for _, row := range rows {
		if row.Due.After(now) {
			return jobs, row.Due
		}
		if flying[row.ID] {
			continue
		}
		dest, hop := r.destination(row.Domain, local)
		key := jobKey{row.Blob, row.Account, row.Sender, row.EnvID, row.UTF8, row.Created, dest}
		j := open[key]
		if j == nil || len(j.rows) >= group {
			j = &job{dest: dest, hop: hop}
			open[key] = j
			jobs = append(jobs, j)
		}
		j.rows = append(j.rows, row)
	}
	return jobs, time.Time{}
}

func (r *Runner) destination(domain string, local map[string]bool) (string, *Route) {
	if local[domain] {
		return "", nil
	}
	hop, ok := r.o.Routes.Route(domain)
	if !ok || r.send == nil {
		return noRoute, nil
	}
	return hop.String(), &hop
}

// launch starts the jobs for which there is room and returns how many.
func (r *Runner) launch(attempts context.Context, jobs []*job) int {
	started := 0
	for _, j := range jobs {
		if !r.claim(j) {
			continue
		}
		started++
		r.jobs.Go(func() {
			defer signal(r.finished)
			defer r.release(j)
			r.attempt(attempts, j)
		})
	}
	return started
}

// attempt runs one job to its end. A panic in it is a failure like another: the recipients stay in the
// queue and are tried again.
func (r *Runner) attempt(ctx context.Context, j *job) {
	defer func() {
		if v := recover(); v != nil {
			r.o.Log.ErrorContext(ctx, "panic in an attempt", "panic", v, "stack", string(debug.Stack()))
			r.settle(ctx, j.rows, same(len(j.rows), temporary("4.3.0", "the attempt failed inside this server; its log says how")))
		}
	}()
	switch {
	case j.dest == "":
		r.deliver(ctx, j)
	case j.hop == nil:
		r.settle(ctx, j.rows, same(len(j.rows), unconfigured))
	default:
		r.relay(ctx, j)
	}
}

// unconfigured is the outcome of mail for outside without a route.
var unconfigured = permanent("5.4.4", "this server is not configured to send mail outside; "+
	"ask its operator to set routes.default (or a route for this domain)")

// claim takes the slots that j needs, if they are free.
func (r *Runner) claim(j *job) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	limit := r.o.PerHop
	if j.hop == nil {
		limit = r.o.Local
	}
	if r.busy[j.dest] >= limit || j.hop != nil && r.remote >= r.o.Parallel {
		return false
	}
	r.busy[j.dest]++
	if j.hop != nil {
		r.remote++
	}
	for _, row := range j.rows {
		r.inFlight[row.ID] = true
	}
	return true
}

func (r *Runner) release(j *job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[j.dest]--; r.busy[j.dest] == 0 {
		delete(r.busy, j.dest)
	}
	if j.hop != nil {
		r.remote--
	}
	for _, row := range j.rows {
		delete(r.inFlight, row.ID)
	}
}

// flying are the rows that are being attempted.
func (r *Runner) flying() map[store.QueueID]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.inFlight)
}

// wait is how long a row rests after its nth failed attempt, counted from 1.
func (r *Runner) wait(n int) time.Duration {
	return r.o.Retry[min(max(n, 1), len(r.o.Retry))-1]
}

func same(n int, o Outcome) []Outcome {
	all := make([]Outcome, n)
	for i := range all {
		all[i] = o
	}
	return all
}
