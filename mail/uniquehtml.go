package mail

import (
	"bytes"
	"strings"

	nethtml "golang.org/x/net/html"
)

// A quoteStripper copies HTML without what it quotes.
type quoteStripper struct {
	z       *nethtml.Tokenizer
	doc     []byte
	at      int // offset in doc of the token after this one
	out     []byte
	open    []string       // elements whose end is still to come
	number  map[string]int // of them by name
	drop    int            // how many elements are open within the quotation that is left out; 0: none is
	ended   bool           // all that follows is an original
	dropped bool
}

// ownHTML returns an HTML document without what it quotes; nil: it quotes nothing, or would have nothing left.
func ownHTML(doc []byte) []byte {
	q := &quoteStripper{z: nethtml.NewTokenizer(bytes.NewReader(doc)), doc: doc, number: map[string]int{}}
	for q.token() {
	}
	if !q.dropped || !hasContent(q.out) {
		return nil
	}
	for i := len(q.open) - 1; i >= 0; i-- {
		q.out = append(q.out, "</"+q.open[i]+">"...)
	}
	return q.out
}

// voidTags have no end.
var voidTags = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

// token copies or drops one token and reports whether there may be more.
func (q *quoteStripper) token() bool {
	kind := q.z.Next()
	if kind == nethtml.ErrorToken || q.ended {
		return false
	}
	raw := q.z.Raw()
	q.at += len(raw)
	raw = bytes.Clone(raw)
	switch kind {
	case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
		t := q.z.Token()
		q.start(t, raw)
	case nethtml.EndTagToken:
		name, _ := q.z.TagName()
		q.end(string(name), raw)
	default:
		q.copy(raw)
	}
	return true
}

func (q *quoteStripper) copy(raw []byte) {
	if q.drop == 0 {
		q.out = append(q.out, raw...)
	}
}

func (q *quoteStripper) start(t nethtml.Token, raw []byte) {
	void := voidTags[t.Data] || t.Type == nethtml.SelfClosingTagToken
	switch {
	case q.drop > 0:
		if !void {
			q.drop++
		}
		return
	case q.endsHere(t):
		q.ended, q.dropped = true, true
		q.withoutRule()
		return
	case isQuote(t) && !q.forwarded():
		q.dropped = true
		q.withoutIntroduction()
		if !void {
			q.drop = 1
		}
		return
	}
	if !void {
		q.open = append(q.open, t.Data)
		q.number[t.Data]++
	}
	q.copy(raw)
}

// end ends the innermost element of that name, with those inside of it that were left open.
func (q *quoteStripper) end(name string, raw []byte) {
	if q.drop > 0 {
		if !voidTags[name] {
			q.drop--
		}
		return
	}
	for open := q.number[name]; q.number[name] == open && open > 0; { // an end without a beginning looks at none
		last := q.open[len(q.open)-1]
		q.open = q.open[:len(q.open)-1]
		q.number[last]--
	}
	q.copy(raw)
}

// attr returns an attribute of a tag in lower case.
func attr(t nethtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.ToLower(strings.TrimSpace(a.Val))
		}
	}
	return ""
}

// quoteClasses are the classes by which mail programs mark a quotation or what introduces one.
var quoteClasses = map[string]bool{
	"gmail_quote": true, "gmail_quote_container": true, "gmail_attr": true, "moz-cite-prefix": true, "yahoo_quoted": true,
	"protonmail_quote": true, "zmail_extra": true, "tutanota_quote": true, "aolreplacedbody": true, "uol_quote": true,
	"moz-email-headers-table": true, "gmail_extra_quote": true,
}

// isQuote recognises the element that holds a quotation.
func isQuote(t nethtml.Token) bool {
	if t.Data == "blockquote" && (attr(t, "type") == "cite" || attr(t, "cite") != "") {
		return true
	}
	if t.Data != "div" && t.Data != "blockquote" && t.Data != "span" {
		return false
	}
	for class := range strings.FieldsSeq(attr(t, "class")) {
		if quoteClasses[class] {
			return true
		}
	}
	return attr(t, "id") == "mail-editor-reference-message-container" || attr(t, "id") == "olk_src_body_section"
}

// endsHere recognises the element after which Outlook and its like put the original. One that introduces a forwarded
// message looks the same: it counts only as the original of an answer, which is what the message is.
func (q *quoteStripper) endsHere(t nethtml.Token) bool {
	switch id := attr(t, "id"); {
	case id == "divrplyfwdmsg", id == "x_divrplyfwdmsg", id == "appendonsend", id == "stopspelling", id == "replysplit":
		return !q.forwarded()
	case t.Data != "div":
		return false
	}
	style := strings.ReplaceAll(attr(t, "style"), " ", "")
	return strings.Contains(style, "border:none") && strings.Contains(style, "border-top:solid") &&
		outlookHeader(q.doc[q.at:])
}

// outlookHeader reports whether doc begins with a header as Outlook shows it: a name in bold with a colon, and a second.
func outlookHeader(doc []byte) bool {
	doc = bytes.ToLower(doc[:min(len(doc), 2000)])
	first := bytes.Index(doc, []byte("<b>"))
	return first >= 0 && first < 400 && bytes.Contains(doc[first:min(len(doc), first+120)], []byte(":")) &&
		bytes.Count(doc, []byte("<b>")) >= 2
}

// forwarded reports whether what comes next is a message that is passed on.
func (q *quoteStripper) forwarded() bool {
	next := bytes.ToLower(q.doc[q.at:min(len(q.doc), q.at+400)])
	for _, words := range []string{"forwarded message", "weitergeleitete nachricht", "message transf", "begin forwarded"} {
		if bytes.Contains(next, []byte(words)) {
			return true
		}
	}
	return false
}

// blockTags begin or end a line.
var blockTags = map[string]bool{
	"br": true, "div": true, "p": true, "blockquote": true, "table": true, "tr": true, "td": true, "hr": true, "ul": true,
	"ol": true, "li": true, "body": true, "html": true, "head": true, "h1": true, "h2": true, "h3": true, "pre": true,
}

// withoutIntroduction takes off the line that says who wrote what follows, if it is the last text so far; its tags stay.
func (q *quoteStripper) withoutIntroduction() {
	from := max(0, len(q.out)-maxIntroduction)
	start, end, text := lastLine(q.out[from:])
	if !isAttribution(strings.Join(strings.Fields(text), " ")) {
		return
	}
	line := bytes.Clone(q.out[from+start : from+end])
	rest := bytes.Clone(q.out[from+end:])
	q.out = append(append(q.out[:from+start], tagsOnly(line)...), rest...)
}

// lastLine finds the last line of a piece of HTML that shows any text.
func lastLine(doc []byte) (start, end int, text string) {
	z := nethtml.NewTokenizer(bytes.NewReader(doc))
	at, begin := 0, 0
	var line strings.Builder
	finish := func(next int) {
		if strings.TrimSpace(line.String()) != "" {
			start, end, text = begin, at, line.String()
		}
		line.Reset()
		begin = next
	}
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			finish(at)
			return start, end, text
		}
		size := len(z.Raw())
		switch kind {
		case nethtml.TextToken:
			line.WriteString(strings.ReplaceAll(nethtml.UnescapeString(string(z.Text())), "\u00a0", " "))
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			if name, _ := z.TagName(); blockTags[string(name)] {
				finish(at + size)
			}
		}
		at += size
	}
}

// withoutRule takes off a rule that stands at the end.
func (q *quoteStripper) withoutRule() {
	trimmed := bytes.TrimRight(q.out, " \t\r\n")
	i := bytes.LastIndexByte(trimmed, '<')
	if i >= 0 && len(trimmed)-i < 200 && equalFold(trimmed[i:min(len(trimmed), i+3)], "<hr") && trimmed[len(trimmed)-1] == '>' {
		q.out = trimmed[:i]
	}
}

// tagsOnly is HTML without its text.
func tagsOnly(b []byte) []byte {
	var out []byte
	tag := false
	for _, c := range b {
		tag = tag || c == '<'
		if tag {
			out = append(out, c)
		}
		tag = tag && c != '>'
	}
	return out
}

// hasContent reports whether HTML shows anything: a letter, a figure or a picture.
func hasContent(doc []byte) bool {
	z := nethtml.NewTokenizer(bytes.NewReader(doc))
	hidden := ""
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return false
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "img":
				return true
			case "style", "script", "title":
				hidden = string(name)
			}
		case nethtml.EndTagToken:
			if name, _ := z.TagName(); string(name) == hidden {
				hidden = ""
			}
		case nethtml.TextToken:
			text := strings.ReplaceAll(nethtml.UnescapeString(string(z.Text())), "\u00a0", " ")
			if hidden == "" && strings.TrimSpace(text) != "" {
				return true
			}
		}
	}
}
