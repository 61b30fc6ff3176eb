package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Rules are what one level says: values by the name of their elements. What is not named is left to the levels
// above. The zero value says nothing, and can be read but not set.
type Rules map[string]string

// ErrNoElement says that there is no element of that name.
var ErrNoElement = errors.New("no such element of a policy")

// Set sets an element to a value as an operator writes it.
func (r Rules) Set(name, value string) error {
	e, ok := Lookup(name)
	if !ok {
		return unknown(name)
	}
	kept, err := e.Parse(value)
	if err != nil {
		return err
	}
	r[e.Name] = kept
	return nil
}

// Unset leaves an element to the levels above, and reports whether it was set.
func (r Rules) Unset(name string) (bool, error) {
	e, ok := Lookup(name)
	if !ok {
		return false, unknown(name)
	}
	_, was := r[e.Name]
	delete(r, e.Name)
	return was, nil
}

// unknown is the error for a name that is none, with those that are like it.
func unknown(name string) error {
	var like []string
	lower := strings.ToLower(name)
	for _, e := range elements {
		own := strings.ToLower(e.Name)
		if len(lower) >= 4 && (strings.Contains(own, lower) || strings.Contains(lower, own)) {
			like = append(like, e.Name)
		}
	}
	if len(like) == 0 || len(like) > 6 {
		return fmt.Errorf("%w: %.60q", ErrNoElement, name)
	}
	return fmt.Errorf("%w: %.60q; there is %s", ErrNoElement, name, strings.Join(like, ", "))
}

// Names lists the elements that are set, in the order of [Elements].
func (r Rules) Names() []string {
	var list []string
	for _, e := range elements {
		if _, ok := r[e.Name]; ok {
			list = append(list, e.Name)
		}
	}
	return list
}

// Names of the settings that hold rules. A group is the canonical address of an alias.
const (
	OfServer  = "policy" // of the server
	OfAccount = "policy" // of an account
	groups    = "policy/group/"
	devices   = "policy/device/"
)

// OfGroup names the server's setting with the rules of a group.
func OfGroup(address string) string { return settingName(groups, address) }

// OfDevice names the account's setting with the rules of a device.
func OfDevice(id string) string { return settingName(devices, id) }

// maxName is how long the name of a setting may be; see store.DirectoryTx.
const maxName = 255

// settingName ends a name with what may be anything: what is too long for it, or unprintable, is hashed.
func settingName(prefix, id string) string {
	if len(prefix)+len(id) <= maxName && !strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xFFFD }) {
		return prefix + id
	}
	sum := sha256.Sum256([]byte(id))
	return prefix + "sha256:" + hex.EncodeToString(sum[:])
}

// ReadRules reads the rules under a name; none are empty, not nil. Elements that this program does not know are
// left out: another version of it wrote them.
func ReadRules(d store.Directory, acct store.AccountID, name string) (Rules, error) {
	r := Rules{}
	if err := readSetting(d, acct, name, &r); err != nil {
		return nil, err
	}
	maps.DeleteFunc(r, func(name, _ string) bool {
		_, known := Lookup(name)
		return !known
	})
	return r, nil
}

// WriteRules keeps rules under a name.
func WriteRules(tx store.DirectoryTx, acct store.AccountID, name string, r Rules) error {
	if len(r) == 0 {
		return tx.PutSetting(acct, name, nil)
	}
	return writeSetting(tx, acct, name, r)
}

// readSetting reads a setting as JSON; where there is none, v stays as it is.
func readSetting(d store.Directory, acct store.AccountID, name string, v any) error {
	raw, err := d.Setting(acct, name)
	if errors.Is(err, store.NotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

func writeSetting(tx store.DirectoryTx, acct store.AccountID, name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	if err := tx.PutSetting(acct, name, raw); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// Levels are all the rules that concern an account.
type Levels struct {
	Server  Rules
	Groups  []Group // by address
	Account Rules
	devices map[string]Rules // by the name of the setting
}

// Group are the rules of an alias that leads to the account.
type Group struct {
	Address string
	Rules   Rules
}

// ReadLevels reads all that concerns an account.
func ReadLevels(d store.Directory, acct store.AccountID) (Levels, error) {
	var l Levels
	var err error
	if l.Server, err = ReadRules(d, 0, OfServer); err != nil {
		return l, err
	}
	if l.Account, err = ReadRules(d, acct, OfAccount); err != nil {
		return l, err
	}
	if l.Groups, err = readGroups(d, acct); err != nil {
		return l, err
	}
	own, err := d.SettingNames(acct, devices)
	if err != nil {
		return l, fmt.Errorf("policies of devices: %w", err)
	}
	for _, name := range own {
		rules, err := ReadRules(d, acct, name)
		if err != nil {
			return l, err
		}
		if l.devices == nil {
			l.devices = make(map[string]Rules)
		}
		l.devices[name] = rules
	}
	return l, nil
}

// readGroups reads the rules of the aliases that lead to an account, if there are rules of any.
func readGroups(d store.Directory, acct store.AccountID) ([]Group, error) {
	set, err := d.SettingNames(0, groups)
	if err != nil || len(set) == 0 {
		return nil, err
	}
	aliases, err := d.Aliases(acct)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	var list []Group
	for _, a := range aliases {
		name := OfGroup(a.Address)
		if !slices.Contains(set, name) {
			continue
		}
		rules, err := ReadRules(d, 0, name)
		if err != nil {
			return nil, err
		}
		list = append(list, Group{a.Address, rules})
	}
	return list, nil
}
