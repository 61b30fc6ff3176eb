package mail

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// metaPeek is how much of an HTML part is searched for the charset that it names itself.
const metaPeek = 4096

// newTextSource decodes the charset of a text part whose transfer encoding is undone already: UTF-8 with line feeds,
// without control characters but tabs.
func newTextSource(p *Part, src source) source {
	charset := p.Charset()
	if p.Is("text", "html") && charset == "" {
		return &normalSource{src: &htmlCharset{src: src}}
	}
	return &normalSource{src: newCharsetSource(src, charset)}
}

// htmlCharset reads HTML whose charset only the document itself may name.
type htmlCharset struct {
	src     source
	decoded *charsetSource
}

func (h *htmlCharset) next() ([]byte, error) {
	if h.decoded == nil {
		head, src, err := peekSource(h.src, metaPeek)
		if err != nil {
			return nil, err
		}
		h.decoded = newCharsetSource(src, metaCharset(head))
	}
	return h.decoded.next()
}

// peekSource looks at the first n bytes of a source, fewer where there are no more, and returns a source that begins
// with them.
func peekSource(src source, n int) ([]byte, source, error) {
	head, err := src.next()
	if err == io.EOF {
		return nil, src, nil
	}
	if err != nil || len(head) >= n {
		return head, &pushedBack{head, src}, err
	}
	head = append(make([]byte, 0, n), head...)
	for len(head) < n {
		more, err := src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		head = append(head, more...)
	}
	return head[:min(len(head), n)], &pushedBack{head, src}, nil
}

// pushedBack gives out a chunk again before the rest.
type pushedBack struct {
	head []byte
	src  source
}

func (p *pushedBack) next() ([]byte, error) {
	if head := p.head; head != nil {
		p.head = nil
		return head, nil
	}
	return p.src.next()
}

// metaCharset finds the charset that the beginning of an HTML document names. UTF-7 is not believed there: it would
// let markup hide in what looks like text.
func metaCharset(head []byte) string {
	head = head[:min(len(head), metaPeek)]
	if indexFold(head, "charset") < 0 {
		return ""
	}
	z := html.NewTokenizer(bytes.NewReader(head))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if atom.Lookup(name) != atom.Meta || !more {
				continue
			}
			if charset := charsetOfMeta(z); charset != "" {
				if strings.Contains(charset, "7") && strings.HasPrefix(charset, "u") {
					return ""
				}
				if strings.HasPrefix(charset, "utf-16") { // it was read as bytes, so it cannot be
					return "utf-8"
				}
				return charset
			}
		}
	}
}

func charsetOfMeta(z *html.Tokenizer) string {
	for {
		key, value, more := z.TagAttr()
		switch string(key) {
		case "charset":
			return cleanCharset(string(value))
		case "content":
			if i := indexFold(value, "charset="); i >= 0 {
				return cleanCharset(string(value[i+len("charset="):]))
			}
		}
		if !more {
			return ""
		}
	}
}

// TextReader streams a text part as UTF-8 with line feeds: transfer encoding and charset undone, control characters dropped,
// uuencoded blocks left out. It must not be called for parts that are no text.
func (s *Summary) TextReader(ra io.ReaderAt, p *Part) io.Reader {
	return newSourceReader(s.textSource(ra, p))
}

func (s *Summary) textSource(ra io.ReaderAt, p *Part) source {
	src := openSource(ra, p)
	if len(p.Virtual) > 0 {
		src = &uuFilter{src: src}
	}
	return newTextSource(p, src)
}

// textFound is what was gathered of one text part while parsing.
type textFound struct {
	part *Part
	text string // converted, at most as much as was asked for
}

// previewMax is how much converted text of a part is kept for the preview.
const previewMax = 4 << 10

// textsMax bounds the parts whose text is gathered.
const textsMax = 64

// text reads a text part: finds uuencoded files and references to inline parts, and gathers its beginning.
func (p *parser) text(part *Part, decoded source) {
	switch part.Subtype {
	case "plain":
		filter := &uuFilter{src: decoded, found: func(name string, block Span, size int64) {
			p.uuFile(uuPart(part, name, block, size))
		}}
		p.gather(part, filter)
		_ = drain(filter) // its error is the scanner's, which Parse reports
	case "html":
		cids := &cidFinder{}
		watched := &tee{decoded, cids.take}
		p.gather(part, watched)
		_ = drain(watched)
		cids.finish()
		p.cids = append(p.cids, cids.ids...)
	default:
		p.gather(part, decoded)
	}
}

// uuFile adds a uuencoded file to the text part that it was found in.
func (p *parser) uuFile(file *Part) {
	file.within.Virtual = append(file.within.Virtual, file)
	p.limits.parts++
	p.charge(file)
	p.sum.Flags |= HasUUEncode
}

// gather converts the beginning of a text part for the preview and the index.
func (p *parser) gather(part *Part, decoded source) {
	if part.Disposition == "attachment" {
		return
	}
	if len(p.texts) >= textsMax {
		p.lost = true
		return
	}
	limit := previewMax
	if p.search != nil {
		limit = max(limit, p.textLimit)
	} else if len(p.texts) >= 4 {
		return
	}
	for i := range p.texts {
		limit = min(limit, max(0, 4*max(p.textLimit, previewMax)-len(p.texts[i].text)))
	}
	src := newTextSource(part, decoded)
	text := readUpTo(convert(part, src, Plain, false), limit)
	p.lost = p.lost || len(text) > limit-utf8.UTFMax
	p.texts = append(p.texts, textFound{part, text})
	p.notePGP(text)
}

// notePGP recognises inline OpenPGP, RFC 9580 section 6.2.
func (p *parser) notePGP(text string) {
	head := strings.TrimSpace(text[:min(len(text), 1024)])
	switch {
	case strings.HasPrefix(head, "-----BEGIN PGP MESSAGE-----"):
		p.sum.Flags |= PGPEncrypted
	case strings.HasPrefix(head, "-----BEGIN PGP SIGNED MESSAGE-----"):
		p.sum.Flags |= PGPSigned
	}
}

// readText reads at most limit bytes, ending at a character boundary.
func readUpTo(src source, limit int) string {
	var b strings.Builder
	for b.Len() < limit {
		in, err := src.next()
		if err != nil {
			break
		}
		if room := limit - b.Len(); len(in) > room {
			for room > 0 && in[room]&0xc0 == 0x80 {
				room--
			}
			b.Write(in[:room])
			break
		}
		b.Write(in)
	}
	return b.String()
}

// convert turns the decoded text of a part, UTF-8 with line feeds, into the wanted type. links writes the addresses
// of links into plain text.
func convert(p *Part, src source, want BodyType, links bool) source {
	switch {
	case p.Is("text", "html"):
		if want == HTML {
			return newMetaFix(src)
		}
		return newHTMLText(src, links)
	case p.Is("text", "enriched"), p.Is("text", "richtext"):
		src = newEnrichedText(src)
	default:
		if flowed, delSp := p.isFlowed(); flowed {
			src = newFlowedSource(src, delSp)
		}
	}
	if want == HTML {
		return newTextHTML(src)
	}
	return src
}
