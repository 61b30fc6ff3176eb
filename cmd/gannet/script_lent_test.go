package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// lentCommand is `lent LOGIN:PASSWORD DEVICE VERSION WHAT…`, what a person does on a phone with the folders of others:
//
//	folders                     prints those that it shows
//	wait NAME                   waits in Ping for news of one; parked prints how that ended
//	show NAME                   prints the titles and places of its events
//	add NAME TITLE START END [ADDRESS]   adds an event, with somebody who is invited
//	rename NAME TITLE NEW       gives one another title
//	delete NAME TITLE           deletes it
func lentCommand(ts *testscript.TestScript, _ bool, args []string) {
	onPhone(ts, "lent", args, (*meetingPhone).playLent)
}

func (p *meetingPhone) playLent(ctx context.Context, what string, rest []string) {
	ts := p.ts
	ts.Check(p.FolderSync(ctx))
	if what == "folders" {
		p.lentFolders()
		return
	}
	folder := p.lentFolder(rest[0])
	_, err := p.SyncFully(ctx, asclient.SyncFolder{Folder: folder})
	ts.Check(err)
	event := func() string {
		for _, item := range folder.Items {
			if item.Value(wbxml.CalendarSubject) == rest[1] {
				return item.ID
			}
		}
		ts.Fatalf("no event %q in %s", rest[1], rest[0])
		return ""
	}
	switch what {
	case "wait":
		p.waitLent(folder)
	case "show":
		printEvents(ts, folder)
	case "add":
		p.lentChange(ctx, folder, asclient.El(wbxml.AirSyncAdd, asclient.El(wbxml.AirSyncClientId, rest[1]), newEvent(rest[1:])))
	case "rename":
		p.lentChange(ctx, folder, asclient.El(wbxml.AirSyncChange, asclient.El(wbxml.AirSyncServerId, event()),
			asclient.El(wbxml.AirSyncApplicationData, asclient.El(wbxml.CalendarSubject, rest[2]))))
	case "delete":
		p.lentChange(ctx, folder, asclient.Delete(event()))
	default:
		ts.Fatalf("lent: what is %q?", what)
	}
}

// lentFolders prints the folders that belong to somebody else.
func (p *meetingPhone) lentFolders() {
	var names []string
	for _, f := range p.Folders {
		if strings.HasSuffix(f.Name, ")") {
			names = append(names, fmt.Sprint(f.Name, " type ", f.Type))
		}
	}
	slices.Sort(names)
	fmt.Fprintln(p.ts.Stdout(), strings.Join(names, "\n"))
}

func (p *meetingPhone) lentFolder(name string) *asclient.Folder {
	for _, f := range p.Folders {
		if f.Name == name {
			return f
		}
	}
	p.ts.Fatalf("the phone has no folder %q", name)
	return nil
}

// waitLent waits in Ping, in the background.
func (p *meetingPhone) waitLent(f *asclient.Folder) {
	before := inFlight(p.ts)
	s := serverOf(p.ts)
	s.parked = make(chan string, 1)
	go func() {
		status, changed, err := p.Ping(context.Background(), 900, f)
		s.parked <- fmt.Sprint("status ", status, " folders ", len(changed), " error ", err)
	}()
	until(p.ts, func() bool { return inFlight(p.ts) > before }, "the Ping")
}

// lentChange sends a command, prints what it came to, and then what the folder holds.
func (p *meetingPhone) lentChange(ctx context.Context, f *asclient.Folder, command *asclient.Node) {
	result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: f, Commands: []*asclient.Node{command}}}})
	p.ts.Check(err)
	for _, r := range result.Folders[f.ID].Responses {
		fmt.Fprintln(p.ts.Stdout(), "status", r.Value(wbxml.AirSyncStatus))
	}
	printEvents(p.ts, f)
}

func newEvent(args []string) *asclient.Node {
	data := asclient.El(wbxml.AirSyncApplicationData,
		asclient.El(wbxml.CalendarStartTime, args[1]), asclient.El(wbxml.CalendarSubject, args[0]), asclient.El(wbxml.CalendarEndTime, args[2]),
		asclient.El(wbxml.CalendarAllDayEvent, 0))
	if len(args) > 3 {
		data.Children = append(data.Children, asclient.El(wbxml.CalendarMeetingStatus, 1), asclient.El(wbxml.CalendarAttendees,
			asclient.El(wbxml.CalendarAttendee, asclient.El(wbxml.CalendarEmail, args[3]), asclient.El(wbxml.CalendarName, args[3]))))
	}
	return data
}

func printEvents(ts *testscript.TestScript, f *asclient.Folder) {
	var list []string
	for _, item := range f.Items {
		place := item.Value(wbxml.CalendarLocation) + item.Data.Find(wbxml.AirSyncBaseLocation).Value(wbxml.AirSyncBaseDisplayName)
		list = append(list, strings.TrimSpace("event "+item.Value(wbxml.CalendarSubject)+" "+place))
	}
	slices.Sort(list)
	fmt.Fprintln(ts.Stdout(), len(list), "events")
	for _, line := range list {
		fmt.Fprintln(ts.Stdout(), line)
	}
}
