package smtp

import (
	"context"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail/queue"
	"github.com/gannetmail/gannet/store"
)

// A message goes from a mail program through submission, the queue and the transport to another server;
// what that server refuses comes back as a notice.
func TestJourney(t *testing.T) {
	here, there := newWorld(t), newWorld(t)
	routes, err := queue.ParseRoutes(map[string]string{
		"catch.test": "smtp://" + there.serve(Options{}), "default": "smtp://" + there.serve(Options{}) + "?tls=off",
	})
	if err != nil {
		t.Fatal(err)
	}
	// Here catch.test is somebody else's domain.
	err = here.st.Update(t.Context(), 0, func(tx store.Tx) error {
		if err := tx.PutAlias(store.Alias{Address: "@catch.test"}); err != nil {
			return err
		}
		return tx.RemoveDomain("catch.test")
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	runner := queue.New(here.st, here.mail, here.transport(), queue.Options{Routes: routes})
	go func() { done <- runner.Run(ctx) }()

	k := start(t, here.serve(Options{Mode: Submission}))
	k.login()
	k.cmd("MAIL FROM:<alice@example.test>", "250")
	k.cmd("RCPT TO:<bob@example.test>", "250")       // here
	k.cmd("RCPT TO:<whoever@catch.test>", "250")     // there
	k.cmd("RCPT TO:<someone@elsewhere.test>", "250") // refused there: no relay
	k.cmd("DATA", "354")
	k.send("From: alice@example.test\r\nTo: bob@example.test\r\nSubject: trip\r\n\r\nsee you\r\n.\r\n")
	k.want("250 2.0.0 queued as")

	for seen := store.ModSeq(0); len(here.queue()) > 0; {
		if seen, err = here.st.Wait(ctx, 0, seen); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := here.inbox(here.bob.ID); len(got) != 1 || !strings.Contains(got[0], "see you") {
		t.Errorf("bob here has %q", got)
	}
	got := there.inbox(there.bob.ID)
	if len(got) != 1 || !strings.HasPrefix(got[0], "Return-Path: <alice@example.test>\r\n") || !strings.Contains(got[0], "with ESMTPS id") || !strings.Contains(got[0], "see you") {
		t.Errorf("bob there has %q", got)
	}
	notices := here.inbox(here.alice.ID)
	if len(notices) != 1 || !strings.Contains(notices[0], "someone@elsewhere.test") || !strings.Contains(notices[0], "Status: 5.7.1") || !strings.Contains(notices[0], "relaying denied") {
		t.Errorf("alice has %q", notices)
	}
}
