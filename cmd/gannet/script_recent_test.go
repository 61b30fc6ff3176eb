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

// derivedCommand is `derived LOGIN:PASSWORD DEVICE VERSION WHAT…`, what a phone makes of the folders that the server fills:
//
//	befriend NAME YYYY-MM-DD   puts a card with a birthday into Contacts, or changes the one of that name
//	forget NAME                deletes it
//	birthdays LINE…            waits until the birthdays are just these: title, a blank, and how the first one begins on the wire
//	write ADDRESS…             sends a message
//	writes ADDRESS…            waits until the recipient information cache has just these, the most used first; none: no such folder
func derivedCommand(ts *testscript.TestScript, _ bool, args []string) {
	onPhone(ts, "derived", args, (*meetingPhone).playDerived)
}

func (p *meetingPhone) playDerived(ctx context.Context, what string, rest []string) {
	ts := p.ts
	p.URL = phoneURL(ts)
	switch what {
	case "befriend":
		p.befriend(ctx, rest[0], rest[1])
	case "forget":
		f := p.synced(ctx, asclient.Folder{Type: 9})
		p.lentChange(ctx, f, asclient.Delete(cardOf(f, rest[0])))
	case "birthdays":
		p.await(ctx, asclient.Folder{Type: 13, Name: "Birthdays"}, rest, func(i *asclient.Item) string {
			return i.Value(wbxml.CalendarSubject) + " " + i.Value(wbxml.CalendarStartTime)
		})
	case "write":
		mime := "From: " + p.user + "\r\nTo: " + strings.Join(rest, ", ") + "\r\nSubject: Hello\r\n\r\nHello.\r\n"
		ts.Check(p.SendMail(ctx, asclient.Outgoing{MIME: []byte(mime), ClientID: fmt.Sprint(rest), Save: true}))
	case "writes":
		p.await(ctx, asclient.Folder{Type: 19}, rest, func(i *asclient.Item) string { return i.Value(wbxml.ContactsEmail1Address) })
	default:
		ts.Fatalf("derived: what is %q?", what)
	}
}

// synced finds a folder by its type, and its name if there is one, and brings it up to date; nil if there is none.
func (p *meetingPhone) synced(ctx context.Context, like asclient.Folder) *asclient.Folder {
	p.ts.Check(p.FolderSync(ctx))
	for _, f := range p.Folders {
		if f.Type == like.Type && (like.Name == "" || f.Name == like.Name) {
			_, err := p.SyncFully(ctx, asclient.SyncFolder{Folder: f})
			p.ts.Check(err)
			return f
		}
	}
	return nil
}

// await waits until a folder has just what is said, in any order; nothing: there is no such folder, or it is empty.
func (p *meetingPhone) await(ctx context.Context, like asclient.Folder, want []string, line func(*asclient.Item) string) {
	var got []string
	want = slices.Sorted(slices.Values(want))
	until(p.ts, func() bool {
		got = nil
		if f := p.synced(ctx, like); f != nil {
			for _, item := range f.Items {
				got = append(got, line(item))
			}
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	}, strings.Join(want, "; "))
	fmt.Fprintln(p.ts.Stdout(), strings.Join(got, "\n"))
}

// befriend puts a card into the address book.
func (p *meetingPhone) befriend(ctx context.Context, name, day string) {
	f := p.synced(ctx, asclient.Folder{Type: 9})
	data := asclient.El(wbxml.AirSyncApplicationData, asclient.El(wbxml.ContactsBirthday, day+"T00:00:00.000Z"),
		asclient.El(wbxml.ContactsFileAs, name), asclient.El(wbxml.ContactsFirstName, name))
	command := asclient.El(wbxml.AirSyncAdd, asclient.El(wbxml.AirSyncClientId, name), data)
	if id := cardOf(f, name); id != "" {
		command = asclient.El(wbxml.AirSyncChange, asclient.El(wbxml.AirSyncServerId, id), data)
	}
	result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: f, Commands: []*asclient.Node{command}}}})
	p.ts.Check(err)
	for _, r := range result.Folders[f.ID].Responses {
		fmt.Fprintln(p.ts.Stdout(), "status", r.Value(wbxml.AirSyncStatus))
	}
}

// cardOf is the id of somebody's card, empty if there is none.
func cardOf(f *asclient.Folder, name string) string {
	for id, item := range f.Items {
		if item.Value(wbxml.ContactsFirstName) == name {
			return id
		}
	}
	return ""
}
