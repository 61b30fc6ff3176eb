package mail

import (
	"bytes"
	"strings"
)

// Bounds of the references that are gathered from one part.
const (
	cidsMax = 1000
	cidMax  = 256 // bytes of one
)

// cidFinder watches HTML for references to parts by Content-ID: "cid:" up to a quote, a bracket or a blank. It works
// on the encoded characters, which suits every charset that contains ASCII.
type cidFinder struct {
	ids    []string
	before []byte // the last three bytes seen
	id     []byte // the reference being read
	inside bool
}

func (c *cidFinder) take(b []byte) {
	for len(b) > 0 {
		if c.inside {
			b = c.read(b)
			continue
		}
		i := bytes.IndexByte(b, ':')
		if i < 0 {
			c.see(b)
			return
		}
		c.see(b[:i])
		c.inside = len(c.ids) < cidsMax && equalFold(c.before, "cid")
		c.see(b[i : i+1])
		b = b[i+1:]
	}
}

// see remembers the last three bytes.
func (c *cidFinder) see(b []byte) {
	if len(b) >= 3 {
		c.before = append(c.before[:0], b[len(b)-3:]...)
		return
	}
	c.before = append(c.before, b...)
	if extra := len(c.before) - 3; extra > 0 {
		c.before = append(c.before[:0], c.before[extra:]...)
	}
}

// read takes the bytes of a reference and returns what follows.
func (c *cidFinder) read(b []byte) []byte {
	n := bytes.IndexAny(b, "\"'<> \t\r\n)&")
	end := n
	if n < 0 {
		end = len(b)
	}
	if len(c.id) < cidMax {
		c.id = append(c.id, b[:end]...)
	}
	if n >= 0 || len(c.id) >= cidMax {
		if len(c.id) > 0 && len(c.id) < cidMax {
			c.add(string(percentDecode(c.id)))
		}
		c.id, c.inside, c.before = c.id[:0], false, c.before[:0]
	}
	return b[end:]
}

func (c *cidFinder) add(id string) {
	for _, known := range c.ids {
		if known == id {
			return
		}
	}
	c.ids = append(c.ids, id)
}

// finish ends a reference that the content ended in.
func (c *cidFinder) finish() { c.read([]byte{' '}) }

// markInline sets Inline on the parts that the HTML refers to, and on the pictures of a multipart/related that have a
// location and no claim to be attachments.
func (p *parser) markInline() {
	ids := make(map[string]bool, len(p.cids))
	for _, id := range p.cids {
		ids[strings.ToLower(id)] = true
	}
	p.sum.Root.walk(func(q *Part) bool {
		if q.ContentID != "" && ids[strings.ToLower(q.ContentID)] {
			q.Inline = true
		}
		if q.Is("multipart", "related") {
			for _, c := range q.Children {
				if c.Location != "" && c.Type == "image" && c.Disposition != "attachment" {
					c.Inline = true
				}
			}
		}
		return true
	})
}
