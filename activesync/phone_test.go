package activesync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A node is one element of a dumped document.
type node struct {
	name string
	text string
	kids []*node
}

// parseDump reads a dump into a tree.
func parseDump(t testing.TB, dump string) *node {
	t.Helper()
	root := &node{}
	stack := []*node{root}
	for line := range strings.Lines(dump) {
		line = strings.TrimSuffix(line, "\n")
		text := strings.TrimLeft(line, " ")
		depth := (len(line) - len(text)) / 2
		name, value, _ := strings.Cut(text, " ")
		n := &node{name: name, text: value}
		if s, err := strconv.Unquote(value); err == nil {
			n.text = s
		}
		stack = stack[:depth+1]
		stack[depth].kids = append(stack[depth].kids, n)
		stack = append(stack, n)
	}
	if len(root.kids) == 0 {
		return nil
	}
	return root.kids[0]
}

// at returns the first element on the path, nil if there is none.
func (n *node) at(path ...string) *node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		i := slices.IndexFunc(n.kids, func(k *node) bool { return k.name == name })
		if i < 0 {
			return nil
		}
		n = n.kids[i]
	}
	return n
}

// get returns the text of the first element on the path.
func (n *node) get(path ...string) string {
	if n = n.at(path...); n == nil {
		return ""
	}
	return n.text
}

// all returns the children of that name.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.kids), func(k *node) bool { return k.name != name })
}

// lines writes a dump: each line is indented by two blanks for each > that it begins with.
func lines(list ...string) string {
	var b strings.Builder
	for _, l := range list {
		text := strings.TrimLeft(l, ">")
		if text == "" {
			continue
		}
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat("  ", len(l)-len(text)), text)
	}
	return b.String()
}

// syncOne is a Sync request for one collection; inside are further lines of its Collection, top those of
// Sync.
func syncOne(id, key string, inside []string, top ...string) string {
	all := []string{"AirSync:Sync", ">AirSync:Collections", ">>AirSync:Collection",
		">>>AirSync:SyncKey " + strconv.Quote(key), ">>>AirSync:CollectionId " + strconv.Quote(id)}
	for _, l := range inside {
		all = append(all, ">>>"+l)
	}
	for _, l := range top {
		all = append(all, ">"+l)
	}
	return lines(all...)
}

// A syncReply is the first Collection of an answer of Sync.
type syncReply struct {
	reply
	root *node
	c    *node
}

func (r *rig) sync(t testing.TB, c call) syncReply {
	t.Helper()
	c.cmd = "Sync"
	a := syncReply{reply: r.do(c)}
	if a.code != 200 {
		t.Fatalf("Sync: HTTP %d", a.code)
	}
	a.root = parseDump(t, a.dump)
	a.c = a.root.at("AirSync:Collections", "AirSync:Collection")
	return a
}

func (a syncReply) key() string    { return a.c.get("AirSync:SyncKey") }
func (a syncReply) status() string { return a.c.get("AirSync:Status") }

func (a syncReply) commands(op string) []*node {
	return a.c.at("AirSync:Commands").all("AirSync:" + op)
}

// prime gets a first key.
func (r *rig) prime(t testing.TB, c call, id string, inside ...string) string {
	t.Helper()
	c.body = syncOne(id, "0", inside)
	a := r.sync(t, c)
	if a.status() != "1" || a.key() == "" || a.c.at("AirSync:Commands") != nil {
		t.Fatalf("first sync:\n%s", a.dump)
	}
	return a.key()
}
