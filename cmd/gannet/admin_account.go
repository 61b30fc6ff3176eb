package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// accountRequest names an account and carries what the verb sets.
type accountRequest struct {
	Name     string `json:"name"`
	Display  string `json:"display,omitempty"`
	Quota    int64  `json:"quota,omitempty"` // bytes; 0: none
	Password string `json:"password,omitempty"`
	Timezone string `json:"timezone,omitempty"` // of account.timezone; empty: the server's
	Disabled bool   `json:"disabled,omitempty"`

	Resource *resourceChange `json:"resource,omitempty"` // of account.add: it is one, and needs no password
}

// accountInfo is an account as the verbs show it.
type accountInfo struct {
	Name         string    `json:"name"`
	Display      string    `json:"display"`
	Kind         string    `json:"kind,omitempty"` // show only: of a calendar.Resource, "" for somebody's account
	Created      time.Time `json:"created"`
	Disabled     bool      `json:"disabled"`
	Quota        int64     `json:"quota"`                  // bytes; 0: none
	Used         int64     `json:"used"`                   // bytes
	Aliases      []string  `json:"aliases,omitempty"`      // show only
	Timezone     string    `json:"timezone,omitempty"`     // show only
	Devices      int       `json:"devices,omitempty"`      // show only
	Items        int64     `json:"items,omitempty"`        // show only
	AppPasswords int       `json:"appPasswords,omitempty"` // show only
}

func infoOf(a store.Account) accountInfo {
	return accountInfo{
		Name: a.Name, Display: a.Display, Created: a.Created, Disabled: a.Disabled,
		Quota: a.Quota, Used: a.Used,
	}
}

// findAccount returns the account of a name as the operator typed it.
func findAccount(r store.Directory, name string) (store.Account, error) {
	canonical, err := address.Canonical(name)
	if err != nil {
		return store.Account{}, usagef("%q is not an address such as alice@example.test", name)
	}
	accounts, err := r.Accounts()
	if err != nil {
		return store.Account{}, err
	}
	for _, a := range accounts {
		if a.Name == canonical {
			return a, nil
		}
	}
	return store.Account{}, notFound("there is no account %s; `gannet account list` shows all", canonical)
}

func notFound(format string, args ...any) error {
	return &verbError{exitNotFound, fmt.Errorf(format, args...)}
}

func exists(format string, args ...any) error {
	return &verbError{exitExists, fmt.Errorf(format, args...)}
}

func (a *admin) account(ctx context.Context, name string) (account store.Account, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		account, err = findAccount(r, name)
		return err
	})
	return account, err
}

// addAccount makes the account and its password. An account whose password is refused is not made.
func (a *admin) addAccount(ctx context.Context, q accountRequest, _ say) (accountInfo, error) {
	name, err := address.Canonical(q.Name)
	if err != nil {
		return accountInfo{}, usagef("%q is not an address such as alice@example.test", q.Name)
	}
	var made store.Account
	err = a.update(ctx, func(tx store.Tx) error {
		made, err = tx.CreateAccount(store.Account{Name: name, Display: q.Display, Quota: q.Quota})
		if err == nil && q.Resource != nil {
			_, err = q.Resource.apply(tx, made)
		}
		return err
	})
	_, domain, _ := address.Split(name)
	switch {
	case errors.Is(err, store.Exists):
		return accountInfo{}, exists("%s is taken by an account or an alias", name)
	case errors.Is(err, store.NotFound):
		return accountInfo{}, notFound("%s is not a domain of this server; add it with: gannet domain add %s", domain, domain)
	case err != nil:
		return accountInfo{}, fmt.Errorf("account %s: %w", name, err)
	case q.Resource != nil && q.Password == "":
		return infoOf(made), nil
	}
	if err := a.setMainPassword(ctx, made, q.Password); err != nil {
		undo := a.update(context.WithoutCancel(ctx), func(tx store.Tx) error { return tx.RemoveAccount(made.ID) })
		return accountInfo{}, errors.Join(err, undo)
	}
	return infoOf(made), nil
}

func (a *admin) setMainPassword(ctx context.Context, account store.Account, password string) error {
	err := a.auth.SetPassword(ctx, account.ID, password)
	if errors.Is(err, auth.ErrWeakPassword) {
		return usage(err)
	}
	return err
}

func (a *admin) setPassword(ctx context.Context, q accountRequest, _ say) (nothing, error) {
	account, err := a.account(ctx, q.Name)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.setMainPassword(ctx, account, q.Password)
}

func (a *admin) listAccounts(ctx context.Context, _ nothing, _ say) ([]accountInfo, error) {
	all := []accountInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		accounts, err := r.Accounts()
		for _, one := range accounts {
			all = append(all, infoOf(one))
		}
		return err
	})
	return all, err
}

func (a *admin) showAccount(ctx context.Context, q accountRequest, _ say) (accountInfo, error) {
	account, err := a.account(ctx, q.Name)
	if err != nil {
		return accountInfo{}, err
	}
	info := infoOf(account)
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		aliases, err := r.Aliases(account.ID)
		if err != nil {
			return err
		}
		for _, one := range aliases {
			info.Aliases = append(info.Aliases, one.Address)
		}
		devices, err := r.Devices()
		if err != nil {
			return err
		}
		if info.Timezone, err = a.timezone(r, account.ID); err != nil {
			return err
		}
		resource, err := calendar.ReadResource(r, account.ID)
		if err != nil {
			return err
		}
		info.Kind = resource.Kind
		info.Devices = len(slices.DeleteFunc(devices, isMemory))
		collections, err := r.Collections(0)
		if err != nil {
			return err
		}
		for _, c := range collections {
			if !c.Fed() { // what the server keeps comes and goes by itself
				info.Items += c.Total
			}
		}
		credentials, err := r.Credentials(account.ID)
		for _, c := range credentials {
			if c.Kind == store.AppPassword {
				info.AppPasswords++
			}
		}
		return err
	})
	return info, err
}

// changeAccount applies change to an account inside one transaction.
func (a *admin) changeAccount(ctx context.Context, name string, change func(*store.Account)) (accountInfo, error) {
	var info accountInfo
	err := a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, name)
		if err != nil {
			return err
		}
		change(&account)
		info = infoOf(account)
		return tx.UpdateAccount(account)
	})
	return info, err
}

// disableAccount disables or enables: mail is still delivered, nobody logs in.
func (a *admin) disableAccount(ctx context.Context, q accountRequest, _ say) (accountInfo, error) {
	return a.changeAccount(ctx, q.Name, func(one *store.Account) { one.Disabled = q.Disabled })
}

func (a *admin) setQuota(ctx context.Context, q accountRequest, _ say) (accountInfo, error) {
	return a.changeAccount(ctx, q.Name, func(one *store.Account) { one.Quota = q.Quota })
}

// setTimezone says in which zone a person lives.
func (a *admin) setTimezone(ctx context.Context, q accountRequest, _ say) (accountInfo, error) {
	var info accountInfo
	err := a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Name)
		if err != nil {
			return err
		}
		info = infoOf(account)
		if err := calendar.WriteHome(tx, account.ID, q.Timezone); errors.Is(err, store.Invalid) {
			return usagef("%q is no time zone of the IANA list, such as Europe/Berlin", q.Timezone)
		} else if err != nil {
			return err
		}
		info.Timezone, err = a.timezone(tx, account.ID)
		return err
	})
	return info, err
}

// timezone is the zone in which a person lives, and how that is known.
func (a *admin) timezone(r store.Directory, acct store.AccountID) (string, error) {
	name, err := calendar.HomeName(r, acct)
	if err == nil && name == "" {
		zone, _ := a.config.zone()
		name = zone.String() + ", the server's"
	}
	return name, err
}

// removeAccount removes an account and all that is its own. Aliases that led to it lead to the others
// they have, or go.
func (a *admin) removeAccount(ctx context.Context, q accountRequest, _ say) (nothing, error) {
	return nothing{}, a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Name)
		if err != nil {
			return err
		}
		if err := tx.RemoveAccount(account.ID); err != nil {
			return err
		}
		return dropEmptyGroups(tx)
	})
}

// appPasswordRequest names an application password of an account.
type appPasswordRequest struct {
	Account string   `json:"account"`
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes,omitempty"`
}

// appPasswordInfo is one application password; its secret is shown once, when it is made.
type appPasswordInfo struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes,omitempty"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Secret  string    `json:"secret,omitempty"`
}

func (a *admin) addAppPassword(ctx context.Context, q appPasswordRequest, _ say) (appPasswordInfo, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return appPasswordInfo{}, err
	}
	secret, err := a.auth.AddAppPassword(ctx, account.ID, q.Name, q.Scopes)
	if errors.Is(err, store.Exists) {
		return appPasswordInfo{}, exists("%s has an application password %q already; revoke it first or choose another name", account.Name, q.Name)
	}
	return appPasswordInfo{Name: q.Name, Scopes: q.Scopes, Created: a.now(), Secret: secret}, err
}

func (a *admin) listAppPasswords(ctx context.Context, q appPasswordRequest, _ say) ([]appPasswordInfo, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return nil, err
	}
	all := []appPasswordInfo{}
	err = a.view(ctx, func(r store.Reader) error {
		credentials, err := r.Credentials(account.ID)
		for _, c := range credentials {
			if c.Kind == store.AppPassword {
				all = append(all, appPasswordInfo{Name: c.Name, Scopes: c.Scopes, Created: c.Created, Used: c.Used})
			}
		}
		return err
	})
	return all, err
}

func (a *admin) revokeAppPassword(ctx context.Context, q appPasswordRequest, _ say) (nothing, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return nothing{}, err
	}
	err = a.auth.RevokeAppPassword(ctx, account.ID, q.Name)
	if errors.Is(err, store.NotFound) {
		return nothing{}, notFound("%s has no application password %q; `gannet account app-password list %s` shows all", account.Name, q.Name, account.Name)
	}
	return nothing{}, err
}
