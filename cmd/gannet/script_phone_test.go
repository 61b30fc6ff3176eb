package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// newPhone returns a device of the script's server.
func newPhone(ts *testscript.TestScript, user, device string) *asclient.Client {
	login, password, _ := strings.Cut(user, ":")
	return asclient.New(asclient.Config{
		URL: phoneURL(ts), User: login, Password: password, DeviceID: device,
		HTTP: &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(ts)}},
	})
}

// phoneURL is where the server answers phones; each start of the server changes its port.
func phoneURL(ts *testscript.TestScript) string { return "https://" + ts.Getenv("HTTPS") + easPath }

// phoneCommand is `phone LOGIN:PASSWORD DEVICE [VERSION]`: a phone adds the account, fetches its Inbox and prints
// the subjects. What keeps it from that is printed, and fails unless negated.
func phoneCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: phone LOGIN:PASSWORD DEVICE [VERSION]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := newPhone(ts, args[0], args[1])
	if len(args) == 3 {
		phone.Version = args[2]
	}
	serverOf(ts).phone = phone
	inbox, err := addAccount(ctx, phone)
	var wiped *asclient.Wiped
	if errors.As(err, &wiped) {
		fmt.Fprintln(ts.Stderr(), "wiped")
	}
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	} else {
		fmt.Fprintln(ts.Stdout(), "version", phone.Version)
		for _, item := range inbox.Items {
			fmt.Fprintln(ts.Stdout(), item.Value(wbxml.EmailSubject))
		}
	}
	if neg != (err != nil) {
		ts.Fatalf("phone: %v", err)
	}
}

// addAccount does what a phone does first, and returns its Inbox.
func addAccount(ctx context.Context, phone *asclient.Client) (*asclient.Folder, error) {
	if err := phone.Setup(ctx); err != nil {
		return nil, err
	}
	const inboxType = 2
	inbox := phone.FolderByType(inboxType)
	if inbox == nil {
		return nil, errors.New("there is no Inbox")
	}
	_, err := phone.SyncFully(ctx, asclient.SyncFolder{Folder: inbox})
	return inbox, err
}

// parkCommand is `park LOGIN:PASSWORD DEVICE`: it adds the account and waits in Ping.
func parkCommand(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	phone := newPhone(ts, args[0], args[1])
	inbox, err := addAccount(ctx, phone)
	ts.Check(err)
	s := serverOf(ts)
	s.parked = make(chan string, 1)
	go func() {
		status, changed, err := phone.Ping(ctx, 900, inbox)
		s.parked <- fmt.Sprint("status ", status, " folders ", len(changed), " error ", err)
	}()
	deadline := time.Now().Add(patience)
	for inFlight(ts) == 0 {
		if time.Now().After(deadline) {
			ts.Fatalf("the Ping did not arrive")
		}
		time.Sleep(time.Millisecond)
	}
}

// inFlight is how many ActiveSync requests the server is answering.
func inFlight(ts *testscript.TestScript) int {
	resp, err := http.Get("http://" + ts.Getenv("METRICS") + "/metrics")
	ts.Check(err)
	defer resp.Body.Close()
	var text strings.Builder
	ts.Check(resp.Write(&text))
	_, rest, _ := strings.Cut(text.String(), `gannet_http_requests_in_flight{route="activesync"} `)
	number, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.Atoi(strings.TrimSpace(number))
	return n
}

// parkedCommand prints how the Ping of park ended.
func parkedCommand(ts *testscript.TestScript, _ bool, _ []string) {
	select {
	case end := <-serverOf(ts).parked:
		fmt.Fprintln(ts.Stdout(), end)
	case <-time.After(patience):
		ts.Fatalf("the Ping is still waiting")
	}
}
