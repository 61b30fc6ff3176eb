package activesync

import (
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

func TestFollowUpUpdatesWhatIsSaid(t *testing.T) {
	day := time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
	has := store.Item{Flags: store.Flagged, Follow: &store.Follow{
		Type: "to do", Subject: "Lunch", DueDate: day, ReminderSet: true, ReminderTime: day,
	}}
	tests := []struct {
		name string
		flag wire.EmailFlag
		want *store.Follow
	}{
		{"cleared", wire.EmailFlag{Status: flagCleared}, nil},
		{"details only", wire.EmailFlag{Status: wire.FlagUnsaid, Type: "call"},
			&store.Follow{Type: "call", Subject: "Lunch", DueDate: day, ReminderSet: true, ReminderTime: day}},
		{"active again", wire.EmailFlag{Status: flagActive, ReminderSaid: true},
			&store.Follow{Type: "to do", Subject: "Lunch", DueDate: day, ReminderTime: day}},
		{"completed", wire.EmailFlag{Status: flagComplete, CompleteTime: day}, &store.Follow{Complete: true, CompleteTime: day}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := flagChange(has, wire.EmailChange{Flag: &tt.flag}).SetFollow
			switch {
			case got == nil:
				t.Error("no change")
			case (*got == nil) != (tt.want == nil), *got != nil && **got != *tt.want:
				t.Errorf("flag %+v; want %+v", *got, tt.want)
			}
		})
	}
}
