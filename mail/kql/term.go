package kql

import (
	"strings"

	"github.com/gannetmail/gannet/mail/find"
)

// term reads a word, a phrase or a restriction.
func (p *parser) term() (part, bool) {
	p.count()
	if r, ok := p.restriction(); ok {
		return p.restricted(r)
	}
	if quoteLen(p.rest) == 0 {
		return p.text(p.word(), false)
	}
	return p.text(p.phrase(), true)
}

// text is the part that looks for a text where the parser is.
func (p *parser) text(text string, quoted bool) (part, bool) {
	if p.scope != nil {
		if made, ok := p.make(*p.scope, text); ok {
			return made, true
		}
	}
	k, ok := anywhere(text, quoted)
	return part{key: k}, ok
}

// anywhere looks for a text in the whole message. Marks around a word that people write are no part of it.
func anywhere(text string, quoted bool) (find.Key, bool) {
	if !quoted {
		text = strings.TrimRight(strings.Trim(text, ",;"), ",;:*")
	}
	return find.Key{Op: find.Text, Text: text}, strings.TrimSpace(text) != ""
}

// restriction reads the name of a property and an operator, if they stand here.
func (p *parser) restriction() (restriction, bool) {
	n := 0
	for n < len(p.rest) && (p.rest[n]|0x20 >= 'a' && p.rest[n]|0x20 <= 'z') {
		n++
	}
	prop, known := properties[strings.ToLower(p.rest[:n])]
	op, length := operatorAt(p.rest[n:])
	if !known || length == 0 {
		return restriction{}, false
	}
	r := restriction{prop, op}
	if after := strings.TrimLeftFunc(p.rest[n+length:], isBlank); after == "" || after[0] == ')' {
		return restriction{}, false // nothing behind it: a word
	}
	p.rest = p.rest[n+length:]
	p.space()
	return r, true
}

// restricted reads the values of a property.
func (p *parser) restricted(r restriction) (part, bool) {
	if strings.HasPrefix(p.rest, "(") {
		outer, not := p.scope, r.op == notEqual
		if not {
			r.op = equal
		}
		p.scope = &r
		k, ok := p.group()
		if p.scope = outer; not {
			k = find.NoneOf(k)
		}
		return part{key: k}, ok
	}
	quoted := quoteLen(p.rest) > 0
	value := ""
	if quoted {
		value = p.phrase()
	} else if value = p.word(); r.kind == dateValue {
		value = p.moreOfDate(value)
	}
	if made, ok := p.make(r, value); ok {
		return made, true
	}
	if !quoted {
		value = r.name + r.op.text() + value
	}
	k, ok := anywhere(value, quoted)
	return part{key: k}, ok
}

// make restricts a property to a value.
func (p *parser) make(r restriction, value string) (part, bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return part{}, false
	}
	k, ok := r.restrict(p, r.op, value)
	if !ok {
		return part{}, false
	}
	if r.op == notEqual {
		return part{key: find.NoneOf(k)}, true
	}
	made := part{key: k}
	if r.op == equal && r.alternatives() {
		made.of = r.name
	}
	return made, true
}

// word reads up to a blank, a parenthesis or a quotation mark. It takes one character at least.
func (p *parser) word() string {
	end := len(p.rest)
	for i, r := range p.rest {
		if i > 0 && (isBlank(r) || strings.ContainsRune("()", r) || strings.ContainsRune(quotes, r)) {
			end = i
			break
		}
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

// phrase reads what stands in quotes. One that is not closed ends with the text.
func (p *parser) phrase() string {
	s := p.rest[quoteLen(p.rest):]
	for i := range s {
		if n := quoteLen(s[i:]); n > 0 {
			p.rest = s[i+n:]
			return s[:i]
		}
	}
	p.rest = ""
	return s
}

// operator is what stands between a property and its value.
type operator uint8

const (
	equal operator = iota // : and =
	notEqual
	less
	lessEqual
	greater
	greaterEqual
)

// operators are in the order in which they are tried.
var operators = []struct {
	text string
	op   operator
}{{"<>", notEqual}, {"<=", lessEqual}, {">=", greaterEqual}, {":", equal}, {"=", equal}, {"<", less}, {">", greater}}

// operatorAt recognises the operator that s begins with; without one length is 0. A colon may stand before another.
func operatorAt(s string) (op operator, length int) {
	for _, o := range operators {
		if !strings.HasPrefix(s, o.text) {
			continue
		}
		if o.text == ":" {
			if inner, n := operatorAt(s[1:]); n > 0 && s[1] != ':' {
				return inner, 1 + n
			}
		}
		return o.op, len(o.text)
	}
	return equal, 0
}

func (o operator) text() string {
	if o == equal {
		return ":"
	}
	for _, row := range operators {
		if row.op == o {
			return row.text
		}
	}
	return ""
}
