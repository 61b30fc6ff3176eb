package asclient

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// Node is one element of a document. Text is the content of a leaf, whether it was sent as text or opaque.
type Node struct {
	Tag      wbxml.Tag
	Text     string
	Opaque   bool // Text goes out as opaque data
	Children []*Node
}

// El builds an element: parts are *Node (children; nil is left out), []*Node, string or int (text).
func El(tag wbxml.Tag, parts ...any) *Node {
	n := &Node{Tag: tag}
	for _, p := range parts {
		switch p := p.(type) {
		case nil:
		case *Node:
			if p != nil {
				n.Children = append(n.Children, p)
			}
		case []*Node:
			n.Children = append(n.Children, p...)
		case string:
			n.Text = p
		case int:
			n.Text = strconv.Itoa(p)
		default:
			panic(fmt.Sprintf("asclient: a %T is no part of an element", p))
		}
	}
	return n
}

// Data builds an element that holds opaque data.
func Data(tag wbxml.Tag, data []byte) *Node { return &Node{Tag: tag, Text: string(data), Opaque: true} }

// Find returns the first descendant along the path of tags, or nil. It may be called on nil.
func (n *Node) Find(path ...wbxml.Tag) *Node {
	for _, tag := range path {
		if n == nil {
			return nil
		}
		var next *Node
		for _, c := range n.Children {
			if c.Tag == tag {
				next = c
				break
			}
		}
		n = next
	}
	return n
}

// All returns the children with the tag.
func (n *Node) All(tag wbxml.Tag) []*Node {
	if n == nil {
		return nil
	}
	var found []*Node
	for _, c := range n.Children {
		if c.Tag == tag {
			found = append(found, c)
		}
	}
	return found
}

// Value returns the text of the descendant along the path, or nothing.
func (n *Node) Value(path ...wbxml.Tag) string {
	if n = n.Find(path...); n == nil {
		return ""
	}
	return n.Text
}

// Int returns the number at the path, or 0.
func (n *Node) Int(path ...wbxml.Tag) int {
	i, _ := strconv.Atoi(strings.TrimSpace(n.Value(path...)))
	return i
}

// String shows the document in the form of wbxml.Dump.
func (n *Node) String() string {
	if n == nil {
		return "(no document)"
	}
	var out strings.Builder
	doc, err := n.encode()
	if err == nil {
		err = wbxml.Dump(&out, bytes.NewReader(doc), wbxml.DumpOptions{MaxData: 200})
	}
	if err != nil {
		return err.Error()
	}
	return out.String()
}

func (n *Node) encode() ([]byte, error) {
	var b bytes.Buffer
	e := wbxml.NewEncoder(&b)
	n.write(e)
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("encode %v: %w", n.Tag, err)
	}
	return b.Bytes(), nil
}

func (n *Node) write(e *wbxml.Encoder) {
	e.Start(n.Tag)
	switch {
	case n.Opaque:
		e.Opaque([]byte(n.Text))
	case n.Text != "":
		e.Text(n.Text)
	}
	for _, c := range n.Children {
		c.write(e)
	}
	e.End()
}

// parse reads one document. An empty body is a nil Node.
func parse(r io.Reader) (*Node, error) {
	d := wbxml.NewDecoder(r, wbxml.Limits{Elements: 4 << 20, Total: 1 << 30, String: 1 << 30})
	var open []*Node
	for {
		tok, err := d.Next()
		if err != nil {
			return nil, err
		}
		switch tok.Kind {
		case wbxml.Start:
			n := &Node{Tag: tok.Tag}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.Children = append(parent.Children, n)
			}
			open = append(open, n)
		case wbxml.End:
			n := open[len(open)-1]
			if open = open[:len(open)-1]; len(open) == 0 {
				if _, err := d.Next(); err != io.EOF {
					return nil, fmt.Errorf("after the document: %w", err)
				}
				return n, nil
			}
		case wbxml.Text, wbxml.Opaque:
			value, err := io.ReadAll(d.Value())
			if err != nil {
				return nil, err
			}
			n := open[len(open)-1]
			n.Text += string(value)
			n.Opaque = tok.Kind == wbxml.Opaque
		}
	}
}
