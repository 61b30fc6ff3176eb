package main

import (
	"context"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/store"
)

// deviceCmds is `gannet device …`.
type deviceCmds struct {
	List       deviceListCmd       `cmd:"" help:"List devices: all, or one account's."`
	Show       deviceShowCmd       `cmd:"" help:"Show all that is known of a device."`
	Allow      deviceAllowCmd      `cmd:"" help:"Let a device in, also after a wipe."`
	Block      deviceBlockCmd      `cmd:"" help:"Keep a device out."`
	Quarantine deviceQuarantineCmd `cmd:"" help:"Let a device wait until it is allowed or blocked."`
	Wipe       deviceWipeCmd       `cmd:"" help:"Remove the account from a device at its next contact, or keep it out if it speaks less than ActiveSync 16.1."`
	Unwipe     deviceUnwipeCmd     `cmd:"" help:"Take a wipe back, until the device has been told."`
	Remove     deviceRemoveCmd     `cmd:"" help:"Forget a device; if it comes back, it is a new one."`
	Resend     deviceResendCmd     `cmd:"" help:"Send a message to all devices anew that one of them could not get whole."`
	Rules      deviceRulesCmds     `cmd:"" help:"Which new devices are let in."`
	Policy     devicePolicyCmds    `cmd:"" help:"What devices must agree to."`
}

// deviceArgs names a device.
type deviceArgs struct {
	Account string `arg:"" help:"The account's address."`
	ID      string `arg:"" help:"The device's id, as listed."`
}

type deviceListCmd struct {
	Account string `arg:"" optional:"" help:"The account's address."`
}

func (c deviceListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]deviceInfo](ctx, in, "device.list", deviceRequest{Account: c.Account})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "ACCOUNT", "DEVICE", "TYPE", "MODEL", "OS", "VERSION", "LAST SEEN", "ACCESS", "WIPE", "HEALTH")
		for _, d := range all {
			row(w, d.Account, d.ID, d.Type, d.Model, d.OS, d.Protocol, d.Seen, d.Access, d.Wipe, d.Health)
		}
	})
}

type deviceShowCmd struct{ deviceArgs }

func (c deviceShowCmd) Run(ctx context.Context, in *invocation) error {
	d, err := call[deviceInfo](ctx, in, "device.show", deviceRequest{Account: c.Account, ID: c.ID})
	if err != nil {
		return err
	}
	return in.print(d, func(w io.Writer) {
		row(w, "account", d.Account)
		row(w, "device", d.ID)
		row(w, "type", d.Type)
		row(w, "model", d.Model)
		row(w, "system", d.OS)
		row(w, "name", d.Name)
		row(w, "phone number", d.Phone)
		row(w, "user agent", d.Agent)
		row(w, "ActiveSync", d.Protocol)
		row(w, "access", d.Access)
		row(w, "wipe", d.Wipe)
		row(w, "address", d.Address)
		row(w, "first seen", d.Created)
		row(w, "last seen", d.Seen)
		printDecisions(w, d)
		printReduced(w, d.Reduced)
		row(w, "health", d.Health)
		if d.Doctor != nil {
			d.Doctor.print(w)
		}
	})
}

// queueCmds is `gannet queue …`.
type queueCmds struct {
	List   queueListCmd   `cmd:"" help:"List the recipients that still wait for their mail."`
	Retry  queueRetryCmd  `cmd:"" help:"Try recipients again now."`
	Remove queueRemoveCmd `cmd:"" help:"Give recipients up; nobody is told."`
}

type queueListCmd struct{}

func (queueListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]queueInfo](ctx, in, "queue.list", nothing{})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "ID", "SENDER", "RECIPIENT", "SIZE", "SINCE", "NEXT TRY", "TRIES", "LAST ERROR")
		for _, q := range all {
			row(w, q.ID, q.Sender, q.Recipient, rough(q.Size), q.Created, q.Due, q.Attempts, q.LastError)
		}
	})
}

// queueArgs names recipients in the queue.
type queueArgs struct {
	IDs []store.QueueID `arg:"" optional:"" name:"id" help:"Numbers, as listed."`
	All bool            `help:"All of them."`
}

func (c queueArgs) change(ctx context.Context, in *invocation, verb, done string) error {
	n, err := call[int](ctx, in, verb, queueRequest{IDs: c.IDs, All: c.All})
	if err != nil {
		return err
	}
	return in.print(n, func(w io.Writer) { fmt.Fprintln(w, done, n) })
}

type queueRetryCmd struct{ queueArgs }

func (c queueRetryCmd) Run(ctx context.Context, in *invocation) error {
	return c.change(ctx, in, "queue.retry", "due now:")
}

type queueRemoveCmd struct{ queueArgs }

func (c queueRemoveCmd) Run(ctx context.Context, in *invocation) error {
	return c.change(ctx, in, "queue.remove", "removed:")
}
