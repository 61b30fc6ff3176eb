package query_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

func TestSort(t *testing.T) {
	b := newMailbox(t)
	at := func(m message, hour int) message {
		m.received = time.Date(2024, 6, 1, hour, 0, 0, 0, time.UTC)
		return m
	}
	b.add(
		at(letter("From: Zoe <zoe@example.test>", "To: \"Bob\" <x@example.test>", "Cc: =?utf-8?q?=C3=89mile?= <emile@example.test>", "Subject: Re: apples", "Date: Sat, 1 Jun 2024 10:00:00 +0200", "", "x"), 12),
		at(letter("From: adam@example.test", "To: Group: y@example.test;", "Subject: [list] Bananas", "Date: Sat, 1 Jun 2024 09:00:00 +0000", "", "xxxxx"), 10),
		at(letter("From: =?utf-8?q?=C3=84nne?= <m@example.test>", "Cc: dora@example.test", "Subject: APPLES", "", "xxx"), 11),
		at(letter("Subject: cherries (fwd)", "Date: Sat, 1 Jun 2024 08:30:00 +0000", "", "x"), 9),
	)
	key := func(by wire.SortBy) wire.SortKey { return wire.SortKey{By: by} }
	tests := []struct {
		name string
		keys []wire.SortKey
		want []uint32
	}{
		{"arrival", []wire.SortKey{key(wire.SortArrival)}, []uint32{4, 2, 3, 1}},
		{"date", []wire.SortKey{key(wire.SortDate)}, []uint32{1, 4, 2, 3}},
		{"reverse date", []wire.SortKey{{By: wire.SortDate, Reverse: true}}, []uint32{3, 2, 4, 1}},
		{"size", []wire.SortKey{key(wire.SortSize)}, []uint32{4, 3, 2, 1}},
		{"from", []wire.SortKey{key(wire.SortFrom)}, []uint32{4, 2, 3, 1}},
		{"to", []wire.SortKey{key(wire.SortTo)}, []uint32{3, 4, 2, 1}},
		{"cc", []wire.SortKey{key(wire.SortCc)}, []uint32{2, 4, 3, 1}},
		{"subject", []wire.SortKey{key(wire.SortSubject)}, []uint32{1, 3, 2, 4}},
		{"subject, last arrived first", []wire.SortKey{key(wire.SortSubject), {By: wire.SortArrival, Reverse: true}}, []uint32{1, 3, 2, 4}},
		{"subject, arrival", []wire.SortKey{key(wire.SortSubject), key(wire.SortArrival)}, []uint32{3, 1, 2, 4}},
		{"display from", []wire.SortKey{key(wire.SortDisplayFrom)}, []uint32{4, 2, 3, 1}},
		{"display to", []wire.SortKey{key(wire.SortDisplayTo)}, []uint32{3, 4, 1, 2}},
		{"reverse of equals", []wire.SortKey{{By: wire.SortRelevancy, Reverse: true}}, []uint32{1, 2, 3, 4}},
	}
	for _, tt := range tests {
		got, err := query.Sort(context.Background(), b.view(), tt.keys, program(t, "ALL"))
		if err != nil || !slices.Equal(got.UIDs, tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, got.UIDs, err, tt.want)
		}
	}
	got, err := query.Sort(context.Background(), b.view(), []wire.SortKey{key(wire.SortDate)}, program(t, "SUBJECT apples"))
	if err != nil || !slices.Equal(got.UIDs, []uint32{1, 3}) {
		t.Errorf("what a program finds: %v, %v", got.UIDs, err)
	}
}

// nodesText is threads as THREAD answers them, with () for a message that is not here.
func nodesText(nodes []query.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		b.WriteByte('(')
		writeNode(&b, n)
		b.WriteByte(')')
	}
	return b.String()
}

func writeNode(b *strings.Builder, n query.Node) {
	if n.UID != 0 {
		fmt.Fprint(b, n.UID)
		if len(n.Replies) > 0 {
			b.WriteByte(' ')
		}
	}
	if n.UID != 0 && len(n.Replies) == 1 {
		writeNode(b, n.Replies[0])
		return
	}
	b.WriteString(nodesText(n.Replies))
}

// post is a message of a thread: its number gives its date, and its id unless that is given.
func post(n int, subject, refs string, more ...string) message {
	head := []string{fmt.Sprintf("Date: Sat, 1 Jun 2024 %02d:00:00 +0000", n), "Subject: " + subject}
	if refs != "" {
		head = append(head, "References: "+refs)
	}
	if len(more) == 0 {
		more = []string{fmt.Sprintf("Message-ID: <%d@t>", n)}
	}
	return letter(append(append(head, more...), "", "x")...)
}

func TestThread(t *testing.T) {
	tests := []struct {
		name, algorithm string
		posts           []message
		want            string
	}{
		{"subjects", "ORDEREDSUBJECT", []message{post(3, "a", ""), post(1, "b", ""), post(2, "Re: a", ""), post(4, "[x] RE: B", ""), post(5, "fwd: a", "")}, "(2 4)(3 (1)(5))"},
		{"subjects, none", "ORDEREDSUBJECT", nil, ""},
		{"a line", "REFERENCES", []message{post(1, "a", ""), post(2, "Re: a", "<1@t>"), post(3, "Re: a", "<1@t> <2@t>")}, "(1 2 3)"},
		{"a fork", "REFERENCES", []message{post(1, "a", ""), post(3, "Re: a", "<1@t>"), post(2, "Re: a", "<1@t>")}, "(1 (3)(2))"},
		{"the answer came first", "REFERENCES", []message{post(2, "Re: a", "<1@t>"), post(1, "a", "")}, "(2 1)"},
		{"in reply to", "REFERENCES", []message{post(1, "a", ""), post(2, "b", "", "Message-ID: <2@t>", "In-Reply-To: <1@t> <9@t>")}, "(1 2)"},
		{"references win over in reply to", "REFERENCES", []message{post(1, "a", ""), post(2, "b", ""), post(3, "c", "<1@t>", "Message-ID: <3@t>", "In-Reply-To: <2@t>")}, "(1 3)(2)"},
		{"a missing one in the middle", "REFERENCES", []message{post(1, "a", ""), post(3, "Re: a", "<1@t> <2@t>")}, "(1 2)"},
		{"a missing one at the top with one answer", "REFERENCES", []message{post(2, "Re: a", "<1@t>")}, "(1)"},
		{"a missing one at the top with two", "REFERENCES", []message{post(3, "Re: a", "<1@t>"), post(2, "Re: b", "<1@t>")}, "((2)(1))"},
		{"a missing one below with two", "REFERENCES", []message{post(1, "a", ""), post(3, "Re: a", "<1@t> <2@t>"), post(4, "Re: a", "<1@t> <2@t>")}, "(1 (2)(3))"},
		{"a ring", "REFERENCES", []message{post(1, "a", "<2@t>"), post(2, "b", "<1@t>")}, "(2 1)"},
		{"itself", "REFERENCES", []message{post(1, "a", "<1@t>")}, "(1)"},
		{"the same id twice", "REFERENCES", []message{post(1, "a", "", "Message-ID: <1@t>"), post(2, "b", "", "Message-ID: <1@t>"), post(3, "Re: a", "<1@t>")}, "(1 3)(2)"},
		{"no id", "REFERENCES", []message{post(1, "a", "", "X: y"), post(2, "b", "", "X: y")}, "(1)(2)"},
		{"a short list of references, then a longer one", "REFERENCES",
			[]message{post(3, "Re: a", "<2@t>"), post(4, "Re: a", "<1@t> <2@t> <3@t>"), post(1, "a", ""), post(2, "Re: a", "<1@t>")}, "(3 4 1 2)"},
		{"a message's own word about its parent counts", "REFERENCES", []message{post(3, "x", "<1@t> <2@t>"), post(2, "y", ""), post(1, "z", "")}, "(3)(2 1)"},
		{"answers without references join by subject", "REFERENCES", []message{post(1, "a", ""), post(2, "Re: a", ""), post(3, "Fwd: A", "")}, "(1 (2)(3))"},
		{"the answer is older than the question", "REFERENCES", []message{post(1, "Re: a", ""), post(2, "a", "")}, "(2 1)"},
		{"two questions of a subject stay side by side", "REFERENCES", []message{post(1, "a", ""), post(2, "a", ""), post(3, "a", "")}, "((1)(2)(3))"},
		{"two answers to what is missing", "REFERENCES", []message{post(1, "Re: a", ""), post(2, "Re: a", "")}, "((1)(2))"},
		{"two missing ones of a subject", "REFERENCES",
			[]message{post(1, "Re: a", "<x@t>"), post(2, "Re: a", "<x@t>"), post(3, "Re: a", "<y@t>"), post(4, "Re: a", "<y@t>")}, "((1)(2)(3)(4))"},
		{"a missing one and a question of a subject", "REFERENCES", []message{post(3, "a", ""), post(1, "Re: a", "<x@t>"), post(2, "Re: a", "<x@t>")}, "((2)(3)(1))"},
		{"no subject joins nothing", "REFERENCES", []message{post(1, "", ""), post(2, "", ""), post(3, "Re:", "")}, "(1)(2)(3)"},
		{"threads by their first", "REFERENCES", []message{post(2, "b", ""), post(1, "a", ""), post(9, "Re: a", "<1@t>"), post(3, "Re: b", "<2@t>")}, "(2 3)(1 4)"},
	}
	for _, tt := range tests {
		b := newMailbox(t)
		b.add(tt.posts...)
		got, err := query.Thread(context.Background(), b.view(), tt.algorithm, program(t, "ALL"))
		if err != nil || nodesText(got) != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, nodesText(got), err, tt.want)
		}
	}
	b := newMailbox(t)
	if _, err := query.Thread(context.Background(), b.view(), "REFS", program(t, "ALL")); err != query.ErrAlgorithm {
		t.Errorf("an unknown algorithm: %v", err)
	}
}

// TestDeepThread answers each message of a long line, in either order.
func TestDeepThread(t *testing.T) {
	for _, backwards := range []bool{false, true} {
		b := newMailbox(t)
		var list []message
		for n := range 3000 {
			refs := ""
			if n > 0 {
				refs = fmt.Sprintf("<%d@t>", n-1)
			}
			list = append(list, post(1, "x", refs, fmt.Sprintf("Message-ID: <%d@t>", n)))
		}
		if backwards {
			slices.Reverse(list)
		}
		b.add(list...)
		nodes, err := query.Thread(context.Background(), b.view(), "REFERENCES", program(t, "ALL"))
		if err != nil {
			t.Fatal(err)
		}
		depth := 0
		for ; len(nodes) == 1; nodes = nodes[0].Replies {
			depth++
		}
		if depth != len(list) || len(nodes) != 0 {
			t.Errorf("backwards %v: depth %d, want %d", backwards, depth, len(list))
		}
	}
}
