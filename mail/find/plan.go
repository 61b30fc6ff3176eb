package find

import (
	"cmp"
	"slices"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// rank orders keys by what they cost. Keys of the same rank that look at rows are looked at together.
type rank uint8

const (
	rankSet     rank = iota // numbers, and what the store lists at once
	rankMarks               // flags and modseqs
	rankItem                // columns
	rankIndex               // the index, and the summaries of what it is not sure of
	rankSummary             // every summary
	rankBytes               // every message
)

// node is a planned key.
type node struct {
	op   nodeOp
	rank rank
	kids []*node    // of all, any and not
	set  uidset.Set // of nodeSet
	need Need       // of test
	// test tells of one message. Nil when the key, or one below it, looks at more than rows.
	test   func(*Row) bool
	text   *textKey
	fuzz   *fuzzyKey
	thread store.ThreadID // of nodeThread
}

type nodeOp uint8

const (
	nodeEvery nodeOp = iota // all messages
	nodeSet
	nodeRow // test
	nodeText
	nodeFuzzy
	nodeThread
	nodeAnd
	nodeOr
	nodeNot
)

func setNode(s uidset.Set) *node {
	return &node{op: nodeSet, set: s, test: func(r *Row) bool { return s.Contains(r.UID) }}
}

func everyNode() *node { return &node{op: nodeEvery, test: func(*Row) bool { return true }} }

func rowNode(n Need, test func(*Row) bool) *node {
	k := &node{op: nodeRow, need: n, test: test}
	switch {
	case n&NeedSummary != 0:
		k.rank = rankSummary
	case n&(NeedItem|NeedEntry) != 0:
		k.rank = rankItem
	default:
		k.rank = rankMarks
	}
	return k
}

func notNode(kid *node) *node {
	n := &node{op: nodeNot, kids: []*node{kid}, rank: kid.rank, need: kid.need}
	if kid.test != nil {
		n.test = func(r *Row) bool { return !kid.test(r) }
		if kid.rank != rankSet {
			n.op, n.kids = nodeRow, nil
		}
	}
	return n
}

// join makes And or Or of keys: flattened, in the order of their costs, with the tests of one rank made one.
func join(op nodeOp, kids []*node) *node {
	var flat []*node
	for _, k := range kids {
		if k.op == op {
			flat = append(flat, k.kids...)
		} else {
			flat = append(flat, k)
		}
	}
	slices.SortStableFunc(flat, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.weight(), b.weight()))
	})
	var merged []*node
	for len(flat) > 0 {
		n := 1
		for n < len(flat) && isRow(flat[0]) && isRow(flat[n]) && flat[n].rank == flat[0].rank {
			n++
		}
		merged = append(merged, mergeRows(op, flat[:n]))
		flat = flat[n:]
	}
	if len(merged) == 1 {
		return merged[0]
	}
	n := &node{op: op, kids: merged, rank: merged[len(merged)-1].rank, test: joinTests(op, merged)}
	for _, k := range merged {
		n.need |= k.need
	}
	return n
}

// weight orders keys of the same rank: single texts come first, since the index narrows them down together.
func (n *node) weight() int {
	if n.op == nodeText {
		return 0
	}
	return 1
}

// isRow recognises what is found by looking at rows only.
func isRow(n *node) bool { return n.test != nil && n.rank > rankSet }

func mergeRows(op nodeOp, kids []*node) *node {
	if len(kids) == 1 {
		return kids[0]
	}
	n := &node{op: nodeRow, rank: kids[0].rank, test: joinTests(op, kids)}
	for _, k := range kids {
		n.need |= k.need
	}
	return n
}

// joinTests makes one test of those of several keys, or nil if one of them has none.
func joinTests(op nodeOp, kids []*node) func(*Row) bool {
	tests := make([]func(*Row) bool, len(kids))
	for i, k := range kids {
		if tests[i] = k.test; k.test == nil {
			return nil
		}
	}
	if op == nodeOr {
		return func(r *Row) bool {
			return slices.ContainsFunc(tests, func(test func(*Row) bool) bool { return test(r) })
		}
	}
	return func(r *Row) bool {
		return !slices.ContainsFunc(tests, func(test func(*Row) bool) bool { return !test(r) })
	}
}
