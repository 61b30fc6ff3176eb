package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
)

// TestCrash kills the server again and again while mail is delivered and phones sync, mark, move, delete and
// send. What was acknowledged must be there exactly once in the end, the store must be clean, and the phones
// must go on with the keys they have. GANNET_ROUNDS says how often, GANNET_SEED repeats a run.
func TestCrash(t *testing.T) {
	rounds := number(t, "GANNET_ROUNDS", crashRounds)
	seed := uint64(number(t, "GANNET_SEED", int(time.Now().UnixNano()%1_000_000)))
	t.Logf("GANNET_ROUNDS=%d GANNET_SEED=%d", rounds, seed)
	run := &crashRun{
		audit:  audit{t: t, site: newSite(t, t.TempDir(), alice, bob), ledger: newLedger()},
		random: rand.New(rand.NewPCG(seed, 0)), seed: seed,
	}
	run.addPhones()
	for i := range rounds {
		run.round(i)
		if (i+1)%20 == 0 || i+1 == rounds {
			run.check()
		}
		if t.Failed() {
			t.Fatalf("stopped after round %d", i+1)
		}
	}
	run.conclude(rounds)
}

// crashRun is one run of the test.
type crashRun struct {
	audit
	random *rand.Rand
	seed   uint64
	killed atomic.Bool // in this round
	fuse   *fuse       // of this round
	starts int         // servers killed while they started
	checks int
}

// fuse burns with every answer of the server, and down when there were enough of them.
type fuse struct {
	left atomic.Int64
	down chan struct{}
}

func newFuse(answers int) *fuse {
	f := &fuse{down: make(chan struct{})}
	f.left.Store(int64(answers))
	return f
}

func (f *fuse) burn() {
	if f.left.Add(-1) == 0 {
		close(f.down)
	}
}

// start runs a server and leads the phones to it.
func (r *crashRun) start() *Server {
	r.t.Helper()
	s, err := r.site.Serve(context.WithoutCancel(r.t.Context()))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, p := range r.phones {
		p.URL = s.ActiveSync()
		p.HTTP.CloseIdleConnections()
	}
	return s
}

func (r *crashRun) addPhones() {
	s := r.start()
	for i, d := range []device{
		{Account: alice, ID: "alice1", Version: "14.1", Base64: true},
		{Account: alice, ID: "alice2", Version: "14.0"},
		{Account: bob, ID: "bob1", Version: "14.1", HTTP2: true},
	} {
		p := &busyPhone{Client: newPhone(r.t, s, d), ledger: r.ledger, peer: bob,
			random: rand.New(rand.NewPCG(r.seed, uint64(i+1)))}
		p.Trace = p.remember
		if d.Account == bob {
			p.peer = alice
		}
		if err := p.Setup(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		for _, f := range p.Folders {
			if _, err := p.SyncFully(r.t.Context(), asclient.SyncFolder{Folder: f, Options: p.options()}); err != nil {
				r.t.Fatal(err)
			}
		}
		r.phones = append(r.phones, p)
	}
	if err := s.Stop(); err != nil {
		r.t.Fatal(err)
	}
}

// round runs a server under load and kills it at some moment after some number of answers, which is not
// hurried by a fast machine nor starved by a slow one. Some servers do not live to be ready.
func (r *crashRun) round(i int) {
	if r.random.IntN(10) == 0 {
		r.killAtStart()
	}
	s := r.start()
	r.killed.Store(false)
	r.fuse = newFuse(1 + r.random.IntN(200))
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	var work sync.WaitGroup
	for k := range 4 {
		random := rand.New(rand.NewPCG(r.seed, uint64(100+10*i+k)))
		work.Go(func() { r.deliver(ctx, s, fmt.Sprintf("r%d-s%d", i, k), random) })
	}
	for _, p := range r.phones {
		work.Go(func() { r.play(ctx, p) })
	}
	select {
	case <-r.fuse.down:
	case <-time.After(patience):
		r.t.Errorf("round %d: the server did not answer often enough", i)
	}
	time.Sleep(time.Duration(r.random.IntN(5000)) * time.Microsecond) // any moment of the work that goes on
	r.killed.Store(true)
	if err := s.Kill(); err != nil {
		r.t.Errorf("round %d: %v", i, err)
	}
	cancel() // wakes who waits for a server that is no more
	work.Wait()
	for _, line := range s.Log.Lines("level=ERROR") {
		r.t.Errorf("round %d: the server logged: %s", i, line)
	}
}

// killAtStart kills a server at some moment between its first instruction and the first request.
func (r *crashRun) killAtStart() {
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Duration(1+r.random.IntN(80))*time.Millisecond)
	defer cancel()
	if s, err := r.site.Serve(ctx); err == nil {
		<-ctx.Done() // kills it
		s.Kill()
	}
	r.starts++
}

// deliver sends letters over one connection until the server dies.
func (r *crashRun) deliver(ctx context.Context, s *Server, name string, random *rand.Rand) {
	c, err := Dial(ctx, s.Addr["smtp"])
	if err != nil {
		r.unexpected(err)
		return
	}
	defer c.Close()
	for n := 0; ctx.Err() == nil; n++ {
		to := [][]string{{alice}, {bob}, {alice, bob}}[random.IntN(3)]
		letter := Letter{ID: fmt.Sprintf("%s-%d", name, n), To: to[0], Size: 400 + random.IntN(8000)}
		if random.IntN(40) == 0 {
			letter.Size = 1 << 20
		}
		err := c.Deliver(outside, to, letter.Bytes())
		switch {
		case err == nil:
			r.ledger.put(letter.MessageID(), acked, to...)
			r.fuse.burn()
		case Later(err):
			r.ledger.put(letter.MessageID(), refused, to...)
		default:
			r.ledger.put(letter.MessageID(), uncertain, to...)
			r.unexpected(err)
			return
		}
	}
}

// play lets a phone act until the server dies.
func (r *crashRun) play(ctx context.Context, p *busyPhone) {
	for ctx.Err() == nil {
		err := p.act(ctx)
		switch {
		case err == nil:
			r.fuse.burn()
		case later(err):
		case answered(err):
			r.t.Errorf("%s: %v", p.DeviceID, err)
			return
		default:
			r.unexpected(err)
			return
		}
	}
}

// unexpected reports an error that is not the death of the server.
func (r *crashRun) unexpected(err error) {
	if !r.killed.Load() && r.t.Context().Err() == nil {
		r.t.Errorf("before the server was killed: %v", err)
	}
}

// check verifies the store that the last server left behind.
func (r *crashRun) check() {
	if err := r.site.Check(r.t.Context()); err != nil {
		r.t.Error(err)
	}
	r.checks++
}

// conclude lets everything come to rest and compares the accounts with the ledger.
func (r *crashRun) conclude(rounds int) {
	s := r.start()
	defer func() {
		if err := s.Stop(); err != nil {
			r.t.Error(err)
		}
		r.check()
	}()
	var acts tallyOfActions
	for _, p := range r.phones {
		if err := p.settle(r.t.Context()); err != nil {
			r.t.Errorf("%s: %v", p.DeviceID, err)
		}
		acts.syncs, acts.marks, acts.deletes = acts.syncs+p.done.syncs, acts.marks+p.done.marks, acts.deletes+p.done.deletes
		acts.expunges, acts.moves, acts.sends = acts.expunges+p.done.expunges, acts.moves+p.done.moves, acts.sends+p.done.sends
	}
	r.drain(s)
	found := 0
	for _, account := range []string{alice, bob} {
		found += r.compare(s, account)
	}
	r.t.Logf("killed %d times under load and %d times while starting: %d copies acknowledged, %d of them deleted for good, %d uncertain; %d found; phones: %+v; %d deep checks",
		rounds, r.starts, r.ledger.count(acked)+r.ledger.count(expunged), r.ledger.count(expunged), r.ledger.count(uncertain), found, acts, r.checks+1)
}
