package main

import (
	"context"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/store"
)

// calendarCmds is `gannet calendar …`.
type calendarCmds struct {
	Subscribe   calendarSubscribeCmd   `cmd:"" help:"Make a folder of a calendar that somebody publishes; the server keeps it up to date, and phones only read it."`
	List        calendarListCmd        `cmd:"" help:"List what accounts are subscribed to, and how that goes."`
	Refresh     calendarRefreshCmd     `cmd:"" help:"Fetch calendars now, also one that was given up."`
	Unsubscribe calendarUnsubscribeCmd `cmd:"" help:"Remove such a folder with its events."`
}

type calendarSubscribeCmd struct {
	Account string `arg:"" help:"Whose folder it becomes."`
	URL     string `arg:"" help:"https://… or webcal://…, also with a name and password in it; - reads it from standard input, where other users do not see it."`
	Name    string `help:"The name of the folder; otherwise what the calendar calls itself, or else its host." placeholder:"NAME"`
}

func (c calendarSubscribeCmd) Run(ctx context.Context, in *invocation) error {
	q := calendarRequest{Account: c.Account, Name: c.Name, URL: c.URL}
	if c.URL == "-" {
		line, err := io.ReadAll(io.LimitReader(in.stdin, maxControlRequest/2))
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		q.URL = string(line)
	}
	info, err := call[calendarInfo](ctx, in, "calendar.subscribe", q)
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) {
		fmt.Fprintf(w, "subscribed: folder %s with %s from %s\n", plain(info.Folder), countOf(int(info.Events), itemNouns[store.Calendar]), plain(info.Host))
		info.writeLeftOut(w)
	})
}

// writeLeftOut tells what of a calendar is not in its folder.
func (c calendarInfo) writeLeftOut(w io.Writer) {
	if c.Skipped > 0 {
		fmt.Fprintf(w, "%s left out\n", countOf(c.Skipped, [2]string{"task, note or free time in it was", "tasks, notes or free times in it were"}))
	}
	for _, r := range c.Told {
		fmt.Fprintf(w, "left out, line %d: %s\n", r.Line, plain(r.Reason))
	}
	if more := c.Refused - len(c.Told); more > 0 {
		fmt.Fprintf(w, "and %s more left out\n", countOf(more, itemNouns[store.Calendar]))
	}
}

// fares says in a few words how a calendar does.
func (c calendarInfo) fares() string {
	switch {
	case c.Ended:
		return "given up: " + c.Error
	case c.Error != "":
		return c.Error
	case c.Refused > 0:
		return fmt.Sprintf("good, %s left out", countOf(c.Refused, itemNouns[store.Calendar]))
	case c.Fetched.IsZero():
		return "not fetched yet"
	}
	return "good"
}

type calendarListCmd struct {
	Account string `arg:"" optional:"" help:"Only what this account is subscribed to."`
	ShowURL bool   `name:"show-url" help:"Show where the calendars come from: such a URL may hold a secret."`
}

func (c calendarListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]calendarInfo](ctx, in, "calendar.list", calendarRequest{Account: c.Account, ShowURL: c.ShowURL})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "ACCOUNT", "FOLDER", "FROM", "EVENTS", "FETCHED", "NEXT", "STATE")
		for _, i := range all {
			from := i.Host
			if i.URL != "" {
				from = i.URL
			}
			row(w, i.Account, i.Folder, from, i.Events, i.Fetched, i.Next, i.fares())
		}
	})
}

type calendarRefreshCmd struct {
	Account string `arg:"" help:"The account's address."`
	Folder  string `arg:"" optional:"" help:"The name of the folder; otherwise all."`
}

func (c calendarRefreshCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]calendarChange](ctx, in, "calendar.refresh", calendarRequest{Account: c.Account, Name: c.Folder})
	if err != nil {
		return err
	}
	wrong := 0
	err = in.print(all, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, c.Account, "is subscribed to no calendar")
		}
		for _, one := range all {
			if one.Error != "" {
				fmt.Fprintf(w, "%s: %s\n", plain(one.Folder), plain(one.Error))
				continue
			}
			fmt.Fprintf(w, "%s: %d new, %d changed, %d gone\n", plain(one.Folder), one.Added, one.Changed, one.Removed)
		}
	})
	for _, one := range all {
		if one.Error != "" {
			wrong++
		}
	}
	if err == nil && wrong > 0 {
		return fmt.Errorf("%d of %d calendars could not be fetched", wrong, len(all))
	}
	return err
}

type calendarUnsubscribeCmd struct {
	Account string `arg:"" help:"The account's address."`
	Folder  string `arg:"" help:"The name of the folder."`
}

func (c calendarUnsubscribeCmd) Run(ctx context.Context, in *invocation) error {
	q := calendarRequest{Account: c.Account, Name: c.Folder}
	if _, err := call[nothing](ctx, in, "calendar.unsubscribe", q); err != nil {
		return err
	}
	return in.print(nothing{}, func(w io.Writer) { fmt.Fprintln(w, "removed", plain(c.Folder)) })
}
