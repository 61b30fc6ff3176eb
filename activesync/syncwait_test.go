package activesync

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestSyncWaitsUnheard checks that a message which came in an answer that was lost, and went again, ends no wait.
func TestSyncWaitsUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.needs(V121)
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		rec := r.deliver(store.Inbox, lunch)
		r.sync(t, call{body: syncOne(inbox, key, nil)}) // lost
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(rec.Collection, rec.UID) }))
		begun := time.Now()
		a := r.sync(t, call{body: syncOne(inbox, key, nil, `AirSync:HeartbeatInterval "120"`)})
		if len(a.body) != 0 || time.Since(begun) != 2*time.Minute {
			t.Errorf("after %v:\n%s", time.Since(begun), a.dump)
		}
	})
}
