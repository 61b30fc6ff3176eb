package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A batch shares one commit. It ends when nothing waits, or at one of these bounds.
const (
	maxBatchWork  = 256
	maxBatchBytes = 4 << 20
	maxBatchTime  = 20 * time.Millisecond
)

// writer owns the one connection that writes. Its goroutine takes requests, runs each in a savepoint,
// commits once and then answers. While one commit waits for the disk the next batch gathers.
type writer struct {
	s      *Store
	c      *conn
	queue  chan *request
	poke   chan struct{} // a chore may be due
	quit   chan struct{} // closed by stop
	exited chan struct{} // closed when the goroutine has ended
	once   sync.Once
	chores chores

	// The batch at work. It survives the goroutine: see run.
	batch []*request
	began time.Time
	count int
	bytes int
	// lost is why the whole transaction is gone, when SQLite rolled it back under us.
	lost  error
	ended bool
}

// request is what one caller waits for.
type request struct {
	work  []store.Work
	inner func(*conn) error // instead of work: the engine's own, on the bare connection
	size  int               // bytes that inner writes
	next  int               // the piece to run next
	errs  []error           // one for each piece
	after []effects         // of the pieces that went well
	state atomic.Int32
	done  chan struct{}
}

// The states of a request: a caller whose context ends may only leave before the writer took it.
const (
	waiting int32 = iota
	taken
	abandoned
)

// effects are what a piece of work does to memory once it is committed.
type effects struct {
	account store.AccountID
	modSeq  store.ModSeq // of account; 0: unchanged
	server  store.ModSeq // of account 0; 0: unchanged
	shared  bool         // something that is granted to everyone changed
	gone    []store.AccountID
	chores  choreSet
	texts   int // put into fts_pending, see textWeight
	bytes   int
}

func newWriter(s *Store, c *conn, o Options) *writer {
	w := &writer{
		s: s, c: c,
		queue:  make(chan *request, o.QueueLimit),
		poke:   make(chan struct{}, 1),
		quit:   make(chan struct{}),
		exited: make(chan struct{}),
	}
	w.chores.init(s, c, o)
	return w
}

func (w *writer) start() { go w.run() }

// stop ends the goroutine after everything queued is answered.
func (w *writer) stop() error {
	w.once.Do(func() { close(w.quit) })
	<-w.exited
	return nil
}

// run works until stop. A closure that calls runtime.Goexit (a test's FailNow) takes the goroutine
// with it; a new one then goes on with the same batch, so that nobody else waits for ever.
func (w *writer) run() {
	defer func() {
		if !w.ended {
			go w.run()
		}
	}()
	for w.turn() {
	}
	w.ended = true
	close(w.exited)
}

// turn runs one batch or one chore; false when the writer is to end.
func (w *writer) turn() bool {
	if len(w.batch) == 0 {
		r, ok := w.await()
		if r == nil {
			return ok
		}
		w.begin(r)
	}
	for w.runLast(); w.lost == nil && !w.full(); w.runLast() {
		r := w.take()
		if r == nil {
			break
		}
		w.batch = append(w.batch, r)
	}
	w.finish()
	return true
}

// await returns the next request. Without one it does a chore, or waits; then it returns nil and
// whether to go on.
func (w *writer) await() (r *request, ok bool) {
	w.chores.overdue()
	if r := w.take(); r != nil {
		return r, true
	}
	rest := w.chores.rest()
	if rest == 0 {
		w.chores.step()
		return nil, !w.quitting()
	}
	var timer <-chan time.Time
	if rest > 0 {
		t := time.NewTimer(rest)
		defer t.Stop()
		timer = t.C
	}
	select {
	case r := <-w.queue:
		if r.state.CompareAndSwap(waiting, taken) {
			return r, true
		}
	case <-w.poke:
	case <-timer:
	case <-w.quit:
		r := w.take()
		return r, r != nil
	}
	return nil, true
}

func (w *writer) quitting() bool {
	select {
	case <-w.quit:
		return len(w.queue) == 0
	default:
		return false
	}
}

// take returns a request that waits already, skipping those whose callers have left.
func (w *writer) take() *request {
	for {
		select {
		case r := <-w.queue:
			if r.state.CompareAndSwap(waiting, taken) {
				return r
			}
		default:
			return nil
		}
	}
}

func (w *writer) full() bool {
	return w.count >= maxBatchWork || w.bytes >= maxBatchBytes || time.Since(w.began) >= maxBatchTime
}

func (w *writer) begin(r *request) {
	w.batch = append(w.batch, r)
	w.began, w.count, w.bytes = time.Now(), 0, 0
	w.lost = w.c.exec("BEGIN IMMEDIATE")
}

// runLast runs what is left of the newest request of the batch.
func (w *writer) runLast() {
	r := w.batch[len(w.batch)-1]
	for w.lost == nil && r.next < len(r.errs) {
		w.runPiece(r)
	}
}

// runPiece runs the next piece of r in a savepoint and notes its result.
func (w *writer) runPiece(r *request) {
	i := r.next
	r.next++
	w.count++
	r.errs[i] = errExit // unless somebody says otherwise
	w.c.failed = nil
	if err := w.c.exec("SAVEPOINT piece"); err != nil {
		w.lost, r.errs[i] = err, err
		return
	}
	var fx []effects
	defer func() {
		if p := recover(); p != nil {
			r.errs[i] = w.caught(p)
		}
		if r.errs[i] == nil {
			r.errs[i] = w.c.failed // the closure went on after it
		}
		w.endPiece(&r.errs[i])
		if r.errs[i] == nil {
			r.after = append(r.after, fx...)
			for _, f := range fx {
				w.bytes += f.bytes
			}
		}
	}()
	if r.inner != nil {
		fx = []effects{{bytes: r.size}}
		r.errs[i] = r.inner(w.c)
		return
	}
	t := newTx(w.s, w.c, r.work[i].Account)
	defer t.end()
	r.errs[i] = t.do(r.work[i].Do)
	fx = t.effects()
}

var errExit = fmt.Errorf("the transaction's function did not return: %w", store.Internal)

func (w *writer) caught(p any) error {
	w.s.log.LogAttrs(context.Background(), slog.LevelError, "panic in a transaction",
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	return fmt.Errorf("panic in a transaction: %v: %w", p, store.Internal)
}

// endPiece keeps or undoes what the piece wrote. SQLite may have rolled the whole transaction back (a
// full disk, an I/O error): then the batch is lost.
func (w *writer) endPiece(err *error) {
	if w.c.db.AutoCommit() {
		w.lost = *err
		if w.lost == nil || !isEngine(w.lost) {
			w.lost = fmt.Errorf("the transaction was rolled back: %w", store.Internal)
		}
		return
	}
	if *err != nil {
		if e := w.c.exec("ROLLBACK TO piece"); e != nil {
			w.lost = e
		}
	}
	if e := w.c.exec("RELEASE piece"); e != nil {
		w.lost, *err = e, e
	}
}

// finish commits the batch and answers its callers.
func (w *writer) finish() {
	err := w.lost
	if err == nil {
		err = w.c.exec("COMMIT")
	}
	if err != nil {
		err = w.undo(err)
	}
	batch := w.batch
	w.batch = nil
	if err == nil {
		w.publish(batch)
	}
	for _, r := range batch {
		r.answer(err)
	}
}

// undo ends a transaction that could not be committed.
func (w *writer) undo(err error) error {
	if !w.c.db.AutoCommit() {
		if e := w.c.exec("ROLLBACK"); e != nil {
			w.s.log.LogAttrs(context.Background(), slog.LevelError, "rollback", slog.Any("err", e))
		}
	}
	level := slog.LevelError
	if errors.Is(err, store.Full) {
		level = slog.LevelWarn
	}
	w.s.log.LogAttrs(context.Background(), level, "commit", slog.Any("err", err))
	return fmt.Errorf("commit: %w", wrap(err))
}

// publish does what the batch's commit means for memory.
func (w *writer) publish(batch []*request) {
	for _, r := range batch {
		for _, fx := range r.after {
			w.s.feed.publish(fx.account, fx.modSeq)
			w.s.feed.publish(0, fx.server)
			if fx.shared {
				w.s.feed.bump(store.Everyone)
			}
			for _, acct := range fx.gone {
				w.s.feed.remove(acct)
			}
			w.chores.add(fx.chores)
			w.chores.pending += fx.texts
		}
	}
	w.chores.committed()
	w.s.copier.committed(w.c.writes, w.bytes)
	w.c.writes = 0
}

// answer lets the caller go. A failed commit is the error of every piece that had none.
func (r *request) answer(err error) {
	for i := range r.errs {
		if r.errs[i] == nil || i >= r.next {
			r.errs[i] = err
		}
	}
	close(r.done)
}

// submit queues r and waits for its answer.
func (w *writer) submit(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.quit:
		return errClosed
	default:
	}
	select {
	case w.queue <- r:
	default:
		select {
		case w.queue <- r:
		case <-w.quit:
			return errClosed
		case <-ctx.Done():
			return fmt.Errorf("the write queue is full: %w", store.Busy)
		}
	}
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
	case <-w.exited:
		if r.state.CompareAndSwap(waiting, abandoned) {
			return errClosed
		}
	}
	<-r.done
	return nil
}

func newRequest(pieces int) *request {
	return &request{errs: make([]error, pieces), done: make(chan struct{})}
}

// inner runs fn on the writer's connection as a piece of a batch and returns when it is durable.
func (w *writer) inner(ctx context.Context, size int, fn func(*conn) error) error {
	r := newRequest(1)
	r.inner, r.size = fn, size
	if err := w.submit(ctx, r); err != nil {
		return err
	}
	return r.errs[0]
}

// nudge wakes the writer for a chore.
func (w *writer) nudge() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	return s.UpdateAll(ctx, []store.Work{{Account: acct, Do: fn}})[0]
}

// UpdateAll implements [store.Store].
func (s *Store) UpdateAll(ctx context.Context, work []store.Work) []error {
	r := newRequest(len(work))
	if len(work) == 0 {
		return r.errs
	}
	r.work = work
	if err := s.writer.submit(ctx, r); err != nil {
		errs := make([]error, len(work)) // r is the writer's still
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return r.errs
}
