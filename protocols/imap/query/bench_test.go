package query_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// large is how many messages the benchmarks look through.
const large = 50_000

// largeMailbox is a mailbox of short messages in threads of ten, some of them with rare words.
func largeMailbox(b *testing.B) *mailbox {
	if testing.Short() {
		b.Skip("fills a store with 50,000 messages")
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	words := make([]string, 5000)
	for i := range words {
		words[i] = fmt.Sprintf("%c%c%c%d", 'a'+rnd.IntN(26), 'a'+rnd.IntN(26), 'a'+rnd.IntN(26), i)
	}
	some := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = words[int(float64(len(words))*rnd.Float64()*rnd.Float64())]
		}
		return strings.Join(list, " ")
	}
	box := newMailbox(b)
	var list []message
	for n := range large {
		thread, subject := n/10, "Re: topic"
		if n%10 == 0 {
			subject = "topic"
		}
		m := letter(fmt.Sprintf("From: %s <user%d@example.test>", some(2), rnd.IntN(500)), "To: ann@example.test",
			fmt.Sprintf("Subject: %s %d %s", subject, thread, some(2)), "Date: "+now.Add(-time.Duration(rnd.IntN(1e8))*time.Second).Format(time.RFC1123Z),
			fmt.Sprintf("Message-ID: <%d@example.test>", n), fmt.Sprintf("References: <%d@example.test>", thread*10), "X-Mailer: none", "", some(150))
		m.received = now.Add(-time.Duration(rnd.IntN(1e8)) * time.Second)
		if n%7 == 0 {
			m.flags = store.Flagged
		}
		list = append(list, m)
		if len(list) == 1000 {
			box.add(list...)
			list = list[:0]
		}
	}
	box.settle()
	return box
}

// settle waits until the index has all of the mailbox.
func (m *mailbox) settle() {
	for waiting := true; waiting; {
		waiting = false
		if err := m.st.View(context.Background(), m.acct, func(r store.Reader) error {
			for h, err := range r.Containing(m.c, store.AnyField, "notext") {
				if err != nil {
					return err
				}
				waiting = waiting || !h.Sure
			}
			return nil
		}); err != nil {
			m.t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func BenchmarkLarge(b *testing.B) {
	box := largeMailbox(b)
	for _, tt := range []struct{ name, program string }{
		{"flag", "FLAGGED UNSEEN"}, {"date", "SINCE 1-Jan-2024"}, {"subject", "SUBJECT " + `"topic 4999"`}, {"from", "FROM user499@"},
		{"sent", "SENTSINCE 1-Jan-2024"}, {"body", "BODY zzzz"}, {"body-rare", "BODY 4711"}, {"text", "TEXT nowhere"},
		{"header", "1:1000 HEADER X-Mailer other"}, {"fuzzy", "FUZZY SUBJECT topic"},
	} {
		key := program(b, tt.program)
		b.Run(tt.name, func(b *testing.B) {
			var found uint64
			for b.Loop() {
				r, err := query.Search(context.Background(), box.view(), key)
				if err != nil {
					b.Fatal(err)
				}
				found = r.UIDs.Len()
			}
			b.ReportMetric(float64(found), "found")
		})
	}
	for _, by := range []wire.SortBy{wire.SortArrival, wire.SortDate, wire.SortSubject} {
		b.Run(fmt.Sprintf("sort-%d", by), func(b *testing.B) {
			for b.Loop() {
				if r, err := query.Sort(context.Background(), box.view(), []wire.SortKey{{By: by}}, wire.Key{}); err != nil || len(r.UIDs) != large {
					b.Fatal(len(r.UIDs), err)
				}
			}
		})
	}
	for _, algorithm := range []string{"ORDEREDSUBJECT", "REFERENCES"} {
		b.Run(algorithm, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r, err := query.Thread(context.Background(), box.view(), algorithm, wire.Key{}); err != nil || len(r) == 0 {
					b.Fatal(len(r), err)
				}
			}
		})
	}
}
