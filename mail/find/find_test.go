package find_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
	"github.com/gannetmail/gannet/store/uidset"
)

// What a key finds by its texts, dates and flags is tested with protocols/imap/query, against a model of its own. Here is
// what IMAP has no key for.

var now = time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)

// account is one with folders in a real store.
type account struct {
	t  testing.TB
	st store.Store
	id store.AccountID
}

func newAccount(t testing.TB) *account {
	st := storetest.New(t)
	return &account{t, st, storetest.Account(t, st, "ann@example.test").ID}
}

func (a *account) folder(role store.Role) store.CollectionID {
	return storetest.Role(a.t, a.st, a.id, role).ID
}

// add puts a message into a folder.
func (a *account) add(c store.CollectionID, received time.Time, lines ...string) store.Record {
	a.t.Helper()
	ctx := context.Background()
	in, err := mail.Ingest(ctx, a.st, strings.NewReader(strings.Join(lines, "\r\n")+"\r\n"), 1<<20)
	if err != nil {
		a.t.Fatal(err)
	}
	defer in.Blob.Release()
	in.Item.Received = received
	var rec store.Record
	if err := a.st.Update(ctx, a.id, func(tx store.Tx) (err error) {
		rec, err = tx.Add(c, in.Item)
		return err
	}); err != nil {
		a.t.Fatal(err)
	}
	return rec
}

func (a *account) whole(c store.CollectionID) *find.Mailbox {
	a.t.Helper()
	m, err := find.Whole(context.Background(), a.st, a.id, c)
	if err != nil {
		a.t.Fatal(err)
	}
	return m
}

func TestKeys(t *testing.T) {
	a := newAccount(t)
	inbox := a.folder(store.Inbox)
	one := a.add(inbox, now, "From: Ann <ann@example.test>", "To: bo@example.test", "Subject: plans", "Message-ID: <1@example.test>", "", "x")
	a.add(inbox, now.Add(time.Second), "From: bo@example.test", "Bcc: cy@example.test", "Subject: Re: plans", "In-Reply-To: <1@example.test>",
		"Importance: high", "", "x")
	a.add(inbox, now.Add(2*time.Second), "From: dee@example.test", "Cc: ann@example.test", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "",
		"--b", "", "plans", "--b", "Content-Type: application/pdf", "Content-Disposition: attachment; filename=\"Pläne 2024.pdf\"", "", "%PDF", "--b--")
	var thread store.ThreadID
	if err := a.st.View(t.Context(), a.id, func(r store.Reader) error {
		rec, err := r.Record(inbox, one.UID, store.WantItem)
		thread = rec.Item.Thread
		return err
	}); err != nil {
		t.Fatal(err)
	}
	at := func(op find.Op, s int) find.Key {
		return find.Key{Op: op, Time: now.Add(time.Duration(s) * time.Second)}
	}
	tests := []struct {
		key  find.Key
		want string
	}{
		{find.Key{}, "1:3"}, {find.AllOf(), "1:3"}, {find.AnyOf(), ""}, {find.None(), ""}, {find.NoneOf(find.None()), "1:3"},
		{find.AllOf(find.AnyOf(), find.Key{}), ""}, {find.AnyOf(find.AllOf(), find.None()), "1:3"},
		{at(find.From, 1), "2:3"}, {at(find.Until, 1), "1:2"}, {find.AllOf(at(find.From, 1), at(find.Until, 1)), "2"},
		{find.NoneOf(at(find.Until, 1)), "3"},
		{find.Participant("ann@"), "1,3"}, {find.Participant("cy"), "2"}, {find.Participant("BO@"), "1:2"},
		{find.Key{Op: find.HasAttachment}, "3"}, {find.Key{Op: find.Attachment, Text: "plane"}, "3"},
		{find.Key{Op: find.Attachment, Text: "plans"}, ""}, {find.Key{Op: find.Attachment}, "3"},
		{find.Key{Op: find.Importance, Importance: mail.ImportanceHigh}, "2"}, {find.Key{Op: find.Importance}, "1,3"},
		{find.Key{Op: find.Thread, Thread: thread}, "1:2"}, {find.Key{Op: find.Thread, Thread: 1 << 40}, ""},
		{find.NoneOf(find.Key{Op: find.Thread, Thread: thread}), "3"},
		{find.AllOf(find.InField("SUBJECT", "re"), find.Key{Op: find.Thread, Thread: thread}), "2"},
		{find.Key{Op: find.Item, Item: func(i *store.Item) bool { return i.ID == one.Item.ID }}, "1"},
	}
	m := a.whole(inbox)
	for _, tt := range tests {
		r, err := find.Search(t.Context(), m, tt.key)
		if err != nil || r.UIDs.String() != tt.want {
			t.Errorf("%v finds %q, %v, want %q", tt.key, r.UIDs, err, tt.want)
		}
		for uid := range uint32(3) {
			var rec store.Record
			err := m.View(t.Context(), func(r store.Reader) (err error) {
				rec, err = r.Record(inbox, store.UID(uid+1), store.WantSummary)
				rec.Item.Summary = slices.Clone(rec.Item.Summary)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if is, err := find.Match(t.Context(), m, tt.key, rec); err != nil || is != r.UIDs.Contains(uid+1) {
				t.Errorf("%v matches %d: %v, %v", tt.key, uid+1, is, err)
			}
		}
	}
}

// TestNewest compares what is kept of several mailboxes with all that is found, sorted.
func TestNewest(t *testing.T) {
	a := newAccount(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	folders := []store.CollectionID{a.folder(store.Inbox), a.folder(store.Sent), a.folder(store.Trash)}
	var all []find.Hit
	for i := range 60 {
		c := folders[rnd.IntN(len(folders))]
		rec := a.add(c, now.Add(time.Duration(rnd.IntN(20))*time.Hour), fmt.Sprintf("Subject: %d odd%d", i, i%2), "", "x")
		if i%2 == 1 {
			all = append(all, find.Hit{Collection: c, UID: uint32(rec.UID), Received: rec.Received})
		}
	}
	slices.SortFunc(all, func(x, y find.Hit) int {
		switch {
		case !x.Received.Equal(y.Received):
			return y.Received.Compare(x.Received)
		case x.Collection != y.Collection:
			return int(x.Collection) - int(y.Collection)
		}
		return int(y.UID) - int(x.UID)
	})
	key := find.InField("SUBJECT", "odd1")
	for _, limit := range []int{0, 1, 7, 30, 1000} {
		n := find.Newest{Limit: limit}
		for _, c := range folders {
			if err := n.Search(t.Context(), a.whole(c), key); err != nil {
				t.Fatal(err)
			}
		}
		want := all[:min(limit, len(all))]
		if got := n.Hits(); n.Total != uint64(len(all)) || !slices.Equal(got, want) {
			t.Errorf("limit %d: %d of %d\n got %v\nwant %v", limit, len(got), n.Total, got, want)
		}
	}
}

// TestNewestOfMany has more messages than are read one by one.
func TestNewestOfMany(t *testing.T) {
	a := newAccount(t)
	inbox := a.folder(store.Inbox)
	first := a.add(inbox, now, "Subject: x", "", "y")
	const many = 6000
	if err := a.st.Update(t.Context(), a.id, func(tx store.Tx) error {
		for range many - 1 {
			if _, err := tx.Copy(inbox, first.UID, inbox); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	last := a.add(inbox, now.Add(-time.Hour), "Subject: x", "", "old")
	n := find.Newest{Limit: 3}
	m := a.whole(inbox)
	m.UIDs = m.UIDs.Minus(uidset.One(many))
	if err := n.Search(t.Context(), m, find.Key{}); err != nil {
		t.Fatal(err)
	}
	var uids []uint32
	for _, h := range n.Hits() {
		uids = append(uids, h.UID)
	}
	if n.Total != many || !slices.Equal(uids, []uint32{many - 1, many - 2, many - 3}) {
		t.Errorf("%d, %v", n.Total, uids)
	}
	n = find.Newest{Limit: 2 * many}
	if err := n.Search(t.Context(), m, find.Key{}); err != nil || len(n.Hits()) != many || n.Hits()[many-1].UID != uint32(last.UID) {
		t.Errorf("%d hits, %v", len(n.Hits()), err)
	}
}

func TestNewestEnds(t *testing.T) {
	a := newAccount(t)
	inbox := a.folder(store.Inbox)
	a.add(inbox, now, "Subject: x", "", "y")
	broken := errors.New("broken")
	m := a.whole(inbox)
	m.View = func(context.Context, func(store.Reader) error) error { return broken }
	n := find.Newest{Limit: 3}
	if err := n.Search(t.Context(), m, find.Key{}); !errors.Is(err, broken) {
		t.Errorf("in a broken store: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Search(ctx, a.whole(inbox), find.Key{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
