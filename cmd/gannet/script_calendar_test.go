package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// A publisher is a web server with one calendar.
type publisher struct {
	mu     sync.Mutex
	status int
	body   string
}

// ServeHTTP implements http.Handler.
func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(p.body)))
	w.Header().Set("ETag", tag)
	if p.status == http.StatusOK && r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(p.status)
	fmt.Fprint(w, p.body)
}

// publishCommand is `publish FILE|STATUS`: another server publishes a calendar from now on, or answers with an HTTP
// status. The first time it sets $CALENDAR to its host and port.
func publishCommand(ts *testscript.TestScript, _ bool, args []string) {
	s := serverOf(ts)
	if s.publisher == nil {
		s.publisher = &publisher{}
		server := httptest.NewServer(s.publisher)
		ts.Defer(server.Close)
		ts.Setenv("CALENDAR", strings.TrimPrefix(server.URL, "http://"))
	}
	p := s.publisher
	p.mu.Lock()
	defer p.mu.Unlock()
	if status, err := strconv.Atoi(args[0]); err == nil {
		p.status, p.body = status, ""
		return
	}
	p.status, p.body = http.StatusOK, ts.ReadFile(args[0])
}

// agendaCommand is `agenda LOGIN:PASSWORD DEVICE VERSION FOLDER [wait]`: a phone looks into a folder and prints its type,
// 13 of a calendar, and its events, or that there is no such folder. With wait it then waits in Ping for
// news of it; parked prints how that ended.
func agendaCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 && len(args) != 5 {
		ts.Fatalf("usage: agenda LOGIN:PASSWORD DEVICE VERSION FOLDER [wait]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p := meetingPhoneOf(ctx, ts, args)
	p.URL = phoneURL(ts)
	ts.Check(p.FolderSync(ctx))
	var folder *asclient.Folder
	for _, f := range p.Folders {
		if f.Name == args[3] {
			folder = f
		}
	}
	if folder == nil {
		fmt.Fprintln(ts.Stdout(), "no folder", args[3])
		return
	}
	_, err := p.SyncFully(ctx, asclient.SyncFolder{Folder: folder})
	ts.Check(err)
	lines := []string{}
	for _, item := range folder.Items {
		lines = append(lines, fmt.Sprint(item.Value(wbxml.CalendarSubject), " ", item.Value(wbxml.CalendarStartTime),
			" status=", item.Value(wbxml.CalendarMeetingStatus), " busy=", item.Value(wbxml.CalendarBusyStatus),
			" people=", len(item.Data.Find(wbxml.CalendarAttendees).All(wbxml.CalendarAttendee)), " reminder=", item.Value(wbxml.CalendarReminder)))
	}
	slices.Sort(lines)
	fmt.Fprintf(ts.Stdout(), "type %d\n%s\n", folder.Type, strings.Join(lines, "\n"))
	for _, v := range p.Violations {
		ts.Fatalf("%s", v)
	}
	if len(args) == 5 {
		p.waitLent(folder)
	}
}
