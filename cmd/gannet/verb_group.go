package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// groupCmds is `gannet group …`.
type groupCmds struct {
	Add     groupAddCmd     `cmd:"" help:"Add a group: an address in the address list whose mail goes to several accounts."`
	List    groupListCmd    `cmd:"" help:"List the groups."`
	Show    groupShowCmd    `cmd:"" help:"Show one with its members."`
	Set     groupSetCmd     `cmd:"" help:"Change its name, who writes to it, and whether it is in the address list."`
	Members groupMemberCmds `cmd:"" help:"Take people in and out."`
	Remove  groupRemoveCmd  `cmd:"" help:"Remove a group; the accounts stay."`
}

// groupFlags are what may be said of a group.
type groupFlags struct {
	Hidden *bool   `help:"Whether to leave it out of the address list." negatable:""`
	From   *string `help:"Who may write to it: everyone, local (who sends by this server) or members." enum:"everyone,local,members" placeholder:"WHO"`
}

type groupAddCmd struct {
	Address string   `arg:"" help:"NAME@DOMAIN."`
	Display string   `arg:"" help:"By which people know it."`
	Members []string `arg:"" help:"The accounts that its mail goes to."`
	groupFlags
}

func (c groupAddCmd) Run(ctx context.Context, in *invocation) error {
	name := strings.TrimSpace(c.Display)
	if strings.Contains(name, "@") { // the name was forgotten
		return usagef("%q is no name: say gannet group add %s NAME %s …", name, c.Address, name)
	}
	g, err := call[groupInfo](ctx, in, "group.add",
		groupRequest{Address: c.Address, Display: &name, Hidden: c.Hidden, From: c.From, Members: c.Members})
	if err != nil {
		return err
	}
	return in.print(g, func(w io.Writer) { fmt.Fprintln(w, "added", g.Address) })
}

type groupListCmd struct{}

func (groupListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]groupInfo](ctx, in, "group.list", nothing{})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "GROUP", "NAME", "MEMBERS", "FROM", "HIDDEN")
		for _, g := range all {
			row(w, g.Address, g.Display, len(g.Members), g.From, g.Hidden)
		}
	})
}

type groupShowCmd struct {
	Address string `arg:"" help:"Its address."`
}

func (c groupShowCmd) Run(ctx context.Context, in *invocation) error {
	return callGroup(ctx, in, "group.show", groupRequest{Address: c.Address})
}

// callGroup carries out a verb and shows the group as it is then.
func callGroup(ctx context.Context, in *invocation, verb string, q groupRequest) error {
	g, err := call[groupInfo](ctx, in, verb, q)
	if err != nil {
		return err
	}
	return in.print(g, func(w io.Writer) {
		row(w, "group", g.Address)
		row(w, "name", g.Display)
		row(w, "from", g.From)
		row(w, "hidden", g.Hidden)
		row(w, "members", strings.Join(g.Members, " "))
	})
}

type groupSetCmd struct {
	Address string  `arg:"" help:"Its address."`
	Display *string `help:"By which people know it." placeholder:"NAME"`
	groupFlags
}

func (c groupSetCmd) Run(ctx context.Context, in *invocation) error {
	if c.Display == nil && c.groupFlags == (groupFlags{}) {
		return usagef("say what to set, for example --display NAME; `gannet group set --help` lists all")
	}
	return callGroup(ctx, in, "group.set", groupRequest{Address: c.Address, Display: trimmedText(c.Display), Hidden: c.Hidden, From: c.From})
}

// groupMemberCmds is `gannet group members …`.
type groupMemberCmds struct {
	Add    groupJoinCmd  `cmd:"" help:"Take accounts in."`
	Remove groupLeaveCmd `cmd:"" help:"Take accounts out."`
}

type groupJoinCmd struct {
	Address string   `arg:"" help:"The group's address."`
	Members []string `arg:"" help:"The accounts."`
}

func (c groupJoinCmd) Run(ctx context.Context, in *invocation) error {
	return callGroup(ctx, in, "group.join", groupRequest{Address: c.Address, Members: c.Members})
}

type groupLeaveCmd struct {
	Address string   `arg:"" help:"The group's address."`
	Members []string `arg:"" help:"The accounts."`
}

func (c groupLeaveCmd) Run(ctx context.Context, in *invocation) error {
	return callGroup(ctx, in, "group.leave", groupRequest{Address: c.Address, Members: c.Members})
}

type groupRemoveCmd struct {
	Address string `arg:"" help:"Its address."`
}

func (c groupRemoveCmd) Run(ctx context.Context, in *invocation) error {
	if _, err := call[nothing](ctx, in, "group.remove", groupRequest{Address: c.Address}); err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "removed", c.Address) })
}
