package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// groupRequest names a group and what is to be done with it.
type groupRequest struct {
	Address string   `json:"address"`
	Display *string  `json:"display,omitempty"` // nil: as it is
	Hidden  *bool    `json:"hidden,omitempty"`  // nil: as it is
	From    *string  `json:"from,omitempty"`    // everyone, local, members; nil: as it is
	Members []string `json:"members,omitempty"` // accounts
}

// groupInfo is a group as the verbs show it.
type groupInfo struct {
	Address string   `json:"address"`
	Display string   `json:"display"`
	Hidden  bool     `json:"hidden"`
	From    string   `json:"from"`
	Members []string `json:"members"`
}

// fromEveryone is the word for contacts.FromEveryone.
const fromEveryone = "everyone"

// findGroup returns a group and its alias.
func findGroup(r store.Directory, addr string) (contacts.Group, store.Alias, error) {
	canonical, err := address.Canonical(addr)
	if err != nil {
		return contacts.Group{}, store.Alias{}, usagef("%q is not an address such as team@example.test", addr)
	}
	alias, found, err := findAlias(r, canonical)
	if err != nil {
		return contacts.Group{}, alias, err
	}
	g, err := contacts.ReadGroup(r, canonical)
	switch isGroup := err == nil; {
	case err != nil && !errors.Is(err, store.NotFound):
		return g, alias, err
	case !found:
		return g, alias, notFound("there is no group %s; `gannet group list` shows all", canonical)
	case !isGroup:
		return g, alias, notFound("%s is an alias and no group; `gannet alias list` shows those", canonical)
	}
	return g, alias, nil
}

func groupInfoOf(r store.Directory, g contacts.Group, alias store.Alias) (groupInfo, error) {
	info := groupInfo{Address: alias.Address, Display: g.Display, Hidden: g.Hidden, From: string(g.From), Members: []string{}}
	if g.From == contacts.FromEveryone {
		info.From = fromEveryone
	}
	for _, id := range alias.Accounts {
		account, err := r.AccountByID(id)
		if err != nil {
			return info, err
		}
		info.Members = append(info.Members, account.Name)
	}
	slices.Sort(info.Members)
	return info, nil
}

// members are the accounts of the names that the operator typed.
func (q groupRequest) members(r store.Directory) ([]store.AccountID, error) {
	var list []store.AccountID
	for _, name := range q.Members {
		account, err := findAccount(r, name)
		if err != nil {
			return nil, memberError(r, name, err)
		}
		if !slices.Contains(list, account.ID) {
			list = append(list, account.ID)
		}
	}
	return list, nil
}

// memberError says why somebody cannot be a member: who is elsewhere would get mail whose sender this server cannot
// vouch for.
func memberError(r store.Directory, name string, err error) error {
	canonical, bad := address.Canonical(name)
	if bad != nil {
		return err
	}
	domains, failed := r.Domains()
	if failed != nil {
		return failed
	}
	_, domain, _ := address.Split(canonical)
	if !slices.ContainsFunc(domains, func(d store.Domain) bool { return d.Name == domain }) {
		return usagef("%s is not of this server: a group leads to accounts here only", canonical)
	}
	if _, found, failed := findAlias(r, canonical); failed != nil || found {
		return errors.Join(usagef("%s is an alias or a group: a group leads to accounts only", canonical), failed)
	}
	return err
}

// putGroup makes a group.
func (a *admin) putGroup(ctx context.Context, q groupRequest, _ say) (info groupInfo, err error) {
	if len(q.Members) == 0 {
		return info, usagef("group %s must lead to at least one account", q.Address)
	}
	err = a.update(ctx, func(tx store.Tx) error {
		ids, err := q.members(tx)
		if err != nil {
			return err
		}
		canonical, err := address.Canonical(q.Address)
		if err != nil {
			return usagef("%q is not an address such as team@example.test", q.Address)
		}
		if _, found, err := findAlias(tx, canonical); err != nil {
			return err
		} else if found {
			return exists("there is an alias or a group %s already; `gannet group set` changes a group, `gannet alias remove` removes an alias", canonical)
		}
		if err := storeAlias(tx, store.Alias{Address: canonical, Accounts: ids}); err != nil {
			return err
		}
		info, err = q.change(tx, contacts.Group{}, store.Alias{Address: canonical, Accounts: ids})
		return err
	})
	return info, err
}

// change sets what is said of a group.
func (q groupRequest) change(tx store.Tx, g contacts.Group, alias store.Alias) (groupInfo, error) {
	set(&g.Display, q.Display)
	set(&g.Hidden, q.Hidden)
	if q.From != nil {
		g.From = contacts.Senders(*q.From)
		if *q.From == fromEveryone {
			g.From = contacts.FromEveryone
		}
	}
	if err := contacts.WriteGroup(tx, alias.Address, &g); err != nil {
		return groupInfo{}, usageIf(err, store.Invalid)
	}
	return groupInfoOf(tx, g, alias)
}

func (a *admin) setGroup(ctx context.Context, q groupRequest, _ say) (info groupInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		g, alias, err := findGroup(tx, q.Address)
		if err != nil {
			return err
		}
		info, err = q.change(tx, g, alias)
		return err
	})
	return info, err
}

// joinGroup takes accounts in; who is in already stays.
func (a *admin) joinGroup(ctx context.Context, q groupRequest, _ say) (groupInfo, error) {
	return a.changeMembers(ctx, q, func(alias *store.Alias, ids []store.AccountID) error {
		for _, id := range ids {
			if !slices.Contains(alias.Accounts, id) {
				alias.Accounts = append(alias.Accounts, id)
			}
		}
		return nil
	})
}

// leaveGroup takes members out.
func (a *admin) leaveGroup(ctx context.Context, q groupRequest, _ say) (groupInfo, error) {
	return a.changeMembers(ctx, q, func(alias *store.Alias, ids []store.AccountID) error {
		for _, id := range ids {
			if !slices.Contains(alias.Accounts, id) {
				return notFound("%s: no member of %s; `gannet group show %s` shows all",
					strings.Join(q.Members, ", or "), alias.Address, alias.Address)
			}
		}
		left := slices.DeleteFunc(alias.Accounts, func(id store.AccountID) bool { return slices.Contains(ids, id) })
		if alias.Accounts = left; len(left) == 0 {
			return usagef("nobody would be left in %s; remove it with: gannet group remove %s", alias.Address, alias.Address)
		}
		return nil
	})
}

func (a *admin) changeMembers(ctx context.Context, q groupRequest, change func(*store.Alias, []store.AccountID) error) (info groupInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		g, alias, err := findGroup(tx, q.Address)
		if err != nil {
			return err
		}
		ids, err := q.members(tx)
		if err != nil {
			return err
		}
		if err := change(&alias, ids); err != nil {
			return err
		}
		if err := tx.PutAlias(alias); err != nil {
			return err
		}
		info, err = groupInfoOf(tx, g, alias)
		return err
	})
	return info, err
}

func (a *admin) listGroups(ctx context.Context, _ nothing, _ say) ([]groupInfo, error) {
	all := []groupInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		names, err := contacts.Groups(r)
		if err != nil {
			return err
		}
		for _, name := range names {
			alias, found, err := findAlias(r, name)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			g, err := contacts.ReadGroup(r, name)
			if err != nil {
				return err
			}
			info, err := groupInfoOf(r, g, alias)
			if err != nil {
				return err
			}
			all = append(all, info)
		}
		return nil
	})
	return all, err
}

func (a *admin) showGroup(ctx context.Context, q groupRequest, _ say) (info groupInfo, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		g, alias, err := findGroup(r, q.Address)
		if err != nil {
			return err
		}
		info, err = groupInfoOf(r, g, alias)
		return err
	})
	return info, err
}

func (a *admin) removeGroup(ctx context.Context, q groupRequest, _ say) (nothing, error) {
	return nothing{}, a.update(ctx, func(tx store.Tx) error {
		_, alias, err := findGroup(tx, q.Address)
		if err != nil {
			return err
		}
		return dropAlias(tx, alias.Address)
	})
}

// dropAlias removes an alias with all that is known of it.
func dropAlias(tx store.Tx, addr string) error {
	if err := policy.WriteRules(tx, 0, policy.OfGroup(addr), nil); err != nil {
		return err
	}
	if err := contacts.WriteGroup(tx, addr, nil); err != nil {
		return err
	}
	return tx.PutAlias(store.Alias{Address: addr})
}

// dropEmptyGroups forgets groups whose alias went with its last member.
func dropEmptyGroups(tx store.Tx) error {
	names, err := contacts.Groups(tx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, found, err := findAlias(tx, name); err != nil {
			return err
		} else if !found {
			if err := contacts.WriteGroup(tx, name, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
