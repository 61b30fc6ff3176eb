package mail

import (
	"context"
	"errors"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// decided are invitations of which each is Done, with what its change comes to.
type decided struct {
	err   error
	tries int
}

// Prepare implements Invitations.
func (d *decided) Prepare(context.Context, Incoming, store.AccountID) *CalendarChange {
	d.tries++
	return &CalendarChange{Done: true, Apply: func(store.Tx) error { return d.err }}
}

// TestDone lists what becomes of a message that needs nobody's attention once its change is made.
func TestDone(t *testing.T) {
	tests := map[string]struct {
		err   error // of the change
		want  error // of the delivery
		inbox int64
		trash int64
		tries int
	}{
		"made":                      {trash: 1, tries: 1},
		"always another calendar":   {err: ErrCalendarChanged, want: store.Busy, tries: maxResourceTries},
		"the change cannot be made": {err: store.Damaged, inbox: 1, tries: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			d := &decided{err: tt.err}
			p.s = NewService(p.st, ServiceOptions{Hostname: "mail.example.test", Invitations: d})
			err := p.s.Deliver(t.Context(), Incoming{Ingested: p.ingest()}, []Recipient{{"bob@example.test", p.bob.ID}})[0]
			if !errors.Is(err, tt.want) {
				t.Errorf("delivered: %v, want %v", err, tt.want)
			}
			trash := storetest.Role(t, p.st, p.bob.ID, store.Trash)
			if n := p.total(p.bob, store.Inbox); n != tt.inbox || trash.Total != tt.trash || trash.Unread != 0 || d.tries != tt.tries {
				t.Errorf("%d in the Inbox, %d in Trash, %d unread, %d tries", n, trash.Total, trash.Unread, d.tries)
			}
		})
	}
	p := newPost(t) // junk is looked at by nobody
	p.s = NewService(p.st, ServiceOptions{Invitations: &decided{}})
	p.s.Deliver(t.Context(), Incoming{Ingested: p.ingest(), Junk: true}, []Recipient{{"bob@example.test", p.bob.ID}})
	if p.total(p.bob, store.Junk) != 1 {
		t.Error("junk is not there")
	}
}

// closed are lists to which only one account may write.
type closed store.AccountID

// MayWrite implements Lists.
func (c closed) MayWrite(_ store.Directory, addr string, author store.AccountID) (bool, error) {
	return addr != "list@example.test" || author == store.AccountID(c), nil
}

func TestReach(t *testing.T) {
	p := newPost(t)
	p.s = NewService(p.st, ServiceOptions{Lists: closed(p.alice.ID)})
	if to, err := p.s.Reach(t.Context(), "List@example.test", p.alice.ID); err != nil || len(to) != 2 {
		t.Errorf("%v %v", to, err)
	}
	if _, err := p.s.Reach(t.Context(), "list@example.test", 0); !errors.Is(err, ErrNotForSender) {
		t.Error(err)
	}
	if _, err := p.s.Reach(t.Context(), "nobody@example.test", 0); !errors.Is(err, store.NotFound) {
		t.Error(err)
	}
}
