package autoreply

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const (
	alice = "alice@example.test"
	bob   = "bob@example.test"
	carol = "carol@outside.test"
)

// A rig is a store with two people, a list of both, and a service that answers for them.
type rig struct {
	t          testing.TB
	st         store.Store
	s          *mail.Service
	now        time.Time
	alice, bob store.Account
}

func newRig(t testing.TB, change ...func(*Options)) *rig {
	r := &rig{t: t, st: storetest.New(t), now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)}
	r.alice = storetest.Account(t, r.st, alice)
	r.bob = storetest.Account(t, r.st, bob)
	r.update(func(tx store.Tx) error {
		for _, a := range []store.Alias{
			{Address: "sales@example.test", Accounts: []store.AccountID{r.alice.ID}},
			{Address: "team@example.test", Accounts: []store.AccountID{r.alice.ID, r.bob.ID}},
			{Address: "@example.test", Accounts: []store.AccountID{r.alice.ID}},
		} {
			if err := tx.PutAlias(a); err != nil {
				return err
			}
		}
		r.alice.Display = "Alice Äther"
		return tx.UpdateAccount(r.alice)
	})
	clock := func() time.Time { return r.now }
	o := Options{Hostname: "mx.example.test", Now: clock}
	for _, f := range change {
		f(&o)
	}
	r.s = mail.NewService(r.st, mail.ServiceOptions{Hostname: "mx.example.test", Now: clock, Responder: New(r.st, o)})
	return r
}

func (r *rig) update(f func(store.Tx) error) {
	r.t.Helper()
	if err := r.st.Update(r.t.Context(), 0, f); err != nil {
		r.t.Fatal(err)
	}
}

// away is the setting of somebody who answers everybody.
func away(text string) Oof {
	o := Oof{State: On}
	for a := range o.Messages {
		o.Messages[a] = Message{Enabled: true, Text: text + " " + Audience(a).String()}
	}
	return o
}

func (r *rig) set(a store.Account, o Oof) {
	r.t.Helper()
	r.update(func(tx store.Tx) error { return Save(tx, a.ID, o, r.now) })
}

func (r *rig) oof(a store.Account) (o Oof) {
	r.t.Helper()
	err := r.st.View(r.t.Context(), a.ID, func(v store.Reader) (err error) {
		o, err = Load(v, a.ID)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

// note is a message to alice with further header lines.
func note(header ...string) string {
	return strings.Join(append(header, "From: Carol <carol@outside.test>", "To: Alice <alice@example.test>", "Subject: Lunch?",
		"Message-ID: <m1@outside.test>", "", "Are you there?", ""), "\r\n")
}

// deliver delivers a message from outside to alice.
func (r *rig) deliver(message string) {
	r.t.Helper()
	r.deliverAs(message, mail.Incoming{Sender: carol}, r.alice)
}

func (r *rig) deliverAs(message string, m mail.Incoming, to store.Account) {
	r.t.Helper()
	in, err := mail.Ingest(r.t.Context(), r.st, strings.NewReader(message), 64<<20)
	if err != nil {
		r.t.Fatal(err)
	}
	defer in.Blob.Release()
	m.Ingested = in
	for _, err := range r.s.Deliver(r.t.Context(), m, []mail.Recipient{{Address: to.Name, Account: to.ID}}) {
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// A reply is an answer in the queue.
type reply struct {
	store.Queued
	text string
}

// replies takes the answers out of the queue.
func (r *rig) replies() (all []reply) {
	r.t.Helper()
	var rows []store.Queued
	err := r.st.View(r.t.Context(), 0, func(v store.Reader) (err error) {
		rows, err = v.Queue(0, 10_000)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		b, err := r.st.OpenBlob(context.WithoutCancel(r.t.Context()), row.Blob)
		if err != nil {
			r.t.Fatal(err)
		}
		raw, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
		b.Close()
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, reply{row, string(raw)})
		r.update(func(tx store.Tx) error { return tx.Dequeue(row.ID) })
	}
	return all
}

// answers delivers a message from outside to alice and reports whether it is answered.
func (r *rig) answers(message string) bool {
	r.t.Helper()
	r.deliver(message)
	return len(r.replies()) == 1
}

func (r *rig) inbox(a store.Account) int64 {
	return storetest.Role(r.t, r.st, a.ID, store.Inbox).Total
}
