package activesync

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/store"
)

// A searchResult is what a search found.
type searchResult struct {
	hits   []find.Hit   // newest first, at most maxResults
	total  int          // all that was found
	modSeq store.ModSeq // of the account when it was looked for
	at     time.Time    // when it was looked for or last asked for, on the machine's clock
}

// slice returns the hits in a range, which begins inside of them.
func (s *searchResult) slice(r resultRange) []find.Hit {
	return s.hits[min(r.first, len(s.hits)):min(r.last+1, len(s.hits))]
}

// A searchKey names a search of a device.
type searchKey struct {
	account store.AccountID
	device  string
	sum     [32]byte // of what is looked for
}

// searchMemory keeps what searches found, so that a client that pages through the results gets each of them once,
// whatever arrives meanwhile. It may be lost: what is missing is looked for anew. Its zero value is ready.
type searchMemory struct {
	mu   sync.Mutex
	list []rememberedSearch // the one asked for last at the end
}

type rememberedSearch struct {
	key searchKey
	*searchResult
}

const (
	// maxSearches is how many searches are remembered, at some 40 KB each at most.
	maxSearches = 64
	// searchMemoryTime is for how long.
	searchMemoryTime = 10 * time.Minute
)

// get returns what a search found that was asked for not long ago; nil if there is none.
func (m *searchMemory) get(key searchKey, now time.Time) *searchResult {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.list, func(r rememberedSearch) bool { return r.key == key })
	if i < 0 || now.Sub(m.list[i].at) > searchMemoryTime {
		return nil
	}
	found := *m.list[i].searchResult
	found.at = now
	m.list = append(slices.Delete(m.list, i, i+1), rememberedSearch{key, &found})
	return &found
}

// put remembers what a search found.
func (m *searchMemory) put(key searchKey, found *searchResult) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = slices.DeleteFunc(m.list, func(r rememberedSearch) bool {
		return r.key == key || found.at.Sub(r.at) > searchMemoryTime
	})
	if len(m.list) >= maxSearches {
		m.list = slices.Delete(m.list, 0, len(m.list)-maxSearches+1)
	}
	m.list = append(m.list, rememberedSearch{key, found})
}

// maxSearchesAtOnce is how many searches of one account run at the same time: one may read a whole mailbox, and a
// client may ask for the next one before it has the last.
const maxSearchesAtOnce = 2

// searchTurns let the searches of an account take turns. The zero value is ready.
type searchTurns struct {
	mu sync.Mutex
	of map[store.AccountID]*searchTurn // of accounts that search or wait
}

type searchTurn struct {
	slots chan struct{}
	users int
}

// take waits for a turn, which ends with the function returned. The error is that of ctx.
func (s *searchTurns) take(ctx context.Context, acct store.AccountID) (end func(), err error) {
	s.mu.Lock()
	t := s.of[acct]
	if t == nil {
		t = &searchTurn{slots: make(chan struct{}, maxSearchesAtOnce)}
		if s.of == nil {
			s.of = make(map[store.AccountID]*searchTurn)
		}
		s.of[acct] = t
	}
	t.users++
	s.mu.Unlock()
	leave := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(s.of, acct)
		}
	}
	select {
	case t.slots <- struct{}{}:
		return func() { <-t.slots; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
