package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

const (
	knownSize   = 1 << 15
	knownFor    = 30 * 24 * time.Hour // an address; a device is known as long as it is remembered
	reseedAfter = 10 * time.Minute
)

// origin is where a guess comes from, as the throttle sees it.
type origin struct {
	account string // target.name
	device  string // empty: none
	source  string // address prefix
	kind    originKind
}

type originKind uint8

const (
	stranger     originKind = iota
	knownAddress            // somebody logged in to the account from there
	knownDevice             // with this device, from elsewhere
	knownHere               // with this device, and from there
)

// name tells origins of the same account apart.
func (o origin) name() string {
	switch o.kind {
	case knownHere:
		return "device " + o.device + " at " + o.source
	case knownDevice:
		return "device " + o.device
	case knownAddress:
		return "known address " + o.source
	}
	return "address " + o.source
}

// source is what an address is counted by: an IPv4 address, the /64 of an IPv6 one.
func source(a netip.Addr) string {
	a = a.Unmap()
	if !a.IsValid() {
		return "local"
	}
	if a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// known remembers which devices and addresses logged in to which account: what it saw itself, and the
// devices that the store has.
type known struct {
	st   store.Store
	seal seal

	mu     sync.Mutex
	seen   *lru[time.Time]
	seeded *lru[time.Time]
}

func newKnown(st store.Store, s seal) *known {
	return &known{st: st, seal: s, seen: newLRU[time.Time](knownSize), seeded: newLRU[time.Time](knownSize)}
}

// origin describes where an attempt comes from.
func (k *known) origin(ctx context.Context, t target, a Attempt, now time.Time) (origin, error) {
	o := origin{account: t.name, device: a.Device, source: source(a.Remote)}
	if t.account.ID == 0 {
		return o, nil
	}
	o.kind = k.recall(o, now)
	if o.kind >= knownDevice || o.kind == knownAddress && o.device == "" {
		return o, nil
	}
	if err := k.seed(ctx, t, now); err != nil {
		return origin{}, fmt.Errorf("read known devices: %w", err)
	}
	o.kind = k.recall(o, now)
	return o, nil
}

// note remembers a success.
func (k *known) note(o origin, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o.device != "" {
		k.seen.put(k.devicePrint(o.account, o.device), now)
		k.seen.put(k.herePrint(o), now)
	}
	k.seen.put(k.addressPrint(o.account, o.source), now)
}

func (k *known) recall(o origin, now time.Time) originKind {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o.device != "" && k.seen.get(k.devicePrint(o.account, o.device)) != nil {
		if at := k.seen.get(k.herePrint(o)); at != nil && now.Sub(*at) < knownFor {
			return knownHere
		}
		return knownDevice
	}
	if at := k.seen.get(k.addressPrint(o.account, o.source)); at != nil && now.Sub(*at) < knownFor {
		return knownAddress
	}
	return stranger
}

// seed takes over the account's devices from the store, now and then. A device that is blocked or being
// wiped is no friend.
func (k *known) seed(ctx context.Context, t target, now time.Time) error {
	print := k.seal.print("seeded", t.name)
	k.mu.Lock()
	at := k.seeded.get(print)
	fresh := at != nil && now.Sub(*at) < reseedAfter
	k.mu.Unlock()
	if fresh {
		return nil
	}
	var devices []store.Device
	err := k.st.View(ctx, t.account.ID, func(r store.Reader) (err error) {
		devices, err = r.Devices()
		return err
	})
	if err != nil && !errors.Is(err, store.NotFound) { // the account may be gone since the look-up
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seeded.put(print, now)
	for _, d := range devices {
		if d.Access == store.Blocked || d.Wipe != store.NoWipe {
			continue
		}
		k.seen.put(k.devicePrint(t.name, d.ID), d.Seen)
		if addr, err := netip.ParseAddr(d.Address); err == nil {
			k.seen.put(k.addressPrint(t.name, source(addr)), d.Seen)
			k.seen.put(k.herePrint(origin{account: t.name, device: d.ID, source: source(addr)}), d.Seen)
		}
	}
	return nil
}

func (k *known) devicePrint(account, device string) fingerprint {
	return k.seal.print("device", account, device)
}

func (k *known) herePrint(o origin) fingerprint {
	return k.seal.print("here", o.account, o.device, o.source)
}

func (k *known) addressPrint(account, source string) fingerprint {
	return k.seal.print("address", account, source)
}
