package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
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

// rushCommand is `rush N LOGIN:PASSWORD ROOM`: a person asks a room N times at once for the same hour, for another meeting
// each time, by submission.
func rushCommand(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	who, _, _ := strings.Cut(args[1], ":")
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		event := []string{"UID:rush-" + strconv.Itoa(i), "DTSTAMP:20261002T100000Z", "DTSTART:20301104T080000Z", "DTEND:20301104T090000Z",
			"SUMMARY:Rush", "ORGANIZER:mailto:" + who, "ATTENDEE;CUTYPE=ROOM;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:" + args[2]}
		text := "From: " + who + "\nTo: " + args[2] + "\nSubject: Rush\nMIME-Version: 1.0\nContent-Type: text/calendar; method=REQUEST\n\n" +
			"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Rush//EN\nMETHOD:REQUEST\nBEGIN:VEVENT\n" + strings.Join(event, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
		all.Go(func() {
			errs[i] = deliverOverSMTP(trusting(ts), args[1], ts.Getenv("SUBMISSION"), who, []string{args[2]}, text)
		})
	}
	all.Wait()
	ts.Check(errors.Join(errs...))
}

// answersCommand is `answers LOGIN:PASSWORD N`: it waits until the Inbox has N answers, and prints how many accept.
func answersCommand(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	phone := newPhone(ts, args[0], "counter")
	ts.Check(phone.Setup(ctx))
	inbox := phone.FolderByType(asclient.TypeInbox)
	accepted, declined := 0, 0
	until(ts, func() bool {
		_, err := phone.SyncFully(ctx, asclient.SyncFolder{Folder: inbox})
		ts.Check(err)
		accepted, declined = 0, 0
		for _, item := range inbox.Items {
			switch item.Value(wbxml.EmailSubject) {
			case "Accepted: Rush":
				accepted++
			case "Declined: Rush":
				declined++
			}
		}
		return accepted+declined >= n
	}, args[1]+" answers")
	fmt.Fprintf(ts.Stdout(), "accepted %d declined %d\n", accepted, declined)
}
