package activesync

import (
	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// directive is what a device that is to be wiped is told.
type directive uint8

const (
	noWipe directive = iota
	wipeAccount
	wipeDevice
	cannotWipe // the operator wants the account gone, which the device's version cannot express
)

// wipeOf says what d is to be told. Only an operator who asked for the whole device gets that; removing
// just the account is known from 16.1 on.
func wipeOf(d store.Device, v Version) directive {
	switch d.Wipe {
	case store.WipeDevicePending, store.WipeDeviceSent:
		return wipeDevice
	case store.WipeAccountPending, store.WipeAccountSent, store.WipeFailed:
		if v < V161 {
			return cannotWipe
		}
		return wipeAccount
	}
	return noWipe
}

// tellWipe tells the device to wipe, if that was asked for.
func (p *provisioning) tellWipe(d *store.Device) error {
	switch wipeOf(*d, p.q.version) {
	case wipeAccount:
		p.out.AccountWipe = true
	case wipeDevice:
		p.out.Wipe = true
	default:
		return nil
	}
	d.Wipe = policy.TellWipe(d.Wipe)
	p.q.log.Warn("device told to wipe", "account_only", p.out.AccountWipe)
	return p.h.record(p.tx, p.q, policy.Event{What: policy.EventWipeSent, Note: wipeNote(p.out.Wipe)})
}

// Status of a wipe as the device reports it. MS-ASPROV, Status (RemoteWipe).
const wipedDone = 1

// wipeReported notes what became of a wipe. One that failed is asked for again, one that was reported before
// or that nobody asked for changes nothing.
func (p *provisioning) wipeReported(d *store.Device) error {
	whole, done := p.in.Wipe != 0, max(p.in.Wipe, p.in.AccountWipe) == wipedDone
	p.q.log.Warn("device reports a wipe", "account_only", !whole, "done", done)
	if d.Wipe == store.NoWipe || d.Wipe == store.WipeDone {
		return nil
	}
	d.Wipe = policy.ReportWipe(d.Wipe, whole, done)
	if d.Wipe == store.WipeDone {
		d.PolicyKey, d.PendingKey = 0, 0
	}
	what := policy.EventWipeFailed
	if done {
		what = policy.EventWipeDone
	}
	return p.h.record(p.tx, p.q, policy.Event{What: what, Note: wipeNote(whole)})
}

// wipeNote says what is wiped, for the history of a device.
func wipeNote(whole bool) string {
	if whole {
		return policy.WholeDevice
	}
	return policy.AccountOnly
}
