package pop3

import (
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

// logins has the accounts with a session, and when others had their last login.
type logins struct {
	delay time.Duration // between two logins of an account; 0: none
	now   func() time.Time

	mu    sync.Mutex
	held  map[store.AccountID]bool
	last  map[store.AccountID]time.Time
	sweep int // at so many entries of last the old ones are dropped
}

// admission is what becomes of a login.
type admission uint8

const (
	admitted admission = iota
	inUse              // the account has a session
	tooSoon            // RFC 2449, section 8.1.1
)

// leastSweep is when logins first looks for what it may forget.
const leastSweep = 1000

// take begins the account's only session. A login that is refused is none: the delay goes on from the
// last one that was let in.
func (l *logins) take(acct store.AccountID) admission {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[acct] {
		return inUse
	}
	if l.delay > 0 {
		now := l.now()
		if last, ok := l.last[acct]; ok && now.Sub(last) < l.delay {
			return tooSoon
		}
		l.remember(acct, now)
	}
	if l.held == nil {
		l.held = make(map[store.AccountID]bool)
	}
	l.held[acct] = true
	return admitted
}

// remember keeps the time of a login, and forgets those that hold nobody up any more whenever as many
// came as were left the last time. l.mu is held.
func (l *logins) remember(acct store.AccountID, now time.Time) {
	if l.last == nil {
		l.last = make(map[store.AccountID]time.Time)
	}
	if len(l.last) >= max(l.sweep, leastSweep) {
		for a, at := range l.last {
			if now.Sub(at) >= l.delay {
				delete(l.last, a)
			}
		}
		l.sweep = 2 * len(l.last)
	}
	l.last[acct] = now
}

// give ends the account's session.
func (l *logins) give(acct store.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, acct)
}

// undo ends a session that could not begin: the client may try again at once.
func (l *logins) undo(acct store.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, acct)
	delete(l.last, acct)
}
