package activesync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// policyAge is how long policies are believed without being read again: whoever changes them says so with
// [Handler.PolicyChanged], this is for whoever forgets, as by making somebody a member of a list.
const policyAge = time.Minute

// policies are those of the accounts that were here, until one changes. The zero value is ready.
type policies struct {
	mu      sync.RWMutex
	version uint64 // rises with each change
	of      map[store.AccountID]keptPolicies
}

type keptPolicies struct {
	policy.Policies
	read time.Time
}

// get returns what is kept for an account, if it may be believed, and the version to put another under.
func (p *policies) get(acct store.AccountID, now time.Time) (policy.Policies, uint64, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	kept, ok := p.of[acct]
	return kept.Policies, p.version, ok && now.Sub(kept.read) < policyAge
}

// put keeps what was read since get returned that version, unless something has changed meanwhile.
func (p *policies) put(acct store.AccountID, fresh policy.Policies, version uint64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.version != version {
		return
	}
	if p.of == nil {
		p.of = make(map[store.AccountID]keptPolicies)
	}
	p.of[acct] = keptPolicies{fresh, now}
}

// forget makes all be read again.
func (p *policies) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version++
	p.of = nil
}

// policyOf returns the policy of a device. now is on the machine's clock.
func (h *Handler) policyOf(ctx context.Context, key deviceKey, now time.Time) (*policy.Policy, error) {
	kept, version, ok := h.policies.get(key.account, now)
	if ok {
		return kept.Of(key.device), nil
	}
	var levels policy.Levels
	err := h.Store.View(ctx, key.account, func(r store.Reader) (err error) {
		levels, err = policy.ReadLevels(r, key.account)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	kept = levels.Policies()
	h.policies.put(key.account, kept, version, now)
	return kept.Of(key.device), nil
}

// findPolicy finds what q's device must agree to.
func (h *Handler) findPolicy(q *request) (err error) {
	q.policy, err = h.policyOf(q.http.Context(), q.deviceKey(), q.started)
	return err
}

// PolicyChanged makes a change of the policies hold at once: they are read again, and waiting requests of
// devices that have to agree to another than before end.
func (h *Handler) PolicyChanged(ctx context.Context) error {
	h.policies.forget()
	var errs []error
	for _, key := range h.leases.keys() {
		outdated, err := h.outdated(ctx, key)
		if err != nil {
			errs = append(errs, err)
		}
		if outdated {
			h.leases.wake(key)
		}
	}
	return errors.Join(errs...)
}

// outdated reports whether a device has agreed to another policy than is its own now.
func (h *Handler) outdated(ctx context.Context, key deviceKey) (bool, error) {
	p, err := h.policyOf(ctx, key, time.Now())
	if err != nil {
		return false, err
	}
	var d store.Device
	err = h.Store.View(ctx, key.account, func(r store.Reader) (err error) {
		d, err = r.Device(key.device)
		return err
	})
	if errors.Is(err, store.NotFound) {
		return true, nil
	} else if err != nil {
		return false, fmt.Errorf("device: %w", err)
	}
	v, _ := ParseVersion(d.Protocol)
	return d.PolicyHash != p.Hash(int(v)), nil
}

// checkPolicy turns away a device without the key of today's policy.
func (h *Handler) checkPolicy(q *request) error {
	if !q.cmd.policy {
		return nil
	}
	// Where a policy was taken back, who has agreed to it comes once more, to be told that all is allowed again.
	if q.device.PolicyHash != "" && q.key != 0 && q.key == q.device.PolicyKey && q.policy.Hash(int(q.version)) == "" {
		return fail(statusPolicyRefresh, errors.New("policy was taken back"))
	}
	return h.policyDue(q, q.key)
}

// policyDue says why a device that comes with that key must come to Provision first, or why it cannot be let
// in; nil: it may go on.
func (h *Handler) policyDue(q *request, key uint32) error {
	hash, beyond := q.policy.Hash(int(q.version)), q.policy.Beyond(int(q.version))
	if hash == "" && len(beyond) == 0 {
		return nil
	}
	cannot := nonProvisionable(*q.device) || h.rounds.exempt(q.deviceKey())
	switch {
	case cannot && q.policy.AllowNonProvisionable:
		return nil
	case cannot:
		return fail(statusLegacyDevice, errors.New("device cannot take a policy"))
	case len(beyond) > 0 && !q.policy.AllowPartial:
		return fail(statusNotProvisionable, errors.New("policy cannot be said in this version: "+strings.Join(beyond, ", ")))
	case hash == "":
		return nil
	case q.device.PolicyKey == 0 || key == 0:
		return fail(statusNotProvisioned, errors.New("no policy key"))
	case key != q.device.PolicyKey:
		return fail(statusPolicyKey, errors.New("wrong policy key"))
	case q.device.PolicyHash != hash:
		return fail(statusPolicyRefresh, errors.New("policy has changed"))
	}
	return nil
}

// nonProvisionable reports whether the device is of a kind that has no means to take a policy.
func nonProvisionable(d store.Device) bool {
	return quirksOf(d.ID, d.Type, d.UserAgent).has(unprovisionable)
}

// limits are what the server itself sees to.
func (q *request) limits() policy.Limits {
	if q.policy == nil {
		return policy.Limits{}
	}
	return q.policy.Limits
}

// filter is the FilterType that a device gets: what it asked for, or what its policy has if that is shorter.
// MS-ASPROV, MaxEmailAgeFilter, MaxCalendarAgeFilter.
func (q *request) filter(c store.Class, asked int) int {
	longest := 0
	switch c {
	case store.Mail:
		longest = q.limits().EmailAge
	case store.Calendar:
		longest = q.limits().CalendarAge
	}
	if longest == 0 || asked > 0 && asked <= longest {
		return asked
	}
	return longest
}

// errForbidden says that a device may not fetch a file, errTooLong that the file is too long for it.
var (
	errForbidden = errors.New("the policy does not allow attachments")
	errTooLong   = errors.New("the policy does not allow attachments of that size")
)

// allowFile says whether the device may fetch a file of that size. MS-ASPROV, AttachmentsEnabled and
// MaxAttachmentSize.
func (q *request) allowFile(size int64) error {
	l := q.limits()
	switch {
	case l.NoAttachments:
		return errForbidden
	case l.Attachment.Set && size > l.Attachment.Bytes:
		return errTooLong
	}
	return nil
}
