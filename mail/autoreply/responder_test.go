package autoreply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// TestReply looks at an answer from end to end.
func TestReply(t *testing.T) {
	r := newRig(t)
	o := away("Away until Monday, ask Bob: bob@example.test.")
	o.Messages[Unknown] = Message{Enabled: true, HTML: true, Text: "<p>Away until <b>Monday</b> &amp; Tuesday. Grüße</p>"}
	r.set(r.alice, o)
	r.deliver(strings.Replace(note("References: <m0@outside.test>", "In-Reply-To: <m0@outside.test>", "Reply-To: <other@outside.test>"),
		"Subject: Lunch?", "Subject: =?utf-8?q?Lunch_=C3=BC?=", 1))
	got := r.replies()
	if len(got) != 1 {
		t.Fatalf("%d answers", len(got))
	}
	a := got[0]
	if a.Sender != "" || a.Recipient != carol || a.Account != r.alice.ID || a.Domain != "outside.test" {
		t.Errorf("queued %+v; want to the envelope sender, from nobody", a.Queued)
	}
	head, body, _ := strings.Cut(a.text, "\r\n\r\n")
	for _, want := range []string{
		"From: =?utf-8?q?Alice_=C3=84ther?= <alice@example.test>\r\n", "To: <carol@outside.test>\r\n", "Auto-Submitted: auto-replied\r\n",
		"In-Reply-To: <m1@outside.test>\r\n", "References: <m0@outside.test>\r\n <m1@outside.test>\r\n", "X-Auto-Response-Suppress: All",
		"Subject: =?utf-8?q?Automatic_reply:_Lunch_=C3=BC?=\r\n", "Date: Tue, 01 Sep 2026 08:00:00 +0000\r\n", "MIME-Version: 1.0",
		"@mx.example.test>\r\n", "Content-Type: multipart/alternative;",
	} {
		if !strings.Contains(head+"\r\n", want) {
			t.Errorf("the header lacks %q:\n%s", want, head)
		}
	}
	if strings.Contains(head, "Precedence") || strings.Contains(head, "Return-Path") || strings.Contains(a.text, "other@outside.test") {
		t.Errorf("header:\n%s", head)
	}
	for _, want := range []string{"text/plain", "Away until Monday & Tuesday. Gr=C3=BC=C3=9Fe", "text/html", "<p>Away until <b>Monday</b> &amp; Tuesday."} {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q:\n%s", want, body)
		}
	}
	if s, err := mail.Parse(strings.NewReader(a.text)); err != nil || len(s.Defects) != 0 || !s.Root.Is("multipart", "alternative") || len(s.Root.Children) != 2 {
		t.Errorf("parsed: %+v, %v", s, err)
	}
	if r.inbox(r.alice) != 1 {
		t.Error("the message itself was not delivered")
	}
}

func TestReplyFromTheAddressWrittenTo(t *testing.T) {
	for to, from := range map[string]string{
		"Sales <SALES@example.test>":                "sales@example.test",
		"x@example.test, alice+tag@EXAMPLE.TEST":    "alice@example.test",
		"Friends: dave@x.test, alice@example.test;": "alice@example.test",
	} {
		r := newRig(t)
		r.set(r.alice, away("gone"))
		r.deliver(strings.Replace(note(), "Alice <alice@example.test>", to, 1))
		if got := r.replies(); len(got) != 1 || !strings.Contains(got[0].text, "<"+from+">\r\n") {
			t.Errorf("to %s: %+v; want from %s", to, got, from)
		}
	}
}

// TestOnce: once in an activation, and again after a week.
func TestOnce(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("gone"))
	step := func(what string, want bool) {
		t.Helper()
		if got := r.answers(note()); got != want {
			t.Errorf("%s: answered %v; want %v", what, got, want)
		}
	}
	step("first", true)
	step("the same message delivered again", false)
	r.now = r.now.Add(Period - time.Second)
	step("just within a week", false)
	o := r.oof(r.alice)
	o.Messages[Unknown].Text = "still gone"
	r.set(r.alice, o)
	step("a changed text", false)
	r.now = r.now.Add(2 * time.Second)
	step("after a week", true)
	o.State = Off
	r.set(r.alice, o)
	step("off", false)
	o.State = On
	r.set(r.alice, o)
	step("a new activation", true)
	r.set(r.alice, o)
	step("set as it is", false)
	r.deliverAs(note(), mail.Incoming{Sender: "Carol+x1@OUTSIDE.test"}, r.alice)
	r.deliverAs(note(), mail.Incoming{Sender: "prvs=4567abcdef=carol@outside.test"}, r.alice)
	if got := r.replies(); len(got) != 0 {
		t.Errorf("the same person under other tags: %+v", got)
	}
	r.deliverAs(note(), mail.Incoming{Sender: "dave@outside.test"}, r.alice)
	if got := r.replies(); len(got) != 1 {
		t.Errorf("somebody else: %+v", got)
	}
}

// TestTwoDeliveriesAtOnce: what both prepare, one sends.
func TestTwoDeliveriesAtOnce(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("gone"))
	in, err := mail.Ingest(t.Context(), r.st, strings.NewReader(note()), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Blob.Release()
	m := mail.Incoming{Ingested: in, Sender: carol}
	first, second := r.s.PrepareReply(t.Context(), m, r.alice.ID), r.s.PrepareReply(t.Context(), m, r.alice.ID)
	defer first.Release()
	defer second.Release()
	off := r.s.PrepareReply(t.Context(), mail.Incoming{Ingested: in, Sender: "dave@outside.test"}, r.alice.ID)
	defer off.Release()
	put := func(a *mail.AutoReply, err error) error {
		return r.st.Update(t.Context(), r.alice.ID, func(tx store.Tx) error {
			if _, err := r.s.DeliverTx(tx, m); err != nil {
				return err
			}
			r.s.ReplyTx(tx, a)
			return err
		})
	}
	failed := errors.New("the delivery fails")
	if err := put(first, failed); !errors.Is(err, failed) || len(r.replies()) != 0 {
		t.Errorf("a delivery that did not happen is answered (%v)", err)
	}
	if err := errors.Join(put(first, nil), put(second, nil)); err != nil {
		t.Fatal(err)
	}
	if got := r.replies(); len(got) != 1 {
		t.Errorf("%d answers; want 1", len(got))
	}
	r.set(r.alice, Oof{})
	if err := put(off, nil); err != nil || len(r.replies()) != 0 {
		t.Errorf("answered after it was switched off (%v)", err)
	}
}

// TestStoredMessage: what comes from the queue has its bytes in the store.
func TestStoredMessage(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("gone"))
	in, err := mail.Ingest(t.Context(), r.st, strings.NewReader(note("List-Unsubscribe: <mailto:x@y.test>")), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Blob.Release()
	o := mail.Outgoing{Ingested: in, Sender: bob, Recipients: []string{alice}}
	if err := r.s.Send(t.Context(), r.bob.ID, o, nil); err != nil {
		t.Fatal(err)
	}
	stored, err := r.s.Stored(t.Context(), in.Blob.ID())
	if err != nil {
		t.Fatal(err)
	}
	m := mail.Incoming{Ingested: stored, Sender: bob, Author: r.bob.ID, Stored: in.Blob.ID()}
	if a := r.s.PrepareReply(t.Context(), m, r.alice.ID); a != nil {
		t.Error("the header in the store was not looked at")
	}
	m.Stored = store.BlobID{1} // nothing there: no answer, no harm
	if a := r.s.PrepareReply(t.Context(), m, r.alice.ID); a != nil {
		t.Error("answered without having seen the header")
	}
}

// TestTwoResponders: both are away and write to each other.
func TestTwoResponders(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("alice is gone"))
	r.set(r.bob, away("bob is gone"))
	r.deliverAs(strings.ReplaceAll(note(), carol, bob), mail.Incoming{Sender: bob, Author: r.bob.ID}, r.alice)
	got := r.replies()
	if len(got) != 1 || got[0].Recipient != bob || !strings.Contains(got[0].text, "alice is gone internal") {
		t.Fatalf("%+v; want one answer to bob, in the words for insiders", got)
	}
	r.deliverAs(got[0].text, mail.Incoming{Sender: got[0].Sender, Author: got[0].Account}, r.bob)
	if got := r.replies(); len(got) != 0 {
		t.Errorf("the answer is answered: %+v", got)
	}
}

// TestResponderWithoutManners is answered once, whatever it sends.
func TestResponderWithoutManners(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("gone"))
	sent := 0
	for range 5 { // it answers From, in its own name, and says nothing about itself
		r.deliver(note())
		sent += len(r.replies())
	}
	for i := range 5 { // it gives every message a sender of its own
		r.deliverAs(note(), mail.Incoming{Sender: fmt.Sprintf("carol+%d@outside.test", i)}, r.alice)
		sent += len(r.replies())
	}
	if sent != 1 {
		t.Errorf("%d answers; want 1", sent)
	}
}

func TestDailyCap(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Daily = 3 })
	r.set(r.alice, away("gone"))
	burst := func() (sent int) {
		for i := range 6 {
			r.deliverAs(note(), mail.Incoming{Sender: fmt.Sprintf("n%d-%d@outside.test", r.now.Day(), i)}, r.alice)
		}
		return len(r.replies())
	}
	if n := burst(); n != 3 {
		t.Errorf("%d answers on the first day; want 3", n)
	}
	r.now = r.now.Add(24 * time.Hour)
	if n := burst(); n != 3 {
		t.Errorf("%d answers on the second day; want 3", n)
	}
	if r.inbox(r.alice) != 12 {
		t.Errorf("%d messages; want 12", r.inbox(r.alice))
	}
}

// TestMemoryIsBounded: a flood leaves a bounded memory, which begins anew with an activation.
func TestMemoryIsBounded(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("gone"))
	since := r.oof(r.alice).Since
	claimed := 0
	r.update(func(tx store.Tx) error {
		for i := range maxSent + 50 {
			m := memory{acct: r.alice.ID, since: since, sender: [hashSize]byte{7, byte(i), byte(i >> 8)}}
			ok, err := m.claim(tx, r.now, 1<<30)
			if err != nil {
				return err
			}
			if ok {
				claimed++
			}
		}
		raw, err := tx.Setting(r.alice.ID, sentPrefix+"07")
		if err != nil || len(raw) != sentHead+maxSent*sentEntry || claimed != maxSent {
			t.Errorf("%d bytes, %d claimed, %v", len(raw), claimed, err)
		}
		m := memory{acct: r.alice.ID, since: since, sender: [hashSize]byte{7, 255, 255}}
		if ok, err := m.claim(tx, r.now.Add(Period+time.Second), 1<<30); !ok || err != nil {
			t.Errorf("after the old ones are forgotten: %v, %v", ok, err)
		}
		names, err := tx.SettingNames(r.alice.ID, sentPrefix)
		if len(names) != 2 {
			t.Errorf("settings %v", names)
		}
		return err
	})
}

// TestAudiences: who is internal is decided by who submitted the message, not by what it claims.
func TestAudiences(t *testing.T) {
	tests := []struct {
		name   string
		sender string
		author bool
		want   Audience
	}{
		{"a colleague", bob, true, Internal},
		{"an outside host in a colleague's name", bob, false, Unknown},
		{"a colleague under an outside address", carol, true, Unknown},
		{"a stranger", "dave@outside.test", false, Unknown},
		{"a friend", "friend@outside.test", false, Known},
	}
	for _, tt := range tests {
		r := newRig(t, func(o *Options) { o.Contacts = friends{} })
		r.set(r.alice, away("gone"))
		m := mail.Incoming{Sender: tt.sender}
		if tt.author {
			m.Author = r.bob.ID
		}
		r.deliverAs(note(), m, r.alice)
		if got := r.replies(); len(got) != 1 || !strings.Contains(got[0].text, "gone "+tt.want.String()) {
			t.Errorf("%s: %+v; want the words for %v", tt.name, got, tt.want)
		}
		o := r.oof(r.alice)
		o.Messages[tt.want].Enabled = false
		r.set(r.alice, Oof{})
		r.set(r.alice, o)
		r.deliverAs(note(), m, r.alice)
		if got := r.replies(); len(got) != 0 {
			t.Errorf("%s: answered although the audience is not to be", tt.name)
		}
	}
	r := newRig(t) // no contacts: nobody is known
	r.set(r.alice, away("gone"))
	r.deliverAs(note(), mail.Incoming{Sender: "friend@outside.test"}, r.alice)
	if got := r.replies(); len(got) != 1 || !strings.Contains(got[0].text, "gone unknown") {
		t.Errorf("without contacts: %+v", got)
	}
	r = newRig(t, func(o *Options) { o.Contacts = broken{} })
	r.set(r.alice, away("gone"))
	if r.answers(note()) || r.inbox(r.alice) != 1 {
		t.Error("contacts that fail: want the delivery and no answer")
	}
	r = newRig(t, func(o *Options) { o.Contacts = faulty{} })
	r.set(r.alice, away("gone"))
	if r.answers(note()) || r.inbox(r.alice) != 1 {
		t.Error("a panic: want the delivery and no answer")
	}
}

type friends struct{}

func (friends) Knows(_ context.Context, _ store.AccountID, addr string) (bool, error) {
	return addr == "friend@outside.test", nil
}

type broken struct{}

func (broken) Knows(context.Context, store.AccountID, string) (bool, error) {
	return false, store.Internal
}

type faulty struct{}

func (faulty) Knows(context.Context, store.AccountID, string) (bool, error) { panic("fault") }

// TestBlank: an audience that would hear nothing is not answered; a picture is something.
func TestBlank(t *testing.T) {
	for text, want := range map[string]bool{"": false, " \r\n": false, "<html><body><p>&nbsp;</p></body></html>": false, "<img src=\"https://x.test/gone.png\">": true, "<b>x": true} {
		r := newRig(t)
		o := away("")
		o.Messages[Unknown] = Message{Enabled: true, HTML: true, Text: text}
		r.set(r.alice, o)
		if got := r.answers(note()); got != want {
			t.Errorf("%q: answered %v; want %v", text, got, want)
		}
	}
}

// TestListOfOthers: a list here that sends under its own address is a list.
func TestListOfOthers(t *testing.T) {
	r := newRig(t)
	dave := storetest.Account(t, r.st, "dave@example.test")
	r.update(func(tx store.Tx) error {
		return tx.PutAlias(store.Alias{Address: "crew@example.test", Accounts: []store.AccountID{r.bob.ID, dave.ID}})
	})
	r.set(r.alice, away("gone"))
	for sender, want := range map[string]int{"crew@example.test": 0, "bob+tag@example.test": 1, "dave@example.test": 1} {
		r.deliverAs(note(), mail.Incoming{Sender: sender, Author: r.bob.ID}, r.alice)
		if got := r.replies(); len(got) != want {
			t.Errorf("from %s: %d answers; want %d", sender, len(got), want)
		}
	}
}

// BenchmarkPrepare is what each delivery pays: to somebody who is here, and to somebody away whose sender has heard.
func BenchmarkPrepare(b *testing.B) {
	for _, away := range []bool{false, true} {
		b.Run(fmt.Sprint("away=", away), func(b *testing.B) { benchmarkPrepare(b, away) })
	}
}

func benchmarkPrepare(b *testing.B, gone bool) {
	r := newRig(b)
	if gone {
		r.set(r.alice, away("gone"))
		r.deliver(note())
	}
	in, err := mail.Ingest(b.Context(), r.st, strings.NewReader(note()), 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Blob.Release()
	for b.Loop() {
		if a := r.s.PrepareReply(b.Context(), mail.Incoming{Ingested: in, Sender: carol}, r.alice.ID); a != nil {
			b.Fatal("answered")
		}
	}
}

// TestSchedule: answers begin and end by the clock.
func TestSchedule(t *testing.T) {
	r := newRig(t)
	o := away("gone")
	o.State, o.Start, o.End = Scheduled, r.now.Add(time.Hour), r.now.Add(48*time.Hour)
	r.set(r.alice, o)
	for i, tt := range []struct {
		after time.Duration
		want  bool
	}{
		{0, false}, {time.Hour - time.Millisecond, false}, {time.Hour, true}, {48*time.Hour - time.Millisecond, true}, {48 * time.Hour, false}, {96 * time.Hour, false},
	} {
		begin := r.now
		r.now = begin.Add(tt.after)
		r.deliverAs(note(), mail.Incoming{Sender: fmt.Sprintf("n%d@outside.test", i)}, r.alice)
		if got := len(r.replies()) == 1; got != tt.want {
			t.Errorf("after %v: answered %v; want %v", tt.after, got, tt.want)
		}
		r.now = begin
	}
}
