package activesync

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// BenchmarkSearch searches 50,000 messages for what few, all and none of them have, a page of ten with the first words
// of each.
func BenchmarkSearch(b *testing.B) {
	if testing.Short() {
		b.Skip("fills a store with 50,000 messages")
	}
	r, _ := benchRig(b, 50_000)
	r.numbered(store.Inbox, 1, 30)
	r.indexed(b)
	for _, text := range []string{"needle", "from:otto needle", "is:unread", "kind:email", "line text", "nowhere"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			body := searchDoc("Mailbox", fmt.Sprintf("Search:FreeText %q", text), `Search:Range "0-9";Search:RebuildResults`)
			for b.Loop() {
				rec := httptest.NewRecorder()
				r.ServeHTTP(rec, r.request(call{cmd: "Search", body: body}))
				if rec.Code != 200 || rec.Body.Len() == 0 {
					b.Fatal(rec.Code)
				}
			}
		})
	}
}

// indexed waits until the index has all of the Inbox.
func (r *rig) indexed(b *testing.B) {
	inbox := r.folder(store.Inbox).ID
	for waiting := true; waiting; {
		waiting = false
		must(b, r.st.View(b.Context(), r.rita.ID, func(tx store.Reader) error {
			for h, err := range tx.Containing(inbox, store.AnyField, "notext") {
				if err != nil {
					return err
				}
				waiting = waiting || !h.Sure
			}
			return nil
		}))
		time.Sleep(50 * time.Millisecond)
	}
}
