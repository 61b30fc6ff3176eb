package activesync

import (
	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/store"
)

// report is what is known of a device of rita's.
func (r *rig) report(device string) doctor.Report {
	r.t.Helper()
	var report doctor.Report
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		report, err = r.Doctor(tx, r.rita.ID, device)
		return err
	}))
	return report
}
