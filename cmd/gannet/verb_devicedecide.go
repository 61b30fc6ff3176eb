package main

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// operator is who runs the verb, for histories.
func (in *invocation) operator() string {
	for _, v := range in.environ {
		if name, ok := strings.CutPrefix(v, "SUDO_USER="); ok && name != "" {
			return name
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

// request names the device in a request of a verb that decides about it.
func (c deviceArgs) request(in *invocation) deviceRequest {
	return deviceRequest{Account: c.Account, ID: c.ID, By: in.operator()}
}

func (c deviceArgs) set(ctx context.Context, in *invocation, access store.Access) error {
	q := c.request(in)
	q.Access = access
	d, err := call[deviceInfo](ctx, in, "device.access", q)
	if err != nil {
		return err
	}
	return in.print(d, func(w io.Writer) { fmt.Fprintln(w, d.Access, plain(d.ID)) })
}

type deviceAllowCmd struct{ deviceArgs }

func (c deviceAllowCmd) Run(ctx context.Context, in *invocation) error {
	return c.set(ctx, in, store.Allowed)
}

type deviceBlockCmd struct{ deviceArgs }

func (c deviceBlockCmd) Run(ctx context.Context, in *invocation) error {
	return c.set(ctx, in, store.Blocked)
}

type deviceQuarantineCmd struct{ deviceArgs }

func (c deviceQuarantineCmd) Run(ctx context.Context, in *invocation) error {
	return c.set(ctx, in, store.Quarantined)
}

type deviceWipeCmd struct {
	deviceArgs
	WholeDevice bool   `help:"Erase everything on the device, the person's own things too, instead of the account on it."`
	Confirm     string `help:"With --whole-device, instead of being asked: the device's id once more." placeholder:"ID"`
	Yes         bool   `help:"Do not ask. Not enough for --whole-device."`
}

func (c deviceWipeCmd) Run(ctx context.Context, in *invocation) error {
	if err := c.confirm(ctx, in); err != nil {
		return err
	}
	q := c.request(in)
	q.Whole = c.WholeDevice
	d, err := call[deviceInfo](ctx, in, "device.wipe", q)
	if err != nil {
		return err
	}
	return in.print(d, func(w io.Writer) { c.explain(w, d) })
}

// confirm asks; for the whole device only its id will do.
func (c deviceWipeCmd) confirm(ctx context.Context, in *invocation) error {
	switch {
	case !c.WholeDevice:
		return confirm(ctx, in, c.Yes, "Removing "+c.Account+" from the device", c.ID)
	case c.Confirm == "":
		return confirmTyped(ctx, in, "--confirm "+c.ID, "Erasing EVERYTHING on the device", c.ID)
	case c.Confirm != c.ID:
		return usagef("--confirm names another device, %s; nothing was changed", c.Confirm)
	}
	return nil
}

// explain says what happens now, and what is left to do.
func (c deviceWipeCmd) explain(w io.Writer, d deviceInfo) {
	fmt.Fprintf(w, "wipe asked for (%s)\n", d.Wipe)
	if !c.WholeDevice && !knowsAccountWipe(d.Protocol) {
		fmt.Fprintf(w, "This device speaks ActiveSync %s, which cannot remove the account alone (16.1 can). It is kept out\n"+
			"and gets nothing any more, but what it has stays on it. --whole-device erases everything on it.\n"+
			"Now change the password: gannet account passwd %s\n", d.Protocol, d.Account)
		return
	}
	fmt.Fprintf(w, "gannet device unwipe takes it back until the device has been told; gannet device show tells how far it is.\n"+
		"Do not change the password before the device has reported: one that cannot log in cannot be told.\n"+
		"Then do: gannet account passwd %s, or gannet account app-password revoke if it had one of its own.\n", d.Account)
}

type deviceUnwipeCmd struct{ deviceArgs }

func (c deviceUnwipeCmd) Run(ctx context.Context, in *invocation) error {
	d, err := call[deviceInfo](ctx, in, "device.unwipe", c.request(in))
	if err != nil {
		return err
	}
	return in.print(d, func(w io.Writer) { fmt.Fprintln(w, "wipe taken back:", plain(d.ID), "is", d.Access) })
}

type deviceRemoveCmd struct{ deviceArgs }

func (c deviceRemoveCmd) Run(ctx context.Context, in *invocation) error {
	if _, err := call[nothing](ctx, in, "device.remove", c.request(in)); err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "removed", c.ID) })
}

// printDecisions prints who decided about a device, and what happened to it.
func printDecisions(w io.Writer, d deviceInfo) {
	if d.Decided != "" {
		row(w, "access decided", d.Decided)
	}
	for i, e := range d.History {
		label := ""
		if i == 0 {
			label = "history"
		}
		text := e.What
		if e.By != "" {
			text += " by " + e.By
		}
		if e.Note != "" {
			text += " (" + e.Note + ")"
		}
		if e.Times > 1 {
			text += ", " + strconv.Itoa(e.Times) + " times until " + fmt.Sprint(cell(e.Last))
		}
		fmt.Fprintf(w, "%s\t%s  %s\n", label, e.At.Local().Format(time.DateTime), plain(text))
	}
}
