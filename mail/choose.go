package mail

import "strings"

// bodyParts are the text parts that make the body in the wanted form, in order. They may be in the other form.
func (s *Summary) bodyParts(want BodyType) []*Part {
	parts := choose(s.Root, want, true)
	if len(parts) == 0 && s.Root != nil {
		return s.lastResort(want)
	}
	return parts
}

// lastResort finds something to show for a message without a body: the text inside a winmail.dat, or the message's
// only part when it is text of any kind.
func (s *Summary) lastResort(want BodyType) []*Part {
	var found []*Part
	s.Root.walk(func(p *Part) bool {
		if p.isTNEF() {
			if t := tnefBody(p, want); t != nil && found == nil {
				found = []*Part{t}
			}
		}
		return p.Message == nil
	})
	if found == nil && (s.Root.Type == "text" || s.Root.Type == "multipart" && len(s.Root.Children) == 0) {
		found = []*Part{s.Root}
	}
	return found
}

// choose returns the parts below p that are body text. first tells that nothing was shown before p.
func choose(p *Part, want BodyType, first bool) []*Part {
	switch {
	case p == nil:
		return nil
	case p.Type == "multipart":
		return chooseMultipart(p, want, first)
	case p.isBodyText(first):
		return []*Part{p}
	}
	return nil
}

func chooseMultipart(p *Part, want BodyType, first bool) []*Part {
	if len(p.Children) == 0 {
		return nil
	}
	switch p.Subtype {
	case "alternative":
		return chooseAlternative(p, want, first)
	case "related":
		return choose(p.relatedRoot(), want, first)
	case "signed", "report", "appledouble":
		return choose(p.Children[0], want, first)
	case "encrypted", "digest":
		return nil
	}
	var parts []*Part
	for i, child := range p.Children {
		parts = append(parts, choose(child, want, first && i == 0)...)
	}
	return parts
}

// chooseAlternative takes the last child that has text in the wanted form, else the last that has any. An empty plain part
// beside HTML does not count: some programs send one.
func chooseAlternative(p *Part, want BodyType, first bool) []*Part {
	var fitting, other []*Part
	for _, child := range p.Children {
		parts := choose(child, want, true)
		if len(parts) == 0 {
			continue
		}
		empty := hollow(parts)
		if !empty && fits(parts, want) {
			fitting = parts
		}
		if !empty || other == nil {
			other = parts
		}
	}
	if fitting != nil {
		return fitting
	}
	return other
}

// hollow tells that the parts hold next to nothing.
func hollow(parts []*Part) bool {
	var n int64
	for _, p := range parts {
		n += p.DecodedSize
	}
	return n <= 2
}

// fits tells whether the parts are in the wanted form: HTML if any is, plain if none is HTML.
func fits(parts []*Part, want BodyType) bool {
	for _, p := range parts {
		if p.Is("text", "html") {
			return want == HTML
		}
	}
	return want == Plain
}

// relatedRoot is the part that a multipart/related shows, RFC 2387: the one that start names, else the first.
func (p *Part) relatedRoot() *Part {
	if start := strings.Trim(p.Param("start"), "<> "); start != "" {
		for _, c := range p.Children {
			if c.ContentID == start {
				return c
			}
		}
	}
	return p.Children[0]
}

// isBodyText tells whether a leaf is shown as part of the text. A text with a file name is, if it comes first and is
// not called an attachment: RFC 8621 section 4.1.4 decides likewise.
func (p *Part) isBodyText(first bool) bool {
	if p.Disposition == "attachment" || p.Type != "text" {
		return false
	}
	switch p.Subtype {
	case "plain", "html", "enriched", "richtext":
		return first || p.FileName() == ""
	}
	return false
}

// trimCut ends a cut text where nothing is torn.
func trimCut(b []byte, want BodyType) []byte {
	for k := 1; k <= 4 && k <= len(b); k++ { // a character that is not whole
		c := b[len(b)-k]
		if c < 0x80 {
			break
		}
		if c >= 0xc0 {
			if size := runeSize(c); size > k {
				b = b[:len(b)-k]
			}
			break
		}
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	if want == HTML {
		b = b[:htmlCut(b)]
	}
	return b
}

// runeSize is the length of the character that a lead byte begins.
func runeSize(c byte) int {
	switch {
	case c >= 0xf0:
		return 4
	case c >= 0xe0:
		return 3
	}
	return 2
}
