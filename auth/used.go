package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

const (
	noteEvery  = 10 * time.Minute // a credential's last use is written at most this often
	flushEvery = 30 * time.Second
	flushGrace = 5 * time.Second // for the last write, when stopping
	maxNotes   = 1 << 14
)

// notes holds last uses until they are written.
type notes struct {
	mu      sync.Mutex
	pending map[store.CredentialID]time.Time
	written map[store.CredentialID]time.Time
}

func newNotes() *notes {
	return &notes{pending: make(map[store.CredentialID]time.Time), written: make(map[store.CredentialID]time.Time)}
}

// used notes a use of c. When too many notes wait, it is not noted: it is a courtesy.
func (n *notes) used(c store.Credential, now time.Time) {
	if now.Sub(c.Used) < noteEvery {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.written[c.ID]) < noteEvery || len(n.pending) >= maxNotes {
		return
	}
	n.pending[c.ID] = now
}

// take returns the pending notes as written, and forgets written ones that no longer matter.
func (n *notes) take(now time.Time) map[store.CredentialID]time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.pending
	n.pending = make(map[store.CredentialID]time.Time)
	for id, at := range n.written {
		if now.Sub(at) >= noteEvery {
			delete(n.written, id)
		}
	}
	for id, at := range taken {
		n.written[id] = at
	}
	return taken
}

// Run writes down when credentials were last used, until ctx ends; then it writes what is left and
// returns nil. Without it logins work and last uses are not kept.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.o.Log.WarnContext(ctx, "note last use of credentials", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushGrace)
			defer cancel()
			if err := s.Flush(last); err != nil {
				s.o.Log.WarnContext(last, "note last use of credentials", "error", err)
			}
			return nil
		}
	}
}

// Flush writes the pending last uses now.
func (s *Service) Flush(ctx context.Context) error {
	taken := s.notes.take(s.o.Now())
	if len(taken) == 0 {
		return nil
	}
	err := s.st.Update(ctx, 0, func(tx store.Tx) error {
		for id, at := range taken {
			if err := tx.UseCredential(id, at); err != nil && !errors.Is(err, store.NotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note last use of credentials: %w", err)
	}
	return nil
}
