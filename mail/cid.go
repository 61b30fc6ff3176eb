package mail

import (
	"bytes"
	"strings"
)

// cidsMax bounds the references that are gathered from one part.
const cidsMax = 1000

// cidFinder watches HTML for references to parts by Content-ID: "cid:" up to a quote, a bracket or a blank. It works
// on the encoded characters, which suits every charset that contains ASCII.
type cidFinder struct {
	ids  []string
	tail []byte // end of the last chunk
}

// cidMax is the longest reference, and how much of a chunk's end is seen again with the next.
const cidMax = 256

func (c *cidFinder) take(b []byte) {
	if len(c.tail) > 0 {
		seam := append(c.tail, b[:min(len(b), cidMax)]...)
		c.find(seam, len(c.tail))
	}
	c.find(b, len(b))
	c.tail = append(c.tail[:0], b[max(0, len(b)-4):]...)
	if i := bytes.LastIndexByte(b, ':'); i >= 0 && len(b)-i < cidMax {
		c.tail = append(c.tail[:0], b[max(0, i-4):]...)
	}
}

// find gathers the references that begin before end.
func (c *cidFinder) find(b []byte, end int) {
	for from := 0; len(c.ids) < cidsMax; {
		i := bytes.IndexByte(b[from:], ':')
		if i < 0 {
			return
		}
		i += from
		from = i + 1
		if i < 3 || i-3 >= end || !equalFold(b[i-3:i], "cid") {
			continue
		}
		n := bytes.IndexAny(b[from:min(len(b), from+cidMax)], "\"'<> \t\r\n)&")
		if n < 0 {
			n = min(len(b), from+cidMax) - from
			if n < cidMax && end == len(b) {
				return // the rest comes with the next chunk
			}
		}
		if n > 0 {
			c.add(string(percentDecode(b[from : from+n])))
		}
	}
}

func (c *cidFinder) add(id string) {
	for _, known := range c.ids {
		if known == id {
			return
		}
	}
	c.ids = append(c.ids, id)
}

// markInline sets Inline on the parts that the HTML refers to, and on the pictures of a multipart/related that have a
// location and no claim to be attachments.
func (p *parser) markInline() {
	if len(p.cids) == 0 && p.sum.Root == nil {
		return
	}
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
