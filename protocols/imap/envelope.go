package imap

import (
	"mime"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// AppendEnvelope appends the ENVELOPE of a message, RFC 9051 section 7.5.2. Sender and Reply-To fall back to From. A group
// is enclosed by its two marks; an address without a domain has an empty one, since NIL would make it a mark. With utf8 the
// client takes UTF-8 in strings (UTF8=ACCEPT or IMAP4rev2).
func AppendEnvelope(dst []byte, e *mail.Envelope, utf8 bool) []byte {
	dst = append(dst, '(')
	dst = appendField(dst, e.RawDate, utf8)
	dst = append(dst, ' ')
	dst = appendField(dst, rawOr(e.RawSubject, e.Subject, utf8), utf8)
	for _, list := range [...][]mail.Address{
		e.From, orFrom(e.Sender, e.From), orFrom(e.ReplyTo, e.From), e.To, e.Cc, e.Bcc,
	} {
		dst = append(dst, ' ')
		dst = appendAddresses(dst, list, utf8)
	}
	dst = append(dst, ' ')
	dst = appendMessageIDs(dst, e.InReplyTo, utf8)
	dst = append(dst, ' ')
	if e.MessageID == "" {
		return append(dst, "NIL)"...)
	}
	dst = wire.AppendString(dst, "<"+e.MessageID+">", utf8)
	return append(dst, ')')
}

func orFrom(list, from []mail.Address) []mail.Address {
	if len(list) == 0 {
		return from
	}
	return list
}

// appendField appends text, or NIL for none.
func appendField(dst []byte, s string, utf8 bool) []byte {
	return wire.AppendNString(dst, s, s != "", utf8)
}

func appendMessageIDs(dst []byte, ids []string, utf8 bool) []byte {
	if len(ids) == 0 {
		return append(dst, "NIL"...)
	}
	var text []byte
	for i, id := range ids {
		if i > 0 {
			text = append(text, ' ')
		}
		text = append(append(append(text, '<'), id...), '>')
	}
	return wire.AppendString(dst, string(text), utf8)
}

func appendAddresses(dst []byte, list []mail.Address, utf8 bool) []byte {
	if len(list) == 0 {
		return append(dst, "NIL"...)
	}
	dst = append(dst, '(')
	for i := range list {
		dst = appendAddress(dst, &list[i], utf8)
	}
	return append(dst, ')')
}

func appendAddress(dst []byte, a *mail.Address, utf8 bool) []byte {
	switch a.Kind {
	case mail.GroupStart:
		dst = append(dst, "(NIL NIL "...)
		dst = wire.AppendString(dst, rawOr(a.RawName, a.Name, utf8), utf8)
		return append(dst, " NIL)"...)
	case mail.GroupEnd:
		return append(dst, "(NIL NIL NIL NIL)"...)
	}
	dst = append(dst, '(')
	dst = appendField(dst, rawOr(a.RawName, a.Name, utf8), utf8)
	dst = append(dst, " NIL "...)
	dst = wire.AppendString(dst, a.Local, utf8)
	dst = append(dst, ' ')
	dst = wire.AppendString(dst, a.Domain, utf8)
	return append(dst, ')')
}

// rawOr is the text as sent, or the decoded one where nothing else is kept, in encoded words if the client needs them.
func rawOr(raw, decoded string, utf8 bool) string {
	switch {
	case raw != "":
		return raw
	case utf8:
		return decoded
	}
	return mime.QEncoding.Encode("utf-8", decoded)
}
