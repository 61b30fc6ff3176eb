package query_test

import (
	"fmt"
	"math/rand/v2"
	"mime"
	"strings"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// generator makes messages and programs of few words, so that they meet.
type generator struct{ rnd *rand.Rand }

var vocabulary = []string{"apple", "Äpfel", "apfelbaum", "Straße", "strasse", "bee", "BEEHIVE", "naïve", "日本語", "本", "tea", "steam", "о́кна", "окна", "x1", "x12"}

func (g generator) word() string { return vocabulary[g.rnd.IntN(len(vocabulary))] }

func (g generator) words(n int) string {
	list := make([]string, 1+g.rnd.IntN(n))
	for i := range list {
		list[i] = g.word()
	}
	return strings.Join(list, " ")
}

func (g generator) address() string {
	addr := fmt.Sprintf("u%d@%c.example.test", g.rnd.IntN(12), 'a'+g.rnd.IntN(3))
	switch g.rnd.IntN(4) {
	case 0:
		return addr
	case 1:
		return `"Doe, J." <` + addr + ">"
	}
	return mime.QEncoding.Encode("utf-8", g.words(2)) + " <" + addr + ">"
}

func (g generator) addresses() string {
	list := make([]string, 1+g.rnd.IntN(3))
	for i := range list {
		list[i] = g.address()
	}
	return strings.Join(list, ", ")
}

func (g generator) date() time.Time {
	return now.Add(-time.Duration(g.rnd.IntN(20*24*60)) * time.Minute)
}

func (g generator) message() message {
	head := []string{"From: " + g.address(), "Content-Type: text/plain; charset=utf-8", "Received: from " + g.word()}
	for _, field := range []struct {
		name string
		make func() string
	}{
		{"To", g.addresses}, {"Cc", g.addresses}, {"Sender", g.address},
		{"Subject", func() string { return mime.QEncoding.Encode("utf-8", g.words(4)) }},
		{"X-Note", func() string { return mime.BEncoding.Encode("utf-8", g.words(2)) }},
		{"Message-Id", func() string { return fmt.Sprintf("<%d@example.test>", g.rnd.IntN(1000)) }},
		{"Date", func() string { return g.date().In(time.FixedZone("", 3600*(g.rnd.IntN(25)-12))).Format(time.RFC1123Z) }},
	} {
		if g.rnd.IntN(4) > 0 {
			head = append(head, field.name+": "+field.make())
		}
	}
	m := letter(append(head, "", g.words(8), g.words(8))...)
	m.flags, m.received = store.Flags(g.rnd.IntN(32)), g.date()
	if g.rnd.IntN(3) == 0 {
		m.keywords = []string{"$Work"}
	}
	return m
}

// needle is a text that may well be somewhere.
func (g generator) needle() string {
	switch g.rnd.IntN(6) {
	case 0:
		return fmt.Sprintf("u%d@", g.rnd.IntN(12))
	case 1:
		return []string{"Doe, J", "doe, j.\" <u1", "> , ", "@a.example.test>, ", "<u", ">", "b.example", "nowhere"}[g.rnd.IntN(8)]
	case 2:
		return g.word() + "  " + g.word()
	}
	runes := []rune(g.word())
	first := g.rnd.IntN(len(runes))
	return strings.ToUpper(string(runes[first : first+1+g.rnd.IntN(len(runes)-first)]))
}

func (g generator) set() wire.SeqSet {
	if g.rnd.IntN(8) == 0 {
		return wire.SeqSet{Saved: true}
	}
	var s wire.SeqSet
	for range 1 + g.rnd.IntN(3) {
		s.Ranges = append(s.Ranges, wire.Range{First: g.rnd.Uint32N(170), Last: g.rnd.Uint32N(170)})
	}
	return s
}

// key is a program, nested up to a depth.
func (g generator) key(depth int) wire.Key {
	if depth > 0 && g.rnd.IntN(3) > 0 {
		switch g.rnd.IntN(3) {
		case 0:
			return wire.Key{Op: wire.SearchNot, Keys: []wire.Key{g.key(depth - 1)}}
		case 1:
			return wire.Key{Op: wire.SearchOr, Keys: []wire.Key{g.key(depth - 1), g.key(depth - 1)}}
		}
		k := wire.Key{Op: wire.SearchAnd}
		for range 2 + g.rnd.IntN(3) {
			k.Keys = append(k.Keys, g.key(depth-1))
		}
		return k
	}
	return g.leaf()
}

func (g generator) leaf() wire.Key {
	fields := []string{"FROM", "TO", "CC", "SENDER", "SUBJECT", "X-NOTE", "MESSAGE-ID", "RECEIVED"}
	dates := []wire.SearchOp{wire.SearchBefore, wire.SearchOn, wire.SearchSince, wire.SearchSentBefore, wire.SearchSentOn, wire.SearchSentSince}
	field := fields[g.rnd.IntN(len(fields))]
	switch g.rnd.IntN(14) {
	case 0:
		return wire.Key{Op: wire.SearchAll}
	case 1:
		return wire.Key{Op: wire.SearchSeq, Set: g.set()}
	case 2:
		return wire.Key{Op: wire.SearchUID, Set: g.set()}
	case 3:
		return wire.Key{Op: wire.SearchFlag, Text: []string{`\Seen`, `\Deleted`, "$Work"}[g.rnd.IntN(3)]}
	case 4:
		return wire.Key{Op: wire.SearchModSeq, Number: uint64(g.rnd.IntN(12))}
	case 5, 6:
		return wire.Key{Op: dates[g.rnd.IntN(len(dates))], Date: wire.DateOf(g.date())}
	case 7:
		return wire.Key{Op: []wire.SearchOp{wire.SearchLarger, wire.SearchSmaller}[g.rnd.IntN(2)], Number: uint64(200 + g.rnd.IntN(600))}
	case 8:
		return wire.Key{Op: []wire.SearchOp{wire.SearchOlder, wire.SearchYounger}[g.rnd.IntN(2)], Number: uint64(1 + g.rnd.IntN(20*86400))}
	case 9:
		return wire.Key{Op: wire.SearchHeader, Field: field}
	case 10:
		return wire.Key{Op: wire.SearchBody, Text: g.needle()}
	case 11:
		return wire.Key{Op: wire.SearchText, Text: g.needle()}
	}
	return wire.Key{Op: wire.SearchHeader, Field: field, Text: g.needle()}
}
