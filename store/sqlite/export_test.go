package sqlite

import "testing"

// Settle waits until the store has indexed and deleted all that it means to.
func (s *Store) Settle(t testing.TB) { idle(t, s) }
