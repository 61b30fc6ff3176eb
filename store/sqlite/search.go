package sqlite

import (
	"iter"

	"github.com/gannetmail/gannet/store"
)

// Search implements [store.Reader].
func (r *reader) Search(q store.Query, want store.Want) iter.Seq2[store.Record, error] {
	return failed(store.Internal)
}
