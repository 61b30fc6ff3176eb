package imap

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// node is what a client understands of one body of a BODYSTRUCTURE.
type node struct {
	Type        string // type/subtype
	Size, Lines int64  // of a leaf; Lines of a text or message only
	Encoding    string
	Disposition string
	Inner       []node // parts of a multipart, or the body of a message
}

// items reads a list of strings, numbers and lists, as an answer holds them.
type items struct {
	t testing.TB
	s string
}

func (i *items) next() any {
	switch {
	case i.s == "":
		i.t.Fatal("the text ends early")
	case i.s[0] == '(':
		list := []any{}
		i.s = i.s[1:]
		for {
			if i.s = strings.TrimPrefix(i.s, " "); i.s[0] == ')' {
				i.s = i.s[1:]
				return list
			}
			list = append(list, i.next())
		}
	case i.s[0] == '"':
		var b strings.Builder
		at := 1
		for ; i.s[at] != '"'; at++ {
			if i.s[at] == '\\' {
				at++
			}
			b.WriteByte(i.s[at])
		}
		i.s = i.s[at+1:]
		return b.String()
	case i.s[0] == '{':
		size, rest, _ := strings.Cut(i.s[1:], "}\r\n")
		n, err := strconv.Atoi(size)
		if err != nil {
			i.t.Fatal(err)
		}
		i.s = rest[n:]
		return rest[:n]
	}
	end := strings.IndexAny(i.s, " ()")
	if end < 0 {
		end = len(i.s)
	}
	word := i.s[:end]
	if i.s = i.s[end:]; word == "NIL" {
		return nil
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		i.t.Fatalf("%q is neither NIL nor a number", word)
	}
	return n
}

// parseBody reads an extended structure by the grammar of RFC 9051 section 9, by place.
func parseBody(t testing.TB, text []byte) node {
	in := &items{t, string(text)}
	list, ok := in.next().([]any)
	if !ok || in.s != "" {
		t.Fatalf("no list, or more than one: %s", text)
	}
	return toNode(t, list)
}

func toNode(t testing.TB, list []any) node {
	var n node
	tail := func(from int) {
		if len(list) != from+3 {
			t.Fatalf("%d elements, want %d: %v", len(list), from+3, list)
		}
		if d, ok := list[from].([]any); ok {
			n.Disposition = d[0].(string)
		}
	}
	if _, ok := list[0].([]any); ok {
		at := 0
		for ; at < len(list); at++ {
			inner, ok := list[at].([]any)
			if !ok {
				break
			}
			n.Inner = append(n.Inner, toNode(t, inner))
		}
		n.Type = "multipart/" + list[at].(string)
		tail(at + 2)
		return n
	}
	n.Type = fmt.Sprint(list[0], "/", list[1])
	n.Encoding, n.Size = list[5].(string), list[6].(int64)
	switch {
	case n.Type == "message/rfc822", n.Type == "message/global":
		if envelope := list[7].([]any); len(envelope) != 10 {
			t.Fatalf("an envelope of %d", len(envelope))
		}
		n.Inner = []node{toNode(t, list[8].([]any))}
		n.Lines = list[9].(int64)
		tail(11)
	case list[0] == "text":
		n.Lines = list[7].(int64)
		tail(9)
	default:
		tail(8)
	}
	return n
}
