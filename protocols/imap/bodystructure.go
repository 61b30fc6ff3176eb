package imap

import (
	"strconv"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// emptyText describes a body that has nothing in it, where the grammar wants one: in a multipart without parts, and in a
// message that could not be looked into.
const emptyText = `("text" "plain" NIL NIL NIL "7bit" 0 0`

// AppendBody appends the structure of a message as BODYSTRUCTURE shows it, or as BODY does, without extension data, when
// extended is false: RFC 9051 section 7.5.2. Root is that of a Summary. Parts that were found inside the content of
// others (see mail.Part.Derived) have no section and are left out. A part or message of no known content, as one nested
// too deeply, is described as an empty text.
func AppendBody(dst []byte, root *mail.Part, extended, utf8 bool) []byte {
	b := structure{dst: dst, extended: extended, utf8: utf8}
	b.part(root)
	return b.dst
}

type structure struct {
	dst            []byte
	extended, utf8 bool
}

func (b *structure) raw(s string)   { b.dst = append(b.dst, s...) }
func (b *structure) space()         { b.dst = append(b.dst, ' ') }
func (b *structure) str(s string)   { b.dst = wire.AppendString(b.dst, s, b.utf8) }
func (b *structure) field(s string) { b.dst = appendField(b.dst, s, b.utf8) }
func (b *structure) number(n int64) { b.dst = strconv.AppendInt(b.dst, n, 10) }
func (b *structure) none(nils string) {
	if b.extended {
		b.raw(nils)
	}
}

func (b *structure) empty() {
	b.raw(emptyText)
	b.none(" NIL NIL NIL NIL")
	b.raw(")")
}

func (b *structure) part(p *mail.Part) {
	switch {
	case p == nil:
		b.empty()
	case p.Type == "multipart":
		b.multipart(p)
	default:
		b.leaf(p)
	}
}

func (b *structure) multipart(p *mail.Part) {
	b.raw("(")
	inner := 0
	for _, c := range p.Children {
		if !c.Derived() || p.Derived() {
			b.part(c)
			inner++
		}
	}
	if inner == 0 {
		b.empty()
	}
	b.space()
	b.str(p.Subtype)
	if b.extended {
		b.space()
		b.params(p.Params, p.WireParams)
		b.tail(p)
	}
	b.raw(")")
}

func (b *structure) leaf(p *mail.Part) {
	b.raw("(")
	b.str(p.Type)
	b.space()
	b.str(p.Subtype)
	b.space()
	b.params(p.Params, p.WireParams)
	b.space()
	if p.ContentID == "" {
		b.raw("NIL")
	} else {
		b.str("<" + p.ContentID + ">")
	}
	b.space()
	b.field(rawOr("", p.Description, b.utf8))
	b.space()
	b.str(p.Encoding)
	b.space()
	b.number(p.Body.Length)
	switch {
	case p.Is("message", "rfc822"), p.Is("message", "global"):
		b.message(p)
	case p.Type == "text":
		b.space()
		b.number(p.Lines)
	}
	if b.extended {
		b.space()
		b.field(p.MD5)
		b.tail(p)
	}
	b.raw(")")
}

// message writes what only a message within a message has: envelope, structure, lines.
func (b *structure) message(p *mail.Part) {
	b.space()
	m := p.Message
	if m == nil {
		m = new(mail.Message)
	}
	b.dst = AppendEnvelope(b.dst, &m.Envelope, b.utf8)
	b.space()
	if m.Root != nil && m.Root.Derived() && !p.Derived() {
		b.empty() // behind a transfer encoding: no section leads there
	} else {
		b.part(m.Root)
	}
	b.space()
	b.number(p.Lines)
}

// tail writes the extension data that all parts share: disposition, language, location.
func (b *structure) tail(p *mail.Part) {
	b.space()
	if p.Disposition == "" {
		b.raw("NIL")
	} else {
		b.raw("(")
		b.str(p.Disposition)
		b.space()
		b.params(p.DispositionParams, p.WireDispositionParams)
		b.raw(")")
	}
	b.space()
	switch len(p.Language) {
	case 0:
		b.raw("NIL")
	case 1:
		b.str(p.Language[0])
	default:
		b.raw("(")
		for i, l := range p.Language {
			if i > 0 {
				b.space()
			}
			b.str(l)
		}
		b.raw(")")
	}
	b.space()
	b.field(p.Location)
}

// params writes parameters as sent, or those that were understood where both are the same.
func (b *structure) params(read, sent []mail.Param) {
	if len(sent) > 0 {
		read = sent
	}
	if len(read) == 0 {
		b.raw("NIL")
		return
	}
	b.raw("(")
	for i := range read {
		if i > 0 {
			b.space()
		}
		b.str(read[i].Name)
		b.space()
		b.str(read[i].Value)
	}
	b.raw(")")
}
