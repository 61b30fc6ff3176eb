package mail

import (
	"io"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// SearchText is what the full-text index takes of a message, each field in UTF-8.
type SearchText struct {
	Subject     string
	From        string // names and addresses of From and Sender
	To          string // names and addresses of To, Cc and Bcc
	Body        string // the text, of HTML its words, and that of embedded messages
	Attachments string // file names
	Headers     string // values of the header fields that say more
	Partial     bool   // some of Body, Attachments or Headers is not here
}

// store is the text as the store takes it.
func (t SearchText) store() store.Text {
	return store.Text{
		Subject: t.Subject, From: t.From, To: t.To, Body: t.Body, Attachments: t.Attachments, Headers: t.Headers, Partial: t.Partial,
	}
}

// SearchText gathers the words of a stored message, at most limit bytes of each field. Delivery gets the same from
// [WithText] without reading the message twice, but for Headers, which are read from the stored bytes.
func (s *Summary) SearchText(ra io.ReaderAt, limit int) SearchText {
	t := s.searchFields(limit)
	texts := make(map[*Part]string)
	left, lost := limit, false
	s.Root.walk(func(p *Part) bool {
		if p.Encoding == encodingUU {
			return false
		}
		switch {
		case !p.isSearchable():
		case left <= 0 || len(texts) == textsMax:
			lost = true
		default:
			text := readUpTo(convert(p, s.textSource(ra, p), Plain, false), limit)
			texts[p] = text
			left -= len(text) / 2 // of two alternatives one is dropped
		}
		return true
	})
	t.Body = s.joinTexts(texts, limit)
	if err := t.readHeaders(s, ra, limit); err != nil {
		lost = true
	}
	t.note(limit, lost)
	return t
}

func (p *Part) isSearchable() bool {
	switch p.MediaType() {
	case "text/plain", "text/html", "text/enriched", "text/richtext":
		return p.Disposition != "attachment"
	}
	return false
}

// searchFields gathers what the summary itself knows.
func (s *Summary) searchFields(limit int) SearchText {
	e := &s.Envelope
	t := SearchText{
		Subject: cut(e.Subject, limit),
		From:    cut(addressText(e.From, e.Sender), limit),
		To:      cut(addressText(e.To, e.Cc, e.Bcc), limit),
	}
	var names []string
	for _, p := range s.Attachments() {
		if name := p.DisplayName(); p.FileName() != "" || p.Message != nil {
			names = append(names, name)
		}
	}
	t.Attachments = cut(strings.Join(names, "\n"), limit)
	return t
}

// addressText writes names and addresses, one mailbox a line, none twice.
func addressText(lists ...[]Address) string {
	var b strings.Builder
	seen := make(map[Address]bool)
	for _, list := range lists {
		for _, a := range list {
			if a.Kind == GroupEnd || seen[a] {
				continue
			}
			seen[a] = true
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(a.Name)
			if addr := a.Addr(); addr != "" {
				if a.Name != "" {
					b.WriteByte(' ')
				}
				b.WriteString(addr)
			}
		}
	}
	return b.String()
}

// joinTexts puts the texts of the parts together.
func (s *Summary) joinTexts(texts map[*Part]string, limit int) string {
	var b strings.Builder
	c := textCollector{texts: texts, tnef: len(choose(s.Root, Plain, true)) == 0}
	for _, t := range c.of(s.Root) {
		room := limit - b.Len()
		if b.Len() > 0 {
			room--
		}
		if room <= 0 {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(cut(t, room))
	}
	return b.String()
}

// textCollector lists the texts below a part in order.
type textCollector struct {
	texts map[*Part]string
	tnef  bool // the body inside a winmail.dat counts
}

// of lists the texts. Of alternatives the longest counts: a plain one may say no more than that there is another.
func (c *textCollector) of(p *Part) []string {
	if p == nil {
		return nil
	}
	var all []string
	if t := c.texts[p]; t != "" {
		all = append(all, t)
	}
	best, bestLen := []string(nil), -1
	for _, child := range p.Children {
		t := c.of(child)
		if p.Subtype != "alternative" {
			all = append(all, t...)
		} else if n := totalLen(t); n > bestLen {
			best, bestLen = t, n
		}
	}
	all = append(all, best...)
	if p.Message != nil {
		if subject := p.Message.Envelope.Subject; subject != "" {
			all = append(all, subject)
		}
		all = append(all, c.of(p.Message.Root)...)
	}
	if body := tnefBody(p, Plain); body != nil && c.tnef {
		all = append(all, c.texts[body])
	}
	return all
}

func totalLen(texts []string) (n int) {
	for _, t := range texts {
		n += len(t)
	}
	return n
}

// finish computes what needs the whole tree.
func (p *parser) finish() {
	s := p.sum
	assignIDs(s.Root, "")
	p.rereadTop()
	p.markInline()
	if root := s.Root; root.Is("multipart", "report") && root.Param("report-type") != "" {
		s.Report.Type = cut(strings.ToLower(root.Param("report-type")), maxKeyword)
	} else if !root.Is("multipart", "report") {
		s.Report = Report{}
	}
	if len(s.Attachments()) > 0 {
		s.Flags |= HasAttachments
	}
	texts := make(map[*Part]string, len(p.texts))
	for _, t := range p.texts {
		texts[t.part] = t.text
	}
	s.Preview = s.previewFrom(texts)
	if p.search != nil {
		*p.search = s.searchFields(p.textLimit)
		p.search.Body = s.joinTexts(texts, p.textLimit)
		p.search.note(p.textLimit, p.lost)
	}
}

// previewFrom makes the preview of the body parts' texts: those of the plain form, or of the HTML when that says
// nothing.
func (s *Summary) previewFrom(texts map[*Part]string) string {
	for _, want := range []BodyType{Plain, HTML} {
		var b strings.Builder
		for _, part := range s.bodyParts(want) {
			t := texts[part]
			b.WriteString(t[:min(len(t), previewMax)])
			b.WriteByte('\n')
		}
		if preview := previewOf(b.String()); preview != "" {
			return preview
		}
	}
	return ""
}
