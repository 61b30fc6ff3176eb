package mail

import (
	"bytes"
	"strings"
)

// Bounds of one list.
const (
	maxAddresses = 10000
	maxSpec      = 1024 // bytes of one addr-spec
	maxStrays    = 100  // opening quotes and brackets without an end; more are taken for noise
)

// ParseAddresses reads an address list as it stands in a header field. It never fails: what is no address becomes a
// name without one. Commas and semicolons separate.
func ParseAddresses(field string) []Address { return parseAddresses([]byte(field), "") }

func parseAddresses(raw []byte, hint string) []Address {
	p := addressParser{b: unfold(raw), hint: hint}
	for len(p.b) > 0 && len(p.list) < maxAddresses {
		p.step()
	}
	p.flush()
	if p.group {
		p.list = append(p.list, Address{Kind: GroupEnd})
	}
	return p.list
}

// addressParser holds the mailbox that is being read.
type addressParser struct {
	b     []byte
	hint  string
	list  []Address
	group bool

	words   [][]byte // of the phrase, or of an address without brackets
	spec    []byte   // what stands between angle brackets
	angled  bool
	quoted  bool   // a word was quoted
	local   []byte // "quoted local part"@ …
	comment []byte

	strays int // opening quotes and brackets that had no end, which each cost a look at the whole rest
}

func (p *addressParser) step() {
	switch c := p.b[0]; c {
	case ' ', '\t', '\r', '\n', 0:
		p.b = p.b[1:]
	case ',':
		p.b = p.b[1:]
		p.flush()
	case ';':
		p.b = p.b[1:]
		p.flush()
		if p.group {
			p.group = false
			p.list = append(p.list, Address{Kind: GroupEnd})
		}
	case '(':
		p.parenthesis()
	case '"':
		p.quotedWord()
	case '<':
		p.angle()
	case '>', ')':
		p.b = p.b[1:]
	case ':':
		p.colon()
	default:
		p.atom()
	}
}

// parenthesis reads a comment; one without an end is a stray.
func (p *addressParser) parenthesis() {
	if p.strays > maxStrays {
		p.b = p.b[1:]
		return
	}
	text, rest, ok := cutComment(p.b)
	if !ok {
		p.strays++
		p.b = p.b[1:]
		return
	}
	if len(p.comment) == 0 {
		p.comment = text
	}
	p.b = rest
}

func (p *addressParser) quotedWord() {
	if p.strays > maxStrays {
		p.b = p.b[1:]
		return
	}
	text, rest, ok := cutQuotedWord(p.b)
	if !ok {
		p.strays++
	}
	p.b = rest
	if len(rest) > 1 && rest[0] == '@' && !p.angled && len(text) > 0 {
		p.local = text
		return
	}
	if ok || len(text) > 0 {
		p.quoted = true
		p.words = append(p.words, text)
	}
}

// cutQuotedWord reads a quoted string in an address, where a backslash escapes any character. It reports whether the
// string had an end.
func cutQuotedWord(b []byte) (text, rest []byte, ok bool) {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return unescapeAll(b[1:i]), b[i+1:], true
		}
	}
	// no end: the quote was a stray, unless an address in brackets follows
	if i := bytes.IndexByte(b, '<'); i > 0 {
		return trimBlank(b[1:i]), b[i:], false
	}
	return nil, b[1:], false
}

func unescapeAll(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// angle reads <address>. A missing > ends at the next comma outside quotes.
func (p *addressParser) angle() {
	b := p.b[1:]
	if p.strays > maxStrays {
		p.b = b
		return
	}
	end, next, quoted := -1, -1, false
	for i := 0; i < len(b) && end < 0; i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			end, next = i, i+1
		case c == '<' && !quoted && i > 0: // another one begins
			end, next = i, i
		}
	}
	if end < 0 {
		p.strays++
		end = len(b)
		if i := bytes.IndexByte(b, ','); i >= 0 {
			end = i
		}
		next = end
	}
	if p.angled && len(trimBlank(p.spec)) > 0 {
		p.flush() // a second address without a comma
	}
	p.spec, p.angled = b[:end], true
	p.b = b[next:]
}

// colon starts a group after a phrase; elsewhere it is noise, as in "mailto:".
func (p *addressParser) colon() {
	p.b = p.b[1:]
	if p.group || p.angled || p.local != nil {
		return
	}
	name := bytes.Join(p.words, []byte(" "))
	if bytes.IndexByte(name, '@') >= 0 || strings.EqualFold(string(name), "mailto") {
		p.words = p.words[:0]
		return
	}
	p.group = true
	a := Address{Kind: GroupStart}
	a.Name, a.RawName = p.name(name)
	p.list = append(p.list, a)
	p.reset()
}

// atom reads to the next blank or separator; an encoded word is taken whole.
func (p *addressParser) atom() {
	if bytes.HasPrefix(p.b, []byte("=?")) {
		if _, size, ok := cutWord(p.b); ok && bytes.IndexByte(p.b[:size], '<') < 0 {
			p.words = append(p.words, p.b[:size])
			p.b = p.b[size:]
			return
		}
	}
	end := bytes.IndexAny(p.b, " \t\r\n,;<>()\":")
	if end < 0 {
		end = len(p.b)
	}
	if i := bytes.IndexByte(p.b[:end], '['); i >= 0 { // domain literal, perhaps with colons
		near := p.b[i:min(len(p.b), i+64)]
		if j := bytes.IndexByte(near, ']'); j > 0 && bytes.IndexAny(near[:j], " <,;") < 0 {
			end = max(end, i+j+1)
		}
	}
	p.words = append(p.words, p.b[:end])
	p.b = p.b[end:]
}

func (p *addressParser) reset() {
	p.words, p.spec, p.angled, p.quoted, p.local, p.comment = p.words[:0], nil, false, false, nil, nil
}

// flush adds the mailbox read so far to the list.
func (p *addressParser) flush() {
	defer p.reset()
	var a Address
	switch {
	case p.angled:
		a.Local, a.Domain = p.splitSpec(p.spec)
		a.Name, a.RawName = p.name(bytes.Join(p.words, []byte(" ")))
		if a.Local == "" && a.Domain == "" && a.Name == "" {
			return
		}
	case len(p.local) > 0:
		_, a.Domain = p.splitSpec(bytes.Join(p.words, nil))
		a.Local = decodeText(p.local, p.hint)
	case len(p.words) == 0:
		if len(p.comment) == 0 {
			return
		}
	default:
		a = p.bare()
	}
	comment := trimBlank(p.comment)
	switch {
	case a.Name == "" && len(comment) > 0:
		a.Name, a.RawName = p.name(comment)
	case a.Addr() == "" && bytes.IndexByte(comment, '@') > 0 && bytes.IndexByte(comment, ' ') < 0: // "Name" (a@b)
		a.Local, a.Domain = p.splitSpec(comment)
	}
	p.list = append(p.list, a)
}

// bare reads an address without angle brackets: "a@b", "a @ b", "Name a@b", or no address at all.
func (p *addressParser) bare() (a Address) {
	words := joinSpec(p.words)
	for i, w := range words {
		if at := bytes.IndexByte(w, '@'); at < 0 || bytes.HasPrefix(w, []byte("=?")) {
			continue
		}
		if a.Local, a.Domain = p.splitSpec(w); a.Local == "" {
			a.Domain = ""
			continue
		}
		rest := append(append([][]byte(nil), words[:i]...), words[i+1:]...)
		a.Name, a.RawName = p.name(bytes.Join(rest, []byte(" ")))
		return a
	}
	if len(words) == 1 && !p.quoted {
		a.Local = decodeText(words[0], p.hint)
		return a
	}
	a.Name, a.RawName = p.name(bytes.Join(words, []byte(" ")))
	return a
}

// joinSpec removes the blanks that RFC 822 allowed around @ and dots.
func joinSpec(words [][]byte) [][]byte {
	if len(words) < 2 {
		return words
	}
	hasAt := false
	for _, w := range words {
		hasAt = hasAt || bytes.IndexByte(w, '@') >= 0
	}
	if !hasAt {
		return words
	}
	out := words[:0:0]
	owned, dot := false, false // the last of out is a copy; the last word was a dot
	for _, w := range words {
		if len(w) == 0 {
			continue
		}
		alone := len(w) == 1 && w[0] == '.'
		n := len(out)
		if n == 0 || !dot && !alone && !specJoins(out[n-1], w) {
			out = append(out, w)
			owned, dot = false, alone
			continue
		}
		last := out[n-1]
		if !owned {
			last = append([]byte(nil), last...)
		}
		out[n-1] = append(last, w...)
		owned, dot = true, alone
	}
	return out
}

// specJoins tells whether two words belong to one address: at an @, or at a dot of its domain.
func specJoins(last, w []byte) bool {
	end := last[len(last)-1]
	return w[0] == '@' || end == '@' || (w[0] == '.' || end == '.') && bytes.IndexByte(last, '@') >= 0
}

// splitSpec takes an addr-spec apart: a route before it is dropped, quotes of the local part are removed.
func (p *addressParser) splitSpec(spec []byte) (local, domain string) {
	spec = bytes.Trim(trimBlank(spec), "<> \t")
	spec = spec[:min(len(spec), maxSpec)]
	if len(spec) > 0 && spec[0] == '@' { // RFC 5322 section 4.4: a route
		if i := bytes.IndexByte(spec, ':'); i > 0 {
			spec = spec[i+1:]
		}
	}
	if len(spec) > 7 && bytes.EqualFold(spec[:7], []byte("mailto:")) {
		spec = spec[7:]
	}
	for i := bytes.IndexByte(spec, '('); i >= 0; i = bytes.IndexByte(spec, '(') { // comments inside
		_, rest, _ := cutComment(spec[i:])
		spec = append(append([]byte(nil), spec[:i]...), rest...)
	}
	at := bytes.LastIndexByte(spec, '@')
	if at < 0 {
		return p.localPart(spec), ""
	}
	d := decodeText(spec[at+1:], p.hint)
	return p.localPart(spec[:at]), strings.TrimRight(strings.ReplaceAll(d, " ", ""), ".")
}

func (p *addressParser) localPart(b []byte) string {
	b = trimBlank(b)
	if len(b) > 1 && b[0] == '"' {
		text, rest, _ := cutQuotedWord(b)
		b = append(text[:len(text):len(text)], rest...)
	}
	return decodeText(b, p.hint)
}

// name decodes a phrase; raw is empty when it says the same.
func (p *addressParser) name(phrase []byte) (name, raw string) {
	phrase = trimBlank(phrase)
	name = decodeText(phrase, p.hint)
	if name != string(phrase) {
		raw = string(phrase)
	}
	if n := len(name); n > 2 && name[0] == name[n-1] && (name[0] == '\'' || name[0] == '"') { // Outlook's 'name', "name" inside a word
		name, raw = strings.TrimSpace(name[1:n-1]), string(phrase)
	}
	return name, raw
}
