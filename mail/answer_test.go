package mail

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/store"
)

// parrot answers everything with what it is told.
type parrot struct {
	p     *post
	claim func(store.Tx) (bool, error)
	to    string
	asked []Incoming
}

func (r *parrot) Prepare(_ context.Context, m Incoming, _ store.AccountID) *AutoReply {
	r.asked = append(r.asked, m)
	if r.claim == nil {
		panic("fault")
	}
	return &AutoReply{Blob: r.p.ingest().Blob, To: r.to, Claim: r.claim}
}

// TestReplyToDelivery: the answer is queued with the delivery, and nothing about it harms that.
func TestReplyToDelivery(t *testing.T) {
	yes := func(store.Tx) (bool, error) { return true, nil }
	for name, tt := range map[string]struct {
		claim func(store.Tx) (bool, error)
		to    string
		want  int
	}{
		"sent":          {yes, "Ann@elsewhere.test", 1},
		"claimed":       {func(store.Tx) (bool, error) { return false, nil }, "ann@elsewhere.test", 0},
		"claim fails":   {func(store.Tx) (bool, error) { return true, errors.New("no") }, "ann@elsewhere.test", 0},
		"no address":    {yes, "ann", 0},
		"panics":        {nil, "", 0},
		"claim refused": {func(tx store.Tx) (bool, error) { return true, tx.PutSetting(9999, "x", []byte("y")) }, "ann@elsewhere.test", 0},
	} {
		p := newPost(t)
		r := &parrot{p: p, claim: tt.claim, to: tt.to}
		p.s = NewService(p.st, ServiceOptions{Responder: r})
		m := Incoming{Ingested: p.ingest(), Sender: "ann@elsewhere.test"}
		to := []Recipient{{"alice@example.test", p.alice.ID}, {"list@example.test", p.alice.ID}}
		if errs := p.s.Deliver(t.Context(), m, to); errors.Join(errs...) != nil || p.total(p.alice, store.Inbox) != 1 {
			t.Errorf("%s: delivered with %v", name, errs)
		}
		if len(r.asked) != 1 || r.asked[0].Sender != m.Sender {
			t.Errorf("%s: asked about %+v", name, r.asked)
		}
		rows := p.queue()
		if len(rows) != tt.want {
			t.Errorf("%s: queue %+v; want %d", name, rows, tt.want)
		}
		for _, row := range rows {
			if row.Sender != "" || row.Recipient != tt.to || row.Account != p.alice.ID || row.Expires.IsZero() {
				t.Errorf("%s: queued %+v", name, row)
			}
		}
	}
}

// TestNoReplyWithoutDelivery: a mailbox that refuses the message answers nobody.
func TestNoReplyWithoutDelivery(t *testing.T) {
	p := newPost(t)
	p.fill(p.alice)
	r := &parrot{p: p, to: "ann@elsewhere.test", claim: func(store.Tx) (bool, error) { return true, nil }}
	p.s = NewService(p.st, ServiceOptions{Responder: r})
	errs := p.s.Deliver(t.Context(), Incoming{Ingested: p.ingest(), Sender: "ann@elsewhere.test"}, []Recipient{{"alice@example.test", p.alice.ID}})
	if !errors.Is(errs[0], store.OverQuota) || len(p.queue()) != 0 {
		t.Errorf("%v, queue %+v", errs, p.queue())
	}
}

// TestWriteAutoReply gives it what strangers may choose: nothing of it becomes a field of its own.
func TestWriteAutoReply(t *testing.T) {
	var b bytes.Buffer
	err := WriteAutoReply(&b, AutoReplyInfo{
		Hostname: "mx.example.test", From: Address{Name: "A\r\nBcc: x@y.test", Local: "alice", Domain: "example.test"},
		To: "o'brien \"x\"@bücher.test", Subject: strings.Repeat("long ", 200) + "\r\nBcc: x@y.test", MessageID: "a b>\r\nBcc: <x@y.test",
		References: []string{"fine@x.test", "not fine@x.test", strings.Repeat("y", 2000)},
		Text:       ".\r\n--=_x\r\nlone\rend\r\n", HTML: "<p>\xffü", Now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(b.String(), "\r\n\r\n")
	var names []string
	for line := range strings.Lines(head) {
		if len(line) > 120 {
			t.Errorf("a line of %d bytes", len(line))
		}
		if name := fieldName(line); name != "" && line[0] != ' ' {
			names = append(names, name)
		}
	}
	want := []string{"From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got:\n%s\n%s", diff, head)
	}
	s, err := Parse(bytes.NewReader(b.Bytes()))
	if err != nil || len(s.Envelope.To) != 1 || s.Envelope.To[0].Local != `o'brien "x"` || s.Envelope.To[0].Domain != "xn--bcher-kva.test" {
		t.Errorf("to %+v, %v", s.Envelope.To, err)
	}
	if bytes.Contains(b.Bytes(), []byte("\r\n\r\n.\r\n")) && len(s.Root.Children) != 2 {
		t.Errorf("parts %+v", s.Root.Children)
	}
	b.Reset()
	if err := WriteAutoReply(&b, AutoReplyInfo{From: Address{Local: "a", Domain: "b.test"}, To: "c@d.test"}); err != nil || !strings.Contains(b.String(), "Subject: Automatic reply\r\n") {
		t.Errorf("without a subject: %v\n%s", err, b.String())
	}
}

func TestHeaderFields(t *testing.T) {
	const text = "From x\r\nSubject: a\r\n\tb \r\nX-Empty:\r\nno field\r\nList-ID : <x>\r\nSubject: c\r\n\r\nList-Post: body\r\n"
	s, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.HeaderFields(strings.NewReader(text))
	want := []HeaderField{{"subject", "a\tb"}, {"x-empty", ""}, {"list-id", "<x>"}, {"subject", "c"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestConvertText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a\rb\nc\r\nd": "a<br>\nb<br>\nc<br>\nd<br>\n", "> quoted": "quoted", "x\xff": "x\uFFFD",
	} {
		if got := TextToHTML(text); !strings.Contains(got, want) || (text == "") != (got == "") {
			t.Errorf("TextToHTML(%q) = %q; want %q in it", text, got, want)
		}
	}
	for html, want := range map[string]string{
		"": "", "<p>a<p>b": "a\r\n\r\nb", "<script>x()</script>c &lt; d<br>e": "c < d\r\ne", "plain": "plain",
	} {
		if got := HTMLToText(html); got != want {
			t.Errorf("HTMLToText(%q) = %q; want %q", html, got, want)
		}
	}
}
