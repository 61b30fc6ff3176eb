package query_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
)

// TestModel compares random programs with an evaluator that reads every message, by the standard library, for every key.
func TestModel(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		g := generator{rnd}
		b := newMailbox(t)
		for range 4 {
			var list []message
			for range 40 {
				list = append(list, g.message())
			}
			b.add(list...)
			b.shuffle(rnd)
			m := b.view()
			m.Location = time.FixedZone("", 3600*(rnd.IntN(25)-12))
			m.Saved = wire.SetOf([]uint32{1 + rnd.Uint32N(20), 3})
			all := b.readAll()
			for range 60 {
				key := g.key(3)
				got, err := query.Search(context.Background(), m, key)
				if err != nil {
					t.Fatal(err)
				}
				n := naive{m, all}
				if want := n.search(key); got.UIDs.String() != want.String() {
					t.Fatalf("seed %d: %+v\nfinds %v, want %v", seed, key, got.UIDs, want)
				}
				one := b.uids[rnd.IntN(len(b.uids))]
				if is, err := query.Match(context.Background(), m, key, b.record(one)); err != nil || is != got.UIDs.Contains(one) {
					t.Fatalf("seed %d: %+v\nmatches %d: %v, %v", seed, key, one, is, err)
				}
			}
		}
	}
}

// shuffle changes flags and removes messages.
func (b *mailbox) shuffle(rnd *rand.Rand) {
	b.update(func(tx store.Tx) error {
		for range 10 {
			f := store.FlagChange{Add: store.Flags(1 << rnd.IntN(5)), AddKeywords: []string{"$Work"}, Remove: store.Flags(1 << rnd.IntN(5))}
			f.Remove &^= f.Add
			if _, err := tx.Mark(b.c, store.UID(b.uids[rnd.IntN(len(b.uids))]), f); err != nil {
				return err
			}
		}
		for range 5 {
			i := rnd.IntN(len(b.uids))
			if err := tx.Remove(b.c, store.UID(b.uids[i])); err != nil {
				return err
			}
			b.uids = slices.Delete(b.uids, i, i+1)
		}
		return nil
	})
}

// read is a message as the standard library reads it.
type read struct {
	rec  store.Record
	head netmail.Header
	body string
}

func (b *mailbox) readAll() (list []read) {
	for _, uid := range b.uids {
		rec := b.record(uid)
		blob, err := b.st.OpenBlob(context.Background(), rec.Item.Blob)
		if err != nil {
			b.t.Fatal(err)
		}
		msg, err := netmail.ReadMessage(io.NewSectionReader(blob, 0, blob.Size()))
		if err != nil {
			b.t.Fatal(err)
		}
		body, err := io.ReadAll(msg.Body)
		if err != nil {
			b.t.Fatal(err)
		}
		blob.Close()
		list = append(list, read{rec, msg.Header, string(body)})
	}
	return list
}

// naive evaluates programs message by message.
type naive struct {
	m   *query.Mailbox
	all []read
}

func (n naive) search(k wire.Key) wire.Set {
	var found []uint32
	for i := range n.all {
		if n.is(k, uint32(i)+1, &n.all[i]) {
			found = append(found, uint32(n.all[i].rec.UID))
		}
	}
	return wire.SetOf(found)
}

func (n naive) is(k wire.Key, seq uint32, r *read) bool {
	uid, item := uint32(r.rec.UID), &r.rec.Item
	received, sent := wire.DateOf(item.Received.In(n.m.Location)), wire.Date{}
	if t, err := r.head.Date(); err == nil {
		sent = wire.DateOf(t)
	}
	known := sent != wire.Date{}
	switch k.Op {
	case wire.SearchAll:
		return true
	case wire.SearchAnd:
		return !slices.ContainsFunc(k.Keys, func(k wire.Key) bool { return !n.is(k, seq, r) })
	case wire.SearchOr:
		return slices.ContainsFunc(k.Keys, func(k wire.Key) bool { return n.is(k, seq, r) })
	case wire.SearchNot:
		return !n.is(k.Keys[0], seq, r)
	case wire.SearchSeq, wire.SearchUID:
		switch {
		case k.Set.Saved:
			return n.m.Saved.Contains(uid)
		case k.Op == wire.SearchSeq:
			return k.Set.Resolve(uint32(len(n.all))).Contains(seq)
		}
		return k.Set.Resolve(uint32(n.all[len(n.all)-1].rec.UID)).Contains(uid)
	case wire.SearchFlag:
		return k.Text == `\Seen` && item.Flags&store.Seen != 0 || k.Text == `\Deleted` && item.Flags&store.Deleted != 0 || slices.Contains(item.Keywords, k.Text)
	case wire.SearchModSeq:
		return uint64(r.rec.ModSeq) >= k.Number
	case wire.SearchBefore:
		return received.Before(k.Date)
	case wire.SearchOn:
		return received == k.Date
	case wire.SearchSince:
		return !received.Before(k.Date)
	case wire.SearchSentBefore:
		return known && sent.Before(k.Date)
	case wire.SearchSentOn:
		return known && sent == k.Date
	case wire.SearchSentSince:
		return known && !sent.Before(k.Date)
	case wire.SearchLarger:
		return uint64(item.Size) > k.Number
	case wire.SearchSmaller:
		return uint64(item.Size) < k.Number
	case wire.SearchOlder:
		return now.Sub(item.Received) >= time.Duration(k.Number)*time.Second
	case wire.SearchYounger:
		return now.Sub(item.Received) <= time.Duration(k.Number)*time.Second
	}
	return n.hasText(k, r)
}

func (n naive) hasText(k wire.Key, r *read) bool {
	text := fold.String(k.Text)
	in := func(s string) bool { return strings.Contains(fold.String(s), text) }
	values := func(field string) []string {
		var list []string
		for _, v := range r.head[field] {
			decoded, err := new(mime.WordDecoder).DecodeHeader(v)
			if err != nil {
				panic(err) // of a message that the test made
			}
			list = append(list, decoded)
			if addresses, err := netmail.ParseAddressList(v); err == nil {
				list = append(list, written(addresses, "%s <%s>"), written(addresses, `"%s" <%s>`))
			}
		}
		return list
	}
	switch k.Op {
	case wire.SearchHeader:
		for field := range r.head {
			if strings.EqualFold(field, k.Field) && (text == "" || slices.ContainsFunc(values(field), in)) {
				return true
			}
		}
		return false
	case wire.SearchBody:
		return in(r.body)
	}
	for field := range r.head {
		if field != "Received" && slices.ContainsFunc(values(field), in) {
			return true
		}
	}
	return in(r.body)
}

func written(addresses []*netmail.Address, form string) string {
	var list []string
	for _, a := range addresses {
		if a.Name == "" {
			list = append(list, a.Address)
		} else {
			list = append(list, fmt.Sprintf(form, a.Name, a.Address))
		}
	}
	return strings.Join(list, ", ")
}
