package mail

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// heard remembers what a Recents is told last.
type heard struct {
	to  map[string]string
	err error
}

func (h *heard) Wrote(_ store.Tx, _ store.AccountID, to map[string]string, _ time.Time) error {
	h.to = to
	return h.err
}

func TestRecents(t *testing.T) {
	p := newPost(t)
	h := &heard{}
	p.s.recents = h
	var circular []string
	for i := range maxPersonal + 1 {
		circular = append(circular, fmt.Sprintf("p%d@outside.test", i))
	}
	for _, c := range []struct {
		name, head, sender string
		to                 []string
		want               map[string]string
	}{
		{"names and no names", "To: Ben <Ben@outside.test>\r\nCc: carl@outside.test\r\n", "alice@example.test",
			[]string{"ben@outside.test", "carl@outside.test", "hidden@outside.test"},
			map[string]string{"ben@outside.test": "Ben", "carl@outside.test": "", "hidden@outside.test": ""}},
		{"an automatic answer", "To: ben@outside.test\r\nAuto-Submitted: auto-replied\r\n", "alice@example.test", []string{"ben@outside.test"}, nil},
		{"one that says it is none", "To: ben@outside.test\r\nAuto-Submitted: no\r\n", "alice@example.test", []string{"ben@outside.test"},
			map[string]string{"ben@outside.test": ""}},
		{"a newsletter", "To: ben@outside.test\r\nPrecedence: bulk\r\n", "alice@example.test", []string{"ben@outside.test"}, nil},
		{"a report", "To: ben@outside.test\r\n", "", []string{"ben@outside.test"}, nil},
		{"a circular", "", "alice@example.test", circular, nil},
	} {
		in, err := Ingest(t.Context(), p.st, strings.NewReader("From: alice@example.test\r\n"+c.head+"Subject: x\r\n\r\nx\r\n"), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		h.to = nil
		if err := p.s.Send(t.Context(), p.alice.ID, Outgoing{Ingested: in, Sender: c.sender, Recipients: c.to}, nil); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !maps.Equal(h.to, c.want) {
			t.Errorf("%s: %v; want %v", c.name, h.to, c.want)
		}
		in.Blob.Release()
	}
	h.err = errors.New("no room")
	before := len(p.queue())
	in := p.ingest()
	if err := p.s.Send(t.Context(), p.alice.ID, Outgoing{Ingested: in, Sender: "alice@example.test", Recipients: []string{"bob@example.test"}}, nil); err != nil || len(p.queue()) != before+1 {
		t.Errorf("a message was not sent for that: %v", err)
	}
}
