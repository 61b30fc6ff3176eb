package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/store/storetest"
)

// prose writes about so many bytes of words made of syllables, a few of them often, most of them seldom.
func prose(r *rand.Rand, size int) string {
	const syllables = "in er ka to re mo ti la sen dor ung ly port ex com net qui for ste ve"
	list := strings.Fields(syllables)
	var b strings.Builder
	for b.Len() < size {
		n := int(r.ExpFloat64() * r.ExpFloat64() * 6000)
		for n += len(list); n > 0; n /= len(list) {
			b.WriteString(list[n%len(list)])
		}
		b.WriteString([]string{" ", " ", " ", ", ", ".\r\n"}[r.IntN(5)])
	}
	return b.String()
}

// openProse opens a store with 50,000 messages of 500 to 2,500 bytes and returns the texts of their bodies.
func openProse(b *testing.B) (*sqlite.Store, store.Account, store.Collection, []string) {
	b.Helper()
	const messages = 50_000
	s, a, in := openBench(b)
	blob := storetest.Stage(b, s, []byte("one for all"))
	r := rand.New(rand.NewPCG(3, 4))
	bodies := make([]string, messages)
	for i := 0; i < messages; i += 500 {
		err := s.Update(context.Background(), a.ID, func(tx store.Tx) error {
			for k := i; k < i+500; k++ {
				bodies[k] = prose(r, 500+r.IntN(2000))
				if k%5000 == 7 {
					bodies[k] += " xylophone concert"
				}
				n := message(k, bodies[k])
				n.Text.Headers = fmt.Sprintf("<%x.%x@example.test>\nThu, 5 Mar 2026 09:%02d:00 +0100\nMailer 7.%d", r.Uint64(), k, k%60, k%9)
				n.Blob = blob
				if _, err := tx.Add(in.ID, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	s.Settle(b)
	return s, a, in, bodies
}

// BenchmarkContaining asks the index about 50,000 messages, beside a walk through their texts in memory.
func BenchmarkContaining(b *testing.B) {
	s, a, in, bodies := openProse(b)
	for _, q := range []struct{ name, text string }{
		{"rare", "xylophone"}, {"absent", "zzzz"}, {"infix", "ylopho"}, {"common", "senin"}, {"syllable", "ung"}, {"letters", "er"}, {"letter", "e"},
		{"phrase", "xylophone concert"}, {"common-phrase", "sen er"}, {"short-phrase", "e k"}, {"one-letter-prefix", "xylophone c"},
	} {
		b.Run(q.name, func(b *testing.B) {
			var hits, sure int
			for b.Loop() {
				hits, sure = 0, 0
				err := s.View(context.Background(), a.ID, func(r store.Reader) error {
					for h, err := range r.Containing(in.ID, store.BodyField, q.text) {
						if err != nil {
							return err
						}
						hits++
						if h.Sure {
							sure++
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(hits), "hits")
			b.ReportMetric(float64(sure), "sure")
		})
	}
	b.Run("walk", func(b *testing.B) {
		for b.Loop() {
			needle := fold.String("ylopho")
			for _, text := range bodies {
				strings.Contains(fold.String(text), needle)
			}
		}
	})
}
