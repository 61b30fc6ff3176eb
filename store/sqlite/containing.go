package sqlite

import (
	"iter"

	"github.com/gannetmail/gannet/store"
)

// Containing implements [store.Reader].
func (r *reader) Containing(c store.CollectionID, f store.Field, text string) iter.Seq2[store.Hit, error] {
	return func(yield func(store.Hit, error) bool) {
		if f > store.HeaderField {
			yield(store.Hit{}, invalid("search field %d", f))
			return
		}
		for rec, err := range r.ByUID(c, 1, store.MaxUID, store.WantEntry) {
			if !yield(store.Hit{UID: rec.UID}, err) {
				return
			}
		}
	}
}
