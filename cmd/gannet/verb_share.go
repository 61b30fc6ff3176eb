package main

import (
	"context"
	"fmt"
	"io"
)

// shareCmds is `gannet share …`.
type shareCmds struct {
	Add    shareAddCmd    `cmd:"" help:"Let somebody see or change a folder of an account; what was granted before is replaced."`
	List   shareListCmd   `cmd:"" help:"List what is shared, with whom."`
	Remove shareRemoveCmd `cmd:"" help:"Take it back."`
}

type shareAddCmd struct {
	Owner  string `arg:"" help:"The account whose folder it is."`
	Folder string `arg:"" help:"Its name, such as Calendar; in another folder, Outer/Inner."`
	With   string `arg:"" help:"The account that gets it, or everyone."`
	Rights string `help:"What they may do: read, write, or freebusy, which is to see when something is in a calendar, and not what." enum:"read,write,freebusy" default:"read"`
}

func (c shareAddCmd) Run(ctx context.Context, in *invocation) error {
	s, err := call[shareInfo](ctx, in, "share.add", shareRequest{Owner: c.Owner, Folder: c.Folder, With: c.With, Rights: c.Rights})
	if err != nil {
		return err
	}
	return in.print(s, func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s is shared with %s: %s\n", plain(s.Folder), s.Owner, s.With, s.Rights)
	})
}

type shareListCmd struct {
	Owner string `arg:"" optional:"" help:"Only what this account shares."`
}

func (c shareListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]shareInfo](ctx, in, "share.list", shareRequest{Owner: c.Owner})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "OWNER", "FOLDER", "CLASS", "WITH", "RIGHTS")
		for _, s := range all {
			row(w, s.Owner, s.Folder, s.Class, s.With, s.Rights)
		}
	})
}

type shareRemoveCmd struct {
	Owner  string `arg:"" help:"The account whose folder it is."`
	Folder string `arg:"" help:"Its name."`
	With   string `arg:"" help:"The account that has it, or everyone."`
}

func (c shareRemoveCmd) Run(ctx context.Context, in *invocation) error {
	s, err := call[shareInfo](ctx, in, "share.remove", shareRequest{Owner: c.Owner, Folder: c.Folder, With: c.With})
	if err != nil {
		return err
	}
	return in.print(s, func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s is no longer shared with %s\n", plain(s.Folder), s.Owner, s.With)
	})
}
