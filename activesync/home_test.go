package activesync

import (
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// TestHome tells a day to people who live in different zones: up to 14.1 each hears of midnight where they live.
func TestHome(t *testing.T) {
	for zone, want := range map[string]string{"": "20260822T000000Z", "Europe/Berlin": "20260821T220000Z", "America/New_York": "20260822T040000Z"} {
		r := newRig(t)
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return calendar.WriteHome(tx, r.rita.ID, zone) }))
		o := r.objects(store.MainCal)
		o.told("phone1", V161, addLines("n1", `Calendar:Subject "Holiday"`, `Calendar:AllDayEvent "1"`, `Calendar:StartTime "20260822T000000Z"`,
			`Calendar:EndTime "20260823T000000Z"`)...).one(t)
		a := o.told("phone2", V141).commands("Add")
		if len(a) != 1 || a[0].get("AirSync:ApplicationData", "Calendar:StartTime") != want {
			t.Errorf("in %q: %+v", zone, a)
		}
	}
}
