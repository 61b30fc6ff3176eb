package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gannetmail/gannet/store"
)

// settle is a quiet point: nothing is lost any more, all devices learn what there is to learn, and it is compared with
// the store.
func (w *world) settle() error {
	w.calm = true
	defer func() { w.calm = false }()
	w.trail.add("(quiet point)")
	var errs []error
	for range 2 { // what one device repeats the others must hear
		for _, d := range w.devices {
			if err := d.settle(); err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
		}
	}
	for _, d := range w.devices {
		if err := d.compare(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.name, err))
		}
	}
	return errors.Join(append(errs, w.compareSent())...)
}

func (d *device) settle() error {
	for d.repeat != nil {
		again := d.repeat
		d.repeat, d.bound = nil, false
		if err := again(); err != nil {
			return err
		}
	}
	for range 2 {
		if err := d.folderSync(); err != nil {
			return err
		}
	}
	for _, id := range d.all() {
		b := d.box(id)
		for n := 0; ; n++ {
			before := b.state.key
			p := &part{box: b, key: b.state.key, window: 50, commands: b.pending}
			if p.key == "0" {
				p.commands = nil
			}
			if err := d.sync(&syncRequest{parts: []*part{p}}); err != nil {
				return err
			}
			if b.state.key == before && before != "0" {
				break
			}
			if n > 100 {
				return fmt.Errorf("no end in folder %s", id)
			}
		}
	}
	return nil
}

// compare compares what a device shows with what is in the store.
func (d *device) compare() error {
	t, err := d.w.truth()
	if err != nil {
		return err
	}
	for _, c := range t.folders {
		id := folderID(c.ID)
		if d.version < shownSince[c.Class] {
			continue
		}
		if d.tree.folders[id] != folderOf(c) {
			return fmt.Errorf("folder %s is %v, want %v", id, d.tree.folders[id], folderOf(c))
		}
		b := d.boxes[id]
		v := d.w.view(t, d.version, c, b.options, d.w.now())
		if owed := v.owed(b.state); len(owed) > 0 {
			return fmt.Errorf("folder %s: not told %v", id, owed)
		}
		for id, it := range b.state.items {
			if c.Class != store.Mail {
				if err := d.compareObject(c, it, v.live[it.uid]); err != nil {
					return fmt.Errorf("%s: %w", id, err)
				}
				continue
			}
			want, err := d.w.email(d.version, b.options, v.live[it.uid], false)
			if err != nil {
				return err
			}
			if err := it.compare(want); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
	}
	if shown := t.shown(d.version); len(d.tree.folders) != len(shown) {
		return fmt.Errorf("%d folders, want %d", len(d.tree.folders), len(shown))
	}
	return nil
}

// compareObject compares what a device holds of an object with what it is.
func (d *device) compareObject(c store.Collection, it *item, rec store.Record) error {
	o, err := d.w.object(c.Class, rec.Item.Blob)
	if err != nil {
		return err
	}
	shown := func(f fields) string {
		return el("", kinds[c.Class].show(f, &shower{d.version, noOptions, true, o.uid})...).String()
	}
	if shown(it.has) != shown(o.f) {
		return fmt.Errorf("the device has %q, it is %q", it.has, o.f)
	}
	return nil
}

// compare compares what is shown of an item with what it is. How much of the body a device has depends on what it
// asked for when it got it.
func (it *item) compare(want []*node) error {
	left := maps.Clone(it.shown)
	for _, n := range want {
		got := left[n.name]
		delete(left, n.name)
		if slices.Contains(bodyElements, n.name) || got == nil && slices.Contains(bodyElements, n.name) {
			continue
		}
		if n.learn != "" && got != nil {
			continue
		}
		if got == nil && n.name == "Email2:LastVerbExecutionTime" {
			continue
		}
		if got.String() != n.String() {
			return fmt.Errorf("shown %s, is %s", got, n)
		}
	}
	for name := range left {
		if !slices.Contains(bodyElements, name) && !slices.Contains(verbElements, name) {
			return fmt.Errorf("shown %s, which it does not have", left[name])
		}
	}
	return nil
}

var (
	bodyElements = []string{"AirSyncBase:Body", "Email:Body", "Email:BodySize", "Email:BodyTruncated", "Email:MIMEData", "Email:MIMESize", "Email:MIMETruncated"}
	verbElements = []string{"Email2:LastVerbExecuted", "Email2:LastVerbExecutionTime"} // a message that was not answered may say so
)
