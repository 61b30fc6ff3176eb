package activesync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

func TestDeviceRecord(t *testing.T) {
	r := newRig(t)
	settings := small(call{})
	r.do(settings)
	d, err := r.device("phone1")
	must(t, err)
	want := store.Device{
		Account: r.rita.ID, ID: "phone1", Type: "Phone", UserAgent: "Phone/1.0", Protocol: baseVersion.String(),
		Created: r.clock, Seen: r.clock, Address: "192.0.2.1",
	}
	if d != want {
		t.Errorf("got %+v\nwant %+v", d, want)
	}
	began := r.clock
	r.clock = began.Add(time.Minute)
	r.do(settings)
	if d, _ := r.device("phone1"); !d.Seen.Equal(began) && settings.cmd != "FolderSync" { // which writes anyway
		t.Errorf("last contact written after %v", d.Seen.Sub(began))
	}
	r.clock = began.Add(seenEvery)
	r.do(settings)
	if d, _ := r.device("phone1"); !d.Seen.Equal(r.clock) {
		t.Errorf("last contact %v, want %v", d.Seen, r.clock)
	}
	settings.version = V161
	r.do(settings)
	if d, _ := r.device("phone1"); d.Protocol != "16.1" {
		t.Errorf("protocol %s, want 16.1", d.Protocol)
	}
	if c := r.report("phone1").Counters; c.Of(settings.cmd) != 4 || c.In == 0 || c.Out == 0 {
		t.Errorf("counters %+v", c)
	}
}

func TestDeviceAccess(t *testing.T) {
	r := newRig(t)
	settings := small(call{})
	r.do(settings)
	for _, access := range []store.Access{store.Blocked, store.Quarantined} {
		r.setDevice("phone1", func(d *store.Device) { d.Access = access })
		if a := r.do(settings); a.outcome() != common(129) {
			t.Errorf("access %d: %s", access, a.dump)
		}
		old := small(call{version: V121})
		if a := r.do(old); a.code != 403 {
			t.Errorf("access %d, before 14.0: %d, want 403", access, a.code)
		}
	}
	if a := r.do(call{cmd: "Provision", body: phase1}); a.code != 200 || !a.has("Provision:PolicyKey") {
		t.Errorf("quarantined, Provision: %d %s", a.code, a.dump)
	}
	r.setDevice("phone1", func(d *store.Device) { d.Access = store.Allowed })
	if a := r.do(settings); a.outcome() != "1" {
		t.Errorf("allowed again: %s", a.dump)
	}
}

func TestRetire(t *testing.T) {
	now := time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
	days := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	phone := func(id string, seen time.Time) store.Device {
		return store.Device{ID: id, Type: "Phone", UserAgent: "Phone/" + id, Seen: seen}
	}
	outlook := func(id string, seen time.Time) store.Device {
		return store.Device{ID: id, Type: "Outlook", UserAgent: "Outlook/16", Seen: seen}
	}
	passing := func(d store.Device) store.Device {
		d.Created = d.Seen.Add(-time.Minute)
		return d
	}
	settled := func(d store.Device) store.Device {
		d.Created = d.Seen.AddDate(0, -1, 0)
		return d
	}
	blocked := phone("blocked", days(99))
	blocked.Access = store.Blocked
	wiped := phone("wiped", days(98))
	wiped.Wipe = store.WipeDone
	tests := []struct {
		name  string
		known []store.Device
		fresh store.Device
		want  []string
		err   error
	}{
		{"room", []store.Device{phone("a", days(9))}, phone("z", now), nil, nil},
		{"full", []store.Device{phone("a", days(9)), phone("b", days(30)), blocked, wiped}, phone("z", now), []string{"b"}, nil},
		{"full of busy ones", []store.Device{phone("a", now), phone("b", now), phone("c", now), phone("d", now)}, phone("z", now), nil, errDevices},
		{"look-alikes", []store.Device{outlook("o1", days(2)), outlook("o2", days(3))}, outlook("o3", now), []string{"o2"}, nil},
		{"look-alikes of today", []store.Device{outlook("o1", now), outlook("o2", now)}, outlook("o3", now), nil, nil},
		{"look-alikes that only pass", []store.Device{settled(outlook("o1", now)), passing(outlook("o2", now.Add(-busyFor))), passing(outlook("o4", now)), passing(outlook("o9", now.Add(-time.Hour)))}, outlook("o3", now), []string{"o2"}, nil},
		{"look-alikes go first", []store.Device{phone("a", days(90)), phone("b", now), outlook("o1", days(2)), outlook("o2", days(3))}, outlook("o3", now), []string{"o2"}, nil},
	}
	limits := Limits{Devices: 4, Alike: 2}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.fresh.Created = now
			got, err := limits.retire(tt.known, tt.fresh, func(id string) bool { return id == "o9" })
			if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("retire = %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

// TestManyDevices is a client that calls itself something else at every start.
func TestManyDevices(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.Devices, o.Limits.Alike = 10, 5 })
	for i := range 30 {
		r.clock = r.clock.Add(25 * time.Hour)
		if a := r.do(small(call{device: fmt.Sprint("d", i)})); a.outcome() != "1" {
			t.Fatalf("device %d: %d %s", i, a.code, a.dump)
		}
	}
	must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
		devices, err := tx.Devices()
		if len(devices) != 5 || devices[0].ID != "d29" {
			t.Errorf("%d devices are left, the first %q", len(devices), devices[0].ID)
		}
		return err
	}))
	r = newRig(t, func(o *Options) { o.Limits.Devices = 2 })
	for i, want := range []string{"1", "1", common(177)} {
		if a := r.do(small(call{device: fmt.Sprint("d", i)})); a.outcome() != want {
			t.Errorf("device %d: %s, want %s", i, a.dump, want)
		}
	}
}

func TestLeases(t *testing.T) {
	var l leases
	phone, tablet := deviceKey{1, "phone"}, deviceKey{1, "tablet"}
	first, releaseFirst := l.take(t.Context(), phone)
	other, releaseOther := l.take(t.Context(), tablet)
	second, releaseSecond := l.take(t.Context(), phone)
	if context.Cause(first) != errSuperseded || second.Err() != nil || other.Err() != nil {
		t.Errorf("first %v, second %v, other %v", context.Cause(first), second.Err(), other.Err())
	}
	releaseFirst() // must not take the lease from its new holder
	third, releaseThird := l.take(t.Context(), phone)
	if context.Cause(second) != errSuperseded || third.Err() != nil {
		t.Errorf("second %v, third %v", context.Cause(second), third.Err())
	}
	l.wake(phone)
	if context.Cause(third) != errSuperseded {
		t.Errorf("third %v after wake", context.Cause(third))
	}
	releaseSecond()
	releaseThird()
	releaseOther()
	if context.Cause(other) != context.Canceled || len(l.holders) != 0 {
		t.Errorf("other %v, %d holders left", context.Cause(other), len(l.holders))
	}
}
