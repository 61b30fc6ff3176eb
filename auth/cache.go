package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

const rightCacheSize = 1 << 14

// rightCache remembers passwords that were found right. An entry counts only while the store still has
// the credential with the same hash, so it needs no invalidation.
type rightCache struct {
	life time.Duration
	mu   sync.Mutex
	m    *lru[right]
}

type right struct {
	cred    store.CredentialID
	hash    string
	expires time.Time
}

func newRightCache(life time.Duration) *rightCache {
	return &rightCache{life: life, m: newLRU[right](rightCacheSize)}
}

// get returns the credential of t that the password behind print proved, nil when that is not known.
func (c *rightCache) get(print fingerprint, t target, now time.Time) *store.Credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.m.get(print)
	if r == nil {
		return nil
	}
	for i := range t.creds {
		if t.creds[i].ID == r.cred && t.creds[i].Hash == r.hash && now.Before(r.expires) {
			return &t.creds[i]
		}
	}
	c.m.drop(print)
	return nil
}

func (c *rightCache) put(print fingerprint, cred store.Credential, now time.Time) {
	if c.life <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m.put(print, right{cred: cred.ID, hash: cred.Hash, expires: now.Add(c.life)})
}

// flights lets callers that check the same password at the same time share one hash.
type flights struct {
	mu sync.Mutex
	m  map[fingerprint]*flight
}

type flight struct {
	done chan struct{}
	cred *store.Credential
	err  error
}

// do runs fn, or waits for the run of fn that another caller with the same print has begun. When that
// caller gave up, the next one begins anew.
func (f *flights) do(ctx context.Context, print fingerprint, fn func() (*store.Credential, error)) (*store.Credential, error) {
	for {
		fl, first := f.join(print)
		if first {
			fl.cred, fl.err = fn()
			f.leave(print, fl)
			return fl.cred, fl.err
		}
		select {
		case <-fl.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if errors.Is(fl.err, context.Canceled) || errors.Is(fl.err, context.DeadlineExceeded) {
			continue
		}
		return fl.cred, fl.err
	}
}

func (f *flights) join(print fingerprint) (fl *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl := f.m[print]; fl != nil {
		return fl, false
	}
	if f.m == nil {
		f.m = make(map[fingerprint]*flight)
	}
	fl = &flight{done: make(chan struct{})}
	f.m[print] = fl
	return fl, true
}

func (f *flights) leave(print fingerprint, fl *flight) {
	f.mu.Lock()
	delete(f.m, print)
	f.mu.Unlock()
	close(fl.done)
}
