package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// checkDevice turns away a device that is kept out, waits to be let in, or is to be wiped. One that is to be
// wiped may ask for that even when it is locked out.
func (h *Handler) checkDevice(q *request) error {
	provision := q.cmd.name == "Provision"
	directive := wipeOf(*q.device, q.version)
	switch {
	case q.device.Wipe == store.WipeDone && provision:
		return nil // it may say once more that it is wiped
	case q.device.Wipe == store.WipeDone:
		return fail(statusDeviceBlocked, errors.New("device was wiped"))
	case directive == cannotWipe:
		return h.keepOut(q, "device is to be wiped, which its version cannot express")
	case directive != noWipe && !provision:
		return fail(statusRemoteWipe, errors.New("device is to be wiped"))
	case directive != noWipe:
		return nil
	case q.device.Access == store.Blocked:
		return h.keepOut(q, "device is blocked")
	case q.device.Access != store.Quarantined || provision:
		return nil
	}
	if described, err := h.described(q); err != nil || !described {
		return err
	}
	return h.keepOut(q, "device is quarantined")
}

// described reports whether a device that waits has told as much of itself as the rules ask for. If not, and
// if it can, the error sends it to Provision, where it does.
func (h *Handler) described(q *request) (bool, error) {
	if q.version < V141 || q.device.PolicyKey != 0 || q.device.Model != "" || q.device.OS != "" {
		return true, nil
	}
	var rules policy.Access
	err := h.Store.View(q.http.Context(), q.account.ID, func(r store.Reader) (err error) {
		rules, err = policy.ReadAccess(r)
		return err
	})
	if err != nil {
		return false, err
	}
	if !rules.NeedsDescription() {
		return true, nil
	}
	return false, fail(statusNotProvisioned, errors.New("rules ask for the model of the device"))
}

// keepOut turns the device away, and sees to it that those concerned know.
func (h *Handler) keepOut(q *request, why string) error {
	ctx := context.WithoutCancel(q.http.Context())
	if err := h.tellKeptOut(ctx, q); err != nil {
		q.log.Error("tell that a device is kept out", "error", err)
	}
	return fail(statusDeviceBlocked, errors.New(why))
}

// admit adds a new device, let in or not as the rules say.
func (h *Handler) admit(tx store.Tx, q *request, d *store.Device) error {
	rules, err := policy.ReadAccess(tx)
	if err != nil {
		return err
	}
	decision, rule := rules.Decide(*d)
	d.Access = decision.Store()
	if err := tx.PutDevice(*d); err != nil {
		return err
	}
	if rules.Default == "" && len(rules.Rules) == 0 {
		return nil
	}
	return h.decided(tx, q, *d, rule)
}

// reconsider lets the rules decide again about a device that has just said what it is, unless an operator did.
func (h *Handler) reconsider(tx store.Tx, q *request, before store.Device, d *store.Device) error {
	if before.Model != "" || before.OS != "" || d.Model == "" && d.OS == "" {
		return nil
	}
	standing, err := policy.ReadStanding(tx, d.ID)
	if err != nil || standing.Operator || standing.Rule == "" {
		return err
	}
	rules, err := policy.ReadAccess(tx)
	if err != nil {
		return err
	}
	decision, rule := rules.Decide(*d)
	if rule == standing.Rule {
		return nil
	}
	d.Access = decision.Store()
	return h.decided(tx, q, *d, rule)
}

// accessEvent is what a decision is in the history of a device.
var accessEvent = map[store.Access]string{
	store.Allowed: policy.EventAllowed, store.Blocked: policy.EventBlocked, store.Quarantined: policy.EventQuarantined,
}

// decided remembers which rule let the device in, or did not. That all devices of a kind are let in is no
// history.
func (h *Handler) decided(tx store.Tx, q *request, d store.Device, rule string) error {
	before, err := policy.ReadStanding(tx, d.ID)
	if err != nil {
		return err
	}
	if err := policy.WriteStanding(tx, d.ID, policy.Standing{Rule: rule}); err != nil {
		return err
	}
	if d.Access == store.Allowed && before.Rule == "" {
		return nil
	}
	q.log.Info("rule about a device", "rule", rule, "decision", accessEvent[d.Access])
	return h.record(tx, q, policy.Event{What: accessEvent[d.Access], By: "rule " + rule})
}

// record adds to the history of q's device. An account whose settings are full does without.
func (h *Handler) record(tx store.Tx, q *request, e policy.Event) error {
	e.At = q.now
	err := policy.Record(tx, q.account.ID, q.query.DeviceID, e)
	if errors.Is(err, store.OverQuota) {
		q.log.Warn("history of a device not kept", "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("history of the device: %w", err)
	}
	return nil
}
