package model

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// A node is an element of a document. value is what it holds as wbxml.Dump writes it: a quoted string, or x and
// quoted hexadecimal.
//
// An element of an expected answer may instead have learn: what its value stands for, to be the same wherever that is
// met; see learned.
type node struct {
	name, value string
	learn       string
	kids        []*node
}

// el makes an element of others; nil ones are left out.
func el(name string, kids ...*node) *node {
	n := &node{name: name}
	return n.add(kids...)
}

func (n *node) add(kids ...*node) *node {
	for _, k := range kids {
		if k != nil {
			n.kids = append(n.kids, k)
		}
	}
	return n
}

// leaf makes an element that holds text; empty text is no value at all.
func leaf(name string, text any) *node {
	n := &node{name: name}
	if s := fmt.Sprint(text); s != "" {
		n.value = strconv.Quote(s)
	}
	return n
}

// given is leaf, and nil if there is no text.
func given(name, text string) *node {
	if text == "" {
		return nil
	}
	return leaf(name, text)
}

func (n *node) write(b *strings.Builder, depth int) {
	b.WriteString(strings.Repeat("  ", depth) + n.name)
	if n.value != "" {
		b.WriteString(" " + n.value)
	}
	b.WriteByte('\n')
	for _, k := range n.kids {
		k.write(b, depth+1)
	}
}

// String writes the element as wbxml.Dump does.
func (n *node) String() string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	n.write(&b, 0)
	return b.String()
}

// bytes writes the document.
func (n *node) bytes() ([]byte, error) {
	var b bytes.Buffer
	err := wbxml.Undump(&b, strings.NewReader(n.String()))
	return b.Bytes(), err
}

// at returns the element at the end of a path, nil if there is none.
func (n *node) at(path ...string) *node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var found *node
		for _, k := range n.kids {
			if k.name == name {
				found = k
				break
			}
		}
		n = found
	}
	return n
}

// all returns the children with a name.
func (n *node) all(name string) (list []*node) {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			list = append(list, k)
		}
	}
	return list
}

// text is the text at the end of a path.
func (n *node) text(path ...string) string {
	n = n.at(path...)
	if n == nil || n.value == "" {
		return ""
	}
	s, err := strconv.Unquote(n.value)
	if err != nil {
		return n.value
	}
	return s
}

// parse reads a document.
func parse(raw []byte) (*node, error) {
	var b strings.Builder
	if err := wbxml.Dump(&b, bytes.NewReader(raw), wbxml.DumpOptions{}); err != nil {
		return nil, err
	}
	var open []*node
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		text := strings.TrimLeft(line, " ")
		depth := (len(line) - len(text)) / 2
		name, value, _ := strings.Cut(text, " ")
		n := &node{name: name, value: value}
		open = append(open[:depth], n)
		if depth > 0 {
			open[depth-1].kids = append(open[depth-1].kids, n)
		}
	}
	return open[0], nil
}

// learned are the values of what only the server can name, as it was named first: conversations.
type learned struct {
	values map[string]string // by what they stand for
	means  map[string]string // what a conversation's value stands for
}

// fill gives the elements of want the values that only got can tell, if they may have them.
func (l *learned) fill(want, got *node) error {
	if want == nil || got == nil {
		return nil
	}
	if want.learn != "" && want.name == got.name {
		value, known := l.values[want.learn]
		if !known {
			value = got.value
			if other, used := l.means[value]; used && strings.HasPrefix(want.learn, "thread") && other != want.learn {
				return fmt.Errorf("%s is %s and %s", value, other, want.learn)
			}
			l.values[want.learn], l.means[value] = value, want.learn
		}
		want.value = value
	}
	for i := range min(len(want.kids), len(got.kids)) {
		if err := l.fill(want.kids[i], got.kids[i]); err != nil {
			return err
		}
	}
	return nil
}
