package mail

import (
	"errors"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestSend(t *testing.T) {
	p := newPost(t)
	in := p.ingest()
	ran := false
	o := Outgoing{
		Ingested: in, SentCopy: in, Sender: "alice@example.test", EnvID: "E1",
		Recipients: []string{"bob@example.test", "Someone@Outside.Test", "jörg@outside.test"}, Notify: []string{"", "NEVER", "SUCCESS,FAILURE"},
	}
	err := p.s.Send(t.Context(), p.alice.ID, o, func(tx store.Tx) error {
		ran = true
		if err := tx.PutDevice(store.Device{ID: "phone"}); err != nil {
			return err
		}
		return tx.PutState("phone", "sent", []byte("1"))
	})
	if err != nil || !ran {
		t.Fatalf("send: %v, also ran: %v", err, ran)
	}
	q := p.queue()
	if len(q) != 3 {
		t.Fatalf("queue %+v", q)
	}
	for i, want := range []store.Queued{
		{Recipient: "bob@example.test", Domain: "example.test"},
		{Recipient: "Someone@outside.test", Domain: "outside.test", Notify: "NEVER"},
		{Recipient: "jörg@outside.test", Domain: "outside.test", Notify: "SUCCESS,FAILURE", UTF8: true},
	} {
		got := q[i]
		if got.Recipient != want.Recipient || got.Domain != want.Domain || got.Notify != want.Notify || got.UTF8 != want.UTF8 ||
			got.Account != p.alice.ID || got.Sender != o.Sender || got.EnvID != "E1" || got.Blob != in.Blob.ID() {
			t.Errorf("row %d is %+v", i, got)
		}
		if life := got.Expires.Sub(got.Created); life != DefaultQueueLife || !got.Due.Equal(got.Created) {
			t.Errorf("row %d is due %v, lives %v", i, got.Due, life)
		}
	}
	if n := p.total(p.alice, store.Sent); n != 1 {
		t.Errorf("%d messages in Sent", n)
	}
}

// Either everything happens or nothing.
func TestSendAllOrNothing(t *testing.T) {
	p := newPost(t)
	in := p.ingest()
	refused := errors.New("seen this ClientId")
	good := Outgoing{Ingested: in, SentCopy: in, Sender: "alice@example.test", Recipients: []string{"bob@example.test"}}
	tests := []struct {
		name string
		o    func(o *Outgoing)
		also error
		want error
	}{
		{"also fails", func(*Outgoing) {}, refused, refused},
		{"bad recipient", func(o *Outgoing) { o.Recipients = []string{"bob@example.test", "nonsense"} }, nil, store.Invalid},
		{"control character", func(o *Outgoing) { o.Recipients = []string{"bob\r\n@example.test"} }, nil, store.Invalid},
		{"nobody", func(o *Outgoing) { o.Recipients = nil }, nil, store.Invalid},
		{"notify does not fit", func(o *Outgoing) { o.Notify = []string{"", ""} }, nil, store.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := good
			tt.o(&o)
			if err := p.s.Send(t.Context(), p.alice.ID, o, func(store.Tx) error { return tt.also }); !errors.Is(err, tt.want) {
				t.Errorf("error %v; want %v", err, tt.want)
			}
			if q, sent := p.queue(), p.total(p.alice, store.Sent); len(q) != 0 || sent != 0 {
				t.Errorf("%d rows queued and %d messages in Sent", len(q), sent)
			}
		})
	}
}

func TestSendOverQuota(t *testing.T) {
	p := newPost(t)
	p.fill(p.alice)
	in := p.ingest()
	o := Outgoing{Ingested: in, SentCopy: in, Sender: "alice@example.test", Recipients: []string{"bob@example.test"}}
	if err := p.s.Send(t.Context(), p.alice.ID, o, nil); !errors.Is(err, store.OverQuota) {
		t.Errorf("error %v; want OverQuota", err)
	}
	o.SentCopy = nil
	if err := p.s.Send(t.Context(), p.alice.ID, o, nil); err != nil {
		t.Errorf("without a copy: %v", err)
	}
}
