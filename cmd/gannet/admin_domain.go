package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// domainRequest names a domain.
type domainRequest struct {
	Name string `json:"name"`
}

// domainInfo is a domain as the verbs show it.
type domainInfo struct {
	Name     string `json:"name"`
	Accounts int    `json:"accounts"`
}

func (a *admin) addDomain(ctx context.Context, q domainRequest, progress say) (nothing, error) {
	name, err := address.Domain(q.Name)
	if err != nil {
		return nothing{}, usagef("%q is not a domain such as example.test", q.Name)
	}
	err = a.update(ctx, func(tx store.Tx) error { return tx.CreateDomain(name) })
	if errors.Is(err, store.Exists) {
		return nothing{}, exists("%s is a domain of this server already", name)
	} else if err != nil {
		return nothing{}, fmt.Errorf("domain %s: %w", name, err)
	}
	return nothing{}, a.coverDomains(ctx, progress)
}

// coverDomains sees to it that the certificate stands for every name that clients will ask for. A
// certificate of the operator's own can only be named as too small.
func (a *admin) coverDomains(ctx context.Context, progress say) error {
	names, err := a.publishedNames(ctx)
	if err != nil {
		return err
	}
	renewed, err := renew(a.config, names, a.now())
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if renewed {
		a.log.LogAttrs(ctx, slog.LevelInfo, "certificate issued again", slog.Any("names", names))
		progress("the server's certificate was issued again")
		if a.server != nil {
			a.server.certificateChanged()
		}
		return nil
	}
	leaf, err := readLeaf(a.config.path(a.config.TLS.Cert))
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	for _, n := range uncovered(leaf, names) {
		if n != "localhost" && n != "127.0.0.1" && n != "::1" {
			a.log.LogAttrs(ctx, slog.LevelWarn, "the certificate does not stand for a name that clients use", slog.String("name", n))
			progress("warning: the certificate in " + a.config.TLS.Cert + " does not stand for " + n)
		}
	}
	return nil
}

// publishedNames are the names under which clients look for this server.
func (a *admin) publishedNames(ctx context.Context) ([]string, error) {
	var domains []string
	err := a.view(ctx, func(r store.Reader) error {
		all, err := r.Domains()
		for _, d := range all {
			domains = append(domains, d.Name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("domains: %w", err)
	}
	return certificateNames(a.config.Server.Hostname, domains), nil
}

func (a *admin) listDomains(ctx context.Context, _ nothing, _ say) ([]domainInfo, error) {
	all := []domainInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		domains, err := r.Domains()
		if err != nil {
			return err
		}
		accounts, err := r.Accounts()
		count := map[string]int{}
		for _, one := range accounts {
			_, domain, _ := address.Split(one.Name)
			count[domain]++
		}
		for _, d := range domains {
			all = append(all, domainInfo{Name: d.Name, Accounts: count[d.Name]})
		}
		return err
	})
	return all, err
}

func (a *admin) removeDomain(ctx context.Context, q domainRequest, _ say) (nothing, error) {
	name, err := address.Domain(q.Name)
	if err != nil {
		return nothing{}, usagef("%q is not a domain such as example.test", q.Name)
	}
	return nothing{}, a.update(ctx, func(tx store.Tx) error {
		if err := domainUnused(tx, name); err != nil {
			return err
		}
		err := tx.RemoveDomain(name)
		if errors.Is(err, store.NotFound) {
			return notFound("%s is not a domain of this server; `gannet domain list` shows all", name)
		}
		return err
	})
}

// domainUnused names what still lives in a domain.
func domainUnused(r store.Directory, name string) error {
	accounts, err := r.Accounts()
	if err != nil {
		return err
	}
	for _, one := range accounts {
		if _, domain, _ := address.Split(one.Name); domain == name {
			return exists("%s still has the account %s; remove its accounts and aliases first", name, one.Name)
		}
	}
	aliases, err := r.Aliases(0)
	if err != nil {
		return err
	}
	for _, one := range aliases {
		if _, domain, _ := address.Split(one.Address); domain == name {
			return exists("%s still has the alias %s; remove its accounts and aliases first", name, one.Address)
		}
	}
	return nil
}

// aliasRequest is an alias with the accounts that it leads to.
type aliasRequest struct {
	Address  string   `json:"address"` // "@domain": all that is otherwise unknown there
	Accounts []string `json:"accounts,omitempty"`
	Replace  bool     `json:"replace,omitempty"`
}

// aliasInfo is an alias as the verbs show it.
type aliasInfo struct {
	Address  string   `json:"address"`
	Accounts []string `json:"accounts"`
}

func canonicalAlias(addr string) (string, error) {
	if local, domain, ok := address.Split(addr); ok && local == "" {
		d, err := address.Domain(domain)
		if err == nil {
			return "@" + d, nil
		}
	} else if canonical, err := address.Canonical(addr); err == nil {
		return canonical, nil
	}
	return "", usagef("%q is not an address such as sales@example.test, nor a whole domain such as @example.test", addr)
}

func (a *admin) putAlias(ctx context.Context, q aliasRequest, _ say) (nothing, error) {
	addr, err := canonicalAlias(q.Address)
	if err != nil {
		return nothing{}, err
	}
	if len(q.Accounts) == 0 {
		return nothing{}, usagef("alias %s must lead to at least one account", addr)
	}
	return nothing{}, a.update(ctx, func(tx store.Tx) error {
		alias := store.Alias{Address: addr}
		for _, name := range q.Accounts {
			account, err := findAccount(tx, name)
			if err != nil {
				return err
			}
			alias.Accounts = append(alias.Accounts, account.ID)
		}
		if _, found, err := findAlias(tx, addr); err != nil {
			return err
		} else if found && !q.Replace {
			return exists("there is an alias %s already; say --replace to change it", addr)
		}
		return storeAlias(tx, alias)
	})
}

// storeAlias puts an alias, with what the operator is to be told.
func storeAlias(tx store.Tx, alias store.Alias) error {
	err := tx.PutAlias(alias)
	_, domain, _ := address.Split(alias.Address)
	switch {
	case errors.Is(err, store.Exists):
		return exists("%s is the address of an account", alias.Address)
	case errors.Is(err, store.NotFound):
		return notFound("%s is not a domain of this server; add it with: gannet domain add %s", domain, domain)
	}
	return err
}

func findAlias(r store.Directory, addr string) (store.Alias, bool, error) {
	all, err := r.Aliases(0)
	for _, one := range all {
		if one.Address == addr {
			return one, true, nil
		}
	}
	return store.Alias{}, false, err
}

func (a *admin) listAliases(ctx context.Context, _ nothing, _ say) ([]aliasInfo, error) {
	all := []aliasInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		aliases, err := r.Aliases(0)
		if err != nil {
			return err
		}
		for _, one := range aliases {
			info := aliasInfo{Address: one.Address}
			for _, id := range one.Accounts {
				account, err := r.AccountByID(id)
				if err != nil {
					return err
				}
				info.Accounts = append(info.Accounts, account.Name)
			}
			all = append(all, info)
		}
		return nil
	})
	return all, err
}

func (a *admin) removeAlias(ctx context.Context, q aliasRequest, _ say) (nothing, error) {
	addr, err := canonicalAlias(q.Address)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.update(ctx, func(tx store.Tx) error {
		_, found, err := findAlias(tx, addr)
		if err != nil {
			return err
		}
		if !found {
			return notFound("there is no alias %s; `gannet alias list` shows all", addr)
		}
		return dropAlias(tx, addr)
	})
}
