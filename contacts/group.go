package contacts

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Senders are those who may write to a group.
type Senders string

// The senders.
const (
	FromEveryone Senders = ""        // whoever can reach this server
	FromLocal    Senders = "local"   // who submits mail to this server
	FromMembers  Senders = "members" // of these, those whom it leads to
)

// A Group is what is known of an alias that is a group of the address list, beside its members, who are the alias's
// accounts. The setting "group/" with its address, of the server, holds it as JSON.
type Group struct {
	Display string  `json:"display,omitempty"` // empty: its local part
	Hidden  bool    `json:"hidden,omitempty"`  // left out of the address list
	From    Senders `json:"from,omitempty"`
}

const groupPrefix = "group/"

// ReadGroup returns the group of a canonical address; store.NotFound if that is none, or was one whose alias is gone.
func ReadGroup(r store.Directory, addr string) (Group, error) {
	raw, err := r.Setting(0, groupPrefix+addr)
	if err != nil {
		return Group{}, fmt.Errorf("group %s: %w", addr, err)
	}
	var g Group
	if err := json.Unmarshal(raw, &g); err != nil {
		return Group{}, fmt.Errorf("group %s: %w: %w", addr, err, store.Damaged)
	}
	return g, nil
}

// WriteGroup makes an alias a group; nil makes it none. Its name is one line of at most [MaxProperty] bytes; what is not
// possible is store.Invalid.
func WriteGroup(tx store.DirectoryTx, addr string, g *Group) error {
	if g == nil {
		return tx.PutSetting(0, groupPrefix+addr, nil)
	}
	switch {
	case len(g.Display) > MaxProperty, !utf8.ValidString(g.Display), strings.ContainsFunc(g.Display, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%w name: it must be one line of at most %d bytes", store.Invalid, MaxProperty)
	case g.From != FromEveryone && g.From != FromLocal && g.From != FromMembers:
		return fmt.Errorf("%w senders %.40q", store.Invalid, g.From)
	}
	raw, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("group %s: %w", addr, err)
	}
	return tx.PutSetting(0, groupPrefix+addr, raw)
}

// Groups lists the addresses of all groups, sorted.
func Groups(r store.Directory) ([]string, error) {
	names, err := r.SettingNames(0, groupPrefix)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	for i, n := range names {
		names[i] = strings.TrimPrefix(n, groupPrefix)
	}
	return names, nil
}

// groupsOf reads all groups, by address.
func groupsOf(r store.Directory) (map[string]Group, error) {
	names, err := Groups(r)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Group, len(names))
	for _, addr := range names {
		if all[addr], err = ReadGroup(r, addr); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Lists tells who may write to groups. It implements mail.Lists.
type Lists struct{}

// MayWrite reports whether an account, 0 for somebody elsewhere, may write to a canonical address: to all but those groups
// that say otherwise.
func (Lists) MayWrite(r store.Directory, addr string, author store.AccountID) (bool, error) {
	g, err := ReadGroup(r, addr)
	if base, tag := address.Untag(addr); tag != "" && errors.Is(err, store.NotFound) {
		addr = base
		g, err = ReadGroup(r, addr)
	}
	switch {
	case errors.Is(err, store.NotFound):
		return true, nil
	case err != nil:
		return false, err
	case g.From == FromEveryone:
		return true, nil
	case author == 0 || g.From == FromLocal:
		return author != 0, nil
	}
	aliases, err := r.Aliases(author)
	if err != nil {
		return false, err
	}
	for _, a := range aliases {
		if a.Address == addr {
			return true, nil
		}
	}
	return false, nil
}
