package query_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// mailbox is an inbox in a real store.
type mailbox struct {
	t    testing.TB
	st   store.Store
	acct store.AccountID
	c    store.CollectionID
	uids []uint32
	open int // messages opened so far
}

func newMailbox(t testing.TB) *mailbox {
	st := storetest.New(t)
	acct := storetest.Account(t, st, "ann@example.test")
	return &mailbox{t: t, st: st, acct: acct.ID, c: storetest.Role(t, st, acct.ID, store.Inbox).ID}
}

// add puts messages into the mailbox in one transaction.
func (b *mailbox) add(list ...message) {
	b.t.Helper()
	ctx := context.Background()
	items := make([]store.NewItem, len(list))
	for i, msg := range list {
		in, err := mail.Ingest(ctx, b.st, strings.NewReader(msg.raw), 64<<20)
		if err != nil {
			b.t.Fatal(err)
		}
		defer in.Blob.Release()
		items[i] = in.Item
		items[i].Flags, items[i].Keywords, items[i].Received = msg.flags, msg.keywords, msg.received
	}
	err := b.st.Update(ctx, b.acct, func(tx store.Tx) error {
		for i := range items {
			rec, err := tx.Add(b.c, items[i])
			if err != nil {
				return err
			}
			b.uids = append(b.uids, uint32(rec.UID))
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *mailbox) update(fn func(store.Tx) error) {
	b.t.Helper()
	if err := b.st.Update(context.Background(), b.acct, fn); err != nil {
		b.t.Fatal(err)
	}
}

// now is when the tests ask.
var now = time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)

func (b *mailbox) view() *query.Mailbox {
	return &query.Mailbox{
		View: func(ctx context.Context, fn func(store.Reader) error) error { return b.st.View(ctx, b.acct, fn) },
		Open: func(ctx context.Context, id store.BlobID) (store.Blob, error) {
			b.open++
			return b.st.OpenBlob(ctx, id)
		},
		Collection: b.c,
		Map:        uidmap.FromSet(wire.SetOf(b.uids)),
		Now:        now,
	}
}

// message is a message and what the store keeps beside it.
type message struct {
	raw      string
	flags    store.Flags
	keywords []string
	received time.Time
}

// letter makes a message of lines; an empty one ends the header.
func letter(lines ...string) message {
	return message{raw: strings.Join(lines, "\r\n") + "\r\n", received: now.Add(-time.Hour)}
}

// program reads a search program as a client writes it.
func program(t testing.TB, text string) wire.Key {
	t.Helper()
	r := wire.NewReader(strings.NewReader("a SEARCH "+text+"\r\n"), wire.Limits{})
	if _, err := r.Start(); err != nil {
		t.Fatal(err)
	}
	s, err := r.Search()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s.Program
}

// search is the UIDs that a program finds.
func search(t testing.TB, m *query.Mailbox, text string) string {
	t.Helper()
	r, err := query.Search(context.Background(), m, program(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r.UIDs.String()
}

// text is a text of a program, whatever is in it.
func text(s string) string { return fmt.Sprintf("{%d+}\r\n%s", len(s), s) }
