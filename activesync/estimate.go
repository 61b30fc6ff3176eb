package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// Statuses of GetItemEstimate. MS-ASCMD, Status (GetItemEstimate).
const (
	estimateOK           = 1
	estimateNoCollection = 2
	estimateNotPrimed    = 3
	estimateBadKey       = 4
)

// Bounds of what is counted: clients show how far they have come, and nobody looks at that for long.
const (
	maxEstimate = 10_000 // for one collection
	maxCounted  = 50_000 // for all of a request together; whatever is left, one counts for each
)

// getItemEstimate answers GetItemEstimate: how much the next Sync would tell if its window were unlimited.
// No key moves.
func (h *Handler) getItemEstimate(ctx context.Context, q *request, w *answer) error {
	asked, err := wire.ReadEstimate(q.body)
	if err != nil {
		return err
	}
	out := make([]wire.Estimate, 0, len(asked))
	err = h.Store.View(ctx, q.account.ID, func(r store.Reader) error {
		reach, left := q.reachOf(r, nil), maxCounted
		for _, a := range asked {
			e, err := estimate(reach, q, a, min(maxEstimate, max(left, 1)))
			if err != nil {
				return err
			}
			left -= e.Count
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("estimate: %w", err)
	}
	wire.WriteEstimate(w.encoder(), out)
	return nil
}

// estimate counts for one collection, up to most.
func estimate(reach *reach, q *request, asked wire.EstimateRequest, most int) (wire.Estimate, error) {
	out := wire.Estimate{Status: estimateOK, ID: asked.ID}
	if q.version < V140 {
		out.Class = classEmail
	}
	status := func(n int) (wire.Estimate, error) {
		out.Status = n
		return out, nil
	}
	id, ok, err := reach.named(asked.ID)
	if err != nil {
		return out, err
	}
	if !ok || !maxItemsFit(asked.ID, asked.Options) {
		return status(estimateNoCollection)
	}
	f, err := reach.find(id)
	if errors.Is(err, store.NotFound) || err == nil && wireID(f.Collection) != asked.ID {
		return status(estimateNoCollection)
	} else if err != nil {
		return out, err
	}
	r, collection := f.r, f.Collection
	account, err := r.Account()
	if err != nil {
		return out, err
	}
	if !talkFits(collection.Class, asked.ConversationMode, q.version) {
		return out, fail(statusInvalidXML, errors.New("ConversationMode for what is no mail"))
	}
	st, _, err := readState(r, q.device.ID, id)
	switch {
	case err != nil:
		return out, err
	case st == nil || asked.SyncKey == initialKey:
		return status(estimateNotPrimed)
	case st.Veil != f.veil() || !st.open(asked.SyncKey):
		return status(estimateBadKey)
	}
	if asked.HasOptions {
		st.setOptions(asked.Options)
	}
	st.setTalk(asked.ConversationMode)
	if q.version < V140 {
		out.Class = folderClasses[collection.Class]
	}
	if _, err := st.adoptRewritten(r, collection); errors.Is(err, store.Stale) {
		return status(estimateBadKey)
	} else if err != nil {
		return out, err
	}
	out.Count, err = countNews(r, q, collection, account, st, most)
	if errors.Is(err, store.Stale) {
		return status(estimateBadKey)
	}
	return out, err
}

// countNews counts what a Sync would tell, up to most.
func countNews(r store.Reader, q *request, collection store.Collection, account store.Account, st *collectionState, most int) (int, error) {
	start, err := q.filterStart(r, collection, st.options())
	if err != nil {
		return 0, err
	}
	c := chooser{
		journal: r, collection: collection, floor: account.Floor, own: st.Own, facets: facetsFor(collection.Class, q.version),
		start: start, count: true,
		cost: func(store.Record, store.Facets) int64 { return 0 },
	}
	total := 0
	c.together = st.together(q.version)
	for at := st.Acked.At; ; {
		c.budget = &budget{items: most - total, fresh: true}
		w, err := c.choose(at)
		total += w.told
		if err != nil || !w.more || total >= most {
			return total, err
		}
		at = w.next
	}
}
