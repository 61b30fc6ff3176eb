package scheduling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const (
	rita  = "rita@example.test"
	otto  = "otto@example.test"
	carol = "carol@outside.test"
	ulf   = "ulf@elsewhere.test"
	uid   = "meeting-1@outside.test"
)

// A rig is a store with two people, of whom rita knows carol, and a service that looks after their calendars.
type rig struct {
	t          *testing.T
	st         store.Store
	mail       *mail.Service
	rita, otto store.Account
	change     func(mail.Incoming) // runs between the preparation of a change and its transaction; nil: nothing
}

// knownTo are acquaintances of everybody.
type knownTo []string

// Knows implements Acquaintances.
func (k knownTo) Knows(_ context.Context, _ store.AccountID, addr string) (bool, error) {
	for _, a := range k {
		if a == addr {
			return true, nil
		}
	}
	return false, nil
}

// interposed lets a test act between preparation and transaction.
type interposed struct {
	*Service
	rig *rig
}

// Prepare implements mail.Invitations.
func (i interposed) Prepare(ctx context.Context, m mail.Incoming, acct store.AccountID) *mail.CalendarChange {
	c := i.Service.Prepare(ctx, m, acct)
	if f := i.rig.change; f != nil {
		f(m)
	}
	return c
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, st: storetest.New(t)}
	r.rita, r.otto = storetest.Account(t, r.st, rita), storetest.Account(t, r.st, otto)
	err := r.st.Update(t.Context(), 0, func(tx store.Tx) error {
		return tx.PutAlias(store.Alias{Address: "sales@example.test", Accounts: []store.AccountID{r.rita.ID}})
	})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 8, 20, 8, 0, 0, 0, time.UTC) }
	s := New(r.st, Options{Hostname: "mx.example.test", Contacts: knownTo{carol}, Now: now})
	r.mail = mail.NewService(r.st, mail.ServiceOptions{Hostname: "mx.example.test", Now: now, Invitations: interposed{s, r}})
	return r
}

// A message about the meeting; zero fields have working defaults.
type message struct {
	method    string
	from      string   // carol
	sender    string   // header field Sender
	organizer string   // carol
	attendees []string // whole lines; rita, who has not answered
	seq       int
	stamp     string // 20260801T080000Z
	start     string // 20260828T100000Z
	lines     []string
	junk      bool
	author    store.AccountID
	outer     string // lines instead of the event
	to        string // rita
}

func (m message) text() string {
	or := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	or(&m.method, "REQUEST")
	or(&m.from, carol)
	or(&m.organizer, carol)
	or(&m.stamp, "20260801T080000Z")
	or(&m.start, "20260828T100000Z")
	if m.attendees == nil {
		m.attendees = []string{"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:rita@example.test"}
	}
	event := append([]string{
		"UID:" + uid, "DTSTAMP:" + m.stamp, "DTSTART:" + m.start, "DURATION:PT1H", "SUMMARY:Harbour", fmt.Sprint("SEQUENCE:", m.seq),
		"ORGANIZER:mailto:" + m.organizer,
	}, append(m.attendees, m.lines...)...)
	body := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:" + m.method + "\r\nBEGIN:VEVENT\r\n" + strings.Join(event, "\r\n") +
		"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if m.outer != "" {
		body = m.outer
	}
	head := "From: <" + m.from + ">\r\nTo: <" + rita + ">\r\nSubject: x\r\n"
	if m.sender != "" {
		head += "Sender: <" + m.sender + ">\r\n"
	}
	return head + "MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method=" + m.method + "\r\n\r\n" + body
}

// deliver delivers a message.
func (r *rig) deliver(m message) {
	r.t.Helper()
	r.deliverText(m.text(), mail.Incoming{Sender: carol, Junk: m.junk, Author: m.author}, m.to)
}

func (r *rig) deliverText(text string, m mail.Incoming, to string) {
	r.t.Helper()
	in, err := mail.Ingest(r.t.Context(), r.st, strings.NewReader(text), 64<<20)
	if err != nil {
		r.t.Fatal(err)
	}
	defer in.Blob.Release()
	m.Ingested = in
	who := mail.Recipient{Address: rita, Account: r.rita.ID}
	if to == otto {
		who = mail.Recipient{Address: otto, Account: r.otto.ID}
	}
	if err := r.mail.Deliver(r.t.Context(), m, []mail.Recipient{who})[0]; err != nil {
		r.t.Fatal(err)
	}
}

// event reads the meeting in somebody's calendar; nil: it is not there.
func (r *rig) event(who store.Account) *calendar.Object {
	r.t.Helper()
	var place *Place
	err := r.st.View(r.t.Context(), who.ID, func(v store.Reader) (err error) {
		place, err = Find(v, uid)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if place == nil {
		return nil
	}
	o, err := place.Read(r.t.Context(), r.st)
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

// put puts a meeting that rita organizes, with carol and otto, into her calendar.
func (r *rig) put(who store.Account, m message) {
	r.t.Helper()
	o, _, err := calendar.ReadObject(m.text()[strings.Index(m.text(), "BEGIN:VCAL"):])
	if err != nil {
		r.t.Fatal(err)
	}
	o.SetMethod("")
	r.store(who, o)
}

func (r *rig) store(who store.Account, o *calendar.Object) {
	r.t.Helper()
	item, err := calendar.Ingest(r.t.Context(), r.st, o.Bytes())
	if err != nil {
		r.t.Fatal(err)
	}
	defer item.Blob.Release()
	err = r.st.Update(r.t.Context(), who.ID, func(tx store.Tx) error {
		at, err := Find(tx, uid)
		if err == nil {
			_, err = Put(tx, at, item)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// queue lists what goes out: forward-path and message.
func (r *rig) queue() (to []string, texts []string) {
	r.t.Helper()
	var rows []store.Queued
	err := r.st.View(r.t.Context(), 0, func(v store.Reader) (err error) {
		rows, err = v.Queue(0, 100)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		b, err := r.st.OpenBlob(r.t.Context(), row.Blob)
		if err != nil {
			r.t.Fatal(err)
		}
		raw := make([]byte, b.Size())
		if _, err := b.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
			r.t.Fatal(err)
		}
		b.Close()
		to, texts = append(to, row.Recipient), append(texts, string(raw))
	}
	return to, texts
}

func (r *rig) inbox() int64 { return storetest.Role(r.t, r.st, r.rita.ID, store.Inbox).Total }

// says describes an event in a few words: sequence, start, status, what it makes of time, and who has answered what.
func says(o *calendar.Object) string {
	if o == nil {
		return "nothing"
	}
	var all []string
	for c := range o.Components() {
		words := []string{fmt.Sprint(c.Sequence()), c.Start().String()}
		if c.Status() != "" {
			words = append(words, c.Status())
		}
		if c.Busy() == calendar.Tentative {
			words = append(words, "tentative")
		}
		for _, who := range c.Attendees() {
			name, _, _ := strings.Cut(who.Address, "@")
			words = append(words, name+"="+who.Status)
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, "; ")
}
