package find

import (
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// addressFields are the lists of addresses of a summary.
var addressFields = map[string]func(*mail.Envelope) []mail.Address{
	"FROM":     func(e *mail.Envelope) []mail.Address { return e.From },
	"SENDER":   func(e *mail.Envelope) []mail.Address { return e.Sender },
	"REPLY-TO": func(e *mail.Envelope) []mail.Address { return e.ReplyTo },
	"TO":       func(e *mail.Envelope) []mail.Address { return e.To },
	"CC":       func(e *mail.Envelope) []mail.Address { return e.Cc },
	"BCC":      func(e *mail.Envelope) []mail.Address { return e.Bcc },
}

// addressIndex is which field of the index has the parts of such a list.
var addressIndex = map[string]store.Field{
	"FROM": store.FromField, "SENDER": store.FromField, "TO": store.ToField, "CC": store.ToField, "BCC": store.ToField,
}

// wordFields are the other fields of a summary, as they stand in a header.
var wordFields = map[string]func(*mail.Envelope) string{
	"DATE":        func(e *mail.Envelope) string { return e.RawDate },
	"MESSAGE-ID":  func(e *mail.Envelope) string { return bracketed(e.MessageID) },
	"IN-REPLY-TO": func(e *mail.Envelope) string { return bracketed(e.InReplyTo...) },
	"REFERENCES":  func(e *mail.Envelope) string { return bracketed(e.References...) },
}

func bracketed(ids ...string) string {
	if len(ids) == 0 || ids[0] == "" {
		return ""
	}
	return "<" + strings.Join(ids, "> <") + ">"
}

// headerNode plans HEADER and its short forms.
func headerNode(field, text string) *node {
	n := newNeedle(text)
	if n.folded == "" {
		return presenceNode(field)
	}
	if field == "SUBJECT" {
		return subjectNode(n)
	}
	if _, ok := addressFields[field]; ok {
		return addressNode(field, n)
	}
	if of, ok := wordFields[field]; ok {
		return rowNode(NeedSummary, func(r *Row) bool { return n.in(of(&r.Head.Envelope)) })
	}
	k := &textKey{look: func(l *letter) (bool, error) {
		return l.anyField(func(name string, value []byte) bool {
			return strings.EqualFold(name, field) && n.inValue(value, l.charset())
		})
	}}
	return k.node()
}

// presenceNode plans the question whether a field is there. The summary does not tell an empty field from none.
func presenceNode(field string) *node {
	k := &textKey{look: func(l *letter) (bool, error) {
		return l.anyField(func(name string, _ []byte) bool { return strings.EqualFold(name, field) })
	}}
	var filled func(*mail.Envelope) bool
	if of, ok := addressFields[field]; ok {
		filled = func(e *mail.Envelope) bool { return len(of(e)) > 0 }
	} else if of, ok := wordFields[field]; ok {
		filled = func(e *mail.Envelope) bool { return of(e) != "" }
	} else if field == "SUBJECT" {
		filled = func(e *mail.Envelope) bool { return e.Subject != "" }
	} else {
		return k.node()
	}
	known := rowNode(NeedSummary, func(r *Row) bool { return filled(&r.Head.Envelope) })
	return join(nodeOr, []*node{known, k.node()})
}

func subjectNode(n needle) *node {
	k := &textKey{field: store.SubjectField, piece: n.folded, exact: true, test: func(r *Row) bool {
		e := &r.Head.Envelope
		return n.in(e.Subject) || n.raw && n.in(e.RawSubject)
	}}
	if n.raw {
		k.piece = ""
	}
	return k.node()
}

// addressNode plans a text in a list of addresses.
func addressNode(field string, n needle) *node {
	of := addressFields[field]
	k := &textKey{field: addressIndex[field], test: func(r *Row) bool { return n.inAddresses(of(&r.Head.Envelope)) }}
	if k.field != store.AnyField && !n.raw {
		k.piece = n.piece()
	}
	return k.node()
}

// recipientsNode plans a text in any of the lists of recipients.
func recipientsNode(n needle) *node {
	k := &textKey{field: store.ToField, piece: n.piece(), test: func(r *Row) bool {
		e := &r.Head.Envelope
		return n.inAddresses(e.To) || n.inAddresses(e.Cc) || n.inAddresses(e.Bcc)
	}}
	return k.node()
}

// inAddresses reports whether a list contains the needle in one of its forms.
func (n needle) inAddresses(list []mail.Address) bool {
	if len(list) == 0 {
		return false
	}
	plain := func(a mail.Address) string { return a.Name }
	quoted := func(a mail.Address) string {
		a.Local, a.Domain = "", ""
		return a.String()
	}
	sent := func(a mail.Address) string {
		if a.RawName != "" {
			return a.RawName
		}
		return a.Name
	}
	return n.in(addressText(list, plain)) ||
		strings.ContainsAny(n.folded, `"\`) && n.in(addressText(list, quoted)) ||
		n.raw && n.in(addressText(list, sent))
}

// addressText is a list of addresses as in a header: Name <local@domain>, Group: local@domain;
func addressText(list []mail.Address, name func(mail.Address) string) string {
	var b strings.Builder
	first := true
	for _, a := range list {
		if a.Kind == mail.GroupEnd {
			b.WriteByte(';')
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		switch addr := a.Addr(); {
		case a.Kind == mail.GroupStart:
			b.WriteString(strings.TrimSuffix(name(a), ":") + ": ")
			first = true
		case a.Name == "":
			b.WriteString(addr)
		case addr == "":
			b.WriteString(name(a))
		default:
			b.WriteString(name(a) + " <" + addr + ">")
		}
	}
	return b.String()
}
