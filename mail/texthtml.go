package mail

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Pieces of the HTML that plain text becomes.
const (
	quoteOpen  = `<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:2px solid #ccc;padding-left:1ex">`
	quoteClose = `</blockquote>`
)

// textHTMLSource turns plain text with line feeds into HTML: a line ends in <br>, blanks are kept, addresses become
// links, lines marked with > become nested quotations.
type textHTMLSource struct {
	lines  lineReader
	depth  int  // quotations open
	middle bool // the next piece continues the line
	out    []byte
	done   bool
}

func newTextHTML(src source) *textHTMLSource {
	return &textHTMLSource{lines: lineReader{src: src}}
}

func (t *textHTMLSource) next() ([]byte, error) {
	t.out = t.out[:0]
	for len(t.out) < chunk/4 && !t.done {
		line, whole, err := t.lines.next()
		if err == io.EOF {
			t.done = true
			t.quotation(0)
			break
		}
		if err != nil {
			return nil, err
		}
		if !t.middle {
			line = t.begin(line)
		}
		t.out = appendLinked(t.out, line, !t.middle)
		t.middle = !whole
		if whole {
			t.out = append(t.out, "<br>\n"...)
		}
	}
	if len(t.out) > 0 {
		return t.out, nil
	}
	return nil, io.EOF
}

// begin takes the quote marks off a line and opens or closes quotations.
func (t *textHTMLSource) begin(line []byte) []byte {
	depth, rest := 0, line
	for len(rest) > 0 && rest[0] == '>' {
		depth++
		rest = rest[1:]
		if len(rest) > 1 && rest[0] == ' ' && rest[1] == '>' {
			rest = rest[1:]
		}
	}
	if depth > 0 {
		rest = bytes.TrimPrefix(rest, []byte(" "))
	}
	t.quotation(min(depth, quoteDepthMax))
	return rest
}

func (t *textHTMLSource) quotation(depth int) {
	for ; t.depth < depth; t.depth++ {
		t.out = append(t.out, quoteOpen...)
	}
	for ; t.depth > depth; t.depth-- {
		t.out = append(t.out, quoteClose...)
	}
}

// appendLinked appends a line as HTML with its addresses made links.
func appendLinked(out, line []byte, start bool) []byte {
	for len(line) > 0 {
		at, scheme := findLink(line)
		if at < 0 {
			return appendEscaped(out, line, start)
		}
		out = appendEscaped(out, line[:at], start)
		end := at + linkLen(line[at:])
		out = append(out, `<a href="`...)
		out = append(out, scheme...)
		out = appendEntities(out, line[at:end])
		out = append(out, `">`...)
		out = appendEntities(out, line[at:end])
		out = append(out, `</a>`...)
		line, start = line[end:], false
	}
	return out
}

// findLink finds the next address to link and what its href lacks at the front.
func findLink(b []byte) (at int, scheme string) {
	for from := 0; from < len(b); {
		i := bytes.IndexAny(b[from:], ":w")
		if i < 0 {
			return -1, ""
		}
		i += from
		from = i + 1
		if b[i] == 'w' {
			if bytes.HasPrefix(b[i:], []byte("www.")) && (i == 0 || !isWordByte(b[i-1])) && linkLen(b[i:]) > 6 {
				return i, "http://"
			}
			continue
		}
		for _, s := range []string{"https:", "http:", "ftp:", "mailto:"} {
			start := i + 1 - len(s)
			if start < 0 || !equalFold(b[start:i+1], s) || start > 0 && isWordByte(b[start-1]) {
				continue
			}
			if s != "mailto:" && !bytes.HasPrefix(b[i+1:], []byte("//")) || linkLen(b[start:]) < len(s)+4 {
				continue
			}
			return start, ""
		}
	}
	return -1, ""
}

func isWordByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '/' || c == '.' || c == '@'
}

// linkLen is how far the address that b begins with reaches: to a blank, a bracket or a quote, without the
// punctuation that ends the sentence, and with a closing parenthesis only if one was opened.
func linkLen(b []byte) int {
	n, open := 0, 0
	for n < len(b) && n < hrefMax {
		c := b[n]
		if c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f || c == 0xc2 && n+1 < len(b) && b[n+1] == 0xa0 {
			break
		}
		if c == '(' {
			open++
		}
		if c == ')' {
			if open--; open < 0 {
				break
			}
		}
		n++
	}
	for n > 0 && bytes.IndexByte([]byte(".,;:!?'*_"), b[n-1]) >= 0 {
		n--
	}
	for n > 0 && n < len(b) && !utf8.RuneStart(b[n]) { // hrefMax fell inside a character
		n--
	}
	return n
}

// appendEscaped appends text with entities, keeping blanks: of two the first cannot vanish, nor one at the start.
func appendEscaped(out, b []byte, start bool) []byte {
	for i, c := range b {
		switch {
		case c == '\t':
			out = append(out, "&nbsp;&nbsp;&nbsp; "...)
		case c == ' ' && (start && i == 0 || i+1 < len(b) && b[i+1] == ' '):
			out = append(out, "&nbsp;"...)
		default:
			out = appendEntity(out, c)
		}
	}
	return out
}

func appendEntities(out, b []byte) []byte {
	for _, c := range b {
		out = appendEntity(out, c)
	}
	return out
}

func appendEntity(out []byte, c byte) []byte {
	switch c {
	case '<':
		return append(out, "&lt;"...)
	case '>':
		return append(out, "&gt;"...)
	case '&':
		return append(out, "&amp;"...)
	case '"':
		return append(out, "&quot;"...)
	}
	return append(out, c)
}
