package main

import (
	"context"
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// ignoreCommand is `ignore SUBJECT`: the phone that added an account last moves the conversation of a message in
// its Inbox to Deleted Items for good, and prints the subjects that are left and those that have gone there.
func ignoreCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: ignore SUBJECT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := serverOf(ts).phone
	phone.URL = phoneURL(ts)
	inbox, deleted := phone.FolderByType(asclient.TypeInbox), phone.FolderByType(asclient.TypeDeleted)
	var conversation string
	for _, item := range inbox.Items {
		if item.Value(wbxml.EmailSubject) == args[0] {
			conversation = item.Value(wbxml.Email2ConversationId)
		}
	}
	if conversation == "" {
		ts.Fatalf("there is no message %q", args[0])
	}
	ts.Check(phone.AlwaysMove(ctx, conversation, deleted))
	for _, f := range []*asclient.Folder{inbox, deleted} {
		_, err := phone.SyncFully(ctx, asclient.SyncFolder{Folder: f})
		ts.Check(err)
		for _, item := range f.Items {
			fmt.Fprintf(ts.Stdout(), "%s: %s\n", f.Name, item.Value(wbxml.EmailSubject))
		}
	}
	for _, what := range phone.Violations {
		ts.Fatalf("%s", what)
	}
}
