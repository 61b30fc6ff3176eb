package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// domainCmds is `gannet domain …`.
type domainCmds struct {
	Add    domainAddCmd    `cmd:"" help:"Take mail for a domain."`
	List   domainListCmd   `cmd:"" help:"List the domains."`
	Remove domainRemoveCmd `cmd:"" help:"Remove a domain without accounts and aliases."`
}

type domainAddCmd struct {
	Domain string `arg:"" help:"e.g. example.test."`
}

func (c domainAddCmd) Run(ctx context.Context, in *invocation) error {
	if _, err := call[nothing](ctx, in, "domain.add", domainRequest{Name: c.Domain}); err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "added", c.Domain) })
}

type domainListCmd struct{}

func (domainListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]domainInfo](ctx, in, "domain.list", nothing{})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "DOMAIN", "ACCOUNTS")
		for _, d := range all {
			row(w, d.Name, d.Accounts)
		}
	})
}

type domainRemoveCmd struct {
	Domain string `arg:"" help:"Its name."`
}

func (c domainRemoveCmd) Run(ctx context.Context, in *invocation) error {
	if _, err := call[nothing](ctx, in, "domain.remove", domainRequest{Name: c.Domain}); err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "removed", c.Domain) })
}

// aliasCmds is `gannet alias …`.
type aliasCmds struct {
	Add    aliasAddCmd    `cmd:"" help:"Add a further address, or a small list."`
	List   aliasListCmd   `cmd:"" help:"List the aliases."`
	Remove aliasRemoveCmd `cmd:"" help:"Remove an alias."`
}

type aliasAddCmd struct {
	Address  string   `arg:"" help:"NAME@DOMAIN, or @DOMAIN for all that is otherwise unknown there."`
	Accounts []string `arg:"" help:"The accounts that its mail goes to."`
	Replace  bool     `help:"Change an alias that exists."`
}

func (c aliasAddCmd) Run(ctx context.Context, in *invocation) error {
	_, err := call[nothing](ctx, in, "alias.add", aliasRequest{Address: c.Address, Accounts: c.Accounts, Replace: c.Replace})
	if err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "added", c.Address) })
}

type aliasListCmd struct{}

func (aliasListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]aliasInfo](ctx, in, "alias.list", nothing{})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "ALIAS", "ACCOUNTS")
		for _, a := range all {
			row(w, a.Address, strings.Join(a.Accounts, " "))
		}
	})
}

type aliasRemoveCmd struct {
	Address string `arg:"" help:"The alias."`
}

func (c aliasRemoveCmd) Run(ctx context.Context, in *invocation) error {
	if _, err := call[nothing](ctx, in, "alias.remove", aliasRequest{Address: c.Address}); err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "removed", c.Address) })
}
