package mail

import "strings"

// AddressKind tells mailboxes from the marks that enclose a group.
type AddressKind uint8

// The kinds of Address.
const (
	Mailbox    AddressKind = iota // one mailbox
	GroupStart                    // the beginning of a group; Name is the group's
	GroupEnd                      // its end
)

// Address is one element of an address list, RFC 5322 section 3.4, in the order sent. A group is a GroupStart, its
// members, and a GroupEnd, as in an IMAP ENVELOPE.
type Address struct {
	Kind    AddressKind
	Name    string // display name, decoded; of a comment when there is no other
	RawName string // as sent, without quotes; empty when equal to Name
	Local   string // local part without quotes
	Domain  string // empty when the text has no @
}

// Addr is local@domain, with the local part quoted where it must be, or empty.
func (a Address) Addr() string {
	switch {
	case a.Kind != Mailbox || a.Local == "" && a.Domain == "":
		return ""
	case a.Domain == "":
		return a.Local
	}
	return quoteLocal(a.Local) + "@" + a.Domain
}

// String is the address as it stands in a header, RFC 5322, with UTF-8 left as it is. Group marks give "Name:" and ";".
func (a Address) String() string {
	switch a.Kind {
	case GroupStart:
		return quotePhrase(a.Name) + ":"
	case GroupEnd:
		return ";"
	}
	addr := a.Addr()
	switch {
	case a.Name == "":
		return addr
	case addr == "":
		return quotePhrase(a.Name)
	}
	return quotePhrase(a.Name) + " <" + addr + ">"
}

// Display is the address for people and for ActiveSync: "Name" <local@domain>, or whichever half there is.
func (a Address) Display() string {
	if a.Kind != Mailbox {
		return a.String()
	}
	addr := a.Addr()
	switch {
	case a.Name == "":
		return addr
	case addr == "":
		return a.Name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + addr + ">"
}

// Mailboxes returns the members of a list without the marks of groups.
func Mailboxes(list []Address) []Address {
	for i := range list {
		if list[i].Kind == Mailbox {
			continue
		}
		out := append([]Address(nil), list[:i]...)
		for _, a := range list[i:] {
			if a.Kind == Mailbox {
				out = append(out, a)
			}
		}
		return out
	}
	return list
}

func isAtext(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80 ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// quotePhrase quotes a display name unless it is a sequence of atoms.
func quotePhrase(s string) string {
	plain := s != "" && s[0] != ' ' && s[len(s)-1] != ' ' && !strings.Contains(s, "  ")
	for i := 0; i < len(s) && plain; i++ {
		plain = isAtext(s[i]) || s[i] == ' '
	}
	if plain {
		return s
	}
	return quote(s)
}

func quoteLocal(s string) string {
	plain := s != "" && s[0] != '.' && s[len(s)-1] != '.'
	for i := 0; i < len(s) && plain; i++ {
		plain = isAtext(s[i]) || s[i] == '.'
	}
	if plain {
		return s
	}
	return quote(s)
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}
