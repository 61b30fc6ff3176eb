package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// provisionCodes send a device to Provision: in the document from 14.0 on, as an HTTP code before.
var provisionCodes = map[int]bool{142: true, 143: true, 144: true, 449: true}

// carryOnCommand is `carryon [NAME…]`: the phone that added an account last asks for its folders again. What sent
// it to Provision on the way is printed, with the elements of those names of the policy that it was told there.
func carryOnCommand(ts *testscript.TestScript, neg bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := serverOf(ts).phone
	phone.URL = phoneURL(ts)
	phone.Trace = func(cmd string, _, answer *asclient.Node, _ error) {
		if doc := answer.Find(wbxml.ProvisionPolicies, wbxml.ProvisionPolicy, wbxml.ProvisionData, wbxml.ProvisionEASProvisionDoc); doc != nil {
			printPolicy(ts, doc, args)
		}
	}
	err := carryOn(ctx, ts, phone)
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	} else {
		fmt.Fprintln(ts.Stdout(), "ok")
	}
	if neg != (err != nil) {
		ts.Fatalf("carryon: %v", err)
	}
}

func carryOn(ctx context.Context, ts *testscript.TestScript, phone *asclient.Client) error {
	err := phone.FolderSync(ctx)
	var refused *asclient.StatusError
	if !errors.As(err, &refused) {
		return err
	}
	code := refused.Status
	if refused.HTTP != http.StatusOK {
		code = refused.HTTP
	}
	if !provisionCodes[code] {
		return err
	}
	fmt.Fprintln(ts.Stdout(), "sent to Provision by", code)
	if err := phone.Provision(ctx); err != nil {
		return err
	}
	return phone.FolderSync(ctx)
}

func printPolicy(ts *testscript.TestScript, doc *asclient.Node, names []string) {
	for _, n := range doc.Children {
		for _, name := range names {
			if n.Tag.Name() == name {
				fmt.Fprintln(ts.Stdout(), name, n.Text)
			}
		}
	}
}

// waitMailCommand is `waitmail LOGIN:PASSWORD TEXT`: it waits until the mailbox has a message with the text, and
// prints its newest.
func waitMailCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: waitmail LOGIN:PASSWORD TEXT")
	}
	deadline := time.Now().Add(patience)
	for {
		text, err := newestMail(ts, args[0])
		if err == nil && strings.Contains(text, args[1]) {
			fmt.Fprintln(ts.Stdout(), text)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no message with %q came: %v\n%s", args[1], err, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// newestMail reads the newest message of an Inbox; empty: there is none.
func newestMail(ts *testscript.TestScript, user string) (string, error) {
	login, password, _ := strings.Cut(user, ":")
	talk := func(lines ...string) (string, error) {
		var out strings.Builder
		lines = append([]string{"USER " + login, "PASS " + password}, lines...)
		err := talkPOP3(&out, trusting(ts), ts.Getenv("POP3S"), false, lines)
		return out.String(), err
	}
	stat, err := talk("STAT")
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(stat[strings.LastIndex(strings.TrimSpace(stat), "\n")+1:], " ")
	number, _, _ := strings.Cut(rest, " ")
	if number == "0" {
		return "", nil
	}
	return talk("RETR " + number)
}
