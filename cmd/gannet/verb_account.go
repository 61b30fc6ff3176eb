package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/calendar"
)

// accountCmds is `gannet account …`.
type accountCmds struct {
	Add         accountAddCmd     `cmd:"" help:"Add an account with its password."`
	List        accountListCmd    `cmd:"" help:"List the accounts."`
	Show        accountShowCmd    `cmd:"" help:"Show one account with its aliases, devices and use."`
	Folders     accountFoldersCmd `cmd:"" help:"List an account's folders and what is in them."`
	Disable     accountDisableCmd `cmd:"" help:"Keep an account's people out; its mail is still delivered."`
	Enable      accountEnableCmd  `cmd:"" help:"Let them in again."`
	Quota       accountQuotaCmd   `cmd:"" help:"Set how much an account may store."`
	Remove      accountRemoveCmd  `cmd:"" help:"Remove an account and everything in it."`
	Timezone    accountZoneCmd    `cmd:"" help:"Say in which time zone an account's person lives, or show it."`
	Passwd      accountPasswdCmd  `cmd:"" help:"Set an account's password. Its application passwords stay."`
	Oof         oofCmds           `cmd:"" help:"Automatic replies of people who are away."`
	AppPassword appPasswordCmds   `cmd:"" name:"app-password" help:"Passwords for single devices and programs."`
	Resource    resourceCmds      `cmd:"" help:"Rooms and equipment, which answer invitations by themselves."`
	Person      personCmds        `cmd:"" help:"What the address list says of a person."`
	Photo       photoCmds         `cmd:"" help:"Photos of people, shown by their phones."`
	Certificate certificateCmds   `cmd:"" help:"Certificates that mail to people is encrypted for."`
}

type accountAddCmd struct {
	Name    string `arg:"" help:"Its address, NAME@DOMAIN."`
	Display string `help:"The person's name." placeholder:"NAME"`
	Quota   Size   `help:"How much it may store, e.g. 10GB; 0: without bound." default:"0"`
	Room    bool   `help:"It is a room, which answers invitations by itself. Without --password-file nobody logs in to it." xor:"resource"`
	Thing   bool   `name:"equipment" help:"It is a thing that people share, likewise." xor:"resource"`
	resourceFlags
	passwordFlags
}

func (c accountAddCmd) Run(ctx context.Context, in *invocation) error {
	q := accountRequest{Name: c.Name, Display: c.Display, Quota: int64(c.Quota)}
	what := c.change()
	switch {
	case c.Room || c.Thing:
		kind := map[bool]string{true: calendar.Room, false: calendar.Equipment}[c.Room]
		what.Kind, q.Resource = &kind, &what
	case what != resourceChange{}:
		return usagef("--capacity, --building and --floor are of rooms: say --room or --equipment")
	}
	if q.Resource == nil || c.PasswordFile != "" {
		var err error
		if q.Password, err = c.read(ctx, in, c.Name); err != nil {
			return err
		}
	}
	info, err := call[accountInfo](ctx, in, "account.add", q)
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, "added", info.Name) })
}

type accountListCmd struct{}

func (accountListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]accountInfo](ctx, in, "account.list", nothing{})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "ACCOUNT", "NAME", "USED", "QUOTA", "DISABLED")
		for _, a := range all {
			row(w, a.Name, a.Display, rough(a.Used), quotaText(a.Quota), a.Disabled)
		}
	})
}

type accountShowCmd struct {
	Name string `arg:"" help:"Its address."`
}

func (c accountShowCmd) Run(ctx context.Context, in *invocation) error {
	a, err := call[accountInfo](ctx, in, "account.show", accountRequest{Name: c.Name})
	if err != nil {
		return err
	}
	return in.print(a, func(w io.Writer) {
		row(w, "account", a.Name)
		row(w, "name", a.Display)
		if a.Kind != "" {
			row(w, "kind", a.Kind)
		}
		row(w, "created", a.Created)
		row(w, "disabled", a.Disabled)
		row(w, "used", rough(a.Used))
		row(w, "quota", quotaText(a.Quota))
		row(w, "items", a.Items)
		row(w, "aliases", strings.Join(a.Aliases, " "))
		row(w, "timezone", a.Timezone)
		row(w, "devices", a.Devices)
		row(w, "app passwords", a.AppPasswords)
	})
}

type accountFoldersCmd struct {
	Name string `arg:"" help:"Its address."`
}

func (c accountFoldersCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]folderInfo](ctx, in, "account.folders", accountRequest{Name: c.Name})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "FOLDER", "CLASS", "ITEMS", "SIZE", "FILLED BY")
		for _, f := range all {
			row(w, f.Path, f.Class, f.Items, rough(f.Size), map[bool]string{true: "the server"}[f.Fed])
		}
	})
}

type accountDisableCmd struct {
	Name string `arg:"" help:"Its address."`
}

func (c accountDisableCmd) Run(ctx context.Context, in *invocation) error {
	return c.set(ctx, in, true, "disabled")
}

func (c accountDisableCmd) set(ctx context.Context, in *invocation, disabled bool, done string) error {
	info, err := call[accountInfo](ctx, in, "account.disable", accountRequest{Name: c.Name, Disabled: disabled})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, done, info.Name) })
}

type accountEnableCmd struct {
	Name string `arg:"" help:"Its address."`
}

func (c accountEnableCmd) Run(ctx context.Context, in *invocation) error {
	return accountDisableCmd(c).set(ctx, in, false, "enabled")
}

type accountQuotaCmd struct {
	Name  string `arg:"" help:"Its address."`
	Quota Size   `arg:"" help:"e.g. 10GB; 0: without bound."`
}

func (c accountQuotaCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[accountInfo](ctx, in, "account.quota", accountRequest{Name: c.Name, Quota: int64(c.Quota)})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, info.Name, "quota", quotaText(info.Quota)) })
}

type accountZoneCmd struct {
	Name string `arg:"" help:"Its address."`
	Zone string `arg:"" optional:"" help:"An IANA name, e.g. Europe/Berlin, or server: the server's. Left out: show which it is."`
}

// serversZone is what one says instead of a zone to have the server's.
const serversZone = "server"

func (c accountZoneCmd) Run(ctx context.Context, in *invocation) error {
	verb, q := "account.timezone", accountRequest{Name: c.Name, Timezone: c.Zone}
	switch c.Zone {
	case "":
		verb = "account.show"
	case serversZone:
		q.Timezone = ""
	}
	info, err := call[accountInfo](ctx, in, verb, q)
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, info.Name, "timezone", info.Timezone) })
}

type accountRemoveCmd struct {
	Name string `arg:"" help:"Its address."`
	Yes  bool   `help:"Do not ask."`
}

func (c accountRemoveCmd) Run(ctx context.Context, in *invocation) error {
	if err := confirm(ctx, in, c.Yes, "Removing "+c.Name+" and everything in it", c.Name); err != nil {
		return err
	}
	_, err := call[nothing](ctx, in, "account.remove", accountRequest{Name: c.Name})
	if err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "removed", c.Name) })
}

type accountPasswdCmd struct {
	Name string `arg:"" help:"Its address."`
	passwordFlags
}

func (c accountPasswdCmd) Run(ctx context.Context, in *invocation) error {
	password, err := c.read(ctx, in, c.Name)
	if err != nil {
		return err
	}
	_, err = call[nothing](ctx, in, "account.passwd", accountRequest{Name: c.Name, Password: password})
	if err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "password set for", c.Name) })
}

// appPasswordCmds is `gannet account app-password …`.
type appPasswordCmds struct {
	Add    appPasswordAddCmd    `cmd:"" help:"Make one; its secret is shown once."`
	List   appPasswordListCmd   `cmd:"" help:"List an account's."`
	Revoke appPasswordRevokeCmd `cmd:"" help:"Revoke one: whatever uses it is out at once."`
}

type appPasswordAddCmd struct {
	Account string   `arg:"" help:"The account's address."`
	Name    string   `arg:"" help:"What it is for, e.g. \"my phone\"."`
	Scope   []string `help:"Protocols it is good for, of eas, smtp, imap, pop3; default all." placeholder:"PROTO"`
}

func (c appPasswordAddCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[appPasswordInfo](ctx, in, "account.app-password.add",
		appPasswordRequest{Account: c.Account, Name: c.Name, Scopes: c.Scope})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, info.Secret) })
}

type appPasswordListCmd struct {
	Account string `arg:"" help:"The account's address."`
}

func (c appPasswordListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]appPasswordInfo](ctx, in, "account.app-password.list", appPasswordRequest{Account: c.Account})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "NAME", "PROTOCOLS", "CREATED", "USED")
		for _, p := range all {
			scopes := "all"
			if len(p.Scopes) > 0 {
				scopes = strings.Join(p.Scopes, ",")
			}
			row(w, p.Name, scopes, p.Created, p.Used)
		}
	})
}

type appPasswordRevokeCmd struct {
	Account string `arg:"" help:"The account's address."`
	Name    string `arg:"" help:"Its name, as listed."`
}

func (c appPasswordRevokeCmd) Run(ctx context.Context, in *invocation) error {
	_, err := call[nothing](ctx, in, "account.app-password.revoke", appPasswordRequest{Account: c.Account, Name: c.Name})
	if err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "revoked", c.Name) })
}
