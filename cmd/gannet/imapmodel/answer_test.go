package imapmodel

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// answer is one line of the server, with its literals.
type answer struct {
	tag   string // "*", "+", or that of a command
	name  string // upper case: OK, EXISTS, FETCH …
	n     uint32 // number before the name; 0: none
	code  string // of OK, NO, BAD, BYE: what stands in brackets
	items map[string]value
	args  []value
	text  string // as it came
}

// value is an atom, a string, NIL or a list of a response.
type value struct {
	text   string
	quoted bool // a string, quoted or literal
	isNil  bool
	isList bool
	list   []value
}

// readAnswer reads the bytes of one answer: a line, and what follows a literal.
func readAnswer(r *bufio.Reader) ([]byte, error) {
	var all []byte
	for {
		line, err := r.ReadBytes('\n')
		all = append(all, line...)
		if err != nil {
			return all, err
		}
		if !bytes.HasSuffix(line, []byte("\r\n")) {
			return all, fmt.Errorf("a line ends without CR: %q", line)
		}
		n, is := literalSize(line[:len(line)-2])
		if !is {
			return all, nil
		}
		begin := len(all)
		all = append(all, make([]byte, n)...)
		if _, err := io.ReadFull(r, all[begin:]); err != nil {
			return all, err
		}
	}
}

// literalSize reads the {n} at the end of a line.
func literalSize(line []byte) (n int, is bool) {
	open := bytes.LastIndexByte(line, '{')
	if open < 0 || line[len(line)-1] != '}' {
		return 0, false
	}
	n, err := strconv.Atoi(string(line[open+1 : len(line)-1]))
	return n, err == nil
}

// parser reads the parts of an answer strictly; the first mistake stays in err.
type parser struct {
	in  string
	pos int
	err error
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("expected %s at %d of %q", what, p.pos, p.in)
	}
}

func (p *parser) peek() byte {
	if p.err != nil || p.pos >= len(p.in) {
		return 0
	}
	return p.in[p.pos]
}

func (p *parser) expect(text string) {
	if p.err == nil && !strings.HasPrefix(p.in[p.pos:], text) {
		p.fail(strconv.Quote(text))
	}
	if p.err == nil {
		p.pos += len(text)
	}
}

// word reads up to one of stop, at least one character.
func (p *parser) word(stop string) string {
	begin := p.pos
	for p.peek() > ' ' && p.peek() < 0x7f && !strings.ContainsRune(stop, rune(p.peek())) {
		p.pos++
	}
	if p.pos == begin {
		p.fail("a word")
		return ""
	}
	return p.in[begin:p.pos]
}

func (p *parser) value() value {
	switch p.peek() {
	case '(':
		return p.list()
	case '"':
		return p.quoted()
	case '~': // literal8, RFC 3516
		p.expect("~")
		return p.literal()
	case '{':
		return p.literal()
	}
	w := p.word(`()"{`)
	return value{text: w, isNil: strings.EqualFold(w, "NIL")}
}

func (p *parser) list() value {
	v := value{isList: true}
	p.expect("(")
	for p.err == nil && p.peek() != ')' {
		if len(v.list) > 0 {
			p.expect(" ")
		}
		v.list = append(v.list, p.value())
	}
	p.expect(")")
	return v
}

func (p *parser) quoted() value {
	var b strings.Builder
	p.expect(`"`)
	for p.err == nil && p.peek() != '"' {
		if p.peek() == '\\' {
			p.pos++
		}
		if c := p.peek(); c == 0 || c == '\r' || c == '\n' {
			p.fail("a quoted character")
			break
		}
		b.WriteByte(p.peek())
		p.pos++
	}
	p.expect(`"`)
	return value{text: b.String(), quoted: true}
}

func (p *parser) literal() value {
	p.expect("{")
	n, err := strconv.Atoi(p.word("}"))
	p.expect("}\r\n")
	if err != nil || p.err == nil && p.pos+n > len(p.in) {
		p.fail("a literal")
	}
	if p.err != nil {
		return value{}
	}
	p.pos += n
	return value{text: p.in[p.pos-n : p.pos], quoted: true}
}

// parseAnswer reads an answer.
func parseAnswer(raw []byte) (*answer, error) {
	p := &parser{in: string(raw)}
	a := &answer{text: string(raw)}
	a.tag = p.word(" ")
	if a.tag == "+" {
		return a, p.err
	}
	p.expect(" ")
	if c := p.peek(); c >= '0' && c <= '9' {
		a.n = p.number()
		p.expect(" ")
	}
	a.name = strings.ToUpper(p.word(" "))
	switch a.name {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		p.status(a)
		return a, p.err
	case "FETCH", "UIDFETCH":
		p.expect(" ")
		a.items = p.fetch()
	default:
		for p.err == nil && p.peek() == ' ' {
			p.expect(" ")
			a.args = append(a.args, p.value())
		}
	}
	p.expect("\r\n")
	if p.err == nil && p.pos != len(p.in) {
		p.fail("the end")
	}
	return a, p.err
}

func (p *parser) number() uint32 {
	text := p.word("")
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != text {
		p.fail("a number")
	}
	return uint32(n)
}

func (p *parser) status(a *answer) {
	p.expect(" ")
	if p.peek() != '[' {
		return
	}
	end := strings.IndexByte(p.in[p.pos:], ']')
	if end < 0 {
		p.fail("the end of a code")
		return
	}
	a.code = p.in[p.pos+1 : p.pos+end]
	p.pos += end + 1
	p.expect(" ")
}

// fetch reads the items of a FETCH by name, with what stands in brackets.
func (p *parser) fetch() map[string]value {
	items := map[string]value{}
	p.expect("(")
	for p.err == nil && p.peek() != ')' {
		if len(items) > 0 {
			p.expect(" ")
		}
		name := p.word("[ (")
		if p.peek() == '[' {
			end := strings.IndexByte(p.in[p.pos:], ']')
			if end < 0 {
				p.fail("the end of a section")
				break
			}
			name += p.in[p.pos : p.pos+end+1]
			p.pos += end + 1
			if p.peek() == '<' {
				name += p.word(" ")
			}
		}
		name = strings.ToUpper(name)
		p.expect(" ")
		if _, twice := items[name]; twice {
			p.fail("each item once, not again " + name)
		}
		items[name] = p.value()
	}
	p.expect(")")
	return items
}

// parseSet reads a set of numbers in the order given.
func parseSet(text string) ([]uint32, error) {
	var all []uint32
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, ":")
		if !isRange {
			last = first
		}
		a, err1 := strconv.ParseUint(first, 10, 32)
		b, err2 := strconv.ParseUint(last, 10, 32)
		if err1 != nil || err2 != nil || a == 0 || b < a || b-a > 1_000_000 {
			return nil, fmt.Errorf("%q is no set of numbers", text)
		}
		for n := a; n <= b; n++ {
			all = append(all, uint32(n))
		}
	}
	return all, nil
}

// formatSet writes numbers as a set, with ranges.
func formatSet(numbers []uint32) string {
	numbers = slices.Compact(slices.Sorted(slices.Values(numbers)))
	var b strings.Builder
	for i := 0; i < len(numbers); {
		k := i
		for k+1 < len(numbers) && numbers[k+1] == numbers[k]+1 {
			k++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, numbers[i])
		if k > i {
			fmt.Fprintf(&b, ":%d", numbers[k])
		}
		i = k + 1
	}
	return b.String()
}
