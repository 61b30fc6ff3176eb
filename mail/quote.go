package mail

import (
	"bytes"
	"html"
	"strings"
	"time"

	nethtml "golang.org/x/net/html"
)

// quote returns what a response adds to a text of the given type.
func (r *response) quote(t BodyType) []byte {
	text := r.originalText(t)
	if t == HTML {
		return r.quoteHTML(text)
	}
	return r.quotePlain(text)
}

// originalText is the original's text in the wanted form; nothing when it is sealed or unreadable.
func (r *response) originalText(t BodyType) []byte {
	if r.orig.Summary.Flags.Encrypted() || r.orig.Summary.Root.isPKCS7() {
		return nil
	}
	body, err := r.orig.Summary.Text(r.orig.Bytes, t, maxQuote)
	if err != nil {
		return nil // the answer matters more than its quote
	}
	return body.Data
}

// lines of the header that stands above a quote.
func (r *response) quoteHeader() [][2]string {
	e := r.orig.Summary.Envelope
	sent := e.RawDate
	if !e.Date.IsZero() {
		sent = e.Date.Format(time.RFC1123Z)
	}
	lines := [][2]string{
		{"From", displayList(e.From)}, {"Sent", sent}, {"To", displayList(e.To)},
		{"Cc", displayList(e.Cc)}, {"Subject", e.Subject},
	}
	kept := lines[:0]
	for _, l := range lines {
		if l[1] != "" {
			kept = append(kept, l)
		}
	}
	return kept
}

func displayList(list []Address) string {
	var names []string
	for _, a := range Mailboxes(list) {
		names = append(names, a.Display())
	}
	return strings.Join(names, ", ")
}

func (r *response) quotePlain(text []byte) []byte {
	var b bytes.Buffer
	if r.forward {
		b.WriteString("\r\n\r\n-------- Forwarded Message --------\r\n")
	} else {
		b.WriteString("\r\n\r\n-------- Original Message --------\r\n")
	}
	for _, l := range r.quoteHeader() {
		b.WriteString(l[0] + ": " + oneLine(l[1]) + "\r\n")
	}
	b.WriteString("\r\n")
	text = bytes.TrimRight(text, "\r\n")
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if !r.forward {
			b.WriteByte('>')
			if len(line) > 0 && line[0] != '>' {
				b.WriteByte(' ')
			}
		}
		b.Write(line)
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

func (r *response) quoteHTML(text []byte) []byte {
	var b bytes.Buffer
	b.WriteString("<br><hr><div>")
	for _, l := range r.quoteHeader() {
		b.WriteString("<b>" + l[0] + ":</b> " + html.EscapeString(oneLine(l[1])) + "<br>\r\n")
	}
	b.WriteString("</div><br>\r\n")
	if r.forward {
		b.WriteString("<div>")
	} else {
		b.WriteString(`<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">`)
	}
	b.Write(htmlFragment(text))
	if r.forward {
		b.WriteString("</div>\r\n")
	} else {
		b.WriteString("</blockquote>\r\n")
	}
	return b.Bytes()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// htmlFragment makes of a whole HTML document what may stand inside another: without html, head and body
// tags, scripts and links; style sheets stay.
func htmlFragment(doc []byte) []byte {
	var b bytes.Buffer
	z := nethtml.NewTokenizer(bytes.NewReader(doc))
	drop := "" // the element whose content is left out
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			return b.Bytes()
		}
		raw := append([]byte{}, z.Raw()...)
		name := ""
		if kind == nethtml.StartTagToken || kind == nethtml.EndTagToken || kind == nethtml.SelfClosingTagToken {
			n, _ := z.TagName()
			name = string(n)
		}
		switch {
		case drop != "":
			if kind == nethtml.EndTagToken && name == drop {
				drop = ""
			}
		case kind == nethtml.DoctypeToken:
		case kind == nethtml.StartTagToken && (name == "title" || name == "script"):
			drop = name
		case name == "html" || name == "head" || name == "body" || name == "meta" || name == "link" || name == "base" ||
			name == "title" || name == "script":
		default:
			b.Write(raw)
		}
	}
}

// insertHTML puts quote before the end of the body of own.
func insertHTML(own, quote []byte) []byte {
	lower := bytes.ToLower(own)
	at := len(own)
	if len(lower) == len(own) { // folding that changes lengths would shift offsets
		for _, tag := range []string{"</body", "</html"} {
			if i := bytes.LastIndex(lower, []byte(tag)); i >= 0 {
				at = i
				break
			}
		}
	}
	out := make([]byte, 0, len(own)+len(quote))
	out = append(append(out, own[:at]...), quote...)
	return append(out, own[at:]...)
}
