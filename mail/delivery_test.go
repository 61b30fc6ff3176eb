package mail

import (
	"errors"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// post is a store with some people and a service on it.
type post struct {
	t               *testing.T
	st              store.Store
	s               *Service
	alice, bob, cat store.Account
}

func newPost(t *testing.T) *post {
	p := &post{t: t, st: storetest.New(t)}
	p.alice = storetest.Account(t, p.st, "alice@example.test")
	p.bob = storetest.Account(t, p.st, "bob@example.test")
	p.cat = storetest.Account(t, p.st, "cat@catch.test")
	for _, a := range []store.Alias{
		{Address: "list@example.test", Accounts: []store.AccountID{p.alice.ID, p.bob.ID}},
		{Address: "sales@example.test", Accounts: []store.AccountID{p.alice.ID}},
		{Address: "bob+vip@example.test", Accounts: []store.AccountID{p.alice.ID}},
		{Address: "@catch.test", Accounts: []store.AccountID{p.bob.ID}},
	} {
		p.update(func(tx store.Tx) error { return tx.PutAlias(a) })
	}
	p.s = NewService(p.st, ServiceOptions{Hostname: "mail.example.test"})
	return p
}

func (p *post) update(f func(tx store.Tx) error) {
	p.t.Helper()
	if err := p.st.Update(p.t.Context(), 0, f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) ingest() *Ingested {
	p.t.Helper()
	in, err := Ingest(p.t.Context(), p.st, strings.NewReader(plainMessage), 1<<20)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(in.Blob.Release)
	return in
}

func (p *post) total(a store.Account, role store.Role) int64 {
	p.t.Helper()
	return storetest.Role(p.t, p.st, a.ID, role).Total
}

func TestResolve(t *testing.T) {
	p := newPost(t)
	tests := []struct {
		addr string
		want []store.AccountID
	}{
		{"alice@example.test", []store.AccountID{p.alice.ID}},
		{"ALICE@Example.Test", []store.AccountID{p.alice.ID}},
		{"alice+lists@example.test", []store.AccountID{p.alice.ID}},
		{"list@example.test", []store.AccountID{p.alice.ID, p.bob.ID}},
		{"list+tag@example.test", []store.AccountID{p.alice.ID, p.bob.ID}},
		{"bob+vip@example.test", []store.AccountID{p.alice.ID}}, // the exact alias comes before the tag
		{"bob+other@example.test", []store.AccountID{p.bob.ID}},
		{"whoever@catch.test", []store.AccountID{p.bob.ID}},
		{"cat@catch.test", []store.AccountID{p.cat.ID}},
		{"cat+tag@catch.test", []store.AccountID{p.cat.ID}}, // the person comes before the catch-all
		{"other+tag@catch.test", []store.AccountID{p.bob.ID}},
		{"postmaster@example.test", []store.AccountID{p.alice.ID}},
		{"postmaster@catch.test", []store.AccountID{p.bob.ID}}, // the catch-all
	}
	for _, tt := range tests {
		got, err := p.s.Resolve(t.Context(), tt.addr)
		var ids []store.AccountID
		for _, r := range got {
			ids = append(ids, r.Account)
			if r.Address != tt.addr {
				t.Errorf("Resolve(%q) names %q", tt.addr, r.Address)
			}
		}
		if err != nil || !sameIDs(ids, tt.want) {
			t.Errorf("Resolve(%q) = %v, %v; want %v", tt.addr, ids, err, tt.want)
		}
	}
	for addr, want := range map[string]error{
		"nobody@example.test": store.NotFound, "alice@outside.test": store.NotFound, "postmaster@outside.test": store.NotFound,
		"": store.Invalid, "alice": store.Invalid, "@catch.test": store.Invalid,
	} {
		if got, err := p.s.Resolve(t.Context(), addr); !errors.Is(err, want) {
			t.Errorf("Resolve(%q) = %v, %v; want %v", addr, got, err, want)
		}
	}
}

func sameIDs(a, b []store.AccountID) bool {
	if len(a) != len(b) {
		return false
	}
	seen := make(map[store.AccountID]bool)
	for _, id := range a {
		seen[id] = true
	}
	for _, id := range b {
		if !seen[id] {
			return false
		}
	}
	return true
}

func TestLocal(t *testing.T) {
	p := newPost(t)
	for addr, want := range map[string]bool{
		"x@example.test": true, "x@EXAMPLE.test.": true, "x@outside.test": false, "x@[127.0.0.1]": false, "x": false,
	} {
		if got, err := p.s.Local(t.Context(), addr); err != nil || got != want {
			t.Errorf("Local(%q) = %v, %v; want %v", addr, got, err, want)
		}
	}
}

func TestDeliverOncePerMailbox(t *testing.T) {
	p := newPost(t)
	before, _ := p.st.ModSeq(p.alice.ID)
	to := []Recipient{
		{"alice@example.test", p.alice.ID}, {"list@example.test", p.alice.ID}, {"list@example.test", p.bob.ID}, {"gone@example.test", 9999},
	}
	errs := p.s.Deliver(t.Context(), Incoming{Ingested: p.ingest(), Sender: "ann@elsewhere.test"}, to)
	if errs[0] != nil || errs[1] != nil || errs[2] != nil || !errors.Is(errs[3], store.NotFound) {
		t.Fatalf("errors %v", errs)
	}
	if a, b := p.total(p.alice, store.Inbox), p.total(p.bob, store.Inbox); a != 1 || b != 1 {
		t.Errorf("inboxes hold %d and %d; want 1 and 1", a, b)
	}
	if after, _ := p.st.ModSeq(p.alice.ID); after != before+1 {
		t.Errorf("modseq went from %d to %d", before, after)
	}
}

func TestDeliverJunk(t *testing.T) {
	p := newPost(t)
	errs := p.s.Deliver(t.Context(), Incoming{Ingested: p.ingest(), Junk: true}, []Recipient{{"alice@example.test", p.alice.ID}})
	if errs[0] != nil || p.total(p.alice, store.Junk) != 1 || p.total(p.alice, store.Inbox) != 0 {
		t.Errorf("errors %v, junk %d, inbox %d", errs, p.total(p.alice, store.Junk), p.total(p.alice, store.Inbox))
	}
}

// fill sets a quota that the message does not fit into.
func (p *post) fill(a store.Account) {
	p.update(func(tx store.Tx) error {
		a.Quota = 10
		return tx.UpdateAccount(a)
	})
}

func TestRoom(t *testing.T) {
	p := newPost(t)
	p.fill(p.bob)
	alice, bob := Recipient{"a", p.alice.ID}, Recipient{"b", p.bob.ID}
	if err := p.s.Room(t.Context(), []Recipient{bob}, 100); !errors.Is(err, store.OverQuota) {
		t.Errorf("room for 100 bytes in 10: %v", err)
	}
	if err := p.s.Room(t.Context(), []Recipient{bob}, 0); err != nil {
		t.Errorf("room for an unknown size: %v", err)
	}
	if err := p.s.Room(t.Context(), []Recipient{bob, alice}, 100); err != nil {
		t.Errorf("room in one of two: %v", err)
	}
}

func TestAcceptTakesOver(t *testing.T) {
	p := newPost(t)
	p.fill(p.bob)
	m := Incoming{Ingested: p.ingest(), Sender: "ann@elsewhere.test"}
	if err := p.s.Accept(t.Context(), m, []Recipient{{"bob@example.test", p.bob.ID}}); !errors.Is(err, store.OverQuota) {
		t.Errorf("nobody has room: %v; want OverQuota", err)
	}
	if q := p.queue(); len(q) != 0 {
		t.Errorf("queue %+v after a refusal", q)
	}
	to := []Recipient{{"list@example.test", p.alice.ID}, {"list@example.test", p.bob.ID}, {"bob@example.test", p.bob.ID}}
	if err := p.s.Accept(t.Context(), m, to); err != nil {
		t.Fatalf("one of two has room: %v", err)
	}
	q := p.queue()
	if len(q) != 1 || q[0].Recipient != "bob@example.test" || q[0].Sender != m.Sender || q[0].Account != 0 || q[0].Domain != "example.test" {
		t.Errorf("queue %+v; want bob once", q)
	}
	if p.total(p.alice, store.Inbox) != 1 || p.total(p.bob, store.Inbox) != 0 {
		t.Errorf("inboxes hold %d and %d; want 1 and 0", p.total(p.alice, store.Inbox), p.total(p.bob, store.Inbox))
	}
}

// TestPostponeRemembersAuthor: what waits in the queue is believed as much as what did not have to.
func TestPostponeRemembersAuthor(t *testing.T) {
	p := newPost(t)
	m := Incoming{Ingested: p.ingest(), Sender: "alice@example.test", Author: p.alice.ID}
	if err := p.s.Postpone(t.Context(), m, []Recipient{{"bob@example.test", p.bob.ID}}); err != nil {
		t.Fatal(err)
	}
	if q := p.queue(); len(q) != 1 || q[0].Account != p.alice.ID {
		t.Errorf("queue %+v; want what alice wrote", q)
	}
}

func (p *post) queue() (rows []store.Queued) {
	p.t.Helper()
	err := p.st.View(p.t.Context(), 0, func(r store.Reader) (err error) {
		rows, err = r.Queue(0, 100)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return rows
}
