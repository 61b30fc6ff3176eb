package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// policyRequest names a level: the server, a group, an account, or a device of it; and what changes there.
type policyRequest struct {
	Account string            `json:"account,omitempty"`
	Group   string            `json:"address,omitempty"` // an alias
	ID      string            `json:"id,omitempty"`      // a device of the account
	Set     map[string]string `json:"set,omitempty"`     // values by element, as typed
	Unset   []string          `json:"unset,omitempty"`
	All     bool              `json:"all,omitempty"` // unset everything
}

// policyInfo is a policy as the verbs show it.
type policyInfo struct {
	Of       string        `json:"of"`              // whose
	State    string        `json:"state,omitempty"` // of a device: has it agreed?
	Demanded bool          `json:"demanded"`        // whether a device has to agree to anything
	Values   []policyValue `json:"values"`
}

type policyValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from,omitempty"` // the level; effective only
	Idle  bool   `json:"idle,omitempty"` // without effect, since no password is demanded; effective only
}

// policyLevel is where the rules of a level are kept.
type policyLevel struct {
	of      string
	account store.AccountID
	name    string
}

// level finds a level.
func (q policyRequest) level(r store.Reader, account store.AccountID) (policyLevel, error) {
	switch {
	case q.Group != "" && q.Account != "":
		return policyLevel{}, usagef("--group and --account are two levels: say one of them")
	case q.Group != "":
		addr, err := canonicalAlias(q.Group)
		if err != nil {
			return policyLevel{}, err
		}
		if _, found, err := findAlias(r, addr); err != nil {
			return policyLevel{}, err
		} else if !found {
			return policyLevel{}, notFound("there is no alias %s, whose members would be the group; `gannet alias list` shows all", addr)
		}
		return policyLevel{"group " + addr, 0, policy.OfGroup(addr)}, nil
	case q.ID != "" && q.Account == "":
		return policyLevel{}, usagef("--device needs --account, whose device it is")
	case q.ID != "":
		_, err := r.Device(q.ID)
		return policyLevel{"device " + q.ID + " of " + q.Account, account, policy.OfDevice(q.ID)}, deviceError(err, q.Account, q.ID)
	case q.Account != "":
		return policyLevel{"account " + q.Account, account, policy.OfAccount}, nil
	}
	return policyLevel{"server", 0, policy.OfServer}, nil
}

// policyAccount is the account that a request names; 0: none.
func (a *admin) policyAccount(ctx context.Context, q *policyRequest) (store.AccountID, error) {
	if q.Account == "" {
		return 0, nil
	}
	account, err := a.account(ctx, q.Account)
	q.Account = account.Name
	return account.ID, err
}

// showPolicy lists what is set at a level.
func (a *admin) showPolicy(ctx context.Context, q policyRequest, _ say) (policyInfo, error) {
	account, err := a.policyAccount(ctx, &q)
	if err != nil {
		return policyInfo{}, err
	}
	var info policyInfo
	err = a.store.View(ctx, account, func(r store.Reader) error {
		level, err := q.level(r, account)
		if err != nil {
			return err
		}
		rules, err := policy.ReadRules(r, level.account, level.name)
		info = rulesInfo(level, rules)
		return err
	})
	return info, err
}

func rulesInfo(level policyLevel, rules policy.Rules) policyInfo {
	info := policyInfo{Of: level.of, Values: []policyValue{}}
	for _, name := range rules.Names() {
		info.Values = append(info.Values, policyValue{Name: name, Value: typed(rules[name])})
	}
	return info
}

// typed writes a value as it is typed.
func typed(value string) string { return strings.ReplaceAll(value, "\n", ",") }

// changePolicy sets and unsets elements at a level; all that is wrong with them is reported at once.
func (a *admin) changePolicy(ctx context.Context, q policyRequest, _ say) (policyInfo, error) {
	account, err := a.policyAccount(ctx, &q)
	if err != nil {
		return policyInfo{}, err
	}
	var info policyInfo
	err = a.store.Update(ctx, account, func(tx store.Tx) error {
		level, err := q.level(tx, account)
		if err != nil {
			return err
		}
		rules, err := policy.ReadRules(tx, level.account, level.name)
		if err != nil && !q.All { // unsetting all mends what cannot be read
			return err
		}
		if rules, err = q.apply(rules); err != nil {
			return err
		}
		info = rulesInfo(level, rules)
		return policy.WriteRules(tx, level.account, level.name, rules)
	})
	return info, err
}

func (q policyRequest) apply(rules policy.Rules) (policy.Rules, error) {
	if q.All {
		rules = policy.Rules{}
	}
	var errs []error
	for name, value := range q.Set {
		errs = append(errs, rules.Set(name, value))
	}
	for _, name := range q.Unset {
		_, err := rules.Unset(name)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, usage(fmt.Errorf("%w\n`gannet device policy elements` lists all elements; nothing was changed", err))
	}
	return rules, nil
}

// effectivePolicy lists what holds for a device, or for a new one, and which level says so.
func (a *admin) effectivePolicy(ctx context.Context, q policyRequest, _ say) (policyInfo, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return policyInfo{}, err
	}
	info := policyInfo{Of: "a device of " + account.Name, Values: []policyValue{}}
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		levels, err := policy.ReadLevels(r, account.ID)
		if err != nil {
			return err
		}
		p, version := levels.For(q.ID), newestVersion
		if q.ID != "" {
			d, err := r.Device(q.ID)
			if err != nil {
				return deviceError(err, account.Name, q.ID)
			}
			version = versionNumber(d.Protocol)
			info.Of, info.State = "device "+d.ID+" of "+account.Name, agreement(p, d)
		}
		info.Demanded = p.Hash(version) != ""
		for _, e := range policy.Elements() {
			v := p.Value(e.Name)
			info.Values = append(info.Values, policyValue{e.Name, typed(v.Text), v.From, p.Idle(e.Name)})
		}
		return nil
	})
	return info, err
}

// agreement says whether a device has agreed to its policy.
func agreement(p *policy.Policy, d store.Device) string {
	version := versionNumber(d.Protocol)
	beyond := p.Beyond(version)
	hash := p.Hash(version)
	switch {
	case len(beyond) > 0 && !p.AllowPartial:
		return "kept out: ActiveSync " + d.Protocol + " cannot say " + strings.Join(beyond, ", ") + ", and AllowPartial is not set"
	case hash == "":
		return "nothing to agree to"
	case d.PolicyKey != 0 && d.PolicyHash == hash:
		return "agreed"
	case d.PolicyKey != 0:
		return "agreed to an earlier policy, must agree to this one at its next request"
	}
	return "has not agreed"
}
