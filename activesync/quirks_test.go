package activesync

import (
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestQuirks has a client for each row of the table, and some that look alike and are none.
func TestQuirks(t *testing.T) {
	used := make([]bool, len(quirkTable))
	tests := []struct {
		id, kind, agent string
		want            quirks
	}{
		{"validate", "Android", "Android/0.3", probing | oneBook | oneCalendar},
		{"VALIDATE", "Android", "Android/0.3", probing | oneBook | oneCalendar},
		{"validated", "Android", "Android/0.3", oneBook | oneCalendar},
		{"androidc1", "Android", "Android/4.4.2-EAS-1.3", oneBook | oneCalendar | dayAtEight},
		{"androidc1", "Android", "Android-Mail/2026.10.04", dayAtNoon},
		{"BB1", "BlackBerry", "BlackBerry-STV100-3/10.3", dayAtEleven},
		{"0123456789ABCDEF", "WindowsOutlook15", "Microsoft.Outlook.15", unprovisionable | oneBook | oneCalendar},
		{"0123456789ABCDEF", "WindowsOutlook", "", unprovisionable | oneBook},
		{"0123456789ABCDEF", "x", "Outlook/15.0 (15.0.4569.1503; MSI; x86)", unprovisionable},
		{"0123456789ABCDEF", "TestActiveSyncConnectivity", "TestActiveSyncConnectivity", unprovisionable},
		{"0123456789ABCDEF", "Outlook", "Outlook-iOS-Android/1.0", steadyHeartbeat},
		{"0123456789ABCDEF", "Outlook", "Outlook-iOS/709.2189947.prod.iphone (3.24.1)", steadyHeartbeat},
		{"ApplDNPH", "iPhone", "Apple-iPhone14C5/2001.60", emptyPicture},
		{"SEC1", "SAMSUNGSMG960F", "Android-SAMSUNG-SM-G960F/101.80000", oneBook | oneCalendar},
		{"x", "Outlookish", "", 0},
	}
	for _, tt := range tests {
		if got := quirksOf(tt.id, tt.kind, tt.agent); got != tt.want {
			t.Errorf("quirks of %q, %q, %q: %b, want %b", tt.id, tt.kind, tt.agent, got, tt.want)
		}
		for i, q := range quirkTable {
			used[i] = used[i] || matches(q.id, tt.id) && matches(q.kind, tt.kind) && matches(q.agent, tt.agent)
		}
	}
	for i, q := range quirkTable {
		if !used[i] || q.source == "" || q.does == 0 || q.client == "" {
			t.Errorf("row %d (%s) has no source, no effect or no client here", i, q.client)
		}
	}
}

// TestProbe is Android's look for a server: OPTIONS is answered as always, commands come to nothing and leave
// nothing behind.
func TestProbe(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		r := newRig(t)
		a := r.do(call{cmd: "FolderSync", version: v, device: "validate", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)})
		if a.code != 200 || a.value("FolderHierarchy:Status") != "6" {
			t.Errorf("%v: %d %s", v, a.code, a.dump)
		}
		must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
			devices, err := tx.Devices()
			if len(devices) != 0 {
				t.Errorf("%v: it has become a device", v)
			}
			return err
		}))
	}
}
