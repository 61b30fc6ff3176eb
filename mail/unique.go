package mail

import (
	"io"
	"strings"
)

// maxUnique is how much text is looked at for quotations. What is longer is not taken apart.
const maxUnique = 4 << 20

// Unique returns what the message adds to its conversation, as HTML: its text without what it quotes of messages before
// it, without the line that introduces that, and without all that stands below a separator of the kind that mail programs
// write. Text that is forwarded stays. A message that answers none, or that would have nothing left, is returned whole;
// so is one that is too long to look at. The limit is as in [Summary.Text]. The errors are those of ra.
func (s *Summary) Unique(ra io.ReaderAt, limit int64) (Body, error) {
	if len(s.Envelope.InReplyTo) == 0 && len(s.Envelope.References) == 0 {
		return s.Text(ra, HTML, limit)
	}
	native := s.Native()
	whole, err := s.Text(ra, native, maxUnique)
	if err != nil {
		return Body{}, err
	}
	if whole.Truncated {
		return s.Text(ra, HTML, limit)
	}
	var html []byte
	if native == HTML {
		html = ownHTML(whole.Data)
	} else if own := ownLines(whole.Data); own != nil {
		html = frameHTML(own)
	}
	if html == nil {
		return s.Text(ra, HTML, limit)
	}
	body := Body{Type: HTML, Size: int64(len(html)), Data: html}
	if limit >= 0 && body.Size > limit {
		body.Data, body.Truncated = trimCut(html[:limit], HTML), true
	}
	return body, nil
}

// frameHTML makes an HTML document of plain text with CRLF.
func frameHTML(text []byte) []byte {
	lines := []byte(strings.ReplaceAll(string(text), "\r\n", "\n"))
	seq := &sequence{}
	seq.add(func() source { return &literal{[]byte(htmlHead)} })
	seq.add(func() source { return newTextHTML(&literal{lines}) })
	seq.add(func() source { return &literal{[]byte(htmlFoot)} })
	var out []byte
	src := &crlfSource{src: seq}
	for {
		b, err := src.next()
		if err != nil { // the end: nothing here can fail
			return out
		}
		out = append(out, b...)
	}
}

// ownLines returns the lines of plain text that are no quotation; nil: they are all or none.
func ownLines(text []byte) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	var own ownLinesSoFar
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		switch {
		case strings.HasPrefix(line, ">"):
			own.dropIntroduction()
			continue
		case isSeparator(line) && headerFollows(lines[i+1:]):
			own.dropIntroduction()
			i = len(lines)
			continue
		}
		own.add(lines[i])
	}
	joined := strings.TrimRight(strings.Join(own.lines, ""), "\r\n\t ")
	if joined == "" || len(joined) >= len(strings.TrimRight(string(text), "\r\n\t ")) {
		return nil
	}
	return []byte(joined + "\r\n")
}

// ownLinesSoFar are the lines that are no quotation, while a text is gone through.
type ownLinesSoFar struct {
	lines  []string
	before []int // of each line, what shown was without it
	shown  int   // how many lines there are up to the last that is not blank
}

func (o *ownLinesSoFar) add(line string) {
	o.lines, o.before = append(o.lines, line), append(o.before, o.shown)
	if strings.TrimSpace(line) != "" {
		o.shown = len(o.lines)
	}
}

// maxIntroduction is how many bytes the introduction of a quotation has at most.
const maxIntroduction = 2000

// dropIntroduction takes off the line, which may be broken into up to three, that says who wrote what follows.
func (o *ownLinesSoFar) dropIntroduction() {
	joined := ""
	for n := 1; n <= 3 && n <= o.shown && len(o.lines[o.shown-n])+len(joined) <= maxIntroduction; n++ {
		joined = strings.TrimSpace(o.lines[o.shown-n]) + " " + joined
		if isAttribution(strings.TrimSpace(joined)) {
			if n < 3 && n < o.shown && startsIntroduction(o.lines[o.shown-n-1]) {
				n++
			}
			first := o.shown - n
			o.lines, o.before, o.shown = o.lines[:first], o.before[:first], o.before[first]
			return
		}
	}
}

// startsIntroduction recognises the first of two lines that introduce a quotation.
func startsIntroduction(line string) bool {
	line = strings.TrimSpace(line)
	for _, word := range []string{"On ", "Am ", "Le ", "El ", "Il ", "Op ", "Em ", "Den ", "W dniu "} {
		if strings.HasPrefix(line, word) && strings.ContainsAny(line, "0123456789") {
			return true
		}
	}
	return false
}

// isSeparator recognises the line above an original that stands below an answer.
func isSeparator(line string) bool {
	lower := strings.ToLower(strings.Trim(line, "-_ \u2010\u2013\u2014*"))
	if len(line) >= 10 && lower == "" {
		return strings.Trim(line, "_") == ""
	}
	if !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, "__") {
		return false
	}
	for _, words := range []string{"original message", "ursprüngliche nachricht", "message d'origine", "mensaje original",
		"messaggio originale", "oorspronkelijk bericht", "mensagem original", "originalnachricht", "исходное сообщение",
		"oprindelig meddelelse", "ursprungligt meddelande", "wiadomość oryginalna", "reply message"} {
		if lower == words {
			return true
		}
	}
	return false
}

// headerFollows reports whether the first lines below a separator that hold anything look like a header: two fields.
func headerFollows(lines []string) bool {
	fields := 0
	for _, line := range lines[:min(len(lines), 8)] {
		line = strings.Trim(strings.TrimSpace(line), "*")
		if i := strings.IndexByte(line, ':'); i > 0 && i < 24 && !strings.Contains(line[:i], "  ") {
			fields++
		}
	}
	return fields >= 2
}
