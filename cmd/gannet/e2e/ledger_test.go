package e2e

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// fate is what is known of one message for one account.
type fate int

const (
	refused   fate = iota // the server said no: it must not be there
	uncertain             // the server died before it answered: there at most once
	acked                 // the server took it: there exactly once
	expunged              // taken, and deleted for good by a phone that was told so
)

// ledger holds what must be in every account, by Message-ID.
type ledger struct {
	mu    sync.Mutex
	fates map[string]map[string]fate // by account, then by Message-ID
}

func newLedger() *ledger { return &ledger{fates: map[string]map[string]fate{}} }

// put notes what is known of a message.
func (l *ledger) put(id string, f fate, accounts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, account := range accounts {
		if l.fates[account] == nil {
			l.fates[account] = map[string]fate{}
		}
		l.fates[account][id] = f
	}
}

// count tells how many messages have the fate.
func (l *ledger) count(f fate) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, fates := range l.fates {
		for _, have := range fates {
			if have == f {
				n++
			}
		}
	}
	return n
}

// compare tells what is wrong with what was found in an account: how often each Message-ID is there.
func (l *ledger) compare(account string, found map[string]int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wrong []string
	for _, id := range slices.Sorted(maps.Keys(l.fates[account])) {
		n := found[id]
		switch f := l.fates[account][id]; {
		case f == acked && n != 1:
			wrong = append(wrong, fmt.Sprintf("%s: acknowledged message %s is there %d times", account, id, n))
		case f == uncertain && n > 1:
			wrong = append(wrong, fmt.Sprintf("%s: message %s is there %d times", account, id, n))
		case f == refused && n != 0:
			wrong = append(wrong, fmt.Sprintf("%s: refused message %s is there %d times", account, id, n))
		case f == expunged && n != 0:
			wrong = append(wrong, fmt.Sprintf("%s: message %s was deleted for good and is there %d times", account, id, n))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if _, known := l.fates[account][id]; !known {
			wrong = append(wrong, fmt.Sprintf("%s: message %s is there, which nobody sent", account, id))
		}
	}
	return wrong
}
