package mail

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlTokenMax is the tokenizer's own bound. The limiter before it keeps tokens far shorter, so that it is met only by
// what the limiter does not know, and then the conversion ends there.
const htmlTokenMax = 1 << 20

// htmlTextSource turns HTML in UTF-8 into plain text with line feeds, one token at a time: no tree, no recursion.
// Blocks begin on new lines, paragraphs are set apart by an empty line, cells by a tab, quotations are marked with >,
// lists with * or numbers. With links, an address follows the words that it was behind.
type htmlTextSource struct {
	z     *html.Tokenizer
	links bool
	out   []byte
	err   error

	begun   bool // something was written
	atStart bool // at the beginning of a line
	breaks  int  // line ends owed before the next character: at most 2
	space   bool // a blank is owed
	tab     bool // a cell separator is owed
	quote   int  // depth of blockquote
	pre     int  // depth of pre
	hidden  atom.Atom
	lists   []listState
	deeper  int // lists opened beyond the bound

	href   string // of the open link
	anchor []byte // its words so far
	alt    bool
}

// listState is one open list: the number of its last item, or -1 for bullets.
type listState struct{ n int }

const (
	listsMax  = 32
	anchorMax = 512
	hrefMax   = 2000
)

func newHTMLText(src source, links bool) *htmlTextSource {
	z := html.NewTokenizer(newSourceReader(&htmlLimiter{src: src}))
	z.SetMaxBuf(htmlTokenMax)
	return &htmlTextSource{z: z, links: links, atStart: true}
}

func (h *htmlTextSource) next() ([]byte, error) {
	h.out = h.out[:0]
	for len(h.out) < chunk/4 && h.err == nil {
		h.token()
	}
	if len(h.out) > 0 {
		return h.out, nil
	}
	return nil, h.err
}

func (h *htmlTextSource) token() {
	switch h.z.Next() {
	case html.ErrorToken:
		h.err = h.z.Err()
		if h.err == html.ErrBufferExceeded {
			h.err = io.EOF
		}
	case html.TextToken:
		if h.hidden == 0 {
			h.text(h.z.Text())
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		name, more := h.z.TagName()
		h.open(atom.Lookup(name), more)
	case html.EndTagToken:
		name, _ := h.z.TagName()
		h.close(atom.Lookup(name))
	}
}

// open handles a start tag.
func (h *htmlTextSource) open(a atom.Atom, more bool) {
	if h.hidden != 0 {
		return
	}
	switch a {
	case atom.Title, atom.Noscript, atom.Iframe, atom.Noembed, atom.Noframes, atom.Template, atom.Select:
		h.hidden = a
	case atom.Br:
		h.lineBreak()
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl, atom.Fieldset:
		h.need(2)
	case atom.Table, atom.Tr, atom.Div, atom.Center, atom.Address, atom.Article, atom.Section, atom.Header, atom.Footer,
		atom.Nav, atom.Main, atom.Aside, atom.Figure, atom.Figcaption, atom.Form, atom.Dt, atom.Dd, atom.Caption,
		atom.Body, atom.Option:
		h.need(1)
	case atom.Td, atom.Th:
		h.tab = h.begun && !h.atStart && h.breaks == 0
	case atom.Blockquote:
		h.need(1)
		h.quote++
	case atom.Pre, atom.Textarea, atom.Xmp, atom.Plaintext, atom.Listing:
		h.need(2)
		h.pre++
	case atom.Ul, atom.Ol:
		h.list(a)
	case atom.Li:
		h.item()
	case atom.Hr:
		h.need(1)
		h.text([]byte("----------------"))
		h.need(1)
	case atom.A:
		h.link(more)
	case atom.Img:
		h.image(more)
	}
}

// close handles an end tag.
func (h *htmlTextSource) close(a atom.Atom) {
	if h.hidden != 0 {
		if a == h.hidden {
			h.hidden = 0
		}
		return
	}
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl, atom.Fieldset:
		h.need(2)
	case atom.Table, atom.Tr, atom.Div, atom.Center, atom.Address, atom.Article, atom.Section, atom.Header, atom.Footer,
		atom.Nav, atom.Main, atom.Aside, atom.Figure, atom.Figcaption, atom.Form, atom.Dt, atom.Dd, atom.Caption, atom.Li:
		h.need(1)
	case atom.Td, atom.Th:
		h.space = true
	case atom.Blockquote:
		h.need(1)
		h.quote = max(h.quote-1, 0)
	case atom.Pre, atom.Textarea, atom.Xmp, atom.Plaintext, atom.Listing:
		h.need(2)
		h.pre = max(h.pre-1, 0)
	case atom.Ul, atom.Ol:
		h.endList()
	case atom.A:
		h.endLink()
	}
}

// need asks for at least n line ends before what comes next.
func (h *htmlTextSource) need(n int) {
	h.space, h.tab = false, false
	if !h.begun {
		return
	}
	if h.atStart && n > 0 && h.breaks == 0 { // a written line end counts
		n--
	}
	h.breaks = max(h.breaks, n)
}

// lineBreak writes the line end of a br at once, so that several make empty lines.
func (h *htmlTextSource) lineBreak() {
	h.space, h.tab = false, false
	if !h.begun {
		return
	}
	if h.breaks > 0 && h.atStart {
		h.breaks--
	}
	h.newline()
}

func (h *htmlTextSource) newline() {
	if h.atStart && h.quote > 0 {
		h.prefix()
	}
	h.out = append(h.out, '\n')
	h.atStart = true
}

// settle writes the line ends and blanks that are owed before a character.
func (h *htmlTextSource) settle() {
	if h.begun {
		if h.breaks > 0 && !h.atStart {
			h.newline()
			h.breaks--
		}
		for ; h.breaks > 0; h.breaks-- {
			h.newline()
		}
	}
	h.breaks = 0
	if h.atStart {
		h.prefix()
		h.atStart, h.space, h.tab = false, false, false
	}
	if h.tab {
		h.out = append(h.out, '\t')
	} else if h.space {
		h.out = append(h.out, ' ')
	}
	h.space, h.tab, h.begun = false, false, true
}

func (h *htmlTextSource) prefix() {
	for range min(h.quote, quoteDepthMax) {
		h.out = append(h.out, "> "...)
	}
}

// text writes the text of one token.
func (h *htmlTextSource) text(b []byte) {
	if h.pre > 0 {
		h.preformatted(b)
		return
	}
	for len(b) > 0 {
		n := blankLen(b)
		if n > 0 {
			h.space = true
			b = b[n:]
			continue
		}
		end := 1
		for end < len(b) && blankLen(b[end:]) == 0 {
			end++
		}
		if h.href != "" && len(h.anchor) < anchorMax {
			if h.space && len(h.anchor) > 0 {
				h.anchor = append(h.anchor, ' ')
			}
			h.anchor = append(h.anchor, b[:end]...)
		}
		h.settle()
		h.out = append(h.out, b[:end]...)
		b = b[end:]
	}
}

// blankLen is the length of the blank that b begins with: ASCII white space or a no-break space.
func blankLen(b []byte) int {
	switch b[0] {
	case ' ', '\n', '\t', '\r', '\f':
		return 1
	case 0xc2:
		if len(b) > 1 && b[1] == 0xa0 {
			return 2
		}
	}
	return 0
}

func (h *htmlTextSource) preformatted(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		line := b
		if i >= 0 {
			line = b[:i]
		}
		if line = bytes.TrimRight(line, "\r"); len(line) > 0 {
			h.settle()
			h.out = append(h.out, line...)
		}
		if i < 0 {
			return
		}
		h.lineBreak()
		b = b[i+1:]
	}
}

func (h *htmlTextSource) list(a atom.Atom) {
	if len(h.lists) == 0 {
		h.need(2)
	} else {
		h.need(1)
	}
	if len(h.lists) == listsMax {
		h.deeper++
		return
	}
	n := -1
	if a == atom.Ol {
		n = 0
	}
	h.lists = append(h.lists, listState{n})
}

func (h *htmlTextSource) endList() {
	if h.deeper > 0 {
		h.deeper--
	} else if len(h.lists) > 0 {
		h.lists = h.lists[:len(h.lists)-1]
	}
	if len(h.lists) == 0 {
		h.need(2)
	} else {
		h.need(1)
	}
}

// item begins a list item with its mark.
func (h *htmlTextSource) item() {
	h.need(1)
	mark := "* "
	if n := len(h.lists); n > 0 && h.lists[n-1].n >= 0 {
		h.lists[n-1].n++
		mark = strconv.Itoa(h.lists[n-1].n) + ". "
	}
	h.settle()
	for range min(len(h.lists)-1, 8) {
		h.out = append(h.out, "  "...)
	}
	h.out = append(h.out, mark...)
	h.atStart, h.space = false, false
}

// link remembers where a link leads.
func (h *htmlTextSource) link(more bool) {
	h.endLink()
	if !h.links {
		return
	}
	href := h.attribute("href", more)
	switch {
	case len(href) > hrefMax || !utf8.ValidString(href):
	case hasFoldPrefix(href, "http://"), hasFoldPrefix(href, "https://"), hasFoldPrefix(href, "mailto:"),
		hasFoldPrefix(href, "ftp://"), hasFoldPrefix(href, "tel:"):
		h.href = href
	}
	h.anchor = h.anchor[:0]
}

func (h *htmlTextSource) endLink() {
	href := h.href
	h.href = ""
	if href == "" || len(h.anchor) == 0 {
		return
	}
	words := bytes.TrimSpace(h.anchor)
	bare := []byte(href)
	for _, prefix := range []string{"https://", "http://", "mailto:", "tel:"} {
		if hasFoldPrefix(href, prefix) {
			bare = bare[len(prefix):]
			break
		}
	}
	bare, _, _ = bytes.Cut(bare, []byte("?"))
	if bytes.EqualFold(words, []byte(href)) || bytes.EqualFold(bytes.TrimSuffix(words, []byte("/")), bytes.TrimSuffix(bare, []byte("/"))) {
		return
	}
	h.space = true
	h.settle()
	h.out = append(append(append(h.out, '<'), href...), '>')
}

// image writes the text that stands for a picture, where links are wanted.
func (h *htmlTextSource) image(more bool) {
	if !h.links {
		return
	}
	if alt := h.attribute("alt", more); alt != "" && len(alt) < anchorMax {
		h.text([]byte("[" + alt + "]"))
	}
}

// attribute returns the value of an attribute of the current tag.
func (h *htmlTextSource) attribute(name string, more bool) string {
	for more {
		var key, value []byte
		key, value, more = h.z.TagAttr()
		if string(key) == name {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

func hasFoldPrefix(s, lower string) bool {
	return len(s) >= len(lower) && equalFold([]byte(s[:len(lower)]), lower)
}
