package queue

import (
	"context"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// courteous answers whoever has a name.
type courteous struct {
	w     *world
	asked []mail.Incoming
}

func (c *courteous) Prepare(ctx context.Context, m mail.Incoming, _ store.AccountID) *mail.AutoReply {
	if m.Sender == "" {
		return nil
	}
	c.asked = append(c.asked, m)
	in, err := mail.Ingest(ctx, c.w.st, strings.NewReader("Subject: thanks\r\n\r\nthanks\r\n"), 1<<20)
	if err != nil {
		c.w.t.Error(err)
		return nil
	}
	return &mail.AutoReply{Blob: in.Blob, To: m.Sender, Claim: func(store.Tx) (bool, error) { return true, nil }}
}

// TestReplyFromQueue: who prepares an answer learns who submitted the message and where its bytes are, and the answer
// goes out from nobody.
func TestReplyFromQueue(t *testing.T) {
	inBubble(t, func(w *world) {
		c := &courteous{w: w}
		w.mail = mail.NewService(w.st, mail.ServiceOptions{Hostname: "mail.example.test", Responder: c})
		w.run(Options{}, func() {
			w.send("bob@example.test")
			w.settled(0)
		})
		if len(w.inbox(w.bob)) != 1 {
			t.Errorf("bob has %q", w.inbox(w.bob))
		}
		if got := w.inbox(w.alice); len(got) != 1 || !strings.Contains(got[0], "thanks") {
			t.Errorf("alice has %q; want the answer", got)
		}
		if len(c.asked) != 1 || c.asked[0].Author != w.alice.ID || c.asked[0].Sender != "alice@example.test" || c.asked[0].Blob != nil || c.asked[0].Stored == (store.BlobID{}) {
			t.Errorf("asked about %+v", c.asked)
		}
	})
}
