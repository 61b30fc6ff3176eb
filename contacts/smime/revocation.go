package smime

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// state is what is known of one certificate's revocation.
type state int

const (
	good state = iota
	revoked
	offline // a list should be there and is not
	unknown // nobody says where a list would be
)

// Bounds of what is fetched and kept.
const (
	maxPoints  = 3 // of one certificate that are asked
	maxLists   = 64
	maxHeld    = 64 << 20 // bytes of all lists, as fetched
	maxFetches = 2        // at a time
	keepList   = time.Hour
	keepError  = time.Minute
)

// Revocations knows which certificates were taken back. It fetches the lists that certificates name and keeps
// them for an hour at most; the zero value is ready. It is safe for concurrent use.
type Revocations struct {
	// Hosts are asked even if their addresses are not public or the port is not 80: "pki.example.test" or
	// "pki.example.test:8080", as in the certificates.
	Hosts []string
	Log   *slog.Logger // told of lists that cannot be had; nil: none

	mu     sync.Mutex
	client *http.Client
	slots  chan struct{}
	lists  map[listKey]*held
	size   int
}

// A listKey names a list and who must have signed it.
type listKey struct {
	url    string
	issuer [sha256.Size]byte // of its key
}

// held is a list in memory, on its way there, or why it is not.
type held struct {
	ready chan struct{} // closed when the fields below are set
	list  *list         // nil: err says why
	err   error
	until time.Time // when to ask again; zero while it is on its way
}

// status finds out whether issuer took cert back.
func (r *Revocations) status(ctx context.Context, cert, issuer *x509.Certificate, now time.Time) state {
	if r == nil {
		return unknown
	}
	found := unknown
	points := 0
	for _, point := range cert.CRLDistributionPoints {
		u, err := url.Parse(point)
		if err != nil || r.refuse(u) != nil {
			continue
		}
		if points++; points > maxPoints {
			break
		}
		l, err := r.list(ctx, point, issuer, now)
		if err != nil {
			found = offline
			continue
		}
		if s := l.status(cert, point); s != unknown {
			return s
		}
	}
	return found
}

// errNotFetched is what those hear who waited for a fetch that did not come to its end.
var errNotFetched = errors.New("list of revoked certificates was not fetched")

// list returns a list from memory or from the network.
func (r *Revocations) list(ctx context.Context, point string, issuer *x509.Certificate, now time.Time) (*list, error) {
	key := listKey{point, sha256.Sum256(issuer.RawSubjectPublicKeyInfo)}
	r.mu.Lock()
	h, ok := r.lists[key]
	if ok && (h.until.IsZero() || now.Before(h.until)) {
		r.mu.Unlock()
		select {
		case <-h.ready:
			return h.list, h.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		r.mu.Unlock()
		return nil, err
	}
	h = &held{ready: make(chan struct{}), err: errNotFetched}
	r.prepare()
	r.drop(key)
	r.lists[key] = h
	r.mu.Unlock()
	defer close(h.ready)

	// Others may wait for it, so that it must not end with the one who came first; its time is bounded.
	l, err := r.download(context.WithoutCancel(ctx), point, issuer, now)
	if err != nil && r.Log != nil {
		r.Log.LogAttrs(ctx, slog.LevelInfo, "no list of revoked certificates",
			slog.String("url", point), slog.String("issuer", issuer.Subject.String()), slog.Any("error", err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h.list, h.err = l, err
	h.until = now.Add(keepError)
	if err == nil {
		h.until = now.Add(keepList)
		if l.next.Before(h.until) {
			h.until = l.next
		}
		r.size += l.size
	}
	r.evict(key)
	return l, err
}

// prepare makes what the zero value has not. The caller has the lock.
func (r *Revocations) prepare() {
	if r.lists == nil {
		r.lists = map[listKey]*held{}
		r.slots = make(chan struct{}, maxFetches)
		r.client = r.newClient()
	}
}

// evict forgets lists until those that are left keep the bounds, the soonest to be outdated first, and never the
// one that was just fetched nor those on their way. The caller has the lock.
func (r *Revocations) evict(but listKey) {
	for len(r.lists) > maxLists || r.size > maxHeld {
		var oldest listKey
		for key, h := range r.lists {
			if key != but && !h.until.IsZero() && (oldest == listKey{} || h.until.Before(r.lists[oldest].until)) {
				oldest = key
			}
		}
		if (oldest == listKey{}) {
			return
		}
		r.drop(oldest)
	}
}

// drop forgets one list. The caller has the lock.
func (r *Revocations) drop(key listKey) {
	if h := r.lists[key]; h != nil && h.list != nil {
		r.size -= h.list.size
	}
	delete(r.lists, key)
}
