package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
)

// deviceResendCmd is `gannet device resend`.
type deviceResendCmd struct {
	Account string `arg:"" help:"The account's address."`
	Message int64  `arg:"" help:"The message's number, as \"device show\" lists it."`
}

func (c deviceResendCmd) Run(ctx context.Context, in *invocation) error {
	_, err := call[nothing](ctx, in, "device.resend", resendRequest{Account: c.Account, Message: c.Message})
	if err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintf(w, "message %d is sent to all devices anew\n", c.Message) })
}

// printReduced lists the messages that a device did not get as it asked for them.
func printReduced(w io.Writer, list []reducedInfo) {
	for _, one := range list {
		row(w, "message "+fmt.Sprint(one.Message), one.At, one.Form, cmp.Or(one.Reason, "the device asked for it again and again"), one.Subject)
	}
}
