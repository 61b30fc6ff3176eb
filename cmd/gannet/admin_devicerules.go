package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// rulesRequest changes which new devices are let in; what is absent stays.
type rulesRequest struct {
	Default string   `json:"default,omitempty"` // allow, quarantine, block
	Add     string   `json:"add,omitempty"`     // FIELD=PATTERN
	Access  string   `json:"decision,omitempty"`
	First   bool     `json:"first,omitempty"`  // before the others
	Remove  string   `json:"remove,omitempty"` // FIELD=PATTERN
	Notify  []string `json:"notify,omitempty"` // addresses; nil: as they are
	Nobody  bool     `json:"nobody,omitempty"` // back to the postmaster
	Text    *string  `json:"text,omitempty"`
	DryRun  bool     `json:"dryRun,omitempty"` // device.rules.apply: only say what would change
	By      string   `json:"by,omitempty"`
}

// maxRules and maxRulesText bound what every new device is compared with, and what its user is told.
const (
	maxRules     = 500
	maxRulesText = 4 << 10
)

func (a *admin) showDeviceRules(ctx context.Context, _ nothing, _ say) (rules policy.Access, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		rules, err = policy.ReadAccess(r)
		return err
	})
	return rules, err
}

func (a *admin) changeDeviceRules(ctx context.Context, q rulesRequest, _ say) (rules policy.Access, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		if rules, err = policy.ReadAccess(tx); err != nil {
			return err
		}
		if err := q.apply(&rules); err != nil {
			return err
		}
		return policy.WriteAccess(tx, rules)
	})
	return rules, err
}

func (q rulesRequest) apply(rules *policy.Access) (err error) {
	if q.Default != "" {
		if rules.Default, err = policy.ParseDecision(q.Default); err != nil {
			return usage(err)
		}
	}
	if q.Text != nil {
		if len(*q.Text) > maxRulesText {
			return usagef("the text has more than %d bytes", maxRulesText)
		}
		rules.Text = *q.Text
	}
	if q.Nobody {
		rules.Notify = nil
	}
	for _, to := range q.Notify {
		canonical, err := address.Canonical(to)
		if err != nil {
			return usagef("%q is not an address such as admin@example.test", to)
		}
		if !slices.Contains(rules.Notify, canonical) {
			rules.Notify = append(rules.Notify, canonical)
		}
	}
	return q.applyRule(rules)
}

// applyRule adds or removes a rule. One that is there already is moved.
func (q rulesRequest) applyRule(rules *policy.Access) error {
	named := q.Add + q.Remove
	if named == "" {
		return nil
	}
	rule, err := policy.ParseAccessRule(named, policy.Allow)
	if err != nil {
		return usage(err)
	}
	before := len(rules.Rules)
	rules.Rules = slices.DeleteFunc(rules.Rules, func(r policy.AccessRule) bool { return r.String() == rule.String() })
	if q.Remove != "" {
		if len(rules.Rules) == before {
			return notFound("there is no rule %s; `gannet device rules show` shows all", rule)
		}
		return nil
	}
	if rule.Decision, err = policy.ParseDecision(q.Access); err != nil {
		return usage(err)
	}
	if len(rules.Rules) >= maxRules {
		return usagef("there are %d rules already", maxRules)
	}
	place := len(rules.Rules)
	if q.First {
		place = 0
	}
	rules.Rules = slices.Insert(rules.Rules, place, rule)
	return nil
}

// rulesChange is what the rules change about a device that was here before them.
type rulesChange struct {
	Account string `json:"account"`
	ID      string `json:"id"`
	Type    string `json:"type"`
	Model   string `json:"model"`
	From    string `json:"from"`
	To      string `json:"to"`
	Rule    string `json:"rule"`
}

// applyDeviceRules lets the rules decide about all devices about which no operator has decided.
func (a *admin) applyDeviceRules(ctx context.Context, q rulesRequest, _ say) ([]rulesChange, error) {
	var accounts []store.Account
	var rules policy.Access
	err := a.view(ctx, func(r store.Reader) (err error) {
		if rules, err = policy.ReadAccess(r); err != nil {
			return err
		}
		accounts, err = r.Accounts()
		return err
	})
	if err != nil {
		return nil, err
	}
	all := []rulesChange{}
	for _, account := range accounts {
		changed, err := a.applyRulesTo(ctx, account, rules, q)
		if err != nil && !errors.Is(err, store.NotFound) { // removed meanwhile
			return all, fmt.Errorf("devices of %s: %w", account.Name, err)
		}
		all = append(all, changed...)
	}
	return all, nil
}

func (a *admin) applyRulesTo(ctx context.Context, account store.Account, rules policy.Access, q rulesRequest) (changed []rulesChange, err error) {
	do := func(r store.Reader, tx store.Tx) error {
		devices, err := r.Devices()
		if err != nil {
			return err
		}
		for _, d := range devices {
			standing, err := policy.ReadStanding(r, d.ID)
			if err != nil {
				return err
			}
			decision, rule := rules.Decide(d)
			if isMemory(d) || standing.Operator || decision.Store() == d.Access {
				continue
			}
			changed = append(changed, rulesChange{account.Name, d.ID, d.Type, d.Model, accessText[d.Access], accessText[decision.Store()], rule})
			if tx == nil {
				continue
			}
			if err := a.applyRule(tx, d, decision, rule, q.By); err != nil {
				return err
			}
		}
		return nil
	}
	if q.DryRun {
		err = a.store.View(ctx, account.ID, func(r store.Reader) error { return do(r, nil) })
		return changed, err
	}
	if err := a.store.Update(ctx, account.ID, func(tx store.Tx) error { return do(tx, tx) }); err != nil {
		return nil, err
	}
	for _, c := range changed {
		a.deviceChanged(account.ID, c.ID, nil)
	}
	return changed, nil
}

func (a *admin) applyRule(tx store.Tx, d store.Device, decision policy.Decision, rule, by string) error {
	d.Access = decision.Store()
	if err := tx.PutDevice(d); err != nil {
		return err
	}
	if err := policy.WriteStanding(tx, d.ID, policy.Standing{Rule: rule}); err != nil {
		return err
	}
	return a.event(tx, &d, policy.Event{What: accessEvents[d.Access], By: "rule " + rule, Note: "applied by " + by})
}
