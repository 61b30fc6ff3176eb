package storetest

import (
	"bytes"
	"slices"

	"github.com/gannetmail/gannet/store"
)

func testDevices(e *env) {
	d := store.Device{
		Account: e.alice.ID, ID: "ApplDNQ1", Type: "iPhone", Model: "iPhone14,2", OS: "iOS 17", OSLanguage: "de", FriendlyName: "Annas iPhone",
		IMEI: "35", Phone: "+49", Operator: "op", UserAgent: "Apple-iPhone/1", Protocol: "16.1", PolicyKey: 1<<32 - 1, PendingKey: 7,
		PolicyHash: "h", Access: store.Quarantined, Wipe: store.WipeDevicePending, Created: day(1), Seen: day(2), Address: "192.0.2.1",
	}
	before := e.modSeq()
	put := func(d store.Device) {
		e.Helper()
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.PutDevice(d) })
	}
	put(d)
	put(store.Device{ID: "other", Seen: day(3)})
	e.read(e.alice.ID, func(r store.Reader) error {
		got, err := r.Device(d.ID)
		if got != d {
			e.Errorf("device %+v; want %+v", got, d)
		}
		list, err := r.Devices()
		if len(list) != 2 || list[0].ID != "other" || list[1] != d || list[0].Created.IsZero() {
			e.Errorf("devices %+v", list)
		}
		_, missing := r.Device("unknown")
		e.is(missing, store.NotFound, "an unknown device")
		return err
	})
	changed := d
	changed.OS, changed.Created = "iOS 18", changed.Created.AddDate(0, 0, 0)
	put(changed)
	e.read(e.alice.ID, func(r store.Reader) error {
		got, err := r.Device(d.ID)
		if got.OS != "iOS 18" || !got.Created.Equal(day(1)) {
			e.Errorf("device %+v", got)
		}
		return err
	})
	e.refused(store.Invalid, e.alice.ID, "no id", func(tx store.Tx) error { return tx.PutDevice(store.Device{}) })
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveDevice("other") })
	e.refused(store.NotFound, e.alice.ID, "a second removal", func(tx store.Tx) error { return tx.RemoveDevice("other") })
	if e.modSeq() != before {
		e.Errorf("devices moved modseq from %d to %d", before, e.modSeq())
	}
	e.read(e.bob.ID, func(r store.Reader) error {
		_, err := r.Device(d.ID)
		e.is(err, store.NotFound, "alice's device in bob's account")
		return nil
	})
}

func testState(e *env) {
	before := e.modSeq()
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.PutDevice(store.Device{ID: "d"}) })
	put := func(key string, value []byte) {
		e.Helper()
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.PutState("d", key, value) })
	}
	put("sync/1", []byte("one"))
	put("sync/1", []byte{0, 1, 2})
	put("sync/2", []byte{})
	put("ping", []byte("p"))
	put("syncs", []byte("s"))
	e.read(e.alice.ID, func(r store.Reader) error {
		v, err := r.State("d", "sync/1")
		if !bytes.Equal(v, []byte{0, 1, 2}) {
			e.Errorf("state %x, %v", v, err)
		}
		if v, err := r.State("d", "sync/2"); len(v) != 0 || err != nil {
			e.Errorf("empty state %x, %v", v, err)
		}
		keys, err := r.StateKeys("d", "sync/")
		if !slices.Equal(keys, []string{"sync/1", "sync/2"}) {
			e.Errorf("keys %q", keys)
		}
		all, err := r.StateKeys("d", "")
		if !slices.Equal(all, []string{"ping", "sync/1", "sync/2", "syncs"}) {
			e.Errorf("keys %q, %v", all, err)
		}
		_, missing := r.State("d", "none")
		e.is(missing, store.NotFound, "an unknown key")
		return err
	})
	put("sync/1", nil)
	put("sync/1", nil)
	e.refused(store.NotFound, e.alice.ID, "an unknown device", func(tx store.Tx) error { return tx.PutState("x", "k", []byte("v")) })
	e.write(e.alice.ID, func(tx store.Tx) error {
		if _, err := tx.State("d", "sync/1"); err == nil {
			e.Error("a removed state is there")
		}
		if err := tx.RemoveDevice("d"); err != nil {
			return err
		}
		return tx.PutDevice(store.Device{ID: "d"})
	})
	e.read(e.alice.ID, func(r store.Reader) error {
		keys, err := r.StateKeys("d", "")
		if len(keys) != 0 {
			e.Errorf("a device that came back has state %q", keys)
		}
		return err
	})
	if e.modSeq() != before {
		e.Errorf("state moved modseq from %d to %d", before, e.modSeq())
	}
}
