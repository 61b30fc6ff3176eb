package activesync

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Statuses of Policy in an answer, and what a device reports of itself. MS-ASPROV, Status (Policy).
const (
	policyOK          = 1
	policyTypeUnknown = 3
	policyWrongKey    = 5

	appliedFully     = 1
	appliedPartly    = 2
	appliedElsewhere = 4

	wipedDone = 1
)

// provision answers Provision: the two phases of the policy handshake, and remote wipe.
func (h *Handler) provision(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadProvision(q.body)
	if err != nil {
		return err
	}
	out := wire.ProvisionAnswer{Status: 1, Device: in.Device != nil}
	err = h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		return q.updateDevice(tx, func(d *store.Device) {
			describeBy(d, in.Device)
			h.advance(q, d, in, &out)
		})
	})
	if err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	if in.Policy != nil && !in.Policy.Acknowledges() {
		if err := h.roundBegins(q); err != nil {
			return err
		}
	}
	out.Write(w.encoder())
	return nil
}

// roundBegins counts a first phase. A device that begins one after the other is let in without, where the
// policy allows that, and otherwise has to pause.
func (h *Handler) roundBegins(q *request) error {
	if !h.rounds.begin(q.deviceKey(), q.started) {
		return nil
	}
	q.log.Warn("device provisions over and over", "exempt", h.policy.AllowNonProvisionable)
	if h.policy.demanded() && h.policy.AllowNonProvisionable {
		h.rounds.let(q.deviceKey())
		return nil
	}
	return &throttled{roundPause}
}

// advance moves the device one step on and says what it is told.
func (h *Handler) advance(q *request, d *store.Device, in wire.ProvisionRequest, out *wire.ProvisionAnswer) {
	if in.Wipe != 0 || in.AccountWipe != 0 {
		wipeReported(q, d, max(in.Wipe, in.AccountWipe))
		return
	}
	if in.Policy != nil {
		h.advancePolicy(q, d, in, out)
	}
	directive := wipeOf(*d, q.version)
	switch directive {
	case wipeAccount:
		d.Wipe, out.AccountWipe = store.WipeAccountSent, true
	case wipeDevice:
		d.Wipe, out.Wipe = store.WipeDeviceSent, true
	default:
		return
	}
	q.log.Warn("device told to wipe", "account_only", out.AccountWipe)
}

// advancePolicy takes one phase of the handshake.
func (h *Handler) advancePolicy(q *request, d *store.Device, in wire.ProvisionRequest, out *wire.ProvisionAnswer) {
	p := &wire.PolicyAnswer{Type: in.Policy.Type}
	switch {
	case in.Policy.Type == "":
		out.Status = 2
		return
	case !policyType(in.Policy.Type, q.version):
		p.Status = policyTypeUnknown
	case in.Policy.Acknowledges():
		h.acknowledge(q, d, in.Policy, p, out)
	default:
		d.PendingKey = newPolicyKey(d.PolicyKey)
		p.Status, p.Key, p.Data = policyOK, d.PendingKey, h.policyData(in.Policy.Type, q.version)
	}
	if out.Status == 1 {
		out.Policy = p
	}
}

// acknowledge takes the second phase: the device says how far it applied the policy.
func (h *Handler) acknowledge(q *request, d *store.Device, in *wire.PolicyRequest, p *wire.PolicyAnswer, out *wire.ProvisionAnswer) {
	key, err := strconv.ParseUint(in.Key, 10, 32)
	switch {
	case err == nil && key != 0 && uint32(key) == d.PolicyKey && d.PendingKey == 0:
		p.Status, p.Key = policyOK, d.PolicyKey // said once more
		return
	case err != nil || key == 0 || uint32(key) != d.PendingKey:
		p.Status = policyWrongKey
		return
	}
	if out.Status = h.accepts(in.Status); out.Status != 1 {
		q.log.Info("policy not applied", "reported", in.Status)
		d.PendingKey, d.PolicyKey = 0, 0
		return
	}
	d.PolicyKey, d.PendingKey, d.PolicyHash = newPolicyKey(d.PendingKey), 0, h.policy.hash
	p.Status, p.Key = policyOK, d.PolicyKey
}

// accepts says which Status of Provision answers what a device reports; 1 gives it a key.
func (h *Handler) accepts(reported int) int {
	switch {
	case !h.policy.demanded(), reported == appliedFully:
		return 1
	case reported == appliedPartly && h.policy.AllowPartial:
		return 1
	case reported == appliedElsewhere && h.policy.AllowExternal:
		return 1
	case reported == appliedElsewhere:
		return statusExternallyManaged
	}
	return statusNotProvisionable
}

// policyType reports whether documents of that type are made for version v.
func policyType(name string, v Version) bool {
	return name == wire.PolicyWBXML && v >= V120 || name == wire.PolicyXML && v < V120
}

// policyData returns what writes the document.
func (h *Handler) policyData(kind string, v Version) func(*wbxml.Encoder) {
	if kind == wire.PolicyXML {
		return func(e *wbxml.Encoder) { e.Text(h.policy.xml()) }
	}
	return func(e *wbxml.Encoder) { h.policy.document(e, v) }
}

// newPolicyKey returns a key other than 0, which old iPhones refuse, and other than that one. It fits 31
// bits, as some clients read it signed.
func newPolicyKey(other uint32) uint32 {
	for {
		var b [4]byte
		rand.Read(b[:]) // never returns an error, crypto/rand
		if key := binary.LittleEndian.Uint32(b[:]) >> 1; key != 0 && key != other {
			return key
		}
	}
}

// describeBy notes what the device says of itself.
func describeBy(d *store.Device, info *wire.DeviceInformation) {
	if info == nil {
		return
	}
	for _, f := range []struct {
		to   *string
		from *string
	}{
		{&d.Model, info.Model}, {&d.IMEI, info.IMEI}, {&d.FriendlyName, info.FriendlyName}, {&d.OS, info.OS},
		{&d.OSLanguage, info.OSLanguage}, {&d.Phone, info.PhoneNumber}, {&d.Operator, info.MobileOperator},
		{&d.UserAgent, info.UserAgent},
	} {
		if f.from != nil {
			*f.to = clip(*f.from, maxDeviceText)
		}
	}
}

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

// wipeReported notes what became of a wipe. One that failed is asked for again.
func wipeReported(q *request, d *store.Device, status int) {
	q.log.Warn("device reports a wipe", "status", status)
	switch {
	case d.Wipe == store.NoWipe || d.Wipe == store.WipeDone: // nobody asked
	case status == wipedDone:
		d.Wipe, d.PolicyKey, d.PendingKey = store.WipeDone, 0, 0
	case d.Wipe == store.WipeDeviceSent:
		d.Wipe = store.WipeDevicePending
	case d.Wipe == store.WipeAccountSent:
		d.Wipe = store.WipeAccountPending
	}
}

const (
	maxRounds   = 8 // first phases of a device within roundWindow
	roundWindow = time.Minute
	roundPause  = time.Minute
	maxRounding = 10_000 // devices remembered
)

// rounds count how often devices begin the handshake. The zero value is ready.
type rounds struct {
	mu sync.Mutex
	of map[deviceKey]*round
}

type round struct {
	since  time.Time
	number int
	let    bool // in without a policy
}

// begin counts a first phase and reports whether it is one too many.
func (r *rounds) begin(key deviceKey, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || len(r.of) >= maxRounding {
		r.of = make(map[deviceKey]*round)
	}
	d := r.of[key]
	if d == nil {
		d = &round{since: now}
		r.of[key] = d
	}
	if now.Sub(d.since) > roundWindow {
		d.since, d.number = now, 0
	}
	d.number++
	return d.number > maxRounds
}

// let notes that the device comes in without a policy.
func (r *rounds) let(key deviceKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := r.of[key]; d != nil {
		d.let = true
	}
}

// exempt reports whether it does.
func (r *rounds) exempt(key deviceKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.of[key]
	return d != nil && d.let
}
