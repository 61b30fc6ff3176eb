package activesync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestFlagRules sends flags as devices do, at each version that has them, and looks what comes of it. MS-ASEMAIL, Flag.
func TestFlagRules(t *testing.T) {
	once(t)
	const (
		start    = "Tasks:StartDate \"2026-08-24T08:00:00.000Z\"\nTasks:UtcStartDate \"2026-08-24T06:00:00.000Z\""
		due      = "Tasks:DueDate \"2026-08-28T08:00:00.000Z\"\nTasks:UtcDueDate \"2026-08-28T06:00:00.000Z\""
		early    = "Tasks:DueDate \"2026-08-20T08:00:00.000Z\"\nTasks:UtcDueDate \"2026-08-20T06:00:00.000Z\""
		reminder = "Tasks:ReminderSet \"1\"\nTasks:ReminderTime \"2026-08-28T05:00:00.000Z\""
		done     = "Email:CompleteTime \"2026-08-23T08:00:00.000Z\"\nTasks:DateCompleted \"2026-08-23T08:00:00.000Z\""
	)
	active := func(more ...string) string {
		return strings.Join(append([]string{"Email:Status \"2\"", "Email:FlagType \"Flag for follow up\""}, more...), "\n")
	}
	tests := []struct {
		name, flag string // children of Flag
		status     string // "": taken
		has        string // "flagged", "complete" or ""
	}{
		{"as iOS does", active(), "", "flagged"},
		{"with dates", active(start, due), "", "flagged"},
		{"with all", active("Tasks:Subject \"Lunch\"", start, due, reminder, "Tasks:OrdinalDate \"2026-08-24T08:00:00.000Z\"", "Tasks:SubOrdinalDate \"5555555\""), "", "flagged"},
		{"said twice: the last counts", "Email:Status \"0\"\n" + active(), "", "flagged"},
		{"another name", "Email:Status \"2\"\nEmail:FlagType \"Call\"", "", "flagged"},
		{"complete", "Email:Status \"1\"\n" + done, "", "complete"},
		{"complete, without saying when", "Email:Status \"1\"", "", "complete"},
		{"cleared", "Email:Status \"0\"", "", ""},
		{"empty", "", "", ""},
		{"no status that there is", "Email:Status \"3\"", "6", ""},
		{"half of the dates", active(start), "6", ""},
		{"due before it starts", active(start, early), "6", ""},
		{"a reminder without its time", active("Tasks:ReminderSet \"1\""), "6", ""},
		{"a date that is none", active("Tasks:DueDate \"soon\""), "6", ""},
	}
	for _, version := range AllVersions[1:] {
		for _, tt := range tests {
			t.Run(tt.name+" "+version.String(), func(t *testing.T) {
				r := newRig(t)
				inbox := r.fill(1)
				key := r.whole(t, call{version: version}, inbox, r.prime(t, call{version: version}, inbox))
				a := r.sync(t, call{version: version, body: flagDoc(inbox, key, tt.flag)})
				got := ""
				if strings.Contains(a.dump, "AirSync:Responses") {
					got = a.dump[strings.LastIndex(a.dump, "AirSync:Status"):]
					got = strings.Trim(strings.Fields(got)[1], `"`)
				}
				if got != tt.status {
					t.Errorf("status %q, want %q\n%s", got, tt.status, a.dump)
				}
				item := r.records(store.Inbox)[0].Item
				has := ""
				switch {
				case item.Flags&store.Flagged != 0:
					has = "flagged"
				case item.Follow != nil && item.Follow.Complete:
					has = "complete"
				}
				if has != tt.has {
					t.Errorf("item is %q, want %q: %+v", has, tt.has, item.Follow)
				}
				if has == "complete" && (item.Follow.CompleteTime.IsZero() || item.Follow.DateCompleted.IsZero()) {
					t.Errorf("complete at no time: %+v", item.Follow)
				}
			})
		}
	}
}

// flagDoc is a Sync request that sets the flag of message 1; more are the children of Flag, one a line.
func flagDoc(collection, key, more string) string {
	flag := ""
	for line := range strings.Lines(more) {
		flag += "              " + line
	}
	if flag != "" && !strings.HasSuffix(flag, "\n") {
		flag += "\n"
	}
	return fmt.Sprintf(`AirSync:Sync
  AirSync:Collections
    AirSync:Collection
      AirSync:SyncKey %q
      AirSync:CollectionId %q
      AirSync:Commands
        AirSync:Change
          AirSync:ServerId %q
          AirSync:ApplicationData
            Email:Flag
%s`, key, collection, collection+":1", flag)
}

// TestFlagAndIMAP: what is flagged here is \Flagged there, and the other way round; what was completed and is flagged
// there is open again.
func TestFlagAndIMAP(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	inbox := r.fill(1)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	rec := r.records(store.Inbox)[0]
	steps := []struct {
		name string
		do   func(tx store.Tx) error
		want string // Status that the device is told; "-": an empty Flag
	}{
		{"flagged by IMAP", r.marks(rec, store.FlagChange{Add: store.Flagged}), "2"},
		{"unflagged by IMAP", r.marks(rec, store.FlagChange{Remove: store.Flagged}), "-"},
	}
	for _, step := range steps {
		must(t, r.st.Update(t.Context(), r.rita.ID, step.do))
		a := r.sync(t, call{body: syncOne(inbox, key, nil)})
		if got := a.value("Email:Status"); !a.has("Email:Flag") || got != strings.Trim(step.want, "-") {
			t.Errorf("%s: %q\n%s", step.name, got, a.dump)
		}
		key = a.key()
	}
	a := r.sync(t, call{body: flagDoc(inbox, key, "Email:Status \"1\"")})
	key = a.key()
	if item := r.records(store.Inbox)[0].Item; item.Flags&store.Flagged != 0 || !item.Follow.CompleteTime.Equal(r.clock) {
		t.Errorf("completed: %v %+v", item.Flags, item.Follow)
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, r.marks(rec, store.FlagChange{Add: store.Flagged})))
	a = r.sync(t, call{body: syncOne(inbox, key, nil)})
	if a.value("Email:Status") != "2" || a.value("Email:CompleteTime") != "" {
		t.Errorf("open again:\n%s", a.dump)
	}
}

// marks is a change of an entry, as another protocol makes it.
func (r *rig) marks(rec store.Record, change store.FlagChange) func(store.Tx) error {
	return func(tx store.Tx) error {
		r.clock = r.clock.Add(time.Second)
		_, err := tx.Mark(rec.Collection, rec.UID, change)
		return err
	}
}
