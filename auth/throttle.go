package auth

import (
	"math"
	"sync"
	"time"
)

// Slope says how guesses are slowed: the first Free ones are not, the next waits First, each further one
// twice as long up to Most. One guess is forgotten every Forget.
type Slope struct {
	Free   int
	First  time.Duration
	Most   time.Duration
	Forget time.Duration
}

// over is how many of count guesses are not free; a guess half forgotten is one.
func (s Slope) over(count float64) int { return int(math.Ceil(count)) - s.Free }

// Limits of the throttle.
type Limits struct {
	Known   Slope // a known device or address, at one account
	Pair    Slope // an unknown address, at one account
	Source  Slope // an unknown address, at all accounts
	Account Slope // all unknown addresses together, at one account
	Repeat  Slope // the same wrong password from the same origin
	Entries int   // remembered at most, of each kind
}

// DefaultLimits let a person mistype and a phone insist, and leave a stranger about ten guesses an hour.
var DefaultLimits = Limits{
	Known:   Slope{Free: 10, First: time.Second, Most: 5 * time.Minute, Forget: 5 * time.Minute},
	Pair:    Slope{Free: 6, First: 2 * time.Second, Most: time.Hour, Forget: 10 * time.Minute},
	Source:  Slope{Free: 64, First: 2 * time.Second, Most: time.Hour, Forget: 5 * time.Minute},
	Account: Slope{Free: 40, First: time.Second, Most: time.Minute, Forget: time.Minute},
	Repeat:  Slope{Free: 10, First: time.Second, Most: 10 * time.Minute, Forget: 10 * time.Minute},
	Entries: 1 << 15,
}

// guess is one password tried at one account from one origin.
type guess struct {
	origin  origin
	print   fingerprint // of account, origin, protocol and password
	version uint64      // of the credentials that it was tried against
}

// tally counts the guesses of one subject.
type tally struct {
	count float64
	at    time.Time // when count was last right
	until time.Time // no further guess before
}

// settle forgets what is old.
func (t *tally) settle(s Slope, now time.Time) {
	if d := now.Sub(t.at); d > 0 {
		t.count = max(0, t.count-float64(d)/float64(s.Forget))
		t.at = now
	}
}

// add counts one guess.
func (t *tally) add(s Slope, now time.Time) {
	t.settle(s, now)
	t.count++
	over := s.over(t.count)
	if over <= 0 {
		return
	}
	wait := s.Most
	if over <= 32 {
		wait = min(s.First<<(over-1), s.Most)
	}
	t.until = now.Add(wait)
}

// take undoes n guesses.
func (t *tally) take(s Slope, n float64) {
	t.count = max(0, t.count-n)
	if s.over(t.count) <= 0 {
		t.until = time.Time{}
	}
}

// tried is the memory of one guess. Its charge is shared by all who make it at the same time.
type tried struct {
	version uint64
	wrong   bool // found wrong; else still being checked
	holders int  // who are checking it
	again   tally
}

// throttle slows guessing. See the package comment.
type throttle struct {
	limits Limits
	seal   seal

	mu       sync.Mutex
	tried    *lru[tried]
	known    *lru[tally]
	pairs    *lru[tally]
	sources  *lru[tally]
	accounts *lru[tally]
}

func newThrottle(l Limits, s seal) *throttle {
	return &throttle{
		limits: l, seal: s,
		tried: newLRU[tried](l.Entries), known: newLRU[tally](l.Entries), pairs: newLRU[tally](l.Entries),
		sources: newLRU[tally](l.Entries), accounts: newLRU[tally](l.Entries),
	}
}

// charge names a tally and its slope.
type charge struct {
	table *lru[tally]
	print fingerprint
	slope Slope
}

// wait is how long no guess is admitted. It makes no tally: refused guesses must not push out those that count.
func (c charge) wait(now time.Time) time.Duration {
	if p := c.table.get(c.print); p != nil {
		return p.until.Sub(now)
	}
	return 0
}

func (c charge) add(now time.Time) {
	p := c.table.get(c.print)
	if p == nil {
		p = c.table.put(c.print, tally{at: now})
	}
	p.add(c.slope, now)
}

// take undoes n guesses; what was forgotten needs none.
func (c charge) take(n float64) {
	if p := c.table.get(c.print); p != nil {
		p.take(c.slope, n)
	}
}

// count is how many guesses are remembered.
func (c charge) count() float64 {
	if p := c.table.get(c.print); p != nil {
		return p.count
	}
	return 0
}

// charged returns what a guess from o is charged to, the pair or the known origin first.
func (t *throttle) charged(o origin) []charge {
	if o.kind != stranger {
		return []charge{{t.known, t.seal.print("known", o.account, o.name()), t.limits.Known}}
	}
	return []charge{
		{t.pairs, t.seal.print("pair", o.account, o.source), t.limits.Pair},
		{t.sources, t.seal.print("source", o.source), t.limits.Source},
		{t.accounts, t.seal.print("account", o.account), t.limits.Account},
	}
}

// begin admits a guess and charges it, or returns ErrCredentials for one already found wrong, or a
// *Throttled. An admitted guess ends with undo, fail or succeed.
func (t *throttle) begin(g guess, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.tried.get(g.print)
	if m != nil && m.version == g.version {
		if m.wrong {
			return t.repeat(m, now)
		}
		m.holders++
		return nil
	}
	charged := t.charged(g.origin)
	var wait time.Duration
	for _, c := range charged {
		wait = max(wait, c.wait(now))
	}
	if wait > 0 {
		return &Throttled{RetryAfter: wait}
	}
	for _, c := range charged {
		c.add(now)
	}
	t.tried.put(g.print, tried{version: g.version, holders: 1})
	return nil
}

// repeat answers a guess that was wrong before.
func (t *throttle) repeat(m *tried, now time.Time) error {
	if wait := m.again.until.Sub(now); wait > 0 {
		return &Throttled{RetryAfter: wait, Refused: true}
	}
	m.again.add(t.limits.Repeat, now)
	return ErrCredentials
}

// undo gives back the charge of a guess that nobody came to check.
func (t *throttle) undo(g guess) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.tried.get(g.print)
	if m == nil || m.version != g.version || m.wrong {
		return
	}
	if m.holders--; m.holders > 0 {
		return
	}
	t.tried.drop(g.print)
	for _, c := range t.charged(g.origin) {
		c.take(1)
	}
}

// fail remembers a wrong guess; its charge stays.
func (t *throttle) fail(g guess) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.tried.get(g.print)
	if m == nil || m.version != g.version {
		m = t.tried.put(g.print, tried{version: g.version})
	}
	m.wrong = true
}

// succeed gives back the charge, and with it all that a stranger's mistypings at this account had cost.
// A known origin's earlier guesses only fade: it may be shared with somebody who is guessing.
func (t *throttle) succeed(g guess) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.tried.get(g.print)
	if m == nil || m.version != g.version || m.wrong {
		return
	}
	t.tried.drop(g.print)
	charged := t.charged(g.origin)
	n := 1.0
	if g.origin.kind == stranger {
		n = charged[0].count()
	}
	for _, c := range charged {
		c.take(n)
	}
}
