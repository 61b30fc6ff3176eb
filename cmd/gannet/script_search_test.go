package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// searchCommand is `search LOGIN:PASSWORD DEVICE VERSION TEXT`: a phone adds the account, searches everywhere, fetches
// the first result and prints its body, and the subjects of all. From 16.1 on it uses Find, before Search.
func searchCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: search LOGIN:PASSWORD DEVICE VERSION TEXT")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := newPhone(ts, args[0], args[1])
	phone.Version = args[2]
	ts.Check(phone.Setup(ctx))
	found, body, err := searchAndFetch(ctx, phone, args[3])
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), "found", found.Total)
	for _, h := range found.Hits {
		fmt.Fprintln(ts.Stdout(), h.Properties.Value(wbxml.EmailSubject))
	}
	fmt.Fprint(ts.Stdout(), strings.ReplaceAll(body, "\r\n", "\n"))
	for _, v := range phone.Violations {
		ts.Fatalf("%s", v)
	}
}

// searchAndFetch searches and returns the text of the first result too.
func searchAndFetch(ctx context.Context, phone *asclient.Client, text string) (*asclient.Found, string, error) {
	preference := asclient.BodyPreference{Type: asclient.PlainText}
	query := asclient.MailQuery{Text: text, Range: "0-9"}
	if phone.AtLeast("16.1") {
		found, err := phone.Find(ctx, "{search}", query)
		if err != nil || len(found.Hits) == 0 {
			return found, "", err
		}
		item, err := phone.FetchItem(ctx, &asclient.Folder{ID: found.Hits[0].CollectionID}, found.Hits[0].ServerID, preference)
		return found, asclient.BodyOf(item).Data, err
	}
	found, err := phone.Search(ctx, query)
	if err != nil || len(found.Hits) == 0 {
		return found, "", err
	}
	item, err := phone.FetchLongID(ctx, found.Hits[0].LongID, preference)
	return found, asclient.BodyOf(item).Data, err
}
