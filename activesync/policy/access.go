package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Access says which devices are let in when they first come. The zero value lets in all. What the operator
// decides about one device comes before it.
type Access struct {
	Default Decision     `json:"default,omitempty"` // where no rule fits; empty: Allow
	Rules   []AccessRule `json:"rules,omitempty"`   // the first that fits decides
	Notify  []string     `json:"notify,omitempty"`  // who hears of devices that wait; none: the postmaster of the account's domain
	Text    string       `json:"text,omitempty"`    // added to what users are told: whom to ask
}

// Decision is what happens to a device, as it is written.
type Decision string

// The decisions.
const (
	Allow      Decision = "allow"
	Block      Decision = "block"
	Quarantine Decision = "quarantine"
)

// Store is the decision in the words of the store.
func (d Decision) Store() store.Access {
	switch d {
	case Block:
		return store.Blocked
	case Quarantine:
		return store.Quarantined
	}
	return store.Allowed
}

// ParseDecision reads one of the decisions.
func ParseDecision(s string) (Decision, error) {
	for _, d := range []Decision{Allow, Block, Quarantine} {
		if strings.EqualFold(s, string(d)) {
			return d, nil
		}
	}
	return "", fmt.Errorf("%.40q is none of allow, quarantine and block", s)
}

// AccessRule decides about devices of a kind.
type AccessRule struct {
	Field    string   `json:"field"`   // type, agent, model or os
	Pattern  string   `json:"pattern"` // any case; * stands for anything
	Decision Decision `json:"decision"`
}

// fields are what a rule can look at. The model and the system are known once the device has said them, which
// it does with its first Provision from 14.1 on.
var fields = map[string]func(store.Device) string{
	"type":  func(d store.Device) string { return d.Type },
	"agent": func(d store.Device) string { return d.UserAgent },
	"model": func(d store.Device) string { return d.Model },
	"os":    func(d store.Device) string { return d.OS },
}

// ParseAccessRule reads "type=Windows*" and a decision.
func ParseAccessRule(text string, decision Decision) (AccessRule, error) {
	field, pattern, _ := strings.Cut(text, "=")
	field, pattern = strings.ToLower(strings.TrimSpace(field)), strings.TrimSpace(pattern)
	if fields[field] == nil || pattern == "" || len(pattern) > 255 {
		return AccessRule{}, fmt.Errorf("%.80q is no rule: type, agent, model or os with a pattern; for example type=iPhone or agent=Android-Mail/*", text)
	}
	return AccessRule{field, pattern, decision}, nil
}

// String writes the rule without its decision: "type=Windows*".
func (r AccessRule) String() string { return r.Field + "=" + r.Pattern }

// fits reports whether the rule is about the device.
func (r AccessRule) fits(d store.Device) bool {
	value := fields[r.Field]
	return value != nil && value(d) != "" && matches(strings.ToLower(r.Pattern), strings.ToLower(value(d)))
}

// matches reports whether s is as the pattern says, in which * stands for anything.
func matches(pattern, s string) bool {
	pieces := strings.Split(pattern, "*")
	if len(pieces) == 1 {
		return s == pattern
	}
	last := len(pieces) - 1
	s, ok := strings.CutPrefix(s, pieces[0])
	if !ok || len(s) < len(pieces[last]) || !strings.HasSuffix(s, pieces[last]) {
		return false
	}
	s = s[:len(s)-len(pieces[last])]
	for _, piece := range pieces[1:last] {
		if _, s, ok = strings.Cut(s, piece); !ok {
			return false
		}
	}
	return true
}

// Decide says what happens to a device, and why: the rule, or "default".
func (a Access) Decide(d store.Device) (Decision, string) {
	for _, r := range a.Rules {
		if r.fits(d) {
			return r.Decision, r.String()
		}
	}
	if a.Default == "" {
		return Allow, FromDefault
	}
	return a.Default, FromDefault
}

// NeedsDescription reports whether a rule looks at what a device has yet to say of itself.
func (a Access) NeedsDescription() bool {
	return slices.ContainsFunc(a.Rules, func(r AccessRule) bool { return r.Field == "model" || r.Field == "os" })
}

// accessSetting is where the server keeps it.
const accessSetting = "device/access"

// ReadAccess reads the rules of the server.
func ReadAccess(d store.Directory) (Access, error) {
	var a Access
	return a, readSetting(d, 0, accessSetting, &a)
}

// WriteAccess keeps them.
func WriteAccess(tx store.DirectoryTx, a Access) error { return writeSetting(tx, 0, accessSetting, a) }

// Standing is who decided about the access of a device, and whether those concerned were told. It is kept with
// the device.
type Standing struct {
	Operator bool   `json:"operator,omitempty"` // an operator decided about this one: no rule changes it
	Rule     string `json:"rule,omitempty"`     // which rule did, or FromDefault
	Told     bool   `json:"told,omitempty"`     // its user has been told that it is kept out
}

// standingKey is the device state that holds the standing.
const standingKey = "access"

// ReadStanding reads a device's standing; none is the zero value: it was let in before there were rules.
func ReadStanding(r store.Reader, device string) (Standing, error) {
	var s Standing
	return s, readState(r, device, standingKey, &s)
}

// WriteStanding keeps it.
func WriteStanding(tx store.Tx, device string, s Standing) error {
	return writeState(tx, device, standingKey, s)
}
