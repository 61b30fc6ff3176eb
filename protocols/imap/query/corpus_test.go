package query_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// corpusMailbox is a mailbox of the messages of other projects, which lie outside this repository; tests skip without them.
func corpusMailbox(t *testing.T) *mailbox {
	dir := os.Getenv("GANNET_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "corpus")
	}
	table, err := os.ReadFile(filepath.Join(dir, "mail", "FEATURES.tsv"))
	if err != nil {
		t.Skip("no corpus beside the repository")
	}
	b := newMailbox(t)
	var list []message
	for line := range strings.Lines(string(table)) {
		path, _, _ := strings.Cut(line, "\t")
		if !strings.HasPrefix(path, "mail/") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, message{raw: string(raw), received: now})
	}
	b.add(list...)
	return b
}

// TestCorpus asks for what each message's summary says, which must find it, and makes threads of all.
func TestCorpus(t *testing.T) {
	b := corpusMailbox(t)
	ctx, m := context.Background(), b.view()
	for i, uid := range b.uids {
		if i%50 != 0 {
			continue
		}
		rec := b.record(uid)
		s, err := mail.UnmarshalSummary(rec.Item.Summary)
		if err != nil {
			t.Fatal(err)
		}
		ask := []wire.Key{{Op: wire.SearchHeader, Field: "SUBJECT", Text: s.Envelope.Subject}, {Op: wire.SearchHeader, Field: "FROM"}}
		for _, a := range mail.Mailboxes(s.Envelope.From) {
			ask[1].Text = a.Addr()
			if i%500 == 0 {
				ask = append(ask, wire.Key{Op: wire.SearchText, Text: a.Addr()})
			}
		}
		for _, key := range ask {
			r, err := query.Search(ctx, m, key)
			if err != nil {
				t.Fatal(err)
			}
			if key.Text != "" && !r.UIDs.Contains(uid) {
				t.Errorf("%s %q does not find message %d", key.Field, key.Text, uid)
			}
		}
	}
	checkThreads(t, m, len(b.uids))
	b.readsAll(t, m)
}

// readsAll asks for what only the messages know.
func (b *mailbox) readsAll(t *testing.T, m *query.Mailbox) {
	for _, key := range []wire.Key{
		{Op: wire.SearchHeader, Field: "X-MAILER"}, {Op: wire.SearchHeader, Field: "RECEIVED", Text: "by"},
		{Op: wire.SearchBody, Text: "the"}, {Op: wire.SearchText, Text: "nowhere to be found"},
	} {
		r, err := query.Search(context.Background(), m, key)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s %q: %d of %d", key.Field, key.Text, r.UIDs.Len(), len(b.uids))
	}
}

// checkThreads expects each message in exactly one place.
func checkThreads(t *testing.T, m *query.Mailbox, total int) {
	t.Helper()
	for _, algorithm := range []string{"ORDEREDSUBJECT", "REFERENCES"} {
		threads, err := query.Thread(context.Background(), m, algorithm, wire.Key{})
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[uint32]bool)
		var walk func([]query.Node)
		walk = func(nodes []query.Node) {
			for _, n := range nodes {
				if n.UID != 0 && seen[n.UID] {
					t.Errorf("%s: message %d twice", algorithm, n.UID)
				}
				if n.UID == 0 && len(n.Replies) < 2 {
					t.Errorf("%s: a missing message with %d answers", algorithm, len(n.Replies))
				}
				seen[n.UID] = true
				walk(n.Replies)
			}
		}
		walk(threads)
		delete(seen, 0)
		if len(seen) != total {
			t.Errorf("%s has %d of %d messages", algorithm, len(seen), total)
		}
	}
}
