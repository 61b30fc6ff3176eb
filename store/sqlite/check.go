package sqlite

import "context"

// Check implements [store.Store].
func (s *Store) Check(ctx context.Context, deep bool, report func(problem string)) error {
	return nil
}
