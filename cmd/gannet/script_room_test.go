package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// freeCommand is `free LOGIN:PASSWORD START END NAME DIGITS`: a phone asks when somebody is free, until it is told those
// digits, one for each half hour.
func freeCommand(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := newPhone(ts, args[0], "asker")
	ts.Check(phone.Setup(ctx))
	from, err := time.Parse("20060102T150405Z", args[1])
	ts.Check(err)
	to, err := time.Parse("20060102T150405Z", args[2])
	ts.Check(err)
	got := ""
	until(ts, func() bool {
		list, err := phone.ResolveRecipients(ctx, asclient.ResolveOptions{From: from, To: to}, args[3])
		ts.Check(err)
		if len(list) == 1 && len(list[0].People) == 1 {
			got = list[0].People[0].FreeBusy
		}
		return got == args[4]
	}, args[3]+" free at "+args[4])
}

// galCommand is `gal LOGIN:PASSWORD VERSION TEXT`: a phone looks somebody up in the address list. From 16.1 on it uses
// Find, before Search.
func galCommand(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := newPhone(ts, args[0], "looker"+args[1][:2])
	phone.Version = args[1]
	ts.Check(phone.Setup(ctx))
	var found *asclient.Found
	var err error
	if phone.AtLeast("16.1") {
		found, err = phone.FindPeople(ctx, "{people}", args[2], "0-9", false)
	} else {
		found, err = phone.SearchPeople(ctx, args[2], "0-9", false)
	}
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), "found", found.Total)
	for _, h := range found.Hits {
		p := h.Properties
		fmt.Fprintf(ts.Stdout(), "%s <%s> title=%s office=%s\n", p.Value(wbxml.GALDisplayName), p.Value(wbxml.GALEmailAddress),
			p.Value(wbxml.GALTitle), p.Value(wbxml.GALOffice))
	}
}
