package activesync

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// BenchmarkResolveTimes asks for six weeks, the most that a device may ask for, of fifty people who have 100 events each, a
// quarter of them series and a fifth meetings.
func BenchmarkResolveTimes(b *testing.B) {
	r := newRig(b, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
	var names []string
	for i, who := range r.hire(50) {
		names = append(names, fmt.Sprintf("person%d@example.test", i))
		manyEvents.give(b, r, who, 100)
	}
	options := "RR:Availability\n  RR:StartTime \"2026-08-22T10:00:00.000Z\"\n  RR:EndTime \"2026-10-03T10:00:00.000Z\""
	for b.Loop() {
		got := r.resolve(V161, strings.Join(names, ","), options, "MergedFreeBusy")
		if strings.Count(got, "2") < 50 {
			b.Fatal(got)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/50, "of-50-ms-limit")
}

// give puts n objects into the folder of an account.
func (m manyObjects) give(tb testing.TB, r *rig, who store.AccountID, n int) {
	tb.Helper()
	must(tb, r.st.Update(tb.Context(), who, func(tx store.Tx) error {
		c, err := tx.CollectionByRole(m.role)
		if err != nil {
			return err
		}
		for i := range n {
			item, err := m.ingest(tb.Context(), r.st, []byte(m.text(i*7)))
			if err != nil {
				return err
			}
			defer item.Blob.Release()
			if _, err := tx.Add(c.ID, item); err != nil {
				return err
			}
		}
		return nil
	}))
}
